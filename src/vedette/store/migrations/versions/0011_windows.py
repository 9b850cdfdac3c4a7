"""Windows: what the monitor counted, what it asked, what it knows of issues, and outcomes by the hour."""

import sqlalchemy as sa
from alembic import op

revision = "0011_windows"
down_revision = "0010_unchanged"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def upgrade() -> None:
    """Five tables."""
    op.create_table(
        "windows",
        *_text("instance", "filter"),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("total", _NUMBER, nullable=False),
        sa.Column("issues", _NUMBER, nullable=False),
        sa.Column("users", _NUMBER),
        sa.Column("new", _NUMBER),
        sa.Column("regressed", _NUMBER),
        *_text("lack", "rows_lack", "detail"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.BigInteger(), nullable=False),
        sa.Column("trending", sa.LargeBinary(), nullable=False),
        sa.Column("counts", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "filter", "start", name="windows_pkey"),
    )
    op.create_index("windows_start", "windows", ["start"])
    op.create_table(
        "asked",
        *_text("instance", "question"),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("total", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("instance", "question", "start", name="asked_pkey"),
    )
    op.create_index("asked_start", "asked", ["start"])
    op.create_table(
        "progress",
        sa.Column("instance", sa.Text(), primary_key=True),
        sa.Column("until", sa.BigInteger(), nullable=False),
    )
    _known_issues_and_outcomes()


def _known_issues_and_outcomes() -> None:
    op.create_table(
        "known_issues",
        *_text("instance", "issue", "short_id", "title", "project", "permalink"),
        sa.Column("first_seen", sa.BigInteger()),
        *_text("substatus"),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        *_text("owner"),
        sa.Column("owned_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("instance", "issue", name="known_issues_pkey"),
    )
    op.create_index("known_issues_asked", "known_issues", ["asked_at"])
    op.create_table(
        "outcome_hours",
        *_text("instance"),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        *_text("project", "outcome", "reason"),
        sa.Column("quantity", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("instance", "hour", "project", "outcome", "reason", name="outcome_hours_pkey"),
    )
    op.create_index("outcome_hours_hour", "outcome_hours", ["hour"])
