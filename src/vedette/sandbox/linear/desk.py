"""The desk of a stand-in: checks who calls, lets misfortune strike, and does the work in between."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from vedette.sandbox.linear import hooks
from vedette.sandbox.linear.answers import Exchange, Refusal, json_answer
from vedette.sandbox.linear.executing import answered, checked, invalid
from vedette.sandbox.linear.faults import Aim, Fault, Kind, aim_of, drawn
from vedette.sandbox.linear.language import Operation, Unreadable, read_document
from vedette.sandbox.linear.mutations import Mutations
from vedette.sandbox.linear.settings import credentials
from vedette.sandbox.linear.state import State
from vedette.sandbox.linear.views import Views
from vedette.sandbox.linear.wire import budgets, instead, unauthorised
from vedette.sandbox.stage.answers import Answer
from vedette.sandbox.stage.desk import Counter
from vedette.sandbox.stage.wire import Hanging, Reset, Truncated, Whole, gone_or_dropped

Endpoint = Callable[[Request], Awaitable[Response]]
Asked = tuple[Operation, dict[str, Any]]


def asked_of(body: bytes) -> Asked:
    """The operation and the variables of a request's body; raises `Refusal`."""
    try:
        sent = msgspec.json.decode(body)
    except msgspec.DecodeError:
        raise Refusal("BAD_REQUEST", "The body is not JSON.", status=400) from None
    query, given = (sent.get("query"), sent.get("variables")) if isinstance(sent, dict) else (None, None)
    variables = {} if given is None else given
    if not isinstance(query, str) or not isinstance(variables, dict):
        raise Refusal("BAD_REQUEST", "Expected `query` as a text and `variables` as an object.", status=400)
    try:
        operation = read_document(query)
    except Unreadable as wrong:
        raise Refusal("GRAPHQL_PARSE_FAILED", str(wrong), status=400) from None
    checked(operation, variables)
    if operation.kind == "mutation" and len(operation.fields) != 1:
        raise invalid("This stand-in does one mutation per request, so that a fault is aimed at one thing.")
    return operation, variables


class Desk(Counter[State, Fault, Exchange]):
    """One server's worth of work over one state."""

    def __init__(self, state: State, *, url: str) -> None:
        super().__init__(state, drawn=drawn)
        self.views = Views(state, url=url)
        self.mutations = Mutations(state, self.views)
        self.tell_of_changes(partial(hooks.tellings, state))
        self.revoked = False
        self.pending = 0

    async def graphql(self, request: Request) -> Response:
        """The one endpoint of Linear's: credentials, then misfortune, then the work."""
        body = await request.body()
        if request.headers.get("authorization") != credentials(self.state.config) or self.revoked:
            return self._whole(request, body, unauthorised())
        try:
            asked = asked_of(body)
        except Refusal as refusal:
            return self._whole(request, body, refusal.answer(budgets()))
        aim = aim_of(asked[0].fields[0].name)
        fault = self.misfortune.next(aim, path="", body=body)
        if fault is None:
            return self._whole(request, body, self.do(asked))
        return await self._spoiled(fault, aim, asked)

    def _whole(self, request: Request, body: bytes, answer: Answer) -> Response:
        if self.exchanges is not None:
            headers = {name: value for name, value in request.headers.items() if name != "authorization"}
            self.exchanges.append(
                Exchange(
                    headers=headers,
                    body=body,
                    status=answer.status,
                    answer_headers=answer.headers,
                    answer_body=answer.body,
                )
            )
        return Whole(answer)

    def do(self, asked: Asked, *, fault: Kind | None = None) -> Answer:
        """Do the work of a checked operation."""
        operation, variables = asked
        self.state.fault = fault
        try:
            if operation.kind == "query":
                data = answered("Query", self.views.query(), operation.fields, variables)
            else:
                data = answered("Mutation", self.mutations.root(), operation.fields, variables)
        except Refusal as refusal:
            return refusal.answer(budgets())
        finally:
            self.state.fault = None
        return json_answer({"data": data}, headers=budgets())

    def mark(self, fault: Fault, aim: Aim) -> None:
        """Note in the log that a fault struck."""
        self.state.log.write("fault", fault=fault.kind.value, on=aim.value, path="/graphql")

    async def _spoiled(self, fault: Fault, aim: Aim, asked: Asked) -> Response:
        if fault.kind is Kind.COMMIT_LATE:
            return Late(self, fault, aim, asked)
        if fault.kind is Kind.SLOW:
            await self.rest(self.seconds(5.0 if fault.seconds is None else fault.seconds))
        # A network spoils a refusal as readily as a success.
        answer = self.do(asked, fault=fault.kind) if fault.kind.commits else None
        self.mark(fault, aim)
        match fault.kind:
            case Kind.HANG | Kind.COMMIT_HANG:
                return Hanging(most=self.hang_most)
            case Kind.RESET | Kind.COMMIT_RESET:
                return Reset()
            case Kind.COMMIT_TRUNCATE if answer:
                return Truncated(answer)
            case Kind.SLOW if answer:
                return Whole(answer)
        return Whole(instead(fault.kind, seconds=self.retry_after(fault)))


class Late(Response):
    """No answer; the work is done some time after the client has given up, as a server's that outlives its caller."""

    def __init__(self, desk: Desk, fault: Fault, aim: Aim, asked: Asked) -> None:
        super().__init__()
        self._desk, self._fault, self._aim, self._asked = desk, fault, aim, asked

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        desk = self._desk
        desk.pending += 1
        try:
            await gone_or_dropped(scope, receive, most=desk.hang_most)
            wanted = self._fault.seconds
            if wanted is None:
                wanted = desk.state.draw.uniform(*desk.state.config.late_by)
            if await desk.rest(desk.seconds(wanted)):
                desk.do(self._asked, fault=self._fault.kind)
                desk.mark(self._fault, self._aim)
        finally:
            desk.pending -= 1
