"""Tally: what happened at the door, counted in memory and added to the store now and then, for every process to see.

Law: a count is never lost to a failing store; it waits for the next writing.
"""

import threading
from collections import Counter
from datetime import datetime, timedelta

from vedette.errors import Unavailable
from vedette.flows.context import Context, log
from vedette.flows.telemetry import count_delivery
from vedette.model.journal import EntryKind, NewEntry
from vedette.store import counters, journal
from vedette.store.database import Tx

#: Name of the store's counter; its labels are `source` and `outcome`, as in vedette_deliveries_total.
DOOR = "deliveries"
#: Refusals of all sources and reasons together.
REFUSED = "deliveries_refused"
SURGE = "refusals_surge"
WINDOW = timedelta(minutes=10)


class Tally:
    """Counts of one process; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._refused: Counter[str] = Counter()  # by source

    def accepted(self, source: str, *, repeat: bool) -> None:
        """A delivery is on disk."""
        self._add(source, "repeated" if repeat else "accepted")

    def greeted(self, source: str) -> None:
        """A tracker shook hands."""
        self._add(source, "handshake")

    def refused(self, source: str, reason: str) -> None:
        """A sender was turned away."""
        self._add(source, reason, refused=1)

    def put_off(self, source: str, reason: str) -> None:
        """The store could not keep a delivery; the sender was told to come again."""
        self._add(source, reason)

    def write(self, context: Context) -> None:
        """Add to the store what was counted since the last writing, and alarm about a surge of refusals."""
        with self._lock:
            counts, refused = self._counts, self._refused
            self._counts, self._refused = Counter(), Counter()
        if not counts:
            return
        alarm_at = context.settings.web.refusals_alarm
        try:
            surge = context.store.write(lambda tx: _record(tx, counts, refused, alarm_at=alarm_at, now=context.clock()))
        except Unavailable:
            self._restore(counts, refused)
            return
        if surge:
            log.warning(SURGE, refused=surge, minutes=WINDOW // timedelta(minutes=1))

    def _add(self, source: str, outcome: str, *, refused: int = 0) -> None:
        count_delivery(source, outcome)
        with self._lock:
            self._counts[source, outcome] += 1
            if refused:
                self._refused[source] += refused

    def _restore(self, counts: Counter[tuple[str, str]], refused: Counter[str]) -> None:
        with self._lock:
            self._counts.update(counts)
            self._refused.update(refused)


def _record(tx: Tx, counts: Counter[tuple[str, str]], refused: Counter[str], *, alarm_at: int, now: datetime) -> int:
    """How many were refused within the window, where that is a surge nobody was told of; else 0."""
    if refused:
        # First of all: on PostgreSQL the row's lock lets one replica at a time look whether the alarm was given.
        counters.add(tx, REFUSED, {}, 0, now=now)
        for source, count in sorted(refused.items()):
            counters.add(tx, REFUSED, {"source": source}, count, now=now)
    for (source, outcome), count in sorted(counts.items()):
        counters.add(tx, DOOR, {"source": source, "outcome": outcome}, count, now=now)
    if not refused:
        return 0
    total = counters.total(tx, REFUSED, since=now - WINDOW)
    told = journal.search(tx, reason=SURGE, limit=1)
    if total < alarm_at or (told and told[0].at > now - WINDOW):
        return 0
    sentence = (
        f"{total} requests at the door were refused within ten minutes (the alarm stands at {alarm_at}): "
        "a client secret, path token or monitor.key differs from the sender's, or a stranger tries it"
    )
    journal.write(tx, NewEntry(EntryKind.ALARM, SURGE, sentence, details={"refused": total}), now=now)
    return total
