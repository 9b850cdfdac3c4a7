"""Remote-write into a real VictoriaMetrics, with the values read back: what it takes, keeps twice, and corrects.

The facts that docs/how-to/send-to-prometheus.md tells of version 1.79.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.integrations.real_servers.launcher import VictoriaMetricsServer, victoria_metrics
from tests.integrations.real_servers.points import last_window, point
from vedette.integrations.prometheus import Config, Prometheus
from vedette.model.metrics import Point
from vedette.ports.http import Fence

DEDUPLICATING = "-dedup.minScrapeInterval=1ms"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[VictoriaMetricsServer]:
    with victoria_metrics(tmp_path, DEDUPLICATING) as running:
        yield running


@contextmanager
def sink_of(server: VictoriaMetricsServer, *, corrections: bool = False) -> Iterator[Prometheus]:
    config = Config(url=f"{server.url}/api/v1/write", allow_private=True, corrections=corrections)
    with closing(Prometheus("vm", config, timeout=5)) as sink:
        yield sink


def push(sink: Prometheus, *points: Point) -> list[str]:
    return list(sink.push(points, fence=Fence.after(20)))


def stored(server: VictoriaMetricsServer) -> dict[str, list[tuple[int, str]]]:
    """The totals as the server has them, by filter: (seconds before the last window's end, value)."""
    end = int(last_window().end.timestamp())
    found = server.instant("vedette_errors[2d]", at=end + 1)
    return {labels["filter"]: [(end - at, value) for at, value in samples] for labels, samples in found}


def test_what_was_counted_is_read_back_however_old_it_is(server: VictoriaMetricsServer) -> None:
    with sink_of(server) as sink:
        assert push(sink, point(7), point(0, ago=1), point(3, name='a"b\\.ä')) == []
        assert push(sink, point(12, ago=288)) == []
    assert stored(server) == {"checkout": [(86_400, "12"), (300, "0"), (0, "7")], 'a"b\\.ä': [(0, "3")]}


def test_the_same_points_twice_are_one_where_the_server_takes_twins_away(server: VictoriaMetricsServer) -> None:
    with sink_of(server) as sink:
        for _ in range(2):
            assert push(sink, point(5, ago=1), point(6)) == []
        assert [finding.ok for finding in sink.check()] == [True]
    assert stored(server) == {"checkout": [(300, "5"), (0, "6")]}


def test_a_server_that_takes_no_twins_away_keeps_them_and_the_live_check_says_so(tmp_path: Path) -> None:
    with victoria_metrics(tmp_path) as server, sink_of(server) as sink:
        for _ in range(2):
            push(sink, point(6))
        findings = list(sink.check())
        assert stored(server) == {"checkout": [(0, "6"), (0, "6")]}
    assert [(finding.ok, finding.message) for finding in findings] == [
        (True, "takes samples"),
        (False, "keeps both of two equal samples"),
    ]
    assert DEDUPLICATING in findings[1].cure


def test_a_correction_is_taken_and_stands_as_long_as_its_samples_lie_apart(server: VictoriaMetricsServer) -> None:
    with sink_of(server, corrections=True) as sink:
        push(sink, point(5, ago=1), point(6))
        stored(server)
        assert push(sink, point(9, ago=1, revision=1)) == []
    assert stored(server) == {"checkout": [(300, "9"), (0, "6")]}


def test_once_they_are_merged_version_1_79_may_go_back_to_the_older_value(server: VictoriaMetricsServer) -> None:
    with sink_of(server, corrections=True) as sink:
        push(sink, point(5))
        stored(server)
        push(sink, point(9, revision=1))
    assert stored(server) == {"checkout": [(0, "9")]}
    server.ask("/internal/force_merge")
    # Which one stands then is the server's choice; later versions keep the larger.
    assert stored(server)["checkout"][-1][1] in ("5", "9")
    assert len(stored(server)["checkout"]) == 1
