"""Filters by the names of 3.x, for code that applies them to lists and functions of its own.

The methods of the client pick entries and fields themselves; see `vantage6.client.filters`.
"""

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from vantage6.client.filters import Condition, Entry, pick, select

__all__ = [
    "filter_dict_keys",
    "filter_dicts_by_values",
    "filter_dicts_from_results",
    "filter_dicts_keys",
    "filter_dicts_on_values",
    "filter_keys_from_result",
    "filter_keys_from_results",
    "post_filtering",
]

Function = Callable[..., Any]


def post_filtering(iterable: bool = True) -> Callable[[Function], Function]:
    """Decorator that gives a function the arguments `field`, `fields`, `filter_` and `filters`.

    Parameters
    ----------
    iterable
        Whether the function returns a list of dictionaries. Of a single one only fields are
        picked.
    """
    if not iterable:
        return filter_keys_from_result
    # Entries first: conditions may be about fields that are not kept.
    return lambda func: filter_keys_from_results(filter_dicts_from_results(func))


def filter_dicts_from_results(func: Function) -> Function:
    """Decorator: keep the dictionaries that meet `filter_` or all of `filters`."""

    @functools.wraps(func)
    def filtered(
        *args: Any,
        filter_: Condition | None = None,
        filters: Sequence[Condition] | None = None,
        **kwargs: Any,
    ) -> Any:
        found = func(*args, **kwargs)
        return select(found, filter_=filter_, filters=filters) if filter_ or filters else found

    return filtered


def filter_keys_from_results(func: Function) -> Function:
    """Decorator: keep only `field` or `fields` of each dictionary in a list."""

    @functools.wraps(func)
    def filtered(
        *args: Any, field: str | None = None, fields: Sequence[str] | None = None, **kwargs: Any
    ) -> Any:
        found = func(*args, **kwargs)
        return select(found, field=field, fields=fields) if field or fields else found

    return filtered


def filter_keys_from_result(func: Function) -> Function:
    """Decorator: keep only `field` or `fields` of one dictionary."""

    @functools.wraps(func)
    def filtered(
        *args: Any, field: str | None = None, fields: Sequence[str] | None = None, **kwargs: Any
    ) -> Any:
        return pick(func(*args, **kwargs), field=field, fields=fields)

    return filtered


def filter_dicts_on_values(dicts: Iterable[Entry], filters: Sequence[Condition]) -> list[Entry]:
    """The dictionaries that have all these values."""
    return select(dicts, filters=filters)


def filter_dicts_by_values(dicts: Iterable[Entry], filters: Sequence[Condition]) -> list[Entry]:
    """The same as `filter_dicts_on_values`."""
    return select(dicts, filters=filters)


def filter_dicts_keys(dicts: Iterable[Entry], keys: Sequence[str]) -> list[Entry]:
    """The dictionaries with only these keys."""
    return select(dicts, fields=keys)


def filter_dict_keys(dict_: Entry, keys: Sequence[str]) -> Entry:
    """A dictionary with only these keys; those that it lacks are passed over."""
    return pick(dict_, fields=keys)
