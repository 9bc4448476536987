"""Wakes those who wait for a change at the server."""

import threading


class Bell:
    """Rung by the daemon, heard by requests that wait; may be used from any thread."""

    def __init__(self) -> None:
        self._rung = threading.Condition()
        self._count = 0

    @property
    def count(self) -> int:
        """How often it was rung; taken before looking, so that no ring is missed."""
        return self._count

    def ring(self) -> None:
        """Wake everybody."""
        with self._rung:
            self._count += 1
            self._rung.notify_all()

    def wait(self, since: int, timeout_s: float) -> bool:
        """Return when the bell was rung after `since`, or False when the time is over."""
        with self._rung:
            return self._rung.wait_for(lambda: self._count != since, timeout_s)
