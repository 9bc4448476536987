"""Conditions of list queries: a filter that is not given narrows nothing."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, or_
from sqlalchemy.orm import InstrumentedAttribute

_Row = TypeVar("_Row")
_Value = TypeVar("_Value")
Condition = ColumnElement[bool] | None


def narrowed(statement: "Select[_Row]", *conditions: Condition) -> "Select[_Row]":
    """The statement with the conditions that are given."""
    return statement.where(*(condition for condition in conditions if condition is not None))


def given(
    value: _Value | None, condition: Callable[[_Value], ColumnElement[bool]]
) -> ColumnElement[bool] | None:
    """The condition for a value; None when there is no value."""
    return None if value is None else condition(value)


def equal(column: InstrumentedAttribute[Any], value: object) -> Condition:
    """Rows with exactly this value."""
    return None if value is None else column == value


def like(column: InstrumentedAttribute[Any], pattern: str | None) -> Condition:
    """Rows that match an SQL pattern, in which the caller writes ``%`` and ``_``."""
    if pattern is None:
        return None
    return _matches(column, pattern)


def like_any(column: InstrumentedAttribute[Any], patterns: Sequence[str] | None) -> Condition:
    """Rows that match one of several SQL patterns."""
    return None if patterns is None else or_(*(_matches(column, each) for each in patterns))


def since(column: InstrumentedAttribute[Any], time: datetime | None) -> Condition:
    """Rows at or after a time."""
    return None if time is None else column >= time


def until(column: InstrumentedAttribute[Any], time: datetime | None) -> Condition:
    """Rows at or before a time."""
    return None if time is None else column <= time


def _matches(column: InstrumentedAttribute[Any], pattern: str) -> ColumnElement[bool]:
    # A backslash is itself on both databases; PostgreSQL would take it for an escape character.
    return column.like(pattern.replace("\\", "\\\\"), escape="\\")
