"""Secrets that trackers chose for their webhooks in a handshake, sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0008_handshakes"
down_revision = "0007_chain"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """One table of its own."""
    op.create_table(
        "handshakes",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("tracker", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("handshakes_tracker", "handshakes", ["tracker", "id"])
