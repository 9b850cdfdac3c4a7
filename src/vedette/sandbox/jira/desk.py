"""The desk of the stand-in Jira: the stage's, with Jira's own shapes, controls and refusals."""

from collections.abc import Callable
from functools import partial

from vedette.sandbox.jira import hooks, wire
from vedette.sandbox.jira.answers import Call
from vedette.sandbox.jira.controls import Controls
from vedette.sandbox.jira.faults import Fault, Kind, drawn
from vedette.sandbox.jira.shapes import Shapes
from vedette.sandbox.jira.state import State
from vedette.sandbox.stage import rest
from vedette.sandbox.stage.answers import Answer

Handler = Callable[[Shapes, Call], Answer]


class Desk(rest.Desk[State, Fault, Shapes, Call]):
    """One server's worth of handlers over one state."""

    received = Call

    def __init__(self, state: State, *, url: str) -> None:
        super().__init__(state, drawn=drawn)
        self.shapes = Shapes(state, url=url)
        self.controls: Controls = Controls(state, self.misfortune)
        self.tell_of_changes(partial(hooks.tellings, state, self.shapes))

    def instead(self, kind: Kind, *, seconds: int) -> Answer:
        return wire.instead(kind, seconds=seconds)

    def unauthorised(self) -> Answer:
        return wire.unauthorised()
