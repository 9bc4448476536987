"""Rules, as rows that roles and users refer to; their meaning is in `permission.rules`."""

from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import Enum as EnumColumn
from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from vantage6.common.errors import InvalidInput
from vantage6.server.model.associations import RoleRule, UserRule
from vantage6.server.model.base import Base
from vantage6.server.session import current_session

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
    shown: ClassVar = ("name", "operation", "scope")
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

    user_ids: Mapped[tuple[int, ...] | None] = query_expression()
    """Those who have it directly, as far as who asks may see them; see `service.holders`."""

    @classmethod
    def get_by_(cls, name: str, scope: object, operation: object) -> "Rule | None":
        """The rule on things called `name`, such as ``db.Scope.GLOBAL, db.Operation.VIEW``.

        Raises
        ------
        InvalidInput
            When `scope` or `operation` is none.
        """
        if not isinstance(scope, Scope) or not isinstance(operation, Op):
            scopes = ", ".join(f"Scope.{member.name}" for member in Scope)
            operations = ", ".join(f"Operation.{member.name}" for member in Op)
            raise InvalidInput(f"the scope is one of {scopes}; the operation one of {operations}")
        wanted = select(cls).filter_by(name=name, scope=scope, operation=operation)
        return current_session().scalars(wanted).first()

    @property
    def key(self) -> tuple[str, Op, Scope]:
        """What the rule is about, as principals hold it."""
        return self.name, self.operation, self.scope
