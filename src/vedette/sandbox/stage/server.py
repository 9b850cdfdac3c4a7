"""A stand-in as a server on loopback: how it listens, starts, announces itself and lets go, in a thread or alone."""

import asyncio
import socket
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import msgspec
import uvicorn
from starlette.applications import Starlette

from vedette.sandbox.stage.desk import Counter, Standing
from vedette.sandbox.stage.faults import Scripted, Woe
from vedette.sandbox.stage.settings import Manners
from vedette.sandbox.stage.telling import Told
from vedette.sandbox.stage.wire import Wire

STARTING_MOST = 20.0
STOPPING_MOST = 5.0

T = TypeVar("T")
S = TypeVar("S", bound=Standing)
E = TypeVar("E")
C = TypeVar("C", bound=Manners)


class Server(uvicorn.Server):
    """Uvicorn, which says when it listens and, on stopping, lets go of every connection it was told to hold."""

    def __init__(self, application: Starlette, *, desk: Counter[Any, Any, Any], on_ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                application, http=Wire, lifespan="off", log_config=None, access_log=False, timeout_keep_alive=75
            )
        )
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
        await asyncio.to_thread(self.desk.teller.close)
        self.desk.state.log.close()


def listen(port: int) -> tuple[socket.socket, str]:
    """Bind a port of loopback (0: any free one) and return the socket and its address as a URL."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound, f"http://127.0.0.1:{bound.getsockname()[1]}"


def announce(facts: dict[str, Any]) -> None:
    """Write on standard output, as one line of JSON, where a stand-in listens."""
    sys.stdout.write(msgspec.json.encode(facts).decode() + "\n")
    sys.stdout.flush()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts(Generic[C, S]):
    """What a stand-in of a tracker is made of; `words` are settings of its command line, with what each may be."""

    module: str
    demo: Callable[[], C]
    fresh: Callable[..., S]
    build: Callable[..., Server]
    fault: Callable[..., Scripted]
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Threaded(Generic[S, E]):
    """A stand-in in a thread of this process, over one state.

    Its methods may be called from any thread; what touches the state runs on the server's own loop.
    """

    vendor = ""

    def __init__(self, *, port: int, recording: bool) -> None:
        self._port = port
        self._recording = recording

    def _opened(self) -> S:
        """A fresh state; a vendor says which."""
        raise NotImplementedError

    def _built(self, *, on_ready: Callable[[], None]) -> Server:
        """A server over `self.state` at `self.url` that is not started yet; a vendor says which."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._socket, self.url = listen(self._port)
        self.state = self._opened()

        def on_ready() -> None:
            self._loop = asyncio.get_running_loop()
            ready.set()

        self._server = self._built(on_ready=on_ready)
        self._server.desk.exchanges = [] if self._recording else None
        self._thread = threading.Thread(target=self._run, name=f"stand-in-{self.vendor.lower()}", daemon=True)
        self._thread.start()
        if not ready.wait(STARTING_MOST):
            raise RuntimeError(f"the stand-in {self.vendor} did not listen on {self.url} within {STARTING_MOST} s")
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

    def on_loop(self, work: Callable[[S], T]) -> T:
        """Run a function of the state where nothing else touches it, and return what it returns."""

        async def there() -> T:
            return work(self.state)

        return asyncio.run_coroutine_threadsafe(there(), self._loop).result(STARTING_MOST)

    def _script(self, fault: Scripted) -> None:
        queue = self._server.desk.misfortune.queue
        self.on_loop(lambda _: queue.append(fault))

    def told(self) -> list[Told]:
        """Every webhook that was sent so far, when those under way have arrived."""
        self._server.desk.teller.flush()
        return self._server.desk.teller.sent

    def log(self, *, after: int = 0) -> list[dict[str, Any]]:
        """The log's entries numbered above `after`."""
        return self.on_loop(lambda state: state.log.after(after))

    def exchanges(self) -> list[E]:
        """Every request and its whole answer, when started with `recording=True`; spoiled ones are left out."""
        return self.on_loop(lambda _: list(self._server.desk.exchanges or ()))


class Tracker(Threaded[S, E], Generic[C, S, E]):
    """A stand-in of a tracker in a thread of this process: `with JiraStandIn(config) as jira: jira.url`."""

    parts: Parts[C, S]

    def __init__(
        self,
        config: C | None = None,
        *,
        port: int = 0,
        log: Path | None = None,
        fsync: bool = False,
        recording: bool = False,
    ) -> None:
        super().__init__(port=port, recording=recording)
        self.config: C = config or self.parts.demo()
        self._log, self._fsync = log, fsync

    def _opened(self) -> S:
        return self.parts.fresh(self.config, log=self._log, fsync=self._fsync)

    def _built(self, *, on_ready: Callable[[], None]) -> Server:
        return self.parts.build(self.state, url=self.url, on_ready=on_ready)

    def fault(
        self, kind: Woe, *, on: str = "write", times: int = 1, seconds: float | None = None, match: str = ""
    ) -> None:
        """Script a fault: the next `times` requests of `on` suffer it."""
        self._script(self.parts.fault(kind=kind, on=on, times=times, seconds=seconds, match=match))
