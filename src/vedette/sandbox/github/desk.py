"""The desk of the stand-in GitHub: the stage's, with GitHub's keys, budgets, shapes and refusals."""

import time
from collections.abc import Callable
from functools import partial

from starlette.requests import Request

from vedette.sandbox.github import hooks, wire
from vedette.sandbox.github.answers import Call, Refusal
from vedette.sandbox.github.controls import Controls
from vedette.sandbox.github.faults import Fault, Kind, drawn
from vedette.sandbox.github.keys import Keys, statement_fault
from vedette.sandbox.github.shapes import Shapes
from vedette.sandbox.github.state import State
from vedette.sandbox.stage import rest
from vedette.sandbox.stage.answers import Answer

#: What GitHub answers to callers without a token too.
OPEN = "/users/"
Handler = Callable[[Shapes, Call], Answer]


class Desk(rest.Desk[State, Fault, Shapes, Call]):
    """One server's worth of handlers over one state."""

    received = Call

    def __init__(self, state: State, *, url: str) -> None:
        super().__init__(state, drawn=drawn)
        self.shapes = Shapes(state, url=url)
        self.controls: Controls = Controls(state, self.misfortune)
        self.tell_of_changes(partial(hooks.tellings, state, self.shapes))
        self.keys = Keys()
        self._refused = ""

    def _known(self, request: Request) -> bool:
        if self.controls.revoked:
            return False
        authorization = request.headers.get("authorization", "")
        self.shapes.anonymous = not authorization and request.url.path.startswith(OPEN)
        if self.shapes.anonymous:
            return True
        app = self.state.config.app
        if app is not None and request.url.path.startswith("/app"):
            self._refused = statement_fault(app, authorization, now=time.time()) or ""
            return not self._refused
        self._refused = ""
        return self.keys.opens(self.state.config, authorization)

    def instead(self, kind: Kind, *, seconds: int) -> Answer:
        return wire.instead(kind, seconds=seconds)

    def unauthorised(self) -> Answer:
        return Refusal(401, self._refused).answer() if self._refused else wire.unauthorised()
