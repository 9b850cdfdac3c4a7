"""The stand-in Jira as a server on loopback: which path leads to which handler, and how it starts and stops."""

import asyncio
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from vedette.sandbox.jira import catalogue, issues, pages, threads
from vedette.sandbox.jira.controls import summary
from vedette.sandbox.jira.demo import demo
from vedette.sandbox.jira.desk import Desk, Handler
from vedette.sandbox.jira.faults import Fault, Kind, Operation
from vedette.sandbox.jira.judge import Verdict, judge
from vedette.sandbox.jira.settings import Config, Face
from vedette.sandbox.jira.state import State, fresh
from vedette.sandbox.stage.answers import Exchange
from vedette.sandbox.stage.wire import Wire

T = TypeVar("T")
STARTING_MOST = 20.0
STOPPING_MOST = 5.0

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


class Server(uvicorn.Server):
    """Uvicorn, which says when it listens and, on stopping, lets go of every connection it was told to hold."""

    def __init__(self, config: uvicorn.Config, *, desk: Desk, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.desk = desk
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._on_ready()

    async def main_loop(self) -> None:
        counter = 0
        while not await self.on_tick(counter):
            counter += 1
            # Uvicorn sleeps here whatever happens; a test that stops a stand-in should not wait for it.
            await self.desk.rest(0.1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.desk.closing.set()
        for server in self.servers:
            server.close()
        for bound in sockets or ():
            bound.close()
        for connection in list(self.server_state.connections):
            if isinstance(connection, Wire):
                connection.transport.abort()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=STOPPING_MOST)
        self.desk.state.log.close()


def listen(port: int) -> tuple[socket.socket, str]:
    """Bind a port of loopback (0: any free one) and return the socket and its address as a URL."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound, f"http://127.0.0.1:{bound.getsockname()[1]}"


def build(state: State, *, url: str, on_ready: Callable[[], None]) -> Server:
    """Wire a state to a server that is not started yet."""
    desk = Desk(state, url=url)
    config = uvicorn.Config(
        application(desk),
        http=Wire,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_keep_alive=75,
    )
    return Server(config, desk=desk, on_ready=on_ready)


class JiraStandIn:
    """A stand-in Jira in a thread of this process: `with JiraStandIn(config) as jira: jira.url`.

    Its methods may be called from any thread; what touches the state runs on the server's own loop.
    """

    def __init__(
        self,
        config: Config | None = None,
        *,
        port: int = 0,
        log: Path | None = None,
        fsync: bool = False,
        recording: bool = False,
    ) -> None:
        self.config = config or demo()
        self._port = port
        self._log = log
        self._fsync = fsync
        self._recording = recording

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._socket, self.url = listen(self._port)
        self.state = fresh(self.config, log=self._log, fsync=self._fsync)

        def on_ready() -> None:
            self._loop = asyncio.get_running_loop()
            ready.set()

        self._server = build(self.state, url=self.url, on_ready=on_ready)
        self._server.desk.exchanges = [] if self._recording else None
        self._thread = threading.Thread(target=self._run, name="stand-in-jira", daemon=True)
        self._thread.start()
        if not ready.wait(STARTING_MOST):
            raise RuntimeError(f"the stand-in Jira did not listen on {self.url} within {STARTING_MOST} s")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._loop.call_soon_threadsafe(self._server.desk.closing.set)
        self._thread.join(STARTING_MOST)

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

    def on_loop(self, work: Callable[[State], T]) -> T:
        """Run a function of the state where nothing else touches it, and return what it returns."""

        async def there() -> T:
            return work(self.state)

        return asyncio.run_coroutine_threadsafe(there(), self._loop).result(STARTING_MOST)

    def fault(
        self, kind: Kind, *, on: str = "write", times: int = 1, seconds: float | None = None, match: str = ""
    ) -> None:
        """Script a fault: the next `times` requests of `on` suffer it."""
        fault = Fault(kind=kind, on=on, times=times, seconds=seconds, match=match)
        queue = self._server.desk.misfortune.queue
        self.on_loop(lambda _: queue.append(fault))

    def tickets(self) -> list[dict[str, Any]]:
        """Every ticket that exists, as plain values, oldest first."""
        return self.on_loop(lambda state: [summary(state, each) for each in state.tickets.values()])

    def log(self, *, after: int = 0) -> list[dict[str, Any]]:
        """The log's entries numbered above `after`."""
        return self.on_loop(lambda state: state.log.after(after))

    def exchanges(self) -> list[Exchange]:
        """Every request to Jira and its whole answer, when started with `recording=True`; spoiled ones are left out."""
        return self.on_loop(lambda _: list(self._server.desk.exchanges or ()))

    def verdict(self) -> Verdict:
        """What the judge says of the log so far."""
        return judge(self.log())
