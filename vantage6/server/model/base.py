"""Base of all tables, and the column kinds that they share."""

from collections.abc import Sequence
from datetime import datetime, timezone
from enum import Enum
from typing import Any, ClassVar, overload

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Dialect,
    Index,
    MetaData,
    Select,
    String,
    Text,
    cast,
    column,
    func,
    select,
    table,
    type_coerce,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedSQLExpression, column_property
from sqlalchemy.orm.interfaces import ORMOption
from sqlalchemy.types import TypeDecorator
from typing_extensions import Self

from vantage6.common.errors import NotFound
from vantage6.server.session import current_session, hold

LINKS = "links"
"""Group of the deferred columns with the ids of related rows; lists undefer it as a whole."""


def now() -> datetime:
    """The present time in UTC."""
    return datetime.now(timezone.utc)


def as_utc(time: datetime) -> datetime:
    """The time in UTC; one without a zone, as published nodes send it, is taken for UTC."""
    return (
        time.replace(tzinfo=timezone.utc) if time.tzinfo is None else time.astimezone(timezone.utc)
    )


class UTCDateTime(TypeDecorator[datetime]):
    """A time in UTC: stored without a zone, read back with one."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC and drop the zone."""
        del dialect
        return None if value is None else as_utc(value).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Add the zone."""
        del dialect
        return None if value is None else value.replace(tzinfo=timezone.utc)


class IdList(TypeDecorator[tuple[int, ...]]):
    """Ids that the database joined to a text, sorted."""

    impl = Text
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[int, ...]:
        """Ids from ``"3,1,2"``; none from NULL."""
        del dialect
        return tuple(sorted(int(number) for number in value.split(","))) if value else ()


def pattern_index(column_name: str) -> Index:
    """Index of a text that lists look for by pattern; see migration 0004."""
    return Index(None, column_name, postgresql_ops={column_name: "text_pattern_ops"})


def ids_of(
    name: str, by: str, own: Mapped[int], value: str = "id"
) -> MappedSQLExpression[tuple[int, ...]]:
    """Column with the ids of related rows, read in the statement of the row itself.

    Links need ids only: loading a relation instead costs one statement and all columns of it.

    Parameters
    ----------
    name
        Table of the related rows, or the association table.
    by
        Its column that refers to this row.
    own
        Primary key of this row.
    value
        Its column with the ids that are wanted.
    """
    other = table(name, column(value), column(by)).alias()
    statement = joined(other.c[value]).where(other.c[by] == own).correlate_except(other)
    return column_property(statement.scalar_subquery(), deferred=True, group=LINKS)


def joined(ids: ColumnElement[int]) -> Select[tuple[int, ...]]:
    """Select of a column of ids as one value."""
    text = func.aggregate_strings(cast(ids, String), ",")
    return select(type_coerce(text, IdList))


class Base(DeclarativeBase):
    """A table; every instance lives in the unit of work that loaded or saved it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UTCDateTime}

    id: Any

    shown: ClassVar[tuple[str, ...]] = ("name",)
    """Attributes that tell a row from others, in the shell."""

    def __repr__(self) -> str:
        """What the row is, from what is in memory: showing it reads nothing."""
        known = [self.__dict__.get(name) for name in ("id", *self.shown)]
        texts = [value.name if isinstance(value, Enum) else str(value) for value in known]
        return f"<{' '.join([type(self).__name__, *texts])}>"

    @classmethod
    def help(cls) -> None:
        """Say what is stored in the table and how to get at it; for the shell."""
        # Only the shell needs it.
        from vantage6.common import info
        from vantage6.server.model.manual import page

        info(page(cls))

    @overload
    @classmethod
    def get(cls) -> Sequence[Self]: ...

    @overload
    @classmethod
    def get(cls, id_: int) -> Self | None: ...

    @classmethod
    def get(cls, id_: int | None = None) -> Sequence[Self] | Self | None:
        """All rows, or the row with an id (None when there is none)."""
        if id_ is None:
            return current_session().scalars(select(cls).order_by(cls.id)).all()
        return current_session().get(cls, id_)

    @classmethod
    def by_id(cls, id_: int, *options: ORMOption) -> Self:
        """The row with an id, loaded with `options`.

        Raises
        ------
        NotFound
            When there is none.
        """
        return cls._only(current_session().get(cls, id_, options=options), id_)

    @classmethod
    def held(cls, id_: int) -> Self:
        """The row with an id as it is now; nobody else changes it before this unit ends.

        Raises
        ------
        NotFound
            When there is none.
        """
        hold()
        # Of a user or node the row that both have, because that one is always written first:
        # two that lock in different orders wait for each other for ever.
        lock = {"of": cls.__mapper__.base_mapper.local_table}
        row = current_session().get(cls, id_, populate_existing=True, with_for_update=lock)
        return cls._only(row, id_)

    @classmethod
    def _only(cls, row: Self | None, id_: int) -> Self:
        if row is None:
            raise NotFound(f"{cls.__name__.lower()} {id_} does not exist")
        return row

    def save(self) -> Self:
        """Store what was edited; the id of a new row is known afterwards."""
        session = current_session()
        session.add(self)
        session.flush()
        return self

    def delete(self) -> None:
        """Remove the row."""
        session = current_session()
        session.delete(self)
        session.flush()
