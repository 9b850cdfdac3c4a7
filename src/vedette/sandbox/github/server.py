"""The stand-in GitHub as a server on loopback: which path leads to which handler, and how it starts and stops."""

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route

from vedette.sandbox.github import catalogue, issues, pages
from vedette.sandbox.github.controls import listed, summary
from vedette.sandbox.github.demo import demo
from vedette.sandbox.github.desk import Desk, Handler
from vedette.sandbox.github.faults import Fault, Operation
from vedette.sandbox.github.settings import Config
from vedette.sandbox.github.state import State, fresh
from vedette.sandbox.stage.answers import Exchange
from vedette.sandbox.stage.server import Parts, Server, Tracker

_REPOSITORY = "/repos/{owner}/{repo}"
_ISSUE = f"{_REPOSITORY}/issues/{{number}}"
_API: tuple[tuple[str, str, Operation, Handler], ...] = (
    ("POST", f"{_REPOSITORY}/issues", Operation.CREATE, issues.create),
    ("GET", f"{_REPOSITORY}/issues", Operation.LIST, issues.listing),
    ("GET", _ISSUE, Operation.FETCH, issues.read),
    ("PATCH", _ISSUE, Operation.EDIT, issues.edit),
    ("GET", f"{_ISSUE}/comments", Operation.FETCH, issues.comments),
    ("POST", f"{_ISSUE}/comments", Operation.COMMENT, issues.comment),
    ("POST", f"{_ISSUE}/labels", Operation.LABEL, issues.add_labels),
    ("GET", "/repositories/{id:int}/issues/{number}", Operation.FETCH, issues.read_by_id),
    ("GET", "/issues", Operation.LIST, issues.created),
    ("GET", "/search/issues", Operation.SEARCH, issues.search),
    ("GET", _REPOSITORY, Operation.CATALOGUE, catalogue.repository),
    ("GET", f"{_REPOSITORY}/labels", Operation.CATALOGUE, catalogue.labels),
    ("GET", f"{_REPOSITORY}/labels/{{name}}", Operation.CATALOGUE, catalogue.label),
    ("GET", f"{_REPOSITORY}/milestones", Operation.CATALOGUE, catalogue.milestones),
    ("GET", f"{_REPOSITORY}/assignees/{{login}}", Operation.CATALOGUE, catalogue.assignable),
    ("GET", "/user", Operation.CATALOGUE, catalogue.user),
    ("GET", "/users/{login}", Operation.CATALOGUE, catalogue.profile),
    ("GET", "/user/repos", Operation.CATALOGUE, catalogue.repositories),
    ("GET", "/installation/repositories", Operation.CATALOGUE, catalogue.installed),
    ("GET", "/app", Operation.CATALOGUE, catalogue.app),
    ("GET", "/rate_limit", Operation.CATALOGUE, catalogue.budget),
)


def operations() -> list[tuple[str, str]]:
    """Every operation as (method, path), but for the sign-in."""
    return [(method, path) for method, path, _, _ in _API]


def application(desk: Desk) -> Starlette:
    """The routes of the interface, the pages, and the controls."""
    sign_in = desk.api(Operation.SIGN_IN, catalogue.SignIn(desk.keys).token)
    routes = [
        Route("/app/installations/{installation}/access_tokens", sign_in, methods=["POST"]),
        *(Route(path, desk.api(operation, handler), methods=[method]) for method, path, operation, handler in _API),
    ]
    return Starlette(routes=[*routes, *_open(desk)])


def _open(desk: Desk) -> list[Route]:
    controls = desk.controls
    found: tuple[tuple[str, str, Handler], ...] = (
        ("GET", "/", pages.board),
        ("GET", "/{owner}/{repo}/issues/{number}", pages.issue),
        ("GET", "/_standin/log", controls.log),
        ("GET", "/_standin/issues", controls.issues),
        ("GET", "/_standin/state", controls.state),
        ("POST", "/_standin/faults", controls.faults),
        ("DELETE", "/_standin/faults", controls.clear),
        ("POST", "/_standin/config", controls.configure),
        ("POST", "/_standin/move", controls.move),
        ("POST", "/_standin/delete", controls.delete),
        ("POST", "/_standin/edit", controls.edit),
        ("POST", "/_standin/transition", controls.transition),
        ("POST", "/_standin/comment", controls.say),
        ("POST", "/_standin/pull", controls.pull),
    )
    return [Route(path, desk.open(handler), methods=[method]) for method, path, handler in found]


def build(state: State, *, url: str, on_ready: Callable[[], None]) -> Server:
    """Wire a state to a server that is not started yet."""
    desk = Desk(state, url=url)
    return Server(application(desk), desk=desk, on_ready=on_ready)


PARTS = Parts(module="github", demo=demo, fresh=fresh, build=build, fault=Fault)


class GitHubStandIn(Tracker[Config, State, Exchange]):
    """A stand-in GitHub in a thread of this process: `with GitHubStandIn(config) as github: github.url`."""

    vendor = "GitHub"

    parts = PARTS

    def tickets(self) -> list[dict[str, Any]]:
        """Every issue that exists, as plain values, oldest first."""
        return self.on_loop(lambda state: [summary(state, each) for each in listed(state)])
