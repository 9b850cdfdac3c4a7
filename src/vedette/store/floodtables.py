"""Tables of flood control: tickets that were cut, for the caps, and issues whose tickets were held back."""

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, UniqueConstraint

from vedette.model.flood import WAITING, HeldState
from vedette.store.tables import literal, metadata
from vedette.store.types import Moment, Number, Words

# Not counted by the ledger's own rows: a ticket that a person moves changes its project there.
cuts = Table(
    "cuts",
    metadata,
    Column("claim", Number, primary_key=True, autoincrement=False),
    Column("tracker", Text, nullable=False),
    Column("project", Words, nullable=False),
    Column("run", Number, nullable=False),  # the sweep's job; 0 = no sweep had a part in it
    Column("at", Moment, nullable=False),
)
Index("cuts_at", cuts.c.at)
Index("cuts_run", cuts.c.run)

held = Table(
    "held",
    metadata,
    Column("id", Number, primary_key=True),
    Column("instance", Text, nullable=False),
    Column("issue", Words, nullable=False),
    Column("track", Text, nullable=False),
    Column("tracker", Text, nullable=False),
    Column("place", Words, nullable=False),  # the project there
    Column("route", Text, nullable=False),  # JSON of the whole route
    Column("owner", Words, nullable=False),
    Column("title", Words, nullable=False),
    Column("project", Words, nullable=False),
    Column("link", Words, nullable=False),
    Column("events", Number, nullable=False),
    Column("users", Number, nullable=False),
    Column("news", Integer, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("sentence", Words, nullable=False),
    Column("state", Text, nullable=False),
    Column("digest", Number),
    Column("claim", Number),
    Column("told_at", Moment),
    Column("asked_at", Moment),
    Column("released_at", Moment),
    Column("over_caps", Boolean, nullable=False),
    UniqueConstraint("instance", "issue", "track", name="held_same"),
    sqlite_autoincrement=True,
)
UNTOLD = held.c.told_at.is_(None)
HELD_WAITS = held.c.state.in_(literal(*sorted(WAITING)))
HELD_ASKED = held.c.state == literal(HeldState.ASKED)[0]
Index("held_untold", held.c.tracker, held.c.place, held.c.id, sqlite_where=UNTOLD, postgresql_where=UNTOLD)
Index("held_waits", held.c.digest, held.c.id, sqlite_where=HELD_WAITS, postgresql_where=HELD_WAITS)
Index("held_asked", held.c.id, sqlite_where=HELD_ASKED, postgresql_where=HELD_ASKED)
Index("held_place", held.c.tracker, held.c.place, held.c.id)
