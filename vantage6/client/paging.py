"""Reads a long list page by page, also while it changes.

A page is found by its number, so rows that come or go before it move it. Here all pages are sorted
by id, the newest first, and each overlaps with what was read: it begins with a row that is known
already. If it does not, rows in front of it have gone meanwhile, and an earlier page is asked for.
That gives this guarantee:

- every row that is in the list from the first request to the last comes exactly once;
- a row that comes or goes meanwhile comes once or not at all;
- it ends, unless the list grows by a page for each page that is read.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Protocol

from vantage6.common.errors import V6Error

Row = dict[str, Any]
NEWEST_FIRST = "-id"


class Ask(Protocol):
    """Asks for a page, newest first and with links; for all rows when `page` is None."""

    def __call__(self, page: int | None, per_page: int | None) -> Any:
        """The answer of the server."""


def follow(ask: Ask, per_page: int) -> Iterator[Row]:
    """All rows of a list, newest first, with one page of them in memory.

    Parameters
    ----------
    ask
        Answers ``{"data": […], "links": {…}}``; or a plain list, which then is complete; or an
        error, which then is all that comes.
    per_page
        About how many rows to ask for at once; a few more now and then, to get pages that overlap.
    """
    place = _Place(per_page)
    while not place.is_at_end:
        number, length = next_page(place.position, place.size, is_cut=place.is_cut)
        answer = ask(number, length)
        if not _is_page(answer):
            yield from answer if isinstance(answer, list) else [answer]
            return
        if not _is_newest_first(answer["data"]):
            yield from _everything(ask, place.last)
            return
        is_last = "next" not in answer["links"]
        yield from place.take(number, length, answer["data"], is_last=is_last)


class _Place:
    """How far a list has been read.

    Parameters
    ----------
    size
        Preferred size of a page.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.is_cut = False
        self.position = 0
        self.last: int | None = None
        self.is_at_end = False

    def take(self, number: int, length: int, rows: list[Row], *, is_last: bool) -> list[Row]:
        """The rows of a page that are new; none, and a step back, when rows before it are gone."""
        if not is_last and 0 < len(rows) < length:
            # The server gives smaller pages than we ask for, and numbers them accordingly.
            self.size = length = len(rows)
            self.is_cut = True
        if number > 1 and not (rows and self._is_known(rows[0])):
            self.position = max(0, self.position - self.size)
            return []
        fresh = [row for row in rows if not self._is_known(row)]
        self.last = rows[-1]["id"] if fresh else self.last
        self.position = (number - 1) * length + len(rows)
        self.is_at_end = is_last or not rows
        return fresh

    def _is_known(self, row: Row) -> bool:
        return self.last is not None and row["id"] >= self.last


def next_page(position: int, size: int, *, is_cut: bool = False) -> tuple[int, int]:
    """Number and size of the page that holds the last of the rows read, and most new ones.

    Parameters
    ----------
    position
        How many rows were read.
    size
        Preferred size of a page.
    is_cut
        Whether the server gives no larger pages.
    """
    if position == 0:
        return 1, size
    pages = [((position - 1) // length + 1, length) for length in range(size, 1, -1)]
    number, length = max(pages, key=lambda page: page[0] * page[1], default=(0, 0))
    if number * length > position:
        return number, length
    # Each of these sizes ends a page where we are. A larger one does not, or hardly ever: the
    # numbers up to 21 have no common multiple below 232 million.
    larger = (length for length in range(size + 1, 2 * size + 20) if position % length)
    length = size if is_cut else next(larger, size)
    return (position - position % length) // length + 1, length


def _is_page(answer: Any) -> bool:
    return isinstance(answer, dict) and "data" in answer


def _is_newest_first(rows: list[Row]) -> bool:
    return all(row["id"] > after["id"] for row, after in pairwise(rows))


def _everything(ask: Ask, last: int | None) -> Iterator[Row]:
    """All rows in one answer: published servers sort only tasks and results."""
    if last is not None:
        raise V6Error("the server changed the order of this list while it was read; begin again")
    answer = ask(None, None)
    yield from answer["data"] if _is_page(answer) else answer
