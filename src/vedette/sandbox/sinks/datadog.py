"""A stand-in Datadog: the v2 series, one value per series and second, of which the newest stands.

Law: points that are too old or too early vanish without a word, and tags are turned into what Datadog makes of them, so
that two that become one there overwrite one another here too.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from vedette.sandbox.notifiers.inbox import Post, Reply
from vedette.sandbox.sinks.desk import SinkDesk, number, said

_METRIC = re.compile(r"[a-zA-Z][a-zA-Z0-9_.]{0,199}")
_COUNT, _RATE = 1, 2
_PAST, _FUTURE = timedelta(hours=1), timedelta(minutes=10)

Series = tuple[str, tuple[str, ...]]


class DatadogStandIn(SinkDesk):
    """One organisation; `historical`: points of any age are taken."""

    most_packed = 512_000
    most_plain = 5_242_880

    def __init__(self, *, key: str = "d" * 32, now: Callable[[], datetime] | None = None, port: int = 0) -> None:
        super().__init__(key=key, now=now, port=port)
        self.charts: dict[tuple[Series, int], float] = {}  # as people see them
        self.arrived: list[tuple[Series, int, float]] = []  # in their order, each that was not dropped
        self.intervals: dict[Series, int] = {}
        self.dropped = 0
        self.historical = False
        self.complaint = ""  # said with a 202

    def at_the_door(self, post: Post) -> Reply | None:
        """Judge address and key."""
        if post.headers.get("dd-api-key") != self.key:
            return said(403, {"errors": ["Forbidden"]})
        if (post.method, post.path) == ("GET", "/api/v1/validate"):
            return said(200, {"valid": True})
        return None if (post.method, post.path) == ("POST", "/api/v2/series") else said(404, {"errors": ["Not found"]})

    def take(self, body: Any, _post: Post) -> Reply:
        """Keep every point of a body without a fault; one fault refuses it all."""
        series = body.get("series") if isinstance(body, dict) else None
        if not isinstance(series, list) or not series:
            return self.refusal(400, "'series' is missing")
        if wrong := [words for each in series for words in _wrong(each)]:
            return said(400, {"errors": wrong[:10]})
        for each in series:
            self._keep(each)
        self.bodies.append(body)
        return said(202, {"errors": [self.complaint] if self.complaint else []}, taken=body)

    def _keep(self, series: dict[str, Any]) -> None:
        name: Series = (series["metric"], tuple(sorted(map(normal, series.get("tags") or ()))))
        now = self.now()
        for point in series["points"]:
            age = now.timestamp() - point["timestamp"]
            if (age > _PAST.total_seconds() and not self.historical) or age < -_FUTURE.total_seconds():
                self.dropped += 1
                continue
            self.charts[(name, point["timestamp"])] = point["value"]
            self.arrived.append((name, point["timestamp"], point["value"]))
            self.intervals[name] = series.get("interval", 0)


def normal(tag: str) -> str:
    """What Datadog makes of a tag: small letters, underscores for what it does not know, at most 200 characters."""
    known = re.sub(r"[^\w:./-]", "_", tag.lower())
    return re.sub("_+", "_", known)[:200].rstrip("_")


def _wrong(series: Any) -> list[str]:
    if not isinstance(series, dict):
        return ["a series is no object"]
    wrong = []
    if not _METRIC.fullmatch(str(series.get("metric") or "")):
        wrong.append("'metric' is missing or not valid")
    kind, tags = series.get("type", 0), series.get("tags", [])
    if kind not in (0, 1, 2, 3):
        wrong.append("'type' is not valid")
    if kind in (_COUNT, _RATE) and not (isinstance(series.get("interval"), int) and series["interval"] > 0):
        wrong.append("'interval' is missing for a count or rate")
    if not isinstance(tags, list) or len(tags) > 100 or not all(isinstance(tag, str) and tag for tag in tags):
        wrong.append("'tags' is not valid")
    points = series.get("points")
    if not isinstance(points, list) or not points or not all(map(_good, points)):
        wrong.append("'points' is not valid")
    return wrong


def _good(point: Any) -> bool:
    if not isinstance(point, dict) or set(point) != {"timestamp", "value"}:
        return False
    return isinstance(point["timestamp"], int) and 0 < point["timestamp"] < 10**11 and number(point["value"])
