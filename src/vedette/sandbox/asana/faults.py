"""Which misfortune befalls which request: a queue of scripted faults first, then chance from a seeded generator."""

import random
from collections import deque
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from vedette.sandbox.asana.settings import Rate, Setting


class Operation(StrEnum):
    """What a request does to Asana; faults are aimed at these words, or at `write`, `read`, `any`."""

    CREATE = "create"
    COMMENT = "comment"
    PLACE = "place"
    EDIT = "edit"
    DELETE = "delete"
    FETCH = "fetch"
    SEARCH = "search"
    CATALOGUE = "catalogue"


READS = frozenset({Operation.FETCH, Operation.SEARCH, Operation.CATALOGUE})
AIMS = frozenset({*(each.value for each in Operation), "read", "write", "any"})


class Kind(StrEnum):
    """Every fault. Those named `commit-…` do the work and then spoil the answer."""

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


COMMITTING = frozenset(kind for kind in Kind if kind.startswith("commit-")) | {Kind.SLOW}


class Fault(Setting, frozen=True, kw_only=True):
    """A scripted fault: the next `times` requests of `on` (whose path and body hold `match`) suffer `kind`."""

    kind: Kind
    on: str = "write"
    times: int = 1
    seconds: float | None = None
    match: str = ""

    def __post_init__(self) -> None:
        if self.on not in AIMS:
            raise ValueError(f"no operation {self.on!r}: choose one of {', '.join(sorted(AIMS))}")


class Misfortune:
    """The queue and the dice. Scripted faults are used up in order; then each rate gets its chance."""

    def __init__(self, rates: Iterable[Rate], *, draw: random.Random) -> None:
        self.queue: deque[Fault] = deque()
        self._draw = draw
        self.aim(rates)

    def aim(self, rates: Iterable[Rate]) -> None:
        """Take new rates; a kind that does not exist is refused."""
        self._rates = [(rate.chance, Fault(kind=Kind(rate.kind), on=rate.on, seconds=rate.seconds)) for rate in rates]

    def next(self, operation: Operation, *, path: str, body: bytes) -> Fault | None:
        """Return the fault that this request suffers, if any."""
        for place, fault in enumerate(self.queue):
            if _aimed(fault, operation) and _matches(fault, path, body):
                self._spend(place, fault)
                return fault
        # One throw decides among all rates, so that chances add up as they read.
        throw = self._draw.random() if self._rates else 1.0
        for chance, fault in self._rates:
            if not _aimed(fault, operation):
                continue
            if throw < chance:
                return fault
            throw -= chance
        return None

    def _spend(self, place: int, fault: Fault) -> None:
        if fault.times > 1:
            self.queue[place] = msgspec.structs.replace(fault, times=fault.times - 1)
        else:
            del self.queue[place]


def _aimed(fault: Fault, operation: Operation) -> bool:
    match fault.on:
        case "any":
            return True
        case "read":
            return operation in READS
        case "write":
            return operation not in READS
        case exact:
            return exact == operation


def _matches(fault: Fault, path: str, body: bytes) -> bool:
    return not fault.match or fault.match in path or fault.match.encode() in body
