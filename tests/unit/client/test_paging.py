"""Following pages, also of a list that changes while it is read."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vantage6.client.paging import follow, next_page
from vantage6.common.errors import V6Error

Change = Callable[["Shelf"], None]


class Shelf:
    """A list at a server: newest first, in pages that are not larger than it likes."""

    def __init__(self, rows: int, *, largest: int = 100) -> None:
        self.ids = list(range(rows, 0, -1))
        self.largest = largest
        self.asked: list[tuple[int | None, int | None]] = []
        self.changes: Iterator[Change] = iter(())

    def __call__(self, page: int | None, per_page: int | None) -> Any:
        self.asked.append((page, per_page))
        next(self.changes, lambda shelf: None)(self)
        if page is None or per_page is None:
            return [{"id": id_} for id_ in self.ids]
        size = min(per_page, self.largest)
        rows = [{"id": id_} for id_ in self.ids[(page - 1) * size : page * size]]
        return {"data": rows, "links": {"next": "x"} if page * size < len(self.ids) else {}}


def read(shelf: Shelf, per_page: int) -> list[int]:
    return [row["id"] for row in follow(shelf, per_page)]


def drop(*ids: int) -> Change:
    def change(shelf: Shelf) -> None:
        shelf.ids = [id_ for id_ in shelf.ids if id_ not in ids]

    return change


def add(id_: int) -> Change:
    return lambda shelf: shelf.ids.insert(0, id_)


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 19, 20, 21, 100, 101, 250])
@pytest.mark.parametrize("per_page", [1, 2, 5, 20, 100])
def test_every_row_comes_once(rows: int, per_page: int) -> None:
    shelf = Shelf(rows)

    assert read(shelf, per_page) == list(range(rows, 0, -1))
    assert len(shelf.asked) <= 2 + 2 * rows // per_page


def test_smaller_pages_than_asked_for_are_followed() -> None:
    assert read(Shelf(300, largest=7), 100) == list(range(300, 0, -1))


def test_only_what_is_needed_is_asked_for() -> None:
    shelf = Shelf(1000)

    first = [next(rows)["id"] for rows in [follow(shelf, 10)] for _ in range(3)]

    assert first == [1000, 999, 998]
    assert shelf.asked == [(1, 10)]


def test_rows_behind_those_that_are_deleted_meanwhile_are_not_passed_over() -> None:
    shelf = Shelf(60)
    shelf.changes = iter([drop(), drop(*range(41, 60)), drop()])

    assert read(shelf, 20) == list(range(60, 0, -1))


def test_rows_that_come_meanwhile_bring_none_twice() -> None:
    shelf = Shelf(60)
    shelf.changes = iter([add(61 + number) for number in range(30)])

    assert read(shelf, 20)[1:] == list(range(60, 0, -1))


def test_list_that_is_emptied_meanwhile_ends() -> None:
    shelf = Shelf(60)
    shelf.changes = iter([drop(), drop(*range(1, 61))])

    assert read(shelf, 20) == list(range(60, 40, -1))


@settings(deadline=None, max_examples=60)
@given(
    rows=st.integers(0, 130),
    per_page=st.integers(1, 30),
    largest=st.integers(20, 40),
    events=st.lists(st.integers(-130, 4), max_size=60),
)
def test_what_is_there_all_the_time_comes_once_whatever_else_happens(
    rows: int, per_page: int, largest: int, events: list[int]
) -> None:
    shelf = Shelf(rows, largest=largest)
    # Negative numbers delete that row; the others add a new one.
    changes: list[Change] = []
    for number, event in enumerate(events):
        changes.append(drop(-event) if event <= 0 else add(1000 + number))
    shelf.changes = iter(changes)
    always = {id_ for id_ in range(1, rows + 1) if -id_ not in events}

    seen = read(shelf, per_page)

    assert len(seen) == len(set(seen))
    assert always <= set(seen)


def test_server_that_does_not_sort_is_asked_for_everything() -> None:
    shelf = Shelf(0)
    shelf.ids = [1, 3, 2, 5, 4]

    assert read(shelf, 2) == [1, 3, 2, 5, 4]
    assert shelf.asked == [(1, 2), (None, None)]


def test_order_that_changes_in_the_middle_is_an_error() -> None:
    def turn(shelf: Shelf) -> None:
        shelf.ids.reverse()

    shelf = Shelf(60)
    shelf.changes = iter([drop(), turn])

    with pytest.raises(V6Error, match="order of this list"):
        read(shelf, 20)


@pytest.mark.parametrize("answer", [[{"id": 2}, {"id": 1}], []])
def test_plain_list_is_complete(answer: list[dict[str, int]]) -> None:
    assert list(follow(lambda page, per_page: answer, 10)) == answer


def test_refusal_is_all_that_comes() -> None:
    refusal = {"msg": "no", "code": "forbidden"}

    assert list(follow(lambda page, per_page: refusal, 10)) == [refusal]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 10, 20, 100])
def test_next_page_holds_the_last_row_and_new_ones(size: int) -> None:
    for position in range(1, 3000):
        number, length = next_page(position, size)

        start, end = (number - 1) * length, number * length
        assert start <= position - 1
        assert end > position
        assert length <= 2 * size + 20


def test_pages_hold_few_rows_twice() -> None:
    shelf = Shelf(10_000)

    read(shelf, 100)

    assert len(shelf.asked) < 115
