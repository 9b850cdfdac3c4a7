"""Telling: a stand-in's webhooks, sent in order from a thread of their own when something was committed.

Send errors are swallowed, as most vendors swallow them in the end: a dead receiver has lost the news.
"""

import hashlib
import hmac
import logging
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx2

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One webhook as it goes over the wire."""

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A webhook that was sent, and the receiver's status; None without an answer."""

    telling: Telling
    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)


#: What a stand-in sends for one line of its log.
Words = Callable[[Mapping[str, Any]], Iterable[Telling]]


class Teller:
    """Sends webhooks one after another; `tell` may be called from any thread."""

    def __init__(self, *, within: float = 5.0) -> None:
        self._within = within
        self._pool: ThreadPoolExecutor | None = None
        self._pending: set[Future[Told]] = set()
        self._lock = threading.Lock()
        self._sent: deque[Told] = deque(maxlen=20_000)

    @property
    def sent(self) -> list[Told]:
        """Every webhook so far, oldest first."""
        with self._lock:
            return list(self._sent)

    def tell(self, telling: Telling) -> Future[Told]:
        """Queue one webhook."""
        with self._lock:
            self._pool = self._pool or ThreadPoolExecutor(1, thread_name_prefix="stand-in-teller")
            future = self._pool.submit(self.post, telling)
            self._pending.add(future)
        future.add_done_callback(self._done)
        return future

    def flush(self, patience: float = 10.0) -> bool:
        """Wait until nothing is under way; False when patience ran out first."""
        with self._lock:
            pending = set(self._pending)
        return not wait(pending, timeout=patience).not_done

    def close(self) -> None:
        """Send no more; what still waits is dropped."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def post(self, telling: Telling) -> Told:
        """Send one webhook now, and remember it."""
        status: int | None = None
        headers: dict[str, str] = {}
        try:
            with httpx2.Client(trust_env=False, verify=_tls(), timeout=self._within) as client:
                answer = client.post(telling.url, content=telling.body, headers=dict(telling.headers))
            status, headers = answer.status_code, dict(answer.headers)
        except httpx2.HTTPError as failure:
            log.debug("a webhook was not delivered: %s", type(failure).__name__)
        told = Told(telling=telling, status=status, headers=headers)
        with self._lock:
            self._sent.append(told)
        return told

    def _done(self, future: Future[Told]) -> None:
        with self._lock:
            self._pending.discard(future)


def signature(secret: str, body: bytes) -> str:
    """The hex HMAC-SHA256 that all of these vendors sign with."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
