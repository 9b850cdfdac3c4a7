"""The desk of a tracker that speaks REST: checks who calls, lets misfortune strike, and does the work in between."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from vedette.sandbox.stage.answers import Answer, Exchange, Received, Refused
from vedette.sandbox.stage.desk import Counter, Standing
from vedette.sandbox.stage.faults import Kind, RestFault
from vedette.sandbox.stage.wire import Hanging, Reset, Truncated, Whole, gone_or_dropped

Endpoint = Callable[[Request], Awaitable[Response]]


class Guarded(Standing, Protocol):
    """A state that one `Authorization` header opens."""

    credentials: str


class Tally(Protocol):
    """What the controls of a stand-in count and forbid."""

    revoked: bool
    pending: int


S = TypeVar("S", bound=Guarded)
F = TypeVar("F", bound=RestFault)
W = TypeVar("W")
C = TypeVar("C", bound=Received)


class Desk(Counter[S, F, Exchange], Generic[S, F, W, C]):
    """One server's worth of handlers over one state."""

    shapes: W
    controls: Tally
    received: type[C]

    def instead(self, kind: Kind, *, seconds: int) -> Answer:
        """The answer that a fault gives in place of the right one; a vendor says which."""
        raise NotImplementedError

    def unauthorised(self) -> Answer:
        """The answer to wrong or revoked credentials; a vendor says which."""
        raise NotImplementedError

    def api(self, operation: StrEnum, handler: Callable[[W, C], Answer]) -> Endpoint:
        """An endpoint of the vendor's: credentials, then misfortune, then the work."""

        async def endpoint(request: Request) -> Response:
            call = await read_call(request, self.received)
            if not self._known(request):
                return self._whole(request, call, self.unauthorised())
            fault = self.misfortune.next(operation, path=call.path, body=call.body)
            if fault is None:
                return self._whole(request, call, self._do(handler, call))
            return await self._spoiled(fault, operation, handler, call)

        return endpoint

    def _whole(self, request: Request, call: C, answer: Answer) -> Response:
        if self.exchanges is not None:
            self.exchanges.append(exchange(request, call, answer))
        return Whole(answer)

    def open(self, handler: Callable[[W, C], Answer]) -> Endpoint:
        """An endpoint for people and tests: no credentials, no misfortune."""

        async def endpoint(request: Request) -> Response:
            return Whole(self._do(handler, await read_call(request, self.received)))

        return endpoint

    def _known(self, request: Request) -> bool:
        return request.headers.get("authorization") == self.state.credentials and not self.controls.revoked

    def _do(self, handler: Callable[[W, C], Answer], call: C, *, fault: Kind | None = None) -> Answer:
        self.state.fault = fault
        try:
            return handler(self.shapes, call)
        except Refused as refusal:
            return refusal.answer()
        finally:
            self.state.fault = None

    def _mark(self, fault: F, operation: StrEnum, call: C) -> None:
        self.state.log.write("fault", fault=fault.kind.value, on=operation.value, path=call.path)

    async def _spoiled(self, fault: F, operation: StrEnum, handler: Callable[[W, C], Answer], call: C) -> Response:
        if fault.kind is Kind.COMMIT_LATE:
            return Late(self, fault, operation, handler, call)
        if fault.kind.commits:
            return await self._committed(fault, operation, handler, call)
        self._mark(fault, operation, call)
        match fault.kind:
            case Kind.HANG:
                return Hanging(most=self.hang_most)
            case Kind.RESET:
                return Reset()
            case kind:
                return Whole(self.instead(kind, seconds=self.retry_after(fault)))

    async def _committed(self, fault: F, operation: StrEnum, handler: Callable[[W, C], Answer], call: C) -> Response:
        if fault.kind is Kind.SLOW:
            await self.rest(self.seconds(5.0 if fault.seconds is None else fault.seconds))
        answer = self._do(handler, call, fault=fault.kind)
        # A refusal commits nothing, so there is nothing ambiguous to spoil.
        if answer.status >= 400:
            return Whole(answer)
        self._mark(fault, operation, call)
        match fault.kind:
            case Kind.COMMIT_HANG:
                return Hanging(most=self.hang_most)
            case Kind.COMMIT_RESET:
                return Reset()
            case Kind.COMMIT_TRUNCATE:
                return Truncated(answer)
            case Kind.COMMIT_502:
                return Whole(self.instead(fault.kind, seconds=0))
            case _:
                return Whole(answer)

    async def finish_late(self, fault: F, operation: StrEnum, handler: Callable[[W, C], Answer], call: C) -> None:
        """Commit after the connection has ended, as a server does whose work outlives its caller."""
        wanted = fault.seconds
        if wanted is None:
            wanted = self.state.draw.uniform(*self.state.config.late_by)
        if await self.rest(self.seconds(wanted)) and self._do(handler, call, fault=fault.kind).status < 400:
            self._mark(fault, operation, call)


class Late(Response, Generic[F, W, C]):
    """No answer; the work is done some time after the client has given up."""

    def __init__(
        self, desk: "Desk[Any, F, W, C]", fault: F, operation: StrEnum, handler: Callable[[W, C], Answer], call: C
    ) -> None:
        super().__init__()
        self._desk = desk
        self._rest = (fault, operation, handler, call)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        self._desk.controls.pending += 1
        try:
            await gone_or_dropped(scope, receive, most=self._desk.hang_most)
            await self._desk.finish_late(*self._rest)
        finally:
            self._desk.controls.pending -= 1


async def read_call(request: Request, received: type[C]) -> C:
    """Read a whole request; a query parameter given several times becomes one text with commas."""
    query: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        query[name] = f"{query[name]},{value}" if name in query else value
    return received(
        method=request.method,
        path=request.url.path,
        parts=request.path_params,
        query=query,
        body=await request.body(),
    )


def exchange(request: Request, call: Received, answer: Answer) -> Exchange:
    """Write down a request and its answer; the credentials are left out, only their scheme stays."""
    headers = {**request.headers}
    if "authorization" in headers:
        headers["authorization"] = f"{headers['authorization'].partition(' ')[0]} kept-out"
    return Exchange(
        method=call.method,
        path=call.path,
        query=request.url.query,
        headers=headers,
        body=call.body,
        status=answer.status,
        answer_headers=answer.headers,
        answer_body=answer.body,
    )
