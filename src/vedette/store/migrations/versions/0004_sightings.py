"""Sightings: what sweeps saw and hooks should have told of, until the hour is settled."""

import sqlalchemy as sa
from alembic import op

revision = "0004_sightings"
down_revision = "0003_heard"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; counters of the kind before it are of no use to anybody."""
    op.create_table(
        "sightings",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("hook", sa.Text(), nullable=False),
        sa.Column("issue", sa.Text(), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("heard", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("instance", "hook", "issue", "hour", name="sightings_pkey"),
    )
    unsettled = sa.text("heard IS NULL")
    op.create_index("sightings_unsettled", "sightings", ["hour"], sqlite_where=unsettled, postgresql_where=unsettled)
    op.create_index("sightings_hour", "sightings", ["hour"])
    op.execute("DELETE FROM counters WHERE name = 'poll_found'")
