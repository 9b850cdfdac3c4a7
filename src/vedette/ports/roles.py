"""Roles that a vendor can play; flows speak to these, `integrations` fill them, `app` joins the two."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from vedette.errors import Refused
from vedette.model.alarms import Notice
from vedette.model.boards import Place, Placed
from vedette.model.deliveries import Delivery
from vedette.model.document import Document
from vedette.model.events import Event
from vedette.model.issues import Issue, IssueKey, Occurrence
from vedette.model.metrics import Fresh, OutcomeHour, Point, Question, Reading, Resend, Window
from vedette.model.ownership import Finding
from vedette.model.policies import OnDone, Policy
from vedette.model.preview import Bucket
from vedette.model.settings import NotifierSettings, SentryInstance, SinkSettings, TrackerSettings
from vedette.model.tickets import Route, Ticket, TicketDraft, TicketRef
from vedette.ports.access import People, Roster
from vedette.ports.hooks import Hooks
from vedette.ports.http import Fence

#: Whether an event read in full matters: the filters' terms, asked before rows are made of it.
Needed = Callable[[Occurrence], bool]

#: What a window may hold before it is not read to the end; the settings' own numbers go before.
MOST_ROWS = 10_000
MOST_EVENTS = 10_000


def whatever(_event: Occurrence) -> bool:
    """Every event is needed."""
    return True


class Source(Protocol):
    """Records errors and tells of them: Sentry and its kin. One object per instance.

    Every method may raise the families of `vedette.errors`.
    """

    @property
    def instance(self) -> str: ...

    def read_delivery(self, delivery: Delivery) -> tuple[Event, ...]:
        """What the delivery says; never raises for odd content: an unknown kind or broken JSON is `Ignored`."""
        ...

    def issue(self, key: IssueKey, *, window: timedelta | None, now: datetime) -> Issue | None:
        """The issue as it is now, with counts over `window` where the server can; None where it is gone.

        A merged issue comes back with `merged_into` set where the server tells."""
        ...

    def latest(self, key: IssueKey) -> Occurrence | None:
        """The newest occurrence with its stack; None where there is none."""
        ...

    def sweep(self, policy: Policy, *, projects: Sequence[str], now: datetime) -> Iterable[Issue]:
        """Unresolved issues of the projects, seen within the policy's time, more frequent than its thresholds."""
        ...

    def past(
        self, *, projects: Sequence[str], since: datetime, now: datetime, pace: Callable[[], None]
    ) -> Iterable[tuple[Issue, tuple[Bucket, ...]]]:
        """Every issue of the projects seen since then, whatever its status, with its occurrences by hour or day.

        `pace` is called before each reading. No buckets where the server keeps no history.
        """
        ...

    @property
    def counts_windows(self) -> bool:
        """Whether the server counts by itself; where it does not, events are read one by one."""
        ...

    def count(
        self,
        question: Question,
        window: Window,
        *,
        pace: Callable[[], None],
        needed: Needed = whatever,
        most_rows: int = MOST_ROWS,
        most_events: int = MOST_EVENTS,
    ) -> Reading:
        """What the window held, by issue: aggregated by the server, or from its events where that is all it offers.

        `pace` is called before each reading. Of events read one by one only those that are `needed` become rows. More
        rows, or more events of one project, than may be read is a `Lack` of the reading, never a silent end.
        """
        ...

    def totals(
        self, question: Question, *, within: Window, every: timedelta, pace: Callable[[], None]
    ) -> Mapping[datetime, int] | None:
        """The count of every window within the span, by its start, 0 included; None where the server cannot tell.

        One call: with it late events are found.
        """
        ...

    def fresh(self, keys: Sequence[IssueKey], *, pace: Callable[[], None]) -> Sequence[Fresh]:
        """What a list tells of these issues, a hundred a call; those that are gone are left out."""
        ...

    def outcomes(
        self, *, projects: Sequence[str], within: Window, pace: Callable[[], None]
    ) -> Sequence[OutcomeHour] | None:
        """Accepted, dropped and filtered events per project and hour; None where the server does not tell."""
        ...

    def resolve_reference(self, text: str) -> IssueKey | None:
        """An issue's id from an id, a short id or any form of its URL; None where it is not of this instance."""
        ...

    def note(self, key: IssueKey, *, text: str, ticket: TicketRef, fence: Fence) -> None:
        """Leave the ticket's address on the issue, once: an external issue link, else a note."""
        ...

    def resolve(self, key: IssueKey, *, how: OnDone, fence: Fence) -> None:
        """Mark the issue as resolved, now or in the next release; doing it twice is harmless.

        `Refused` where the server, or the project, knows no next release."""
        ...

    def close(self) -> None:
        """Let the connections go."""
        ...

    def check(self, *, projects: Sequence[tuple[str, str]] = ()) -> Iterable[Finding]:
        """`check --live`: is the token good, which scopes has it, do organisation and projects exist?

        `projects`: pairs of the place in the settings and the project's slug.
        """
        ...


@dataclass(frozen=True, slots=True)
class Absent:
    """No ticket with the stamp, and how that is known."""

    witness: str


@dataclass(frozen=True, slots=True)
class Found:
    """Every ticket that carries the stamp or, that being lost, the Sentry link of this generation; oldest first."""

    tickets: tuple[Ticket, ...]
    witness: str


class Tracker(Protocol):
    """Keeps tickets. One object per tracker in the settings; conformance: tests/conformance/trackers.py."""

    @property
    def name(self) -> str: ...

    def watermark(self, draft: TicketDraft, *, known: Sequence[TicketRef]) -> str:
        """What a proof of absence starts from, read *before* the attempt; `known`: our own newest tickets there."""
        ...

    def create(self, draft: TicketDraft, *, fence: Fence) -> TicketRef:
        """Create the ticket. `Uncertain`: it may have been done unknown to us; any other error means: not done."""
        ...

    def look(self, draft: TicketDraft, *, watermark: str, attempted_at: datetime) -> Found | Absent:
        """Search by the tracker's consistent way for what an ambiguous attempt may have left."""
        ...

    def search(self, *, stamp: str, link: str) -> Sequence[Ticket]:
        """Search the index, across projects, by stamp and link; may lag, so its silence proves nothing by itself."""
        ...

    def stamped(self, *, since: datetime) -> Iterable[Ticket]:
        """Every ticket of ours touched since then, for the audit."""
        ...

    def read(self, refs: Sequence[TicketRef]) -> Mapping[str, Ticket]:
        """Tickets by their `id`, read by key; a deleted one comes back as GONE, a moved one with its new ref."""
        ...

    @property
    def reads_at_once(self) -> int:
        """How many tickets one call of `read` answers."""
        ...

    def changed(self, refs: Sequence[TicketRef], *, since: datetime) -> Mapping[str, Ticket]:
        """Of these tickets by `id` those that changed since then, read; asked of a list or an index, in few calls.

        What is left out did not change, as far as that list tells: an index lags, and none names what was deleted.
        Raises `Refused` where a list that is needed cannot be had, though the tickets may be.
        """
        ...

    def comment(self, ref: TicketRef, text: Document, *, marker: str, fence: Fence) -> None:
        """Comment once per marker: looks for the marker first, so that a repeat does nothing."""
        ...

    def transition(self, ref: TicketRef, *, status: str, fence: Fence) -> str:
        """Move to the status, or by the transition, of that name; the new status' name. Doing it twice is harmless."""
        ...

    def reopen(self, ref: TicketRef, *, status: str, fence: Fence) -> str:
        """Move out of the done statuses: to `status` where given, else to the first status that is not done."""
        ...

    def close(self, ref: TicketRef, *, fence: Fence) -> str:
        """Move to a done status (for a twin that is folded)."""
        ...

    def priorities(self, ref: TicketRef) -> Sequence[str]:
        """The names of the priorities that the ticket can have, lowest first; () where the tracker keeps none."""
        ...

    def prioritise(self, ref: TicketRef, *, priority: str, fence: Fence) -> None:
        """Set the priority, one of `priorities`. Doing it twice is harmless."""
        ...

    def link(self, ref: TicketRef, *, url: str, title: str, fence: Fence) -> None:
        """Link the ticket to the Sentry issue; the same url twice is one link."""
        ...

    def mend(self, ref: TicketRef, draft: TicketDraft, *, fence: Fence) -> Sequence[str]:
        """Read back, put right what the screen dropped (label, stamp), and say what could not be put right."""
        ...

    def close_connections(self) -> None:
        """Let the connections go."""
        ...

    def check(self, routes: Sequence[tuple[str, Route]]) -> Iterable[Finding]:
        """`check --live`: does each project, component, type, field, status, assignee exist, and can the bot browse?

        The string beside each route is where it stands in the settings.
        """
        ...


@runtime_checkable
class Placing(Protocol):
    """What a tracker may add that has portfolios, and in which one ticket may stand in several projects."""

    def resolve(self, place: Place) -> Placed:
        """The project that the place means now, which exists and takes tickets; else its fallback, with the reason.

        `Refused`, with the cure, where there is neither. Reads are kept for minutes, and a kept one stands in for a
        read that fails, which `said` then tells.
        """
        ...


def resolve(tracker: Tracker, place: Place) -> Placed:
    """The place as the tracker has it; one that has no portfolios takes the project as it is written."""
    if isinstance(tracker, Placing):
        return tracker.resolve(place)
    if place.portfolio:
        raise Refused(f"{tracker.name} has no portfolios: write `project:` instead of portfolio {place.portfolio}")
    return Placed(place.project, place.section)


class Notifier(Protocol):
    """Tells people. One object per notifier in the settings; conformance: tests/conformance/notifiers.py."""

    @property
    def name(self) -> str: ...

    def notify(self, notice: Notice, *, fence: Fence) -> Sequence[str]:
        """Deliver the notice; what of it did not reach everybody, in words. The same twice is harmless, or a repeat.

        Raises the families of `vedette.errors`; no message holds an address that is a secret, a key or a password.
        """
        ...

    def check(self) -> Iterable[Finding]:
        """`check --live`: would a notice be taken? Nobody is told anything by it."""
        ...

    def close(self) -> None:
        """Let the connections go."""
        ...


class Sink(Protocol):
    """Takes points to where people draw them. One object per sink; conformance: tests/conformance/sinks.py.

    What a resend does there is `resend`; what a changed count can do, `corrects`.
    """

    @property
    def name(self) -> str: ...

    @property
    def resend(self) -> Resend:
        """What pushing the same point twice does there."""
        ...

    @property
    def corrects(self) -> bool:
        """Whether a later revision of a point may be pushed; where not, the first count stands there."""
        ...

    def render(self, points: Sequence[Point]) -> Sequence[Any]:
        """The bodies that `push` would send, as plain JSON values without any secret; nothing is sent."""
        ...

    def push(self, points: Sequence[Point], *, fence: Fence) -> Sequence[str]:
        """Send the points, oldest window first, cut to what the vendor takes; what was left out, in words.

        Raises the families of `vedette.errors`; after any of them the same points are pushed again, whole.
        """
        ...

    def check(self) -> Iterable[Finding]:
        """`check --live`: would a point be taken? Nothing that people see is changed by it."""
        ...

    def close(self) -> None:
        """Let the connections go."""
        ...


@dataclass(frozen=True, slots=True)
class Integration:
    """What an integration's file exports as `INTEGRATION`; `config` is its pydantic model, or None.

    `placing`: its tracker is `Placing`, which the settings are held to before there is one.
    """

    config: type[Any] | None = None
    tracker: Callable[[TrackerSettings], Tracker] | None = None
    placing: bool = False
    source: Callable[[SentryInstance], Source] | None = None
    hooks: Hooks | None = None
    notifier: Callable[[NotifierSettings], Notifier] | None = None
    sink: Callable[[SinkSettings], Sink] | None = None
    roster: Callable[[SentryInstance], Roster] | None = None
    people: Callable[[TrackerSettings | None], People] | None = None
