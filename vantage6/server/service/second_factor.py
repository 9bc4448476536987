"""The second factor: six digits of an authenticator app, or one of the codes kept for its loss.

A secret counts only after it has proved itself by a code; until then the former one stays. No
code is taken twice, as RFC 6238 (section 5.2) asks: who sees one being typed in cannot use it.
"""

import hashlib
import hmac
import secrets
from base64 import b32encode

import pyotp
from sqlalchemy import CursorResult, delete, func, select

from vantage6.server.model import RecoveryCode, User
from vantage6.server.model.base import now
from vantage6.server.session import current_session

_WINDOW = (-1, 0, 1)
"""Steps of 30 s by which clocks may differ."""
_CODES = 10
_CODE_BYTES = 10
_GROUP = 4


def show_secret(user: User) -> str:
    """A new secret for the user's app, which waits for its first code."""
    user.otp_pending = pyotp.random_base32()
    return user.otp_pending


def confirm(user: User, code: str) -> bool:
    """Let the secret that was shown last count from now on, if this is a code of it."""
    step = _step(user.otp_pending, code)
    if step is None:
        return False
    user.otp_secret, user.otp_pending, user.otp_step = user.otp_pending, None, step
    return True


def is_right(user: User, code: str) -> bool:
    """Take a code of the user's app, once; the user has to be held."""
    step = _step(user.otp_secret, code)
    if step is None or (user.otp_step is not None and step <= user.otp_step):
        return False
    user.otp_step = step
    return True


def new_recovery_codes(user: User) -> tuple[str, ...]:
    """Codes that work once each, in place of digits; those from before end."""
    session = current_session()
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = tuple(_grouped(secrets.token_bytes(_CODE_BYTES)) for _ in range(_CODES))
    session.add_all(RecoveryCode(user_id=user.id, digest=_digest(code)) for code in codes)
    session.flush()
    return codes


def use_recovery_code(user: User, code: str) -> bool:
    """Take a recovery code, once."""
    wanted = RecoveryCode.user_id == user.id, RecoveryCode.digest == _digest(code)
    done = current_session().execute(delete(RecoveryCode).where(*wanted))
    return isinstance(done, CursorResult) and done.rowcount == 1


def recovery_codes_left(user: User) -> int:
    """How many codes are there that were not used."""
    count = select(func.count()).where(RecoveryCode.user_id == user.id)
    return current_session().scalar(count) or 0


def _step(secret: str | None, code: str) -> int | None:
    """The newest time step, around the present one, whose code this is."""
    if secret is None:
        return None
    totp = pyotp.TOTP(secret)
    present = totp.timecode(now())
    steps = [present + offset for offset in _WINDOW]
    # All are compared: how long that takes must not tell which one it was.
    fitting = [step for step in steps if _equal(totp.generate_otp(step), code)]
    return max(fitting, default=None)


def _equal(expected: str, code: str) -> bool:
    return hmac.compare_digest(expected.encode(), code.strip().encode())


def _grouped(random: bytes) -> str:
    """Such as ``ABCD-EFGH-IJKL-MNOP``."""
    text = b32encode(random).decode()
    return "-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))


def _digest(code: str) -> str:
    bare = code.upper().replace("-", "").replace(" ", "")
    return hashlib.sha256(bare.encode()).hexdigest()
