"""Tables of the monitor: what was counted in each window, what was asked, what is known of issues, and outcomes."""

from sqlalchemy import Column, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text

from vedette.store.tables import metadata
from vedette.store.types import Moment, Number, Words

windows = Table(
    "windows",
    metadata,
    Column("instance", Text, nullable=False),
    Column("filter", Words, nullable=False),
    Column("start", Moment, nullable=False),
    Column("end", Moment, nullable=False),
    Column("total", Number, nullable=False),
    Column("issues", Number, nullable=False),
    Column("users", Number),
    Column("new", Number),
    Column("regressed", Number),
    Column("lack", Text, nullable=False),
    Column("rows_lack", Text, nullable=False),
    Column("detail", Words, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("counted_at", Moment, nullable=False),
    Column("trending", LargeBinary, nullable=False),  # zstd of JSON: the largest issues, in full
    Column("counts", LargeBinary, nullable=False),  # zstd of JSON: every issue's count
    PrimaryKeyConstraint("instance", "filter", "start", name="windows_pkey"),
)
Index("windows_start", windows.c.start)

#: What each filter has counted since it began, whatever retention forgets, and the start of its newest counted window.
sums = Table(
    "sums",
    metadata,
    Column("instance", Text, nullable=False),
    Column("filter", Words, nullable=False),
    Column("start", Moment, nullable=False),
    Column("total", Number, nullable=False),
    Column("shown", Number, nullable=False),  # the largest that `total` ever was: what people see never falls
    PrimaryKeyConstraint("instance", "filter", name="sums_pkey"),
)

#: The server's own total of a question and window, against which late events are found.
asked = Table(
    "asked",
    metadata,
    Column("instance", Text, nullable=False),
    Column("question", Text, nullable=False),  # a hash of it
    Column("start", Moment, nullable=False),
    Column("total", Number, nullable=False),
    PrimaryKeyConstraint("instance", "question", "start", name="asked_pkey"),
)
Index("asked_start", asked.c.start)

#: Up to where each instance's windows were counted, and up to where the whole grace was last looked at for late events.
progress = Table(
    "progress",
    metadata,
    Column("instance", Text, primary_key=True),
    Column("until", Moment, nullable=False),
    Column("looked", Moment),
)

known_issues = Table(
    "known_issues",
    metadata,
    Column("instance", Text, nullable=False),
    Column("issue", Words, nullable=False),
    Column("short_id", Words, nullable=False),
    Column("title", Words, nullable=False),
    Column("project", Words, nullable=False),
    Column("permalink", Words, nullable=False),
    Column("first_seen", Moment),
    Column("substatus", Words, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("owner", Words, nullable=False),
    Column("owned_at", Moment),  # when the owner was looked for; NULL = never
    PrimaryKeyConstraint("instance", "issue", name="known_issues_pkey"),
)
Index("known_issues_asked", known_issues.c.asked_at)

outcome_hours = Table(
    "outcome_hours",
    metadata,
    Column("instance", Text, nullable=False),
    Column("hour", Moment, nullable=False),
    Column("project", Words, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Words, nullable=False),
    Column("quantity", Number, nullable=False),
    PrimaryKeyConstraint("instance", "hour", "project", "outcome", "reason", name="outcome_hours_pkey"),
)
Index("outcome_hours_hour", outcome_hours.c.hour)
