"""Conversions between bytes and the base64 text that travels in JSON, whole or in parts."""

import base64
import binascii
from collections.abc import Iterable, Iterator

PART_BYTES = 3 * 2**20
"""Longest part of bytes; a multiple of three, so that its text needs no padding."""
_PART_TEXT = PART_BYTES // 3 * 4


def bytes_to_base64s(data: bytes) -> str:
    """Standard base64 text with padding and without line breaks."""
    return base64.b64encode(data).decode("ascii")


def base64s_to_bytes(text: str) -> bytes:
    """Bytes of standard base64 text; white space is ignored, anything else is refused.

    Raises
    ------
    ValueError
        When the text is not base64.
    """
    return b"".join(base64s_to_parts(text))


def parts_to_base64s(parts: Iterable[bytes]) -> Iterator[str]:
    """The same text as of all parts together, piece by piece; parts may have any length."""
    rest = b""
    for part in parts:
        view = memoryview(part)
        for start in range(0, len(view), PART_BYTES):
            piece = rest + view[start : start + PART_BYTES]
            whole = len(piece) // 3 * 3
            rest = piece[whole:]
            yield bytes_to_base64s(piece[:whole])
    if rest:
        yield bytes_to_base64s(rest)


def base64s_to_parts(text: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Bytes of a base64 text, or of a part of one, piece by piece; never all of them at once.

    Raises
    ------
    ValueError
        When the text is not base64; possibly after some pieces.
    """
    rest, is_over = "", False
    for position in range(start, len(text) if end is None else end, _PART_TEXT):
        stop = position + _PART_TEXT
        piece = rest + "".join(text[position : stop if end is None else min(stop, end)].split())
        whole = len(piece) // 4 * 4
        rest = piece[whole:]
        if is_over and piece:
            raise ValueError("the text is not base64")
        is_over = piece[:whole].endswith("=")
        yield _decoded(piece[:whole])
    if rest:
        raise ValueError("the text is not base64")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("the text is not base64") from error
