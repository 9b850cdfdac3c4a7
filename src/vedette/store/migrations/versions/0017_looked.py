"""Looked: up to where an instance's windows were last looked at whole for late events."""

import sqlalchemy as sa
from alembic import op

revision = "0017_looked"
down_revision = "0016_plans"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column; where it is empty the first look goes back over the grace alone."""
    op.add_column("progress", sa.Column("looked", sa.BigInteger()))
