"""Server: the stand-in on a loopback port, in a thread of the test or in a process of its own."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import httpx2
import msgspec
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from vedette.sandbox.sentry.application import build
from vedette.sandbox.sentry.desk import World
from vedette.sandbox.sentry.hooks import Sent, tls
from vedette.sandbox.sentry.memory import Memory
from vedette.sandbox.sentry.records import Exchange
from vedette.sandbox.sentry.settings import Hook, StandInConfig


class _Protocol(HttpToolsProtocol):
    """HTTP that tells the application its transport and how many requests the connection has carried: for faults."""

    requests = 0

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.requests += 1
        self.scope["transport"] = self.transport  # type: ignore[typeddict-unknown-key]
        self.scope["requests"] = self.requests  # type: ignore[typeddict-unknown-key]


class _Server(uvicorn.Server):
    """Looks for its end ten times as often as uvicorn does, since tests start and stop it by the hundred."""

    async def main_loop(self) -> None:
        counter = 0
        while not await self.on_tick(counter):
            counter += 1
            await asyncio.sleep(0.01)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Told to go at once, it does: uvicorn would still wait a tenth of a second for connections that nobody needs.
        if not self.force_exit:
            await super().shutdown(sockets)
            return
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0)


class SentryStandIn:
    """A Sentry to practise on: `with SentryStandIn(config) as sentry: sentry.url`."""

    def __init__(
        self, config: StandInConfig | None = None, *, clock: Callable[[], float] = time.time, recording: bool = False
    ) -> None:
        self.config = config or StandInConfig()
        self.world = World(self.config, clock=clock)
        self.world.exchanges = [] if recording else None
        self._socket = _listen(self.config.port)
        self.port: int = self._socket.getsockname()[1]
        self.url = self.world.url = f"http://127.0.0.1:{self.port}"
        self._server = _Server(_uvicorn_config(self.world))
        self._thread = threading.Thread(target=self._run, name="stand-in-sentry", daemon=True)
        self._client = httpx2.Client(base_url=self.url, trust_env=False, timeout=30.0, verify=tls())

    @property
    def memory(self) -> Memory:
        """The rows; read them, change them over HTTP."""
        return self.world.memory

    @property
    def token(self) -> str:
        """A token that may do everything."""
        return self.config.tokens[0]

    @property
    def hooks(self) -> list[Sent]:
        """Every webhook attempt so far."""
        return self.world.sender.log

    def exchanges(self) -> list[Exchange]:
        """What handlers were asked and answered so far; empty unless `recording` was asked for."""
        return list(self.world.exchanges or [])

    def dsn(self, project: str) -> str:
        """The DSN of a project, by slug."""
        found = self.memory.projects[project]
        return f"http://{found.key}@127.0.0.1:{self.port}/{found.id}"

    def seed(self, *issues: dict[str, Any]) -> list[int]:
        """Make issues from `seeding.Seed` words; their ids."""
        answer = self._post("issues", list(issues))
        return [int(row["id"]) for row in answer.json()]

    def pour(self, *heaps: dict[str, Any]) -> int:
        """Put occurrences into issues, from `pouring.Pour` words; how many that were."""
        return int(self._post("arrivals", list(heaps)).json()["poured"])

    def drop(self, *heaps: dict[str, Any]) -> None:
        """Delete occurrences, from `pouring.Drop` words."""
        self._post("arrivals", list(heaps), method="DELETE")

    def outcomes(self, *told: dict[str, Any]) -> None:
        """Say what was dropped or filtered, in `pouring.Outcome` words."""
        self._post("outcomes", list(told))

    def shifts(self, *told: dict[str, Any]) -> None:
        """Let things change between answers, in `shifting.Shift` words."""
        self._post("shifts", list(told))

    def resolve(self, *ids: int, status: str = "resolved", hooks: bool = True) -> None:
        """Change statuses as a person would."""
        self._post("resolve", {"ids": list(ids), "status": status, "hooks": hooks})

    def roster(self, **orders: Any) -> dict[str, Any]:
        """Make and change people, teams and projects: the fields of `roster_orders.RosterOrders`; ids by name."""
        answer: dict[str, Any] = self._post("roster", orders).json()
        return answer

    def subscribe(self, hook: Hook) -> None:
        """Send webhooks to one more address: whoever needs this server's address first subscribes afterwards."""
        self._post("hooks", msgspec.to_builtins(hook))

    def alert(self, *ids: int, rules: tuple[str, ...] = ("A new issue is created",)) -> None:
        """Make rules fire for issues."""
        self._post("alert", {"ids": list(ids), "rules": list(rules)})

    def faults(self, **orders: Any) -> None:
        """Switch faults: the fields of `faults.Orders`."""
        self._post("faults", orders)

    def flush(self, patience: float = 10.0) -> bool:
        """Wait until every webhook is out."""
        return self.world.sender.flush(patience)

    def start(self) -> Self:
        """Serve from a thread; returns once connections are accepted."""
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started and time.monotonic() < deadline and self._thread.is_alive():
            time.sleep(0.005)
        if not self._server.started:
            raise RuntimeError("the stand-in Sentry did not start within 10 s")
        return self

    def stop(self) -> None:
        """Stop serving and sending."""
        self._client.close()
        self._server.should_exit = self._server.force_exit = True
        if self._thread.is_alive():
            self._thread.join(10)
        self.world.sender.close()
        self._socket.close()

    def serve(self) -> None:
        """Serve in this thread until a signal comes."""
        try:
            self._run()
        finally:
            self.world.sender.close()
            self._client.close()
            self._socket.close()

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))

    def _post(self, what: str, body: Any, *, method: str = "POST") -> httpx2.Response:
        answer = self._client.request(method, f"/_standin/{what}", json=body)
        if answer.is_error:
            raise RuntimeError(f"the stand-in Sentry refused {what}: {answer.status_code} {answer.text[:300]}")
        return answer

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _listen(port: int) -> socket.socket:
    """A bound socket that names its protocol: without, asyncio leaves Nagle on, and each answer waits 40 ms."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    # Listening from the start: whoever reads the port before the server runs waits in the backlog.
    bound.listen(512)
    return bound


def _uvicorn_config(world: World) -> uvicorn.Config:
    return uvicorn.Config(
        build(world),
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=2,
    )
