"""Metrics: what Prometheus reads; this process's own counters, and what all processes share in the store."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from vedette.errors import Unavailable
from vedette.flows.tally import REFUSED, WINDOW
from vedette.flows.telemetry import REGISTRY
from vedette.model.access_runs import Drift
from vedette.model.alarms import CauseKind, Severity
from vedette.model.metrics import Point
from vedette.model.recall import HOUR, RecallHour
from vedette.rules.recall import by_project, hour_of
from vedette.store import access, alarms, counters, flood, views, windows
from vedette.store.database import Health, Store, Tx
from vedette.store.limits import DestinationState
from vedette.store.views import NowView

# A filter that has counted nothing for so long is taken for one that is no longer in the settings.
_SILENT = timedelta(days=1)
_UNLOOKED = timedelta(days=8)  # looks are at most a week apart: one so old is of an instance that is let go
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series per counter that nobody asks for


@dataclass(frozen=True, slots=True)
class Standing:
    """What all processes share: the view of now, and how many deliveries were refused within `tally.WINDOW`."""

    view: NowView
    refused: int
    held: Mapping[str, int]  # issues that wait in digests, by state
    alarms: Mapping[tuple[CauseKind, Severity], int]  # causes that stand
    drifts: Sequence[Drift]  # the last look at each organisation
    counted: Sequence[tuple[Point, int]]  # each filter's newest counted window, and all that it ever counted


def exposition(standing: Standing | None, health: Health) -> bytes:
    """The text of /metrics; without a standing (the store does not answer) the process's own part still stands."""
    shared = CollectorRegistry()
    shared.register(_Shared(standing, health))
    return generate_latest(REGISTRY) + generate_latest(shared)


class _Shared(Collector):
    """Gauges of the store, each named with its unit."""

    def __init__(self, standing: Standing | None, health: Health) -> None:
        self._standing = standing
        self._health = health

    def collect(self) -> Iterator[Metric]:
        yield from _of_health(self._health)
        if self._standing is not None:
            view = self._standing.view
            yield _gauge("vedette_refusals_10m", "Deliveries refused within ten minutes.", self._standing.refused)
            held = GaugeMetricFamily("vedette_held", "Issues whose tickets are held back, by state.", labels=["state"])
            for state, count in self._standing.held.items():
                held.add_metric([state], count)
            yield held
            yield _of_alarms(self._standing.alarms)
            yield from _of_queue(view)
            yield from _of_deliveries(view)
            yield from _of_recall(view.recall, now=view.at)
            yield from _of_destinations(view.destinations, now=view.at)
            yield from _of_windows(self._standing.counted)
            yield _of_sums(self._standing.counted)
            yield from _of_drifts(self._standing.drifts)


def _of_health(health: Health) -> Iterator[Metric]:
    yield _gauge("vedette_ready", "1 when /readyz is green.", int(health.ok))
    yield _gauge("vedette_store_waiting", "Deliveries and works that wait for the disk.", health.waiting)


def _of_alarms(counted: Mapping[tuple[CauseKind, Severity], int]) -> Metric:
    standing = GaugeMetricFamily("vedette_alarms", "Causes of alarm that stand.", labels=["kind", "severity"])
    for (kind, severity), count in sorted(counted.items()):
        standing.add_metric([kind.value, severity.value], count)
    return standing


def _of_queue(view: NowView) -> Iterator[Metric]:
    depth = GaugeMetricFamily("vedette_queue_jobs", "Jobs that are not over.", labels=["kind", "state", "destination"])
    for key, count in sorted(view.depth.items()):
        depth.add_metric([key.kind, key.state, key.destination], count)
    yield depth
    yield _gauge("vedette_queue_dead", "Dead letters.", view.dead)
    oldest = view.oldest_ready.total_seconds() if view.oldest_ready else 0
    yield _gauge("vedette_queue_oldest_ready_seconds", "How long the job waits that could run longest ago.", oldest)


def _of_deliveries(view: NowView) -> Iterator[Metric]:
    oldest = view.oldest_pending.total_seconds() if view.oldest_pending else 0
    yield _gauge("vedette_deliveries_pending", "Deliveries that nobody has read yet.", view.pending)
    yield _gauge("vedette_deliveries_oldest_pending_seconds", "How long the oldest of them waits.", oldest)
    by_state = GaugeMetricFamily("vedette_deliveries_day", "Deliveries received within a day.", labels=["state"])
    for state, count in view.deliveries.items():
        by_state.add_metric([str(state)], count)
    yield by_state
    claims = GaugeMetricFamily("vedette_claims_live", "Live claims of the ledger.", labels=["state"])
    for claim_state, count in sorted(view.claims.items()):
        claims.add_metric([str(claim_state)], count)
    yield claims


def _of_recall(hours: Sequence[RecallHour], *, now: datetime) -> Iterator[Metric]:
    """Over the last day, and of the hour before last: the newest whose hooks have surely had their grace."""
    newest = hour_of(now) - 2 * HOUR
    for name, words, rows in (
        ("vedette_recall", "within the last 24 whole hours", by_project(hours)),
        ("vedette_recall_hour", "in the hour before last", [row for row in hours if row.hour == newest]),
    ):
        labels = ["instance", "project", "hook"]
        due = GaugeMetricFamily(f"{name}_due", f"Hooks due by what sweeps saw {words}.", labels=labels)
        heard = GaugeMetricFamily(f"{name}_heard", f"Those of them that came {words}.", labels=labels)
        for row in rows:
            due.add_metric([row.instance, row.project, str(row.hook)], row.due)
            heard.add_metric([row.instance, row.project, str(row.hook)], row.heard)
        yield due
        yield heard


def _of_destinations(states: tuple[DestinationState, ...], *, now: datetime) -> Iterator[Metric]:
    gauges = {
        "paused": GaugeMetricFamily("vedette_destination_paused", "1 while paused.", labels=["destination"]),
        "open": GaugeMetricFamily("vedette_destination_breaker_open", "1 while open.", labels=["destination"]),
        "throttled": GaugeMetricFamily("vedette_destination_throttled", "1 after a 429.", labels=["destination"]),
        "failures": GaugeMetricFamily("vedette_destination_failures", "Failures in a row.", labels=["destination"]),
    }
    for state in states:
        gauges["paused"].add_metric([state.name], int(state.paused_at is not None))
        gauges["open"].add_metric([state.name], int(state.open_until is not None))
        throttled = state.throttled_until is not None and state.throttled_until > now
        gauges["throttled"].add_metric([state.name], int(throttled))
        gauges["failures"].add_metric([state.name], state.failures)
    yield from gauges.values()


def _of_windows(counted: Sequence[tuple[Point, int]]) -> Iterator[Metric]:
    """Of each filter's newest counted window; what is not known has no line, which is not 0."""
    words = "of the newest counted window."
    for name, told, values in (
        ("vedette_monitor_window_errors", f"Errors {words}", [point.total for point, _ in counted]),
        ("vedette_monitor_window_users", f"Affected users {words}", [point.users for point, _ in counted]),
        ("vedette_monitor_window_new_issues", f"New issues {words}", [point.new for point, _ in counted]),
        ("vedette_monitor_window_regressed_issues", f"Issues come back {words}", [p.regressed for p, _ in counted]),
        ("vedette_monitor_window_complete", "1 when its count is whole.", [int(p.is_complete) for p, _ in counted]),
        ("vedette_monitor_window_end_timestamp_seconds", "Its end.", [p.window.end.timestamp() for p, _ in counted]),
    ):
        gauge = GaugeMetricFamily(name, told, labels=["filter", "instance"])
        for (point, _), value in zip(counted, values, strict=True):
            if value is not None:
                gauge.add_metric([point.filter, point.instance], value)
        yield gauge


def _of_sums(counted: Sequence[tuple[Point, int]]) -> Metric:
    errors = CounterMetricFamily(
        "vedette_monitor_errors_total", "Errors of all windows since the filter began.", labels=["filter", "instance"]
    )
    for point, total in counted:
        errors.add_metric([point.filter, point.instance], total)
    return errors


def _of_drifts(drifts: Sequence[Drift]) -> Iterator[Metric]:
    """Of each organisation that is looked at by the clock."""
    for name, told, values in (
        ("vedette_access_drift", "Changes that would make it as declared.", [each.changes for each in drifts]),
        ("vedette_access_held_back", "Differences that are held back.", [each.withheld for each in drifts]),
        ("vedette_access_looked_timestamp_seconds", "When it was looked at.", [each.at.timestamp() for each in drifts]),
    ):
        gauge = GaugeMetricFamily(name, told, labels=["instance"])
        for each, value in zip(drifts, values, strict=True):
            gauge.add_metric([each.instance], value)
        yield gauge


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def read(store: Store, *, now: datetime) -> Standing | None:
    """What stands behind the shared gauges; None while the store cannot be read."""

    def work(tx: Tx) -> Standing:
        refused = counters.total(tx, REFUSED, since=now - WINDOW)
        stand = Counter((each.cause.kind, each.cause.severity) for each in alarms.standing(tx))
        counted = windows.counted(tx, since=now - _SILENT)
        looks = [each for each in access.drifts(tx) if now - each.at < _UNLOOKED]
        return Standing(views.now(tx, now, last=1), refused, flood.waiting(tx), stand, looks, counted)

    try:
        return store.read(work)
    except Unavailable:
        return None
