"""Requests for access, and which notifier took a notice of each."""

import sqlalchemy as sa
from alembic import op

revision = "0015_requests"
down_revision = "0014_access"
branch_labels = None
depends_on = None


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _moments(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def upgrade() -> None:
    """Two tables."""
    op.create_table(
        "access_requests",
        sa.Column("key", sa.Text(), primary_key=True),
        *_text("instance", "source", "weighed"),
        *_moments("first_at", "last_at"),
        sa.Column("closed_at", sa.BigInteger()),
    )
    still = sa.text("closed_at IS NULL")
    op.create_index("access_requests_open", "access_requests", ["instance"], sqlite_where=still, postgresql_where=still)
    op.create_index("access_requests_closed", "access_requests", ["closed_at"])
    op.create_table(
        "access_tellings",
        *_text("request", "notifier"),
        *_moments("told_at"),
        sa.PrimaryKeyConstraint("request", "notifier", name="access_tellings_pkey"),
    )
