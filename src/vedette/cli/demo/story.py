"""Story: what Vedette's journal tells of each error since it was last asked; only the store is read.

Law: nothing is told that does not stand in the store, and everything is told once.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from vedette.model.deliveries import DeliveryState
from vedette.model.issues import IssueKey
from vedette.model.jobs import JobState
from vedette.model.journal import Entry, EntryKind
from vedette.model.metrics import Window
from vedette.model.settings import StoreSettings
from vedette.store import deliveries, journal, ledger, queue, views, windows
from vedette.store.database import READ, Store, Tx

_MOST = 500


@dataclass(frozen=True, slots=True)
class Opened:
    """An error that got its ticket: the decision, the outcome, where it went, and the delivery that began it."""

    decision: Entry
    outcome: Entry
    tracker: str
    project: str
    delivery: int | None
    took: timedelta


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that opens no ticket."""

    decision: Entry


@dataclass(frozen=True, slots=True)
class Trouble:
    """An alarm, or a try that failed."""

    entry: Entry


News = Opened | Decided | Trouble


@dataclass(frozen=True, slots=True)
class Counted:
    """What every filter counted in the newest window that had any error."""

    window: Window
    totals: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Count:
    """How much came in and what was decided."""

    deliveries: int
    reasons: Mapping[str, int]
    owners: Mapping[str, int]  # the outcomes of CODEOWNERS, over the decisions that opened a ticket
    waiting: int  # deliveries and jobs that are not done yet
    dead: int


@dataclass(slots=True)
class Story:
    """A reader that stands beside the running Vedette."""

    store: Store
    _last: int = 0
    _opening: dict[IssueKey, Entry] = field(default_factory=dict)
    _reasons: Counter[str] = field(default_factory=Counter)
    _owners: Counter[str] = field(default_factory=Counter)
    _counted: Window | None = None

    @classmethod
    def of(cls, database: Path) -> "Story":
        """The story that the store in this file tells."""
        return cls(Store.open(StoreSettings(url=f"sqlite:///{database}"), role=READ))

    def news(self) -> Iterator[News]:
        """What happened since the last call, oldest first."""
        newest_first = self.store.read(lambda tx: journal.search(tx, limit=_MOST))
        for entry in reversed(newest_first):
            if entry.id > self._last:
                self._last = entry.id
                yield from self._heard(entry)

    def counted(self) -> Counted | None:
        """The monitor's newest window, once, and only where it had an error."""
        points = self.store.read(windows.latest)
        newest = max((point.window for point in points), default=None)
        if newest is None or newest == self._counted:
            return None
        self._counted = newest
        totals = {point.filter: point.total for point in points if point.window == newest}
        return Counted(newest, totals) if any(totals.values()) else None

    def count(self) -> Count:
        """How things stand."""
        return self.store.read(self._count)

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()

    def _heard(self, entry: Entry) -> Iterator[News]:
        match entry:
            case Entry(kind=EntryKind.DECISION, issue=IssueKey() as issue):
                self._reasons[entry.reason] += 1
                if "OpenTicket" in entry.details.get("actions", ()):
                    self._owners[str(entry.details["ownership"])] += 1
                    self._opening[issue] = entry
                else:
                    yield Decided(entry)
            case Entry(reason="ticket_opened", issue=IssueKey() as issue) if issue in self._opening:
                yield self._opened(self._opening.pop(issue), entry, issue)
            case Entry(kind=EntryKind.ALARM) | Entry(reason="refused" | "proven_absent"):
                yield Trouble(entry)

    def _opened(self, decision: Entry, outcome: Entry, issue: IssueKey) -> Opened:
        heard = self.store.read(lambda tx: deliveries.of_issue(tx, issue, limit=_MOST))
        claim = self.store.read(lambda tx: ledger.get(tx, outcome.claim or 0))
        tracker, project = (claim.route.tracker, claim.route.project) if claim else ("", "")
        first = heard[-1] if heard else None
        began = first.received_at if first else decision.at
        return Opened(decision, outcome, tracker, project, first.id if first else None, outcome.at - began)

    def _count(self, tx: Tx) -> Count:
        now = views.now(tx, datetime.now(UTC))
        live = [
            *queue.listing(tx, state=JobState.READY, limit=_MOST),
            *queue.listing(tx, state=JobState.LEASED, limit=9),
        ]
        waiting = now.pending + now.deliveries[DeliveryState.SORTED] + len(live)
        taken_in = sum(now.deliveries.values())
        return Count(taken_in, dict(self._reasons), dict(self._owners), waiting=waiting, dead=now.dead)


def step_of(decision: Entry) -> Mapping[str, Any] | None:
    """The look-up that decided who owns the error: the last one where an owner was found, else the telling one."""
    steps: list[Mapping[str, Any]] = list(decision.details.get("steps", ()))
    if not steps:
        return None
    owned = [step for step in steps if step["owners"]]
    cleared = [step for step in steps if step["outcome"] == "cleared"]
    return (owned[-1:] or cleared[:1] or steps[:1])[0]
