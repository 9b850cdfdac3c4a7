"""A desk whose clock stands in the past, with a filter to count by and a sink that remembers what it was told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.flows.conftest import Desk
from vedette.errors import VedetteError
from vedette.flows import monitor
from vedette.flows.context import Context
from vedette.model.metrics import Filter, Point, Resend, Window
from vedette.model.ownership import Finding
from vedette.model.settings import MonitorSettings, Settings
from vedette.ports.http import Fence
from vedette.store import windows

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
FIVE = timedelta(minutes=5)
SHOP = Filter("shop", "default", projects=("checkout",))


def window(number: int = 0) -> Window:
    """The `number`-th window after 10:00."""
    return Window(START + number * FIVE, START + (number + 1) * FIVE)


def settings_with(settings: Settings, *filters: Filter, **changes: Any) -> Settings:
    """Settings that count by these filters; Sentry is asked as soon as a window is over, trackers may be slow."""
    patient = {name: replace(each, timeout=timedelta(seconds=4)) for name, each in settings.trackers.items()}
    return replace(settings, trackers=patient, monitor=MonitorSettings(filters=filters, delay=timedelta(0), **changes))


@dataclass
class MemorySink:
    """Takes every point, and keeps it; `ills` are raised first, one a push."""

    name: str = "memory"
    resend: Resend = Resend.REPLACES
    corrects: bool = True
    taken: list[Point] = field(default_factory=list)
    ills: list[VedetteError] = field(default_factory=list)

    def render(self, points: Sequence[Point]) -> Sequence[Any]:
        return [{"filter": point.filter, "value": point.total} for point in points]

    def push(self, points: Sequence[Point], *, fence: Fence) -> Sequence[str]:
        if self.ills:
            raise self.ills.pop(0)
        self.taken += points
        return ()

    def check(self) -> Iterable[Finding]:
        return ()

    def close(self) -> None:
        return

    def totals(self, name: str = "shop") -> list[tuple[datetime, int, int]]:
        """(start, total, revision) of what it was told of the filter, in order."""
        return [(each.window.start, each.total, each.revision) for each in self.taken if each.filter == name]


@dataclass
class Watch:
    """The desk at a time of its own."""

    desk: Desk
    now: datetime = START + FIVE
    sinks: dict[str, MemorySink] = field(default_factory=lambda: {"memory": MemorySink()})

    @property
    def sink(self) -> MemorySink:
        return self.sinks["memory"]

    @property
    def context(self) -> Context:
        return replace(self.desk.app.context, clock=lambda: self.now, sinks=self.sinks)

    def arrive(self, at: datetime, *, count: int = 1, issue: int = 4512, **more: Any) -> None:
        """So many occurrences of an issue of its own, stored as of then."""
        heap = {"at": at.timestamp(), "count": count}
        self.desk.sentry.seed({"id": issue, "project": "checkout", "arrivals": [heap], "type": "KeyError", **more})

    def run(self, now: datetime | None = None) -> None:
        """Let the schedule enqueue what is due, and work it off."""
        self.now = now or self.now
        monitor.tend_monitor(self.context)
        self.work()

    def work(self) -> bool:
        """Do every job that is ready; False, so that it can stand before a condition that is waited for."""
        while self.desk.app.worker().one_job(self.context):
            pass
        return False

    def point(self, number: int = 0, name: str = "shop") -> Point | None:
        return self.desk.app.store.read(lambda tx: windows.get(tx, "default", name, window(number).start))

    def total(self, number: int = 0, name: str = "shop") -> int | None:
        found = self.point(number, name)
        return None if found is None else found.total
