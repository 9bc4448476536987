"""Roles."""

from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from vantage6.server.model.associations import RoleRule, UserRole
from vantage6.server.model.base import Base, ids_of, pattern_index

if TYPE_CHECKING:
    from vantage6.server.model.organization import Organization
    from vantage6.server.model.rule import Rule
    from vantage6.server.model.user import User


class Role(Base):
    """A named set of rules; without an organization it can be given to users of all of them."""

    __tablename__ = "role"
    __table_args__ = (
        pattern_index("name"),
        pattern_index("description"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str | None]
    organization_id: Mapped[int | None] = mapped_column(
        ForeignKey("organization.id", ondelete="CASCADE"), index=True
    )

    organization: Mapped["Organization | None"] = relationship(back_populates="roles")
    rules: Mapped[list["Rule"]] = relationship(secondary=RoleRule, back_populates="roles")
    users: Mapped[list["User"]] = relationship(secondary=UserRole, back_populates="roles")

    rule_ids: Mapped[tuple[int, ...]] = ids_of("role_rule_association", "role_id", id, "rule_id")
    user_ids: Mapped[tuple[int, ...] | None] = query_expression()
    """Those who have it, as far as who asks may see them; see `service.holders`."""
