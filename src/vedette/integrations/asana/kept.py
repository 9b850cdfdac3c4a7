"""Kept: answers of Asana, each asked for once however many workers want it, and kept for a while.

The law: whoever waited while another's question failed gets that failure, and does not ask in its turn.
"""

import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

from vedette.errors import RateLimited, Unavailable, VedetteError
from vedette.ports.clock import elapsed

Key = tuple[str, ...]
T = TypeVar("T")


class Kept:
    """Answers by what was asked; `seconds` is how long one is taken for true. Safe for threads."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._answers: dict[Key, tuple[float, Any]] = {}
        self._failures: dict[Key, tuple[float, VedetteError]] = {}
        self._locks: dict[Key, threading.Lock] = {}
        self._guard = threading.Lock()
        self._forgotten = float("-inf")

    def forget(self) -> None:
        """Ask for everything anew: something that we believed was refused."""
        self._forgotten = elapsed()

    def once(self, *key: str, ask: Callable[[], T]) -> T:
        """The answer to the question, asked where none is kept; raises what the question raises."""
        began, known = elapsed(), self._fresh(key)
        if known is not None:
            return cast("T", known[1])
        with self._lock(key):
            known = self._fresh(key)
            if known is not None:
                return cast("T", known[1])
            failed = self._failures.get(key)
            if failed is not None and failed[0] > began:
                raise failed[1]
            return self._asked(key, ask)

    def once_or_old(self, *key: str, ask: Callable[[], T]) -> tuple[T, str]:
        """As `once`; where Asana cannot answer, what it said before, and a sentence about that (else "")."""
        try:
            return self.once(*key, ask=ask), ""
        except (Unavailable, RateLimited) as problem:
            old = self._answers.get(key)
            if old is None:
                raise
            return cast("T", old[1]), f"as it was {round(elapsed() - old[0])} s ago, since Asana cannot say ({problem})"

    def _asked(self, key: Key, ask: Callable[[], T]) -> T:
        try:
            answer = ask()
        except VedetteError as problem:
            self._failures[key] = (elapsed(), problem)
            raise
        self._answers[key] = (elapsed(), answer)
        return answer

    def _fresh(self, key: Key) -> tuple[float, Any] | None:
        known = self._answers.get(key)
        if known is None or known[0] <= self._forgotten or elapsed() - known[0] >= self._seconds:
            return None
        return known

    def _lock(self, key: Key) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(key, threading.Lock())
