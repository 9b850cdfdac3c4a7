"""Trending: the errors behind a filter's count, of one window or of a whole range, with their owners and tickets."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from vedette.model.issues import IssueKey
from vedette.model.metrics import Lack, Point, Trending, Window
from vedette.model.tickets import MAIN_TRACK
from vedette.rules.chart_words import errors
from vedette.rules.charting import Grid, bars_of, known
from vedette.rules.plotting import gaps, spark
from vedette.store import journal, ledger, windows
from vedette.store import known as memory
from vedette.store.charted import Name
from vedette.store.database import Tx
from vedette.web.watching import Spark

_SPARK = 24  # windows of the small chart beside an error of one window
_LOOKED_AT = 20  # lines of the journal about an error, among which its title is looked for
_DAY, _MOMENT = timedelta(days=1), timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class TrendRow:
    """One error, and how it went in the windows before, or in the bars of the range."""

    of: Trending
    spark: Spark


@dataclass(frozen=True, slots=True)
class Trends:
    """The errors of a span, the largest first; `issues`: how many there were. `lack`: why they are not all."""

    window: Window
    rows: tuple[TrendRow, ...]
    issues: int
    lack: Lack = Lack.NONE
    known: bool = True
    missing: int = 0  # windows of the range of which nothing is known


Counts = Mapping[datetime, Mapping[str, int]]


def of_window(tx: Tx, name: Name, start: datetime) -> Trends | None:
    """The errors of the window that begins then; None where no such window is kept."""
    point = windows.get(tx, *name, start)
    if point is None:
        return None
    before = start - (_SPARK - 1) * point.window.length
    kept = windows.between(tx, *name, since=before, until=point.window.end)
    counted = windows.counts(tx, *name, [each.window.start for each in kept])
    places = [(before + place * point.window.length) for place in range(_SPARK)]
    by_start = {each.window.start: each for each in kept}
    rows = (
        TrendRow(each, _spark([_count(by_start.get(at), counted, each.issue.id) for at in places]))
        for each in _told(tx, point.trending)
    )
    return Trends(point.window, tuple(rows), point.issues, _lack(point), known(point))


def of_range(tx: Tx, name: Name, points: Sequence[Point], grid: Grid, *, top: int) -> Trends:
    """The errors of all the windows that lie in the grid."""
    told = [point for point in points if known(point)]
    counted = windows.counts(tx, *name, [point.window.start for point in told])
    sums: Counter[str] = Counter()
    for issues in counted.values():
        sums.update(issues)
    bars = bars_of(points, grid)
    totals = [bar.total for bar in bars]
    first = [number for number, _ in sums.most_common(top)]
    length = grid.frame.length  # a day that lies within the range is nothing to compare it with
    day = _then(tx, name, told, by=_DAY) if length <= 2 * _DAY else None
    week = _then(tx, name, told, by=7 * _DAY) if length <= 8 * _DAY else None
    rows = []
    for each in _told(tx, _remembered(tx, name, first, counted, sums, grid.frame)):
        number = each.issue.id
        issue = replace(each, yesterday=_of(day, number), last_week=_of(week, number))
        rows.append(TrendRow(issue, _spark(_by_bar(number, totals, counted, grid))))
    lack = next((_lack(point) for point in told if _lack(point)), Lack.NONE)
    return Trends(grid.frame, tuple(rows), len(sums), lack, bool(told), sum(bar.missing for bar in bars))


def _of(sums: Counter[str] | None, number: str) -> int | None:
    return None if sums is None else sums[number]


def _then(tx: Tx, name: Name, points: Sequence[Point], *, by: timedelta) -> Counter[str] | None:
    """Each error's count in the same windows earlier; None unless all of these are known to be whole."""
    starts = [point.window.start - by for point in points]
    kept = windows.between(tx, *name, since=min(starts), until=max(starts) + _MOMENT) if starts else []
    whole = {each.window for each in kept if known(each) and not _lack(each)}
    if not starts or any(point.window.earlier(by) not in whole for point in points):
        return None
    sums: Counter[str] = Counter()
    for issues in windows.counts(tx, *name, starts).values():
        sums.update(issues)
    return sums


def _lack(point: Point) -> Lack:
    return point.lack if point.lack is not Lack.NONE else point.rows_lack


def _count(point: Point | None, counted: Counts, issue: str) -> int | None:
    """Of a window whose errors are not all known, one that is not among them is not known to be 0."""
    if point is None or not known(point):
        return None
    return counted.get(point.window.start, {}).get(issue, None if _lack(point) else 0)


def _by_bar(issue: str, totals: Sequence[int | None], counted: Counts, grid: Grid) -> list[int | None]:
    found = [None if total is None else 0 for total in totals]
    for start, issues in counted.items():
        place = (start - grid.frame.start) // grid.bar
        found[place] = (found[place] or 0) + issues.get(issue, 0)
    return found


def _spark(totals: Sequence[int | None]) -> Spark:
    told = [total for total in totals if total is not None]
    unknown = len(totals) - len(told)
    words = f"{errors(told[-1])} at last, {max(told):,} at most" if told else "nothing is known"
    words = f"{words}; {unknown} of {len(totals)} not known" if unknown else words
    return Spark(len(totals), spark(totals), gaps(totals), words)


def _remembered(
    tx: Tx, name: Name, numbers: Sequence[str], counted: Counts, sums: Mapping[str, int], frame: Window
) -> list[Trending]:
    """The issues by number, with what lists told of them, else with what stood beside their largest count."""
    found = memory.issues(tx, name[0], numbers)
    told = []
    for number in numbers:
        issue = Trending(IssueKey(name[0], number), sums[number])
        if one := found.get(number):
            told.append(_with_facts(issue, one, frame))
        else:
            told.append(_as_it_stood(tx, name, issue, counted))
    return told


def _with_facts(issue: Trending, one: memory.Known, frame: Window) -> Trending:
    fresh, seen = one.fresh, one.fresh.first_seen
    issue = replace(issue, project=fresh.project, short_id=fresh.short_id, title=fresh.title, link=fresh.permalink)
    return replace(issue, first_seen=seen, is_new=bool(seen and frame.holds(seen)), owner=one.owner)


def _as_it_stood(tx: Tx, name: Name, issue: Trending, counted: Counts) -> Trending:
    number = issue.issue.id
    start = max(counted, key=lambda at: counted[at].get(number, 0))
    point = windows.get(tx, *name, start)
    then = next((each for each in point.trending if each.issue.id == number), None) if point else None
    if then is None:
        return issue
    issue = replace(issue, project=then.project, short_id=then.short_id, title=then.title, link=then.link)
    return replace(issue, first_seen=then.first_seen, owner=then.owner)


def _told(tx: Tx, issues: Sequence[Trending]) -> list[Trending]:
    """With the newest ticket and its owner, also where it was opened later, and the title that decisions heard."""
    return [_titled(tx, _ticketed(tx, issue)) for issue in issues]


def _ticketed(tx: Tx, issue: Trending) -> Trending:
    told = [claim for claim in ledger.history(tx, issue.issue) if claim.ticket is not None]
    newest = max(told, key=lambda claim: (claim.track == MAIN_TRACK, claim.generation), default=None)
    if newest is None or newest.ticket is None:
        return issue
    ref, owner = newest.ticket, issue.owner or newest.owner
    return replace(issue, ticket=ref.key, ticket_url=ref.url, owner=owner)


def _titled(tx: Tx, issue: Trending) -> Trending:
    if issue.title:
        return issue
    told = (entry.details.get("title") for entry in journal.of_issue(tx, issue.issue, limit=_LOOKED_AT))
    return replace(issue, title=str(next(filter(None, told), "")))
