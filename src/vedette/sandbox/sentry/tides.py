"""Tides: when an issue's occurrences came, in heaps of alike ones, sorted by time and kept small.

A month at hundreds a second is millions of seconds: three numbers are kept of each, and what the occurrences of a heap
have in common once. Heaps of one instant and kind are one heap.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_MANY = 64


class Traits(NamedTuple):
    """What the occurrences of a heap have in common; an empty text is as the issue has it.

    `pool`: so many users take turns, so that a heap of n has min(n, pool) of them. `unseen`: no event of these was ever
    sent; they are made up when a list is read.
    """

    environment: str = ""
    user: str = ""
    release: str = ""
    level: str = ""
    title: str = ""
    culprit: str = ""
    message: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    pool: int = 0
    unseen: bool = False
    #: Seconds from the time that an event names to its arrival.
    late: float = 0.0


class Arrival(NamedTuple):
    """`weight` occurrences that came at one instant; seeded issues come in heaps, real events one by one."""

    at: float
    weight: int
    traits: Traits = Traits()


class Sum(NamedTuple):
    """What came of one kind within a span: how many, the largest heap, the first and the last instant."""

    traits: Traits
    weight: int
    largest: int
    first: float
    last: float


class Tides:
    """All arrivals of one issue."""

    __slots__ = ("_ats", "_kinds", "_traits", "_weights", "_whole")

    def __init__(self, arrivals: Iterable[Arrival] = ()) -> None:
        self._ats, self._weights, self._kinds = array("d"), array("q"), array("I")
        self._traits: dict[Traits, int] = {}
        #: By kind: weight, largest heap, first and last instant of all; None where they have to be summed up anew.
        self._whole: dict[int, list[float]] | None = {}
        for arrival in arrivals:
            self.add(arrival)

    def __iter__(self) -> Iterator[Arrival]:
        return self.within(None, None)

    def __len__(self) -> int:
        return len(self._ats)

    @property
    def kinds(self) -> Iterable[Traits]:
        """Every kind that ever came."""
        return self._traits.keys()

    def add(self, arrival: Arrival) -> None:
        """Add a heap; one of the past goes where it belongs."""
        kind = self._traits.setdefault(arrival.traits, len(self._traits))
        if not self._ats or arrival.at > self._ats[-1]:
            place = len(self._ats)
        else:
            place = bisect_left(self._ats, arrival.at)
            while place < len(self._ats) and self._ats[place] == arrival.at:
                if self._kinds[place] == kind:
                    self._weights[place] += arrival.weight
                    self._note(kind, arrival, heap=self._weights[place])
                    return
                place += 1
        self._ats.insert(place, arrival.at)
        self._weights.insert(place, arrival.weight)
        self._kinds.insert(place, kind)
        self._note(kind, arrival, heap=arrival.weight)

    def _note(self, kind: int, arrival: Arrival, *, heap: int) -> None:
        """Bring the sums over all time up to date."""
        if self._whole is None:
            return
        row = self._whole.setdefault(kind, [0, 0, arrival.at, arrival.at])
        row[0] += arrival.weight
        row[1] = max(row[1], heap)
        row[2], row[3] = min(row[2], arrival.at), max(row[3], arrival.at)

    def add_all(self, arrivals: list[Arrival]) -> None:
        """Add many heaps; those of the past are sorted in at once, since moving the rest for each would take for ever.

        What is alike is one heap, here too.
        """
        if len(arrivals) < _MANY or not self._ats or arrivals[0].at > self._ats[-1]:
            for arrival in arrivals:
                self.add(arrival)
            return
        for arrival in arrivals:
            self._traits.setdefault(arrival.traits, len(self._traits))
        here = zip(self._ats, self._kinds, self._weights, strict=True)
        there = ((arrival.at, self._traits[arrival.traits], arrival.weight) for arrival in arrivals)
        self._ats, self._weights, self._kinds, self._whole = array("d"), array("q"), array("I"), None
        for at, kind, weight in sorted([*here, *there]):
            if self._ats and (self._ats[-1], self._kinds[-1]) == (at, kind):
                self._weights[-1] += weight
                continue
            self._ats.append(at)
            self._kinds.append(kind)
            self._weights.append(weight)

    def clear(self) -> None:
        """Forget all of them."""
        self.__init__()  # type: ignore[misc]

    def drop(self, start: float, end: float) -> int:
        """Forget those of the half-open span; how many occurrences that were."""
        low, high = self._span(start, end)
        gone = sum(self._weights[low:high])
        del self._ats[low:high], self._weights[low:high], self._kinds[low:high]
        self._whole = None
        return gone

    def within(self, start: float | None, end: float | None) -> Iterator[Arrival]:
        """The heaps of the half-open span, oldest first; None is unbounded."""
        known = list(self._traits)
        for place in range(*self._span(start, end)):
            yield Arrival(self._ats[place], self._weights[place], known[self._kinds[place]])

    def newest_first(self, start: float | None, end: float | None) -> Iterator[tuple[float, int, int, Traits]]:
        """Instant, weight, number of the kind and the kind of each heap of the span."""
        known, (low, high) = list(self._traits), self._span(start, end)
        for place in range(high - 1, low - 1, -1):
            kind = self._kinds[place]
            yield self._ats[place], self._weights[place], kind, known[kind]

    def sums(self, start: float | None, end: float | None) -> list[Sum]:
        """What came within the half-open span, by kind."""
        low, high = self._span(start, end)
        if low == high:
            return []
        known = list(self._traits)
        if start is None and end is None:
            if self._whole is None:
                self._whole = self._rows(low, high)
            return _sums(self._whole, known)
        if len(known) == 1:
            weights = self._weights[low:high]
            return [Sum(known[0], sum(weights), max(weights), self._ats[low], self._ats[high - 1])]
        return _sums(self._rows(low, high), known)

    def buckets(self, start: float, end: float, step: int, admitted: frozenset[Traits]) -> Iterator[tuple[int, int]]:
        """Beginning and number of each aligned bucket of the span that holds some of the admitted kinds."""
        low, high = self._span(start, end)
        every = all(traits in admitted for traits in self._traits)
        wanted = {kind for traits, kind in self._traits.items() if traits in admitted}
        while low < high:
            begin = int(self._ats[low]) // step * step
            until = bisect_left(self._ats, begin + step, low, high)
            weights = self._weights[low:until]
            if not every:
                pairs = zip(weights, self._kinds[low:until], strict=True)
                yield begin, sum(weight for weight, kind in pairs if kind in wanted)
            else:
                yield begin, sum(weights)
            low = until

    def _rows(self, low: int, high: int) -> dict[int, list[float]]:
        found: dict[int, list[float]] = {}
        for place in range(low, high):
            at, weight = self._ats[place], self._weights[place]
            row = found.setdefault(self._kinds[place], [0, 0, at, at])
            row[0] += weight
            row[1] = max(row[1], weight)
            row[3] = at
        return found

    def _span(self, start: float | None, end: float | None) -> tuple[int, int]:
        low = 0 if start is None else bisect_left(self._ats, start)
        high = len(self._ats) if end is None else bisect_left(self._ats, end)
        return low, max(low, high)


def _sums(rows: dict[int, list[float]], known: list[Traits]) -> list[Sum]:
    return [Sum(known[kind], int(row[0]), int(row[1]), row[2], row[3]) for kind, row in rows.items()]


def users(issue: int, sums: Iterable[Sum]) -> set[str]:
    """Who met these occurrences; the pool of a heap is the issue's own."""
    met: set[str] = set()
    for part in sums:
        if part.traits.user:
            met.add(part.traits.user)
        met.update(f"id:{issue}-{turn}" for turn in range(min(part.traits.pool, part.largest)))
    return met
