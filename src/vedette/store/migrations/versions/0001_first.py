"""The first tables: deliveries, mentions, jobs, destinations, claims, aliases, journal, schedules, counters, texts."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001_first"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create everything."""
    for table in (
        _aliases,
        _claims,
        _counters,
        _deliveries,
        _destinations,
        _jobs,
        _journal,
        _schedules,
        _texts,
        _mentions,
    ):
        table()


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _aliases() -> None:
    op.create_table(
        "aliases",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("issue", sa.Text(), nullable=False),
        sa.Column("target_instance", sa.Text(), nullable=False),
        sa.Column("target_issue", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "issue", name="aliases_pkey"),
    )


def _claims() -> None:
    op.create_table(
        "claims",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("issue", sa.Text(), nullable=False),
        sa.Column("track", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tracker", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("ticket_key", sa.Text(), nullable=False),
        sa.Column("ticket_url", sa.Text(), nullable=False),
        sa.Column("ticket_status", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("watermark", sa.Text(), nullable=False),
        sa.Column("attempted_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("settle_at", sa.BigInteger(), nullable=True),
        sa.Column("refreshed_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('claimed', 'creating', 'uncertain', 'open', 'done', 'wont_do', 'gone', 'dropped')",
            name="claims_state",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("instance", "issue", "track", "generation", name="claims_generation"),
        sqlite_autoincrement=True,
    )
    _claims_indexes()


def _claims_indexes() -> None:
    op.create_index(
        "claims_one_live",
        "claims",
        ["instance", "issue", "track"],
        unique=True,
        **_where("state IN ('claimed', 'creating', 'open', 'uncertain')"),
    )
    op.create_index("claims_opened", "claims", ["opened_at"], unique=False)
    op.create_index("claims_project", "claims", ["tracker", "project", "id"], unique=False)
    op.create_index("claims_stamp", "claims", ["stamp"], unique=False)
    op.create_index("claims_ticket_id", "claims", ["tracker", "ticket_id"], unique=False)
    op.create_index("claims_ticket_key", "claims", ["tracker", "ticket_key"], unique=False)


def _counters() -> None:
    op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("value", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("name", "labels", "slot", name="counters_pkey"),
    )
    op.create_index("counters_slot", "counters", ["slot"], unique=False)


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("leased_by", sa.Text(), nullable=False),
        sa.Column("leased_until", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'sorted', 'done', 'ignored')", name="deliveries_state"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "instance", "request_id", "sha256", name="deliveries_same"),
        sqlite_autoincrement=True,
    )
    op.create_index("deliveries_pending", "deliveries", ["id"], unique=False, **_where("state = 'pending'"))
    op.create_index("deliveries_received", "deliveries", ["received_at"], unique=False)


def _destinations() -> None:
    op.create_table(
        "destinations",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rate_per_s", sa.Float(), nullable=False),
        sa.Column("burst", sa.Float(), nullable=False),
        sa.Column("concurrency", sa.Integer(), nullable=False),
        sa.Column("probe_every", sa.BigInteger(), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("tokens_at", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("open_until", sa.BigInteger(), nullable=True),
        sa.Column("throttled_until", sa.BigInteger(), nullable=True),
        sa.Column("paused_at", sa.BigInteger(), nullable=True),
        sa.Column("paused_reason", sa.Text(), nullable=False),
        sa.Column("probe_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("order_key", sa.Text(), nullable=False),
        sa.Column("unique_key", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=True),
        sa.Column("issue", sa.Text(), nullable=True),
        sa.Column("claim", NUMBER, nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("run_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("lease_token", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('ready', 'leased', 'done', 'dead', 'dropped')", name="jobs_state"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    _jobs_indexes()


def _jobs_indexes() -> None:
    op.create_index("jobs_dead", "jobs", ["id"], unique=False, **_where("state = 'dead'"))
    op.create_index(
        "jobs_in_order",
        "jobs",
        ["order_key", "id"],
        unique=False,
        **_where("state IN ('ready', 'leased') AND order_key != ''"),
    )
    op.create_index("jobs_leased", "jobs", ["lease_until", "destination"], unique=False, **_where("state = 'leased'"))
    op.create_index("jobs_of_issue", "jobs", ["instance", "issue", "id"], unique=False)
    op.create_index(
        "jobs_one_leased_per_order",
        "jobs",
        ["order_key"],
        unique=True,
        **_where("state = 'leased' AND order_key != ''"),
    )
    op.create_index("jobs_over", "jobs", ["finished_at"], unique=False, **_where("state IN ('done', 'dropped')"))
    op.create_index("jobs_ready", "jobs", ["destination", "run_at", "id"], unique=False, **_where("state = 'ready'"))
    op.create_index(
        "jobs_unique_key", "jobs", ["unique_key"], unique=False, **_where("state = 'ready' AND unique_key != ''")
    )


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=True),
        sa.Column("issue", sa.Text(), nullable=True),
        sa.Column("delivery", NUMBER, nullable=True),
        sa.Column("claim", NUMBER, nullable=True),
        sa.Column("job", NUMBER, nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("journal_at", "journal", ["at"], unique=False)
    op.create_index("journal_kind", "journal", ["kind", "id"], unique=False)
    op.create_index("journal_of_issue", "journal", ["instance", "issue", "id"], unique=False)


def _schedules() -> None:
    op.create_table(
        "schedules",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _texts() -> None:
    op.create_table(
        "texts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _mentions() -> None:
    op.create_table(
        "mentions",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("issue", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("delivery", NUMBER, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["delivery"], ["deliveries.id"], name="mentions_delivery"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("mentions_created", "mentions", ["created_at"], unique=False)
    op.create_index("mentions_of_delivery", "mentions", ["delivery"], unique=False)
    op.create_index("mentions_of_issue", "mentions", ["instance", "issue", "id"], unique=False)
    op.create_index(
        "mentions_open", "mentions", ["instance", "issue", "id"], unique=False, **_where("decided_at IS NULL")
    )
