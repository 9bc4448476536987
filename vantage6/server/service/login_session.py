"""Sessions: refresh tokens are traded for new ones, and a stolen one is found out.

Words
-----
session
    What begins with a log-in. Each of its refresh tokens names the one that it was given after.
current token
    The newest one that was used; in the beginning the first one. It can be used again.
successor
    A token that was given after the current one. There may be several of them, because answers
    get lost, callers ask twice at a time, and clients up to 3.6 never use any but their first.
    When one of them is used, the session moves: it becomes the current one.
settling
    For a moment after it has moved, a session does not move again, and the token before the
    current one is still good: programs with several threads ask with both.

Any other token has been replaced, so two parties have tokens of this session, and one of them
stole its own. The session ends for both; who knows the password or the key can log in again.
See decision 14.
"""

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, update

from vantage6.common.errors import NotAuthenticated
from vantage6.server.model import LoginSession
from vantage6.server.model.authenticatable import AccessChanged
from vantage6.server.model.base import now
from vantage6.server.session import current_session, keep, record

log = logging.getLogger(__name__)
_ENDED = "this session has ended; log in again"


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """What a refresh token says of itself.

    Parameters
    ----------
    session_id
        Its session.
    id
        Its own name.
    after
        The token that was the current one when this one was given; None for the first one.
    issued_at
        When it was given, to the second.
    """

    session_id: str
    id: str
    after: str | None
    issued_at: datetime


@dataclass(frozen=True)
class Sessions:
    """Begins sessions and lets them move on.

    Parameters
    ----------
    lifetime
        How long a refresh token is valid.
    patience
        How long a session settles.
    """

    lifetime: timedelta
    patience: timedelta

    def begin(self, owner_id: int) -> RefreshToken:
        """A new session of a user or node: its first refresh token."""
        self._forget_old(owner_id)
        first = RefreshToken(uuid.uuid4().hex, str(uuid.uuid4()), None, now())
        row = LoginSession(id=first.session_id, owner_id=owner_id, current=first.id)
        row.moved_at = first.issued_at
        row.save()
        return first

    def renew(self, owner_id: int, token: RefreshToken | None) -> RefreshToken:
        """The next token for who shows a token; it writes only when the session moves.

        Raises
        ------
        NotAuthenticated
            When the session has ended, or ends now because the token was replaced before.
        """
        session = current_session().get(LoginSession, token.session_id) if token else None
        if session is None or token is None or session.owner_id != owner_id:
            raise NotAuthenticated(_ENDED)
        if token.after == session.current and not self._is_settling(session):
            self._move(session, token)
        if not self._is_good(session, token):
            self._end(session)
            raise NotAuthenticated(_ENDED)
        return RefreshToken(session.id, str(uuid.uuid4()), session.current, now())

    def _is_good(self, session: LoginSession, token: RefreshToken) -> bool:
        if session.current in (token.id, token.after):
            return True
        if session.previous is None:
            return False
        if token.id == session.previous:
            return self._is_settling(session)
        # Its answer may have come late, so that a client keeps it instead of a newer one.
        is_twin = token.after == session.previous
        return is_twin and token.issued_at >= session.moved_at - self.patience

    def _is_settling(self, session: LoginSession) -> bool:
        return session.previous is not None and now() - session.moved_at < self.patience

    def _move(self, session: LoginSession, token: RefreshToken) -> None:
        """Make a successor the current token, unless another one becomes it at the same time."""
        statement = update(LoginSession).where(
            LoginSession.id == session.id, LoginSession.current == session.current
        )
        values = {"previous": session.current, "current": token.id, "moved_at": now()}
        done = current_session().execute(statement.values(values))
        if isinstance(done, CursorResult) and not done.rowcount:
            current_session().refresh(session)

    def _end(self, session: LoginSession) -> None:
        log.warning(
            "a refresh token was used that had been replaced: its session is ended owner=%s",
            session.owner_id,
        )
        session.delete()
        record(AccessChanged())
        keep()

    def _forget_old(self, owner_id: int) -> None:
        # The current token may be used until its end, for a successor that is good as long again.
        long_ago = now() - 2 * self.lifetime - self.patience
        old = delete(LoginSession).where(
            LoginSession.owner_id == owner_id, LoginSession.moved_at < long_ago
        )
        current_session().execute(old)
