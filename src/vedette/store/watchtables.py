"""Tables of the watch: which issues were seen with which hooks due, and what is wrong and who was told."""

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from vedette.store.tables import metadata
from vedette.store.types import Json, Moment, Number, Span, Words

sightings = Table(
    "sightings",
    metadata,
    Column("instance", Text, nullable=False),
    Column("hook", Text, nullable=False),
    Column("issue", Words, nullable=False),
    Column("hour", Moment, nullable=False),
    Column("project", Words, nullable=False),
    Column("title", Words, nullable=False),
    Column("heard", Integer),  # 0 or 1 once the hour is settled
    PrimaryKeyConstraint("instance", "hook", "issue", "hour", name="sightings_pkey"),
)
UNSETTLED = sightings.c.heard.is_(None)
Index("sightings_unsettled", sightings.c.hour, sqlite_where=UNSETTLED, postgresql_where=UNSETTLED)
Index("sightings_hour", sightings.c.hour)

alarms = Table(
    "alarms",
    metadata,
    Column("key", Words, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("title", Words, nullable=False),
    Column("cure", Words, nullable=False),
    Column("facts", Json, nullable=False),
    Column("path", Words, nullable=False),
    Column("owner", Words, nullable=False),
    Column("about", Words, nullable=False),
    Column("patience", Span, nullable=False),
    Column("lasts", Span),
    Column("notify", Json, nullable=False, server_default="[]"),  # names of notifiers
    Column("episode", Integer, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("times", Number, nullable=False),
    Column("told_at", Moment),
    Column("told_count", Number, nullable=False),
    Column("told", Json, nullable=False),  # names of notifiers
    Column("resolved_at", Moment),
)
