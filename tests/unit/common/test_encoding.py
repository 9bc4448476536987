"""Base64 in parts: the same as in one piece, wherever it is cut."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vantage6.common.encoding import (
    PART_BYTES,
    base64s_to_bytes,
    base64s_to_parts,
    bytes_to_base64s,
    parts_to_base64s,
)

LARGE = os.urandom(2 * PART_BYTES + 7)


@given(st.lists(st.binary(max_size=20)))
def test_text_does_not_depend_on_how_the_bytes_are_cut(parts: list[bytes]) -> None:
    assert "".join(parts_to_base64s(parts)) == bytes_to_base64s(b"".join(parts))


def test_large_bytes_are_never_one_piece() -> None:
    pieces = list(parts_to_base64s([LARGE]))

    assert max(map(len, pieces)) <= PART_BYTES // 3 * 4
    assert "".join(pieces) == bytes_to_base64s(LARGE)
    parts = list(base64s_to_parts("".join(pieces)))
    assert max(map(len, parts)) <= PART_BYTES
    assert b"".join(parts) == LARGE


def test_white_space_may_be_anywhere() -> None:
    text = bytes_to_base64s(LARGE)
    broken = "\n".join(text[i : i + 76] for i in range(0, len(text), 76))

    assert base64s_to_bytes(broken) == LARGE


def test_a_part_of_a_text_is_read_from_where_it_is() -> None:
    assert b"".join(base64s_to_parts("$YWJj$", 1, 5)) == b"abc"


@pytest.mark.parametrize("place", [0, 4 * 2**20 - 4, 4 * 2**20, 4 * 2**20 + 4])
def test_padding_before_the_end_is_refused_wherever_it_is(place: int) -> None:
    text = bytes_to_base64s(LARGE)

    with pytest.raises(ValueError, match="not base64"):
        base64s_to_bytes(text[:place] + "QQ==" + text[place:])
