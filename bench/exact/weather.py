"""Weather: a month of errors, second by second, with late ones, outages and clocks that go wrong; always the same one.

Law: nothing here looks at what Vedette does; the truth is read off the server's own memory when all is over.
"""

import math
import random
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 5, tzinfo=UTC)
STEP = 300  # seconds of a window
DAY = 86_400
PROJECTS = ("checkout", "external-api", "search")
STEADY = 36  # issues that are always about
INCIDENT = 240  # further ones that only incidents have: more than two pages of rows
_FIRST = 10_000  # the first issue's number

# Shares of a month, so that a shorter run has all of it too: (from, to).
SENTRY_DOWN = ((0.16, 0.1635), (0.40, 0.401), (0.66, 0.671))
VEDETTE_DOWN = ((0.26, 0.2615), (0.53, 0.5717))


@dataclass(frozen=True, slots=True)
class Heap:
    """`weight` errors of an issue at one second; the server shows them from `seen` on."""

    at: int
    seen: int
    issue: int
    weight: int


@dataclass(frozen=True, slots=True)
class Month:
    """So many days; all times are whole seconds since the start."""

    days: float
    seed: int = 7
    latest: int = 20 * 3600  # after so many seconds the server shows every error

    @property
    def seconds(self) -> int:
        """How long it is, in whole windows."""
        return int(self.days * DAY) // STEP * STEP

    def heaps(self) -> Iterator[Heap]:
        """Every error, window by window."""
        dice = random.Random(self.seed)
        for start in range(0, self.seconds, STEP):
            yield from self._window(dice, start)

    def rate(self, at: int) -> float:
        """Errors a second: from 0.1 at night to 20 by day, and up to 200 in incidents."""
        width = max(0.004 * self.seconds, STEP)
        if any(abs(at - middle * self.seconds) < width for middle in (0.1, 0.35, 0.62, 0.9)):
            return 200.0
        daily = (1 - math.cos(2 * math.pi * at / DAY)) / 2
        return 0.1 + 20 * daily**4

    def sentry_down(self, at: int) -> bool:
        """Whether the server answers nobody."""
        return _within(at / self.seconds, SENTRY_DOWN)

    def vedette_down(self, at: int) -> bool:
        """Whether nobody counts."""
        return _within(at / self.seconds, VEDETTE_DOWN)

    def skew(self, at: int) -> int:
        """By how many seconds Vedette's clock is ahead of the server's (or behind): it drifts over days."""
        return round(90 * math.sin(2 * math.pi * at / (3.7 * DAY)))

    def touched_by_outage(self, start: int) -> bool:
        """Whether either was down when the window was, or when it was to be counted."""
        return any(self.sentry_down(at) or self.vedette_down(at) for at in range(start, start + 2 * STEP + 1, 60))

    def _window(self, dice: random.Random, start: int) -> Iterator[Heap]:
        rate = self.rate(start)
        if dice.random() < 0.02 and rate < 1:
            return  # nothing happens at all
        issues = STEADY + (INCIDENT if rate >= 200 else 0)
        left = round(rate * STEP * dice.uniform(0.8, 1.0 if rate >= 200 else 1.2))
        weights = [dice.random() ** 3 for _ in range(issues)]
        total = sum(weights)
        for number, weight in enumerate(weights):
            count = min(left, round(left * weight / total)) if rate >= 1 else int(dice.random() < rate * STEP / issues)
            if count:
                yield from self._spread(dice, start, _FIRST + number, count)

    def _spread(self, dice: random.Random, start: int, issue: int, count: int) -> Iterator[Heap]:
        """Some errors over a few seconds of the window, its first and its last among them."""
        seconds = dice.sample([0, STEP - 1, *(dice.randrange(STEP) for _ in range(3))], k=min(count, 3))
        for place, second in enumerate(dict.fromkeys(seconds)):
            share = count // len(seconds) + (count % len(seconds) if place == 0 else 0)
            at = start + second
            if share:
                yield Heap(at, at + self._delay(dice, self.seconds - at), issue, share)

    def _delay(self, dice: random.Random, left: int) -> int:
        """Seconds until the server shows an error: most are there within moments, some come hours later."""
        if dice.random() < 0.99:
            return dice.randrange(0, 20)
        longest = max(1, min(self.latest, left))
        return dice.randrange(0, min((240, 3000, longest)[dice.randrange(3)], longest))


def _within(share: float, spans: tuple[tuple[float, float], ...]) -> bool:
    return any(start <= share < end for start, end in spans)


def moment(at: float) -> datetime:
    """The time of day of a second of the month."""
    return START + timedelta(seconds=at)


def original_loop(month: Month, heaps: list[Heap], truth: dict[int, int]) -> float:
    """The error of the loop that the monitor replaces, as a share of all errors.

    As it was: at every call the errors of "now minus five minutes" until whenever the list begins, newest first, at
    most a thousand; nothing where the list is empty (it crashes), and nothing made up after an outage.
    """
    dice = random.Random(month.seed + 1)
    ordered = sorted(heaps, key=lambda heap: heap.at)
    ats = [heap.at for heap in ordered]
    wrong = 0
    for start in range(0, month.seconds, STEP):
        called = start + STEP + dice.randrange(0, 20)  # a cron is a few seconds late
        told = 0
        if not (month.sentry_down(called) or month.vedette_down(called)):
            since = called + month.skew(called) - STEP
            low, high = bisect_left(ats, since + 1), bisect_left(ats, called + 1)
            told = min(1000, sum(heap.weight for heap in ordered[low:high] if heap.seen <= called))
        wrong += abs(told - truth.get(start, 0))
    return wrong / max(1, sum(truth.values()))
