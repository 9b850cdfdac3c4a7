"""Watching: a line per filter: what it counted last, how whole that is, its day, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vedette.model.alarms import Alarm
from vedette.model.metrics import Point
from vedette.model.settings import MonitorSettings, Settings
from vedette.rules.chart_words import change_sign, change_words, errors, lack_words
from vedette.rules.charting import Against, Change, known
from vedette.rules.plotting import gaps, spark
from vedette.rules.recall import hour_of
from vedette.store import alarms, charted
from vedette.store.charted import Name, Sum
from vedette.store.database import Tx
from vedette.web.looking import filter_path
from vedette.web.showing import span

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: A window is counted by a job, which may wait for others.
SLACK = timedelta(minutes=2)
_HOURS = 24
_SHOWN = 12
_MARKS = ("trouble", "waiting", "done", "quiet")  # the worst first


@dataclass(frozen=True, slots=True)
class Standing:
    """How the newest point stands: the class of its badge, the words in it, and more words beside."""

    mark: str
    words: str
    more: str = ""


#: A filter that has points, and that the settings no longer name.
GONE = Standing("quiet", "no longer counted", "the settings do not name it any more")


@dataclass(frozen=True, slots=True)
class Moved:
    """A change: against what, by how much, in words, and whether there was anything to compare."""

    against: str
    sign: str
    words: str
    known: bool


@dataclass(frozen=True, slots=True)
class Spark:
    """A small chart: its bars, where nothing is known, the words for who cannot see it, and the bars not whole."""

    length: int
    bars: tuple[tuple[int, float, float], ...]
    gaps: tuple[tuple[int, int], ...]
    words: str
    part: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class FilterLine:
    """A filter. `day`: known errors of the last 24 whole hours and the one under way; None = nothing is known."""

    instance: str
    name: str
    path: str
    configured: bool
    point: Point | None
    standing: Standing
    day: int | None
    spark: Spark
    moved: tuple[Moved, ...]
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True, slots=True)
class ShortLine:
    """A filter on the page Now."""

    instance: str
    name: str
    path: str
    point: Point | None
    standing: Standing


def configured(settings: Settings) -> list[Name]:
    """The filters of the settings, in their order."""
    return [(each.instance, each.name) for each in settings.monitor.filters]


@dataclass(frozen=True, slots=True)
class ShortLines:
    """The filters on the page Now, those that are not well first, and how many more there are."""

    shown: tuple[ShortLine, ...]
    more: int


def short_lines(tx: Tx, settings: Settings, *, now: datetime) -> ShortLines:
    """A line for each filter of the settings, as far as there is room."""
    names = configured(settings)
    newest = charted.newest(tx, names)
    made = [
        ShortLine(*name, filter_path(*name), point, standing_of(point, settings.monitor, now=now))
        for name in names
        for point in [newest.get(name)]
    ]
    made.sort(key=lambda line: _MARKS.index(line.standing.mark))
    return ShortLines(tuple(made[:_SHOWN]), max(0, len(made) - _SHOWN))


def lines(tx: Tx, settings: Settings, *, now: datetime) -> tuple[FilterLine, ...]:
    """A line for each filter of the settings, and then for each that is counted no more."""
    mine = configured(settings)
    gone = [name for name in charted.filters(tx) if name not in set(mine)]
    newest = charted.newest(tx, [*mine, *gone])
    since = hour_of(now) - _HOURS * HOUR
    hours = charted.sums(tx, since=since, until=now, step=HOUR)
    changes = {each: charted.changes(tx, since=since, until=now, by=each.by) for each in Against}
    wrong = against_filters(tx)
    made = []
    for name in (*mine, *gone):
        point, path, is_mine = newest.get(name), filter_path(*name), name in mine
        standing = standing_of(point, settings.monitor, now=now) if is_mine else GONE
        found = hours.get(name, [])
        day = sum(each.total for each in found) if found else None
        drawn = hourly(found, since=since, every=settings.monitor.every, now=now)
        moved = tuple(moved_by(changes[each].get(name), each.words) for each in Against)
        made.append(FilterLine(*name, path, is_mine, point, standing, day, drawn, moved, wrong.get(path, ())))
    return tuple(made)


def standing_of(point: Point | None, monitor: MonitorSettings, *, now: datetime) -> Standing:
    """How whole the newest count is, and whether a newer one is overdue."""
    if point is None:
        return Standing("waiting", "not counted yet")
    if now - point.window.end > 2 * monitor.every + monitor.delay + SLACK:
        return Standing("trouble", "overdue", f"nothing was counted for {span(now - point.window.end)}")
    if not known(point):
        return Standing("trouble", "not known", lack_words(point.lack, point.detail))
    if not point.is_complete:
        return Standing("waiting", "incomplete", lack_words(point.lack, point.detail))
    return Standing("done", "complete", "revised" if point.revision else "")


def moved_by(change: Change | None, then: str) -> Moved:
    """A change as it is shown."""
    return Moved(then, change_sign(change), change_words(change, then), known=change is not None)


def hourly(found: Sequence[Sum], *, since: datetime, every: timedelta, now: datetime) -> Spark:
    """The hours of a day as a small chart."""
    by_hour = {(each.start - since) // HOUR: each for each in found}
    last = (now - since) // HOUR
    length = last + (last in by_hour)  # the hour under way, once one of its windows was counted
    totals = [by_hour[place].total if place in by_hour else None for place in range(length)]
    whole = HOUR // every
    part = frozenset(
        place for place, each in by_hour.items() if each.lacking or (place < last and each.windows < whole)
    )
    return Spark(len(totals), spark(totals), gaps(totals), _spark_words(totals[:last], part), part)


def _spark_words(totals: Sequence[int | None], part: frozenset[int]) -> str:
    told = [total for total in totals if total is not None]
    if not told:
        return "Hour by hour of the last day: nothing is known"
    flaws = []
    if unknown := len(totals) - len(told):
        flaws.append(f"{unknown} hours not known")
    if part:
        flaws.append(f"{len(part)} not whole")
    return "; ".join([f"Hour by hour of the last day, {errors(max(told))} in an hour at most", *flaws])


def against_filters(tx: Tx) -> Mapping[str, tuple[Alarm, ...]]:
    """The causes that stand, by the page that shows them; an owner's share of one is told with the whole."""
    paths: dict[str, tuple[Alarm, ...]] = {}
    for alarm in alarms.standing(tx):
        if not alarm.cause.owner:
            paths[alarm.cause.path] = (*paths.get(alarm.cause.path, ()), alarm)
    return paths
