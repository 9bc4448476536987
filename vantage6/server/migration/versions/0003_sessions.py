"""Sessions of refresh tokens, recovery codes, used one-time codes, and the row of strangers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "login_session",
        sa.Column("id", sa.String(32), primary_key=True),
        _owner("owner_id", "authenticatable"),
        sa.Column("current", sa.String(36), nullable=False),
        sa.Column("previous", sa.String(36)),
        sa.Column("moved_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer, primary_key=True),
        _owner("user_id", "user"),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    op.add_column("user", sa.Column("otp_step", sa.Integer))
    stranger = op.create_table(
        "stranger",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("last_login_attempt", sa.DateTime),
    )
    op.bulk_insert(stranger, [{"id": 1, "last_login_attempt": None}])


def downgrade() -> None:
    op.drop_column("user", "otp_step")
    for name in ("stranger", "recovery_code", "login_session"):
        op.drop_table(name)


def _owner(name: str, table: str) -> sa.Column[int]:
    owner = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(name, sa.Integer, owner, nullable=False, index=True)
