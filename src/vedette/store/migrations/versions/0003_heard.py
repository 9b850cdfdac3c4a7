"""Claims remember that a tracker's hook spoke of their ticket, until it was read again."""

import sqlalchemy as sa
from alembic import op

revision = "0003_heard"
down_revision = "0002_alarms"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column, empty in rows that are there, and the index of those that wait."""
    op.add_column("claims", sa.Column("heard_at", sa.BigInteger(), nullable=True))
    heard = sa.text("heard_at IS NOT NULL")
    op.create_index("claims_heard", "claims", ["tracker", "id"], sqlite_where=heard, postgresql_where=heard)
