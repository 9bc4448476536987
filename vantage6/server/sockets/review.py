"""Who was let in may not stay: accounts are deleted, rights are taken, and tokens end.

Before an event leaves the server, everybody who is connected to this process is looked at again,
at most once a second. Between events that is done now and then, too, because those of another
process do not come by here. Whose tokens have ended hears ``expired_token`` and is cut off; whose
rights are less than before leaves the rooms that they opened.
"""

import logging
import time
from collections.abc import Iterable, Mapping
from typing import Protocol

from sqlalchemy import select

from vantage6.common.errors import V6Error
from vantage6.common.events import ExpiredToken
from vantage6.server.model import Collaboration, LoginSession
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.service import principals
from vantage6.server.session import Database, current_session
from vantage6.server.sockets.presence import Attendee, Presence, rooms_of
from vantage6.server.sockets.publisher import SocketPublisher

log = logging.getLogger(__name__)
_FRESH_S = 1.0
_EVERY_S = 15.0


class Signal(Protocol):
    """An event of threads or greenlets."""

    def wait(self, timeout: float) -> bool:
        """Whether it was set within so many seconds."""
        ...


class Review:
    """Looks at the attendees of this process again, in five statements for any number of them.

    Parameters
    ----------
    database
        Knows what they may do now.
    presence
        Knows who they are, and which rooms they have.
    publisher
        Ends connections and takes rooms.
    """

    def __init__(self, database: Database, presence: Presence, publisher: SocketPublisher) -> None:
        self._database = database
        self._presence = presence
        self._publisher = publisher
        self._done_at = -_FRESH_S

    def lately(self) -> None:
        """Look, unless that was done within the last second; before an event leaves."""
        if time.monotonic() - self._done_at >= _FRESH_S:
            self.now()

    def now(self) -> None:
        """Look; outside of any unit of work."""
        begun_at = time.monotonic()
        attendees = self._presence.everybody()
        allowed = self._look_at(attendees) if attendees else {}
        # After the look, because one that failed has to be repeated before the next event leaves;
        # before its consequences, because the goodbye of a node is such an event.
        self._done_at = begun_at
        for connection, attendee in attendees.items():
            rooms = allowed.get(connection)
            if rooms is None:
                self._cut_off(connection, attendee)
            else:
                self._narrow(connection, attendee, rooms)

    def until(self, stopped: Signal) -> None:
        """Look now and then, in a thread of its own."""
        while not stopped.wait(_EVERY_S):
            try:
                self.now()
            except V6Error as error:
                log.warning("who is connected could not be looked at again: %s", error)

    def _look_at(self, attendees: Mapping[str, Attendee]) -> dict[str, tuple[str, ...]]:
        """The rooms that they may have, by connection; those who have to go are left out."""
        with self._database.begin():
            present = _principals_of(attendees.values())
            sessions = _sessions_of(attendees.values())
            everything = current_session().scalars(select(Collaboration.id)).all()
        allowed = {}
        for connection, attendee in attendees.items():
            actor = present.get(attendee.id)
            if actor is not None and _is_same(actor, attendee, sessions):
                allowed[connection] = rooms_of(actor, everything)
        return allowed

    def _cut_off(self, connection: str, attendee: Attendee) -> None:
        log.info("%s=%s is cut off: its token has ended", attendee.kind.value, attendee.id)
        self._publisher.send(ExpiredToken(), connection)
        self._publisher.disconnect(connection)

    def _narrow(self, connection: str, attendee: Attendee, allowed: Iterable[str]) -> None:
        lost = [room for room in attendee.rooms if room not in set(allowed)]
        if not lost:
            return
        log.info("%s=%s leaves rooms=%s", attendee.kind.value, attendee.id, lost)
        self._presence.narrow(connection, lost)
        for room in lost:
            self._publisher.remove(connection, room)


def _principals_of(attendees: Iterable[Attendee]) -> Mapping[int, Principal]:
    ids: dict[Kind, set[int]] = {kind: set() for kind in Kind}
    for attendee in attendees:
        ids[attendee.kind].add(attendee.id)
    return principals.connected(ids[Kind.USER], ids[Kind.NODE])


def _sessions_of(attendees: Iterable[Attendee]) -> set[str]:
    named = {attendee.session_id for attendee in attendees if attendee.session_id is not None}
    return set(
        current_session().scalars(select(LoginSession.id).where(LoginSession.id.in_(named)))
    )


def _is_same(actor: Principal, attendee: Attendee, sessions: set[str]) -> bool:
    in_session = attendee.session_id is None or attendee.session_id in sessions
    return in_session and actor.epoch == attendee.epoch
