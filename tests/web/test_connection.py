"""What a stranger may send before anybody asks who it is has a largest size and a longest time."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from typing import Any

import pytest
import uvicorn

from tests.waiting import until
from tests.web.serving import Served, post, signed
from vedette.errors import Rejected
from vedette.web.connection import HEAD_LIMIT, Connection
from vedette.web.hooks import whole_body

HEAD = b"POST /hooks/sentry HTTP/1.1\r\nHost: x\r\n"
PIECE = 32 * 1024
BODY = b'{"action":"created"}'


class Hasty(Connection):
    """A connection with less patience than a test has."""

    head_within = 0.3


class Narrow(Connection):
    """A connection of a listener that takes few at once."""

    at_once = 3


def connected(address: str) -> socket.socket:
    host, _, port = address.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=20)


def taken_before_the_end(line: socket.socket, piece: bytes) -> int:
    """How many bytes the other side took in of an endless row of pieces; 64 MB where it never had enough."""
    sent = 0
    try:
        while sent < 64 * 1024 * 1024:
            line.sendall(piece)
            sent += len(piece)
    except OSError:
        pass
    return sent


def ends(line: socket.socket) -> bytes:
    """What came before the other side hung up."""
    heard = b""
    try:
        while part := line.recv(65_536):
            heard += part
    except ConnectionError:
        pass
    return heard


@pytest.mark.parametrize("listener", ["hooks", "pages"])
@pytest.mark.parametrize(
    ("begun", "piece"),
    [
        (HEAD, b"x-one: 1\r\n" * (PIECE // 10)),
        (HEAD + b"x-long: ", b"a" * PIECE),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", b"x-trailer: 1\r\n" * (PIECE // 14)),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a" * PIECE),
    ],
    ids=["headers", "one header", "trailers", "an extension of a chunk"],
)
def test_a_head_without_end_is_cut_off(served: Served, listener: str, begun: bytes, piece: bytes) -> None:
    with connected(getattr(served, listener)) as line:
        line.sendall(begun)
        # What the sockets' own buffers took in counts too.
        assert taken_before_the_end(line, piece) < 32 * 1024 * 1024


def test_a_head_beyond_the_limit_is_told_so(served: Served) -> None:
    with connected(served.hooks) as line:
        line.sendall(HEAD + b"x-long: " + b"a" * HEAD_LIMIT)
        assert ends(line).startswith(b"HTTP/1.1 431 ")


def test_one_connection_may_bring_many_deliveries_whatever_their_sizes(served: Served) -> None:
    large = b"x" * (HEAD_LIMIT * 3)
    for _ in range(3):
        assert post(f"{served.hooks}/hooks/sentry", large, signed(large)).status_code == 202
    line = HTTPConnection(served.hooks.removeprefix("http://"), timeout=20)
    for number in range(HEAD_LIMIT // 512):
        line.request("POST", "/hooks/sentry", BODY, signed(BODY, request_id=f"{number:032x}") | {"x-pad": "p" * 600})
        answer = line.getresponse()
        answer.read()
        assert answer.status == 202
    line.close()


@contextmanager
def hasty(kind: type[Connection] = Hasty) -> Iterator[str]:
    """A server that lets go of slow heads at once, or one of another kind."""

    async def answer(_: Any, __: Any, send: Any) -> None:
        await asyncio.sleep(3 * Hasty.head_within)  # an answer may take longer than a head
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    bound = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(answer, http=kind, lifespan="off", log_config=None, ws="none"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[bound])), daemon=True)
    thread.start()
    try:
        until(lambda: server.started, saying="the server's start")
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.mark.parametrize("said", [b"", b"GET / HT", HEAD, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_who_never_ends_a_head_is_let_go_of_and_who_did_is_answered(said: bytes) -> None:
    with hasty() as address, connected(address) as line:
        line.sendall(said)
        if said.endswith(b"\r\n\r\n"):
            assert line.recv(4_096).startswith(b"HTTP/1.1 204 ")
            line.sendall(b"\r\n")  # a blank line begins nothing, and keeps nothing open
        assert ends(line) == b""


def test_one_connection_too_many_is_told_so_and_the_others_are_served() -> None:
    with hasty(Narrow) as address, ExitStack() as lines:
        early = [lines.enter_context(connected(address)) for _ in range(Narrow.at_once)]
        for line in early:
            line.sendall(HEAD)  # so that each has surely been let in before the next comes
        until(lambda: ends(lines.enter_context(connected(address))).startswith(b"HTTP/1.1 503 "), saying="the refusal")
        early[0].sendall(b"Content-Length: 0\r\n\r\n")
        assert early[0].recv(4_096).startswith(b"HTTP/1.1 204 ")


def test_a_body_in_drops_ends_in_time() -> None:
    async def drop() -> dict[str, Any]:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    with pytest.raises(Rejected) as refused:
        asyncio.run(whole_body(drop, limit=1_000_000, within=0.2))
    assert (refused.value.status, refused.value.reason) == (408, "slow_body")
