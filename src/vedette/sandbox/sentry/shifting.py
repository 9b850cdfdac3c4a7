"""Shifting: what changes between two answers, so that whoever reads a list page by page finds it moved."""

import re
from collections.abc import Iterable

import msgspec

from vedette.sandbox.sentry import pouring
from vedette.sandbox.sentry.memory import Memory
from vedette.sandbox.sentry.pouring import Drop, Pour


class Shift(msgspec.Struct):
    """After the `after`-th answer to such a path, and after the `times - 1` that follow, this comes and that goes."""

    path: str
    after: int = 1
    times: int | None = 1
    pour: list[Pour] = []
    drop: list[Drop] = []
    answered: int = 0


def shift(memory: Memory, shifts: Iterable[Shift], path: str, *, now: float) -> None:
    """Take note of an answer, and change what is to change after it."""
    for each in shifts:
        if not re.search(each.path, path):
            continue
        each.answered += 1
        late = each.answered - each.after
        if late >= 0 and (each.times is None or late < each.times):
            pouring.pour(memory, each.pour, now=now)
            pouring.drop(memory, each.drop)
