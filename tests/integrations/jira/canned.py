"""A server that answers what it was told, for what the stand-in does not do; it keeps what it was asked."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vedette.integrations.jira import Config, JiraTracker
from vedette.integrations.jira.config import Flavour
from vedette.model.secret import Secret

FIXTURES = Path(__file__).parents[2] / "fixtures" / "jira"
MISSING = {"errorMessages": ["Issue does not exist or you do not have permission to see it."], "errors": {}}


def fixture(name: str) -> Any:
    """An answer of Jira's in its shape, with invented values."""
    return json.loads((FIXTURES / name).read_bytes())


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Reply:
    """One answer to give."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Canned:
    """Answers by `METHOD path` after the prefix; the last one given for a path stays. What is not there is 404."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.replies: dict[str, list[Reply]] = {}

    def on(self, call: str, *replies: Reply) -> None:
        """Answer this call so, one after the other."""
        self.replies[call] = list(replies)

    def answer(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        path = asked.path.split("/rest/api/", 1)[-1].partition("/")[2]
        waiting = self.replies.get(f"{asked.method} /{path}", [Reply(MISSING, status=404)])
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def bodies(self, call: str) -> list[Any]:
        """What was sent in these calls."""
        method, _, path = call.partition(" ")
        return [each.body for each in self.asked if each.method == method and each.path.endswith(path)]


class _Handler(BaseHTTPRequestHandler):
    canned: Canned

    def _serve(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        raw = self.rfile.read(length)
        parts = urlsplit(self.path)
        body = json.loads(raw) if raw else None
        reply = self.canned.answer(Asked(self.command, parts.path, parts.query, dict(self.headers), body))
        data = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class named it
        """Say nothing."""


@contextmanager
def canned_jira(flavour: Flavour = Flavour.CLOUD) -> Iterator[tuple[Canned, JiraTracker]]:
    """A server with nothing to say yet, and a tracker that asks it."""
    canned = Canned()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"canned": canned}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    email = "bot@acme.test" if flavour is Flavour.CLOUD else ""
    url = f"http://127.0.0.1:{server.server_address[1]}"
    config = Config(url=url, token=Secret(("hidden-token",), "env/T"), email=email, flavour=flavour)
    tracker = JiraTracker("jira", config, timeout=timedelta(seconds=5))
    try:
        yield canned, tracker
    finally:
        tracker.close_connections()
        server.shutdown()
        server.server_close()
        thread.join()
