"""Servers of raw bytes on loopback, for every way in which an answer can fail to come."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Talk:
    """One connection: what was received, and the socket to answer on."""

    conn: socket.socket
    received: bytearray

    def head(self) -> bytes:
        """Read up to the end of the request's headers; b"" where the client left before."""
        return self._until(lambda: b"\r\n\r\n" in self.received)

    def request(self) -> bytes:
        """Read a whole request with its body."""
        self.head()
        head, _, body = bytes(self.received).partition(b"\r\n\r\n")
        named = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        length = int(named.get(b"content-length", b"0"))
        return self._until(lambda: len(self.received) - len(head) - 4 >= length) or body

    def _until(self, enough: Callable[[], bool]) -> bytes:
        while not enough():
            part = self.conn.recv(65536)
            if not part:
                break
            self.received += part
        return bytes(self.received)

    def say(self, *parts: bytes) -> None:
        for part in parts:
            self.conn.sendall(part)

    def reset(self) -> None:
        """End the connection with RST."""
        self.conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.conn.close()


@dataclass
class Server:
    """Where it listens, and what each connection brought."""

    url: str
    stopping: threading.Event
    connections: list[bytearray] = field(default_factory=list)

    @property
    def received(self) -> bytes:
        return b"".join(bytes(each) for each in self.connections)


@contextmanager
def serving(script: Callable[[Talk, Server], None]) -> Iterator[Server]:
    """A server that plays the script on each connection, in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(f"http://127.0.0.1:{listener.getsockname()[1]}", threading.Event())
    threads: list[threading.Thread] = []

    def play(conn: socket.socket) -> None:
        received = bytearray()
        server.connections.append(received)
        with conn, suppress(OSError):
            script(Talk(conn, received), server)

    def accept() -> None:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=play, args=(conn,), daemon=True)
            threads.append(thread)
            thread.start()

    door = threading.Thread(target=accept, daemon=True)
    door.start()
    try:
        yield server
    finally:
        server.stopping.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in (door, *threads):
            thread.join(5)


def answer(status: str = "200 OK", *, body: bytes = b"{}", kind: str = "application/json", extra: str = "") -> bytes:
    """A whole answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
    return head.encode() + body
