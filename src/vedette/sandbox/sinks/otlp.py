"""A stand-in receiver of OTLP over HTTP: gauges as protobuf or JSON, one value a series and moment.

Law: a request is refused whole where it breaks the format; a value that is not wanted is left out, and counted in
`partialSuccess`, while the rest is kept. Answers come in the encoding of their request.
"""

import gzip
import json
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from vedette.sandbox.notifiers.inbox import Post, Reply
from vedette.sandbox.sinks.desk import SinkDesk
from vedette.sandbox.sinks.unpacking import Message, Unreadable, read

_ATTRIBUTE: Message = {1: ("key", "text", False), 2: ("value", {1: ("stringValue", "text", False)}, False)}
_POINT: Message = {
    2: ("startTimeUnixNano", "fixed64", False),
    3: ("timeUnixNano", "fixed64", False),
    4: ("asDouble", "double", False),
    6: ("asInt", "sfixed64", False),
    7: ("attributes", _ATTRIBUTE, True),
}
_METRIC: Message = {
    1: ("name", "text", False),
    2: ("description", "text", False),
    3: ("unit", "text", False),
    5: ("gauge", {1: ("dataPoints", _POINT, True)}, False),
}
_SCOPE: Message = {1: ("name", "text", False), 2: ("version", "text", False)}
_SCOPED: Message = {1: ("scope", _SCOPE, False), 2: ("metrics", _METRIC, True)}
_OF_RESOURCE: Message = {
    1: ("resource", {1: ("attributes", _ATTRIBUTE, True)}, False),
    2: ("scopeMetrics", _SCOPED, True),
}
_REQUEST: Message = {1: ("resourceMetrics", _OF_RESOURCE, True)}
_PROTOBUF, _JSON = "application/x-protobuf", "application/json"
# The syntax of an instrument's name and unit, by the specification of the metrics API.
_NAME, _UNIT = re.compile(r"[a-zA-Z][a-zA-Z0-9_.\-/]{0,254}"), re.compile(r"[\x21-\x7e]{0,63}")
_WHOLE = re.compile(r"-?[0-9]{1,19}")

Series = tuple[str, tuple[tuple[str, str], ...]]
Moment = tuple[Series, int]  # a series, and nanoseconds


class OtlpStandIn(SinkDesk):
    """One receiver; `replaces`: of two values of a moment the later stands, else the first."""

    def __init__(
        self,
        *,
        key: str = "o" * 32,
        replaces: bool = False,
        now: Callable[[], datetime] | None = None,
        port: int = 0,
    ) -> None:
        super().__init__(key=key, now=now, port=port)
        self.replaces = replaces
        self.warning = ""  # said with a 200 that rejects nothing
        self.values: dict[Moment, float] = {}
        self.arrived: list[tuple[Moment, float]] = []  # in their order, each that was not dropped
        self.resources: list[dict[str, str]] = []

    def judge(self, post: Post) -> Reply:
        """Judge the door, unpack, look, keep."""
        if (early := self.at_the_door(post)) is not None:
            return early
        if self.refusing:
            words, self.refusing = self.refusing, ""
            return self._no(post, 400, words)
        try:
            return self.take(_decoded(post), post)
        except (Unreadable, ValueError, OSError, EOFError, zlib.error) as problem:
            return self._no(post, 400, f"cannot be read: {problem}")

    def at_the_door(self, post: Post) -> Reply | None:
        """Judge address, key and type."""
        if post.path != "/v1/metrics":
            return Reply(404, b"404 page not found")
        if post.method != "POST":
            return Reply(405, b"405 method not allowed, supported: [POST]")
        if post.headers.get("api-key") != self.key:
            return self._no(post, 401, "Unauthenticated")
        known = post.headers.get("content-type") in (_PROTOBUF, _JSON)
        return None if known else Reply(415, b"415 unsupported media type, supported: [application/json, protobuf]")

    def take(self, body: Any, post: Post) -> Reply:
        """Keep every value that is wanted."""
        if wrong := [words for each in body.get("resourceMetrics", ()) for words in _wrong(each)]:
            return self._no(post, 400, wrong[0])
        rejected = sum([not self._keep(series, at, value) for series, at, value in self._values(body)])
        if body:
            self.bodies.append(body)
        words = "another value of the same series and time is here" if rejected else self.warning
        return _said(post, 200, _partial(post, rejected, words), taken=body)

    def _values(self, body: Any) -> Iterator[tuple[Series, int, float]]:
        for each in body.get("resourceMetrics", ()):
            self.resources.append(_pairs(each["resource"]["attributes"]))
            for metric in (metric for scoped in each["scopeMetrics"] for metric in scoped["metrics"]):
                for point in metric["gauge"]["dataPoints"]:
                    series = (metric["name"], tuple(sorted(_pairs(point["attributes"]).items())))
                    value = point["asDouble"] if "asDouble" in point else int(point["asInt"])
                    yield series, int(point["timeUnixNano"]), float(value)

    def _keep(self, series: Series, at: int, value: float) -> bool:
        held = self.values.get((series, at))
        if held is not None and (held == value or not self.replaces):
            return held == value
        self.values[(series, at)] = value
        self.arrived.append(((series, at), value))
        return True

    def _no(self, post: Post, status: int, words: str) -> Reply:
        body = json.dumps({"message": words}).encode() if _is_json(post) else _field(2, words.encode())
        return _said(post, status, body)


def _decoded(post: Post) -> Any:
    plain = gzip.decompress(post.body) if post.headers.get("content-encoding") == "gzip" else post.body
    if _is_json(post):
        body = json.loads(plain)
        if not isinstance(body, dict):
            raise Unreadable("the body is no object")
        return body
    return _as_json(read(plain, _REQUEST))


def _as_json(value: Any) -> Any:
    """The same with whole numbers as text, which is how JSON has 64 bits of them."""
    if isinstance(value, dict):
        return {name: _as_json(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_as_json(each) for each in value]
    return str(value) if isinstance(value, int) else value


def _wrong(each: Any) -> Iterator[str]:
    resource = _pairs(each.get("resource", {}).get("attributes", ()))
    if not resource.get("service.name"):
        yield "the resource has no service.name"
    for scoped in each.get("scopeMetrics", ()):
        if not scoped.get("scope", {}).get("name"):
            yield "the scope has no name"
        for metric in scoped.get("metrics", ()):
            yield from _wrong_metric(metric)


def _wrong_metric(metric: Any) -> Iterator[str]:
    if unknown := set(metric) - {"name", "description", "unit", "gauge"}:
        yield f"{unknown.pop()} is not known of a metric"
    if not _NAME.fullmatch(metric.get("name", "")) or not _UNIT.fullmatch(metric.get("unit", "")):
        yield "the metric's name or unit is not valid"
    points = metric.get("gauge", {}).get("dataPoints", [])
    if not points:
        yield "the metric has no data points"
    for point in points:
        yield from _wrong_point(point)


def _wrong_point(point: Any) -> Iterator[str]:
    times = [point.get("startTimeUnixNano", ""), point.get("timeUnixNano", "")]
    if not all(isinstance(at, str) and _WHOLE.fullmatch(at) for at in times) or not 0 < int(times[0]) < int(times[1]):
        yield "start and time should be nanoseconds as text, and in this order"
    if ("asInt" in point) == ("asDouble" in point):
        yield "a data point should have one value"
    if "asInt" in point and not (isinstance(point["asInt"], str) and _WHOLE.fullmatch(point["asInt"])):
        yield "asInt should be a whole number as text"
    attributes = point.get("attributes", [])
    if len(_pairs(attributes)) != len(attributes) or "" in _pairs(attributes):
        yield "an attribute comes twice, or without a key"


def _pairs(attributes: Any) -> dict[str, str]:
    return {each["key"]: each["value"]["stringValue"] for each in attributes}


def _partial(post: Post, rejected: int, words: str) -> bytes:
    if _is_json(post):
        told = {"rejectedDataPoints": str(rejected), "errorMessage": words}
        return json.dumps({"partialSuccess": told} if rejected or words else {}).encode()
    inner = (b"\x08" + _number(rejected) if rejected else b"") + (_field(2, words.encode()) if words else b"")
    return _field(1, inner) if inner else b""


def _said(post: Post, status: int, body: bytes, *, taken: Any = None) -> Reply:
    return Reply(status, body, {"Content-Type": _JSON if _is_json(post) else _PROTOBUF}, taken=taken)


def _is_json(post: Post) -> bool:
    return post.headers.get("content-type") == _JSON


def _field(number: int, held: bytes) -> bytes:
    return _number(number << 3 | 2) + _number(len(held)) + held


def _number(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + struct.pack("B", value & 127 | 128), value >> 7
    return out + struct.pack("B", value)
