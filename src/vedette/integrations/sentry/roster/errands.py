"""Errands: readings of one server by a few threads at once, each in its turn; calls, and no decisions.

A server that takes 200 ms to answer is asked forty things a second only by eight calls at once. A turn is given to one
thread at a time, so that `pace` need not be safe for threads and the server's rate is kept whoever asks.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock
from typing import Any, TypeVar

from vedette.errors import Unavailable
from vedette.integrations.sentry.lists import Params
from vedette.integrations.sentry.patience import Reader
from vedette.integrations.sentry.talker import SentryTalker
from vedette.ports.http import Answer

_THREADS = 8
#: Calls under way at once, whoever makes them: a little more than eight, since an answer has to be read, too.
_AT_ONCE = 10
_Thing = TypeVar("_Thing")
_Told = TypeVar("_Told")


@dataclass(slots=True)
class Errands:
    """Asks one server; `calls` counts what was asked."""

    talker: SentryTalker
    pace: Callable[[], None]
    calls: int = 0
    _ended: bool = False
    _lock: Lock = field(default_factory=Lock)
    _room: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(_AT_ONCE))

    def ask(self, path: str, params: Params | None = None) -> tuple[Any, Answer]:
        """The answer's JSON and the answer, a limit that is met waited out. Raises the families of errors."""
        reader = Reader(self.talker, self._turn)
        with self._room:
            try:
                return reader.ask(path, params or {})
            finally:
                with self._lock:
                    self.calls += reader.calls

    def each(self, work: Callable[[_Thing], _Told], things: Iterable[_Thing]) -> list[_Told]:
        """What the work says of each thing, in their order; the first error ends it, and nothing new is begun."""
        wanted = list(things)
        if len(wanted) < 2:
            return [work(thing) for thing in wanted]
        with ThreadPoolExecutor(min(_THREADS, len(wanted)), thread_name_prefix="roster") as pool:
            promised = [pool.submit(work, thing) for thing in wanted]
            try:
                return [promise.result() for promise in promised]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def together(self, *works: Callable[[], None]) -> None:
        """Do several things at once; the first error is raised, and ends the others at their next call."""
        with ThreadPoolExecutor(len(works), thread_name_prefix="roster") as pool:
            promised = [pool.submit(work) for work in works]
            done, others = wait(promised, return_when=FIRST_EXCEPTION)
            self._ended = bool(others)
            for promise in (each for each in promised if each in done):
                promise.result()

    def _turn(self) -> None:
        with self._lock:
            if self._ended:
                raise Unavailable(f"{self.talker.name}: given up, since another call of the same reading failed")
            self.pace()
