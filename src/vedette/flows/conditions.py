"""Conditions: what was just counted is held against what the settings ask; people are told, and policies are asked.

Law: what a condition brings about commits with the count that it rests on. A count of long ago changes nothing: people
are told of what is, so that the newest window alone is judged, and a late correction only where the newest verdict
rests on it. A new error is the exception, since it stays new however late it is found.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from vedette.flows.context import Context, log
from vedette.flows.sorting import decide_job, mention_of
from vedette.model.alarms import Cause, CauseKind
from vedette.model.conditions import Condition, ConditionKind, Outcome, Verdict, Watched
from vedette.model.events import ConditionTripped
from vedette.model.issues import IssueKey
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.metrics import Point, Trending, Window
from vedette.rules.behind import behind, usual_of_issues
from vedette.rules.conditions import (
    CUT_SHORT,
    flat_line,
    growth,
    new_errors,
    seasons_of,
    seen_in,
    span_of,
    still_going,
)
from vedette.rules.releases import counts_in, release_seen, releases_in
from vedette.rules.tripped import cause_of, causes_of_owners, is_of, key_of, stem_of
from vedette.store import alarms, deliveries, journal, known, queue, windows
from vedette.store.database import Tx

# A window that is judged later than this says what was, not what is.
_STALE = 3
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Look:
    """One filter's newest window, which of its windows were just counted, and what stands of its conditions."""

    tx: Tx
    context: Context
    newest: Point
    points: tuple[Point, ...]
    standing: dict[str, Cause]  # as the verdicts so far have left it
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
        window, delay = self.newest.window, self.context.settings.monitor.delay
        return self.now - window.end > delay + _STALE * window.length


@dataclass(frozen=True, slots=True)
class _Remembered:
    """A window, its point, and the same window of the earlier seasons, as far as they are known."""

    window: Window
    point: Point | None
    past: tuple[Point, ...]


def judge(tx: Tx, context: Context, points: Iterable[Point], *, now: datetime) -> list[tuple[Condition, Verdict]]:
    """Hold the points, which were just stored, against the conditions; what each came to, acted upon in `tx`."""
    monitor = context.settings.monitor
    if not monitor.conditions:
        return []
    standing = _standing(tx)
    judged: list[tuple[Condition, Verdict]] = []
    for look in _looks(tx, context, points, standing, now=now):
        for condition in (each for each in monitor.conditions if each.watches(look.name)):
            for verdict in _verdicts(look, condition):
                _act(look, condition, verdict)
                judged.append((condition, verdict))
    return judged


def survey(
    tx: Tx, context: Context, instance: str, name: str, *, now: datetime
) -> list[tuple[Condition, tuple[Verdict, ...] | None]]:
    """What each condition comes to at the filter's newest window, acting upon nothing; None = nothing counted lately.

    () where no error is new, and where no release is large enough.
    """
    of_day = windows.between(tx, instance, name, since=now - _DAY, until=now)
    asked = [each for each in context.settings.monitor.conditions if each.watches(name)]
    look = _Look(tx, context, of_day[-1], (of_day[-1],), _standing(tx), now) if of_day else None
    if look is None or look.is_stale:
        return [(each, None) for each in asked]
    return [(each, tuple(_verdicts(look, each))) for each in asked]


def _standing(tx: Tx) -> dict[str, Cause]:
    return {each.cause.key: each.cause for each in alarms.standing(tx, kinds={CauseKind.CONDITION})}


def _looks(
    tx: Tx, context: Context, points: Iterable[Point], standing: dict[str, Cause], *, now: datetime
) -> Iterator[_Look]:
    by_filter: dict[tuple[str, str], list[Point]] = {}
    for point in points:
        by_filter.setdefault((point.instance, point.filter), []).append(point)
    for (instance, name), found in by_filter.items():
        ordered = tuple(sorted(found, key=lambda point: point.window))
        later = windows.between(tx, instance, name, since=ordered[-1].window.start, until=now)
        yield _Look(tx, context, later[-1] if later else ordered[-1], ordered, standing, now)


def _verdicts(look: _Look, condition: Condition) -> Iterator[Verdict]:
    span = span_of(look.newest.window, windows=condition.windows)
    if condition.kind is ConditionKind.NEW_ERROR:
        yield from _of_new_errors(look, condition, span)
        return
    if look.is_stale or not {each.window for each in look.points} & set(span):
        return
    remembered = _remember(look, condition, span)
    if condition.kind is ConditionKind.FLAT_LINE:
        yield flat_line(condition, look.name, [seen_in(each.window, each.point, each.past) for each in remembered])
    elif condition.per is Watched.RELEASE:
        yield from _of_releases(look, condition, remembered)
    else:
        seen = [seen_in(each.window, each.point, each.past) for each in remembered]
        yield _with_issues(look, condition, growth(condition, look.name, seen))


def _remember(look: _Look, condition: Condition, span: Sequence[Window]) -> list[_Remembered]:
    seasons = {window: seasons_of(window, condition.usual) for window in span}
    starts = {window.start for window in span} | {start for past in seasons.values() for start in past}
    read = _with_rows if condition.per is Watched.RELEASE else windows.at
    found = read(look.tx, look.instance, look.name, starts)
    # Of another length are those from before `monitor.every` was changed.
    alike = {start: point for start, point in found.items() if point.window.length == span[0].length}
    return [
        _Remembered(window, alike.get(window.start), tuple(alike[start] for start in past if start in alike))
        for window, past in seasons.items()
    ]


def _with_rows(tx: Tx, instance: str, name: str, starts: Collection[datetime]) -> dict[datetime, Point]:
    found = {start: windows.get(tx, instance, name, start) for start in starts}
    return {start: point for start, point in found.items() if point is not None}


def _of_releases(look: _Look, condition: Condition, remembered: Sequence[_Remembered]) -> Iterator[Verdict]:
    """Every release that is large enough to be told of, and every one that was."""
    newest = remembered[0].point
    shares = releases_in(newest) if newest is not None else Counter[str]()
    large = {name for name, count in shares.items() if count >= condition.floor and count > condition.count_over}
    stem = stem_of(condition, look.name)
    told = {str(cause.facts["release"]) for key, cause in look.standing.items() if key.startswith(f"{stem}:release:")}
    for release in sorted(large | told):
        seen = [release_seen(condition, release, each.window, each.point, each.past) for each in remembered]
        verdict = growth(condition, f"{look.name}, release {release}", seen)
        yield _with_issues(look, condition, replace(verdict, release=release))


def _with_issues(look: _Look, condition: Condition, verdict: Verdict) -> Verdict:
    """The verdict with the issues that grew most, where it is to be told."""
    if verdict.outcome is not Outcome.TRIPS:
        return verdict
    starts = seasons_of(verdict.window, condition.usual)
    past = windows.at(look.tx, look.instance, look.name, starts)
    whole = [start for start, point in past.items() if point.is_complete]
    usual = usual_of_issues(list(windows.counts(look.tx, look.instance, look.name, whole).values()))
    here = verdict.window.start
    counts = windows.counts(look.tx, look.instance, look.name, [here]).get(here, {})
    if verdict.release is not None:
        point = windows.get(look.tx, look.instance, look.name, here)
        counts = counts_in(point, verdict.release) if point is not None else {}
    grown = behind(counts, usual, at_most=condition.issues)
    told = {each.issue.id: each for each in _told(look, grown, counts)}
    return replace(verdict, issues=tuple(told[number] for number in grown))


def _of_new_errors(look: _Look, condition: Condition, newest: Sequence[Window]) -> Iterator[Verdict]:
    since = look.now - look.context.settings.monitor.catch_up
    first = {point.window for point in look.points if point.revision == 0 and point.window.end > since}
    revised = any(point.revision and point.window in newest for point in look.points)
    tripped: set[IssueKey] = set()
    for window in sorted(first | ({newest[0]} if revised else set())):
        for verdict in _new_in(look, condition, span_of(window, windows=condition.windows)):
            tripped.update(each.issue for each in verdict.issues)
            yield verdict
    if look.newest.window not in {point.window for point in look.points}:
        return
    counts = windows.counts(look.tx, look.instance, look.name, [newest[0].start]).get(newest[0].start, {})
    for issue in _standing_issues(look, condition):
        if issue not in tripped:
            yield still_going(look.name, look.newest, issue, counts)


def _new_in(look: _Look, condition: Condition, span: Sequence[Window]) -> list[Verdict]:
    points = windows.at(look.tx, look.instance, look.name, [each.start for each in span])
    alike = [point for point in points.values() if point.window.length == span[0].length]
    known_ones = [each.window.start for each in alike if not each.rows_lack or each.rows_lack in CUT_SHORT]
    counts: Counter[str] = Counter()
    for each in windows.counts(look.tx, look.instance, look.name, known_ones).values():
        counts.update(each)
    over = [number for number, count in counts.items() if count > condition.count_over]
    return new_errors(condition, look.name, span, counts, _told(look, over, counts))


def _standing_issues(look: _Look, condition: Condition) -> list[IssueKey]:
    stem = f"{stem_of(condition, look.name)}:issue:"
    numbers = {key.removeprefix(stem).partition(":")[0] for key in look.standing if key.startswith(stem)}
    return [IssueKey(look.instance, number) for number in sorted(numbers)]


def _told(look: _Look, numbers: Collection[str], counts: Mapping[str, int]) -> list[Trending]:
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


def _act(look: _Look, condition: Condition, verdict: Verdict) -> None:
    key = key_of(condition, look.name, verdict)
    stood = key in look.standing
    match verdict.outcome:
        case Outcome.TRIPS:
            _trip(look, condition, verdict, stood=stood)
        case Outcome.CALM if stood:
            for each in [each for each in look.standing if is_of(each, key)]:
                alarms.clear(look.tx, each, now=look.now)
                del look.standing[each]
            _write(look, condition, verdict, EntryKind.OUTCOME)
        case _:
            return
    log.info("condition_judged", condition=condition.name, filter=look.name, reason=verdict.reason.value)


def _trip(look: _Look, condition: Condition, verdict: Verdict, *, stood: bool) -> None:
    settings = look.context.settings
    main = cause_of(condition, look.name, verdict, instance=look.instance)
    operators = settings.alarms.operators
    of_owners = causes_of_owners(main, verdict.issues, teams=settings.teams, operators=operators)
    for cause in (main, *(of_owners if condition.owners else ())):
        alarms.raise_(look.tx, cause, now=look.now)
        look.standing[cause.key] = cause
    if not stood:
        _write(look, condition, verdict, EntryKind.ALARM)
    for issue in verdict.issues if condition.ticket else ():
        _hand_over(look, condition, verdict, issue)


def _hand_over(look: _Look, condition: Condition, verdict: Verdict, issue: Trending) -> None:
    """Let the policies decide on the issue, as on what a sweep finds."""
    at = min(verdict.window.end, look.now)
    event = ConditionTripped(issue.issue, at, condition.name, verdict.sentence, issue.project, issue.title)
    deliveries.mention(look.tx, mention_of(event, delivery=None, position=0), now=look.now)
    queue.enqueue(look.tx, decide_job(issue.issue), now=look.now)


def _write(look: _Look, condition: Condition, verdict: Verdict, kind: EntryKind) -> None:
    details = {"condition": condition.name, "filter": look.name, "errors": [str(each.issue) for each in verdict.issues]}
    entry = NewEntry(kind, verdict.reason.value, verdict.sentence, issue=verdict.issue, details=details)
    journal.write(look.tx, entry, now=look.now)
