"""Tables, indexes and the words that both databases share.

Law: a partial index serves only a query that repeats its condition word for word, so the conditions stand here once,
as literals (a bound parameter would hide them from SQLite's planner: https://sqlite.org/partialindex.html).
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)

from vedette.model.deliveries import DeliveryState
from vedette.model.jobs import JobState
from vedette.model.tickets import LIVE_CLAIMS, ClaimState
from vedette.store.types import Body, Json, Moment, Number, Span, Words

metadata = MetaData()


def literal(*words: str) -> list[ColumnElement[str]]:
    """Words of our own as SQL literals, for the conditions of partial indexes."""
    return [literal_column(f"'{word}'", Text()) for word in words]


def _one_of(column: str, words: type[DeliveryState | JobState | ClaimState], *, name: str) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=name)


deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Number, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("instance", Text, nullable=False),
    Column("request_id", Words, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("headers", Json, nullable=False),
    Column("body", Body, nullable=False),  # zstd
    Column("size", Integer, nullable=False),  # of the body as it came
    Column("received_at", Moment, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("leased_by", Text, nullable=False),
    Column("leased_until", Moment),
    UniqueConstraint("kind", "instance", "request_id", "sha256", name="deliveries_same"),
    _one_of("state", DeliveryState, name="deliveries_state"),
    sqlite_autoincrement=True,
)
PENDING = deliveries.c.state == literal(DeliveryState.PENDING)[0]
Index("deliveries_pending", deliveries.c.id, sqlite_where=PENDING, postgresql_where=PENDING)
Index("deliveries_received", deliveries.c.received_at)

mentions = Table(
    "mentions",
    metadata,
    Column("id", Number, primary_key=True),
    Column("instance", Text, nullable=False),
    Column("issue", Words, nullable=False),
    Column("kind", Text, nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("delivery", Number, ForeignKey("deliveries.id", name="mentions_delivery")),
    Column("position", Integer, nullable=False),
    Column("detail", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("decided_at", Moment),
    sqlite_autoincrement=True,
)
OPEN_MENTION = mentions.c.decided_at.is_(None)
Index(
    "mentions_open",
    mentions.c.instance,
    mentions.c.issue,
    mentions.c.id,
    sqlite_where=OPEN_MENTION,
    postgresql_where=OPEN_MENTION,
)
Index("mentions_of_issue", mentions.c.instance, mentions.c.issue, mentions.c.id)
Index("mentions_of_delivery", mentions.c.delivery)
Index("mentions_created", mentions.c.created_at)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Number, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("destination", Text, nullable=False),
    Column("order_key", Words, nullable=False),
    Column("unique_key", Words, nullable=False),
    Column("instance", Text),
    Column("issue", Words),
    Column("claim", Number),
    Column("payload", Json, nullable=False),
    Column("run_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Words, nullable=False),
    Column("finished_at", Moment),
    Column("lease_token", Text, nullable=False),
    Column("lease_until", Moment),
    _one_of("state", JobState, name="jobs_state"),
    sqlite_autoincrement=True,
)
READY = jobs.c.state == literal(JobState.READY)[0]
LEASED = jobs.c.state == literal(JobState.LEASED)[0]
DEAD = jobs.c.state == literal(JobState.DEAD)[0]
LIVE_JOB_STATES = literal(JobState.READY, JobState.LEASED)
LIVE_JOB = jobs.c.state.in_(LIVE_JOB_STATES)
OVER = jobs.c.state.in_(literal(JobState.DONE, JobState.DROPPED))
ORDERED = jobs.c.order_key != literal("")[0]
Index("jobs_ready", jobs.c.destination, jobs.c.run_at, jobs.c.id, sqlite_where=READY, postgresql_where=READY)
Index("jobs_leased", jobs.c.lease_until, jobs.c.destination, sqlite_where=LEASED, postgresql_where=LEASED)
Index(
    "jobs_in_order",
    jobs.c.order_key,
    jobs.c.id,
    sqlite_where=LIVE_JOB & ORDERED,
    postgresql_where=LIVE_JOB & ORDERED,
)
# The hard half of "one at a time": a revived dead letter can stand before a job that is under way.
ONE_LEASED = "jobs_one_leased_per_order"
Index(ONE_LEASED, jobs.c.order_key, unique=True, sqlite_where=LEASED & ORDERED, postgresql_where=LEASED & ORDERED)
UNIQUE_READY = READY & (jobs.c.unique_key != literal("")[0])
Index("jobs_unique_key", jobs.c.unique_key, sqlite_where=UNIQUE_READY, postgresql_where=UNIQUE_READY)
Index("jobs_dead", jobs.c.id, sqlite_where=DEAD, postgresql_where=DEAD)
Index("jobs_over", jobs.c.finished_at, sqlite_where=OVER, postgresql_where=OVER)
Index("jobs_of_issue", jobs.c.instance, jobs.c.issue, jobs.c.id)

destinations = Table(
    "destinations",
    metadata,
    Column("name", Text, primary_key=True),
    Column("rate_per_s", Float, nullable=False),  # 0 = no limit
    Column("burst", Float, nullable=False),
    Column("concurrency", Integer, nullable=False),  # 0 = no limit
    Column("probe_every", Span, nullable=False),
    Column("tokens", Float, nullable=False),
    Column("tokens_at", Moment, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("open_until", Moment),
    Column("throttled_until", Moment),
    Column("paused_at", Moment),
    Column("paused_reason", Words, nullable=False),
    Column("probe_at", Moment),
)

claims = Table(
    "claims",
    metadata,
    Column("id", Number, primary_key=True),
    Column("instance", Text, nullable=False),
    Column("issue", Words, nullable=False),
    Column("track", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("tracker", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("route", Text, nullable=False),  # JSON of the whole route, frozen at the claim
    Column("owner", Words, nullable=False),
    Column("stamp", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("as_of", Moment, nullable=False),
    Column("ticket_id", Text, nullable=False),
    Column("ticket_key", Text, nullable=False),
    Column("ticket_url", Words, nullable=False),
    Column("ticket_status", Words, nullable=False),
    Column("opened_at", Moment),
    Column("closed_at", Moment),
    Column("attempts", Integer, nullable=False),
    Column("watermark", Words, nullable=False),
    Column("attempted_at", Moment),
    Column("ended_at", Moment),
    Column("settle_at", Moment),
    Column("refreshed_at", Moment),
    Column("heard_at", Moment),  # when a hook last spoke of the ticket, until it was read
    Column("place", Text),  # JSON: where the last attempt was sent
    Column("event", Words, nullable=False, server_default=""),  # "" = stands for the issue, not for one event
    Column("event_at", Moment),
    Column("sentry_project", Words, nullable=False, server_default=""),
    Column("previous", Number),  # another claim's id, as is root
    Column("root", Number),
    Column("baselines", Text, nullable=False, server_default="[]"),  # JSON of counts
    Column("grown", Integer, nullable=False, server_default="0"),
    Column("priority", Words),
    Column("raising", Words, nullable=False, server_default=""),
    Column("unchanged_at", Moment),  # as of when the tracker's list of changes did not name the ticket
    UniqueConstraint("instance", "issue", "track", "generation", name="claims_generation"),
    _one_of("state", ClaimState, name="claims_state"),
    sqlite_autoincrement=True,
)
LIVE_CLAIM_STATES = literal(*sorted(LIVE_CLAIMS))
LIVE_CLAIM = claims.c.state.in_(LIVE_CLAIM_STATES)
ONE_LIVE = "claims_one_live"
Index(
    ONE_LIVE,
    claims.c.instance,
    claims.c.issue,
    claims.c.track,
    claims.c.event,
    unique=True,
    sqlite_where=LIVE_CLAIM,
    postgresql_where=LIVE_CLAIM,
)
# An event's ticket that is closed or gone stays the event's: the same event never has a second one.
EVENT_CLAIM = (claims.c.event != literal("")[0]) & (claims.c.state != literal(ClaimState.DROPPED)[0])
ONE_PER_EVENT = "claims_one_per_event"
Index(
    ONE_PER_EVENT,
    claims.c.instance,
    claims.c.issue,
    claims.c.track,
    claims.c.event,
    unique=True,
    sqlite_where=EVENT_CLAIM,
    postgresql_where=EVENT_CLAIM,
)
Index("claims_ticket_id", claims.c.tracker, claims.c.ticket_id)
Index("claims_ticket_key", claims.c.tracker, claims.c.ticket_key)
Index("claims_project", claims.c.tracker, claims.c.project, claims.c.id)
Index("claims_stamp", claims.c.stamp)
HEARD = claims.c.heard_at.is_not(None)
Index("claims_heard", claims.c.tracker, claims.c.id, sqlite_where=HEARD, postgresql_where=HEARD)
Index("claims_opened", claims.c.opened_at)

aliases = Table(
    "aliases",
    metadata,
    Column("instance", Text, nullable=False),
    Column("issue", Words, nullable=False),
    Column("target_instance", Text, nullable=False),
    Column("target_issue", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    PrimaryKeyConstraint("instance", "issue", name="aliases_pkey"),
)
Index("aliases_of_target", aliases.c.target_instance, aliases.c.target_issue)

journal = Table(
    "journal",
    metadata,
    Column("id", Number, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("sentence", Words, nullable=False),
    Column("instance", Text),
    Column("issue", Words),
    Column("delivery", Number),
    Column("claim", Number),
    Column("job", Number),
    Column("details", Json, nullable=False),
    sqlite_autoincrement=True,
)
Index("journal_at", journal.c.at)
Index("journal_of_issue", journal.c.instance, journal.c.issue, journal.c.id)
Index("journal_kind", journal.c.kind, journal.c.id)

schedules = Table(
    "schedules",
    metadata,
    Column("name", Text, primary_key=True),
    Column("next_at", Moment, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", Text, nullable=False),
    Column("labels", Words, nullable=False),  # JSON, keys sorted
    Column("slot", Moment, nullable=False),  # start of a minute
    Column("value", Number, nullable=False),
    PrimaryKeyConstraint("name", "labels", "slot", name="counters_pkey"),
)
Index("counters_slot", counters.c.slot)

handshakes = Table(
    "handshakes",
    metadata,
    Column("id", Number, primary_key=True),
    Column("tracker", Text, nullable=False),
    Column("sealed", Body, nullable=False),
    Column("created_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
Index("handshakes_tracker", handshakes.c.tracker, handshakes.c.id)

texts = Table(
    "texts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("body", Body, nullable=False),  # zstd
    Column("revision", Words, nullable=False),
    Column("fetched_at", Moment, nullable=False),
)
