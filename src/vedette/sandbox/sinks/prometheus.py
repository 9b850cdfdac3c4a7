"""A stand-in Prometheus that takes remote-write 1.0, with the head block's law as version 2.42 keeps it.

Law: one sample that it has no room for refuses its whole request, of which nothing is kept then.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from vedette.sandbox.notifiers.inbox import Post, Reply
from vedette.sandbox.sinks.desk import SinkDesk
from vedette.sandbox.sinks.unpacking import Message, Unreadable, read, unsnap

_REQUEST: Message = {
    1: (
        "timeseries",
        {
            1: ("labels", {1: ("name", "text", False), 2: ("value", "text", False)}, True),
            2: ("samples", {1: ("value", "double", False), 2: ("timestamp", "int64", False)}, True),
        },
        True,
    )
}
_METRIC, _LABEL = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*"), re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
# Half of a block of two hours: how far behind its newest sample the head takes one of a new series.
_BEHIND = timedelta(hours=1)
# Of the specification, which the server itself does not look at.
_HEADERS = {
    "content-type": "application/x-protobuf",
    "content-encoding": "snappy",
    "x-prometheus-remote-write-version": "0.1.0",
}

Labels = tuple[tuple[str, str], ...]
Moment = tuple[Labels, int]  # a series, and milliseconds


class PrometheusStandIn(SinkDesk):
    """One server; `room`: its window for samples out of order; `replaces`: of two values of a moment the later stands.

    Prometheus itself never replaces; a server that does takes samples of any age here.
    """

    def __init__(
        self,
        *,
        key: str = "p" * 32,
        room: timedelta = timedelta(0),
        replaces: bool = False,
        now: Callable[[], datetime] | None = None,
        port: int = 0,
    ) -> None:
        super().__init__(key=key, now=now, port=port)
        self.room = room
        self.replaces = replaces
        self.samples: dict[Moment, float] = {}
        self.arrived: list[tuple[Moment, float]] = []  # in their order, each that was not dropped
        self._newest: dict[Labels, int] = {}
        self._head = 0  # the newest sample of all

    def judge(self, post: Post) -> Reply:
        """Take a whole request, or nothing of it."""
        if (early := self.at_the_door(post)) is not None:
            return early
        if self.refusing:
            words, self.refusing = self.refusing, ""
            return Reply(400, words.encode())
        try:
            body = read(unsnap(post.body), _REQUEST)
        except Unreadable as problem:
            return Reply(400, str(problem).encode())
        return self.take(body, post)

    def at_the_door(self, post: Post) -> Reply | None:
        """Judge address, key and headers."""
        if post.path != "/api/v1/write":
            return Reply(404, b"404 page not found")
        if post.method != "POST":
            return Reply(405, b"Method Not Allowed")
        if post.headers.get("authorization") != f"Bearer {self.key}":
            return Reply(401, b"Unauthorized")
        wrong = [name for name, value in _HEADERS.items() if post.headers.get(name) != value]
        return Reply(400, f"header {wrong[0]} should be {_HEADERS[wrong[0]]}".encode()) if wrong else None

    def take(self, body: Any, post: Post) -> Reply:
        """Keep every sample of a request without a fault."""
        del post
        if wrong := [words for each in body.get("timeseries", ()) for words in _wrong(each)]:
            return Reply(400, wrong[0].encode())
        before = (dict(self.samples), list(self.arrived), dict(self._newest), self._head)
        for labels, at, value in _samples(body):
            if refusal := self._append(labels, at, value):
                self.samples, self.arrived, self._newest, self._head = before
                return refusal
        if body:
            self.bodies.append(body)
        return Reply(204, taken=body)

    def _append(self, labels: Labels, at: int, value: float) -> Reply | None:
        """Keep one sample, or say why not; the same again is no fault where it is the series' newest."""
        refusal = None if self.replaces else self._no_room(labels, at, value)
        same = self.samples.get((labels, at)) == value
        if refusal is None and not same and (self.replaces or (labels, at) not in self.samples):
            self.samples[(labels, at)] = value
            self.arrived.append(((labels, at), value))
            self._newest[labels] = max(at, self._newest.get(labels, at))
            self._head = max(at, self._head)
        return refusal

    def _no_room(self, labels: Labels, at: int, value: float) -> Reply | None:
        newest = self._newest.get(labels)
        if newest is not None and at == newest and value != self.samples[(labels, at)]:
            return Reply(400, b"duplicate sample for timestamp")
        if self.room:
            return Reply(500, b"too old sample") if at < self._head - _milliseconds(self.room) else None
        if newest is not None and at < newest:
            return Reply(400, b"out of order sample")
        return Reply(400, b"out of bounds") if at < self._head - _milliseconds(_BEHIND) else None


def _samples(body: Any) -> Iterator[tuple[Labels, int, float]]:
    for series in body.get("timeseries", ()):
        labels = tuple((label["name"], label["value"]) for label in series["labels"])
        for sample in series["samples"]:
            yield labels, sample["timestamp"], sample["value"]


def _wrong(series: Any) -> Iterator[str]:
    labels = [(label.get("name", ""), label.get("value", "")) for label in series.get("labels", ())]
    names = [name for name, _ in labels]
    if names != sorted(set(names)):
        yield "the labels are not sorted by name, or one comes twice"
    if not _METRIC.fullmatch(dict(labels).get("__name__", "")):
        yield "__name__ is missing or not valid"
    if not all(_LABEL.fullmatch(name) and value for name, value in labels):
        yield "a label has no valid name or no value"
    times = [sample.get("timestamp") for sample in series.get("samples", ())]
    if not times or any(each is None for each in times) or times != sorted(set(times)):
        yield "the samples are missing, without a time, or not in order"
    if not all("value" in sample for sample in series.get("samples", ())):
        yield "a sample has no value"


def _milliseconds(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)
