"""Connection: HTTP/1.1 as uvicorn speaks it, with bounds on what a stranger may send before anybody asks who it is.

Law: whatever is not a body is kept in memory by the parser, so it has a largest size and a longest time.
"""

from asyncio import TimerHandle, Transport

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Sentry's headers are below 1 kB, a browser's with its cookies below 16; nginx allows 32.
HEAD_LIMIT = 64 * 1024
# A process may usually have 1,024 files open, and the store wants some of them.
MOST_AT_ONCE = 800
_TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Connection(HttpToolsProtocol):
    """One connection. `_loose`: bytes since the last end of a head, piece of a body or end of a message."""

    head_within = 30.0  # seconds, for a whole head
    at_once = MOST_AT_ONCE  # connections of one listener
    _loose = 0
    _deadline: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """One too many is told so; one that says nothing at all is let go of in time."""
        super().connection_made(transport)
        if len(self.connections) > self.at_once:
            transport.write(_TOO_MANY)
            transport.close()
            return
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more to watch."""
        self._settle()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, then see whether a head (or a trailer, or the line before a chunk) goes on too long."""
        self._loose += len(data)
        super().data_received(data)
        if self._loose > HEAD_LIMIT:
            self._refuse()
        elif self._loose:
            self._watch()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._settle()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of a body; how many there may be, and how long they may take, is the door's affair."""
        self._settle()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._settle()
        super().on_message_complete()

    def _watch(self) -> None:
        if self._deadline is None and not self.transport.is_closing():
            self._deadline = self.loop.call_later(self.head_within, self.transport.close)

    def _settle(self) -> None:
        self._loose = 0
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self) -> None:
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(_TOO_LARGE)
            self.transport.close()
        else:
            self.transport.abort()  # in the middle of an answer nothing else can be said
