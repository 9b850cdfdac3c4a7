"""Monitoring: the page of all filters, and that of one: its chart, its errors, and what Sentry took in and dropped."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from vedette.flows.context import Context
from vedette.model.metrics import Filter, Point
from vedette.model.settings import MonitorSettings, Settings
from vedette.rules.chart_words import bar_words, completeness, flaws, summary, sureness, total_words
from vedette.rules.charting import Bar, Chart, Grid, Range, bar_length, chart, frame_of
from vedette.rules.plotting import Plot, plot
from vedette.store import charted, windows
from vedette.store.charted import Name
from vedette.store.database import Tx
from vedette.web.looking import Issues, Look, filter_path
from vedette.web.outcomes import outcomes_of
from vedette.web.showing import page
from vedette.web.trending import Trends, of_range, of_window
from vedette.web.watching import GONE, SLACK, Moved, against_filters, configured, lines, moved_by, standing_of

_TOP = 20


@dataclass(frozen=True, slots=True)
class Told:
    """A bar in the table of the numbers: the earlier times in the order of the chart's, and where more is shown."""

    bar: Bar
    total: str
    flaws: str
    earlier: tuple[str, ...]
    query: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart with all that is shown of it."""

    chart: Chart
    plot: Plot
    points: tuple[Point, ...]
    sureness: str
    summary: str
    completeness: str
    words: Mapping[datetime, str]  # of each bar, by its start
    moved: tuple[Moved, ...]
    table: tuple[Told, ...]


class Monitoring:
    """The handlers of the pages."""

    def __init__(self, context: Callable[[], Context]) -> None:
        self._context = context

    def monitor(self, request: Request) -> Response:
        """Every filter."""
        return page(request, "monitor.html", **self._lines())

    def monitor_live(self, request: Request) -> Response:
        """The part of it that is fetched again and again."""
        return page(request, "monitor_live.html", **self._lines())

    def filter(self, request: Request) -> Response:
        """One filter."""
        context, look = self._context(), Look.of(request.query_params)
        name = (request.path_params["instance"], request.path_params["filter"])
        now = context.clock()
        values = context.store.read(lambda tx: _gathered(tx, context.settings, name, look, now=now))
        return page(request, "filter.html", look=look, now=now, **values)

    def _lines(self) -> dict[str, Any]:
        context = self._context()
        now = context.clock()
        found = context.store.read(lambda tx: lines(tx, context.settings, now=now))
        settings = context.settings
        return {"lines": found, "now": now, "monitor": settings.monitor, "instances": tuple(settings.instances)}


def known_filter(tx: Tx, settings: Settings, name: Name) -> Filter | None:
    """The filter of the settings; None where only points of it are left. HTTPException 404 where there are none."""
    for each in settings.monitor.filters:
        if (each.instance, each.name) == name:
            return each
    if charted.first(tx, name) is None:
        listed = ", ".join(f"{each}/{one}" for each, one in configured(settings)[:10]) or "none yet"
        raise HTTPException(
            404,
            f"No filter {name[1]} of {name[0]} is in the settings, and none was counted. Look for a slip in its name, "
            f"or add it under monitor.filters. The settings name: {listed}.",
        )
    return None


def grid_of(tx: Tx, name: Name, look: Look, monitor: MonitorSettings, *, now: datetime) -> Grid:
    """Where the bars of a look lie."""
    end = min(look.end or now, now)
    begun = charted.first(tx, name) or now
    due = now - monitor.delay - SLACK

    def made(longest: timedelta) -> Grid:
        length = bar_length(look.range.bar, every=monitor.every, longest=longest)
        return Grid(frame_of(look.range.length, length, end=end), length, monitor.every, due, begun)

    grid = made(timedelta(0))
    newest = charted.newest(tx, [name]).get(name)
    # Windows of before a change of the settings may be longer than ours.
    return grid if newest is None or newest.window.length <= grid.bar else made(newest.window.length)


def drawn(tx: Tx, name: Name, look: Look, monitor: MonitorSettings, *, now: datetime) -> Drawn:
    """The chart of a look."""
    grid = grid_of(tx, name, look, monitor, now=now)
    points = windows.between(tx, *name, since=grid.frame.start, until=grid.frame.end)
    earlier = {each: _earlier(tx, name, grid, points, by=each.by) for each in look.compare.against}
    made = chart(points, earlier=earlier, grid=grid)
    words = dict(_words(made))
    moved = tuple(moved_by(each.change, each.against.words) for each in made.compared)
    told = summary(made, name=name[1], range_words=look.range.words)
    return Drawn(
        made,
        plot(made),
        tuple(points),
        sureness(made),
        told,
        completeness(made),
        words,
        moved,
        tuple(_table(made, look)),
    )


def _earlier(tx: Tx, name: Name, grid: Grid, points: Sequence[Point], *, by: timedelta) -> list[Point]:
    """The points of the same range earlier; those that lie in both are not read twice."""
    frame = grid.frame.earlier(by)
    read = windows.between(tx, *name, since=frame.start, until=min(frame.end, grid.frame.start))
    return read + [point for point in points if point.window.start < frame.end]


def _words(made: Chart) -> Iterator[tuple[datetime, str]]:
    for place, bar in enumerate(made.bars):
        yield bar.window.start, bar_words(bar, [(each, each.bars[place]) for each in made.compared])


def _table(made: Chart, look: Look) -> Iterator[Told]:
    """The newest bar first."""
    for place, bar in reversed(list(enumerate(made.bars))):
        earlier = tuple(total_words(each.bars[place]) for each in made.compared)
        yield Told(bar, total_words(bar), flaws(bar), earlier, _closer(bar, look))


def _closer(bar: Bar, look: Look) -> str:
    """To a window's errors; from a bar of several windows to the hours that end with it."""
    if not bar.counted:
        return ""
    if bar.windows == 1:
        return look.query(window=bar.window.start, issues=Issues.WINDOW) + "#errors"
    shortest = Range.SIX_HOURS
    return look.query(range=shortest, end=bar.window.end, window=None) if look.range is not shortest else ""


def _gathered(tx: Tx, settings: Settings, name: Name, look: Look, *, now: datetime) -> dict[str, Any]:
    asked = known_filter(tx, settings, name)
    made = drawn(tx, name, look, settings.monitor, now=now)
    newest = charted.newest(tx, [name]).get(name)
    frame, path = made.chart.grid.frame, filter_path(*name)
    return {
        "instance": name[0],
        "name": name[1],
        "path": path,
        "asked_filter": asked,
        "point": newest,
        "stands": standing_of(newest, settings.monitor, now=now) if asked else GONE,
        "drawn": made,
        "trends": trends_of(tx, name, look, lambda: (made.points, made.chart.grid), asked=asked),
        "outcomes": outcomes_of(tx, name[0], asked, now=now),
        "alarms": against_filters(tx).get(path, ()),
        "ranges": tuple(Range),
        "earlier": look.query(end=frame.start, window=None),
        "later": look.query(end=_later(frame.end + look.range.length, now=now), window=None) if look.end else None,
        "monitor": settings.monitor,
    }


def _later(end: datetime, *, now: datetime) -> datetime | None:
    return end if end < now else None


def trends_of(
    tx: Tx, name: Name, look: Look, read: Callable[[], tuple[Sequence[Point], Grid]], *, asked: Filter | None
) -> Trends | None:
    """The errors of the table: of the range (whose points are then `read`), or of a window, usually the newest."""
    if look.issues is Issues.RANGE:
        points, grid = read()
        return of_range(tx, name, points, grid, top=asked.top if asked else _TOP)
    newest = charted.newest(tx, [name]).get(name)
    start = look.window or (newest.window.start if newest else None)
    return of_window(tx, name, start) if start else None
