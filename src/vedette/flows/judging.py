"""Judging: what a filter's windows come to by a condition, gathered from what was counted; changes nothing.

It runs in the transaction that keeps a count, for every filter and condition, and so asks the store for no more than a
verdict needs: what is calm whatever is usual costs no look at the past.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from vedette.model.alarms import Cause
from vedette.model.conditions import Condition, ConditionKind, Outcome, Verdict, Watched
from vedette.model.issues import IssueKey
from vedette.model.metrics import Point, Trending, Window
from vedette.model.settings import MonitorSettings
from vedette.rules.behind import behind, usual_of_issues
from vedette.rules.conditions import CUT_SHORT, flat_line, growth, new_errors, seasons_of, seen_in, span_of, still_going
from vedette.rules.releases import counts_in, release_seen, releases_in
from vedette.rules.tripped import stem_of
from vedette.store import known, windows
from vedette.store.database import Tx

# A window that is judged later than this says what was, not what is.
_STALE = 3


@dataclass(frozen=True, slots=True)
class Look:
    """One filter's newest window, what was counted right before it, which were just counted, and what stands."""

    tx: Tx
    monitor: MonitorSettings
    newest: Point
    points: tuple[Point, ...]  # just counted, oldest first
    recent: Mapping[datetime, Point]  # by the start of the window
    standing: dict[str, Cause]  # of conditions, as the verdicts so far have left it
    now: datetime

    @property
    def name(self) -> str:
        """The filter's name."""
        return self.newest.filter

    @property
    def instance(self) -> str:
        """Its instance."""
        return self.newest.instance

    @property
    def is_stale(self) -> bool:
        """Whether the newest window says what was, and not what is."""
        window = self.newest.window
        return self.now - window.end > self.monitor.delay + _STALE * window.length

    def point(self, window: Window) -> Point | None:
        """What was counted in this very window; one of another length is from before `monitor.every` was changed."""
        found = self.recent.get(window.start)
        return found if found is not None and found.window == window else None


def look_at(
    tx: Tx, monitor: MonitorSettings, points: Sequence[Point], standing: dict[str, Cause], *, now: datetime
) -> Look:
    """The look at one filter whose points were just counted."""
    ordered = tuple(sorted(points, key=lambda point: point.window))
    first = ordered[0]
    back = max((each.windows for each in monitor.conditions), default=1)
    since = first.window.start - back * first.window.length
    recent = {
        each.window.start: each for each in windows.between(tx, first.instance, first.filter, since=since, until=now)
    }
    recent |= {each.window.start: each for each in ordered}  # with their issues
    return Look(tx, monitor, recent[max(recent)], ordered, recent, standing, now)


def verdicts(look: Look, condition: Condition) -> Iterator[Verdict]:
    """What the condition comes to; nothing where the windows just counted say nothing of what is now."""
    span = span_of(look.newest.window, windows=condition.windows)
    if condition.kind is ConditionKind.NEW_ERROR:
        yield from _of_new_errors(look, condition, span)
    elif look.is_stale or not {each.window for each in look.points} & set(span):
        return
    elif condition.per is Watched.RELEASE:
        yield from _of_releases(look, condition, span)
    else:
        yield _of_filter(look, condition, span)


def _of_filter(look: Look, condition: Condition, span: Sequence[Window]) -> Verdict:
    rule = flat_line if condition.kind is ConditionKind.FLAT_LINE else growth
    bare = [seen_in(each, look.point(each), ()) for each in span]
    verdict = rule(condition, look.name, bare)
    if verdict.outcome is Outcome.CALM:
        return verdict
    starts = {start for window in span for start in seasons_of(window, condition.usual)}
    past: dict[datetime, Point | None] = {**windows.at(look.tx, look.instance, look.name, starts)}
    seen = [seen_in(each, look.point(each), _seasons(each, condition, past)) for each in span]
    return _with_issues(look, condition, rule(condition, look.name, seen))


def _of_releases(look: Look, condition: Condition, span: Sequence[Window]) -> Iterator[Verdict]:
    """Every release that is large enough to be told of, and every one that was."""
    stem = f"{stem_of(condition, look.name)}:release:"
    told = {cause.facts["release"] for key, cause in look.standing.items() if key.startswith(stem)}
    here = look.newest if look.newest.trending else windows.get(look.tx, look.instance, look.name, span[0].start)
    shares = releases_in(here) if here is not None else Counter[str]()
    large = {name for name, count in shares.items() if count >= condition.floor and count > condition.count_over}
    if here is None or not large | told:
        return
    rows = {span[0].start: here} | _with_rows(look, span[:1], condition)
    for release in sorted(large | told):
        verdict = _release(look, condition, release, span[:1], rows)
        if verdict.outcome is Outcome.TRIPS and span[1:]:
            rows |= _with_rows(look, span[1:], condition) if span[-1].start not in rows else {}
            verdict = _release(look, condition, release, span, rows)
        yield _with_issues(look, condition, verdict, counts=counts_in(here, release))


def _release(
    look: Look, condition: Condition, release: str, span: Sequence[Window], rows: Mapping[datetime, Point | None]
) -> Verdict:
    seen = [
        release_seen(condition, release, each, rows.get(each.start), _seasons(each, condition, rows)) for each in span
    ]
    return replace(growth(condition, f"{look.name}, release {release}", seen), release=release)


def _with_rows(look: Look, span: Sequence[Window], condition: Condition) -> dict[datetime, Point | None]:
    """The windows and those of the earlier seasons, with their issues; None = not counted, or not as long."""
    starts = {start for window in span for start in (window.start, *seasons_of(window, condition.usual))}
    found = {start: windows.get(look.tx, look.instance, look.name, start) for start in starts}
    length = span[0].length
    return {start: point if point and point.window.length == length else None for start, point in found.items()}


def _seasons(window: Window, condition: Condition, found: Mapping[datetime, Point | None]) -> tuple[Point, ...]:
    """The same window of the earlier seasons, as far as they were counted."""
    points = (found.get(start) for start in seasons_of(window, condition.usual))
    return tuple(each for each in points if each is not None and each.window.length == window.length)


def _with_issues(
    look: Look, condition: Condition, verdict: Verdict, *, counts: Mapping[str, int] | None = None
) -> Verdict:
    """The verdict with the issues that grew most, where a growth is to be told; `counts`: of a part of the window."""
    if verdict.outcome is not Outcome.TRIPS or condition.kind is not ConditionKind.GROWTH:
        return verdict
    here, starts = verdict.window.start, seasons_of(verdict.window, condition.usual)
    past: dict[datetime, Point | None] = {**windows.at(look.tx, look.instance, look.name, starts)}
    whole = [each.window.start for each in _seasons(verdict.window, condition, past) if each.is_complete]
    counted = windows.counts(look.tx, look.instance, look.name, [here, *whole])
    usual = usual_of_issues([counted[start] for start in whole])
    counts = counted.get(here, {}) if counts is None else counts
    grown = behind(counts, usual, at_most=condition.issues)
    told = {each.issue.id: each for each in _told(look, grown, counts)}
    return replace(verdict, issues=tuple(told[number] for number in grown))


def _of_new_errors(look: Look, condition: Condition, newest: Sequence[Window]) -> Iterator[Verdict]:
    since = look.now - look.monitor.catch_up
    first = {point.window for point in look.points if point.revision == 0 and point.window.end > since}
    revised = any(point.revision and point.window in newest for point in look.points)
    tripped: set[IssueKey | None] = set()
    for window in sorted(first | ({newest[0]} if revised else set())):
        for verdict in _new_in(look, condition, span_of(window, windows=condition.windows)):
            tripped.add(verdict.issue)
            yield verdict
    standing = [each for each in _standing_issues(look, condition) if each not in tripped]
    if not standing or look.newest.window not in {point.window for point in look.points}:
        return
    counts = windows.counts(look.tx, look.instance, look.name, [newest[0].start]).get(newest[0].start, {})
    for issue in standing:
        yield still_going(look.name, look.newest, issue, counts)


def _new_in(look: Look, condition: Condition, span: Sequence[Window]) -> list[Verdict]:
    points = [point for each in span if (point := look.point(each)) is not None]
    if all(point.new == 0 for point in points):
        return []
    read = [each.window.start for each in points if not each.rows_lack or each.rows_lack in CUT_SHORT]
    counts: Counter[str] = Counter()
    for each in windows.counts(look.tx, look.instance, look.name, read).values():
        counts.update(each)
    over = [number for number, count in counts.items() if count > condition.count_over]
    return new_errors(condition, look.name, span, counts, _told(look, over, counts))


def _standing_issues(look: Look, condition: Condition) -> list[IssueKey]:
    stem = f"{stem_of(condition, look.name)}:issue:"
    numbers = {key.removeprefix(stem).partition(":")[0] for key in look.standing if key.startswith(stem)}
    return [IssueKey(look.instance, number) for number in sorted(numbers)]


def _told(look: Look, numbers: Collection[str], counts: Mapping[str, int]) -> list[Trending]:
    """The issues with what lists told of them, and who owns them."""
    facts = known.issues(look.tx, look.instance, numbers)
    found = []
    for number in numbers:
        bare = Trending(IssueKey(look.instance, number), counts.get(number, 0))
        if number not in facts:
            found.append(bare)
            continue
        of, owner = facts[number].fresh, facts[number].owner
        found.append(
            replace(
                bare,
                project=of.project,
                short_id=of.short_id,
                title=of.title,
                link=of.permalink,
                first_seen=of.first_seen,
                owner=owner,
            )
        )
    return found
