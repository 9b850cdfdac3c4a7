"""The stand-in Asana as a server on loopback: which path leads to which handler, and how it starts and stops."""

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route

from vedette.sandbox.asana import catalogue, pages, tasks
from vedette.sandbox.asana.controls import summary
from vedette.sandbox.asana.demo import demo
from vedette.sandbox.asana.desk import Desk, Handler
from vedette.sandbox.asana.faults import Fault, Operation
from vedette.sandbox.asana.settings import Config
from vedette.sandbox.asana.state import State, fresh
from vedette.sandbox.stage.answers import Exchange
from vedette.sandbox.stage.server import Parts, Server, Tracker

PREFIX = "/api/1.0"
_API: tuple[tuple[str, str, Operation, Handler], ...] = (
    ("POST", "/tasks", Operation.CREATE, tasks.create),
    ("GET", "/tasks", Operation.SEARCH, tasks.listing),
    ("GET", "/tasks/{task}", Operation.FETCH, tasks.read),
    ("PUT", "/tasks/{task}", Operation.EDIT, tasks.edit),
    ("DELETE", "/tasks/{task}", Operation.DELETE, tasks.delete),
    ("GET", "/tasks/{task}/stories", Operation.FETCH, tasks.stories),
    ("POST", "/tasks/{task}/stories", Operation.COMMENT, tasks.comment),
    ("POST", "/tasks/{task}/addTag", Operation.EDIT, tasks.add_tag),
    ("POST", "/tasks/{task}/addProject", Operation.PLACE, tasks.add_project),
    ("POST", "/sections/{section}/addTask", Operation.PLACE, tasks.add_to_section),
    ("GET", "/workspaces/{workspace}/tasks/search", Operation.SEARCH, tasks.search),
    ("GET", "/workspaces/{workspace}/projects", Operation.CATALOGUE, catalogue.projects),
    ("GET", "/workspaces/{workspace}/tags", Operation.CATALOGUE, catalogue.tags),
    ("GET", "/workspaces/{workspace}", Operation.CATALOGUE, catalogue.workspace),
    ("GET", "/projects/{project}", Operation.CATALOGUE, catalogue.project),
    ("GET", "/projects/{project}/sections", Operation.CATALOGUE, catalogue.sections),
    ("GET", "/projects/{project}/custom_field_settings", Operation.CATALOGUE, catalogue.field_settings),
    ("GET", "/portfolios/{portfolio}/items", Operation.CATALOGUE, catalogue.portfolio_items),
    ("GET", "/users", Operation.CATALOGUE, catalogue.users),
    ("GET", "/users/{user}", Operation.CATALOGUE, catalogue.user),
)


def operations() -> list[tuple[str, str]]:
    """Every operation as (method, path after the prefix)."""
    return [(method, path) for method, path, _, _ in _API]


def application(desk: Desk) -> Starlette:
    """The routes of the interface, the page, and the controls."""
    api = [
        Route(PREFIX + path, desk.api(operation, handler), methods=[method])
        for method, path, operation, handler in (*_API, *_webhooks(desk))
    ]
    return Starlette(routes=[*api, *_open(desk)])


def _webhooks(desk: Desk) -> tuple[tuple[str, str, Operation, Handler], ...]:
    return (
        ("POST", "/webhooks", Operation.EDIT, desk.webhooks.create),
        ("GET", "/webhooks", Operation.CATALOGUE, desk.webhooks.listing),
    )


def _open(desk: Desk) -> list[Route]:
    controls = desk.controls
    listed: tuple[tuple[str, str, Handler], ...] = (
        ("GET", "/", pages.board),
        ("GET", "/1/{workspace}/project/{project}/task/{task}", pages.card),
        ("GET", "/_standin/log", controls.log),
        ("GET", "/_standin/tasks", controls.tasks),
        ("GET", "/_standin/state", controls.state),
        ("POST", "/_standin/faults", controls.faults),
        ("DELETE", "/_standin/faults", controls.clear),
        ("POST", "/_standin/config", controls.configure),
        ("POST", "/_standin/move", controls.move),
        ("POST", "/_standin/delete", controls.delete),
        ("POST", "/_standin/complete", controls.complete),
    )
    return [Route(path, desk.open(handler), methods=[method]) for method, path, handler in listed]


def build(state: State, *, url: str, on_ready: Callable[[], None]) -> Server:
    """Wire a state to a server that is not started yet."""
    desk = Desk(state, url=url)
    return Server(application(desk), desk=desk, on_ready=on_ready)


PARTS = Parts(module="asana", demo=demo, fresh=fresh, build=build, fault=Fault)


class AsanaStandIn(Tracker[Config, State, Exchange]):
    """A stand-in Asana in a thread of this process: `with AsanaStandIn(config) as asana: asana.url`."""

    vendor = "Asana"

    parts = PARTS

    def tickets(self) -> list[dict[str, Any]]:
        """Every task that exists, as plain values, oldest first."""
        return self.on_loop(lambda state: [summary(state, each) for each in state.tasks.values()])
