"""Unchanged: as of when a tracker's list of changes did not name a claim's ticket."""

import sqlalchemy as sa
from alembic import op

revision = "0010_unchanged"
down_revision = "0009_growth"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column; tickets of before are asked for as of when they were last read."""
    op.add_column("claims", sa.Column("unchanged_at", sa.BigInteger()))
