"""Weak passwords are refused."""

import pytest
from tests.factories import PASSWORD
from vantage6.common.errors import InvalidInput
from vantage6.server.service.passwords import require_strong


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("Aa1!aaa", "at least 8"),
        ("Aa1!" * 33, "at most 128"),
        ("Aaaaaaa!", "a digit"),
        ("aaaaaa1!", "a capital"),
        ("AAAAAA1!", "a small"),
        ("Aaaaaaa1", "neither"),
    ],
)
def test_weak_passwords_are_refused_with_the_rule_they_break(password, rule):
    with pytest.raises(InvalidInput, match=rule):
        require_strong(password)


def test_strong_passwords_are_accepted():
    require_strong(PASSWORD)
    require_strong("Line\nbreak-1")
