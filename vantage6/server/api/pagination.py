"""Lists: all rows or one page of them, with the headers and links of 3.x.

Without the parameter ``page`` every row is in the answer, because published nodes ask so for their
open runs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from flask import request
from sqlalchemy import Select, func, select

from vantage6.common.errors import FieldErrors, InvalidInput
from vantage6.server.session import current_session

Rows = Select[Any]
Dump = Callable[[Any], list[Any]]
DEFAULT_SIZE = 10
PARAMETERS = ("page", "per_page", "sort", "include")
_MAX_PAGE = 2**31 - 1


@dataclass(frozen=True)
class Wanted:
    """What the caller asks for; `number` is None for everything."""

    number: int | None
    size: int
    sort: str | None
    metadata: bool


@dataclass(frozen=True)
class Page:
    """The answer to a list: JSON content and headers."""

    content: Any
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
        Largest page; a larger one is cut to it.

    Raises
    ------
    InvalidInput
        With every parameter that cannot be understood.
    """
    wanted = _wanted(sortable, max_size)
    rows = _sorted(rows, wanted.sort)
    if wanted.number is None:
        content = dump(all_of(rows))
        total = len(content)
    else:
        content = dump(all_of(rows.limit(wanted.size).offset((wanted.number - 1) * wanted.size)))
        total = _count(rows)
    links = _links(wanted, total)
    header = ",".join(f"<{url}>; rel={name}" for name, url in links.items())
    return Page(
        {"data": content, "links": links} if wanted.metadata else content,
        {"total-count": str(total), "Link": header},
    )


def all_of(rows: Rows) -> Any:
    """Every row of a selection."""
    return current_session().scalars(rows).all()


def _wanted(sortable: tuple[str, ...], max_size: int) -> Wanted:
    problems: FieldErrors = {}
    number = _positive("page", problems)
    size = _positive("per_page", problems) or DEFAULT_SIZE
    sort = request.args.get("sort") or None
    if sort is not None and sort.removeprefix("-") not in sortable:
        problems["sort"] = f"must be one of {', '.join(sortable)}, with - in front for descending"
    if problems:
        listed = "; ".join(f"{name}: {text}" for name, text in problems.items())
        raise InvalidInput(f"the request is not valid: {listed}", fields=problems)
    metadata = "metadata" in request.args.getlist("include")
    return Wanted(number, min(size, max_size), sort, metadata)


def _positive(name: str, problems: FieldErrors) -> int | None:
    text = request.args.get(name, "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 10 and 0 < int(text) <= _MAX_PAGE:
        return int(text)
    problems[name] = "must be a number from 1"
    return None


def _sorted(rows: Rows, sort: str | None) -> Rows:
    if sort is None:
        return rows
    entity = rows.column_descriptions[0]["entity"]
    column = getattr(entity, sort.removeprefix("-"))
    # The id makes the order of equal rows the same on every page.
    return rows.order_by(None).order_by(
        column.desc() if sort.startswith("-") else column.asc(), entity.id
    )


def _count(rows: Rows) -> int:
    entity = rows.column_descriptions[0]["entity"]
    ids = rows.with_only_columns(entity.id).order_by(None).options().distinct().subquery()
    return current_session().scalar(select(func.count()).select_from(ids)) or 0


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
