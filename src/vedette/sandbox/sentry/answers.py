"""Answers: bodies, errors and page links in the words of each server.

The texts and content types were measured; a client must live with all of them.
"""

import json
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import msgspec
from starlette.responses import Response

from vedette.sandbox.sentry.settings import Dialect

_SPA = b"<!doctype html><html><head><title>GlitchTip</title></head><body><app-root></app-root></body></html>"


class Refusal(Exception):
    """Ends a request with an answer that is not a success."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def reply(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(msgspec.json.encode(body), status, headers, "application/json")


def empty(status: int) -> Response:
    """An answer without a body, such as 202 or 204."""
    return Response(b"", status)


def refuse(status: int, body: Any) -> Refusal:
    """An error with a JSON body: {"detail": …} or a map of fields."""
    return Refusal(reply({"detail": body} if isinstance(body, str) else body, status))


def internal_error() -> Refusal:
    """What 9.1.2 says to a bad cursor."""
    return refuse(500, {"detail": "Internal Error", "errorId": uuid4().hex})


def invalid(where: list[str], message: str) -> Refusal:
    """GlitchTip's validation error."""
    return refuse(422, {"detail": [{"type": "value_error", "loc": where, "msg": message, "ctx": {}}]})


def missing(name: str) -> Refusal:
    """GlitchTip's answer to a body without a field that it needs."""
    return refuse(422, {"detail": [{"type": "missing", "loc": ["body", "payload", name], "msg": "Field required"}]})


def not_found(dialect: Dialect) -> Refusal:
    """A known path, an unknown thing."""
    return refuse(404, "Not Found" if dialect is Dialect.GLITCHTIP else "The requested resource does not exist")


def forbidden(dialect: Dialect) -> Refusal:
    """A known caller that may not."""
    if dialect is Dialect.GLITCHTIP:
        return refuse(403, "Permission denied")
    return refuse(403, "You do not have permission to perform this action.")


def unauthorised(dialect: Dialect, *, token: str) -> Refusal:
    """No credentials, or wrong ones."""
    if dialect is Dialect.GLITCHTIP:
        return refuse(401, "Unauthorized")
    return refuse(401, "Invalid token" if token else "Authentication credentials were not provided.")


def unknown_path(path: str, dialect: Dialect) -> Response:
    """A path nobody serves: empty HTML; GlitchTip's API paths fall through to its single page, with 200."""
    if dialect is Dialect.GLITCHTIP and path.startswith("/api/0/"):
        return Response(_SPA, 200, media_type="text/html")
    return Response(b"", 404, media_type="text/html")


def wrong_method(dialect: Dialect) -> Response:
    """Sentry says 403 where others say 405."""
    if dialect is Dialect.GLITCHTIP:
        return reply({"detail": "Method not allowed"}, 405)
    return forbidden(dialect).response


def too_many(limit: int, reset: int, *, span: int = 1) -> Response:
    """A 429 as sentry.io sends it: no Retry-After, a JSON string called HTML, and the word None."""
    text = f"You are attempting to use this endpoint too frequently. Limit is {limit} requests in {span} seconds"
    head = rate_headers(limit, 0, reset) | {"X-Sentry-Rate-Limit-ConcurrentRemaining": "None"}
    return Response(json.dumps(text).encode(), 429, head, "text/html")


def too_busy(limit: int) -> Response:
    """A 429 for too many calls at once."""
    text = f"You are attempting to go above the allowed concurrency for this endpoint. Concurrency limit is {limit}"
    return Response(json.dumps(text).encode(), 429, {}, "text/html")


def rate_headers(limit: int, remaining: int, reset: int) -> dict[str, str]:
    """The five headers of a server that limits."""
    return {
        "X-Sentry-Rate-Limit-Limit": str(limit),
        "X-Sentry-Rate-Limit-Remaining": str(remaining),
        "X-Sentry-Rate-Limit-Reset": str(reset),
        "X-Sentry-Rate-Limit-ConcurrentLimit": "999",
        "X-Sentry-Rate-Limit-ConcurrentRemaining": "998",
    }


def link(url: str, *, previous: tuple[str, bool], following: tuple[str, bool], dialect: Dialect) -> str:
    """The Link header: both relations always; GlitchTip prints a Python set, its first cursor missing."""
    if dialect is Dialect.GLITCHTIP:
        back = f'<{url}>; rel="previous"; results="{_word(previous[1])}"'
        return "{'" + f"{back}, {_relation(url, 'next', following)}" + "'}"
    return f"{_relation(url, 'previous', previous)}, {_relation(url, 'next', following)}"


def _relation(url: str, name: str, target: tuple[str, bool]) -> str:
    cursor, results = target
    joined = f"{url}{'&' if '?' in url else '?&'}cursor={quote(cursor, safe=':')}"
    return f'<{joined}>; rel="{name}"; results="{_word(results)}"; cursor="{cursor}"'


def _word(results: bool) -> str:  # noqa: FBT001 - one word from one flag
    return "true" if results else "false"
