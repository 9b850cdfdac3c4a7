"""Tables of requests for access: who asks, and which notifier took a notice of it."""

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, Text

from vedette.store.tables import metadata
from vedette.store.types import Json, Moment, Words

requests = Table(
    "access_requests",
    metadata,
    Column("key", Words, primary_key=True),
    Column("instance", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("weighed", Json, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("closed_at", Moment),
)
OPEN_REQUEST = requests.c.closed_at.is_(None)
Index("access_requests_open", requests.c.instance, sqlite_where=OPEN_REQUEST, postgresql_where=OPEN_REQUEST)
Index("access_requests_closed", requests.c.closed_at)

tellings = Table(
    "access_tellings",
    metadata,
    Column("request", Words, nullable=False),
    Column("notifier", Text, nullable=False),
    Column("told_at", Moment, nullable=False),
    PrimaryKeyConstraint("request", "notifier", name="access_tellings_pkey"),
)
