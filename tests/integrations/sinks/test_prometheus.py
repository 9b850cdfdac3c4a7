"""Remote-write: the suite of sinks, and what only remote-write does."""

import struct
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import cramjam
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.conformance.sinks import FIVE, NOON, POINT, Kept, SinkCase, SinkConformance, Spot, at, push
from tests.integrations.sinks.cases import KEY, TIMEOUT, instant, now, secret, trouble
from vedette.errors import Refused, Unauthorised, Unavailable
from vedette.integrations.prometheus import Config, Prometheus, halves, metric_name
from vedette.model.metrics import Point
from vedette.ports import protobuf
from vedette.sandbox.notifiers.inbox import Ill
from vedette.sandbox.sinks.prometheus import PrometheusStandIn
from vedette.sandbox.sinks.unpacking import Unreadable, unsnap

HEADERS = {
    "Authorization": f"Bearer {KEY}",
    "Content-Type": "application/x-protobuf",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}


def made(desk: PrometheusStandIn, key: str = KEY, **settings: Any) -> Prometheus:
    given = {"url": f"{desk.url}/api/v1/write", "token": secret(key), "allow_private": True, **settings}
    return Prometheus("prom", Config.model_validate(given), timeout=TIMEOUT)


def case_of(desk: PrometheusStandIn, **settings: Any) -> SinkCase:
    def spots(metric: str) -> Mapping[Spot, float]:
        return {
            (dict(labels)["filter"], instant(ms / 1000)): value
            for (labels, ms), value in desk.samples.items()
            if dict(labels)["__name__"] == metric
        }

    def kept() -> list[Kept]:
        return [
            Kept(dict(labels)["filter"], instant(ms / 1000), value)
            for (labels, ms), value in desk.arrived
            if dict(labels)["__name__"] == "vedette_errors"
        ]

    return SinkCase(
        made(desk, **settings),
        chart=lambda: spots("vedette_errors"),
        kept=kept,
        whole=lambda: {spot: value == 1 for spot, value in spots("vedette_errors_complete").items()},
        bodies=lambda: desk.bodies,
        stranger=made(desk, "bad-bad-bad", **settings),
        secrets=(KEY,),
        trouble=trouble(desk),
        revoke=desk.revoke,
        mend=desk.mend,
    )


@pytest.fixture
def desk() -> Iterator[PrometheusStandIn]:
    with PrometheusStandIn(key=KEY, now=now) as desk:
        yield desk


class TestPrometheus(SinkConformance):
    """A server that keeps the first value of a moment, as Prometheus does."""

    @pytest.fixture
    def case(self, desk: PrometheusStandIn) -> Iterator[SinkCase]:
        with closing(case_of(desk)) as case:
            yield case


class TestServerThatTakesCorrections(SinkConformance):
    """A server of which the later value of a moment stands."""

    @pytest.fixture
    def case(self) -> Iterator[SinkCase]:
        with (
            PrometheusStandIn(key=KEY, now=now, replaces=True) as desk,
            closing(case_of(desk, corrections=True)) as case,
        ):
            yield case


def test_a_request_is_what_the_specification_says(desk: PrometheusStandIn) -> None:
    with closing(made(desk, labels={"zone": "b", "Area": "a"})) as sink:
        (body,) = sink.render([at(1, total=3), POINT])
    first = body["timeseries"][0]
    assert [(label["name"], label["value"]) for label in first["labels"]] == [
        ("Area", "a"),
        ("__name__", "vedette_errors"),
        ("filter", "checkout"),
        ("instance", "default"),
        ("zone", "b"),
    ]
    ends = [int((NOON - FIVE).timestamp()) * 1000, int(NOON.timestamp()) * 1000]
    assert first["samples"] == [{"value": 3.0, "timestamp": ends[0]}, {"value": 42.0, "timestamp": ends[1]}]


def test_what_is_too_old_and_what_is_there_already_is_told_and_the_rest_of_the_batch_arrives(
    desk: PrometheusStandIn,
) -> None:
    with closing(made(desk)) as sink:
        assert not push(sink, at(0, total=1), at(0, filter_="other", total=1))
        words = push(sink, at(20, filter_="third", total=9), at(1, total=8), at(0, total=2), at(1, filter_="third"))
        left_out = "1 of 4 points left out"
        assert {each.partition(": ")[0]: each.partition(": ")[2] for each in words} == {
            f"{left_out} (too old for the server)": "third in [2026-03-01T10:15:00Z, 2026-03-01T10:20:00Z)",
            f"{left_out} (the server has that series up to there, or further)": (
                "checkout in [2026-03-01T11:50:00Z, 2026-03-01T11:55:00Z)"
            ),
            f"{left_out} (the server has another value of that moment)": (
                "checkout in [2026-03-01T11:55:00Z, 2026-03-01T12:00:00Z)"
            ),
        }
        assert not push(sink, at(0, filter_="third", total=7))
    seen = {
        (dict(labels)["filter"], ms // 1000): value
        for (labels, ms), value in desk.samples.items()
        if dict(labels)["__name__"] == "vedette_errors"
    }
    noon = int(NOON.timestamp())
    assert seen == {("checkout", noon): 1, ("other", noon): 1, ("third", noon - 300): 1, ("third", noon): 7}


def test_a_500_that_means_too_old_is_not_tried_for_ever_and_another_500_is(desk: PrometheusStandIn) -> None:
    desk.room = timedelta(minutes=30)
    with closing(made(desk)) as sink:
        assert not push(sink, at(0, total=1))
        assert not push(sink, at(3, total=4))  # late, and there is room
        (words,) = push(sink, at(8, total=5))
        assert "too old for the server" in words
        desk.ills.append(Ill.DOWN)
        with pytest.raises(Unavailable):
            push(sink, at(0, filter_="new"))


def test_a_refusal_for_another_reason_leaves_nothing_out_in_silence(desk: PrometheusStandIn) -> None:
    desk.refusing = "label value too long"
    with closing(made(desk)) as sink:
        with pytest.raises(Refused, match="label value too long"):
            push(sink, at(1), POINT)
        assert len(desk.seen) == 1
        assert not push(sink, at(1), POINT)


def test_a_point_that_is_given_in_two_revisions_is_sent_in_its_newest(desk: PrometheusStandIn) -> None:
    with closing(made(desk)) as sink:
        assert not push(sink, POINT, replace(POINT, total=43, revision=1), replace(POINT, total=40, revision=0))
    assert [value for (labels, _), value in desk.arrived if ("__name__", "vedette_errors") in labels] == [43]


def test_basic_authentication_and_a_tenant_travel_as_headers(desk: PrometheusStandIn) -> None:
    with (
        closing(
            made(desk, token=None, username="me", password=secret("pa:ss"), headers={"X-Scope-OrgID": secret("t1")})
        ) as sink,
        pytest.raises(Unauthorised) as told,
    ):
        push(sink, POINT)
    headers = desk.seen[-1].headers
    assert (headers["authorization"], headers["x-scope-orgid"]) == ("Basic bWU6cGE6c3M=", "t1")
    assert "pa:ss" not in str(told.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"username": "me"}, "belong together"),
        ({"username": "me", "password": secret("x"), "token": secret("y")}, "not both"),
        ({"labels": {"a-b": "x"}}, "a-b is no label's name"),
        ({"labels": {"__a": "x"}}, "__a is no label's name"),
        ({"labels": {"filter": "x"}}, "filter is a label of every series already"),
        ({"url": "prometheus:9090"}, "expected a web address"),
    ],
)
def test_settings_that_cannot_work_are_refused_in_words(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Config.model_validate({"url": "http://prometheus.example.test/api/v1/write"} | settings)


def test_a_private_network_is_refused_unless_it_is_allowed(desk: PrometheusStandIn) -> None:
    with closing(made(desk, allow_private=False)) as sink, pytest.raises(Refused, match="allow_private: true"):
        push(sink, POINT)
    assert not desk.seen


@pytest.mark.parametrize(
    ("name", "taken"), [("vedette.errors", "vedette_errors"), ("9.x-y", "_9_x_y"), ("a:b", "a:b"), ("ü", "_")]
)
def test_a_name_is_made_one_that_prometheus_takes(name: str, taken: str) -> None:
    assert metric_name(name) == taken


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=12, unique=True), st.booleans())
def test_halves_are_the_whole_in_order_and_always_smaller(spots: list[tuple[int, int]], by_time: bool) -> None:
    points: list[Point] = [at(5 - window, filter_=f"f{n}") for window, n in sorted(spots)]
    older, newer = halves(points, by_time=by_time)
    assert [*older, *newer] == points
    assert older
    one_window = len({point.window for point in points}) == 1
    assert bool(newer) is not (one_window and by_time)


@given(st.binary(max_size=3000) | st.text(alphabet="ab", max_size=9000).map(str.encode))
def test_the_stand_in_unpacks_what_snappy_packs(data: bytes) -> None:
    assert unsnap(bytes(cramjam.snappy.compress_raw(data))) == data


@given(st.binary(max_size=60))
def test_broken_bytes_are_unreadable_and_break_nothing(data: bytes) -> None:
    with suppress(Unreadable):
        assert len(unsnap(data)) >= 0
    with suppress(protobuf.Malformed):
        assert all(number >= 0 for number, _ in protobuf.fields(data))


def series(*labels: tuple[str, str], samples: tuple[tuple[float, int], ...] = ((1.0, 1_772_366_400_000),)) -> bytes:
    def field(number: int, held: bytes) -> bytes:
        assert len(held) < 128
        return bytes([number << 3 | 2, len(held)]) + held

    def varint(value: int) -> bytes:
        return bytes([value & 127 | 128]) + varint(value >> 7) if value > 127 else bytes([value])

    inner = b"".join(field(1, field(1, name.encode()) + field(2, value.encode())) for name, value in labels)
    inner += b"".join(field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + varint(ms)) for value, ms in samples)
    return field(1, inner)


GOOD = (("__name__", "up"), ("filter", "x"))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (series(GOOD[1], GOOD[0]), "not sorted"),
        (series(GOOD[0], GOOD[1], GOOD[1]), "comes twice"),
        (series(GOOD[1]), "__name__"),
        (series(("__name__", "a.b")), "__name__"),
        (series(GOOD[0], ("a-b", "x")), "no valid name"),
        (series(GOOD[0], ("a", "")), "no value"),
        (series(*GOOD, samples=()), "samples"),
        (series(*GOOD, samples=((1, 20), (1, 10))), "order"),
        (b"\x0a\x7f", "breaks off"),
        (b"\x62\x00", "field 12"),
    ],
)
def test_the_stand_in_refuses_what_breaks_the_specification(desk: PrometheusStandIn, body: bytes, words: str) -> None:
    answer = httpx2.post(
        f"{desk.url}/api/v1/write",
        content=bytes(cramjam.snappy.compress_raw(body)),
        headers=HEADERS,
        trust_env=False,
    )
    assert answer.status_code == 400
    assert words in answer.text
    assert not desk.samples


@pytest.mark.parametrize("name", ["Content-Type", "Content-Encoding", "X-Prometheus-Remote-Write-Version"])
def test_the_stand_in_wants_every_header(desk: PrometheusStandIn, name: str) -> None:
    headers = {**HEADERS, name: "other"}
    body = bytes(cramjam.snappy.compress_raw(series(*GOOD)))
    answer = httpx2.post(f"{desk.url}/api/v1/write", content=body, headers=headers, trust_env=False)
    assert (answer.status_code, name.lower() in answer.text) == (400, True)
    assert httpx2.post(f"{desk.url}/api/v1/write", content=body, headers=HEADERS, trust_env=False).status_code == 204


def test_the_stand_in_wants_snappy(desk: PrometheusStandIn) -> None:
    answer = httpx2.post(f"{desk.url}/api/v1/write", content=b"hello", headers=HEADERS, trust_env=False)
    assert answer.status_code == 400
