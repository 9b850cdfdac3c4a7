"""Access: what plans remember, the runs with their changes, and who may run."""

import sqlalchemy as sa
from alembic import op

revision = "0014_access"
down_revision = "0013_sums"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _moments(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def upgrade() -> None:
    """Six tables."""
    op.create_table(
        "access_unmanaged",
        *_text("instance", "member", "email"),
        *_moments("first_seen", "last_seen"),
        sa.Column("plans", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "member", name="access_unmanaged_pkey"),
    )
    op.create_table(
        "access_addresses",
        sa.Column("person", sa.Text(), primary_key=True),
        *_text("email"),
        *_moments("found_at"),
    )
    op.create_table(
        "access_declared",
        *_text("instance", "kind"),
        sa.Column("amount", sa.Integer(), nullable=False),
        *_moments("at"),
        sa.PrimaryKeyConstraint("instance", "kind", name="access_declared_pkey"),
    )
    op.create_table(
        "access_holders",
        sa.Column("instance", sa.Text(), primary_key=True),
        *_text("token", "who"),
        *_moments("since", "until"),
    )
    _runs()


def _runs() -> None:
    op.create_table(
        "access_runs",
        sa.Column("id", _NUMBER, primary_key=True),
        *_text("checksum", "instances", "who"),
        *_moments("started_at"),
        sa.Column("ended_at", sa.BigInteger()),
        *_text("end", "undo"),
        sqlite_autoincrement=True,
    )
    op.create_index("access_runs_checksum", "access_runs", ["checksum", "id"])
    op.create_index("access_runs_started", "access_runs", ["started_at"])
    op.create_table(
        "access_changes",
        sa.Column("run", _NUMBER, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        *_text("instance", "change", "fate", "text"),
        sa.Column("started_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("run", "position", name="access_changes_pkey"),
    )
