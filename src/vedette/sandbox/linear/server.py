"""The stand-in Linear as a server on loopback: which path leads where, and how it starts and stops."""

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route

from vedette.sandbox.linear.answers import Exchange
from vedette.sandbox.linear.controls import Controls, Handler, summary
from vedette.sandbox.linear.demo import demo
from vedette.sandbox.linear.desk import Desk
from vedette.sandbox.linear.faults import Fault
from vedette.sandbox.linear.pages import Pages
from vedette.sandbox.linear.settings import Config
from vedette.sandbox.linear.state import State, fresh
from vedette.sandbox.stage.server import Parts, Server, Tracker


def application(desk: Desk) -> Starlette:
    """The one endpoint of Linear's, the pages, and the controls."""
    pages = Pages(desk)
    routes = [
        Route("/graphql", desk.graphql, methods=["POST"]),
        Route("/", pages.board),
        Route("/style.css", pages.style),
        Route("/issue/{key}", pages.issue),
    ]
    return Starlette(routes=[*routes, *_strings(Controls(desk))])


def _strings(controls: Controls) -> list[Route]:
    listed: tuple[tuple[str, str, Handler], ...] = (
        ("GET", "log", controls.log),
        ("GET", "issues", controls.issues),
        ("GET", "state", controls.state),
        ("POST", "faults", controls.faults),
        ("DELETE", "faults", controls.clear),
        ("POST", "config", controls.configure),
        ("POST", "move", controls.move),
        ("POST", "delete", controls.trash),
        ("POST", "archive", controls.archive),
        ("POST", "destroy", controls.destroy),
        ("POST", "transition", controls.transition),
    )
    return [
        Route(f"/_standin/{name}", controls.endpoint(handler), methods=[method]) for method, name, handler in listed
    ]


def build(state: State, *, url: str, on_ready: Callable[[], None]) -> Server:
    """Wire a state to a server that is not started yet."""
    desk = Desk(state, url=url)
    return Server(application(desk), desk=desk, on_ready=on_ready)


PARTS = Parts(module="linear", demo=demo, fresh=fresh, build=build, fault=Fault)


class LinearStandIn(Tracker[Config, State, Exchange]):
    """A stand-in Linear in a thread of this process: `with LinearStandIn(config) as linear: linear.endpoint`."""

    vendor = "Linear"

    parts = PARTS

    @property
    def endpoint(self) -> str:
        """The address of its GraphQL."""
        return f"{self.url}/graphql"

    def tickets(self) -> list[dict[str, Any]]:
        """Every issue that exists, as plain values, oldest first."""
        return self.on_loop(lambda state: [summary(state, each) for each in state.issues.values()])
