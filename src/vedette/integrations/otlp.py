"""OpenTelemetry, by OTLP over HTTP, as protobuf or as JSON: https://opentelemetry.io/docs/specs/otlp/#otlphttp.

Law: both encodings are made of one value, so that what `render` shows is what is sent.
"""

import gzip
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from typing import Annotated, Any

import msgspec
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from vedette import __version__
from vedette.errors import Unauthorised, VedetteError
from vedette.model.metrics import Point, Resend, Sample
from vedette.model.ownership import Finding
from vedette.model.secret import Secret
from vedette.model.settings import SinkSettings
from vedette.ports import protobuf
from vedette.ports.calling import hidden, split, web_address
from vedette.ports.http import Answer, Fence, Talker
from vedette.ports.roles import Integration
from vedette.rules.sampling import chronological, chunks, samples
from vedette.rules.telling import cut, one_line

_SCOPE = "vedette.monitor"
_KEY_VALUES: protobuf.Shape = {"key": (1, "string"), "value": (2, {"stringValue": (1, "string")})}
_DATA_POINT: protobuf.Shape = {
    "attributes": (7, _KEY_VALUES),
    "startTimeUnixNano": (2, "fixed64"),
    "timeUnixNano": (3, "fixed64"),
    "asInt": (6, "sfixed64"),
    "asDouble": (4, "double"),
}
_METRIC: protobuf.Shape = {
    "name": (1, "string"),
    "description": (2, "string"),
    "unit": (3, "string"),
    "gauge": (5, {"dataPoints": (1, _DATA_POINT)}),
}
# opentelemetry/proto/collector/metrics/v1/metrics_service.proto and what it is made of, version 1.
_SHAPE: protobuf.Shape = {
    "resourceMetrics": (
        1,
        {
            "resource": (1, {"attributes": (1, _KEY_VALUES)}),
            "scopeMetrics": (
                2,
                {"scope": (1, {"name": (1, "string"), "version": (2, "string")}), "metrics": (2, _METRIC)},
            ),
        },
    )
}
_DESCRIPTIONS = {
    "vedette.errors": "Errors that Sentry recorded in the window.",
    "vedette.errors.users": "Users whom they hit.",
    "vedette.errors.issues": "Issues that they belong to.",
    "vedette.errors.new": "Issues first seen in the window.",
    "vedette.errors.regressed": "Issues that came back in the window.",
    "vedette.errors.complete": "1 when the window is known to be whole, else 0.",
}
# Of a request; about 300 bytes a sample before it is packed, far below the 4 MiB that many receivers take.
_MOST_POINTS, _MOST_BYTES = 500, 1_000_000
_CURE = "correct url (it ends with /v1/metrics as a rule) and headers, and see that the receiver takes metrics"


class Encoding(StrEnum):
    """How a request is written."""

    PROTOBUF = "protobuf"
    JSON = "json"

    @property
    def content_type(self) -> str:
        """The type that it is sent as."""
        return "application/json" if self is Encoding.JSON else "application/x-protobuf"


class Config(BaseModel):
    """A receiver of OTLP over HTTP: a collector, or a vendor's own."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)

    url: Annotated[str, AfterValidator(web_address)] = Field(
        description="Where metrics go, whole, such as http://collector:4318/v1/metrics."
    )
    encoding: Encoding = Field(default=Encoding.PROTOBUF, description="How requests are written.")
    headers: Mapping[str, Secret] = Field(default_factory=dict, description="More headers, such as api-key.")
    service: str = Field(default="vedette", min_length=1, description="The resource's service.name.")
    attributes: Mapping[str, str] = Field(
        default_factory=dict, description="More attributes of the resource, such as deployment.environment.name."
    )
    corrections: bool = Field(
        default=False, description="Send a window again when its count changed; the back end must keep the later value."
    )
    allow_private: bool = Field(default=False, description="Let url lead into a private network.")


class Otlp:
    """Exports points as gauges to one receiver."""

    def __init__(self, name: str, config: Config, *, timeout: float) -> None:
        self.name = name
        # True of servers that keep one value a series and moment; the protocol itself promises nothing of a resend.
        self.resend = Resend.REPLACES if config.corrections else Resend.DEDUPLICATES
        self.corrects = config.corrections
        self._config = config
        self._timeout = timeout
        origin, self._path = split(config.url)
        self._talker = _Talker(
            name,
            base_url=origin,
            headers={key: value.reveal() for key, value in config.headers.items()},
            timeout=timeout,
            words=self._words,
            public_only=not config.allow_private,
        )

    @classmethod
    def from_settings(cls, settings: SinkSettings) -> "Otlp":
        """The sink that the settings describe."""
        return cls(settings.name, settings.config, timeout=settings.timeout.total_seconds())

    def render(self, points: Sequence[Point]) -> Sequence[Any]:
        """The requests, each an ExportMetricsServiceRequest as OTLP writes it in JSON."""
        return [self._request(part) for part in self._parts(points)]

    def push(self, points: Sequence[Point], *, fence: Fence) -> Sequence[str]:
        """Export the points; what the receiver says it left out, in its own words."""
        answers = [self._export(self._request(part), fence=fence) for part in self._parts(points)]
        return [said for answer in answers for said in self._partial(answer)]

    def check(self) -> Iterator[Finding]:
        """Export nothing, which is taken by whoever would take something."""
        try:
            self._export({}, fence=Fence.after(self._timeout))
        except VedetteError as problem:
            yield Finding(self.name, ok=False, message=str(problem), cure=_CURE)
            return
        yield Finding(self.name, ok=True, message="takes metrics")

    def close(self) -> None:
        """Let the connections go."""
        self._talker.close()

    def _parts(self, points: Sequence[Point]) -> Iterator[tuple[Point, ...]]:
        newest = {point.id: point for point in chronological(points)}
        return chunks(newest.values(), _size, most_items=_MOST_POINTS, most_bytes=_MOST_BYTES)

    def _request(self, points: Sequence[Point]) -> dict[str, Any]:
        attributes = {**self._config.attributes, "service.name": self._config.service}
        return request([sample for point in points for sample in samples(point)], resource=attributes)

    def _export(self, message: Mapping[str, Any], *, fence: Fence) -> Answer:
        encoding = self._config.encoding
        body = msgspec.json.encode(message) if encoding is Encoding.JSON else protobuf.encode(message, _SHAPE)
        headers = {"Content-Type": encoding.content_type, "Content-Encoding": "gzip"}
        packed = gzip.compress(body, mtime=0)
        return self._talker.write("POST", self._path, content=packed, headers=headers, fence=fence)

    def _partial(self, answer: Answer) -> Iterator[str]:
        rejected, said = partial_success(answer)
        words = f": {self._shown(said)}" if said else ""
        if rejected:
            yield f"the receiver left out {rejected} values{words}"
        elif said:
            yield f"the receiver took everything, and says{words}"

    def _words(self, answer: Answer) -> tuple[str, Mapping[str, str]]:
        return self._shown(status_message(answer)), {}

    def _shown(self, text: str) -> str:
        return cut(one_line(hidden(text, *self._config.headers.values())), 300)


class _Talker(Talker):
    """The talker, to which a 403 means credentials: nothing else of a receiver's is forbidden."""

    def judge(self, answer: Answer, *, method: str, path: str) -> Answer:
        if answer.status == 403:
            raise Unauthorised(self._say(method, path, "answered 403: the credentials may not write"))
        return super().judge(answer, method=method, path=path)


def request(numbers: Iterable[Sample], *, resource: Mapping[str, str]) -> dict[str, Any]:
    """An ExportMetricsServiceRequest in JSON: one gauge for each name, with its values in their order."""
    ordered = sorted(numbers, key=attrgetter("name"))  # stable: the values stay in their order
    metrics = [_gauge(name, list(values)) for name, values in groupby(ordered, key=attrgetter("name"))]
    scope = {"name": _SCOPE, "version": __version__}
    return {
        "resourceMetrics": [
            {
                "resource": {"attributes": _attributes(sorted(resource.items()))},
                "scopeMetrics": [{"scope": scope, "metrics": metrics}],
            }
        ]
    }


def partial_success(answer: Answer) -> tuple[int, str]:
    """How many values a 200 says were rejected, and the receiver's words; (0, "") where it says neither.

    An ExportMetricsServiceResponse; whatever cannot be read says nothing.
    """
    try:
        if not _is_json(answer):
            inner = dict(protobuf.fields(bytes(dict(protobuf.fields(answer.body)).get(1) or b"")))
            return _whole(inner.get(1)), _text(inner.get(2))
        said = answer.json()
        told = said.get("partialSuccess") if isinstance(said, dict) else None
        if not isinstance(told, dict):
            return 0, ""
        return _whole(told.get("rejectedDataPoints")), str(told.get("errorMessage") or "")
    except (protobuf.Malformed, msgspec.DecodeError, TypeError):
        return 0, ""


def status_message(answer: Answer) -> str:
    """The receiver's words of a refusal, a google.rpc.Status; as they stand where it is none."""
    try:
        if not _is_json(answer):
            return _text(dict(protobuf.fields(answer.body)).get(2))
        said = answer.json()
        return str(said.get("message") or "") if isinstance(said, dict) else ""
    except (protobuf.Malformed, msgspec.DecodeError):
        return answer.body.decode("utf-8", "replace")


def _gauge(name: str, numbers: Sequence[Sample]) -> dict[str, Any]:
    return {
        "name": name,
        "description": _DESCRIPTIONS.get(name, ""),
        "unit": numbers[0].unit,
        "gauge": {"dataPoints": [_data_point(each) for each in numbers]},
    }


def _data_point(sample: Sample) -> dict[str, Any]:
    whole = sample.value.is_integer()
    return {
        "attributes": _attributes(sample.labels),
        "startTimeUnixNano": _nanoseconds(sample.at - sample.over),
        "timeUnixNano": _nanoseconds(sample.at),
        # 64-bit numbers are text in JSON, as protobuf's own mapping has them.
        **({"asInt": str(int(sample.value))} if whole else {"asDouble": sample.value}),
    }


def _attributes(pairs: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    return [{"key": key, "value": {"stringValue": value}} for key, value in pairs]


def _nanoseconds(at: datetime) -> str:
    return f"{round(at.timestamp() * 1000)}000000"


def _size(point: Point) -> int:
    return 6 * (300 + len(f"{point.filter}{point.instance}".encode("utf-8", "replace")))


def _is_json(answer: Answer) -> bool:
    return "json" in answer.headers.get("content-type", "").lower()


def _whole(value: Any) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() else 0


def _text(value: int | bytes | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


INTEGRATION = Integration(config=Config, sink=Otlp.from_settings)
