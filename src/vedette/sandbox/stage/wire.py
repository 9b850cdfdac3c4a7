"""The ill manners of a network: answers that hang, break off, reset, or come from a page of no interface at all."""

import asyncio
import socket
import struct
import time
from email.utils import formatdate
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from vedette.sandbox.stage.answers import Answer

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


class Truncated(Whole):
    """A head that promises the whole body, half of the body, and the end of the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        half = self.body[: len(self.body) // 2]
        # A bodiless 204 has nothing to break off; only the connection's end can tell.
        if half:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": half, "more_body": True})
        transport(scope).close()
        await until_gone(receive)


def date_after(seconds: int) -> str:
    """The HTTP date some seconds from now; it has no fractions, and rounding up keeps the wait at least as asked."""
    return formatdate(int(time.time()) + seconds + 1, usegmt=True)
