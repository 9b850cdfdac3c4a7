"""Policies: when a ticket is cut, what a closed one means, and how patient the ledger is."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from vedette.model.events import Trigger
from vedette.model.growth import Growth
from vedette.model.issues import CountSpan
from vedette.model.tickets import MAIN_TRACK


class ClosedTicket(StrEnum):
    """What a closed ticket with a live issue means."""

    NEW = "new"
    REOPEN = "reopen"
    COMMENT = "comment"
    QUIET = "quiet"


class Per(StrEnum):
    """What has a ticket of its own."""

    ISSUE = "issue"
    EVENT = "event"  # each in a chain: the ticket before it, and the first


class OnDone(StrEnum):
    """What the issue gets in Sentry when a person closes its ticket as done."""

    NOTHING = "nothing"
    RESOLVE = "resolve"
    RESOLVE_IN_NEXT_RELEASE = "resolve_in_next_release"


# `on_resolve` with the name of a status, or of the transition to it, after this.
BY_TRANSITION = "transition "


@dataclass(frozen=True, slots=True)
class Rest:
    """An answer to a closed ticket, and for how many days after the closing it holds; 0 = for good.

    QUIET always has days. After the days a new ticket is cut.
    """

    what: ClosedTicket
    days: int = 0

    def __str__(self) -> str:
        return f"{self.what} {self.days}d" if self.days else str(self.what)


@dataclass(frozen=True, slots=True)
class When:
    """Thresholds of a policy; None = not asked. Strictly more than `events_over` / `users_over`."""

    last_seen_within: timedelta | None = timedelta(hours=24)
    events_over: int | None = None
    users_over: int | None = None
    span: CountSpan = CountSpan.WINDOW
    levels: frozenset[str] = frozenset()
    environments: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Policy:
    """When a ticket is cut for issues of these projects, on this track, and what a closed one means."""

    name: str
    projects: tuple[str, ...] = ()  # () = every project
    instances: tuple[str, ...] = ()
    on: frozenset[Trigger] = frozenset({Trigger.ALERT, Trigger.POLL})
    every: timedelta = timedelta(minutes=15)
    when: When = field(default_factory=When)
    closed_ticket: Rest = Rest(ClosedTicket.NEW)
    wont_do: Rest = Rest(ClosedTicket.QUIET, 90)
    track: str = MAIN_TRACK
    per: Per = Per.ISSUE
    growth: Growth = field(default_factory=Growth)
    active: tuple[str, ...] = ()  # statuses that count as open; () = as the tracker says
    on_resolve: str = "comment"  # or "nothing", "transition NAME": what Sentry's "resolved" does to an open ticket
    on_done: OnDone = OnDone.NOTHING


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """What the tickets of one route do otherwise than their policy says; None = as the policy says.

    `place` is the dotted setting that says so. The other fields are named as the policy's, and mean the same.
    """

    place: str = ""
    growth: Growth | None = None
    closed_ticket: Rest | None = None
    wont_do: Rest | None = None
    per: Per | None = None
    active: tuple[str, ...] | None = None
    on_resolve: str | None = None
    on_done: OnDone | None = None


# What holds where the settings name no policy. Without a threshold the first sweep of an old organisation would cut a
# ticket for every unresolved issue in it.
USUAL_POLICY = Policy(name="default", when=When(events_over=50))


@dataclass(frozen=True, slots=True)
class Mute:
    """An exception that a person agreed to; `until` None = for good. All conditions that are set must hold.

    `drop`: what the payload alone shows to be meant is stored and counted, and costs no call to Sentry.
    """

    reason: str
    issue: str = ""  # "instance/id" or "id"
    title: str = ""  # glob over the title, case-sensitive
    until: datetime | None = None
    fingerprint: str = ""  # glob over each part of the event's fingerprint, and its hashes
    level: str = ""
    environment: str = ""  # glob
    project: str = ""  # glob over the Sentry project's slug
    drop: bool = False


@dataclass(frozen=True, slots=True)
class TicketSettings:
    """The ledger's patience. Times are shortened together in benchmarks, never one alone."""

    settle: timedelta = timedelta(seconds=120)
    looks: tuple[timedelta, ...] = (timedelta(seconds=5), timedelta(seconds=30))
    search_lag: timedelta = timedelta(seconds=90)  # a search's silence counts only after this
    refresh: timedelta = timedelta(minutes=5)  # a ticket's state is re-read when older
    audit_every: timedelta = timedelta(hours=24)
    runbook: str = ""
    base_url: str = ""  # address of our pages, for links in tickets
