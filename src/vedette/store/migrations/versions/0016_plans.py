"""Plans: those that were shown to people, who order them by their checksums."""

import sqlalchemy as sa
from alembic import op

revision = "0016_plans"
down_revision = "0015_requests"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table."""
    op.create_table(
        "access_plans",
        sa.Column("checksum", sa.Text(), primary_key=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
    )
    op.create_index("access_plans_made", "access_plans", ["made_at"])
