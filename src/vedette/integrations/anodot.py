"""Anodot, by its metrics 2.0: https://support.anodot.com/hc/en-us/articles/211557425.

Law: what a series holds cannot be changed, and whatever is older than its newest sample is dropped without a word, so
that only the first count of a window is told, oldest first. All samples of a counter within a window are added up,
twins too: beside each count goes a `times_told` of 1, and the one divided by the other is the count. The point's id is
a tag, since properties make a series and an id among them would make a new one every five minutes.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from vedette.errors import Refused, Unauthorised, VedetteError
from vedette.model.metrics import Point, Resend
from vedette.model.ownership import Finding
from vedette.model.secret import Secret
from vedette.model.settings import SinkSettings
from vedette.ports.calling import hidden, web_address
from vedette.ports.http import Answer, Fence, Talker
from vedette.ports.packing import size_of
from vedette.ports.roles import Integration
from vedette.rules.labelling import Letters, label
from vedette.rules.sampling import chronological, chunks, issues_of, project_of

Value = Literal["event_count", "times_told", "issues", "users", "new", "regressed", "complete"]

_PATH = "/api/v1/metrics"
_MOST_SAMPLES, _MOST_BYTES = 1000, 900_000
_TOLD_ERRORS = 5
_CURE = "give the data collection key of Anodot's Token Management as token, and its address as url"
# ASCII without dots and blanks; nor the signs with a meaning in Anodot's names of metrics.
_LETTERS = r"A-Za-z0-9_:/@+,;!?&%$*()<>|~^\[\]-"
_VALUES = Letters(re.compile(rf"[{_LETTERS}]+"), re.compile(rf"[^{_LETTERS}]+"), 150)


class Config(BaseModel):
    """An account at Anodot."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)

    token: Secret = Field(description="Data collection key of the account.")
    url: Annotated[str, AfterValidator(web_address)] = Field(
        default="https://api.anodot.com", description="Address of Anodot's API."
    )
    target_type: Literal["counter", "gauge"] = Field(
        default="counter", description="How Anodot makes longer times of event_count: counter adds up, gauge averages."
    )
    values: tuple[Value, ...] = Field(
        default=("event_count", "times_told"),
        min_length=1,
        description="What is told of a window, each as a metric: event_count, times_told, issues, users, new, "
        "regressed, complete.",
    )
    allow_private: bool = Field(default=False, description="url may lie on a private network.")


class Anodot:
    """Sends points as samples."""

    resend = Resend.AT_LEAST_ONCE
    corrects = False

    def __init__(
        self,
        name: str,
        config: Config,
        *,
        timeout: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self._config = config
        self._now = now
        self._talker = _Talker(
            name, base_url=config.url, timeout=timeout, words=self._words, public_only=not config.allow_private
        )

    @classmethod
    def from_settings(cls, settings: SinkSettings) -> "Anodot":
        """The sink that the settings describe."""
        return cls(settings.name, settings.config, timeout=settings.timeout.total_seconds())

    def render(self, points: Sequence[Point]) -> Sequence[Any]:
        """The bodies of the requests."""
        return tuple(self._bodies(points))

    def push(self, points: Sequence[Point], *, fence: Fence) -> Sequence[str]:
        """Send every first count, all of them before a sample that Anodot refused is told as `Refused`."""
        refused: list[str] = []
        for body in self._bodies(points):
            answer = self._talker.write("POST", _PATH, params=self._params(), json=body, fence=fence)
            refused += _errors(answer)
        if refused:
            said = hidden("; ".join(refused[:_TOLD_ERRORS]), self._config.token)
            raise Refused(f"{self.name}: refused {len(refused)} of the samples: {said}")
        return left_out(points)

    def check(self) -> Iterator[Finding]:
        """Send one sample that no chart of ours shows: nothing else tells whether the token may write."""
        properties = {"what": "vedette_check", "target_type": "gauge"}
        sample = {"properties": properties, "timestamp": int(self._now().timestamp()), "value": 1}
        try:
            answer = self._talker.read(_PATH, method="POST", params=self._params(), json=[sample])
        except VedetteError as problem:
            yield Finding(self.name, ok=False, message=str(problem), cure=_CURE)
            return
        wrong = hidden("; ".join(_errors(answer)), self._config.token)
        yield Finding(
            self.name, ok=not wrong, message=wrong or "took a sample of what=vedette_check", cure=wrong and _CURE
        )

    def close(self) -> None:
        """Let the connections go."""
        self._talker.close()

    def _bodies(self, points: Sequence[Point]) -> Iterator[list[dict[str, Any]]]:
        told = (samples(point, self._config) for point in chronological(points) if _is_told(point))
        # A point's samples stay together: a count and its times_told are there both, or neither is.
        most = _MOST_SAMPLES // len(self._config.values)
        for chunk in chunks(told, size_of, most_items=most, most_bytes=_MOST_BYTES):
            if body := [sample for group in chunk for sample in group]:
                yield body

    def _params(self) -> Mapping[str, str]:
        return {"token": self._config.token.reveal(), "protocol": "anodot20"}

    def _words(self, answer: Answer) -> tuple[str, Mapping[str, str]]:
        """Anodot's own words of a refusal, which may repeat the token."""
        return hidden("; ".join(_errors(answer)), self._config.token), {}


class _Talker(Talker):
    """The talker, which knows what Anodot says to a token that is not good."""

    def judge(self, answer: Answer, *, method: str, path: str) -> Answer:
        if answer.status == 403 or (answer.status == 400 and b"token" in answer.body.lower()):
            raise Unauthorised(f"{self.name}: the token is refused; {_CURE}")
        return super().judge(answer, method=method, path=path)


def samples(point: Point, config: Config) -> list[dict[str, Any]]:
    """The point as samples, in the order of the settings; what is not known is left out."""
    numbers: dict[Value, int | None] = {
        "event_count": point.total,
        "times_told": 1,
        "issues": issues_of(point),
        "users": point.users,
        "new": point.new,
        "regressed": point.regressed,
        "complete": int(point.is_complete),
    }
    return [_sample(point, kind, numbers[kind], config) for kind in config.values if numbers[kind] is not None]


def left_out(points: Sequence[Point]) -> Sequence[str]:
    """How many of the points Anodot has no place for, in words."""
    corrected = sum(point.revision > 0 for point in points)
    missing = sum(point.revision == 0 and not point.is_counted for point in points)
    said = (
        (corrected, "counted anew, and what Anodot holds of a window cannot be changed"),
        (missing, "of windows that were not counted, and Anodot would take them for quiet ones"),
    )
    return tuple(f"{number} of the points are left out: {words}" for number, words in said if number)


def _is_told(point: Point) -> bool:
    return point.revision == 0 and point.is_counted


def _sample(point: Point, kind: Value, value: int | None, config: Config) -> dict[str, Any]:
    tags = {
        "vedette_point_id": [point.id],
        "vedette_instance": [label(point.instance, _VALUES)],
        "vedette_complete": [str(int(point.is_complete))],
    }
    if point.lack:
        tags["vedette_lack"] = [point.lack.value]
    return {
        "properties": {
            "what": "sentry_events",
            "project": label(project_of(point), _VALUES),
            "filter": label(point.filter, _VALUES),
            "type": kind,
            "target_type": _target_type(kind, config),
        },
        "tags": tags,
        "timestamp": int(point.window.end.timestamp()),
        "value": value,
    }


def _target_type(kind: Value, config: Config) -> str:
    match kind:
        case "event_count" | "times_told":
            return config.target_type
    return "gauge"


def _errors(answer: Answer) -> list[str]:
    """What the answer says is wrong with samples, which it may say with a 200; [] where it says nothing."""
    try:
        said = answer.json()
    except msgspec.DecodeError:
        return []
    errors = said.get("errors") if isinstance(said, dict) else None
    if not isinstance(errors, list):
        return [str(errors)] if errors else []
    return [str(each.get("description") or each) if isinstance(each, dict) else str(each) for each in errors]


INTEGRATION = Integration(config=Config, sink=Anodot.from_settings)
