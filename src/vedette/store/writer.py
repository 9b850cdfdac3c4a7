"""Writer: the one thread of a process that commits; whatever waits shares a commit.

Law: a caller hears of success only after COMMIT returned, and of failure when nothing of his was kept. The thread
outlives every failure of the disk: it opens a new connection and goes on.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from sqlalchemy import Connection

from vedette.model.deliveries import NewDelivery
from vedette.store import intake
from vedette.store.batches import Batch, Failure, Work
from vedette.store.failures import StoreBusy, StoreUnavailable
from vedette.store.intake import Accepted
from vedette.store.waking import Waker

T = TypeVar("T")

MAX_WAITING = 2_000  # deliveries; at 2,000/s one second's worth, past which the sender would have given up anyway
MAX_BYTES = 128 * 1024 * 1024  # of bodies, so that a burst of the largest cannot exhaust memory
MAX_BATCH = 256  # deliveries per commit: 30 ms of inserting, which works and other processes wait for
TICK_S = 0.25
PULSE_EVERY_TICKS = 4


class _Asked:
    """One waiting delivery and whoever waits for it: a thread's future, or a future of an asyncio loop."""

    __slots__ = ("delivery", "future", "loop")

    def __init__(
        self, delivery: NewDelivery, future: "Future[Accepted] | asyncio.Future[Accepted]", *, loop: Any = None
    ) -> None:
        self.delivery = delivery
        self.future = future
        self.loop: asyncio.AbstractEventLoop | None = loop


class _Asking:
    """One waiting work and the future of the thread that waits for it."""

    __slots__ = ("future", "work")

    def __init__(self, work: Work) -> None:
        self.work = work
        self.future: Future[Any] = Future()


class Writer:
    """Takes deliveries and works from any thread, hands them to a `Batch`, and tells each caller how it ended."""

    def __init__(self, batch: Batch, *, waker: Waker) -> None:
        self._batch = batch
        self._waker = waker
        self._changed = threading.Condition()
        self._deliveries: deque[_Asked] = deque()
        self._works: deque[_Asking] = deque()
        self._bytes = 0
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self.trouble = ""
        self.last_commit_at: datetime | None = None

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """How much waits for the disk."""
        return len(self._deliveries) + len(self._works)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def close(self) -> None:
        """Commit what waits, then end the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()

    def run(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in the next commit and return its result after it."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("a work may not wait for the writer that runs it; use the tx it was given")
        asking = _Asking(work)
        with self._changed:
            self._refuse_if_closing()
            self._works.append(asking)
            self._changed.notify()
        return cast("T", asking.future.result())

    def accept(self, delivery: NewDelivery) -> "Future[Accepted]":
        """Store `delivery` in the next commit."""
        future: Future[Accepted] = Future()
        self._put(_Asked(delivery, future))
        return future

    def accept_on(self, delivery: NewDelivery, *, loop: asyncio.AbstractEventLoop) -> "asyncio.Future[Accepted]":
        """The same for a caller on an asyncio loop."""
        future: asyncio.Future[Accepted] = loop.create_future()
        self._put(_Asked(delivery, future, loop=loop))
        return future

    def _put(self, asked: _Asked) -> None:
        with self._changed:
            self._refuse_if_closing()
            if len(self._deliveries) >= MAX_WAITING or self._bytes > MAX_BYTES:
                raise StoreBusy(f"{len(self._deliveries)} deliveries wait for the disk already; send again later")
            self._deliveries.append(asked)
            self._bytes += len(asked.delivery.body)
            self._changed.notify()

    def _refuse_if_closing(self) -> None:
        if self._closing:
            raise StoreUnavailable("the store is closing; send again")

    def _run(self) -> None:
        idle = 0
        while (taken := self._take()) is not None:
            if any(taken):
                self._commit(*taken)
                idle = 0
            else:
                idle += 1
                self._rest(pulse=bool(self.trouble) and idle % PULSE_EVERY_TICKS == 0)
        self._batch.close()

    def _take(self) -> tuple[list[_Asked], list[_Asking]] | None:
        with self._changed:
            if not self.waiting and not self._closing:
                self._changed.wait(TICK_S)
            if not self.waiting:
                return None if self._closing else ([], [])
            asked = [self._deliveries.popleft() for _ in range(min(len(self._deliveries), MAX_BATCH))]
            self._bytes -= sum(len(one.delivery.body) for one in asked)
            works = list(self._works)
            self._works.clear()
        return asked, works

    def _commit(self, asked: list[_Asked], asking: list[_Asking]) -> None:
        try:
            rows = [intake.row(one.delivery) for one in asked]
            accepted, results, ready = self._batch.commit(rows, [one.work for one in asking])
        except BaseException as problem:  # noqa: BLE001 - whoever waits must hear of it, and the thread must go on
            failure = self._failed(problem)
            accepted, results, ready = [failure] * len(asked), [failure] * len(asking), False
        else:
            self.trouble, self.last_commit_at = "", datetime.now(UTC)
        for one, result in zip(asking, results, strict=True):
            _resolve(one.future, result)
        _answer(asked, accepted)
        if ready:
            self._waker.wake()

    def _rest(self, *, pulse: bool) -> None:
        # While in trouble a small write is tried every second: readiness comes back by itself, though no sender dares.
        try:
            self._batch.idle(pulse=pulse)
        except Exception as problem:  # noqa: BLE001 - as above
            self._failed(problem)
        else:
            if pulse:
                self.trouble, self.last_commit_at = "", datetime.now(UTC)

    def _failed(self, problem: BaseException) -> Failure:
        self.trouble = str(problem) or type(problem).__name__
        return Failure(problem)


def _answer(asked: list[_Asked], accepted: list[Accepted | Failure]) -> None:
    loops: dict[asyncio.AbstractEventLoop, list[tuple[Any, Accepted | Failure]]] = {}
    for one, result in zip(asked, accepted, strict=True):
        if one.loop is None:
            _resolve(one.future, result)
        else:
            loops.setdefault(one.loop, []).append((one.future, result))
    for loop, pairs in loops.items():
        try:
            loop.call_soon_threadsafe(_resolve_all, pairs)  # one wake-up of the loop for the whole commit
        except RuntimeError:  # the loop is closed: nobody waits any more
            continue


def _resolve_all(pairs: list[tuple[Any, Any]]) -> None:
    for future, result in pairs:
        if not future.done():
            _resolve(future, result)


def _resolve(future: Any, result: Any) -> None:
    try:
        if isinstance(result, Failure):
            future.set_exception(result.problem)
        else:
            future.set_result(result)
    except (InvalidStateError, asyncio.InvalidStateError):  # the caller gave up waiting
        return
