"""Tables of access: what is remembered between two plans, the runs with their changes, and who may run."""

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from vedette.store.tables import metadata
from vedette.store.types import Json, Moment, Number, Words

unmanaged = Table(
    "access_unmanaged",
    metadata,
    Column("instance", Text, nullable=False),
    Column("member", Words, nullable=False),
    Column("email", Words, nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("plans", Integer, nullable=False),
    PrimaryKeyConstraint("instance", "member", name="access_unmanaged_pkey"),
)

addresses = Table(
    "access_addresses",
    metadata,
    Column("person", Words, primary_key=True),
    Column("email", Words, nullable=False),
    Column("found_at", Moment, nullable=False),
)

declared = Table(
    "access_declared",
    metadata,
    Column("instance", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("amount", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("instance", "kind", name="access_declared_pkey"),
)

plans = Table(
    "access_plans",
    metadata,
    Column("checksum", Text, primary_key=True),
    Column("made_at", Moment, nullable=False),
    Column("plan", Json, nullable=False),
)
Index("access_plans_made", plans.c.made_at)

runs = Table(
    "access_runs",
    metadata,
    Column("id", Number, primary_key=True),
    Column("checksum", Text, nullable=False),
    Column("instances", Json, nullable=False),  # names
    Column("who", Words, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("end", Text, nullable=False),  # "" while it is under way
    Column("undo", Words, nullable=False),
    sqlite_autoincrement=True,
)
Index("access_runs_checksum", runs.c.checksum, runs.c.id)
Index("access_runs_started", runs.c.started_at)

changes = Table(
    "access_changes",
    metadata,
    Column("run", Number, nullable=False),
    Column("position", Integer, nullable=False),
    Column("instance", Text, nullable=False),
    Column("change", Json, nullable=False),
    Column("fate", Text, nullable=False),  # "" while nobody knows
    Column("text", Words, nullable=False),
    Column("started_at", Moment),
    Column("ended_at", Moment),
    PrimaryKeyConstraint("run", "position", name="access_changes_pkey"),
)

holders = Table(
    "access_holders",
    metadata,
    Column("instance", Text, primary_key=True),
    Column("token", Text, nullable=False),
    Column("who", Words, nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
)
