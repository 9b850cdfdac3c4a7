"""Hooks: webhooks sent to those who asked, off the server's thread, and the log of what came of each.

Send errors are swallowed, as Sentry swallows those of internal apps: a slow or dead receiver has lost the event.
"""

import logging
import ssl
import threading
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any
from uuid import uuid4

import httpx2

from vedette.sandbox.sentry import payloads
from vedette.sandbox.sentry.settings import Hook, HookKind

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sent:
    """One attempt."""

    url: str
    resource: str
    request_id: str
    #: The receiver's status, or None when there was no answer in time.
    status: int | None
    error: str
    latency_ms: float
    at: float
    action: str = ""
    issue: int = 0
    attempt: int = 1


@cache
def tls() -> ssl.SSLContext:
    """One context for every client here: reading the system's certificates takes longer than a whole test."""
    return ssl.create_default_context()


class Sender:
    """Sends webhooks from a few threads of its own."""

    def __init__(self, *, threads: int = 4, kept: int = 20_000) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="stand-in-hook")
        self._client = httpx2.Client(follow_redirects=False, trust_env=False, verify=tls())
        self._log: deque[Sent] = deque(maxlen=kept)
        self._pending: set[Future[None]] = set()
        self._stopping = threading.Event()
        self._lock = threading.Lock()

    @property
    def log(self) -> list[Sent]:
        """Every attempt so far, oldest first."""
        with self._lock:
            return list(self._log)

    def as_json(self) -> list[dict[str, Any]]:
        """The log for the control door; secrets are not in it."""
        return [asdict(sent) for sent in self.log]

    def send(self, hook: Hook, *, resource: str, action: str, issue: int, payload: dict[str, Any]) -> None:
        """Queue one webhook."""
        try:
            future = self._pool.submit(self._deliver, hook, resource, action, issue, payloads.encode(payload))
        except RuntimeError:  # the stand-in is stopping; Sentry loses these too
            return
        with self._lock:
            self._pending.add(future)
        future.add_done_callback(self._done)

    def flush(self, patience: float = 10.0) -> bool:
        """Wait until nothing is under way; False when patience ran out first."""
        with self._lock:
            pending = set(self._pending)
        return not wait(pending, timeout=patience).not_done

    def close(self) -> None:
        """Stop sending; what still waits is dropped."""
        self._stopping.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._client.close()

    def _done(self, future: Future[None]) -> None:
        with self._lock:
            self._pending.discard(future)

    def _deliver(self, hook: Hook, resource: str, action: str, issue: int, body: bytes) -> None:
        for attempt in range(1, hook.retries + 2):
            sent = replace(self._attempt(hook, resource, body), action=action, issue=issue, attempt=attempt)
            with self._lock:
                self._log.append(sent)
            again = sent.status is None or sent.status >= 500
            if not again or attempt > hook.retries or self._stopping.wait(hook.retry_delay):
                return

    def _attempt(self, hook: Hook, resource: str, body: bytes) -> Sent:
        # A retry is a new request with a new id: nothing in it says that it was sent before.
        request_id, began, at = uuid4().hex, time.perf_counter(), time.time()
        status, error = None, ""
        try:
            sent_headers = _headers(hook, resource, body, request_id, at)
            answer = self._client.post(hook.url, content=body, headers=sent_headers, timeout=hook.timeout)
            status = answer.status_code
        except httpx2.HTTPError as failure:
            error = type(failure).__name__
            log.debug("a %s webhook was not delivered: %s", resource, error)
        latency = round((time.perf_counter() - began) * 1000, 2)
        return Sent(hook.url, resource, request_id, status, error, latency, at)


def _headers(hook: Hook, resource: str, body: bytes, request_id: str, at: float) -> dict[str, str]:
    if hook.kind is HookKind.APP:
        return payloads.headers(resource, body, secret=hook.secret, at=at, request_id=request_id)
    agent = "GlitchTip/5.1" if hook.kind is HookKind.GLITCHTIP else payloads.USER_AGENT
    return {"Content-Type": "application/json", "User-Agent": agent}
