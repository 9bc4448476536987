"""Rules, as rows that roles and users refer to; their meaning is in `permission.rules`."""

from enum import Enum
from typing import TYPE_CHECKING

from sqlalchemy import Enum as EnumColumn
from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vantage6.server.model.associations import RoleRule, UserRule
from vantage6.server.model.base import Base, ids_of

if TYPE_CHECKING:
    from vantage6.server.model.role import Role
    from vantage6.server.model.user import User


class Op(Enum):
    """What is done to a thing."""

    VIEW = "view"
    EDIT = "edit"
    CREATE = "create"
    DELETE = "delete"


class Scope(Enum):
    """Whose things. Scopes are not nested: each one is granted by itself."""

    OWN = "own"
    ORGANIZATION = "organization"
    COLLABORATION = "collaboration"
    GLOBAL = "global"


class Rule(Base):
    """Permission to do one operation on one kind of thing within one scope."""

    __tablename__ = "rule"
    __table_args__ = (
        UniqueConstraint("name", "operation", "scope"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    operation: Mapped[Op] = mapped_column(EnumColumn(Op, native_enum=False, length=16), index=True)
    scope: Mapped[Scope] = mapped_column(
        EnumColumn(Scope, native_enum=False, length=16), index=True
    )
    description: Mapped[str | None]

    roles: Mapped[list["Role"]] = relationship(secondary=RoleRule, back_populates="rules")
    users: Mapped[list["User"]] = relationship(secondary=UserRule, back_populates="rules")

    user_ids: Mapped[tuple[int, ...]] = ids_of("UserPermission", "rule_id", id, "user_id")

    @property
    def key(self) -> tuple[str, Op, Scope]:
        """What the rule is about, as principals hold it."""
        return self.name, self.operation, self.scope
