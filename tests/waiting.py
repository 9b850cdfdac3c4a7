"""Waiting in tests: for a condition, with a deadline, never for a time."""

from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import TypeVar

T = TypeVar("T")


def until(condition: Callable[[], T], *, within: float = 60.0, every: float = 0.01, saying: str = "") -> T:
    """The first truthy answer of `condition`, asked every `every` seconds; AssertionError after `within` seconds.

    `saying` names what was waited for; the last answer is told too.
    """
    deadline = monotonic() + within
    while True:
        answer = condition()
        if answer:
            return answer
        if monotonic() > deadline:
            raise AssertionError(f"waited {within:g} s for {saying or condition}; the last answer was {answer!r}")
        Event().wait(every)
