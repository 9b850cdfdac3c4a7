"""Which misfortune befalls which request: a queue of scripted faults first, then chance from a seeded generator.

A vendor names its operations and its kinds; how faults are aimed, used up and drawn is the same for all.
"""

import random
from collections import deque
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import ClassVar, Generic, TypeVar

import msgspec

from vedette.sandbox.stage.settings import Rate, Setting

WIDE = frozenset({"read", "write", "any"})


class Woe(StrEnum):
    """A set of kinds of faults. Those named `commit-…` do the work and then spoil the answer."""

    @property
    def commits(self) -> bool:
        """Whether the work is done; a `slow` answer is late, and right."""
        return self.startswith("commit-") or self == "slow"


class Kind(Woe):
    """Every fault of a tracker that speaks REST."""

    COMMIT_HANG = "commit-hang"
    COMMIT_RESET = "commit-reset"
    COMMIT_502 = "commit-502"
    COMMIT_TRUNCATE = "commit-truncate"
    COMMIT_LATE = "commit-late"  # the work is done only `seconds` after the connection ended
    HANG = "hang"
    RESET = "reset"
    SLOW = "slow"  # a right answer after `seconds`
    ERROR_500 = "error-500"
    ERROR_503 = "error-503"
    LIMIT_SECONDS = "limit-seconds"
    LIMIT_DATE = "limit-date"
    MAINTENANCE = "maintenance"
    LOGIN_PAGE = "login-page"
    UNAUTHORISED = "unauthorised"
    CONFLICT = "conflict"


class Scripted(Setting, frozen=True, kw_only=True):
    """A scripted fault: the next `times` requests of `on` (whose path or body holds `match`) suffer `kind`.

    A vendor's fault narrows `kind`, and says what it can be aimed at and which of that only reads.
    """

    kind: Woe
    on: str = "write"
    times: int = 1
    seconds: float | None = None
    match: str = ""
    operations: ClassVar[frozenset[str]]
    reads: ClassVar[frozenset[str]]

    def __post_init__(self) -> None:
        aims = self.operations | WIDE
        if self.on not in aims:
            raise ValueError(f"no operation {self.on!r}: choose one of {', '.join(sorted(aims))}")

    def aimed(self, operation: str) -> bool:
        """Whether a request that does `operation` is meant."""
        match self.on:
            case "any":
                return True
            case "read":
                return operation in self.reads
            case "write":
                return operation not in self.reads
            case exact:
                return exact == operation

    def matches(self, path: str, body: bytes) -> bool:
        """Whether a request of this path and body is meant."""
        return not self.match or self.match in path or self.match.encode() in body


class RestFault(Scripted, frozen=True, kw_only=True):
    """A scripted fault of a tracker that speaks REST."""

    kind: Kind


F = TypeVar("F", bound=Scripted)


class Misfortune(Generic[F]):
    """The queue and the dice. Scripted faults are used up in order; then each rate gets its chance."""

    def __init__(self, rates: Iterable[Rate], *, drawn: Callable[[Rate], F], draw: random.Random) -> None:
        self.queue: deque[F] = deque()
        self._drawn = drawn
        self._draw = draw
        self.aim(rates)

    def aim(self, rates: Iterable[Rate]) -> None:
        """Take new rates; a kind that does not exist is refused."""
        self._rates = [(rate.chance, self._drawn(rate)) for rate in rates]

    def next(self, operation: str, *, path: str, body: bytes) -> F | None:
        """Return the fault that this request suffers, if any."""
        for place, fault in enumerate(self.queue):
            if fault.aimed(operation) and fault.matches(path, body):
                self._spend(place, fault)
                return fault
        # One throw decides among all rates, so that chances add up as they read.
        throw = self._draw.random() if self._rates else 1.0
        for chance, fault in self._rates:
            if not fault.aimed(operation):
                continue
            if throw < chance:
                return fault
            throw -= chance
        return None

    def _spend(self, place: int, fault: F) -> None:
        if fault.times > 1:
            self.queue[place] = msgspec.structs.replace(fault, times=fault.times - 1)
        else:
            del self.queue[place]
