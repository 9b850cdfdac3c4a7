"""New Relic as a sink: it takes whatever has the right key, keeps all of it, and judges it later.

Law: a yes means only that the body came; what New Relic finds wrong with it afterwards is an NrIntegrationError there.
Hence nothing is sent that is known to be dropped, and what is left out is told.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from vedette.errors import Unauthorised, VedetteError
from vedette.integrations.newrelic import events, metrics
from vedette.integrations.newrelic.settings import Config
from vedette.model.metrics import Point, Resend
from vedette.model.ownership import Finding
from vedette.model.settings import SinkSettings
from vedette.ports.calling import hidden
from vedette.ports.http import Answer, Fence, Talker
from vedette.ports.packing import PACKED, packed, request_id
from vedette.rules.sampling import within

_CURE = "give a license key (type INGEST - LICENSE) of this account as license_key, and the account's region"
_METRICS_PATH = "/metric/v1"


@dataclass(frozen=True, slots=True)
class _Request:
    """One body, and the interface that takes it."""

    talker: Talker
    path: str
    body: Any

    def send(self, *, fence: Fence) -> None:
        """Post it; with an id that is the same for the same body."""
        headers = {**PACKED, "x-request-id": request_id(self.body)}
        self.talker.write("POST", self.path, content=packed(self.body), headers=headers, fence=fence)


class NewRelic:
    """Sends points as events, as metrics, or as both."""

    resend = Resend.AT_LEAST_ONCE
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
        self._events_path = f"/v1/accounts/{config.account}/events"
        self._events = self._talker_to(config.events_url, timeout=timeout)
        self._metrics = self._talker_to(config.metrics_url, timeout=timeout)

    @classmethod
    def from_settings(cls, settings: SinkSettings) -> "NewRelic":
        """The sink that the settings describe."""
        return cls(settings.name, settings.config, timeout=settings.timeout.total_seconds())

    def render(self, points: Sequence[Point]) -> Sequence[Any]:
        """The bodies of the requests, those of events first."""
        requests, _ = self._requests(points)
        return tuple(request.body for request in requests)

    def push(self, points: Sequence[Point], *, fence: Fence) -> Sequence[str]:
        """Send every point that is young enough."""
        requests, left_out = self._requests(points)
        for request in requests:
            request.send(fence=fence)
        return left_out

    def check(self) -> Iterator[Finding]:
        """Send one record that no chart of ours shows: nothing else tells whether the key may write."""
        if self._config.wants_events:
            event = [{"eventType": "VedetteCheck", "vedette.said": "vedette check --live"}]
            yield self._tried(_Request(self._events, self._events_path, event), "an event of type VedetteCheck")
        if self._config.wants_metrics:
            at = int(self._now().timestamp() * 1000)
            gauge = {"name": "vedette.check", "type": "gauge", "value": 1, "timestamp": at}
            yield self._tried(
                _Request(self._metrics, _METRICS_PATH, [{"metrics": [gauge]}]), "a gauge named vedette.check"
            )

    def close(self) -> None:
        """Let the connections go."""
        self._events.close()
        self._metrics.close()

    def _requests(self, points: Sequence[Point]) -> tuple[Sequence[_Request], Sequence[str]]:
        made: list[_Request] = []
        told: list[str] = []
        if self._config.wants_events:
            kept, words = within(points, now=self._now(), past=events.PAST, future=events.FUTURE)
            made += [_Request(self._events, self._events_path, body) for body in events.bodies(kept)]
            told += [f"{each} (Event API)" for each in words]
        if self._config.wants_metrics:
            kept, words = within(points, now=self._now(), past=metrics.PAST, future=metrics.FUTURE)
            made += [_Request(self._metrics, _METRICS_PATH, body) for body in metrics.bodies(kept)]
            told += [f"{each} (Metric API)" for each in words]
        return made, told

    def _tried(self, request: _Request, what: str) -> Finding:
        try:
            request.talker.read(request.path, method="POST", json=request.body)
        except VedetteError as problem:
            return Finding(self.name, ok=False, message=str(problem), cure=_CURE)
        return Finding(self.name, ok=True, message=f"took {what}")

    def _talker_to(self, address: str, *, timeout: float) -> "_Talker":
        return _Talker(
            self.name,
            base_url=address,
            headers={"Api-Key": self._config.license_key.reveal()},
            timeout=timeout,
            words=self._words,
            public_only=self._config.url is not None and not self._config.allow_private,
        )

    def _words(self, answer: Answer) -> tuple[str, Mapping[str, str]]:
        """New Relic's own words of a refusal, which may repeat the key."""
        try:
            said = answer.json()
        except msgspec.DecodeError:
            return "", {}
        error = said.get("error", said.get("message", "")) if isinstance(said, dict) else ""
        words = error.get("message", "") if isinstance(error, dict) else error
        return hidden(str(words or ""), self._config.license_key), {}


class _Talker(Talker):
    """The talker, which knows that a key that is not good is a 403 here."""

    def judge(self, answer: Answer, *, method: str, path: str) -> Answer:
        if answer.status == 403:
            raise Unauthorised(f"{self.name}: the license_key is refused; {_CURE}")
        return super().judge(answer, method=method, path=path)
