"""Hooks: the listener that strangers may reach; bytes go to intake, and the answer tells no more than the outcome.

Law: one plain ASGI application without middleware, since this way must stay short; never an answer before the commit,
never an exception to the server, and no path in any log, because a path may hold a token.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from dataclasses import replace
from typing import Any

import msgspec

from vedette.errors import Rejected, Unavailable
from vedette.flows.context import Context, log
from vedette.flows.intake import KEPT, SIGNATURE, Greeted, Knock, Taken, source_of, take_in
from vedette.flows.senders import headers_of
from vedette.flows.tally import Tally
from vedette.model.deliveries import DeliveryKind
from vedette.store.database import Health

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_WANTED = frozenset((*KEPT, SIGNATURE))
# Of a body beyond the limit this much more is read and let go, since who writes does not read: an answer sent into an
# upload that is under way is lost to a reset.
_DRAINED = 16 * 1024 * 1024
_CLOSE = ((b"connection", b"close"),)
_NO_TRACKERS: tuple[list[str], ...] = ([], [""], ["sentry"], ["glitchtip"])
_BODY_WITHIN = 30.0  # seconds for a whole body, however small its parts; Sentry itself waits for one


class Gone(Exception):
    """The sender left in the middle of its request; nobody waits for an answer."""


class HooksDoor:
    """The ASGI application. `context` is asked anew for each request, so that a reload takes effect at once.

    `elsewhere` may answer what is no hook; it says whether it did.
    """

    def __init__(
        self,
        context: Callable[[], Context],
        *,
        tally: Tally,
        health: Callable[[], Awaitable[Health]],
        elsewhere: Callable[[Scope, Receive, Send], Awaitable[bool]] | None = None,
    ) -> None:
        self._context = context
        self._elsewhere = elsewhere
        self._tally = tally
        self._health = health

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        way = _way(scope["path"])
        if way is None:
            await self._answer_elsewhere(scope, receive, send)
        elif scope["method"] != "POST":
            await send_json(send, 405, {"error": "deliveries are sent with POST"}, (b"allow", b"POST"))
        else:
            await self._deliver(way, scope, receive, send)

    async def _deliver(self, way: Knock, scope: Scope, receive: Receive, send: Send) -> None:
        context = self._context()
        knock = replace(way, headers=_headers(scope, _WANTED | headers_of(context, way.vendor)))
        try:
            body = await whole_body(receive, limit=context.settings.web.max_body)
            knock = replace(knock, body=body)
            taken = await take_in(context, knock)
        except Gone:
            return
        except Rejected as refusal:
            await self._refuse(context, knock, refusal, scope, send)
        except Unavailable as problem:
            await self._put_off(context, knock, problem, send)
        except Exception:  # noqa: BLE001 - the sender must hear "again", not see a connection break
            log.exception("intake_bug")
            await self._put_off(context, knock, Unavailable("a bug; see the log"), send, reason="bug")
        else:
            await self._welcome(taken, send)

    async def _welcome(self, taken: Taken | Greeted, send: Send) -> None:
        match taken:
            case Greeted(source=source, header=header, secret=secret):
                self._tally.greeted(source)
                await send_json(send, 200, {}, (header.encode(), secret.encode()))
            case Taken():
                self._tally.accepted(taken.source, repeat=taken.repeat)
                # At `debug`: the row itself is the record, and a line for each would cost a tenth of the door's speed.
                log.debug("delivery_accepted", delivery=taken.id, source=taken.source, repeat=taken.repeat)
                await send_json(send, 202, {"delivery": taken.id, "repeat": taken.repeat})

    async def _refuse(self, context: Context, knock: Knock, refusal: Rejected, scope: Scope, send: Send) -> None:
        source = source_of(context.settings, knock)
        self._tally.refused(source, refusal.reason)
        log.info("delivery_refused", source=source, reason=refusal.reason, peer=(scope.get("client") or ("",))[0])
        # One answer for every doubt: it must not tell which instances and tokens exist.
        told = "not authenticated" if refusal.status == 401 else str(refusal)
        await send_json(send, refusal.status, {"error": told}, *(_CLOSE if refusal.status != 401 else ()))

    async def _put_off(
        self, context: Context, knock: Knock, problem: Unavailable, send: Send, *, reason: str = "unavailable"
    ) -> None:
        source = source_of(context.settings, knock)
        self._tally.put_off(source, reason)
        log.error("delivery_put_off", source=source, reason=reason, problem=str(problem))
        wait = str(max(1, round(problem.wait or 10))).encode()
        await send_json(send, 503, {"error": "cannot be stored now; send again"}, (b"retry-after", wait))

    async def _answer_elsewhere(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._elsewhere is not None and await self._elsewhere(scope, receive, send):
            return
        if scope["path"] == "/healthz":
            await send_json(send, 200, {"alive": True})
        elif scope["path"] == "/readyz":
            # Strangers learn that, not why: the reason stands on the pages' listener.
            ready = (await self._health()).ok
            await send_json(send, 200 if ready else 503, {"ready": ready})
        else:
            await send_json(send, 404, {"error": "there is nothing here"})


def _way(path: str) -> Knock | None:
    """Dialect, instance or tracker, and token that a path names; None where it is no hook's."""
    parts = path.rstrip("/").split("/")
    return _of_sentry(parts) or _of_a_tracker(parts)


def _of_sentry(parts: list[str]) -> Knock | None:
    match parts:
        case ["", "hooks", "sentry"]:
            return Knock(DeliveryKind.SENTRY)
        case ["", "hooks", "sentry", "legacy", token]:
            return Knock(DeliveryKind.LEGACY, token=token)
        case ["", "hooks", "sentry", name]:
            return Knock(DeliveryKind.SENTRY, name=name)
        case ["", "hooks", "glitchtip", token]:
            return Knock(DeliveryKind.GLITCHTIP, token=token)
    return None


def _of_a_tracker(parts: list[str]) -> Knock | None:
    """Any word may be the kind of a tracker: the answer must not tell which kinds the settings know."""
    if parts[2:3] in _NO_TRACKERS:
        return None
    match parts:
        case ["", "hooks", kind]:
            return Knock(DeliveryKind.TRACKER, vendor=kind)
        case ["", "hooks", kind, tracker]:
            return Knock(DeliveryKind.TRACKER, vendor=kind, name=tracker)
        case ["", "hooks", kind, tracker, token]:
            return Knock(DeliveryKind.TRACKER, vendor=kind, name=tracker, token=token)
    return None


def _headers(scope: Scope, wanted: frozenset[str]) -> Mapping[str, str]:
    pairs = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    return {name: value for name, value in pairs if name in wanted}


async def whole_body(receive: Receive, *, limit: int, within: float = _BODY_WITHIN) -> bytes:
    """The body; raises `Rejected` beyond `limit` bytes (413) or `within` seconds (408), Gone without a sender."""
    first = await receive()
    if first["type"] == "http.disconnect":
        raise Gone
    body: bytes = first.get("body", b"")
    if first.get("more_body", False):
        body = await _rest(body, receive, limit=limit, within=within)
    if len(body) > limit:
        raise _too_large(limit)
    return body


async def _rest(begun: bytes, receive: Receive, *, limit: int, within: float) -> bytes:
    parts, size = [begun], len(begun)
    try:
        async with asyncio.timeout(within):
            async for part in _parts(receive):
                size += len(part)
                if size <= limit:
                    parts.append(part)
                if size > limit + _DRAINED:
                    break
    except TimeoutError:
        if size <= limit:
            raise Rejected("the body did not come to its end", reason="slow_body", status=408) from None
    if size > limit:
        raise _too_large(limit)
    return b"".join(parts)


async def _parts(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        more = message.get("more_body", False)
        yield message.get("body", b"")


def _too_large(limit: int) -> Rejected:
    return Rejected(f"a delivery may have {limit} bytes", reason="too_large", status=413)


async def send_json(send: Send, status: int, content: Mapping[str, Any], *headers: tuple[bytes, bytes]) -> None:
    body = msgspec.json.encode(content)
    length = (b"content-length", str(len(body)).encode())
    start = {
        "type": "http.response.start",
        "status": status,
        "headers": [(b"content-type", b"application/json"), length, *headers],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body})
