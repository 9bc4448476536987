"""The one place where passwords are checked: guesses are counted, and block the account.

Everything that asks for a password comes here (log-in, change of the password, lost second
factor), so that there is no door at which guessing is free.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeVar

from vantage6.common.errors import NotAuthenticated
from vantage6.server.config import PasswordPolicy
from vantage6.server.model import User
from vantage6.server.model.base import now
from vantage6.server.model.user import verify_password
from vantage6.server.service.letters import Letters
from vantage6.server.session import keep, let_go, record

_Answer = TypeVar("_Answer")

_NOBODY = "$2b$12$bIt4fWBf0vJZlUDC40liVOSp3MW2rZcEFR6SWLOD28hH1r7PFesyy"
"""Hash that is checked for an unknown user, at the cost of a real one; no password fits."""


class Offload(Protocol):
    """Runs slow work, perhaps in a thread, so that it does not stop others."""

    def __call__(self, work: Callable[[], _Answer]) -> _Answer:
        """What the work gives."""


def at_once(work: Callable[[], _Answer]) -> _Answer:
    """Run slow work where the caller is."""
    return work()


@dataclass(frozen=True)
class Limiter:
    """Checks passwords.

    Parameters
    ----------
    policy
        When an account is blocked, and for how long.
    letters
        Tell users that it is.
    offload
        Runs the slow part.
    """

    policy: PasswordPolicy
    letters: Letters
    offload: Offload = at_once

    def check(self, user: User | None, password: str, refusal: str) -> User:
        """The user, held, if the password is right; costs the same work whatever is wrong.

        The count of wrong attempts is not reset, because a log-in may need more than a password.

        Raises
        ------
        NotAuthenticated
            With `refusal`, when there is no user, it is blocked, or the password is wrong.
        """
        checked = (user and user.password_hash) or _NOBODY
        let_go()
        is_right = self.offload(lambda: verify_password(password, checked))
        if user is None:
            raise NotAuthenticated(refusal)
        # Only now: whoever guesses in parallel finds the account blocked by the other guesses.
        user = User.held(user.id)
        if self._is_blocked(user):
            raise NotAuthenticated(refusal)
        # The second half is a password that was changed while the old one was being checked.
        if not is_right or user.password_hash != checked:
            raise self.counted(user, refusal)
        return user

    def counted(self, user: User, refusal: str) -> NotAuthenticated:
        """Count a wrong attempt of a user, who is held, and give the error to raise.

        The attempt that blocks the account is also the only one that its user is told of: those
        during a block are not counted.
        """
        most = self.policy.max_failed_attempts
        over = user.failed_login_attempts >= most
        user.failed_login_attempts = 1 if over else user.failed_login_attempts + 1
        user.last_login_attempt = now()
        user.save()
        if user.failed_login_attempts >= most and user.email:
            minutes = self.policy.inactivation_minutes
            record(self.letters.blocked(user.email, user.firstname, most, minutes))
        keep()
        return NotAuthenticated(refusal)

    def _is_blocked(self, user: User) -> bool:
        if user.failed_login_attempts < self.policy.max_failed_attempts:
            return False
        last, window = user.last_login_attempt, timedelta(minutes=self.policy.inactivation_minutes)
        return last is not None and now() - last < window
