"""Datadog, by its metrics API v2: https://docs.datadoghq.com/api/latest/metrics/#submit-metrics.

Law: a series has one value a second there, of which the last that was sent stands, so that telling a point again, or a
corrected count, replaces what was. Points older than an hour vanish there without a word; they are left out here, in
words, unless historical metrics are ingested
(https://docs.datadoghq.com/metrics/custom_metrics/historical_metrics/).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from vedette.errors import Refused, Unauthorised, VedetteError
from vedette.model.metrics import Point, Resend, Sample
from vedette.model.ownership import Finding
from vedette.model.secret import Secret
from vedette.model.settings import SinkSettings
from vedette.ports.calling import hidden, web_address
from vedette.ports.http import Answer, Fence, Talker
from vedette.ports.packing import PACKED, packed, size_of
from vedette.ports.roles import Integration
from vedette.rules.labelling import Letters, label
from vedette.rules.sampling import TOTAL, chunks, samples, within

_PATH, _CHECK = "/api/v2/series", "/api/v1/validate"
_COUNT, _GAUGE = 1, 3
_MOST_SERIES = 10_000
_MOST_BYTES = 480_000  # unpacked, so that it is also fewer than the 500 KB that may come packed
_PAST, _FUTURE, _EVER = timedelta(hours=1), timedelta(minutes=10), timedelta(days=450)
_CURE = "make an API key in the organisation's settings, and let site name where it is: datadoghq.com, datadoghq.eu …"
# https://docs.datadoghq.com/getting_started/tagging/#define-tags; capitals become small letters there.
_SITE = re.compile(r"(?!api\.)[a-z0-9-]+(\.[a-z0-9-]+)+")
_TAGS = Letters(
    re.compile(r"(?:[a-z0-9:./-]|_(?=[a-z0-9:./-]))+"),
    re.compile(r"[^a-z0-9:./-]+"),
    180,
    lower=True,
)


def _site(name: str) -> str:
    if not _SITE.fullmatch(name):
        raise ValueError("expected the name of a site such as datadoghq.eu, without https:// and api.")
    return name


class Config(BaseModel):
    """An organisation at one of Datadog's sites."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)

    api_key: Secret = Field(description="API key of the organisation (not an application key).")
    site: Annotated[str, AfterValidator(_site)] = Field(
        default="datadoghq.com",
        description="Datadog's site, such as datadoghq.eu, us5.datadoghq.com or ap1.datadoghq.com.",
    )
    type: Literal["count", "gauge"] = Field(
        default="count", description="Type of vedette.errors; every other metric is a gauge."
    )
    tags: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(
        default=(), description="Tags set on every metric, as key:value."
    )
    historical: bool = Field(
        default=False, description="Historical metrics are ingested, so that points older than an hour are sent too."
    )
    url: Annotated[str, AfterValidator(web_address)] | None = Field(
        default=None, description="Address of the API in place of https://api. and site, for a proxy."
    )
    allow_private: bool = Field(default=False, description="url may lie on a private network.")


class Datadog:
    """Sends points as series."""

    resend = Resend.REPLACES
    corrects = True

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
            name,
            base_url=config.url or f"https://api.{config.site}",
            headers={"DD-API-KEY": config.api_key.reveal()},
            timeout=timeout,
            words=self._words,
            public_only=config.url is not None and not config.allow_private,
        )

    @classmethod
    def from_settings(cls, settings: SinkSettings) -> "Datadog":
        """The sink that the settings describe."""
        return cls(settings.name, settings.config, timeout=settings.timeout.total_seconds())

    def render(self, points: Sequence[Point]) -> Sequence[Any]:
        """The bodies of the requests."""
        kept, _ = self._fitting(points)
        return tuple(self._bodies(kept))

    def push(self, points: Sequence[Point], *, fence: Fence) -> Sequence[str]:
        """Send every point that is young enough."""
        kept, left_out = self._fitting(points)
        for body in self._bodies(kept):
            answer = self._talker.write("POST", _PATH, content=packed(body), headers=PACKED, fence=fence)
            if said := _errors(answer):
                raise Refused(f"{self.name}: took the points and complained: {hidden(said, self._config.api_key)}")
        return left_out

    def check(self) -> Iterator[Finding]:
        """Ask whether the key is good; nothing is sent."""
        try:
            self._talker.read(_CHECK)
        except VedetteError as problem:
            yield Finding(self.name, ok=False, message=str(problem), cure=_CURE)
            return
        yield Finding(self.name, ok=True, message="knows the API key")

    def close(self) -> None:
        """Let the connections go."""
        self._talker.close()

    def _fitting(self, points: Sequence[Point]) -> tuple[Sequence[Point], Sequence[str]]:
        return within(points, now=self._now(), past=_EVER if self._config.historical else _PAST, future=_FUTURE)

    def _bodies(self, points: Sequence[Point]) -> Iterator[dict[str, Any]]:
        made = (series(sample, self._config) for point in points for sample in samples(point))
        for chunk in chunks(made, size_of, most_items=_MOST_SERIES, most_bytes=_MOST_BYTES):
            yield {"series": list(chunk)}

    def _words(self, answer: Answer) -> tuple[str, Mapping[str, str]]:
        return hidden(_errors(answer), self._config.api_key), {}


class _Talker(Talker):
    """The talker, which knows that a key that is not good is a 403 here."""

    def judge(self, answer: Answer, *, method: str, path: str) -> Answer:
        if answer.status == 403:
            raise Unauthorised(f"{self.name}: the api_key is refused; {_CURE}")
        return super().judge(answer, method=method, path=path)


def series(sample: Sample, config: Config) -> dict[str, Any]:
    """One sample as a series of one point."""
    made: dict[str, Any] = {
        "metric": sample.name,
        "type": _COUNT if sample.name == TOTAL and config.type == "count" else _GAUGE,
        "points": [{"timestamp": int(sample.at.timestamp()), "value": sample.value}],
        "tags": [*(f"{key}:{label(value, _TAGS)}" for key, value in sample.labels), *config.tags],
    }
    if made["type"] == _COUNT:
        made["interval"] = int(sample.over.total_seconds())
    return made


def _errors(answer: Answer) -> str:
    """What the answer calls errors; "" where there are none, or no JSON."""
    try:
        said = answer.json()
    except msgspec.DecodeError:
        return ""
    errors = said.get("errors") if isinstance(said, dict) else None
    return "; ".join(map(str, errors)) if isinstance(errors, list) else str(errors or "")


INTEGRATION = Integration(config=Config, sink=Datadog.from_settings)
