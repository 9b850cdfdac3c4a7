"""Records: the rows that the stand-in keeps, mutable and in memory only."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vedette.sandbox.sentry.settings import Person, Project, Team
from vedette.sandbox.sentry.tides import Sum, Tides


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its whole answer, kept for contract tests when recording was asked for."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    status: int
    answer_headers: Mapping[str, str]
    answer_body: bytes


@dataclass(slots=True)
class Occurrence:
    """One event, as Sentry stores it after normalising."""

    id: str
    project: Project
    issue: int
    at: float
    received: float
    data: dict[str, Any]


@dataclass(slots=True)
class Comment:
    """A note that somebody left on an issue."""

    id: int
    author: Person
    text: str
    at: float


@dataclass(slots=True)
class Link:
    """A ticket of another system, tied to an issue by an integration."""

    id: int
    issue: int
    service: str
    display: str
    url: str


@dataclass(slots=True)
class Issue:
    """A group of alike occurrences."""

    id: int
    project: Project
    number: int
    title: str
    culprit: str
    level: str
    type: str
    metadata: dict[str, Any]
    first_seen: float
    last_seen: float
    hashes: list[str] = field(default_factory=list)
    logger: str | None = None
    unhandled: bool = False
    status: str = "unresolved"
    substatus: str | None = "new"
    status_details: dict[str, Any] = field(default_factory=dict)
    assignee: Person | Team | None = None
    priority: str = "high"
    times_seen: int = 0
    arrivals: Tides = field(default_factory=Tides)
    #: Ids of the occurrences still kept, oldest first.
    occurrences: list[str] = field(default_factory=list)
    tags: dict[str, Counter[str]] = field(default_factory=dict)
    users: set[str] = field(default_factory=set)
    comments: list[Comment] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    activity: list[dict[str, Any]] = field(default_factory=list)
    has_seen: bool = False
    bookmarked: bool = False
    #: Rule id to the instant it last fired for this issue.
    fired: dict[int, float] = field(default_factory=dict)

    @property
    def short_id(self) -> str:
        """The id that people read: SHOP-3."""
        return f"{self.project.slug.upper()}-{self.number}"

    def seen_between(self, start: float | None, end: float | None, environments: frozenset[str]) -> int:
        """Occurrences in [start, end), of the environments named, or of all when none is."""
        return sum(part.weight for part in self.sums_between(start, end, environments))

    def sums_between(self, start: float | None, end: float | None, environments: frozenset[str]) -> list[Sum]:
        """What came within the half-open window, by kind."""
        sums = self.arrivals.sums(start, end)
        return [part for part in sums if not environments or part.traits.environment in environments]
