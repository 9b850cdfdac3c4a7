"""Flood control: cuts (tickets counted by the caps) and held (issues whose tickets were held back)."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005_flood"
down_revision = "0004_sightings"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create both."""
    _cuts()
    _held()


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _cuts() -> None:
    op.create_table(
        "cuts",
        sa.Column("claim", NUMBER, nullable=False, autoincrement=False),
        sa.Column("tracker", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("run", NUMBER, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("claim", name="cuts_pkey"),
    )
    op.create_index("cuts_at", "cuts", ["at"])
    op.create_index("cuts_run", "cuts", ["run"])


def _held() -> None:
    words = ("instance", "issue", "track", "tracker", "place", "route", "owner", "title", "project", "link")
    moments = ("told_at", "asked_at", "released_at")
    op.create_table(
        "held",
        sa.Column("id", NUMBER, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in words),
        sa.Column("events", NUMBER, nullable=False),
        sa.Column("users", NUMBER, nullable=False),
        sa.Column("news", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("digest", NUMBER),
        sa.Column("claim", NUMBER),
        *(sa.Column(name, sa.BigInteger()) for name in moments),
        sa.Column("over_caps", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="held_pkey"),
        sa.UniqueConstraint("instance", "issue", "track", name="held_same"),
        sqlite_autoincrement=True,
    )
    waits = "state IN ('asked', 'held')"
    op.create_index("held_untold", "held", ["tracker", "place", "id"], **_where("told_at IS NULL"))
    op.create_index("held_waits", "held", ["digest", "id"], **_where(waits))
    op.create_index("held_asked", "held", ["id"], **_where("state = 'asked'"))
    op.create_index("held_place", "held", ["tracker", "place", "id"])
