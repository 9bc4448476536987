"""Lists: all rows or one page of them, with the headers and links of 3.x.

Without the parameter ``page`` every row is in the answer, because published nodes ask so for their
open runs. Such an answer is written in portions: its rows are not in memory all at once, and other
requests have their turn between two portions.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from flask import request
from sqlalchemy import Select, func, select

from vantage6.common.errors import FieldErrors, InvalidInput
from vantage6.common.large_json import JsonPieces, separated, surrounded, write_rows
from vantage6.server.session import current_session, let_go

Rows = Select[Any]
Dump = Callable[[Any], list[Any]]
DEFAULT_SIZE = 10
MAX_PAGE = 2**31 - 1
PORTION = 200
"""Rows that are read and written at once; their relations cost as many statements as one row's."""
_PAUSE_S = 0.001
"""Between two portions. Not zero: gevent would go on without a look at what others sent."""


@dataclass(frozen=True)
class Wanted:
    """What the caller asks for; `number` is None for everything."""

    number: int | None
    size: int
    metadata: bool


@dataclass(frozen=True)
class Page:
    """The answer to a list: its body and its headers."""

    content: JsonPieces
    headers: Mapping[str, str]


def paginate(rows: Rows, dump: Dump, sortable: tuple[str, ...], max_size: int) -> Page:
    """Run a selection and write the rows that are asked for.

    Parameters
    ----------
    rows
        Ordered selection of one kind of row.
    dump
        Writes rows as a list of JSON objects.
    sortable
        Columns that ``sort`` may name, with ``-`` in front for descending.
    max_size
        Largest page; a larger one is cut to it, and its links are those of the smaller pages.

    Raises
    ------
    InvalidInput
        With every parameter that cannot be understood.
    """
    problems: FieldErrors = {}
    wanted = _wanted(max_size, problems)
    rows = _sorted(rows, sortable, problems)
    _refuse(problems)
    written, total = (
        _everything(rows, dump) if wanted.number is None else _page(rows, dump, wanted)
    )
    links = _links(wanted, total)
    header = ",".join(f"<{url}>; rel={name}" for name, url in links.items())
    if wanted.metadata:
        written = surrounded('{"data": ', written, f', "links": {json.dumps(links)}}}')
    return Page(written, {"total-count": str(total), "Link": header})


def whole(rows: Rows, dump: Dump, sortable: tuple[str, ...]) -> JsonPieces:
    """Run a selection and write all of its rows, for the lists without pages of 3.x.

    Raises
    ------
    InvalidInput
        When the list cannot be sorted as asked.
    """
    problems: FieldErrors = {}
    rows = _sorted(rows, sortable, problems)
    _refuse(problems)
    return _everything(rows, dump)[0]


# --- reading the query ------------------------------------------------------------------------


def _wanted(max_size: int, problems: FieldErrors) -> Wanted:
    number = _positive("page", problems)
    size = _positive("per_page", problems) or DEFAULT_SIZE
    return Wanted(number, min(size, max_size), "metadata" in request.args.getlist("include"))


def _positive(name: str, problems: FieldErrors) -> int | None:
    text = request.args.get(name, "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 10 and 0 < int(text) <= MAX_PAGE:
        return int(text)
    problems[name] = "must be a number from 1"
    return None


def _sorted(rows: Rows, sortable: tuple[str, ...], problems: FieldErrors) -> Rows:
    sort = request.args.get("sort")
    if not sort:
        return rows
    name = sort.removeprefix("-")
    if name not in sortable:
        problems["sort"] = f"must be one of {', '.join(sortable)}, with - in front for descending"
        return rows
    entity = _entity(rows)
    column = getattr(entity, name)
    order = column.asc() if name == sort else column.desc()
    if column.expression.nullable:
        # The same on both databases, and for PostgreSQL the order of its indexes.
        order = order.nulls_last() if name == sort else order.nulls_first()
    # The id makes the order of equal rows the same on every page.
    return rows.order_by(None).order_by(order, entity.id)


def _refuse(problems: FieldErrors) -> None:
    if problems:
        listed = "; ".join(f"{name}: {text}" for name, text in problems.items())
        raise InvalidInput(f"the request is not valid: {listed}", fields=problems)


# --- reading and writing the rows -------------------------------------------------------------


def _everything(rows: Rows, dump: Dump) -> tuple[JsonPieces, int]:
    # What the request wrote so far is stored first: whoever waits for the lock of SQLite between
    # two portions would stop the whole process.
    let_go()
    parts: list[JsonPieces] = []
    total = 0
    for portion in _portions(rows):
        if parts:
            time.sleep(_PAUSE_S)
        total += len(portion)
        parts.append(write_rows(dump(portion)))
    return surrounded("[", separated(parts), "]"), total


def _portions(rows: Rows) -> Iterator[Any]:
    return current_session().scalars(rows.execution_options(yield_per=PORTION)).partitions()


def _page(rows: Rows, dump: Dump, wanted: Wanted) -> tuple[JsonPieces, int]:
    """The rows of a page and the number of all rows, in one statement unless it is empty."""
    assert wanted.number is not None
    total = _number_of(rows).label("total")
    window = rows.add_columns(total).limit(wanted.size).offset((wanted.number - 1) * wanted.size)
    found = current_session().execute(window).all()
    if found:
        count = found[0].total
    else:
        count = current_session().scalar(select(total)) if wanted.number > 1 else 0
    return surrounded("[", write_rows(dump([row[0] for row in found])), "]"), count


def _number_of(rows: Rows) -> Any:
    ids = rows.with_only_columns(_entity(rows).id).order_by(None).subquery()
    return select(func.count()).select_from(ids).correlate(None).scalar_subquery()


def _entity(rows: Rows) -> Any:
    return rows.column_descriptions[0]["entity"]


# --- links ------------------------------------------------------------------------------------


def _links(wanted: Wanted, total: int) -> dict[str, str]:
    """Addresses of the pages around the present one; those that do not exist are left out."""
    number = wanted.number or 1
    last = max(1, -(-total // wanted.size)) if wanted.number else 1
    links = {"first": _url(1, wanted)}
    if number > 1:
        links["previous"] = _url(number - 1, wanted)
    links["self"] = _url(number, wanted)
    if number < last:
        links["next"] = _url(number + 1, wanted)
    if total:
        links["last"] = _url(last, wanted)
    return links


def _url(number: int, wanted: Wanted) -> str:
    query = [(key, value) for key, value in request.args.items(multi=True) if key != "page"]
    if wanted.number is not None:
        query = [("page", str(number)), *query]
    path = quote(request.script_root + request.path)
    return f"{path}?{urlencode(query)}" if query else path
