"""Faults: what goes wrong on request, and the rate limits; switched at `POST /_standin/faults`.

A fault is met before the handler runs, except `truncate` and `hang_after`: those spoil the answer of work done.
"""

import asyncio
import re
import socket
import struct
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, MutableMapping
from enum import StrEnum
from random import Random
from typing import Any

import msgspec
from starlette.responses import Response

from vedette.sandbox.sentry.answers import rate_headers, reply, too_busy, too_many
from vedette.sandbox.sentry.settings import Dialect, StandInConfig

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class FaultKind(StrEnum):
    """What goes wrong."""

    STATUS = "status"  # an answer of `status`, with `body` and `headers`
    BROWNOUT = "brownout"  # 410 with Sentry's deprecation headers
    RATE_LIMIT = "rate_limit"  # 429 as sentry.io sends it
    HTML = "html"  # a login page with 200
    SLOW = "slow"  # the right answer, `seconds` late
    HANG = "hang"  # nothing is done, and no answer for `seconds`; then a reset
    HANG_AFTER = "hang_after"  # the work is done, and no answer for `seconds`; then a reset
    RESET = "reset"  # the connection is reset before anything is done
    TRUNCATE = "truncate"  # the work is done, half of the body comes, then the end
    STALE = "stale"  # the second request on a connection is reset, as a silently closed keep-alive does


class Fault(msgspec.Struct):
    """One fault: where (a regular expression searched in the path), what, how often."""

    kind: FaultKind
    path: str = ""
    method: str = ""
    status: int = 502
    body: str = ""
    headers: dict[str, str] = {}
    seconds: float = 30.0
    #: How many more requests it hits; None is without end.
    times: int | None = None
    probability: float = 1.0


class Orders(msgspec.Struct):
    """The body of `POST /_standin/faults`: faults to add, limits to set, or everything to clear."""

    clear: bool = False
    faults: list[Fault] = []
    #: Requests per second by endpoint; `all` is over all endpoints together.
    rate_limits: dict[str, int] | None = None
    hollow_pages: bool | None = None
    #: Calls of one caller that may be under way at once, by endpoint.
    concurrency: dict[str, int] | None = None
    #: Every token is refused from now on, as a revoked one is.
    denied: bool | None = None
    #: Seconds that the server's clock runs ahead.
    skew: float | None = None
    #: Counts over several projects are refused, as without the feature for it.
    one_project: bool | None = None
    #: The list of a project's events takes no start and end, as self-hosted servers do not.
    dateless: bool | None = None


#: Endpoint names of the rate limits, by path; the first that matches counts.
_ENDPOINTS = (
    ("org_issues", re.compile(r"/organizations/[^/]+/issues/$")),
    ("project_events", re.compile(r"/projects/[^/]+/[^/]+/events/$")),
    ("project_issues", re.compile(r"/projects/[^/]+/[^/]+/issues/$")),
    ("issue_events", re.compile(r"/issues/\d+/events/")),
    ("issue", re.compile(r"/issues/\d+/$")),
    ("comments", re.compile(r"/issues/\d+/(comments|notes)/$")),
    ("events", re.compile(r"/organizations/[^/]+/events/$")),
    ("timeseries", re.compile(r"/organizations/[^/]+/events-timeseries/$")),
    ("stats", re.compile(r"/organizations/[^/]+/stats_v2/$")),
    ("members", re.compile(r"/members/$")),
    ("envelope", re.compile(r"/api/\d+/(envelope|store)/$")),
)

#: Seconds that a limit speaks of, where it is not one: https://github.com/getsentry/sentry/pull/64847, and
#: rate_limit_events in src/sentry/api/endpoints/organization_events.py there.
_SPANS = {"project_events": 60, "events": 300}


class Switchboard:
    """The faults and limits in force."""

    def __init__(self, config: StandInConfig) -> None:
        stale = [Fault(FaultKind.STALE)] if config.dialect is Dialect.SENTRY9 else []
        self.faults: list[Fault] = stale
        self.limits = dict(config.rate_limits)
        self.hollow_pages = config.hollow_pages
        self.concurrency = dict(config.concurrency)
        self.denied = self.one_project = self.dateless = False
        self.skew = 0.0
        self._busy: Counter[tuple[str, str]] = Counter()
        self._dice = Random(config.dice)
        self._spent: defaultdict[tuple[str, str], list[float]] = defaultdict(list)

    def obey(self, orders: Orders) -> None:
        """Take orders from the control door."""
        if orders.clear:
            self.faults, self.limits, self.hollow_pages, self.concurrency = [], {}, False, {}
            self.denied, self.one_project, self.dateless, self.skew = False, False, False, 0.0
        self.faults += orders.faults
        self.limits |= orders.rate_limits or {}
        self.concurrency |= orders.concurrency or {}
        for name in ("hollow_pages", "denied", "one_project", "dateless", "skew"):
            wanted = getattr(orders, name)
            setattr(self, name, getattr(self, name) if wanted is None else wanted)

    def strike(self, method: str, path: str, *, requests: int) -> Fault | None:
        """The fault that hits this request, if any; `requests` counts those on its connection."""
        for fault in self.faults:
            if self._hits(fault, method, path, requests):
                fault.times = fault.times if fault.times is None else fault.times - 1
                return fault
        return None

    def _hits(self, fault: Fault, method: str, path: str, requests: int) -> bool:
        if fault.times == 0 or fault.method not in {"", method} or not re.search(fault.path, path):
            return False
        if fault.kind is FaultKind.STALE and requests < 2:
            return False
        return self._dice.random() < fault.probability

    def spend(self, path: str, caller: str, *, now: float) -> tuple[Response | None, dict[str, str]]:
        """A refusal when the caller has used up this time's requests, else the headers that say what is left."""
        found: tuple[Response | None, dict[str, str]] = None, {}
        for name in ("all", _endpoint(path)):
            if name in self.limits:
                found = self._spend(name, caller, now=now)
            if found[0] is not None:
                break
        return found

    def _spend(self, name: str, caller: str, *, now: float) -> tuple[Response | None, dict[str, str]]:
        limit, span = self.limits[name], _SPANS.get(name, 1)
        # A limit of a minute is counted from its beginning, one of a second from the call.
        since = now - 1 if span == 1 else now // span * span
        recent = [at for at in self._spent[name, caller] if at > since]
        self._spent[name, caller] = recent
        reset = int(now) // span * span + span
        if len(recent) >= limit:
            return too_many(limit, reset, span=span), {}
        recent.append(now)
        return None, rate_headers(limit, limit - len(recent), reset)

    def enter(self, path: str, caller: str) -> tuple[str, str] | None:
        """Begin a call; None where as many of the caller's are under way as may be."""
        place = (_endpoint(path), caller)
        if self._busy[place] >= self.concurrency.get(place[0], 1000):
            return None
        self._busy[place] += 1
        return place

    def leave(self, place: tuple[str, str]) -> None:
        """End a call."""
        self._busy[place] -= 1

    def allowed(self, path: str) -> int:
        """How many calls may be under way at once."""
        return self.concurrency.get(_endpoint(path), 1000)


def _endpoint(path: str) -> str:
    return next((name for name, pattern in _ENDPOINTS if pattern.search(path)), "")


class Gate:
    """ASGI middleware: faults and limits stand before the application; the control door is exempt."""

    def __init__(self, app: App, switchboard: Switchboard) -> None:
        self._app = app
        self._switchboard = switchboard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, spoil it, or answer in the application's place."""
        if scope["type"] != "http" or scope["path"].startswith("/_standin"):
            await self._app(scope, receive, send)
            return
        place = self._switchboard.enter(scope["path"], _caller(scope))
        if place is None:
            await too_busy(self._switchboard.allowed(scope["path"]))(scope, receive, send)
            return
        try:
            await self._admit(scope, receive, send)
        finally:
            self._switchboard.leave(place)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._switchboard.strike(scope["method"], scope["path"], requests=scope.get("requests", 1))
        if fault is not None:
            await self._spoil(fault, scope, receive, send)
            return
        refusal, headers = self._switchboard.spend(scope["path"], _caller(scope), now=time.time())
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, _adding(headers, send) if headers else send)

    async def _spoil(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        match fault.kind:
            case FaultKind.RESET | FaultKind.STALE:
                await _reset(scope)
            case FaultKind.HANG:
                await asyncio.sleep(fault.seconds)
                await _reset(scope)
            case FaultKind.HANG_AFTER:
                await self._app(scope, receive, _swallow)
                await asyncio.sleep(fault.seconds)
                await _reset(scope)
            case FaultKind.TRUNCATE:
                await self._app(scope, receive, _halving(scope, send))
                await _settled()
            case FaultKind.SLOW:
                await asyncio.sleep(fault.seconds)
                await self._app(scope, receive, send)
            case _:
                await _canned(fault)(scope, receive, send)


def _canned(fault: Fault) -> Response:
    match fault.kind:
        case FaultKind.BROWNOUT:
            head = {
                "X-Sentry-Deprecation-Date": "2031-05-15T00:00:00+00:00",
                "X-Sentry-Replacement-Endpoint": "/api/0/organizations/{organization_id_or_slug}/issues/",
            }
            return reply({"message": "This API no longer exists."}, 410, head)
        case FaultKind.RATE_LIMIT:
            return too_many(3, int(time.time()) + 1)
        case FaultKind.HTML:
            return Response(b"<html><body><form>Log in</form></body></html>", 200, media_type="text/html")
        case _:
            return Response(fault.body.encode(), fault.status, fault.headers, "text/html")


def _caller(scope: Scope) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"), "")


def _adding(extra: dict[str, str], send: Send) -> Send:
    async def forward(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            pairs = [(name.encode(), value.encode()) for name, value in extra.items()]
            message["headers"] = [*message["headers"], *pairs]
        await send(message)

    return forward


async def _swallow(_: MutableMapping[str, Any]) -> None:
    """The answer is never sent."""


def _halving(scope: Scope, send: Send) -> Send:
    async def forward(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.body":
            body = message.get("body", b"")
            await send({**message, "body": body[: len(body) // 2], "more_body": True})
            scope["transport"].close()
        else:
            await send(message)

    return forward


async def _reset(scope: Scope) -> None:
    """Close so that the peer sees a reset, not an orderly end: a linger of zero does that."""
    transport = scope["transport"]
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await _settled()


async def _settled() -> None:
    """Let the server notice that the connection is gone, so that it does not complain of an unfinished answer."""
    await asyncio.sleep(0.001)
