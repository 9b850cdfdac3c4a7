"""A stand-in Anodot: metrics 2.0 of one account, and what its charts show.

Law: a sample that is older than the newest of its series is dropped without a word; those of one moment are added up
for a counter, and averaged for a gauge.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean
from typing import Any
from urllib.parse import parse_qs, urlsplit

from vedette.sandbox.notifiers.inbox import Post, Reply
from vedette.sandbox.sinks.desk import SinkDesk, number, said

Series = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample that was kept."""

    series: Series
    tags: Mapping[str, list[str]]
    at: int
    value: float


class AnodotStandIn(SinkDesk):
    """One account with one token."""

    def __init__(self, *, key: str = "a" * 32, now: Callable[[], datetime] | None = None, port: int = 0) -> None:
        super().__init__(key=key, now=now, port=port)
        self.samples: list[Sample] = []  # in their order
        self.dropped = 0
        self._newest: dict[Series, int] = {}

    def at_the_door(self, post: Post) -> Reply | None:
        """Judge address and token."""
        address = urlsplit(post.path)
        asked = parse_qs(address.query)
        if (post.method, address.path) != ("POST", "/api/v1/metrics"):
            return self.refusal(404, "Not Found")
        if asked.get("protocol") != ["anodot20"]:
            return self.refusal(400, "unknown protocol")
        if asked.get("token") != [self.key]:
            return self.refusal(401, f"Invalid token {asked.get('token')}")
        return None

    def take(self, body: Any, _post: Post) -> Reply:
        """Keep what is good, and say of the rest what is wrong, with a 200."""
        if not isinstance(body, list) or not body:
            return self.refusal(400, "expected an array of samples")
        if len(body) > 1000:
            return self.refusal(413, "more than 1000 samples")
        self.bodies.append(body)
        errors = []
        for index, sample in enumerate(body):
            if wrong := _wrong(sample):
                errors.append({"description": wrong, "error": 4001, "index": str(index)})
            else:
                self._keep(sample)
        return said(200, {"errors": errors}, taken=body)

    def chart(self, kind: str) -> dict[tuple[Series, int], float]:
        """What people see of all metrics of this `type`, by what else tells them apart, and second."""
        found: dict[tuple[Series, int], list[Sample]] = defaultdict(list)
        for sample in self.samples:
            if dict(sample.series).get("type") == kind:
                found[(_without(sample.series, "type", "target_type"), sample.at)].append(sample)
        return {key: _shown(samples) for key, samples in found.items()}

    def ratio(self, kind: str, by: str) -> dict[tuple[Series, int], float]:
        """A composite metric: the one divided by the other, where both are."""
        divisor = self.chart(by)
        return {key: value / divisor[key] for key, value in self.chart(kind).items() if divisor.get(key)}

    def refusal(self, status: int, words: str) -> Reply:
        """Anodot's way to say no."""
        return said(status, {"errors": [{"description": words, "error": status, "index": ""}]})

    def _keep(self, sample: dict[str, Any]) -> None:
        series: Series = tuple(sorted(sample["properties"].items()))
        at = sample["timestamp"]
        if at < self._newest.get(series, 0):
            self.dropped += 1
            return
        self._newest[series] = at
        self.samples.append(Sample(series, sample.get("tags") or {}, at, sample["value"]))


def _shown(samples: list[Sample]) -> float:
    values = [sample.value for sample in samples]
    return sum(values) if dict(samples[0].series).get("target_type") == "counter" else fmean(values)


def _without(series: Series, *names: str) -> Series:
    return tuple((name, value) for name, value in series if name not in names)


def _wrong(sample: Any) -> str:
    if not isinstance(sample, dict) or not isinstance(sample.get("properties"), dict):
        return "a sample without properties"
    properties, tags = sample["properties"], sample.get("tags") or {}
    if not properties.get("what"):
        return "the property what is missing"
    if properties.get("target_type", "gauge") not in ("gauge", "counter"):
        return "target_type is neither gauge nor counter"
    if len(properties) > 20 or len(tags) > 40:
        return "too many properties or tags"
    named = [*properties.items(), *((key, value) for key, values in tags.items() for value in values)]
    if wrong := next((f"{key}={value}" for key, value in named if not (_good(key, 50) and _good(value, 150))), ""):
        return f"characters or length of {wrong[:80]}"
    return _wrong_number(sample)


def _wrong_number(sample: dict[str, Any]) -> str:
    if not isinstance(sample.get("timestamp"), int) or not 10**9 < sample["timestamp"] < 10**10:
        return "the timestamp is not in whole seconds"
    return "" if number(sample.get("value")) else "the value is no number"


def _good(text: Any, longest: int) -> bool:
    return (
        isinstance(text, str)
        and 0 < len(text) <= longest
        and text.isascii()
        and text.isprintable()
        and not set(text) & {".", " "}
    )
