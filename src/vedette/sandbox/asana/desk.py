"""The desk of the stand-in Asana: the stage's, with Asana's own shapes, controls and refusals."""

from collections.abc import Callable
from functools import partial

from vedette.sandbox.asana import hooks, wire
from vedette.sandbox.asana.answers import Call
from vedette.sandbox.asana.controls import Controls
from vedette.sandbox.asana.faults import Fault, Kind, drawn
from vedette.sandbox.asana.shapes import Shapes
from vedette.sandbox.asana.state import State
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
        self.webhooks = hooks.Webhooks(self.teller.post)
        self.tell_of_changes(partial(hooks.tellings, state))

    def instead(self, kind: Kind, *, seconds: int) -> Answer:
        return wire.instead(kind, seconds=seconds)

    def unauthorised(self) -> Answer:
        return wire.unauthorised()
