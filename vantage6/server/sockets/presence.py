"""Who is connected to this process, and which rooms they belong to.

Whether a node counts as online is not kept here: it is derived from its last heartbeat, see
`model.Node.status`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from vantage6.common import rooms
from vantage6.server.model import Op, Scope
from vantage6.server.permission.principal import Kind, Principal


@dataclass(frozen=True, slots=True)
class Attendee:
    """One connection that is logged in."""

    kind: Kind
    id: int
    name: str
    rooms: tuple[str, ...]
    epoch: int
    """Of its token, see `model.Authenticatable`."""
    session_id: str | None = None
    """Of its token; None when that names none."""

    @property
    def announced_rooms(self) -> tuple[str, ...]:
        """Rooms that hear of the attendee; all nodes would be other collaborations, too."""
        return tuple(room for room in self.rooms if room != rooms.ALL_NODES)


class Presence:
    """The attendees of this process by the id of their connection."""

    def __init__(self) -> None:
        self._attendees: dict[str, Attendee] = {}

    def enter(self, connection: str, attendee: Attendee) -> None:
        """Remember a new connection."""
        self._attendees[connection] = attendee

    def find(self, connection: str) -> Attendee | None:
        """Who is behind a connection; None when it is not logged in."""
        return self._attendees.get(connection)

    def everybody(self) -> dict[str, Attendee]:
        """All attendees by their connections, as they are now."""
        return dict(self._attendees)

    def narrow(self, connection: str, lost: Iterable[str]) -> None:
        """Take rooms from an attendee, if it is still there."""
        attendee = self._attendees.get(connection)
        if attendee is not None:
            kept = tuple(room for room in attendee.rooms if room not in lost)
            self._attendees[connection] = replace(attendee, rooms=kept)

    def leave(self, connection: str) -> Attendee | None:
        """Forget a connection."""
        return self._attendees.pop(connection, None)


def rooms_of(actor: Principal, collaboration_ids: Iterable[int]) -> tuple[str, ...]:
    """Rooms of an actor, who keeps them while it may; see `review`.

    Parameters
    ----------
    actor
        A node or a user.
    collaboration_ids
        Every collaboration there is; looked at only for those who may hear of all of them.
    """
    own = sorted(actor.collaboration_ids)
    inner = [rooms.organization(id_, actor.organization_id) for id_ in own]
    if actor.kind is Kind.NODE:
        return (rooms.ALL_NODES, *map(rooms.collaboration, own), *inner)
    scopes = actor.scopes("event", Op.VIEW)
    if Scope.GLOBAL in scopes:
        return tuple(map(rooms.collaboration, sorted(collaboration_ids)))
    if Scope.COLLABORATION in scopes:
        return tuple(map(rooms.collaboration, own))
    return tuple(inner) if Scope.ORGANIZATION in scopes else ()
