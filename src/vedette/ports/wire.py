"""Wire: the sockets under the talker, every single read and write of which ends by the call's deadline.

The law: a time-out per read is no deadline. A server that drips one byte a second satisfies the former for ever, so
each wait on a socket here is cut to what the whole call has left.
"""

import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore2
import httpx2

from vedette.errors import Refused
from vedette.ports.addresses import Private, is_private_literal, resolved
from vedette.ports.clock import elapsed

_now = threading.local()

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


@contextmanager
def until(deadline: float) -> Iterator[None]:
    """Every wait of this thread on a socket ends by `deadline`, on `elapsed()`."""
    _now.deadline = deadline
    try:
        yield
    finally:
        _now.deadline = None


def _cut(timeout: float | None, late: type[Exception]) -> float | None:
    deadline: float | None = getattr(_now, "deadline", None)
    if deadline is None:
        return timeout
    left = deadline - elapsed()
    if left <= 0:
        raise late("the call's deadline has passed")
    return left if timeout is None else min(timeout, left)


class _Stream(httpcore2.NetworkStream):
    """A connection whose waits are cut to the call's deadline."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _cut(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _cut(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, _cut(timeout, httpcore2.ConnectTimeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Network(httpcore2.NetworkBackend):
    """Opens such connections; with `public_only` to the public internet and nowhere else."""

    def __init__(self, *, public_only: bool) -> None:
        self._sockets = httpcore2.SyncBackend()
        self._public_only = public_only

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore2.NetworkStream:
        cut = _cut(timeout, httpcore2.ConnectTimeout)
        # The very address that was judged: the name, asked again, might lead elsewhere.
        address = _public(host, port) if self._public_only else host
        return _Stream(self._sockets.connect_tcp(address, port, cut, local_address, socket_options))


def _public(host: str, port: int) -> str:
    try:
        return resolved(host, port)
    except Private:
        raise _private(host) from None
    except OSError as problem:
        raise httpcore2.ConnectError(str(problem)) from problem


def _private(host: str) -> Refused:
    return Refused(f"{host} leads into a private network; set `allow_private: true` if that is meant")


class Wire(httpx2.BaseTransport):
    """Carries the requests for one address, through the environment's proxy where it names one.

    `keep` is how many idle connections are kept. Errors are httpx2's, as a `Client` expects them; `Refused` where
    `public_only` forbids the address. A proxy is the network's own door: behind it names are not looked up here.
    """

    def __init__(self, base_url: str, *, keep: int, public_only: bool = False) -> None:
        self._pool = _pool(base_url, keep=keep, public_only=public_only)
        self._public_only = public_only

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request and return its answer, the body still to be read."""
        url = request.url
        if self._public_only and is_private_literal(url.host):
            raise _private(url.host)
        core = httpcore2.Request(
            method=request.method,
            url=httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=cast("Iterable[bytes]", request.stream),
            extensions=request.extensions,
        )
        with _as_httpx():
            answer = self._pool.handle_request(core)
        body = _Body(cast("Iterable[bytes]", answer.stream))
        return httpx2.Response(answer.status, headers=answer.headers, stream=body, extensions=answer.extensions)

    def close(self) -> None:
        """Let the connections go."""
        self._pool.close()


class _Body(httpx2.SyncByteStream):
    """An answer's body, with httpx2's errors."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._parts

    def close(self) -> None:
        close = getattr(self._parts, "close", None)
        if close is not None:
            close()


def _pool(base_url: str, *, keep: int, public_only: bool) -> httpcore2.ConnectionPool:
    proxy = _proxy(base_url)
    shared: dict[str, Any] = {
        "ssl_context": _trust(),
        "max_connections": None,
        "max_keepalive_connections": keep,
        "keepalive_expiry": 5.0,
        "network_backend": _Network(public_only=public_only and proxy is None),
    }
    if proxy is None:
        return httpcore2.ConnectionPool(**shared)
    return httpcore2.HTTPProxy(
        proxy_url=httpcore2.URL(
            scheme=proxy.url.raw_scheme, host=proxy.url.raw_host, port=proxy.url.port, target=proxy.url.raw_path
        ),
        proxy_auth=proxy.raw_auth,
        proxy_headers=proxy.headers.raw,
        **shared,
    )


@cache
def _trust() -> ssl.SSLContext:
    # Reading the trusted authorities takes longer than all the rest of a start; one reading serves every connection.
    return httpx2.create_ssl_context()


def _proxy(base_url: str) -> httpx2.Proxy | None:
    """The proxy that the environment names for an address (HTTPS_PROXY, NO_PROXY and so on)."""
    parts = urlsplit(base_url)
    known = getproxies()
    address = known.get(parts.scheme) or known.get("all")
    if not address or proxy_bypass(parts.netloc):
        return None
    return httpx2.Proxy(address if "://" in address else f"http://{address}")


@contextmanager
def _as_httpx() -> Iterator[None]:
    """Turn httpcore2's errors into httpx2's errors of the same name."""
    try:
        yield
    except (
        httpcore2.TimeoutException,
        httpcore2.NetworkError,
        httpcore2.ProtocolError,
        httpcore2.ProxyError,
    ) as problem:
        raise getattr(httpx2, type(problem).__name__)(str(problem)) from problem
