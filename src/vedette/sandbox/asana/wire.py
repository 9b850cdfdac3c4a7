"""The ill manners of a network: answers that hang, break off, reset, or come from a page that is not Asana at all."""

import asyncio
import socket
import struct
import time
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from vedette.sandbox.asana.answers import Answer, Refusal
from vedette.sandbox.asana.faults import Kind

TRANSPORT = "vedette.transport"
HTML = {"content-type": "text/html;charset=UTF-8"}
MAINTENANCE = b"""<!DOCTYPE html><html><head><title>Down for maintenance</title></head>
<body><h1>Our site is down for a little while</h1><p>Please come back soon.</p></body></html>"""
LOGIN = b"""<!DOCTYPE html><html><head><title>Log in</title></head>
<body><form method="post"><h1>Log in to your account</h1><input name="username"></form></body></html>"""
GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Wire(HttpToolsProtocol):
    """Uvicorn's protocol, which also hands the connection itself to whoever must break it."""

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        extensions: dict[str, Any] = self.scope.setdefault("extensions", {})
        extensions[TRANSPORT] = self.transport


def transport(scope: Scope) -> asyncio.Transport:
    """Return the connection a request came in on."""
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


async def gone_or_dropped(scope: Scope, receive: Receive, *, most: float) -> None:
    """Wait for the client to go; drop it after `most` seconds."""
    try:
        await asyncio.wait_for(until_gone(receive), timeout=most)
    except TimeoutError:
        reset(transport(scope))
        await until_gone(receive)


class Truncated(Response):
    """A head that promises the whole body, half of the body, and the end of the connection."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body, status_code=answer.status, headers=dict(answer.headers))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        half = self.body[: len(self.body) // 2]
        # A bodiless 204 has nothing to break off; only the connection's end can tell.
        if half:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": half, "more_body": True})
        transport(scope).close()
        await until_gone(receive)


def _said(status: int, message: str, *, headers: Mapping[str, str] | None = None) -> Answer:
    return Refusal(status, message).answer(headers=headers)


_FIXED = {
    Kind.ERROR_500: _said(500, "Server Error"),
    Kind.ERROR_503: _said(503, "Service unavailable"),
    Kind.CONFLICT: _said(409, "This object is being changed by another request."),
    Kind.MAINTENANCE: Answer(status=503, body=MAINTENANCE, headers=HTML),
    Kind.LOGIN_PAGE: Answer(status=200, body=LOGIN, headers=HTML),
    Kind.COMMIT_502: Answer(status=502, body=GATEWAY, headers=HTML),
}


def instead(kind: Kind, *, seconds: int) -> Answer:
    """Return the answer that a fault gives in place of the right one."""
    match kind:
        case Kind.LIMIT_SECONDS:
            return _limited(str(seconds))
        case Kind.LIMIT_DATE:
            # An HTTP date has no fractions; rounding up keeps the wait at least what was asked.
            return _limited(formatdate(int(time.time()) + seconds + 1, usegmt=True))
        case Kind.UNAUTHORISED:
            return unauthorised()
        case _:
            return _FIXED[kind]


def unauthorised() -> Answer:
    """The 401 of a wrong or revoked token."""
    return _said(401, "Not Authorized", headers={"www-authenticate": 'Bearer realm="asana"'})


def _limited(retry_after: str) -> Answer:
    message = "You have made too many requests recently. Please, be chill."
    return _said(429, message, headers={"retry-after": retry_after})
