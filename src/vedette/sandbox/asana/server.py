"""The stand-in Asana as a server on loopback: which path leads to which handler, and how it starts and stops."""

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

from vedette.sandbox.asana import catalogue, pages, tasks
from vedette.sandbox.asana.controls import summary
from vedette.sandbox.asana.demo import demo
from vedette.sandbox.asana.desk import Desk, Handler
from vedette.sandbox.asana.faults import Fault, Kind, Operation
from vedette.sandbox.asana.settings import Config
from vedette.sandbox.asana.state import State, fresh
from vedette.sandbox.stage.answers import Exchange
from vedette.sandbox.stage.wire import Wire

T = TypeVar("T")
STARTING_MOST = 20.0
STOPPING_MOST = 5.0

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
        for method, path, operation, handler in _API
    ]
    return Starlette(routes=[*api, *_open(desk)])


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


class AsanaStandIn:
    """A stand-in Asana in a thread of this process: `with AsanaStandIn(config) as asana: asana.url`.

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
        self._thread = threading.Thread(target=self._run, name="stand-in-asana", daemon=True)
        self._thread.start()
        if not ready.wait(STARTING_MOST):
            raise RuntimeError(f"the stand-in Asana did not listen on {self.url} within {STARTING_MOST} s")
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
        """Every task that exists, as plain values, oldest first."""
        return self.on_loop(lambda state: [summary(state, each) for each in state.tasks.values()])

    def log(self, *, after: int = 0) -> list[dict[str, Any]]:
        """The log's entries numbered above `after`."""
        return self.on_loop(lambda state: state.log.after(after))

    def exchanges(self) -> list[Exchange]:
        """Every request and its whole answer, when started with `recording=True`; spoiled ones are left out."""
        return self.on_loop(lambda _: list(self._server.desk.exchanges or ()))
