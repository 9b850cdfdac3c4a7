"""Errands: readings of one server by a few threads at once, each in its turn; calls, and no decisions.

A server that takes 200 ms to answer is asked forty things a second only by eight threads. A turn is given to one
thread at a time, so that `pace` need not be safe for threads and the server's rate is kept whoever asks.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from vedette.integrations.sentry.lists import Params
from vedette.integrations.sentry.patience import Reader
from vedette.integrations.sentry.talker import SentryTalker
from vedette.ports.http import Answer

_THREADS = 8
_Thing = TypeVar("_Thing")
_Told = TypeVar("_Told")


@dataclass(slots=True)
class Errands:
    """Asks one server; `calls` counts what was asked."""

    talker: SentryTalker
    pace: Callable[[], None]
    calls: int = 0
    _lock: Lock = field(default_factory=Lock)

    def ask(self, path: str, params: Params | None = None) -> tuple[Any, Answer]:
        """The answer's JSON and the answer, a limit that is met waited out. Raises the families of errors."""
        reader = Reader(self.talker, self._turn)
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

    def _turn(self) -> None:
        with self._lock:
            self.pace()
