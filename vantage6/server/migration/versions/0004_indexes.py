"""An index for everything that lists can be filtered or sorted by.

Texts are looked for by pattern. PostgreSQL can use an index for that only when it compares
characters one by one (``text_pattern_ops``), not in the order of a language.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NEW = (
    ("authenticatable", "ip"),
    ("collaboration", "encrypted"),
    ("node", "last_heartbeat"),
    ("task", "created_at"),
    ("algorithmport", "port"),
    ("algorithmport", "label"),
)
PATTERNS = (
    ("role", "name"),
    ("user", "firstname"),
    ("user", "lastname"),
    ("node", "name"),
    ("task", "name"),
    ("task", "image"),
    ("task", "database"),
)


def upgrade() -> None:
    for table, column in NEW:
        op.create_index(_name(table, column), table, [column])
    for table, column in PATTERNS:
        op.drop_index(_name(table, column), table)
    for table, column in (*PATTERNS, ("role", "description")):
        operators = {column: "text_pattern_ops"}
        op.create_index(_name(table, column), table, [column], postgresql_ops=operators)


def downgrade() -> None:
    for table, column in (*NEW, *PATTERNS, ("role", "description")):
        op.drop_index(_name(table, column), table)
    for table, column in PATTERNS:
        op.create_index(_name(table, column), table, [column])


def _name(table: str, column: str) -> str:
    return f"ix_{table}_{column}"
