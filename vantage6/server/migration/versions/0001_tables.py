"""All tables of 3.12; names of constraints come from the convention of `model.Base`."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "algorithmport",
    "result",
    "task",
    "nodeconfig",
    "node",
    "UserPermission",
    "Permission",
    "role_rule_association",
    "user",
    "role",
    "rule",
    "Member",
    "collaboration",
    "organization",
    "authenticatable",
)


def upgrade() -> None:
    _organizations()
    _users()
    _nodes()
    _tasks()
    _results()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def _table(name: str, *columns: sa.Column[Any] | sa.UniqueConstraint) -> None:
    # SQLite would give the id of a deleted row to a new one.
    key = sa.Column("id", sa.Integer, primary_key=True)
    op.create_table(name, key, *columns, sqlite_autoincrement=True)


def _text(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.String, **options)


def _time(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime, **options)


def _key(name: str, target: str, ondelete: str | None = None, **options: Any) -> sa.Column[Any]:
    reference = sa.ForeignKey(f"{target}.id", ondelete=ondelete)
    return sa.Column(name, sa.Integer, reference, **options)


def _association(name: str, first: tuple[str, str], second: tuple[str, str]) -> None:
    op.create_table(
        name,
        _key(*first, "CASCADE", primary_key=True),
        _key(*second, "CASCADE", primary_key=True, index=True),
    )


def _organizations() -> None:
    _table(
        "authenticatable",
        sa.Column("type", sa.String(50), nullable=False, index=True),
        _text("ip"),
        _time("last_seen", index=True),
    )
    _table(
        "organization",
        _text("name", nullable=False, unique=True),
        _text("domain"),
        _text("address1"),
        _text("address2"),
        _text("zipcode"),
        _text("country", index=True),
        sa.Column("_public_key", sa.LargeBinary),
    )
    _table(
        "collaboration",
        _text("name", nullable=False, unique=True),
        sa.Column("encrypted", sa.Boolean, nullable=False),
    )
    _association(
        "Member", ("organization_id", "organization"), ("collaboration_id", "collaboration")
    )


def _users() -> None:
    _table(
        "rule",
        _text("name", nullable=False),
        sa.Column("operation", sa.String(16), nullable=False, index=True),
        sa.Column("scope", sa.String(16), nullable=False, index=True),
        _text("description"),
        sa.UniqueConstraint("name", "operation", "scope"),
    )
    _table(
        "role",
        _text("name", nullable=False, index=True),
        _text("description"),
        _key("organization_id", "organization", "CASCADE", index=True),
    )
    op.create_table(
        "user",
        _key("id", "authenticatable", "CASCADE", primary_key=True),
        _text("username", nullable=False, unique=True),
        _text("password"),
        _text("firstname", index=True),
        _text("lastname", index=True),
        _text("email", unique=True),
        _key("organization_id", "organization", "CASCADE", nullable=False, index=True),
        sa.Column("failed_login_attempts", sa.Integer, nullable=False),
        _time("last_login_attempt"),
        sa.Column("otp_secret", sa.String(32)),
    )
    _association("role_rule_association", ("role_id", "role"), ("rule_id", "rule"))
    _association("Permission", ("role_id", "role"), ("user_id", "user"))
    _association("UserPermission", ("rule_id", "rule"), ("user_id", "user"))


def _nodes() -> None:
    op.create_table(
        "node",
        _key("id", "authenticatable", "CASCADE", primary_key=True),
        _text("name", nullable=False, index=True),
        _text("api_key", nullable=False, unique=True),
        _key("organization_id", "organization", "CASCADE", nullable=False, index=True),
        _key("collaboration_id", "collaboration", index=True),
        _time("last_heartbeat"),
        _text("socket_session"),
        sa.UniqueConstraint("organization_id", "collaboration_id"),
    )
    _table(
        "nodeconfig",
        _key("node_id", "node", "CASCADE", nullable=False, index=True),
        _text("key", nullable=False),
        _text("value", nullable=False),
    )


def _tasks() -> None:
    _table(
        "task",
        _text("name", nullable=False, index=True),
        _text("description", nullable=False),
        _text("image", nullable=False, index=True),
        _text("database", index=True),
        sa.Column("run_id", sa.Integer, nullable=False, index=True),
        _key("collaboration_id", "collaboration", "CASCADE", nullable=False, index=True),
        _key("parent_id", "task", "CASCADE", index=True),
        _key("initiator_id", "organization", nullable=False, index=True),
        _key("init_user_id", "user", "SET NULL", index=True),
        _time("created_at", nullable=False),
    )


def _results() -> None:
    _table(
        "result",
        _key("task_id", "task", "CASCADE", nullable=False, index=True),
        _key("organization_id", "organization", nullable=False, index=True),
        sa.Column("status", sa.String(64), nullable=False, index=True),
        sa.Column("input", sa.Text),
        sa.Column("result", sa.Text),
        sa.Column("log", sa.Text),
        _time("assigned_at", nullable=False, index=True),
        _time("started_at", index=True),
        _time("finished_at", index=True),
        _time("kill_requested_at"),
    )
    _table(
        "algorithmport",
        sa.Column("port", sa.Integer, nullable=False),
        _text("label"),
        _key("result_id", "result", "CASCADE", nullable=False, index=True),
    )
