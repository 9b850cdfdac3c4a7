"""Sums: what each filter has counted since it began, and the start of its newest counted window."""

import sqlalchemy as sa
from alembic import op

revision = "0013_sums"
down_revision = "0012_notify"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """One table, filled with what the windows hold that are there."""
    op.create_table(
        "sums",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("filter", sa.Text(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("total", _NUMBER, nullable=False),
        sa.Column("shown", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("instance", "filter", name="sums_pkey"),
    )
    op.execute(
        "INSERT INTO sums (instance, filter, start, total, shown) "
        "SELECT instance, filter, max(start), sum(total), sum(total) FROM windows "
        "WHERE lack <> 'not_counted' GROUP BY instance, filter"
    )
