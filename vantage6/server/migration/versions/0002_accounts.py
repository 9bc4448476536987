"""Token epochs, second factors that are not confirmed yet, and the limit of recovery mails."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    epoch = sa.Column("token_epoch", sa.Integer, nullable=False, server_default="0")
    op.add_column("authenticatable", epoch)
    op.add_column("user", sa.Column("otp_pending", sa.String(32)))
    op.add_column("user", sa.Column("reset_mailed_at", sa.DateTime))
    op.add_column("user", sa.Column("otp_mailed_at", sa.DateTime))
    by_mail = sa.Column("password_by_mail", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("user", by_mail)


def downgrade() -> None:
    for name in ("password_by_mail", "otp_mailed_at", "reset_mailed_at", "otp_pending"):
        op.drop_column("user", name)
    op.drop_column("authenticatable", "token_epoch")
