"""What a password has to be like."""

import re

from vantage6.common.errors import InvalidInput

_POLICY: tuple[tuple[str, str], ...] = (
    (r".{8,}", "must have at least 8 characters"),
    (r".{0,128}", "must have at most 128 characters"),
    (r".*[0-9].*", "must contain a digit"),
    (r".*[A-Z].*", "must contain a capital letter"),
    (r".*[a-z].*", "must contain a small letter"),
    (r".*[^A-Za-z0-9].*", "must contain a character that is neither letter nor digit"),
)


def require_strong(password: str) -> None:
    """Refuse a password that is too easy to guess; the first rule that it breaks is named.

    Raises
    ------
    InvalidInput
        When it breaks a rule.
    """
    for pattern, rule in _POLICY:
        if re.fullmatch(pattern, password, re.DOTALL) is None:
            raise InvalidInput(f"the password {rule}", fields={"password": rule})
