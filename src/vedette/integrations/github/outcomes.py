"""Outcomes: GitHub's own ways of saying no, sorted by remedy.

Sources: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api and
https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from vedette.errors import RateLimited, Refused, Unauthorised, Unavailable
from vedette.ports.http import Answer, Talker, retry_after

_LONGEST_WORDS = 500
# The documentation asks for a minute where a secondary limit names no time.
_PATIENCE = 60.0
_LIMITS = (b"secondary rate limit", b"abuse detection", b"API rate limit exceeded")
_SHUT_OUT = (b"suspended",)


class Moved(Refused):
    """What was asked for lives elsewhere; `location` is where, as GitHub says it."""

    def __init__(self, message: str, *, location: str) -> None:
        super().__init__(message, status=301)
        self.location = location


class Stranger(Unauthorised):
    """A 401: the token is wrong, ended or revoked, and nothing was done."""


class GitHubTalker(Talker):
    """The talker, with GitHub's limits that come as 403, its redirects, and its 410 that is no brown-out."""

    def __init__(
        self, name: str, *, base_url: str, headers: Mapping[str, str], timeout: float, secrets: Sequence[str]
    ) -> None:
        told = partial(words, secrets=secrets)
        super().__init__(name, base_url=base_url, headers=headers, timeout=timeout, words=told)
        self._told = told

    def judge(self, answer: Answer, *, method: str, path: str) -> Answer:
        """As `Talker.judge`, with these."""
        status, where = answer.status, f"{self.name}: {method} {path} answered {answer.status}"
        if status in (403, 429) and _is_limit(answer):
            raise RateLimited(f"{where}: GitHub asks for patience", wait=_wait(answer))
        if 300 <= status < 400:
            raise self._moved(answer, method=method, where=where)
        message, fields = self._told(answer) if status >= 400 else ("", {})
        if status == 401:
            raise Stranger(f"{where}: {message}")
        if status == 403 and any(each in answer.body for each in _SHUT_OUT):
            raise Unauthorised(f"{where}: {message}")
        if status == 410:
            raise Refused(f"{where}: {message or 'gone'}", status=status, fields=fields)
        return super().judge(answer, method=method, path=path)

    def _moved(self, answer: Answer, *, method: str, where: str) -> Exception:
        if method != "GET":
            # A redirected write was not done. Reading first finds the new place, so the next attempt goes there.
            return Unavailable(f"{where}: it was moved or renamed just now")
        return Moved(f"{where}: it was moved or renamed", location=answer.headers.get("location", ""))


def words(answer: Answer, *, secrets: Sequence[str] = ()) -> tuple[str, dict[str, str]]:
    """GitHub's own words of a refusal: one message, and a message per field."""
    try:
        body = answer.json()
    except msgspec.DecodeError:
        return "", {}
    if not isinstance(body, dict):
        return "", {}
    listed = body.get("errors")
    errors = [each for each in (listed if isinstance(listed, list) else []) if each]
    fields = {
        str(each["field"]): _hidden(_sentence(each), secrets)
        for each in errors
        if isinstance(each, dict) and each.get("field")
    }
    told = [str(body.get("message") or ""), *map(_sentence, errors)]
    whole = " ".join("; ".join(each for each in told if each).split())
    return _hidden(whole, secrets)[:_LONGEST_WORDS], fields


def _sentence(error: Any) -> str:
    if not isinstance(error, dict):
        return str(error)
    told = error.get("message") or error.get("code") or ""
    value = f" ({error['value']!r})" if error.get("value") is not None else ""
    return f"{error.get('field') or error.get('resource') or 'error'}: {told}{value}"


def _hidden(text: str, secrets: Sequence[str]) -> str:
    # A query string or a token may be quoted in a refusal; neither belongs in a message.
    for secret in secrets:
        text = text.replace(secret, "…")
    return text.replace("?", "")


def _is_limit(answer: Answer) -> bool:
    spent = answer.headers.get("x-ratelimit-remaining") == "0"
    return (
        answer.status == 429 or spent or "retry-after" in answer.headers or any(each in answer.body for each in _LIMITS)
    )


def _wait(answer: Answer) -> float:
    asked = retry_after(answer)
    if asked is not None:
        return asked
    reset = answer.headers.get("x-ratelimit-reset", "")
    spent = answer.headers.get("x-ratelimit-remaining") == "0"
    if spent and reset.isascii() and reset.isdigit():
        return min(max(float(reset) - time.time(), 1.0), 3600.0)
    return _PATIENCE
