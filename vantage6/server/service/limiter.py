"""The one place where passwords are checked: guesses are counted, and block the account.

Everything that asks for a password comes here (log-in, change of the password, lost second
factor), so that there is no door at which guessing is free.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeVar

from sqlalchemy import select, update

from vantage6.common.errors import NotAuthenticated
from vantage6.server.config import PasswordPolicy
from vantage6.server.model import Stranger, User
from vantage6.server.model.base import now
from vantage6.server.model.user import hash_password, verify_password
from vantage6.server.service.letters import Block, Letters
from vantage6.server.service.passwords import require_strong
from vantage6.server.session import current_session, hold, keep, let_go, record

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

    def check(
        self, user: User | None, password: str, refusal: str, address: str | None = None
    ) -> User:
        """The user, held, if the password is right; costs the same work whatever is wrong.

        The count of wrong attempts is not reset, because a log-in may need more than a password.

        Parameters
        ----------
        user
            None when there is none of that name.
        password
            To be checked.
        refusal
            What the caller is told when anything is wrong.
        address
            Where the attempt comes from; the user is told when it blocks the account.

        Raises
        ------
        NotAuthenticated
            With `refusal`, when there is no user, it is blocked, or the password is wrong.
        """
        checked = (user and user.password_hash) or _NOBODY
        let_go()
        is_right = self.offload(lambda: verify_password(password, checked))
        # Only now: whoever guesses in parallel finds the account blocked by the other guesses.
        user = _held(user)
        if user is None or self._is_blocked(user):
            raise _not_counted(refusal)
        # The second half is a password that was changed while the old one was being checked.
        if not is_right or user.password_hash != checked:
            raise self.counted(user, refusal, address)
        return user

    def hash(self, password: str) -> str:
        """Hash of a new password that is strong enough, made with nothing held.

        Raises
        ------
        InvalidInput
            When it is too easy to guess.
        """
        require_strong(password)
        keep()  # such as when the caller was last seen
        return self.offload(lambda: hash_password(password))

    def counted(self, user: User, refusal: str, address: str | None = None) -> NotAuthenticated:
        """Count a wrong attempt of a user, who is held, and give the error to raise.

        The attempt that blocks the account is also the only one that its user is told of: those
        during a block are not counted.
        """
        most = self.policy.max_failed_attempts
        over = user.failed_login_attempts >= most
        user.failed_login_attempts = 1 if over else user.failed_login_attempts + 1
        user.last_login_attempt = present = now()
        user.save()
        if user.failed_login_attempts >= most and user.email:
            block = Block(most, self.policy.inactivation_minutes, address, present)
            record(self.letters.blocked(user.email, user.firstname, block))
        keep()
        return NotAuthenticated(refusal)

    def _is_blocked(self, user: User) -> bool:
        if user.failed_login_attempts < self.policy.max_failed_attempts:
            return False
        last, window = user.last_login_attempt, timedelta(minutes=self.policy.inactivation_minutes)
        return last is not None and now() - last < window


def _held(user: User | None) -> User | None:
    """The user as it is now, nobody else's to change; takes as long where there is none."""
    if user is not None:
        return User.held(user.id)
    hold()
    current_session().execute(select(Stranger).with_for_update()).all()
    return None


def _not_counted(refusal: str) -> NotAuthenticated:
    """The error for an attempt that concerns no user, or a blocked one; costs a write as well."""
    current_session().execute(update(Stranger).values(last_login_attempt=now()))
    keep()
    return NotAuthenticated(refusal)
