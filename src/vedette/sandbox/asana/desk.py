"""The desk of a stand-in: checks who calls, lets misfortune strike, and does the work in between."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from vedette.sandbox.asana.answers import Call, Refusal
from vedette.sandbox.asana.controls import Controls
from vedette.sandbox.asana.faults import Fault, Kind, Operation, drawn
from vedette.sandbox.asana.shapes import Shapes
from vedette.sandbox.asana.state import State
from vedette.sandbox.asana.wire import instead, unauthorised
from vedette.sandbox.stage.answers import Answer, Exchange
from vedette.sandbox.stage.desk import Counter
from vedette.sandbox.stage.wire import Hanging, Reset, Truncated, Whole, gone_or_dropped

Handler = Callable[[Shapes, Call], Answer]
Endpoint = Callable[[Request], Awaitable[Response]]


class Desk(Counter[State, Fault, Exchange]):
    """One server's worth of handlers over one state."""

    def __init__(self, state: State, *, url: str) -> None:
        super().__init__(state, drawn=drawn)
        self.shapes = Shapes(state, url=url)
        self.controls = Controls(state, self.misfortune)

    def api(self, operation: Operation, handler: Handler) -> Endpoint:
        """An endpoint of Asana's: credentials, then misfortune, then the work."""

        async def endpoint(request: Request) -> Response:
            call = await read_call(request)
            if not self._known(request):
                return self._whole(request, call, unauthorised())
            fault = self.misfortune.next(operation, path=call.path, body=call.body)
            if fault is None:
                return self._whole(request, call, self._do(handler, call))
            return await self._spoiled(fault, operation, handler, call)

        return endpoint

    def _whole(self, request: Request, call: Call, answer: Answer) -> Response:
        if self.exchanges is not None:
            self.exchanges.append(exchange(request, call, answer))
        return Whole(answer)

    def open(self, handler: Handler) -> Endpoint:
        """An endpoint for people and tests: no credentials, no misfortune."""

        async def endpoint(request: Request) -> Response:
            return Whole(self._do(handler, await read_call(request)))

        return endpoint

    def _known(self, request: Request) -> bool:
        return request.headers.get("authorization") == self.state.credentials and not self.controls.revoked

    def _do(self, handler: Handler, call: Call, *, fault: Kind | None = None) -> Answer:
        self.state.fault = fault
        try:
            return handler(self.shapes, call)
        except Refusal as refusal:
            return refusal.answer()
        finally:
            self.state.fault = None

    def _mark(self, fault: Fault, operation: Operation, call: Call) -> None:
        self.state.log.write("fault", fault=fault.kind.value, on=operation.value, path=call.path)

    async def _spoiled(self, fault: Fault, operation: Operation, handler: Handler, call: Call) -> Response:
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
                return Whole(instead(kind, seconds=self.retry_after(fault)))

    async def _committed(self, fault: Fault, operation: Operation, handler: Handler, call: Call) -> Response:
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
                return Whole(instead(fault.kind, seconds=0))
            case _:
                return Whole(answer)

    async def finish_late(self, fault: Fault, operation: Operation, handler: Handler, call: Call) -> None:
        """Commit after the connection has ended, as a server does whose work outlives its caller."""
        wanted = fault.seconds
        if wanted is None:
            wanted = self.state.draw.uniform(*self.state.config.late_by)
        if await self.rest(self.seconds(wanted)) and self._do(handler, call, fault=fault.kind).status < 400:
            self._mark(fault, operation, call)


class Late(Response):
    """No answer; the work is done some time after the client has given up."""

    def __init__(self, desk: Desk, fault: Fault, operation: Operation, handler: Handler, call: Call) -> None:
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


async def read_call(request: Request) -> Call:
    """Read a whole request; a query parameter given several times becomes one text with commas."""
    query: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        query[name] = f"{query[name]},{value}" if name in query else value
    return Call(
        method=request.method,
        path=request.url.path,
        parts=request.path_params,
        query=query,
        body=await request.body(),
    )


def exchange(request: Request, call: Call, answer: Answer) -> Exchange:
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
