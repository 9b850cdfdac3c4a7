"""Plotting: where the bars, lines, signs and ticks of a chart stand, in percent of its frame from the top left.

Law: nothing lies outside of the frame; a larger total never stands lower; what is not known has no height of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from vedette.model.metrics import Window
from vedette.rules.charting import Against, Bar, Chart, State

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_RUNGS = 4
_GAP = 0.18  # of a bar's width, between two
_LEAST = 0.8  # percent: one error among thousands is seen, too
#: A sign for each state that needs one, so that nobody has to tell colours apart.
SIGNS = {State.INCOMPLETE: "!", State.UNKNOWN: "?"}
#: The longest frame, the step of its ticks, and the step where there is little room.
_STEPS = (
    (7 * _HOUR, _HOUR, 2 * _HOUR),
    (25 * _HOUR, 3 * _HOUR, 6 * _HOUR),
    (8 * _DAY, _DAY, 2 * _DAY),
    (100 * _DAY, 5 * _DAY, 10 * _DAY),
)


@dataclass(frozen=True, slots=True)
class Shape:
    """A bar as drawn; of what is not known, the band that stands for it."""

    bar: Bar
    x: float
    width: float
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign above a run of bars of one state: its middle, and the top of the highest."""

    state: State
    text: str
    x: float
    top: float


@dataclass(frozen=True, slots=True)
class Line:
    """An earlier time as steps; `paths` in the words of SVG's `d`, broken where nothing is known."""

    against: Against
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis; `main` ones also where there is little room."""

    at: float
    words: str
    main: bool = True


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart as drawn; `most` is the total at the upper edge."""

    most: int
    shapes: tuple[Shape, ...]
    revised: tuple[float, ...]  # the middles of bars with windows whose count changed
    signs: tuple[Sign, ...]
    lines: tuple[Line, ...]
    rungs: tuple[Tick, ...]  # of the totals, `at` from the top
    times: tuple[Tick, ...]


def plot(chart: Chart) -> Plot:
    """Where everything stands."""
    series = (chart.bars, *(each.bars for each in chart.compared))
    rungs = rungs_to(max((bar.total or 0 for bars in series for bar in bars), default=0))
    most = rungs[-1]
    shapes = tuple(_shapes(chart.bars, most))
    return Plot(
        most=most,
        shapes=shapes,
        revised=tuple(_middle(shape) for shape in shapes if shape.bar.revised),
        signs=tuple(_signs(shapes)),
        lines=tuple(Line(each.against, tuple(_paths(each.bars, most))) for each in chart.compared),
        rungs=tuple(Tick(_down(rung, most), short(rung)) for rung in rungs),
        times=tuple(times_of(chart.grid.frame)),
    )


def rungs_to(most: int) -> tuple[int, ...]:
    """Whole round numbers from 0 to the first that is not below `most`, a handful of them."""
    rough = max(1, -(-most // _RUNGS))
    power = 10 ** (len(str(rough)) - 1)
    step = next(size * power for size in (1, 2, 5, 10) if size * power >= rough)
    return tuple(range(0, max(most, 1) + step, step))


def short(number: int) -> str:
    """A number with at most four digits: 950, 9,500, 95k, 9.5M."""
    if number < 10_000:
        return f"{number:,}"
    for size, unit in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if number >= size:
            return f"{number / size:.3g}{unit}" if number < 1_000 * size else f"{number // size:,}{unit}"
    return str(number)


def times_of(frame: Window) -> Iterator[Tick]:
    """The ticks of time: whole hours or days in UTC; a midnight says its day."""
    length = frame.end - frame.start
    step, wide = next(((step, wide) for longest, step, wide in _STEPS if length <= longest), (30 * _DAY, 60 * _DAY))
    at = frame.start + (_EPOCH - frame.start) % step
    while at <= frame.end:
        words = f"{at:%-d %b}" if step >= _DAY or not (at - _EPOCH) % _DAY else f"{at:%H:%M}"
        yield Tick(_percent((at - frame.start) / length), words, main=not (at - _EPOCH) % wide)
        at += step


def spark(totals: Sequence[int | None]) -> tuple[tuple[int, float, float], ...]:
    """Place, top and height within 20 of each bar of a small chart; what is 0 or not known has none."""
    most = max((total or 0 for total in totals), default=0) or 1
    sizes = [max(20 * total / most, 1.5) if total else 0 for total in totals]
    return tuple((place, round(20 - size, 2), round(size, 2)) for place, size in enumerate(sizes) if size)


def gaps(totals: Sequence[int | None]) -> tuple[tuple[int, int], ...]:
    """Place and width of each run of a small chart's bars of which nothing is known."""
    runs = ([place for place, _ in run] for lost, run in groupby(enumerate(totals), lambda e: e[1] is None) if lost)
    return tuple((places[0], len(places)) for places in runs)


def _shapes(bars: Sequence[Bar], most: int) -> Iterator[Shape]:
    width = 100 / len(bars) if bars else 0
    for place, bar in enumerate(bars):
        match bar.state:
            case State.NONE:
                continue
            case State.UNKNOWN:  # side by side they are one band
                yield Shape(bar, _cut(place * width), _cut(width), 0, 100)
            case _:
                top = _down(bar.total or 0, most)
                yield Shape(bar, _cut((place + _GAP / 2) * width), _cut((1 - _GAP) * width), top, _cut(100 - top))


def _signs(shapes: Sequence[Shape]) -> Iterator[Sign]:
    for state, run in groupby(shapes, key=lambda shape: shape.bar.state):
        found = list(run)
        if state in SIGNS:
            middle = (_middle(found[0]) + _middle(found[-1])) / 2
            yield Sign(state, SIGNS[state], _cut(middle), min(shape.top for shape in found))


def _paths(bars: Sequence[Bar], most: int) -> Iterator[str]:
    """Steps in a field of 100 by 100."""
    width = 100 / len(bars) if bars else 0
    for is_known, run in groupby(enumerate(bars), key=lambda each: each[1].total is not None):
        if is_known:
            steps = [(place * width, _down(bar.total or 0, most)) for place, bar in run]
            first, level = steps[0]
            told = [f"M{_cut(first):g} {level:g}", f"H{_cut(first + width):g}"]
            told += [f"V{level:g}H{_cut(x + width):g}" for x, level in steps[1:]]
            yield "".join(told)


def _down(total: int, most: int) -> float:
    """How far below the upper edge a total stands."""
    size = 100 * total / most
    return _cut(100 - (max(size, _LEAST) if total else 0))


def _middle(shape: Shape) -> float:
    return _cut(shape.x + shape.width / 2)


def _percent(share: float) -> float:
    return _cut(100 * share)


def _cut(number: float) -> float:
    return round(min(max(number, 0), 100), 2)
