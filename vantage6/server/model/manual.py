"""What `help()` of a table says in the shell, read from the table itself."""

import inspect
from collections.abc import Iterator
from enum import Enum
from typing import Any

from sqlalchemy import Boolean, Column, DateTime, Integer, LargeBinary
from sqlalchemy import Enum as EnumColumn
from sqlalchemy import inspect as mapping_of
from sqlalchemy.types import TypeDecorator

_KINDS: tuple[tuple[type[Any], str], ...] = (
    (Boolean, "True or False"),
    (Integer, "number"),
    (DateTime, "time in UTC"),
    (LargeBinary, "bytes"),
)
_SHELL = ("get", "save", "delete")


def page(model: type[Any]) -> str:
    """Columns, related rows and functions of a table, one line each."""
    parts = (
        ("stored", _columns(model)),
        ("related", _related(model)),
        ("computed", _computed(model)),
        ("functions", _functions(model)),
    )
    lines = [f"{model.__name__}: {_summary(model)}"]
    for title, entries in parts:
        found = dict(entries)
        width = max(map(len, found), default=0)
        lines += [f"  {title}"] if found else []
        lines += [f"    {name:<{width}}  {text}" for name, text in found.items()]
    return "\n".join(lines)


def _columns(model: type[Any]) -> Iterator[tuple[str, str]]:
    for attribute in mapping_of(model).column_attrs:
        column = attribute.columns[0]
        if isinstance(column, Column):
            is_needed = not (column.nullable or column.primary_key or column.default)
            yield attribute.key, _kind(column) + (", needed" if is_needed else "")
    for name, value in _public(model):
        if isinstance(value, property) and value.fset:
            yield name, _summary(value)


def _kind(column: Column[Any]) -> str:
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    if isinstance(kind, EnumColumn):
        choices: type[Enum] = kind.enum_class  # type: ignore[assignment]  # always given here
        return " | ".join(f"{choices.__name__}.{member.name}" for member in choices)
    return next((text for cls, text in _KINDS if isinstance(kind, cls)), "text")


def _related(model: type[Any]) -> Iterator[tuple[str, str]]:
    for relation in mapping_of(model).relationships:
        name = relation.mapper.class_.__name__
        yield relation.key, f"list of {name}" if relation.uselist else name


def _computed(model: type[Any]) -> Iterator[tuple[str, str]]:
    for name, value in _public(model):
        if isinstance(value, property) and not value.fset:
            yield name, _summary(value)


def _functions(model: type[Any]) -> Iterator[tuple[str, str]]:
    for name, value in _public(model):
        is_own = inspect.isfunction(value) or isinstance(value, classmethod)
        if is_own and (name.startswith(("get_", "next_")) or name in _SHELL):
            yield name, _summary(value)


def _public(model: type[Any]) -> Iterator[tuple[str, Any]]:
    """What the classes of our own define, each name once."""
    ours = [cls for cls in model.__mro__ if cls.__module__.startswith("vantage6.")]
    seen: set[str] = set()
    for cls in ours:
        for name, value in vars(cls).items():
            if not name.startswith("_") and name not in seen:
                seen.add(name)
                yield name, value


def _summary(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").partition("\n")[0]
