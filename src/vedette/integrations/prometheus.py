"""Prometheus and whatever takes its remote-write 1.0: https://prometheus.io/docs/specs/prw/remote_write_spec/.

Law: a sample that the server has no room for (too old, out of order, another value at the same moment) is left out
and told; the others of its request still arrive. Windows leave oldest first, since each one closes the door behind it.
"""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import cramjam
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from vedette.errors import Refused, Unauthorised, VedetteError
from vedette.model.metrics import Point, Resend, Sample, Window
from vedette.model.ownership import Finding
from vedette.model.secret import Secret
from vedette.model.settings import SinkSettings
from vedette.ports import protobuf
from vedette.ports.calling import hidden, split, web_address
from vedette.ports.http import Answer, Fence, Talker
from vedette.ports.roles import Integration
from vedette.rules.sampling import chronological, chunks, samples
from vedette.rules.telling import cut

_SHAPE: protobuf.Shape = {
    "timeseries": (
        1,
        {
            "labels": (1, {"name": (1, "string"), "value": (2, "string")}),
            "samples": (2, {"value": (1, "double"), "timestamp": (2, "int64")}),
        },
    )
}
_HEADERS = {
    "Content-Type": "application/x-protobuf",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}
# Of a request; 500 points are at most 3,000 samples, about 400 KB before they are packed.
_MOST_POINTS, _MOST_BYTES = 500, 1_000_000
_TAKEN_LABELS = ("filter", "instance")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)
# What a server has no room for: in the words of Prometheus 2.42 (measured), Mimir, Cortex and Thanos (documented).
_NO_ROOM = (
    (r"out of bounds|too[ -]old|too far", "too old for the server", True),
    (
        r"duplicate[ -](sample|timestamp)|same timestamp, but a different",
        "the server has another value of that moment",
        False,
    ),
    (r"out[ -]of[ -]order|more recent timestamp|conflict", "the server has that series up to there, or further", False),
)
_TOLD_FILTERS = 5
_CURE = "correct url and the credentials; Prometheus itself must run with --web.enable-remote-write-receiver"
_CURE_TWINS = "start VictoriaMetrics with -dedup.minScrapeInterval=1ms, or a window that is sent twice counts twice"


def _labels(labels: Mapping[str, str]) -> Mapping[str, str]:
    wrong = [name for name in labels if not _LABEL.fullmatch(name) or name.startswith("__")]
    if wrong:
        raise ValueError(f"{wrong[0]} is no label's name: letters, digits and _, and no digit first")
    if taken := [name for name in labels if name in _TAKEN_LABELS]:
        raise ValueError(f"{taken[0]} is a label of every series already")
    return labels


class Config(BaseModel):
    """A server that takes remote-write, the way in, and what is sent."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)

    url: Annotated[str, AfterValidator(web_address)] = Field(
        description="Where remote-write goes, whole, such as http://prometheus:9090/api/v1/write."
    )
    username: str = Field(default="", description="Of basic authentication, with password.")
    password: Secret | None = Field(default=None, description="Of basic authentication, with username.")
    token: Secret | None = Field(default=None, description="Sent as Authorization: Bearer.")
    headers: Mapping[str, Secret] = Field(default_factory=dict, description="More headers, such as X-Scope-OrgID.")
    labels: Annotated[Mapping[str, str], AfterValidator(_labels)] = Field(
        default_factory=dict, description="Labels of every series, beside filter and instance."
    )
    corrections: bool = Field(
        default=False, description="Send a window again when its count changed; the server must keep the later value."
    )
    allow_private: bool = Field(default=False, description="Let url lead into a private network.")

    @model_validator(mode="after")
    def _one_login(self) -> "Config":
        if bool(self.username) != (self.password is not None):
            raise ValueError("username and password belong together")
        if self.username and self.token is not None:
            raise ValueError("give a token, or username and password, not both")
        return self


class NoRoom(Refused):
    """Samples that the server will not have beside those that it has; `by_time`: whatever is as old meets the same."""

    def __init__(self, message: str, *, status: int, why: str, by_time: bool) -> None:
        super().__init__(message, status=status)
        self.why = why
        self.by_time = by_time


class Prometheus:
    """Writes samples to one server."""

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
            headers=_credentials(config),
            timeout=timeout,
            words=self._words,
            public_only=not config.allow_private,
        )

    @classmethod
    def from_settings(cls, settings: SinkSettings) -> "Prometheus":
        """The sink that the settings describe."""
        return cls(settings.name, settings.config, timeout=settings.timeout.total_seconds())

    def render(self, points: Sequence[Point]) -> Sequence[Any]:
        """The requests, each a WriteRequest as JSON."""
        return [request(part, labels=self._config.labels) for part in self._parts(points)]

    def push(self, points: Sequence[Point], *, fence: Fence) -> Sequence[str]:
        """Write the points' samples."""
        left_out: dict[str, list[Point]] = {}
        for part in self._parts(points):
            self._push(part, left_out, fence=fence)
        return [told(why, those, of=len(points)) for why, those in left_out.items()]

    def check(self) -> Iterator[Finding]:
        """Write a request without any series, which is taken by whoever would take one with some."""
        try:
            self._write(packed({}), fence=Fence.after(self._timeout))
        except VedetteError as problem:
            yield Finding(self.name, ok=False, message=str(problem), cure=_CURE)
            return
        yield Finding(self.name, ok=True, message="takes samples")
        if self._keeps_twins():
            yield Finding(self.name, ok=False, message="keeps both of two equal samples", cure=_CURE_TWINS)

    def close(self) -> None:
        """Let the connections go."""
        self._talker.close()

    def _parts(self, points: Sequence[Point]) -> Iterator[tuple[Point, ...]]:
        # A series costs about 80 bytes beside the words of its labels.
        each = 6 * (80 + sum(len(name) + len(value.encode()) for name, value in self._config.labels.items()))

        def size(point: Point) -> int:
            return each + 6 * len(f"{point.filter}{point.instance}".encode("utf-8", "replace"))

        # Of a point that is told twice here, the newest revision: one request cannot hold two values of one moment.
        newest = {point.id: point for point in chronological(points)}
        return chunks(newest.values(), size, most_items=_MOST_POINTS, most_bytes=_MOST_BYTES)

    def _push(self, points: Sequence[Point], left_out: dict[str, list[Point]], *, fence: Fence) -> None:
        """Write them; where there is no room for some, halve until those are alone, and note them with the reason."""
        try:
            self._write(packed(request(points, labels=self._config.labels)), fence=fence)
        except NoRoom as problem:
            older, newer = halves(points, by_time=problem.by_time)
            if not newer:
                left_out.setdefault(problem.why, []).extend(older)
                return
            self._push(older, left_out, fence=fence)
            self._push(newer, left_out, fence=fence)

    def _write(self, body: bytes, *, fence: Fence) -> None:
        self._talker.write("POST", self._path, content=body, headers=_HEADERS, fence=fence)

    def _keeps_twins(self) -> bool:
        """Whether the server says that it is a VictoriaMetrics, and that it takes no twins away."""
        if not self._path.endswith("/api/v1/write"):
            return False
        try:
            flags = self._talker.read(f"{self._path.removesuffix('/api/v1/write')}/flags").body
        except VedetteError:
            return False
        return b"-storageDataPath=" in flags and re.search(rb'-dedup\.minScrapeInterval="?0*[1-9]', flags) is None

    def _words(self, answer: Answer) -> tuple[str, Mapping[str, str]]:
        config = self._config
        said = answer.body.decode("utf-8", "replace")
        return cut(hidden(said, config.password, config.token, *config.headers.values()), 300), {}


class _Talker(Talker):
    """The talker, which knows how servers say that there is no room for a sample."""

    def settles(self, answer: Answer) -> bool:
        return no_room(answer) is not None

    def judge(self, answer: Answer, *, method: str, path: str) -> Answer:
        why = no_room(answer)
        if why is not None:
            words, by_time = why
            raise NoRoom(self._say(method, path, words), status=answer.status, why=words, by_time=by_time)
        if answer.status == 403:
            raise Unauthorised(self._say(method, path, "answered 403: the credentials may not write"))
        return super().judge(answer, method=method, path=path)


def no_room(answer: Answer) -> tuple[str, bool] | None:
    """Why the server has no room for a sample, and whether it is its age; None where its answer is another one.

    Prometheus answers 400, and 500 for what is older than its window for samples out of order; Thanos 409.
    """
    if answer.status not in (400, 409, 500):
        return None
    said = answer.body.decode("utf-8", "replace")
    return next(((why, by_time) for words, why, by_time in _NO_ROOM if re.search(words, said, re.IGNORECASE)), None)


def halves(points: Sequence[Point], *, by_time: bool) -> tuple[Sequence[Point], Sequence[Point]]:
    """The older and the newer half, between two windows where there are several; nothing newer: they stay together."""
    ends = sorted({point.window.end for point in points})
    if len(ends) > 1:
        middle = ends[len(ends) // 2]
        older = [point for point in points if point.window.end < middle]
        return older, points[len(older) :]
    middle_one = len(points) if by_time else (len(points) + 1) // 2
    return points[:middle_one], points[middle_one:]


def told(why: str, points: Sequence[Point], *, of: int) -> str:
    """How many points were left out and why, with their filters and the span of their windows."""
    names = sorted({point.filter for point in points})
    more = f" and {len(names) - _TOLD_FILTERS} more" if len(names) > _TOLD_FILTERS else ""
    span = Window(min(point.window.start for point in points), max(point.window.end for point in points))
    return f"{len(points)} of {of} points left out ({why}): {', '.join(names[:_TOLD_FILTERS])}{more} in {span}"


def request(points: Sequence[Point], *, labels: Mapping[str, str]) -> dict[str, Any]:
    """The WriteRequest of points in their order, as JSON: each series once, its labels sorted, its samples in order."""
    series: dict[tuple[tuple[str, str], ...], list[Sample]] = {}
    for sample in (sample for point in points for sample in samples(point)):
        series.setdefault(_series(sample, labels), []).append(sample)
    return {
        "timeseries": [
            {
                "labels": [{"name": name, "value": value} for name, value in key],
                "samples": [{"value": each.value, "timestamp": _milliseconds(each)} for each in held],
            }
            for key, held in series.items()
        ]
    }


def packed(message: Mapping[str, Any]) -> bytes:
    """The bytes that are sent."""
    return bytes(cramjam.snappy.compress_raw(protobuf.encode(message, _SHAPE)))


def metric_name(name: str) -> str:
    """The name with _ for whatever Prometheus takes in none: `vedette.errors` is vedette_errors."""
    return re.sub(r"[^a-zA-Z0-9_:]|^(?=[0-9])", "_", name)


def _series(sample: Sample, labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    # Names of filters stay whole: a label's value may be any text, so that no two of them become one.
    return tuple(sorted({**labels, **dict(sample.labels), "__name__": metric_name(sample.name)}.items()))


def _milliseconds(sample: Sample) -> int:
    return round(sample.at.timestamp() * 1000)


def _credentials(config: Config) -> dict[str, str]:
    headers = {name: value.reveal() for name, value in config.headers.items()}
    if config.token is not None:
        headers["Authorization"] = f"Bearer {config.token.reveal()}"
    if config.password is not None:
        pair = f"{config.username}:{config.password.reveal()}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return headers


INTEGRATION = Integration(config=Config, sink=Prometheus.from_settings)
