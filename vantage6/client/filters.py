"""Picks entries and fields of a list after the server has answered."""

from collections.abc import Iterable, Sequence
from typing import Any, TypedDict

Entry = dict[str, Any]
Condition = tuple[str, Any]


class Fields(TypedDict, total=False):
    """Which fields to keep: one or several. The singular wins when both are given."""

    field: str
    fields: Sequence[str]


class Selection(Fields, total=False):
    """Which entries to keep as well: one or several ``(field, value)`` that they must have."""

    filter_: Condition
    filters: Sequence[Condition]


def pick(entry: Entry, *, field: str | None = None, fields: Sequence[str] | None = None) -> Entry:
    """An entry with only the wanted fields; those that it lacks are passed over."""
    kept = [field] if field else fields
    return entry if kept is None else {key: entry[key] for key in kept if key in entry}


def select(
    entries: Iterable[Entry],
    *,
    field: str | None = None,
    fields: Sequence[str] | None = None,
    filter_: Condition | None = None,
    filters: Sequence[Condition] | None = None,
) -> list[Entry]:
    """Entries that meet all conditions, with only the wanted fields; see `Selection`."""
    conditions = [filter_] if filter_ else list(filters or [])
    return [
        pick(entry, field=field, fields=fields)
        for entry in entries
        if all(key in entry and entry[key] == value for key, value in conditions)
    ]
