"""A server that answers what it was told, for what the stand-in does not do."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from vedette.integrations.linear import Config
from vedette.integrations.linear.client import LinearClient
from vedette.model.secret import Secret

FIXTURES = Path(__file__).parents[2] / "fixtures" / "linear"


def fixture(name: str) -> bytes:
    """An answer of Linear's in its shape, with invented values."""
    return (FIXTURES / name).read_bytes()


class _Handler(BaseHTTPRequestHandler):
    status: int
    body: bytes
    extra: Mapping[str, str]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send_response(self.status)
        for name, value in {"Content-Type": "application/json", **self.extra}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class named it
        """Say nothing."""


@contextmanager
def answering(body: bytes, *, status: int = 200, **headers: str) -> Iterator[LinearClient]:
    """A client of a server that gives this answer to everything."""
    extra = {name.replace("_", "-"): value for name, value in headers.items()}
    handler = type("Handler", (_Handler,), {"status": status, "body": body, "extra": extra})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}/graphql"
    client = LinearClient("linear", Config(url=url, token=Secret(("hidden",), "env/T")), timeout=timedelta(seconds=5))
    try:
        yield client
    finally:
        client.close()
        server.shutdown()
        server.server_close()
        thread.join()
