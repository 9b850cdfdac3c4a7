"""Slack, by an incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks.

Law: the address is the secret, and stands in no message.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

from vedette.errors import Refused, Unauthorised, VedetteError
from vedette.model.alarms import Notice, NoticeState
from vedette.model.ownership import Finding
from vedette.model.secret import Secret
from vedette.model.settings import NotifierSettings
from vedette.ports.calling import hidden, secret_address, split
from vedette.ports.http import Answer, Fence, Talker
from vedette.ports.roles import Integration
from vedette.rules.telling import cut, headline, often

_LONGEST_TEXT, _LONGEST_FIELD, _MOST_FIELDS = 3000, 2000, 10
_SIGNS = {"critical": ":rotating_light:", "error": ":red_circle:", "warning": ":large_yellow_circle:"}
# What Slack answers for an address that is none (any more); with another answer the hook is there.
_GONE = ("no_service", "no_team", "invalid_token", "no_active_hooks", "team_disabled")
# To an empty message Slack says what it lacks, and posts nothing.
_EMPTY = ("no_text", "invalid_payload", "missing_text_or_fallback_or_attachments")
_CURE = "make a new incoming webhook for the channel and give its address as url"


class Config(BaseModel):
    """An incoming webhook, which posts to one channel."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)

    url: Annotated[Secret, AfterValidator(secret_address)]
    allow_private: bool = False


class Slack:
    """Posts messages to one channel."""

    def __init__(self, name: str, config: Config, *, timeout: float) -> None:
        self.name = name
        self._url = config.url
        origin, _ = split(config.url.reveal())
        self._talker = _Talker(
            name,
            base_url=origin,
            timeout=timeout,
            words=self._words,
            public_only=not config.allow_private,
            secret_path=True,
        )

    @classmethod
    def from_settings(cls, settings: NotifierSettings) -> "Slack":
        """The notifier that the settings describe."""
        return cls(settings.name, settings.config, timeout=settings.timeout.total_seconds())

    def notify(self, notice: Notice, *, fence: Fence) -> Sequence[str]:
        """Post the message."""
        self._talker.write("POST", self._path(), json=message(notice), fence=fence)
        return ()

    def check(self) -> Iterator[Finding]:
        """Send an empty message, which Slack refuses to post once it has accepted the address."""
        try:
            self._talker.read(self._path(), method="POST", json={})
        except Refused as problem:
            there = any(word in str(problem) for word in _EMPTY)
            told = "the webhook is there" if there else str(problem)
            yield Finding(self.name, ok=there, message=told, cure="" if there else _CURE)
            return
        except VedetteError as problem:
            yield Finding(self.name, ok=False, message=str(problem), cure=_CURE)
            return
        yield Finding(self.name, ok=True, message="the webhook is there")

    def close(self) -> None:
        """Let the connections go."""
        self._talker.close()

    def _path(self) -> str:
        return split(self._url.reveal())[1]

    def _words(self, answer: Answer) -> tuple[str, Mapping[str, str]]:
        return cut(hidden(answer.body.decode("utf-8", "replace"), self._url), 200), {}


class _Talker(Talker):
    """The talker, which knows Slack's words for a hook or channel that is gone."""

    def judge(self, answer: Answer, *, method: str, path: str) -> Answer:
        if answer.status == 200 and answer.body.strip() == b"ok":
            return answer  # Slack calls this one word a web page, which the talker takes for a login
        said = answer.body.decode("utf-8", "replace")
        if answer.status in (400, 403, 404, 410) and any(word in said for word in _GONE):
            raise Unauthorised(f"{self.name}: Slack does not know the webhook ({cut(said, 100)}); {_CURE}")
        if answer.status == 410:
            raise Refused(f"{self.name}: Slack answered 410: {cut(said, 100)}; {_CURE}", status=410)
        return super().judge(answer, method=method, path=path)


def message(notice: Notice) -> dict[str, Any]:
    """The message as blocks, with the same in one line for notifications; no block is empty."""
    resolved = notice.state is NoticeState.RESOLVED
    sign = ":white_check_mark:" if resolved else _SIGNS.get(notice.severity, ":information_source:")
    title = f"Resolved: {notice.title}" if resolved else f"{notice.title}{often(notice)}"
    parts = [_section(f"{sign} *{_escaped(title)}*")]
    if notice.cure and not resolved:
        parts.append(_section(_escaped(notice.cure)))
    if fields := [_field(name, value) for name, value in notice.facts if value][:_MOST_FIELDS]:
        parts.append({"type": "section", "fields": fields})
    if notice.link:
        parts.append(_section(f"<{_escaped(notice.link)}|Open in Vedette>"))
    return {"text": cut(_escaped(headline(notice)), _LONGEST_TEXT), "blocks": parts}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": cut(text, _LONGEST_TEXT)}}


def _field(name: str, value: str) -> dict[str, str]:
    return {"type": "mrkdwn", "text": cut(f"*{_escaped(name)}*\n{_escaped(value)}", _LONGEST_FIELD)}


def _escaped(text: str) -> str:
    """Without Slack's control signs: a stranger's words mention nobody and lead nowhere."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


INTEGRATION = Integration(config=Config, notifier=Slack.from_settings)
