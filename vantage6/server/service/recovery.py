"""Lost and changed secrets of users.

A mailbox is one factor. It recovers the password, and for those who know the password it replaces
the second factor; but never both, one after the other, because a stolen mailbox would then be all
that it takes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from vantage6.common.errors import Forbidden, InvalidInput
from vantage6.server.model import User
from vantage6.server.model.base import now
from vantage6.server.permission.principal import Principal
from vantage6.server.service import second_factor
from vantage6.server.service.authentication import LogIn
from vantage6.server.service.limiter import Limiter
from vantage6.server.service.recovery_tokens import Purpose, RecoveryTokens
from vantage6.server.session import record

_REFUSED = "the account or the password is wrong, or the account is blocked for a while"
_WRONG = "the current password is wrong, or the account is blocked for a while"


@dataclass(frozen=True, slots=True)
class LostPassword:
    """Who lost a password; one of the two is enough, and the name counts first."""

    username: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class LostFactor:
    """Who lost the second factor, and knows the first."""

    password: str
    username: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A new password, and the token from the mail."""

    reset_token: str
    password: str


@dataclass(frozen=True, slots=True)
class NewFactor:
    """The token from the mail."""

    reset_token: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A password, of somebody who is logged in already."""

    password: str


@dataclass(frozen=True, slots=True)
class PasswordPair:
    """A password, and the one to use instead."""

    current_password: str
    new_password: str


@dataclass(frozen=True)
class Recovery:
    """Replaces secrets.

    Parameters
    ----------
    limiter
        Checks passwords, and has the letters.
    tokens
        Issues and reads what is mailed.
    mail_every
        A user gets no second mail of a kind before this time is over.
    """

    limiter: Limiter
    tokens: RecoveryTokens
    mail_every: timedelta

    def mail_password_token(self, lost: LostPassword) -> None:
        """Mail a token to a user, if there is one, and not too often.

        The caller does this beside the request: how long it takes would tell who has an account.
        """
        found = _find(lost.username, lost.email)
        if found is None:
            return
        user = User.held(found.id)
        if user.email and not self._is_recent(user.reset_mailed_at):
            user.reset_mailed_at = now()
            token = self.tokens.issue(user, Purpose.PASSWORD)
            letters = self.limiter.letters
            record(letters.password_reset(user.email, user.firstname, token, self._minutes))
            user.save()

    def reset_password(self, new: NewPassword) -> None:
        """Replace a lost password; the second factor stays as it is, and all tokens end.

        Raises
        ------
        InvalidInput
            When the token is not valid, or the password too weak.
        TokenExpired
            When the token is too old.
        """
        claim = self.tokens.read(new.reset_token, Purpose.PASSWORD)
        password_hash = self.limiter.hash(new.password)
        user = self.tokens.bearer(claim)
        _replace_password(user, password_hash)
        user.password_by_mail = True
        user.save()

    def mail_factor_token(self, lost: LostFactor, address: str | None = None) -> None:
        """Mail a token for a new second factor, not too often, to a user who knows the password.

        The count of wrong attempts stays: it is also that of the codes. `address` is where the
        request comes from.

        Raises
        ------
        NotAuthenticated
            When there is no such user, it is blocked, or the password is wrong.
        Forbidden
            When the password itself was recovered by mail.
        """
        found = _find(lost.username, lost.email)
        user = self.limiter.check(found, lost.password, _REFUSED, address)
        letters = self.limiter.letters
        if user.password_by_mail:
            raise Forbidden(
                "your password was recovered by mail, and a mailbox is not enough to replace both "
                f"factors; ask for help at {letters.support}"
            )
        if user.email and not self._is_recent(user.otp_mailed_at):
            user.otp_mailed_at = now()
            token = self.tokens.issue(user, Purpose.SECOND_FACTOR)
            record(letters.factor_reset(user.email, user.firstname, token, self._minutes))
            user.save()

    def reset_factor(self, new: NewFactor) -> LogIn:
        """Show a new second factor; it replaces the old one when a log-in has confirmed it.

        Raises
        ------
        InvalidInput
            When the token is not valid.
        TokenExpired
            When it is too old.
        """
        user = self.tokens.bearer(self.tokens.read(new.reset_token, Purpose.SECOND_FACTOR))
        secret = second_factor.show_secret(user)
        user.save()
        return LogIn(user, otp_secret=secret)

    def renew_codes(
        self, actor: Principal, proof: Proof, address: str | None = None
    ) -> tuple[str, ...]:
        """New recovery codes for the second factor; those from before end.

        Raises
        ------
        NotAuthenticated
            When the password is wrong, or the account is blocked.
        InvalidInput
            When the user has no second factor.
        """
        user = self.limiter.check(User.by_id(actor.id), proof.password, _WRONG, address)
        if user.otp_secret is None:
            raise InvalidInput("you have no second factor, so there is nothing to recover")
        return second_factor.new_recovery_codes(user)

    def change_password(
        self, actor: Principal, pair: PasswordPair, address: str | None = None
    ) -> None:
        """Replace a known password; all tokens end, also the one of the caller.

        Raises
        ------
        InvalidInput
            When the new one is the old one, or too weak.
        NotAuthenticated
            When the current one is wrong, or the account is blocked.
        """
        if pair.new_password == pair.current_password:
            raise InvalidInput("the new password is the old one")
        password_hash = self.limiter.hash(pair.new_password)
        user = self.limiter.check(User.by_id(actor.id), pair.current_password, _WRONG, address)
        _replace_password(user, password_hash)
        user.save()

    def _is_recent(self, mailed_at: datetime | None) -> bool:
        return mailed_at is not None and now() - mailed_at < self.mail_every

    @property
    def _minutes(self) -> int:
        return int(self.tokens.lifetime.total_seconds() // 60)


def _find(username: str | None, email: str | None) -> User | None:
    if username:
        return User.find(username)
    return User.find_by_email(email) if email else None


def _replace_password(user: User, password_hash: str) -> None:
    user.password_hash = password_hash
    user.failed_login_attempts = 0
    user.end_tokens()
