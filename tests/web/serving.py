"""A real `vedette serve` in a process of its own, on ports that the system gives."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import yaml

from tests.waiting import until
from vedette.model.settings import StoreSettings
from vedette.sandbox.sentry import payloads
from vedette.sandbox.sentry.hooks import tls
from vedette.store.database import Store

SECRET = "client-secret-of-the-tests"
OLD_SECRET = "client-secret-from-before"
TOKEN = "path-token-of-the-tests"
OTHER_TOKEN = "path-token-of-glitchtip"
LOGIN = "login-secret-of-the-tests"

ENVIRON = {
    "T_SECRET": SECRET,
    "T_OLD_SECRET": OLD_SECRET,
    "T_TOKEN": TOKEN,
    "T_OTHER_TOKEN": OTHER_TOKEN,
    "T_LOGIN": LOGIN,
    "T_API": "sandbox-token",
}


def settings(folder: Path, **web: Any) -> dict[str, Any]:
    """Settings whose vendors do not answer: the door must stand alone."""
    nowhere = "http://127.0.0.1:9"
    return {
        "mode": "development",
        "sentry": {
            "default": {
                "url": nowhere,
                "organization": "acme",
                "token": "env/T_API",
                "client_secret": ["env/T_SECRET", "env/T_OLD_SECRET"],
                "path_tokens": "env/T_TOKEN",
            },
            "glitch": {
                "url": "http://127.0.0.1:10",
                "organization": "acme",
                "token": "env/T_API",
                "dialect": "glitchtip",
                "path_tokens": "env/T_OTHER_TOKEN",
            },
        },
        "trackers": {
            "jira": {
                "kind": "jira",
                "url": nowhere,
                "email": "b@acme.test",
                "token": "env/T_API",
                "sandbox": True,
                "webhook_secret": ["env/T_SECRET", "env/T_OLD_SECRET"],
                "path_tokens": "env/T_TOKEN",
            }
        },
        "teams": {"@acme/payments": {"route": {"tracker": "jira", "project": "PAY", "type": "Bug"}}},
        "routes": {"default": {"tracker": "jira", "project": "TRIAGE"}},
        "store": {"url": f"sqlite:///{folder}/vedette.db"},
        "web": {"hooks": "127.0.0.1:0", "pages": "127.0.0.1:0", **web},
    }


class NotStarted(Exception):
    """The server ended before it listened; the message is what it said."""


@dataclass(slots=True)
class Served:
    """A running server and how to reach it."""

    folder: Path
    process: subprocess.Popen[str]
    hooks: str
    pages: str
    said: list[str] = field(default_factory=list)
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.folder / "vedette.yaml"

    @property
    def log(self) -> str:
        return (self.folder / "serve.log").read_text(encoding="utf-8")

    def store(self) -> Store:
        """Its store, for reading."""
        return Store.open(StoreSettings(url=f"sqlite:///{self.folder}/vedette.db"), role="read")

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end."""
        self.process.send_signal(number)
        return self.process.wait(20)

    def ready(self) -> bool:
        return httpx2.get(f"{self.pages}/readyz", trust_env=False, verify=tls()).status_code == 200


@contextmanager
def serving(folder: Path, *, work: bool = False, data: Mapping[str, Any] | None = None, **web: Any) -> Iterator[Served]:
    """Start a server in the folder, wait until it is ready, and end it."""
    (folder / "vedette.yaml").write_text(yaml.safe_dump(dict(data or settings(folder, **web))), encoding="utf-8")
    served = _started(folder, work=work)
    try:
        until(served.ready, within=30, saying="a green /readyz")
        yield served
    finally:
        if served.process.poll() is None:
            served.process.terminate()
        try:
            served.process.wait(20)
        except subprocess.TimeoutExpired:
            served.process.kill()
        assert served.process.stdout is not None
        served.process.stdout.close()


def _started(folder: Path, *, work: bool) -> Served:
    command = [str(Path(sys.executable).with_name("vedette")), "serve", "--log", "debug"]
    command += ["--config", str(folder / "vedette.yaml"), *(() if work else ("--no-work",))]
    environ = os.environ | ENVIRON
    with (folder / "serve.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environ, cwd=folder)
    assert process.stdout is not None
    said = [process.stdout.readline().strip() for _ in range(2)]
    if not all("http://" in line for line in said):
        process.stdout.close()
        process.wait(20)
        raise NotStarted((folder / "serve.log").read_text(encoding="utf-8"))
    hooks, pages = ("http://" + line.partition("http://")[2].split("/")[0] for line in said)
    return Served(folder, process, hooks, pages, said, environ)


def signed(body: bytes, *, request_id: str = "", secret: str = SECRET, resource: str = "event_alert") -> dict[str, str]:
    """Headers as Sentry sends them, over exactly these bytes."""
    headers = {
        "Content-Type": "application/json",
        "Sentry-Hook-Resource": resource,
        "Sentry-Hook-Timestamp": "1795208903",
        "Sentry-Hook-Signature": payloads.sign(secret, body),
    }
    return headers | ({"Request-ID": request_id} if request_id else {})


def post(url: str, body: bytes, headers: Mapping[str, str] | None = None) -> httpx2.Response:
    """One request without proxies and pools."""
    return httpx2.post(url, content=body, headers=dict(headers or {}), timeout=20, trust_env=False, verify=tls())
