"""Preview: what is known of issues' pasts, and what tickets policies would have cut from it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from vedette.model.events import IssueEvent
from vedette.model.issues import Issue, IssueKey, Occurrence
from vedette.model.tickets import Claim


@dataclass(frozen=True, slots=True)
class Bucket:
    """Occurrences within [at, at + length)."""

    at: datetime
    length: timedelta
    events: int


@dataclass(frozen=True, slots=True)
class Moment:
    """A time at which the issue was looked at, or could have been. `issue`: with the counts of that time, where known.

    Without them the counts are taken from the buckets of the past.
    """

    at: datetime
    issue: Issue
    news: tuple[IssueEvent, ...]
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of one issue: its moments in order, its newest occurrence, and the ledger's claims of it."""

    issue: Issue
    moments: tuple[Moment, ...]
    occurrence: Occurrence | None = None
    buckets: tuple[Bucket, ...] = ()
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Cut:
    """A ticket that would have been cut."""

    at: datetime
    issue: IssueKey
    title: str
    project: str  # Sentry's
    track: str
    policy: str
    reason: str
    sentence: str
    owner: str
    place: str  # tracker and project of the route
    generation: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What settings would have done: the cuts in order, all reasons by number, each issue's owner and place."""

    cuts: tuple[Cut, ...]
    reasons: dict[str, int]
    owners: dict[IssueKey, tuple[str, str]]
    standing: dict[tuple[IssueKey, str], str]  # issue and track → the reason it ended with


@dataclass(frozen=True, slots=True)
class Moved:
    """An issue that two settings treat otherwise."""

    issue: IssueKey
    title: str
    before: str
    after: str
