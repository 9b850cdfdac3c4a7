"""Monitor, exactness: a simulated month counted window by window, held against what the server holds in the end.

    python bench/monitor_exact.py [--quick] [--days N]

The real flow, store and HTTP client count at the stand-in Sentry, by a clock that leaps from window to window. 0.1 to
200 errors a second; outages of Sentry and of Vedette, late events, clocks that go wrong, lists that shift while they
are read. Truth: errors by the server's stored timestamp. `count_error`: |told - truth| over all complete windows.
`complete`: the share of windows untouched by an outage that are complete. `unmarked`: windows that are neither.
`original_loop_error`: what the loop that this replaces tells wrong, as a share of all errors.
"""

import argparse
import gc
import json
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog

sys.path.insert(0, str(Path(__file__).parent.parent))  # also when run as a file

from bench.exact.weather import INCIDENT, PROJECTS, STEADY, STEP, Heap, Month, moment, original_loop
from vedette.app import App
from vedette.flows import monitor
from vedette.flows.context import Context
from vedette.flows.worker import Worker
from vedette.model.metrics import Filter, Point, Term, Terms
from vedette.model.secret import Secret
from vedette.model.settings import Mode, MonitorSettings, QueueSettings, SentryInstance, Settings, StoreSettings
from vedette.sandbox.sentry import pouring
from vedette.sandbox.sentry.pouring import Pour
from vedette.sandbox.sentry.server import SentryStandIn
from vedette.sandbox.sentry.settings import StandInConfig
from vedette.store import windows

TOKEN = "exact-token"
DELAY, CATCH_UP = timedelta(seconds=45), timedelta(hours=24)
FILTERS = (
    Filter("everything", "default"),
    Filter("checkout", "default", projects=("checkout",)),
    Filter("timeouts", "default", terms=Terms(any=(Term(r"time.?out", pattern=True),))),
)
_FIRST = 10_000
_QUICKLY = 0.5  # days
_SHIFT_EVERY = 3  # windows


@dataclass
class Clock:
    """Where the simulated month has come to, in seconds; each side reads it by a clock of its own."""

    month: Month
    at: float = 0.0

    def server(self) -> float:
        return moment(self.at).timestamp()

    def ours(self) -> Any:
        return moment(self.at + self.month.skew(int(min(self.at, self.month.seconds))))


@dataclass
class Stage:
    """The stand-in, the app, and what is yet to come."""

    clock: Clock
    sentry: SentryStandIn
    app: App
    coming: list[Heap]
    worker: Worker
    shifted: int = 0
    tallies: Counter[str] = field(default_factory=Counter)

    @property
    def context(self) -> Context:
        return replace(self.app.context, clock=self.clock.ours)

    def pour(self) -> None:
        """Show what the server shows by now."""
        poured = []
        while self.coming and self.coming[-1].seen <= self.clock.at:
            heap = self.coming.pop()
            poured.append(Pour(heap.issue, moment(heap.at).timestamp(), [heap.weight], users=5))
        pouring.pour(self.sentry.world.memory, poured, now=self.clock.server())

    def work(self) -> None:
        """What is due, and whatever came of it."""
        monitor.tend_monitor(self.context)
        context = self.context
        while self.worker.one_job(context):
            pass

    def shift(self, start: int) -> None:
        """Have a late error come into the middle of the list between two of its pages."""
        late = {"issue": _FIRST + start % STEADY, "at": moment(start + 1).timestamp(), "weights": [3]}
        self.sentry.shifts({"path": "organizations/[^/]+/events/$", "after": 1, "times": 1, "pour": [late]})
        self.shifted += 1


@contextmanager
def stage(month: Month, heaps: Sequence[Heap], folder: Path) -> Iterator[Stage]:
    """Everything set up, with an empty store."""
    clock = Clock(month)
    config = StandInConfig(tokens=(TOKEN,))
    with SentryStandIn(config, clock=clock.server, recording=True) as sentry:
        sentry.seed(*(_seed(number) for number in range(STEADY + INCIDENT)))
        secret = Secret((TOKEN,), "env/T")
        # More than a month's calls at once: a bucket is filled by the true clock, which this month does not follow.
        instance = SentryInstance("default", sentry.url, "acme", secret, rate_per_s=10_000_000.0)
        counted = MonitorSettings(FILTERS, delay=DELAY, grace=grace_of(month), catch_up=CATCH_UP, outcomes=False)
        settings = Settings(
            mode=Mode.PRODUCTION,
            instances={"default": instance},
            trackers={},
            monitor=counted,
            queue=QueueSettings(workers=1, breaker_rest=timedelta(seconds=30)),
            store=StoreSettings(url=f"sqlite:///{folder / 'exact.db'}"),
        )
        app = App.build(settings)
        try:
            coming = sorted(heaps, key=lambda heap: -heap.seen)
            # One for all windows: each is woken by every commit.
            yield Stage(clock, sentry, app, coming, app.worker())
        finally:
            app.close()


def grace_of(month: Month) -> timedelta:
    """Whole hours, and more of them than the latest error needs."""
    return timedelta(hours=month.latest // 3600 + 4 if month.latest > 3600 else 2)


def _seed(number: int) -> dict[str, Any]:
    title = f"TimeoutError: shard {number}" if number % 5 == 0 else f"KeyError: field {number}"
    project = PROJECTS[number % len(PROJECTS)]
    return {"id": _FIRST + number, "project": project, "title": title, "count": 0, "firstSeen": moment(0).timestamp()}


def simulate(month: Month, folder: Path, *, say: bool = False) -> dict[str, Any]:
    """Live through the month and the grace after it, then hold what was counted against the server's memory."""
    began = time.monotonic()
    heaps = list(month.heaps())
    with stage(month, heaps, folder) as set_up:
        down = False
        ends = month.seconds + int(grace_of(month).total_seconds()) + 2 * STEP
        for number, end in enumerate(range(STEP, ends, STEP)):
            set_up.clock.at = end + DELAY.total_seconds() - month.skew(min(end, month.seconds)) + 1
            set_up.pour()
            if month.sentry_down(end) != down:
                down = month.sentry_down(end)
                told = [{"kind": "status", "path": "/api/0/", "status": 503}] if down else []
                set_up.sentry.faults(clear=True, faults=told)
            if number % _SHIFT_EVERY == 0 and month.rate(end - STEP) >= 200 and not down:
                set_up.shift(end - STEP)
            if not month.vedette_down(end) or end > month.seconds:
                set_up.work()
            if say and number % 288 == 0:
                print(f"day {number // 288}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        report = judge(set_up, month, heaps)
    return report | {"seconds": round(time.monotonic() - began, 1)}


def judge(set_up: Stage, month: Month, heaps: list[Heap]) -> dict[str, Any]:
    """What was told of each window and filter, against what the server holds."""
    truths = {each.name: truth_of(set_up.sentry, each) for each in FILTERS}
    told = {each.name: told_of(set_up, each.name) for each in FILTERS}
    starts = range(0, month.seconds, STEP)
    calm = [start for start in starts if not month.touched_by_outage(start)]
    complete = {name: {start for start, point in points.items() if point.is_complete} for name, points in told.items()}
    off = {
        name: {start: told[name][start].total - truths[name].get(start, 0) for start in complete[name]} for name in told
    }
    marked = sum(1 for points in told.values() for start in starts if start not in points or points[start].lack)
    wrong = {(name, start): by for name, found in off.items() for start, by in found.items() if by and start in starts}
    everything = told["everything"]
    calls = Counter(_kind(exchange.path) for exchange in set_up.sentry.exchanges())
    return {
        "days": month.days,
        "errors": sum(truths["everything"].values()),
        "windows": len(starts),
        "filters": len(FILTERS),
        "windows_without_outage": len(calm),
        "complete": round(sum(1 for s in calm if all(s in complete[n] for n in told)) / max(1, len(calm)), 5),
        "complete_of_all": round(sum(1 for s in starts if all(s in complete[n] for n in told)) / len(starts), 5),
        "count_error": sum(abs(by) for by in wrong.values()),
        "windows_marked_incomplete": marked,
        "windows_revised": sum(1 for point in everything.values() if point.revision),
        "lists_shifted": set_up.shifted,
        "late_errors": sum(heap.weight for heap in heaps if heap.seen - heap.at > DELAY.total_seconds()),
        "sentry_calls": dict(calls),
        "original_loop_error": round(original_loop(month, heaps, truths["everything"]), 4),
        "wrong": [f"{name} {moment(start):%d %H:%M} {by:+d}" for (name, start), by in sorted(wrong.items())[:10]],
    }


def truth_of(sentry: SentryStandIn, wanted: Filter) -> dict[int, int]:
    """Errors of the filter by window, from the server's memory."""
    found: Counter[int] = Counter()
    zero = moment(0).timestamp()
    for issue in sentry.world.memory.issues.values():
        if wanted.projects and issue.project.slug not in wanted.projects:
            continue
        if wanted.terms.each and "Timeout" not in issue.title:
            continue
        for arrival in issue.arrivals:
            found[int(arrival.at - zero) // STEP * STEP] += arrival.weight
    return found


def told_of(set_up: Stage, name: str) -> dict[int, Point]:
    """The points of the filter, by the second at which their windows begin."""
    since, until = moment(-STEP), moment(set_up.clock.at)
    points = set_up.app.store.read(lambda tx: windows.between(tx, "default", name, since=since, until=until))
    zero = moment(0)
    return {round((point.window.start - zero).total_seconds()): point for point in points if point.lack is not None}


def _kind(path: str) -> str:
    return next(
        (word for word in ("events-timeseries", "events", "issues", "projects") if f"/{word}/" in path), "other"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate, and print the report; 1 where a complete window is wrong, or too few are complete."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="half a day, and errors an hour late at most")
    parser.add_argument("--days", type=float, default=0.0)
    asked = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    # A month of errors is kept in memory; to look for garbage among them at every turn is a third of the time.
    gc.set_threshold(100_000, 50, 100)
    month = Month(_QUICKLY, latest=3000) if asked.quick else Month(asked.days or 30.0)
    with tempfile.TemporaryDirectory() as folder:
        report = simulate(month, Path(folder), say=True)
    print(json.dumps(report))
    return int(report["count_error"] != 0 or report["complete"] < 0.95)


if __name__ == "__main__":
    sys.exit(main())
