"""Listening: a server of the standard library in a thread of its own, for stand-ins of what speaks no ASGI."""

import threading
from socketserver import TCPServer, ThreadingTCPServer
from typing import Self


class Line(ThreadingTCPServer):
    """A listening socket, a thread for each connection; one that hangs keeps nobody from ending."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False


class Listening:
    """Serves between enter and exit; `closing` is set first, for sessions that keep silent on purpose."""

    def __init__(self, server: TCPServer) -> None:
        self.closing = threading.Event()
        self.port = int(server.server_address[1])
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
