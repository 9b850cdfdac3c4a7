"""OTLP over HTTP: the suite of sinks in both encodings, and what only OTLP does."""

import gzip
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import httpx2
import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

from tests.conformance.sinks import FIVE, NOON, POINT, Kept, SinkCase, SinkConformance, Spot, at, push
from tests.integrations.sinks.cases import KEY, TIMEOUT, instant, now, secret, trouble
from vedette.errors import RateLimited, Refused, Unavailable
from vedette.integrations.otlp import Config, Otlp, partial_success, status_message
from vedette.ports.http import Answer
from vedette.sandbox.notifiers.inbox import Ill
from vedette.sandbox.sinks.otlp import OtlpStandIn

PROTOBUF, JSON = "application/x-protobuf", "application/json"


def made(desk: OtlpStandIn, key: str = KEY, **settings: Any) -> Otlp:
    given = {"url": f"{desk.url}/v1/metrics", "headers": {"api-key": secret(key)}, "allow_private": True, **settings}
    return Otlp("otel", Config.model_validate(given), timeout=TIMEOUT)


def case_of(desk: OtlpStandIn, **settings: Any) -> SinkCase:
    def spots(metric: str) -> Mapping[Spot, float]:
        return {
            (dict(labels)["filter"], instant(ns / 1e9)): value
            for ((name, labels), ns), value in desk.values.items()
            if name == metric
        }

    def kept() -> list[Kept]:
        return [
            Kept(dict(labels)["filter"], instant(ns / 1e9), value)
            for ((name, labels), ns), value in desk.arrived
            if name == "vedette.errors"
        ]

    return SinkCase(
        made(desk, **settings),
        chart=lambda: spots("vedette.errors"),
        kept=kept,
        whole=lambda: {spot: value == 1 for spot, value in spots("vedette.errors.complete").items()},
        bodies=lambda: desk.bodies,
        stranger=made(desk, "bad-bad-bad", **settings),
        secrets=(KEY,),
        trouble=trouble(desk),
        revoke=desk.revoke,
        mend=desk.mend,
    )


@pytest.fixture
def desk() -> Iterator[OtlpStandIn]:
    with OtlpStandIn(key=KEY, now=now) as desk:
        yield desk


class TestProtobuf(SinkConformance):
    """A back end that keeps the first value of a moment."""

    @pytest.fixture
    def case(self, desk: OtlpStandIn) -> Iterator[SinkCase]:
        with closing(case_of(desk)) as case:
            yield case


class TestJsonAndCorrections(SinkConformance):
    """A back end of which the later value stands, spoken to in JSON."""

    @pytest.fixture
    def case(self) -> Iterator[SinkCase]:
        with (
            OtlpStandIn(key=KEY, now=now, replaces=True) as desk,
            closing(case_of(desk, encoding="json", corrections=True)) as case,
        ):
            yield case


def test_an_independent_reader_finds_in_the_bytes_what_render_shows_field_by_field(desk: OtlpStandIn) -> None:
    points = [at(1, total=0), POINT, at(0, filter_="ü\n🦊", total=2**40)]
    with closing(made(desk, attributes={"deployment.environment.name": "prod"})) as sink:
        (shown,) = sink.render(points)
        push(sink, *points)
    sent = gzip.decompress(desk.seen[-1].body)
    read = ExportMetricsServiceRequest.FromString(sent)
    expected = json_format.ParseDict(shown, ExportMetricsServiceRequest())
    assert read == expected
    assert len(sent) == expected.ByteSize()  # so that no byte stands for a field that the reader does not know


def test_the_bytes_hold_gauges_with_start_time_unit_scope_and_resource(desk: OtlpStandIn) -> None:
    with closing(made(desk)) as sink:
        push(sink, POINT)
    read = ExportMetricsServiceRequest.FromString(gzip.decompress(desk.seen[-1].body))
    (of_resource,) = read.resource_metrics
    (scoped,) = of_resource.scope_metrics
    assert [(each.key, each.value.string_value) for each in of_resource.resource.attributes] == [
        ("service.name", "vedette")
    ]
    assert scoped.scope.name == "vedette.monitor"
    metrics = {metric.name: metric for metric in scoped.metrics}
    assert (metrics["vedette.errors"].unit, metrics["vedette.errors.users"].unit) == ("{event}", "{user}")
    (value,) = metrics["vedette.errors"].gauge.data_points
    assert (value.as_int, value.WhichOneof("value")) == (42, "as_int")
    assert value.time_unix_nano == int(NOON.timestamp()) * 10**9
    assert value.start_time_unix_nano == int((NOON - FIVE).timestamp()) * 10**9
    assert {each.key: each.value.string_value for each in value.attributes} == {
        "filter": "checkout",
        "instance": "default",
    }


def test_json_has_64_bits_as_text(desk: OtlpStandIn) -> None:
    with closing(made(desk, encoding="json")) as sink:
        push(sink, POINT)
    post = desk.seen[-1]
    assert (post.headers["content-type"], post.headers["content-encoding"]) == (JSON, "gzip")
    body = json.loads(gzip.decompress(post.body))
    first = body["resourceMetrics"][0]["scopeMetrics"][0]["metrics"][0]["gauge"]["dataPoints"][0]
    assert (first["asInt"], first["timeUnixNano"]) == ("42", f"{int(NOON.timestamp())}000000000")
    json_format.ParseDict(body, ExportMetricsServiceRequest())  # raises for a name that is none


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
def test_what_a_receiver_leaves_out_is_told_in_its_words_and_the_rest_stays(desk: OtlpStandIn, encoding: str) -> None:
    with closing(made(desk, encoding=encoding)) as sink:
        assert not push(sink, at(0, total=1))
        (words,) = push(sink, at(0, total=2), at(1, total=3))
        assert words == "the receiver left out 1 values: another value of the same series and time is here"
        desk.warning = f"the key {KEY} ends soon"
        (words,) = push(sink, at(2))
    assert words == "the receiver took everything, and says: the key … ends soon"
    assert sorted(value for ((name, _), _), value in desk.values.items() if name == "vedette.errors") == [1, 1, 3]


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
def test_a_refusal_is_told_in_the_receivers_own_words(desk: OtlpStandIn, encoding: str) -> None:
    desk.refusing = "no such tenant"
    with closing(made(desk, encoding=encoding)) as sink, pytest.raises(Refused, match="no such tenant"):
        push(sink, POINT)


def test_a_receiver_that_asks_for_patience_is_given_it(desk: OtlpStandIn) -> None:
    with closing(made(desk)) as sink:
        desk.ills.extend([Ill.LIMITED, Ill.DOWN])
        with pytest.raises(RateLimited) as limited:
            push(sink, POINT)
        with pytest.raises(Unavailable):
            push(sink, POINT)
        assert not push(sink, POINT)
    assert limited.value.wait == 2


@pytest.mark.parametrize("status", [502, 503, 504])
def test_what_passes_is_tried_again_when_the_receiver_says(status: int) -> None:
    class Busy(OtlpStandIn):
        def judge(self, post: Any) -> Any:
            reply = super().judge(post)
            return type(reply)(status, b"", {"Retry-After": "7"})

    with Busy(key=KEY) as desk, closing(made(desk)) as sink, pytest.raises(Unavailable) as told:
        push(sink, POINT)
    assert told.value.wait == 7


def test_a_wrong_path_is_refused_and_the_check_names_the_usual_one(desk: OtlpStandIn) -> None:
    with closing(made(desk, url=desk.url)) as sink:
        with pytest.raises(Refused, match="answered 404"):
            push(sink, POINT)
        (finding,) = sink.check()
    assert "/v1/metrics" in finding.cure


def answer(body: bytes, kind: str = PROTOBUF) -> Answer:
    return Answer(200, httpx2.Headers({"content-type": kind}), body)


def test_an_answer_as_the_real_library_writes_it_is_read() -> None:
    said = ExportMetricsServiceResponse()
    assert partial_success(answer(said.SerializeToString())) == (0, "")
    said.partial_success.rejected_data_points = 300
    said.partial_success.error_message = "too old"
    assert partial_success(answer(said.SerializeToString())) == (300, "too old")
    assert partial_success(answer(json_format.MessageToJson(said).encode(), JSON)) == (300, "too old")


@given(st.binary(max_size=80), st.sampled_from([PROTOBUF, JSON, "text/plain"]))
def test_an_answer_that_nobody_can_read_says_nothing_and_breaks_nothing(body: bytes, kind: str) -> None:
    rejected, said = partial_success(answer(body, kind))
    assert rejected >= 0
    assert isinstance(said, str)
    assert isinstance(status_message(answer(body, kind)), str)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"asInt": 42}, "asInt"),
        ({"asInt": "42", "asDouble": 1.5}, "one value"),
        ({"timeUnixNano": "1"}, "in this order"),
        ({"startTimeUnixNano": 5}, "as text"),
        ({"attributes": [{"key": "a", "value": {"stringValue": "1"}}] * 2}, "comes twice"),
    ],
)
def test_the_stand_in_refuses_what_breaks_the_specification(
    desk: OtlpStandIn, change: Mapping[str, Any], words: str
) -> None:
    with closing(made(desk)) as sink:
        (body,) = sink.render([POINT])
    body["resourceMetrics"][0]["scopeMetrics"][0]["metrics"][0]["gauge"]["dataPoints"][0] |= change
    said = httpx2.post(f"{desk.url}/v1/metrics", json=body, headers={"api-key": KEY}, trust_env=False)
    assert (said.status_code, words in said.json()["message"]) == (400, True)
    assert not desk.values


@pytest.mark.parametrize(("headers", "status"), [({"Content-Type": "text/plain"}, 415), ({"api-key": "x"}, 401)])
def test_the_stand_in_refuses_other_types_and_keys(desk: OtlpStandIn, headers: dict[str, str], status: int) -> None:
    said = httpx2.post(
        f"{desk.url}/v1/metrics",
        content=b"",
        headers={"api-key": KEY, "Content-Type": PROTOBUF, **headers},
        trust_env=False,
    )
    assert said.status_code == status
