"""JSON that is written already, in pieces, without a copy of the large texts in it.

Python's writer would make three copies: quoted, joined and encoded. Inputs and results can have
hundreds of megabytes; as base64 they need no quoting, so they are put in between as they are and
encoded in slices while they are sent.
"""

import json
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_LARGE = 1024 * 1024
_SLICE = 1024 * 1024
_PLAIN = re.compile(r"[A-Za-z0-9+/=$]*", re.ASCII)
"""Texts that are in JSON what they are in memory: base64, and envelopes of it."""


@dataclass(frozen=True, slots=True)
class JsonPieces:
    """JSON text in ASCII; its length is in bytes."""

    pieces: tuple[str, ...]

    def __len__(self) -> int:
        return sum(map(len, self.pieces))

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            for start in range(0, len(piece), _SLICE):
                yield piece[start : start + _SLICE].encode("ascii")

    @property
    def is_large(self) -> bool:
        """Whether it is better sent in slices."""
        return len(self) >= _LARGE

    def __bytes__(self) -> bytes:
        return b"".join(self)


def write(content: Any) -> JsonPieces:
    """An object, or anything else, as JSON; only values of the object itself are seen as large."""
    return JsonPieces(tuple(_pieces(content)))


def write_rows(rows: list[Any]) -> JsonPieces:
    """The elements of a list as JSON, with commas and without the brackets."""
    if not any(_has_large(row) for row in rows):
        return JsonPieces((json.dumps(rows)[1:-1],))
    return separated(write(row) for row in rows)


def separated(parts: Iterable[JsonPieces]) -> JsonPieces:
    """Parts with commas in between; empty ones are left out."""
    pieces: list[str] = []
    for part in parts:
        if len(part):
            pieces += [", "] if pieces else []
            pieces += part.pieces
    return JsonPieces(tuple(pieces))


def surrounded(before: str, inner: JsonPieces, after: str) -> JsonPieces:
    """A part with ASCII text around it."""
    return JsonPieces((before, *inner.pieces, after))


def _pieces(content: Any) -> list[str]:
    if not _has_large(content):
        return [json.dumps(content)]
    large: dict[str, str] = {uuid.uuid4().hex: v for v in content.values() if _is_large(v)}
    marks = {id(text): mark for mark, text in large.items()}
    text = json.dumps({name: marks.get(id(value), value) for name, value in content.items()})
    # Marks are random and stand for texts without one, so that none is in the rest.
    return [large.get(piece, piece) for piece in re.split(f"({'|'.join(large)})", text)]


def _has_large(content: object) -> bool:
    return isinstance(content, Mapping) and any(map(_is_large, content.values()))


def _is_large(value: object) -> bool:
    return isinstance(value, str) and len(value) >= _LARGE and bool(_PLAIN.fullmatch(value))
