"""What leaves the server after a commit, kept in a list instead of sent."""

from vantage6.common.events import Event
from vantage6.server.session import Announcement


class RecordingPublisher:
    """Receives effects and keeps them in order."""

    def __init__(self) -> None:
        self.effects: list[object] = []

    def __call__(self, effect: object) -> None:
        self.effects.append(effect)

    @property
    def announcements(self) -> list[Announcement]:
        return [effect for effect in self.effects if isinstance(effect, Announcement)]

    @property
    def events(self) -> list[Event]:
        return [announcement.event for announcement in self.announcements]

    def clear(self) -> None:
        self.effects.clear()


class BrokenPublisher:
    """Fails at every effect."""

    def __call__(self, effect: object) -> None:
        raise ConnectionError("the message queue is gone")
