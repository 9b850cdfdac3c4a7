"""Which misfortune befalls which request: a queue of scripted faults first, then chance from a seeded generator."""

import random
from collections import deque
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from vedette.sandbox.linear.settings import Rate, Setting


class Aim(StrEnum):
    """What a request does to Linear, by its root field; faults are aimed at these words, or at write, read, any."""

    CREATE = "create"
    UPDATE = "update"
    COMMENT = "comment"
    LINK = "link"
    LABEL = "label"
    FETCH = "fetch"


AIMS = frozenset({*(each.value for each in Aim), "read", "write", "any"})
_ROOTS = {
    "issueCreate": Aim.CREATE,
    "issueUpdate": Aim.UPDATE,
    "issueUnarchive": Aim.UPDATE,
    "commentCreate": Aim.COMMENT,
    "attachmentCreate": Aim.LINK,
    "issueLabelCreate": Aim.LABEL,
}


class Kind(StrEnum):
    """Every fault. Those named `commit-…` do the work and then spoil the answer."""

    COMMIT_HANG = "commit-hang"
    COMMIT_RESET = "commit-reset"
    COMMIT_502 = "commit-502"
    COMMIT_TRUNCATE = "commit-truncate"
    COMMIT_LATE = "commit-late"  # the work is done only `seconds` after the connection ended
    COMMIT_INTERNAL = "commit-internal"  # 200 whose `errors` say that something broke, after the work was done
    HANG = "hang"
    RESET = "reset"
    SLOW = "slow"  # a right answer after `seconds`
    ERROR_500 = "error-500"
    INTERNAL = "internal"  # 200 whose `errors` say that something broke, and nothing was done
    LIMITED = "limited"  # 400, RATELIMITED, with the moment of the reset
    COMPLEX = "complex"  # the same for the budget of complexity
    LIMIT_DATE = "limit-date"  # 429 of a proxy, with a date
    MAINTENANCE = "maintenance"
    LOGIN_PAGE = "login-page"
    UNAUTHORISED = "unauthorised"
    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"


COMMITTING = frozenset(kind for kind in Kind if kind.startswith("commit-")) | {Kind.SLOW}


class Fault(Setting, frozen=True, kw_only=True):
    """A scripted fault: the next `times` requests of `on` (whose body holds `match`) suffer `kind`."""

    kind: Kind
    on: str = "write"
    times: int = 1
    seconds: float | None = None
    match: str = ""

    def __post_init__(self) -> None:
        if self.on not in AIMS:
            raise ValueError(f"nothing called {self.on!r}: choose one of {', '.join(sorted(AIMS))}")


def aim_of(root: str) -> Aim:
    """What a root field does."""
    return _ROOTS.get(root, Aim.FETCH)


class Misfortune:
    """The queue and the dice. Scripted faults are used up in order; then each rate gets its chance."""

    def __init__(self, rates: Iterable[Rate], *, draw: random.Random) -> None:
        self.queue: deque[Fault] = deque()
        self._draw = draw
        self.aim(rates)

    def aim(self, rates: Iterable[Rate]) -> None:
        """Take new rates; a kind that does not exist is refused."""
        self._rates = [(rate.chance, Fault(kind=Kind(rate.kind), on=rate.on, seconds=rate.seconds)) for rate in rates]

    def next(self, aim: Aim, body: bytes) -> Fault | None:
        """The fault that this request suffers, if any."""
        for place, fault in enumerate(self.queue):
            if _aimed(fault, aim) and fault.match.encode() in body:
                del self.queue[place]
                if fault.times > 1:
                    self.queue.insert(place, msgspec.structs.replace(fault, times=fault.times - 1))
                return fault
        # One throw decides among all rates, so that chances add up as they read.
        throw = self._draw.random() if self._rates else 1.0
        for chance, fault in self._rates:
            if _aimed(fault, aim) and throw < chance:
                return fault
            throw -= chance if _aimed(fault, aim) else 0.0
        return None


def _aimed(fault: Fault, aim: Aim) -> bool:
    wide = {"any": True, "read": aim is Aim.FETCH, "write": aim is not Aim.FETCH}
    return wide.get(fault.on, fault.on == aim)
