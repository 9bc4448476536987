"""JSON with large texts is written as Python's own writer does, without copies."""

import json
from typing import Any

import pytest
from vantage6.common.large_json import JsonPieces, separated, surrounded, write, write_rows

LARGE = "QUJD" * 300_000
OTHER = "$".join((LARGE, "x", LARGE))
OBJECTS: list[Any] = [
    {"id": 1, "input": LARGE, "result": OTHER, "log": "täxt \x00", "task": {"x": [None]}},
    {"input": LARGE, "again": LARGE},
    {"input": LARGE},
    {"id": 1, "log": '"' + LARGE, "name": "é" + LARGE},
    {"id": 1},
    {},
]


@pytest.mark.parametrize("content", [*OBJECTS, [1, 2], None, "text"])
def test_what_is_written_is_what_is_read(content: object) -> None:
    written = write(content)

    text = b"".join(written)

    assert json.loads(text) == content
    assert (len(written), bytes(written)) == (len(text), text)
    assert max(map(len, written)) <= 1024 * 1024
    assert written.is_large == (len(text) >= 1024 * 1024)


@pytest.mark.parametrize("count", range(len(OBJECTS) + 1))
def test_rows_are_written_like_a_list(count: int) -> None:
    written = surrounded("[", write_rows(OBJECTS[:count]), "]")

    assert json.loads(bytes(written)) == OBJECTS[:count]


def test_parts_of_a_list_are_put_together() -> None:
    parts = [write_rows(OBJECTS[:1]), write_rows([]), write_rows(OBJECTS[1:])]

    assert json.loads(bytes(surrounded("[", separated(parts), "]"))) == OBJECTS


def test_a_large_text_is_not_copied() -> None:
    pieces = write({"input": LARGE, "id": 1}).pieces

    assert any(piece is LARGE for piece in pieces)
    assert isinstance(write({}), JsonPieces)
