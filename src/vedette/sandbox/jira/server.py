"""The stand-in Jira as a server on loopback: which path leads to which handler, and how it starts and stops."""

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route

from vedette.sandbox.jira import catalogue, issues, pages, threads
from vedette.sandbox.jira.controls import summary
from vedette.sandbox.jira.demo import demo
from vedette.sandbox.jira.desk import Desk, Handler
from vedette.sandbox.jira.faults import Fault, Operation
from vedette.sandbox.jira.judge import Verdict, judge
from vedette.sandbox.jira.settings import Config, Face
from vedette.sandbox.jira.state import State, fresh
from vedette.sandbox.stage.answers import Exchange
from vedette.sandbox.stage.server import Parts, Server, Tracker

_ISSUE = "/issue/{issue}"
_BOTH: tuple[tuple[str, str, Operation, Handler], ...] = (
    ("POST", "/issue", Operation.CREATE, issues.create),
    ("GET", "/issue/createmeta/{project}/issuetypes", Operation.CATALOGUE, catalogue.issue_types),
    ("GET", "/issue/createmeta/{project}/issuetypes/{type}", Operation.CATALOGUE, catalogue.issue_type_fields),
    ("GET", _ISSUE, Operation.FETCH, issues.read),
    ("PUT", _ISSUE, Operation.EDIT, issues.edit),
    ("DELETE", _ISSUE, Operation.DELETE, issues.delete),
    ("GET", f"{_ISSUE}/transitions", Operation.FETCH, threads.transitions),
    ("POST", f"{_ISSUE}/transitions", Operation.TRANSITION, threads.transit),
    ("GET", f"{_ISSUE}/comment", Operation.FETCH, threads.comments),
    ("POST", f"{_ISSUE}/comment", Operation.COMMENT, threads.comment),
    ("GET", f"{_ISSUE}/remotelink", Operation.FETCH, threads.links),
    ("POST", f"{_ISSUE}/remotelink", Operation.LINK, threads.link),
    ("DELETE", f"{_ISSUE}/remotelink", Operation.LINK, threads.unlink),
    ("GET", f"{_ISSUE}/properties", Operation.FETCH, threads.properties),
    ("GET", f"{_ISSUE}/properties/{{property}}", Operation.FETCH, threads.get_property),
    ("PUT", f"{_ISSUE}/properties/{{property}}", Operation.PROPERTY, threads.put_property),
    ("DELETE", f"{_ISSUE}/properties/{{property}}", Operation.PROPERTY, threads.delete_property),
    ("GET", "/project/{project}/components", Operation.CATALOGUE, catalogue.components),
    ("GET", "/project/{project}/statuses", Operation.CATALOGUE, catalogue.statuses),
    ("GET", "/project/{project}", Operation.CATALOGUE, catalogue.project),
    ("GET", "/priority", Operation.CATALOGUE, catalogue.priorities),
    ("GET", "/field", Operation.CATALOGUE, catalogue.fields),
    ("GET", "/user/assignable/search", Operation.CATALOGUE, catalogue.assignable),
    ("GET", "/myself", Operation.CATALOGUE, catalogue.myself),
    ("GET", "/serverInfo", Operation.CATALOGUE, catalogue.server_info),
    ("GET", "/mypermissions", Operation.CATALOGUE, catalogue.permissions),
)
_CLOUD: tuple[tuple[str, str, Operation, Handler], ...] = (
    ("POST", "/issue/bulkfetch", Operation.FETCH, issues.bulk_fetch),
    ("GET", "/search/jql", Operation.SEARCH, issues.search_cloud),
    ("POST", "/search/jql", Operation.SEARCH, issues.search_cloud),
    ("POST", "/search/approximate-count", Operation.SEARCH, issues.approximate_count),
    ("GET", "/search", Operation.SEARCH, issues.search_removed),
    ("POST", "/search", Operation.SEARCH, issues.search_removed),
    ("GET", "/project/search", Operation.CATALOGUE, catalogue.projects),
    ("GET", "/priority/search", Operation.CATALOGUE, catalogue.priority_page),
)
_DATACENTER: tuple[tuple[str, str, Operation, Handler], ...] = (
    ("GET", "/search", Operation.SEARCH, issues.search_datacenter),
    ("POST", "/search", Operation.SEARCH, issues.search_datacenter),
    ("GET", "/project", Operation.CATALOGUE, catalogue.project_list),
)


def _api(face: Face) -> tuple[str, tuple[tuple[str, str, Operation, Handler], ...]]:
    if face is Face.CLOUD:
        return "/rest/api/3", (*_CLOUD, *_BOTH)
    return "/rest/api/2", (*_DATACENTER, *_BOTH)


def operations(face: Face) -> list[tuple[str, str]]:
    """Every operation of a face as (method, path after the prefix)."""
    return [(method, path) for method, path, _, _ in _api(face)[1]]


def application(desk: Desk) -> Starlette:
    """The routes of one face, the pages, and the controls."""
    prefix, listed = _api(desk.state.config.face)
    api = [
        Route(prefix + path, desk.api(operation, handler), methods=[method])
        for method, path, operation, handler in listed
    ]
    return Starlette(routes=[*api, *_open(desk)])


def _open(desk: Desk) -> list[Route]:
    controls = desk.controls
    listed: tuple[tuple[str, str, Handler], ...] = (
        ("GET", "/", pages.board),
        ("GET", "/style.css", pages.style),
        ("GET", "/icon.svg", pages.icon),
        ("GET", "/browse/{issue}", pages.browse),
        ("GET", "/_standin/log", controls.log),
        ("GET", "/_standin/issues", controls.issues),
        ("GET", "/_standin/state", controls.state),
        ("POST", "/_standin/faults", controls.faults),
        ("DELETE", "/_standin/faults", controls.clear),
        ("POST", "/_standin/config", controls.configure),
        ("POST", "/_standin/move", controls.move),
        ("POST", "/_standin/delete", controls.delete),
        ("POST", "/_standin/transition", controls.transition),
    )
    return [Route(path, desk.open(handler), methods=[method]) for method, path, handler in listed]


def build(state: State, *, url: str, on_ready: Callable[[], None]) -> Server:
    """Wire a state to a server that is not started yet."""
    desk = Desk(state, url=url)
    return Server(application(desk), desk=desk, on_ready=on_ready)


PARTS = Parts(module="jira", demo=demo, fresh=fresh, build=build, fault=Fault, words={"face": [*Face]})


class JiraStandIn(Tracker[Config, State, Exchange]):
    """A stand-in Jira in a thread of this process: `with JiraStandIn(config) as jira: jira.url`."""

    vendor = "Jira"

    parts = PARTS

    def tickets(self) -> list[dict[str, Any]]:
        """Every ticket that exists, as plain values, oldest first."""
        return self.on_loop(lambda state: [summary(state, each) for each in state.tickets.values()])

    def verdict(self) -> Verdict:
        """What the judge says of the log so far."""
        return judge(self.log())
