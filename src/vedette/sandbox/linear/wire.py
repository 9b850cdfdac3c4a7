"""The ill manners of a network: answers that hang, break off, reset, or come from a page that is not Linear at all."""

import asyncio
import socket
import struct
import time
from email.utils import formatdate
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from vedette.sandbox.linear.answers import Answer, Refusal, error, json_answer
from vedette.sandbox.linear.faults import Kind

TRANSPORT = "vedette.transport"
HTML = {"content-type": "text/html; charset=utf-8"}


class Wire(HttpToolsProtocol):
    """Uvicorn's protocol, which also hands the connection itself to whoever must break it."""

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        extensions: dict[str, Any] = self.scope.setdefault("extensions", {})
        extensions[TRANSPORT] = self.transport


def transport(scope: Scope) -> asyncio.Transport:
    """The connection a request came in on."""
    found: asyncio.Transport = scope["extensions"][TRANSPORT]
    return found


async def until_gone(receive: Receive) -> None:
    """Wait until the client has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


def reset(connection: asyncio.Transport) -> None:
    """End a connection with RST rather than FIN, so that the client sees a reset and not a clean end."""
    found = connection.get_extra_info("socket")
    if found is not None:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.abort()


async def gone_or_dropped(scope: Scope, receive: Receive, *, most: float) -> None:
    """Wait for the client to go; drop it after `most` seconds."""
    try:
        await asyncio.wait_for(until_gone(receive), timeout=most)
    except TimeoutError:
        reset(transport(scope))
        await until_gone(receive)


class Whole(Response):
    """An answer as it should be."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body, status_code=answer.status, headers=dict(answer.headers))


class Reset(Response):
    """No answer: the connection is reset."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        reset(transport(scope))
        await until_gone(receive)


class Hanging(Response):
    """No answer until the client goes, or until `most` seconds have passed."""

    def __init__(self, *, most: float) -> None:
        super().__init__()
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        await gone_or_dropped(scope, receive, most=self._most)


class Truncated(Whole):
    """A head that promises the whole body, half of the body, and the end of the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        half = self.body[: len(self.body) // 2]
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": half, "more_body": True})
        transport(scope).close()
        await until_gone(receive)


def _page(status: int, title: str) -> Answer:
    text = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Answer(status=status, body=text.encode(), headers=HTML)


_BROKEN = Refusal("INTERNAL_SERVER_ERROR", "Internal server error")
_FIXED = {
    Kind.ERROR_500: json_answer({"errors": [error("INTERNAL_SERVER_ERROR", "Internal server error")]}, status=500),
    Kind.INTERNAL: _BROKEN.answer(),
    Kind.COMMIT_INTERNAL: _BROKEN.answer(),
    Kind.CONFLICT: json_answer({"errors": [error("CONFLICT", "The entity is being changed.")]}, status=409),
    Kind.FORBIDDEN: Refusal("FORBIDDEN", "You do not have access to this.", status=403).answer(),
    Kind.MAINTENANCE: _page(503, "Down for maintenance"),
    Kind.LOGIN_PAGE: _page(200, "Log in to your workspace"),
    Kind.COMMIT_502: _page(502, "502 Bad Gateway"),
}


def instead(kind: Kind, *, seconds: int) -> Answer:
    """The answer that a fault gives in place of the right one."""
    match kind:
        case Kind.LIMITED:
            return _limited("Requests", seconds)
        case Kind.COMPLEX:
            return _limited("Complexity", seconds)
        case Kind.LIMIT_DATE:
            # An HTTP date has no fractions; rounding up keeps the wait at least what was asked.
            after = {"retry-after": formatdate(int(time.time()) + seconds + 1, usegmt=True)}
            return Answer(status=429, body=b"Too many requests", headers={"content-type": "text/plain", **after})
        case Kind.UNAUTHORISED:
            return unauthorised()
        case _:
            return _FIXED[kind]


def unauthorised() -> Answer:
    """The refusal of wrong or revoked credentials."""
    return Refusal("AUTHENTICATION_ERROR", "Authentication required, not authenticated", status=401).answer()


def budgets(*, spent: str = "", reset_in: float = 3600.0) -> dict[str, str]:
    """The headers of both budgets; moments are milliseconds since 1970. The budget that is `spent` has nothing left."""
    found: dict[str, str] = {}
    for name, limit in (("Requests", 5000), ("Complexity", 250_000)):
        found[f"x-ratelimit-{name.lower()}-limit"] = str(limit)
        found[f"x-ratelimit-{name.lower()}-remaining"] = "0" if name == spent else str(limit - 1)
        ends = reset_in if name == spent or not spent else 3600.0
        found[f"x-ratelimit-{name.lower()}-reset"] = str(int((time.time() + ends) * 1000))
    return found


def _limited(budget: str, seconds: int) -> Answer:
    refusal = Refusal("RATELIMITED", "Rate limit exceeded. Only 5000 requests are allowed per 1 hour.", status=400)
    return refusal.answer(budgets(spent=budget, reset_in=seconds))
