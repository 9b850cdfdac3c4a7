"""Talker: Sentry's answers by remedy, and the sentences that go with them.

What differs from HTTP's usual: a 429 carries no Retry-After but an epoch in a header of its own, and a bare JSON string
as its body; a server of another dialect answers an address it does not know with a web page and 200; a 410 is a
brown-out that passes, and names what will replace the address.
"""

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from vedette.errors import RateLimited, Refused, Unauthorised, Unavailable
from vedette.integrations.sentry.untrusted import first_text, items, mapping, number, text
from vedette.model.settings import SentryInstance
from vedette.ports.http import Answer, Talker, retry_after

# Sentry's windows last a second to five minutes; a reset further away is a clock that is wrong.
_LONGEST_WAIT = 300.0
_LONGEST_WORDS = 300


class NoSuchAddress(Refused):
    """The server does not know the address at all; `dialect:` or `url:` is wrong, the issue may well exist."""


class Forbidden(Unauthorised):
    """The token is good and lacks the scope for this reading."""


class SentryTalker(Talker):
    """Calls one Sentry server with its token."""

    def __init__(self, instance: SentryInstance) -> None:
        super().__init__(
            f"sentry {instance.name}",
            base_url=f"{instance.url.rstrip('/')}/api/0/",
            headers={"Authorization": f"Bearer {instance.token.reveal()}", "Accept": "application/json"},
            timeout=instance.timeout.total_seconds(),
            words=words,
        )
        self._dialect = instance.dialect

    def judge(self, answer: Answer, *, method: str, path: str) -> Answer:
        """As `Talker.judge`, with what only Sentry and its kin do."""
        place = f"{self.name}: {method} {path or '/'}"
        cure = f"set `dialect:` (now {self._dialect}) and `url:` to what this server is"
        is_page = answer.headers.get("content-type", "").lower().startswith("text/html")
        if answer.ok and answer.body and is_page:
            raise Unauthorised(f"{place} answered a web page where data was expected; {cure}")
        if answer.status == 404 and is_page:
            raise NoSuchAddress(f"{place} answered that there is no such address; {cure}", status=404)
        if answer.status == 429:
            raise RateLimited(f"{place} answered 429: {words(answer)[0]}", wait=wait_of(answer, now=time.time()))
        if answer.status == 403 and method == "GET":
            raise Forbidden(f"{place} answered 403: {words(answer)[0]} Give the token the scopes to read.")
        return super().judge(answer, method=method, path=path)

    def fetch(self, path: str, **params: str | int | list[str] | list[int]) -> tuple[Any, Answer]:
        """A GET, its JSON read; raises `Unavailable` where the body is none."""
        answer = self.read(path, params=params or None)
        try:
            return answer.json(), answer
        except msgspec.DecodeError:
            raise Unavailable(f"{self.name}: GET {path} answered {answer.status} without readable JSON") from None


def wait_of(answer: Answer, *, now: float) -> float | None:
    """Seconds until a limit's window is over; None where the server does not say.

    The reset is in the server's time, so the answer's own date is preferred to the clock at hand.
    """
    told = retry_after(answer)
    reset = number(answer.headers.get("x-sentry-rate-limit-reset"))
    if told is not None or reset is None:
        return told
    return min(max(reset - (_date_of(answer) or now), 1.0), _LONGEST_WAIT)


def _date_of(answer: Answer) -> float | None:
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except (ValueError, OverflowError):
        return None


def words(answer: Answer) -> tuple[str, Mapping[str, str]]:
    """The server's own message and messages per field."""
    try:
        body = answer.json()
    except msgspec.DecodeError:
        return "", {}
    fields = _fields(body)
    detail = mapping(body).get("detail")
    message = first_text(body, detail, mapping(detail).get("message"), mapping(body).get("message"))
    message = message or "; ".join(f"{name}: {told}" for name, told in fields.items())
    replaced = answer.headers.get("x-sentry-replacement-endpoint", "")
    return (message + (f" (replaced by {replaced})" if replaced else ""))[:_LONGEST_WORDS], fields


def _fields(body: Any) -> dict[str, str]:
    """Field messages: `{"text": ["…"]}` of Sentry, `{"email": "…"}` of 9.1.2, FastAPI's list of GlitchTip."""
    told: dict[str, str] = {}
    for name, value in mapping(body).items():
        message = "; ".join(filter(None, map(text, items(value)))) or text(value)
        if name not in {"detail", "message"} and message:
            told[name] = message
    for fault in map(mapping, items(mapping(body).get("detail"))):
        place = ".".join(map(text, items(fault.get("loc"))))
        told[place or "body"] = text(fault.get("msg"))
    return told
