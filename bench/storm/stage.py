"""The stage: stand-ins and Vedette processes of one storm, with every time divided by a scale."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from bench.storm.trackers import CASTS

SECRET = "storm-client-secret"
TOKEN = "storm-sentry-token"
# Seconds of a real installation; divided by the time scale.
LEASE, SETTLE, SEARCH_LAG = 60.0, 120.0, 90.0


@dataclass(slots=True)
class Process:
    """One process of the stage; `start` again replaces it."""

    name: str
    command: list[str]
    log: Path
    environ: dict[str, str] = field(default_factory=dict)
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as sink:
            environ = {**os.environ, **self.environ, "PYTHONUNBUFFERED": "1"}
            self.running = subprocess.Popen(self.command, stdout=sink, stderr=sink, env=environ)

    def signal(self, number: int) -> None:
        if self.running is not None and self.running.poll() is None:
            self.running.send_signal(number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        if self.running is not None:
            self.running.wait()

    def alive(self) -> bool:
        return self.running is not None and self.running.poll() is None


def announced(command: list[str], *, log: Path) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    """Start a stand-in and read its one line of JSON."""
    with log.open("ab") as sink:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=sink)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, f"{command} said nothing: see {log}"
    return process, json.loads(line)


class Stage:
    """Everything that runs during one storm. `close` ends what was started here, and nothing else."""

    def __init__(
        self,
        folder: Path,
        *,
        tracker: str,
        store: str,
        scale: float,
        workers: int,
        late_by: tuple[float, float],
        kill_serve: bool,
        per: str = "issue",
    ) -> None:
        self.per = per
        self.folder, self.scale, self.store = folder, scale, store
        folder.mkdir(parents=True, exist_ok=True)
        self.judge_log = folder / "tracker.jsonl"
        self.cast = CASTS[tracker]
        self._late_by = late_by
        self._stand_ins: list[subprocess.Popen[bytes]] = []
        self.tracker = self._start_tracker()
        self.sentry = self._start_sentry()
        self.hooks_port, self.pages_port = free_port(), free_port()
        self.config = self._write_config()
        self.serve = self._vedette("serve", ["serve", "--no-work"])
        self.workers = [self._vedette(f"work-{number}", ["work"]) for number in range(workers)]
        self.targets = [*self.workers, *([self.serve] if kill_serve else [])]

    @property
    def hook(self) -> str:
        return f"http://127.0.0.1:{self.hooks_port}/hooks/sentry"

    def start(self) -> None:
        self.serve.start()
        wait_for(lambda: reachable(f"http://127.0.0.1:{self.hooks_port}/healthz"), seconds=60, what="serve to answer")
        for worker in self.workers:
            worker.start()

    def close(self) -> None:
        for process in (*self.workers, self.serve):
            process.signal(signal.SIGCONT)
            process.signal(signal.SIGTERM)
        for process in (*self.workers, self.serve):
            if process.running is not None:
                try:
                    process.running.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
        for stand_in in self._stand_ins:
            stand_in.terminate()
            stand_in.wait(20)
            if stand_in.stdout is not None:
                stand_in.stdout.close()

    def calm(self) -> None:
        """From now on the stand-in tracker does no more harm; late commits on their way still come."""
        httpx2.post(f"{self.tracker}/_standin/config", json={"rates": []}).raise_for_status()

    def _start_tracker(self) -> str:
        path = self.folder / f"{self.cast.kind}.json"
        path.write_bytes(self.cast.configuration(scale=self.scale, late_by=self._late_by))
        command = [sys.executable, "-m", f"vedette.sandbox.{self.cast.kind}", "--config", str(path)]
        process, told = announced([*command, "--log", str(self.judge_log)], log=self.folder / "tracker.err")
        self._stand_ins.append(process)
        return str(told["url"])

    def _start_sentry(self) -> str:
        command = [sys.executable, "-m", "vedette.sandbox.sentry", "--port", "0", "--organization", "acme"]
        command += ["--project", "checkout:python", "--token", TOKEN]
        process, told = announced(command, log=self.folder / "sentry.err")
        self._stand_ins.append(process)
        return str(told.get("url") or f"http://127.0.0.1:{told['port']}")

    def _vedette(self, name: str, arguments: Sequence[str]) -> Process:
        command = [sys.executable, "-m", "vedette", *arguments, "--config", str(self.config)]
        environ = {"STORM_SECRET": SECRET, "STORM_TOKEN": TOKEN, "TRACKER_TOKEN": self.cast.token()}
        return Process(name, command, self.folder / f"{name}.log", environ)

    def _write_config(self) -> Path:
        path, times = self.folder / "vedette.yaml", self._times()
        path.write_text(
            _CONFIG.format(
                **times,
                sentry=self.sentry,
                tracker=self.cast.block(self.tracker, timeout=times["tracker_timeout"]),
                route=self.cast.route(),
                store=self.store,
                per=self.per,
                hooks=self.hooks_port,
                pages=self.pages_port,
            )
        )
        return path

    def _times(self) -> dict[str, str]:
        seconds = {
            "settle": SETTLE,
            "look_1": 5.0,
            "look_2": 30.0,
            "search_lag": SEARCH_LAG,
            "lease": LEASE,
            "first_retry": 30.0,
            "longest_retry": 300.0,
            "breaker_rest": 10.0,
            "refresh": 300.0,
            "tracker_timeout": 20.0,
            "sentry_timeout": 20.0,
        }
        # Nothing below what a busy two-core machine needs for an honest answer.
        least = {"tracker_timeout": 1.5, "sentry_timeout": 2.0, "first_retry": 0.5, "breaker_rest": 0.5, "lease": 2.5}
        scaled = {name: max(value / self.scale, least.get(name, 0.0)) for name, value in seconds.items()}
        return {name: f"{round(value * 1000)}ms" for name, value in scaled.items()}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def reachable(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=1.0).status_code < 500
    except httpx2.HTTPError:
        return False


def wait_for(condition: Callable[[], bool], *, seconds: float, what: str, every: float = 0.1) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(every)


_CONFIG = """\
mode: production
sentry:
  url: {sentry}
  organization: acme
  token: env/STORM_TOKEN
  client_secret: env/STORM_SECRET
  rate_per_s: 2000
  concurrency: 16
  timeout: {sentry_timeout}
  link_back: false
trackers:
{tracker}
routes:
  default: {route}
tickets:
  caps: off  # what is measured is every ticket of the storm
  settle: {settle}
  looks: [{look_1}, {look_2}]
  search_lag: {search_lag}
  refresh: {refresh}
  policies:
    - name: storm
      on: [alert]
      per: {per}
queue:
  workers: 3
  lease: {lease}
  first_retry: {first_retry}
  longest_retry: {longest_retry}
  breaker_rest: {breaker_rest}
  breaker_after: 8
store:
  url: {store}
web:
  hooks: 127.0.0.1:{hooks}
  pages: 127.0.0.1:{pages}
"""
