"""Tables that only connect two others; names as in 3.x."""

from sqlalchemy import Column, ForeignKey, Table

from vantage6.server.model.base import Base

Member = Table(
    "Member",
    Base.metadata,
    Column("organization_id", ForeignKey("organization.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "collaboration_id",
        ForeignKey("collaboration.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)
"""Organizations of a collaboration."""

RoleRule = Table(
    "role_rule_association",
    Base.metadata,
    Column("role_id", ForeignKey("role.id", ondelete="CASCADE"), primary_key=True),
    Column("rule_id", ForeignKey("rule.id", ondelete="CASCADE"), primary_key=True, index=True),
)
"""Rules of a role."""

UserRole = Table(
    "Permission",
    Base.metadata,
    Column("role_id", ForeignKey("role.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, index=True),
)
"""Roles of a user."""

UserRule = Table(
    "UserPermission",
    Base.metadata,
    Column("rule_id", ForeignKey("rule.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, index=True),
)
"""Rules that a user has besides those of its roles."""
