"""Metrics: filters, the windows they are counted over, and the points that come of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from vedette.model.issues import IssueKey


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A half-open span of time, [start, end), aware and in UTC; of the schedule's it is aligned to its own length."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start

    def holds(self, at: datetime) -> bool:
        """Whether the moment is in it; the end is the next window's."""
        return self.start <= at < self.end

    def earlier(self, by: timedelta) -> "Window":
        """The same span of an earlier time."""
        return Window(self.start - by, self.end - by)

    def __str__(self) -> str:
        return f"[{self.start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}, {self.end.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ})"


class Part(StrEnum):
    """The part of an event that a term looks into."""

    TITLE = "title"
    MESSAGE = "message"
    CULPRIT = "culprit"
    STACK = "stack"  # file names, modules and functions of every frame
    TAGS = "tags"  # `key:value`, one a line

    @property
    def needs_events(self) -> bool:
        """Whether no aggregated row can tell it, so that events are read one by one."""
        return self in (Part.STACK, Part.TAGS)


@dataclass(frozen=True, slots=True)
class Term:
    """A text that is looked for; `pattern` means a regular expression, searched for anywhere in the part."""

    text: str
    parts: tuple[Part, ...] = (Part.TITLE, Part.MESSAGE)
    pattern: bool = False
    case: bool = False  # whether upper and lower case differ


@dataclass(frozen=True, slots=True)
class Terms:
    """All that must hold: at least one of `any` (where there is one), every one of `all`, and not one of `none`."""

    any: tuple[Term, ...] = ()
    all: tuple[Term, ...] = ()
    none: tuple[Term, ...] = ()

    @property
    def each(self) -> tuple[Term, ...]:
        """Every term, of whichever list."""
        return (*self.any, *self.all, *self.none)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which errors are counted, under a name. Nothing said of a thing means: whichever."""

    name: str
    instance: str
    projects: tuple[str, ...] = ()  # slugs
    environments: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    query: str = ""  # in Sentry's own search language
    terms: Terms = Terms()
    group_by: tuple[str, ...] = ()  # tag keys by which an issue's counts are told apart
    sinks: tuple[str, ...] | None = None  # names; None = every sink
    top: int = 20  # trending errors that are told with owner, ticket and details


@dataclass(frozen=True, slots=True)
class Question:
    """What Sentry is asked about a window: filters that ask alike share one question.

    `parts` and `tags` are what rows are told apart by, beside issue and project. `events`: a term looks into what only
    the events themselves tell, so they are read one by one, in full.
    """

    instance: str
    projects: tuple[str, ...] = ()  # sorted slugs; () = every project
    environments: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    query: str = ""
    parts: frozenset[Part] = frozenset()
    tags: tuple[str, ...] = ()
    events: bool = False
    by_project: bool = False  # whether the totals of its projects are worth a call of their own
    rows_matter: bool = False  # whether a filter's total is the sum of some rows, which must then be the right ones
    alone: str = ""  # the filter whose question it is, where no other shares it


Tags = tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an answer: an issue (and its tag values, title … where the question tells them apart)."""

    issue: str  # Sentry's numeric id as text
    count: int
    users: int | None = None  # distinct within this row; None where the server does not tell
    project: str = ""  # slug
    short_id: str = ""
    title: str = ""
    culprit: str = ""
    message: str = ""
    tags: Tags = ()  # of the keys asked for, in their order; None = the event has no such tag


class Lack(StrEnum):
    """Why a window is not known to be whole; also the metric's label, and the word on the page."""

    NONE = ""
    NOT_COUNTED = "not_counted"  # Sentry could not be asked (yet), or Vedette was down
    ROW_LIMIT = "row_limit"  # more issues than the pages hold that may be read
    EVENT_LIMIT = "event_limit"  # more events than may be read one by one
    SHIFTING = "shifting"  # what was read did not stand still
    REFUSED = "refused"  # Sentry will not answer this question: `detail` has its words


@dataclass(frozen=True, slots=True)
class Share:
    """What one project has of an answer, as the server itself adds it up."""

    count: int
    users: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Sentry's answer to a question about one window.

    `total` is the server's own count of the window where it was asked for, else the sum of the rows. `lack` is why the
    *rows* are not whole; `total_lack` why the total is not.
    """

    rows: tuple[Row, ...]
    total: int
    users: int | None = None  # distinct over the whole question
    lack: Lack = Lack.NONE
    total_lack: Lack = Lack.NONE
    shares: Mapping[str, Share] | None = None  # by project's slug, where the question asks for them; whole
    pages: int = 1  # calls that it took


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a list of issues tells of one: slow to change, so it is kept."""

    key: IssueKey
    short_id: str = ""
    title: str = ""
    project: str = ""
    permalink: str = ""
    first_seen: datetime | None = None
    substatus: str = ""


@dataclass(frozen=True, slots=True)
class Trending:
    """One issue in one window of a filter. `None` = not known, which is not 0."""

    issue: IssueKey
    count: int
    project: str = ""
    short_id: str = ""
    title: str = ""
    link: str = ""
    users: int | None = None
    before: int | None = None  # in the window before
    yesterday: int | None = None  # in the same window of the day before
    last_week: int | None = None
    first_seen: datetime | None = None
    is_new: bool = False  # first seen within the window
    is_regressed: bool = False  # came back within the window
    owner: str = ""
    ticket: str = ""  # its key, as people write it
    ticket_url: str = ""
    groups: tuple[tuple[Tags, int], ...] = ()  # counts by the filter's `group_by`


@dataclass(frozen=True, slots=True)
class Point:
    """What a filter counted in one window, and how whole that is. A quiet window is a point of 0.

    `revision` is 0 for the first count, and one more for each change since. `trending` holds the filter's `top`,
    largest first; `issues` tells of how many there were.
    """

    filter: str
    instance: str
    window: Window
    total: int
    issues: int = 0
    users: int | None = None
    new: int | None = None
    regressed: int | None = None
    lack: Lack = Lack.NONE  # of the total
    rows_lack: Lack = Lack.NONE  # of the issues
    detail: str = ""
    revision: int = 0
    counted_at: datetime | None = None
    trending: tuple[Trending, ...] = field(default=())
    projects: tuple[str, ...] = ()  # slugs that its filter names; () = whichever

    @property
    def is_complete(self) -> bool:
        """Whether the total is known to be whole."""
        return self.lack is Lack.NONE

    @property
    def is_counted(self) -> bool:
        """Whether the total says anything at all: where nothing was answered it is 0, and was not quiet."""
        return self.lack not in (Lack.NOT_COUNTED, Lack.REFUSED)

    @property
    def id(self) -> str:
        """The same for every telling of this filter's window, whatever its revision: 32 hexadecimal characters."""
        said = f"{self.instance}\n{self.filter}\n{self.window.start.timestamp():.0f}\n{self.window.end.timestamp():.0f}"
        return hashlib.sha256(said.encode()).hexdigest()[:32]


class Resend(StrEnum):
    """What telling a sink the same point again does there."""

    REPLACES = "replaces"  # the newer value stands
    DEDUPLICATES = "deduplicates"  # the first stands, the second vanishes
    AT_LEAST_ONCE = (
        "at_least_once"  # both stand: records carry `vedette.point_id`, and a query that removes twins ships
    )


@dataclass(frozen=True, slots=True)
class Sample:
    """One number of a point, as metric sinks want it: what, of which series, at the window's end."""

    name: str  # dotted, as OpenTelemetry writes names: vedette.errors
    value: float
    at: datetime  # the window's end
    over: timedelta  # the window's length
    labels: tuple[tuple[str, str], ...]  # sorted by key
    point: str  # the point's id
    unit: str = "1"


@dataclass(frozen=True, slots=True)
class OutcomeHour:
    """How many events of a project had one outcome within an hour; Sentry offers nothing finer."""

    instance: str
    project: str
    hour: datetime
    outcome: str  # accepted, filtered, rate_limited, invalid, abuse, client_discard …
    reason: str
    quantity: int
