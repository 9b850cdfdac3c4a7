"""An inbox on loopback: takes posts as a vendor's judge allows, keeps what it took, and misbehaves when told to.

Law: what the real one refuses is refused, and a fault is used up by the request that suffers it.
"""

import socket
import struct
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from vedette.sandbox.stage.listening import Listening

_HTML = {"Content-Type": "text/html"}


class Ill(StrEnum):
    """What can go wrong with one request."""

    LIMITED = "limited"  # 429, come again in two seconds
    DOWN = "down"  # 503
    MAINTENANCE = "maintenance"  # 503 and a web page
    LOGIN = "login"  # 200 and a web page that asks who you are
    ELSEWHERE = "elsewhere"  # 302
    SILENT = "silent"  # no answer at all
    DEAF = "deaf"  # taken, and then no answer
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Post:
    """One request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `taken`: what the vendor keeps of the request, None where it refused."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    taken: Any = None


class Inbox(Listening):
    """A stand-in in threads of this process; a vendor says what it takes."""

    def __init__(self, *, port: int = 0) -> None:
        self.taken: list[Any] = []
        self.seen: list[Post] = []
        self.ills: deque[Ill] = deque()
        server = _Server(("127.0.0.1", port), _Handler)
        server.inbox = self
        super().__init__(server)
        self.url = f"http://127.0.0.1:{self.port}"

    def judge(self, post: Post) -> Reply:
        """The vendor's answer to a request."""
        raise NotImplementedError

    def answer(self, post: Post) -> Reply:
        """The answer, once what was taken is kept."""
        self.seen.append(post)
        reply = self.judge(post)
        if reply.taken is not None:
            self.taken.append(reply.taken)
        return reply


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    inbox: Inbox


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        """Take the request in, or let it suffer what was scripted."""
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        post = Post(self.command, self.path, headers, self.rfile.read(length))
        inbox = self.server.inbox
        ill = inbox.ills.popleft() if inbox.ills else None
        if ill is None:
            self._say(inbox.answer(post))
        elif ill in (Ill.SILENT, Ill.DEAF, Ill.RESET):
            if ill is Ill.DEAF:
                inbox.answer(post)
            self._break(ill, inbox)
        else:
            self._say(_REPLIES[ill])

    do_GET = do_HEAD = do_PUT = do_POST  # noqa: N815 - the names that http.server looks for

    def _say(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def _break(self, ill: Ill, inbox: Inbox) -> None:
        self.close_connection = True
        if ill is Ill.RESET:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        inbox.closing.wait(30)

    def finish(self) -> None:
        """End the request; whoever hung up has nothing to be told."""
        try:
            super().finish()
        except OSError:
            self.connection.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
        """Say nothing: a test has its own words."""


_REPLIES = {
    Ill.LIMITED: Reply(429, b"slow down", {"Retry-After": "2"}),
    Ill.DOWN: Reply(503, b"down"),
    Ill.MAINTENANCE: Reply(503, b"<html><h1>Back soon</h1></html>", _HTML),
    Ill.LOGIN: Reply(200, b"<html><form>Sign in</form></html>", _HTML),
    Ill.ELSEWHERE: Reply(302, b"", {"Location": "http://169.254.169.254/"}),
}
