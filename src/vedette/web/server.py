"""Server: two listeners, the workers and their end, in one process with one event loop.

Law: on SIGTERM and SIGINT no new connection is taken, requests under way are answered, workers finish or give back what
they hold, and only then the store closes. SIGHUP changes settings whole or not at all.
"""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn

from vedette.app import App
from vedette.errors import VedetteError
from vedette.flows.context import Context, log
from vedette.flows.tally import Tally
from vedette.flows.worker import Worker
from vedette.model.settings import Listen
from vedette.store.database import Health
from vedette.web.connection import Connection
from vedette.web.hooks import HooksDoor
from vedette.web.monitor_run import RunDoor

_BACKLOG = 2048
# Requests are short, but a sender may stop in the middle of one.
_LAST_REQUESTS_S = 5
# Longer than the pools of senders and proxies keep idle connections, so that not we are the one who hangs up.
_KEEP_ALIVE_S = 75
_TALLY_EVERY_S = 2.0
# A worker's calls end within its lease (60 s by default), and systemd waits 90 s.
_LAST_JOBS_S = 60.0


def listen(where: Listen, *, key: str = "web.hooks") -> socket.socket:
    """A listening socket; raises `VedetteError` where the address cannot be had."""
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((where.host, where.port))
        bound.listen(_BACKLOG)  # from here on whoever comes waits instead of being turned away
    except OSError as problem:
        bound.close()
        raise VedetteError(
            f"cannot listen on {where.host}:{where.port} ({problem.strerror}); stop what listens there (another "
            f"`vedette serve`?), or set another address as {key}"
        ) from None
    return bound


def address(bound: socket.socket) -> str:
    """The URL of a bound socket, with the port that the system gave."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Serving:
    """One `vedette serve`. `reload` reads the settings anew and puts them in force, or raises `VedetteError`."""

    def __init__(self, app: App, *, work: bool, reload: Callable[[], None]) -> None:
        self._app = app
        self._reload = reload
        self._tally = Tally()
        self._worker: Worker | None = app.worker() if work else None
        self.hooks = listen(app.settings.web.hooks)
        self.pages = listen(app.settings.web.pages, key="web.pages")
        self._stopping = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, *, announce: Callable[[str], None] = print) -> None:
        """Serve until a signal ends it; the store is left open for its owner to close."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        loop.add_signal_handler(signal.SIGHUP, self._reload_soon)
        listeners = [_Listener(_config(self._hooks_door())), _Listener(_config(self._pages_door()))]
        running = [
            asyncio.create_task(listener.serve(sockets=[bound]))
            for listener, bound in zip(listeners, (self.hooks, self.pages), strict=True)
        ]
        counting = asyncio.create_task(self._keep_tally())
        if self._worker is not None:
            self._worker.start()
        announce(f"vedette: takes hooks in at {address(self.hooks)}/hooks/sentry")
        announce(f"vedette: shows pages at {address(self.pages)}/")
        await self._until_the_end(running)
        for listener in listeners:
            listener.should_exit = True
        await asyncio.gather(*running, self._end_work())
        counting.cancel()
        with suppress(asyncio.CancelledError):
            await counting
        await asyncio.to_thread(self._tally.write, self._app.context)
        log.info("stopped")

    async def _until_the_end(self, running: list[asyncio.Task[None]]) -> None:
        """Returns when a signal came, or a listener fell (whose error is then raised by the gathering)."""
        stop = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([stop, *running], return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()

    async def _end_work(self) -> None:
        worker = self._worker
        if worker is not None and not await asyncio.to_thread(lambda: worker.stop(timeout=_LAST_JOBS_S)):
            log.error("workers_left", seconds=_LAST_JOBS_S)

    async def _keep_tally(self) -> None:
        while True:
            await asyncio.sleep(_TALLY_EVERY_S)
            try:
                await asyncio.to_thread(self._tally.write, self._app.context)
            except Exception:  # noqa: BLE001 - counting must outlive whatever happens to it
                log.exception("tally_bug")

    def _reload_soon(self) -> None:
        task = asyncio.create_task(asyncio.to_thread(self._reload_now))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _reload_now(self) -> None:
        try:
            self._reload()
        except VedetteError as problem:
            log.error("reload_refused", problem=str(problem), kept="the settings before")
        except Exception:  # noqa: BLE001 - the old settings are good; a bug here must not end the service
            log.exception("reload_bug")
        else:
            log.info("reloaded")

    def _hooks_door(self) -> Any:
        def context() -> Context:
            return self._app.context

        runs = RunDoor(context, tally=self._tally)
        return HooksDoor(context, tally=self._tally, health=self._health, elsewhere=runs)

    def _pages_door(self) -> Any:
        from vedette.web.pages import pages  # noqa: PLC0415

        return pages(lambda: self._app.context, health=self._app.store.health)

    async def _health(self) -> Health:
        return await asyncio.to_thread(self._app.store.health)


class _Listener(uvicorn.Server):
    """A server among others: signals are the process's business."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(application: Any) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http=Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,  # a path may hold a token
        server_header=False,
        proxy_headers=False,  # whoever forwards is seen as who he is
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_LAST_REQUESTS_S,
    )
