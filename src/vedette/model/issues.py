"""Issues: Sentry's groups of alike occurrences, and the occurrences themselves."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class IssueKey:
    """Identity of an issue: the name of the Sentry instance in the settings, and Sentry's numeric id as text.

    Never the URL: hosts, slugs and short ids change, an alert's `web_url` names one event and changes each time.
    """

    instance: str
    id: str

    def __str__(self) -> str:
        return f"{self.instance}/{self.id}"


class IssueStatus(StrEnum):
    """What Sentry says of an issue."""

    UNRESOLVED = "unresolved"
    RESOLVED = "resolved"
    IGNORED = "ignored"  # "archived" in the newer interface
    GONE = "gone"  # deleted, or merged into another issue
    UNKNOWN = "unknown"


class CountSpan(StrEnum):
    """Which time a count speaks of."""

    WINDOW = "window"
    LIFETIME = "lifetime"


@dataclass(frozen=True, slots=True)
class Count:
    """How many occurrences and users, over which span, and which interface said so (goes into the reason)."""

    events: int
    users: int | None
    span: CountSpan
    source: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """A count from which growth is measured; `window`: the time that a count of that span was taken over."""

    count: Count
    window: timedelta | None = None

    def is_like(self, other: "Baseline") -> bool:
        """Whether both count the same thing: a window is never held against a lifetime, nor one interface's against
        another's, which may round to whole days."""
        mine, theirs = self.count, other.count
        return (mine.span, mine.source, self.window) == (theirs.span, theirs.source, other.window)


@dataclass(frozen=True, slots=True)
class Frame:
    """One stack frame as Sentry sends it; every part may be missing."""

    filename: str | None = None
    abs_path: str | None = None
    module: str | None = None
    function: str | None = None
    lineno: int | None = None
    in_app: bool = False
    context_line: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """One exception of a chain; frames run from the outermost call to the crash, as Sentry orders them."""

    type: str
    value: str = ""
    frames: tuple[Frame, ...] = ()


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One event of an issue. `faults`: the chain in Sentry's order, the one that was finally raised last."""

    event_id: str
    occurred_at: datetime | None = None
    title: str = ""
    message: str = ""
    culprit: str = ""
    level: str = "error"
    environment: str = ""
    release: str = ""
    platform: str = ""
    url: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    faults: tuple[Fault, ...] = ()
    fingerprint: tuple[str, ...] = ()  # as the sender set it, and the hashes that Sentry grouped by

    @property
    def identity(self) -> str:
        """The id as it is compared: one server writes it with dashes, another without, for the same occurrence."""
        return self.event_id.replace("-", "").lower()


@dataclass(frozen=True, slots=True)
class Issue:
    """What is known of an issue at `as_of`; counts are kept per span, since servers differ in what they can say."""

    key: IssueKey
    as_of: datetime
    title: str
    project: str = ""  # slug
    short_id: str = ""
    culprit: str = ""
    level: str = "error"
    platform: str = ""
    status: IssueStatus = IssueStatus.UNKNOWN
    substatus: str = ""
    permalink: str = ""
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    counts: tuple[Count, ...] = ()
    assignee: str = ""
    merged_into: IssueKey | None = None
    tags: tuple[tuple[str, str], ...] = field(default=())

    def count(self, span: CountSpan) -> Count | None:
        """The count over that span, or None where the server did not give one."""
        return next((count for count in self.counts if count.span is span), None)
