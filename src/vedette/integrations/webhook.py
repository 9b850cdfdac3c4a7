"""A webhook of your own: the notice as JSON, signed; its shape is in docs/how-to/be-told.md.

Law: `id` is the same for every delivery of one notice, so that a receiver can leave out what it has.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import msgspec
from pydantic import AfterValidator, BaseModel, ConfigDict

from vedette.errors import Refused, VedetteError
from vedette.model.alarms import Notice
from vedette.model.ownership import Finding
from vedette.model.secret import Secret
from vedette.model.settings import NotifierSettings
from vedette.ports.calling import secret_address, split
from vedette.ports.http import Answer, Fence, Talker
from vedette.ports.roles import Integration
from vedette.ports.signatures import sign_hex_hmac_sha256

_VERSION = 1
_CURE = "correct url, and see that the receiver runs"


class Config(BaseModel):
    """A receiver. With `secret`, X-Vedette-Signature is sha256= and the hex HMAC-SHA256 of the body."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)

    url: Annotated[Secret, AfterValidator(secret_address)]
    secret: Secret | None = None
    token: Secret | None = None  # sent as Authorization: Bearer
    allow_private: bool = False


class Webhook:
    """Posts notices to one address."""

    def __init__(self, name: str, config: Config, *, timeout: float) -> None:
        self.name = name
        self._secret = config.secret
        self._url = config.url
        origin, _ = split(config.url.reveal())
        self._talker = _Talker(
            name,
            base_url=origin,
            headers={"Authorization": f"Bearer {config.token.reveal()}"} if config.token else {},
            timeout=timeout,
            public_only=not config.allow_private,
            secret_path=True,
        )

    @classmethod
    def from_settings(cls, settings: NotifierSettings) -> "Webhook":
        """The notifier that the settings describe."""
        return cls(settings.name, settings.config, timeout=settings.timeout.total_seconds())

    def notify(self, notice: Notice, *, fence: Fence) -> Sequence[str]:
        """Post the notice."""
        body = msgspec.json.encode(payload(notice))
        headers = {"Content-Type": "application/json", "X-Vedette-Notice": _token(notice.id)}
        if self._secret is not None:
            headers["X-Vedette-Signature"] = f"sha256={sign_hex_hmac_sha256(body, self._secret.reveal())}"
        self._talker.write("POST", self._path(), content=body, headers=headers, fence=fence)
        return ()

    def check(self) -> Iterator[Finding]:
        """Ask for the address without sending anything: whatever a server answers, it is there."""
        try:
            self._talker.read(self._path(), method="HEAD")
        except Refused as problem:
            there = problem.status > 0
            yield Finding(
                self.name, ok=there, message="answers" if there else str(problem), cure="" if there else _CURE
            )
            return
        except VedetteError as problem:
            yield Finding(self.name, ok=False, message=str(problem), cure=_CURE)
            return
        yield Finding(self.name, ok=True, message="answers")

    def close(self) -> None:
        """Let the connections go."""
        self._talker.close()

    def _path(self) -> str:
        return split(self._url.reveal())[1]


class _Talker(Talker):
    """The talker, which takes any 2xx for an answer: many frameworks call an empty one a web page."""

    def judge(self, answer: Answer, *, method: str, path: str) -> Answer:
        return answer if answer.ok else super().judge(answer, method=method, path=path)


def payload(notice: Notice) -> dict[str, Any]:
    """The notice as it is sent."""
    return {
        "version": _VERSION,
        "id": notice.id,
        "key": notice.key,
        "kind": notice.kind.value,
        "severity": notice.severity.value,
        "state": notice.state.value,
        "title": notice.title,
        "cure": notice.cure,
        "facts": dict(notice.facts),
        "link": notice.link,
        "since": notice.since.isoformat(),
        "at": notice.at.isoformat(),
        "count": notice.count,
        "more": notice.more,
    }


def _token(text: str) -> str:
    """The text as a header may carry it."""
    return "".join(sign if sign.isascii() and sign.isprintable() else "_" for sign in text)[:300]


INTEGRATION = Integration(config=Config, notifier=Webhook.from_settings)
