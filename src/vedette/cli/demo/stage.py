"""Stage: the folder, the stand-ins and the processes of the demonstration, started together and gone together.

Law: whatever ends the demonstration, no process and no file of it stays behind.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread, current_thread, main_thread

import httpx2

from vedette.cli.demo.declared import DECLARED
from vedette.cli.practice import CLIENT_SECRET, Ground, practice_ground, settings_text
from vedette.errors import VedetteError
from vedette.sandbox.sample_app import codeowners
from vedette.sandbox.sentry import Hook

_READY_WITHIN_S = 30.0
_ENDS_WITHIN_S = 20.0


@dataclass(slots=True)
class Shop:
    """A run of the sample application, in a process of its own; `crashed` grows while it runs."""

    process: subprocess.Popen[str]
    crashed: list[str] = field(default_factory=list)  # the names of the bugs, as they were met
    reader: Thread | None = None

    def read(self) -> None:
        """Collect what the shop says; ends with it."""
        if self.process.stdout is not None:
            with self.process.stdout as said:
                self.crashed.extend(str(json.loads(line)["crash"]) for line in said)

    @property
    def over(self) -> bool:
        """Whether it has ended and all that it said was read."""
        return self.process.poll() is not None and (self.reader is None or not self.reader.is_alive())


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that stands: stand-ins, Vedette's process, and where its files lie."""

    ground: Ground
    vedette: subprocess.Popen[bytes]
    home: Path
    hooks: str
    pages: str
    shops: list[Shop]

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.home / "vedette.yaml"

    def crash(self, *, times: int, pause: float) -> Shop:
        """Have the sample shop meet each of its bugs `times` times."""
        dsns = [word for slug, dsn in self.ground.dsns.items() for word in ("--dsn", f"{slug}={dsn}")]
        words = [sys.executable, "-m", "vedette.sandbox.sample_app", *dsns]
        words += ["--crashes", str(times), "--pause", str(pause)]
        with (self.home / "shop.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                words, stdout=subprocess.PIPE, stderr=log, text=True, env=environment(), start_new_session=True
            )
        shop = Shop(process)
        shop.reader = Thread(target=shop.read, name="shop-reader", daemon=True)
        shop.reader.start()
        self.shops.append(shop)
        return shop

    def check(self) -> None:
        """Raises VedetteError when a process fell."""
        if self.vedette.poll() is not None:
            raise VedetteError(f"vedette serve ended by itself; it said:\n{_last_words(self.home / 'vedette.log')}")
        fallen = next((shop for shop in self.shops if shop.process.poll() not in (None, 0)), None)
        if fallen is not None:
            raise VedetteError(f"the sample application failed; it said:\n{_last_words(self.home / 'shop.log')}")


@contextmanager
def stage(*, port: int, between: Callable[[], None] = lambda: None) -> Iterator[Stage]:
    """Build the stage; `port` is that of Vedette's pages, 0 for any free one.

    `between` is called while it is waited for, and may raise to call it off.
    """
    with ExitStack() as standing:
        home = Path(standing.enter_context(TemporaryDirectory(prefix="vedette-demo-")))
        ground = standing.enter_context(practice_ground())
        hooks, pages = f"127.0.0.1:{_free_port(0)}", f"127.0.0.1:{_free_port(port)}"
        furnish(home, ground, hooks=hooks, pages=pages)
        try:
            built = Stage(ground, _serve(home), home, f"http://{hooks}", f"http://{pages}", shops=[])
            standing.callback(_end, built)
            _await_ready(built, between)
            # Sentry gives up after 1 s; here a machine under load shall not lose an event.
            hook = Hook(f"{built.hooks}/hooks/sentry", CLIENT_SECRET, resources=("event_alert",), timeout=10.0)
            ground.sentry.subscribe(hook)
            yield built
        finally:
            with _undisturbed():
                standing.close()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """The end is under way: one more Ctrl-C would only leave something behind."""
    if current_thread() is not main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def furnish(home: Path, ground: Ground, *, hooks: str, pages: str) -> None:
    """Write settings, what access is declared, secrets and the shop's CODEOWNERS into the folder."""
    settings = settings_text(ground, home=home, hooks=hooks, pages=pages)
    # At the end: the lines of the others stay where the tickets and the documentation say they are.
    (home / "vedette.yaml").write_text(f"{settings}\ninclude: [access.yaml]\n", encoding="utf-8")
    (home / "access.yaml").write_text(DECLARED, encoding="utf-8")
    (home / "CODEOWNERS").write_text(codeowners(), encoding="utf-8")
    for name, value in ground.secrets.items():
        path = home / name
        path.touch(mode=0o600)
        path.write_text(value, encoding="utf-8")


def _serve(home: Path) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "vedette", "serve", "--config", str(home / "vedette.yaml")]
    with (home / "vedette.log").open("wb") as log:
        # A session of its own: the terminal's Ctrl-C comes to us, and we end it in order.
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module
            words, stdout=log, stderr=log, env=environment(), start_new_session=True
        )


def _await_ready(built: Stage, between: Callable[[], None]) -> None:
    deadline = time.monotonic() + _READY_WITHIN_S
    with httpx2.Client(trust_env=False, timeout=2.0) as client:
        while time.monotonic() < deadline:
            between()
            built.check()
            with suppress(httpx2.HTTPError):
                if client.get(f"{built.hooks}/readyz").status_code == 200:
                    return
            time.sleep(0.03)
    raise VedetteError(f"vedette serve was not ready in time; it said:\n{_last_words(built.home / 'vedette.log')}")


def environment() -> dict[str, str]:
    """Ours, without what would point the parts anywhere but to the stand-ins."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(("VEDETTE_", "SENTRY_"))}
    return kept | {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost", "PYTHONUNBUFFERED": "1"}


def _free_port(wanted: int) -> int:
    # The port must be known before Vedette starts: tickets carry the address of its pages.
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError as problem:
            raise VedetteError(
                f"port {wanted} cannot be had ({problem.strerror}); choose another with --port"
            ) from None
        return int(probe.getsockname()[1])


def _end(built: Stage) -> None:
    """The shop first, since whoever dies first is not to be missed by the others."""
    processes: list[subprocess.Popen[str] | subprocess.Popen[bytes]] = [shop.process for shop in built.shops]
    for process in (*processes, built.vedette):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _last_words(log: Path, *, lines: int = 8) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
