"""PagerDuty, by its Events API v2: https://developer.pagerduty.com/docs/events-api-v2-overview.

Law: the cause is the `dedup_key`, so that whatever is sent twice is one incident.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import msgspec
from pydantic import AfterValidator, BaseModel, ConfigDict

from vedette.errors import Unauthorised, VedetteError
from vedette.model.alarms import Notice, NoticeState
from vedette.model.ownership import Finding
from vedette.model.secret import Secret
from vedette.model.settings import NotifierSettings
from vedette.ports.calling import hidden, web_address
from vedette.ports.http import Answer, Fence, Talker
from vedette.ports.roles import Integration
from vedette.rules.telling import cut, often, one_line

_PATH = "/v2/enqueue"
_LONGEST_SUMMARY, _LONGEST_KEY = 1024, 255
_CURE = "make an Events API v2 integration for the service and give its key as routing_key"


class Config(BaseModel):
    """A service's integration. In the EU, `url` is https://events.eu.pagerduty.com."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)

    routing_key: Secret
    url: Annotated[str, AfterValidator(web_address)] = "https://events.pagerduty.com"
    allow_private: bool = False


class PagerDuty:
    """Raises and resolves incidents."""

    def __init__(self, name: str, config: Config, *, timeout: float) -> None:
        self.name = name
        self._key = config.routing_key
        self._talker = _Talker(
            name, base_url=config.url, timeout=timeout, words=self._words, public_only=not config.allow_private
        )

    @classmethod
    def from_settings(cls, settings: NotifierSettings) -> "PagerDuty":
        """The notifier that the settings describe."""
        return cls(settings.name, settings.config, timeout=settings.timeout.total_seconds())

    def notify(self, notice: Notice, *, fence: Fence) -> Sequence[str]:
        """Trigger, or resolve, the incident of the cause."""
        self._talker.write("POST", _PATH, json=event(notice) | {"routing_key": self._key.reveal()}, fence=fence)
        return ()

    def check(self) -> Iterator[Finding]:
        """Resolve an incident that nobody ever raised: PagerDuty judges the key and does nothing."""
        nothing = {"event_action": "resolve", "dedup_key": "vedette-check", "routing_key": self._key.reveal()}
        try:
            self._talker.read(_PATH, method="POST", json=nothing)
        except VedetteError as problem:
            yield Finding(self.name, ok=False, message=str(problem), cure=_CURE)
            return
        yield Finding(self.name, ok=True, message="takes events")

    def close(self) -> None:
        """Let the connections go."""
        self._talker.close()

    def _words(self, answer: Answer) -> tuple[str, Mapping[str, str]]:
        """PagerDuty's own words of a refusal, which may repeat the key."""
        try:
            said = answer.json()
        except msgspec.DecodeError:
            return "", {}
        if not isinstance(said, dict):
            return "", {}
        errors = said.get("errors")
        parts = [str(said.get("message") or ""), *map(str, errors if isinstance(errors, list) else ())]
        return hidden("; ".join(filter(None, parts)), self._key), {}


class _Talker(Talker):
    """The talker, which knows that a key nobody has is a 400 here."""

    def judge(self, answer: Answer, *, method: str, path: str) -> Answer:
        if answer.status in (400, 403) and b"routing" in answer.body.lower():
            message, _ = self._words(answer)
            raise Unauthorised(f"{self.name}: the routing_key is refused ({message}); {_CURE}")
        return super().judge(answer, method=method, path=path)


def event(notice: Notice) -> dict[str, Any]:
    """The event, without the key of the service."""
    key = dedup_key(notice.key)
    if notice.state is NoticeState.RESOLVED:
        return {"event_action": "resolve", "dedup_key": key}
    details = dict(notice.facts) | {"what to do": notice.cure, "times": str(notice.count)}
    made: dict[str, Any] = {
        "event_action": "trigger",
        "dedup_key": key,
        "client": "Vedette",
        "payload": {
            "summary": cut(one_line(notice.title + often(notice)), _LONGEST_SUMMARY),
            "source": "vedette",
            "severity": notice.severity.value,
            "timestamp": notice.at.isoformat(),
            "class": notice.kind.value,
            "custom_details": details,
        },
    }
    if notice.link:
        made |= {"client_url": notice.link, "links": [{"href": notice.link, "text": "Vedette"}]}
    return made


def dedup_key(key: str) -> str:
    """The cause's key in the 255 characters that PagerDuty takes."""
    return key if len(key) <= _LONGEST_KEY else f"{key[:180]}…{hashlib.sha256(key.encode()).hexdigest()}"


INTEGRATION = Integration(config=Config, notifier=PagerDuty.from_settings)
