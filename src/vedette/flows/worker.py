"""Worker: threads that read deliveries and do jobs until told to stop; what is in hand is finished or given back."""

import threading
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import TypeVar

from vedette.errors import VedetteError
from vedette.flows.context import Context, log
from vedette.flows.perform import perform
from vedette.flows.schedule import tick
from vedette.flows.sorting import sort_deliveries
from vedette.model.jobs import JobKind
from vedette.ports.clock import elapsed
from vedette.ports.http import Fence
from vedette.store import queue

# Of the lease, this share is never used for sending: it covers the commit of the outcome and clocks that differ.
_MARGIN = 0.2
_TICK = timedelta(seconds=1)

T = TypeVar("T")


class Worker:
    """The threads of one process. `context` is asked anew for each job, so that a reload takes effect at once."""

    def __init__(self, context: Callable[[], Context], *, name: str, threads: int) -> None:
        self._context = context
        self._name = name
        self._stopping = threading.Event()
        self._work = threading.Condition()
        self._news = 0
        self._threads = [threading.Thread(target=self._run, name=f"worker-{n}") for n in range(threads)]
        self._ticked_at = 0.0
        self._idle = _TICK
        self._ticking = threading.Lock()
        self._reading = threading.Lock()

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """There is work (called after a commit that made some)."""
        with self._work:
            self._news += 1
            self._work.notify_all()

    def stop(self, *, timeout: float | None = None) -> bool:
        """Let every thread end its job; True when all have within `timeout` seconds."""
        self._stopping.set()
        self.wake()
        for thread in self._threads:
            thread.join(timeout)
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self) -> None:
        while not self._stopping.is_set():
            seen = self._news
            try:
                busy = self._step()
            except VedetteError as problem:
                log.error("worker_waits", worker=self._name, problem=str(problem))
                busy = False
            except Exception:  # noqa: BLE001 - a thread that dies is a queue that stands still
                log.exception("worker_bug", worker=self._name)
                busy = False
            if not busy:
                self._wait(seen)

    def _step(self) -> bool:
        context = self._context()
        self._idle = context.settings.queue.idle
        _alone(self._ticking, lambda: self._tick(context))
        read = _alone(self._reading, lambda: sort_deliveries(context, worker=self._name)) or 0
        return self.one_job(context) or read > 0

    def one_job(self, context: Context, *, kinds: Collection[JobKind] | None = None) -> bool:
        """Lease one job (of these kinds) and do it; False when none was ready."""
        lease_for = context.settings.queue.lease
        began, now = elapsed(), context.clock()
        leases = context.store.write(
            lambda tx: queue.lease(tx, worker=self._name, limit=1, lease=lease_for, now=now, kinds=kinds)
        )
        for lease in leases:
            # Counted from before the lease was asked for: the fence may only ever be too early.
            perform(context, lease, Fence(began + lease_for.total_seconds() * (1 - _MARGIN)))
        return bool(leases)

    def _tick(self, context: Context) -> None:
        if elapsed() - self._ticked_at < _TICK.total_seconds():
            return
        self._ticked_at = elapsed()
        tick(context)

    def _wait(self, seen: int) -> None:
        with self._work:
            if self._news == seen and not self._stopping.is_set():
                self._work.wait(self._idle.total_seconds())


def _alone(lock: threading.Lock, work: Callable[[], T]) -> T | None:
    """Do it unless another thread is at it: whichever is free, so that none that is busy with a long job keeps it."""
    if not lock.acquire(blocking=False):
        return None
    try:
        return work()
    finally:
        lock.release()
