"""Launcher: a real metrics server as a child process on loopback, with a folder of its own, ended by its process id."""

import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.waiting import until


class Server:
    """A running server, and what it answers to questions."""

    def __init__(self, url: str) -> None:
        self.url = url

    def instant(self, query: str, *, at: float) -> list[tuple[dict[str, str], list[tuple[int, str]]]]:
        """Labels, and the stored samples (second, value) of each series, of a query for a span."""
        answer = httpx2.get(f"{self.url}/api/v1/query", params={"query": query, "time": str(at)}, trust_env=False)
        assert answer.status_code == 200, answer.text
        result: list[dict[str, Any]] = answer.json()["data"]["result"]
        return [(one["metric"], [(int(at), value) for at, value in one["values"]]) for one in result]

    def number(self, query: str, *, at: float) -> float | None:
        """The value of a query that has one; None where it has none."""
        answer = httpx2.get(f"{self.url}/api/v1/query", params={"query": query, "time": str(at)}, trust_env=False)
        found = answer.json()["data"]["result"]
        return float(found[0]["value"][1]) if found else None


class VictoriaMetricsServer(Server):
    """The same, which shows what it took only after a flush."""

    def instant(self, query: str, *, at: float) -> list[tuple[dict[str, str], list[tuple[int, str]]]]:
        self.ask("/internal/force_flush")
        return super().instant(query, at=at)

    def ask(self, path: str) -> str:
        return httpx2.get(f"{self.url}{path}", trust_env=False, timeout=10).text


@contextmanager
def prometheus(
    folder: Path, *arguments: str, settings: str = "global: {}\n", receives: bool = True
) -> Iterator[Server]:
    """A Prometheus that takes remote-write, scrapes nothing, and keeps its samples in the folder."""
    program = _program("prometheus", package="prometheus")
    written = folder / "prometheus.yml"
    written.write_text(settings, encoding="utf-8")
    port = _free_port()
    command = [program, f"--config.file={written}", f"--web.listen-address=127.0.0.1:{port}"]
    command += [f"--storage.tsdb.path={folder / 'data'}", *arguments]
    command += ["--web.enable-remote-write-receiver"] if receives else []
    with _running(command, f"http://127.0.0.1:{port}/-/ready", folder):
        yield Server(f"http://127.0.0.1:{port}")


@contextmanager
def victoria_metrics(folder: Path, *arguments: str) -> Iterator[VictoriaMetricsServer]:
    """A VictoriaMetrics of one node that keeps its samples in the folder."""
    program = _program("victoria-metrics", package="victoria-metrics")
    port = _free_port()
    command = [program, f"-httpListenAddr=127.0.0.1:{port}", f"-storageDataPath={folder / 'data'}"]
    command += ["-search.latencyOffset=0s", *arguments]
    with _running(command, f"http://127.0.0.1:{port}/health", folder):
        yield VictoriaMetricsServer(f"http://127.0.0.1:{port}")


def _program(name: str, *, package: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"no {name} on the PATH: the Debian package {package} brings it")
    return path


@contextmanager
def _running(command: Sequence[str], ready: str, folder: Path) -> Iterator[None]:
    log = folder / "log"
    with log.open("wb") as said, subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT) as process:
        try:
            until(lambda: process.poll() is not None or _answers(ready), within=30, saying=f"{command[0]} to be ready")
            assert process.poll() is None, log.read_text(encoding="utf-8")[-2000:]
            yield
        finally:
            process.terminate()
            process.wait(timeout=20)


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, trust_env=False).status_code == 200
    except httpx2.HTTPError:
        return False


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
