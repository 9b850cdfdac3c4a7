"""Remote-write into a real Prometheus, with the values read back by its own queries."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integrations.real_servers.launcher import Server, prometheus
from tests.integrations.real_servers.points import last_window, point
from vedette.integrations.prometheus import Config, Prometheus
from vedette.model.metrics import Point
from vedette.ports.http import Fence

OUT_OF_ORDER = "storage: {tsdb: {out_of_order_time_window: 2h}}\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with prometheus(tmp_path) as running:
        yield running


@pytest.fixture
def sink(server: Server) -> Iterator[Prometheus]:
    yield from sink_of(server)


def sink_of(server: Server) -> Iterator[Prometheus]:
    config = Config(url=f"{server.url}/api/v1/write", allow_private=True, labels={"site": "north"})
    made = Prometheus("prom", config, timeout=5)
    yield made
    made.close()


def push(sink: Prometheus, *points: Point) -> list[str]:
    return list(sink.push(points, fence=Fence.after(60)))


def stored(server: Server, name: str = "vedette_errors") -> dict[str, list[tuple[int, str]]]:
    """The samples of a metric as the server has them, by filter: (seconds before the last window's end, value)."""
    end = int(last_window().end.timestamp())
    found = server.instant(f"{name}[2d]", at=end + 1)
    return {labels["filter"]: [(end - at, value) for at, value in samples] for labels, samples in found}


def test_what_was_counted_is_read_back_at_the_ends_of_its_windows_zeros_too(server: Server, sink: Prometheus) -> None:
    assert push(sink, point(7), point(0, ago=1), point(12, ago=2)) == []
    assert stored(server) == {"checkout": [(600, "12"), (300, "0"), (0, "7")]}
    assert stored(server, "vedette_errors_complete") == {"checkout": [(600, "1"), (300, "1"), (0, "1")]}
    ((labels, _),) = server.instant("vedette_errors_users[1h]", at=last_window().end.timestamp() + 1)
    assert labels == {
        "__name__": "vedette_errors_users",
        "filter": "checkout",
        "instance": "default",
        "site": "north",
    }


def test_filters_that_differ_by_one_sign_stay_apart(server: Server, sink: Prometheus) -> None:
    names = ["a.b", "a_b", "a b", 'a"b\\', "ä/b", "a-b"]
    assert push(sink, *(point(n, name=name) for n, name in enumerate(names))) == []
    assert stored(server) == {name: [(0, str(n))] for n, name in enumerate(names)}


def test_the_same_points_again_change_nothing_and_what_is_new_beside_them_arrives(
    server: Server, sink: Prometheus
) -> None:
    push(sink, point(5, ago=2), point(6, ago=1))
    (told,) = push(sink, point(5, ago=2), point(6, ago=1), point(7), point(1, name="other"))
    assert "1 of 4 points left out (the server has that series up to there, or further): checkout in [" in told
    assert stored(server) == {"checkout": [(600, "5"), (300, "6"), (0, "7")], "other": [(0, "1")]}


def test_another_count_of_a_window_is_left_out_and_said(server: Server, sink: Prometheus) -> None:
    push(sink, point(5))
    (told,) = push(sink, point(9, revision=1), point(3, name="other"))
    assert "1 of 2 points left out (the server has another value of that moment): checkout in [" in told
    assert stored(server) == {"checkout": [(0, "5")], "other": [(0, "3")]}


def test_windows_older_than_an_hour_are_left_out_and_the_newer_ones_of_their_request_arrive(
    server: Server, sink: Prometheus
) -> None:
    push(sink, point(1))
    (told,) = push(sink, *(point(ago, ago=ago, name="late") for ago in range(24, -1, -1)))
    arrived = stored(server)["late"]
    # Half of two hours of blocks: twelve windows back from the newest sample, or thirteen.
    assert len(arrived) in (12, 13)
    assert [int(value) * 300 for _, value in arrived] == [before for before, _ in arrived]
    assert f"{25 - len(arrived)} of 25 points left out (too old for the server): late in [" in told


def test_a_server_with_room_for_samples_out_of_order_takes_missed_windows_late(tmp_path: Path) -> None:
    with prometheus(tmp_path, settings=OUT_OF_ORDER) as server:
        for sink in sink_of(server):
            push(sink, point(1))
            assert push(sink, point(4, ago=6), point(5, ago=20)) == []
            # This one is answered with a 500, which must not be tried again for ever.
            (told,) = push(sink, point(3, ago=60), point(2, ago=1))
            assert "1 of 2 points left out (too old for the server)" in told
            assert stored(server) == {"checkout": [(6000, "5"), (1800, "4"), (300, "2"), (0, "1")]}


def test_with_room_for_samples_out_of_order_a_second_count_of_an_older_window_stands_and_a_third_vanishes(
    tmp_path: Path,
) -> None:
    with prometheus(tmp_path, settings=OUT_OF_ORDER) as server:
        for sink in sink_of(server):
            push(sink, point(5, ago=2), point(6))
            assert push(sink, point(9, ago=2, revision=1)) == []
            assert stored(server) == {"checkout": [(600, "9"), (0, "6")]}
            assert push(sink, point(11, ago=2, revision=2)) == []
            assert stored(server) == {"checkout": [(600, "9"), (0, "6")]}


def test_a_span_has_both_its_ends_so_that_the_queries_on_the_page_ask_for_a_little_less(
    server: Server, sink: Prometheus
) -> None:
    push(sink, *(point(1, ago=ago) for ago in range(13)))
    end = last_window().end.timestamp()
    assert server.number("sum_over_time(vedette_errors[59m])", at=end) == 12
    assert server.number("sum_over_time(vedette_errors[1h])", at=end) in (12, 13)  # 12 from Prometheus 3 on
    assert server.number("last_over_time(vedette_errors[10m])", at=end + 360) == 1
    assert server.number("vedette_errors", at=end + 360) is None


def test_five_hundred_points_that_the_server_has_already_are_found_out_within_seconds(
    server: Server, sink: Prometheus
) -> None:
    points = [point(n, ago=ago, name=f"filter {n}") for ago in range(9, -1, -1) for n in range(50)]
    assert push(sink, *points) == []
    (told,) = push(sink, *points)
    assert "450 of 500 points left out" in told
    assert len(stored(server)) == 50


def test_the_live_check_writes_nothing_and_knows_a_server_that_takes_no_samples(tmp_path: Path) -> None:
    with prometheus(tmp_path) as server:
        for sink in sink_of(server):
            assert [(finding.ok, finding.message) for finding in sink.check()] == [(True, "takes samples")]
            assert server.instant('{filter=~".+"}[1d]', at=last_window().end.timestamp()) == []


def test_a_server_without_the_receiver_is_told_with_the_flag_that_it_needs(tmp_path: Path) -> None:
    with prometheus(tmp_path, receives=False) as server:
        for sink in sink_of(server):
            (finding,) = sink.check()
            assert not finding.ok
            assert "--web.enable-remote-write-receiver" in finding.message + finding.cure
