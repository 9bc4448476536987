"""Tokens that are mailed to users who lost a secret.

They are signed with a key of their own, so that no other kind of token can pass for one, nor one
for another kind. Each is bound to the secrets it replaces: when one of them changes, because the
token was used or otherwise, it is worth nothing any more.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

import jwt

from vantage6.common.errors import InvalidInput, TokenExpired
from vantage6.server.model import User
from vantage6.server.model.base import now

_ALGORITHM = "HS256"
_KEY_NAME = b"vantage6 recovery tokens"
_REFUSED = "this token is not valid, or it was used already; ask for another mail"


class Purpose(Enum):
    """What a token replaces; it is good for nothing else."""

    PASSWORD = "password"  # noqa: S105  # the name of a purpose
    SECOND_FACTOR = "second factor"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a signed token says; whether it still holds is known to `RecoveryTokens.bearer`."""

    user_id: int
    bound_to: str


class RecoveryTokens:
    """Issues and reads the recovery tokens of one server.

    Parameters
    ----------
    secret
        The server's, from which the key is derived.
    lifetime
        How long a token is valid.
    """

    def __init__(self, secret: str, lifetime: timedelta) -> None:
        self._key = hmac.digest(secret.encode(), _KEY_NAME, "sha256")
        self.lifetime = lifetime

    def issue(self, user: User, purpose: Purpose) -> str:
        """A new token for a user."""
        claims = {
            "use": purpose.value,
            "user": user.id,
            "bound_to": _state(user),
            "exp": now() + self.lifetime,
        }
        return jwt.encode(claims, self._key, _ALGORITHM)

    def read(self, token: str, purpose: Purpose) -> Claim:
        """What a token says, without a look at the database.

        Raises
        ------
        TokenExpired
            When its time is over.
        InvalidInput
            When it is not one of ours, or for another purpose.
        """
        try:
            claims: dict[str, Any] = jwt.decode(token, self._key, [_ALGORITHM])
        except jwt.ExpiredSignatureError as error:
            raise TokenExpired("this token has expired; ask for another mail") from error
        except (jwt.PyJWTError, ValueError) as error:
            raise InvalidInput(_REFUSED, debug=type(error).__name__) from error
        if claims["use"] != purpose.value:
            raise InvalidInput(_REFUSED)
        return Claim(claims["user"], claims["bound_to"])

    def bearer(self, claim: Claim) -> User:
        """The user that a token was made for, held.

        Raises
        ------
        InvalidInput
            When the user is gone, or a secret has changed since.
        """
        if User.get(claim.user_id) is None:
            raise InvalidInput(_REFUSED)
        user = User.held(claim.user_id)
        if not hmac.compare_digest(_state(user), claim.bound_to):
            raise InvalidInput(_REFUSED)
        return user


def _state(user: User) -> str:
    """Fingerprint of everything that a token depends on; the hash of a password has a salt."""
    secrets = (user.password_hash, user.email, user.otp_secret, user.otp_pending, user.token_epoch)
    return hashlib.sha256(repr(secrets).encode("utf-8", "surrogatepass")).hexdigest()
