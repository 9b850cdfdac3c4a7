"""The stand-in Linear as a server on loopback: which path leads where, and how it starts and stops."""

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

from vedette.sandbox.linear.answers import Exchange
from vedette.sandbox.linear.controls import Controls, Handler, summary
from vedette.sandbox.linear.demo import demo
from vedette.sandbox.linear.desk import Desk
from vedette.sandbox.linear.faults import Fault, Kind
from vedette.sandbox.linear.pages import Pages
from vedette.sandbox.linear.settings import Config
from vedette.sandbox.linear.state import State, fresh
from vedette.sandbox.stage.wire import Wire

T = TypeVar("T")
STARTING_MOST = 20.0
STOPPING_MOST = 5.0


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
    """Bind a port of loopback (0: any free one); the socket and its address as a URL."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound, f"http://127.0.0.1:{bound.getsockname()[1]}"


def build(state: State, *, url: str, on_ready: Callable[[], None]) -> Server:
    """Wire a state to a server that is not started yet."""
    desk = Desk(state, url=url)
    config = uvicorn.Config(
        application(desk), http=Wire, lifespan="off", log_config=None, access_log=False, timeout_keep_alive=75
    )
    return Server(config, desk=desk, on_ready=on_ready)


class LinearStandIn:
    """A stand-in Linear in a thread of this process: `with LinearStandIn(config) as linear: linear.endpoint`.

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
        self._thread = threading.Thread(target=self._run, name="stand-in-linear", daemon=True)
        self._thread.start()
        if not ready.wait(STARTING_MOST):
            raise RuntimeError(f"the stand-in Linear did not listen on {self.url} within {STARTING_MOST} s")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._loop.call_soon_threadsafe(self._server.desk.closing.set)
        self._thread.join(STARTING_MOST)

    @property
    def endpoint(self) -> str:
        """The address of its GraphQL."""
        return f"{self.url}/graphql"

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
        """Every issue that exists, as plain values, oldest first."""
        return self.on_loop(lambda state: [summary(state, each) for each in state.issues.values()])

    def log(self, *, after: int = 0) -> list[dict[str, Any]]:
        """The log's entries numbered above `after`."""
        return self.on_loop(lambda state: state.log.after(after))

    def exchanges(self) -> list[Exchange]:
        """Every request and its whole answer, when started with `recording=True`; spoiled ones are left out."""
        return self.on_loop(lambda _: list(self._server.desk.exchanges or ()))
