"""Conditions: whether counts grew over what is usual, an error is new, or a line went flat; always with a reason.

Law: what is not known is never taken for nothing. A window of which only the least is known may show a growth; it
shows no silence, and ends nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from statistics import median

from vedette.model.conditions import Condition, Judged, Outcome, Usual, Verdict
from vedette.model.issues import IssueKey
from vedette.model.metrics import Lack, Point, Trending, Window

#: A reading that stopped at a limit holds no more than the window did; one that did not stand still may hold it twice.
CUT_SHORT = frozenset({Lack.ROW_LIMIT, Lack.EVENT_LIMIT})


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of one window: it had `low` events or more, and `high` or fewer (None = nobody knows).

    `past`: how many the same window had in earlier seasons, where that is known; `whose` says of what, if not of it.
    """

    window: Window
    low: int = 0
    high: int | None = None
    past: tuple[int, ...] = ()
    whose: str = ""


def seasons_of(window: Window, usual: Usual) -> tuple[datetime, ...]:
    """The starts of the same window of the earlier seasons, the newest first."""
    return tuple(window.start - usual.season.length * each for each in range(1, usual.last + 1))


def span_of(window: Window, *, windows: int) -> tuple[Window, ...]:
    """The window and those right before it, the newest first."""
    return tuple(window.earlier(window.length * each) for each in range(windows))


def seen_in(window: Window, point: Point | None, past: Iterable[Point]) -> Seen:
    """What is known of all that a filter counted; `point` None = it was not counted."""
    whole = tuple(each.total for each in past if each.is_complete)
    if point is not None and point.is_complete:
        return Seen(window, point.total, point.total, whole)
    return Seen(window, point.total if point is not None and point.lack in CUT_SHORT else 0, None, whole)


def growth(condition: Condition, name: str, span: Sequence[Seen]) -> Verdict:
    """Whether each window of the span (the newest first) is over count, percentage and floor. `name`: of what."""
    newest = _grown(condition, name, span[0])
    if newest.outcome is not Outcome.TRIPS:
        return newest
    before = [_grown(condition, name, each) for each in span[1:]]
    for outcome in (Outcome.CALM, Outcome.UNKNOWN):
        other = next((each for each in before if each.outcome is outcome), None)
        if other is not None:
            sentence = f"{newest.sentence}; asked for {len(span)} windows in a row, and before: {other.sentence}"
            reason = Judged.NOT_IN_A_ROW if outcome is Outcome.CALM else other.reason
            return Verdict(outcome, reason, sentence, newest.window)
    row = f", {len(span)} windows in a row" if len(span) > 1 else ""
    return replace(newest, sentence=f"{newest.sentence}{row}")


def flat_line(condition: Condition, name: str, span: Sequence[Seen]) -> Verdict:
    """Whether no window of the span (the newest first) had an event, though each usually has some."""
    newest, spell = span[0].window, Window(span[-1].window.start, span[0].window.end)
    counts = [each.high for each in span]
    if counts[0] is not None and any(counts):
        told = f"{name}: {_errors(sum(count or 0 for count in counts))} in {when(spell)}"
        return Verdict(Outcome.CALM, Judged.EVENTS_SEEN, told, newest)
    if None in counts:
        told = f"{name}: nobody knows whether {when(spell)} was silent, not every window is whole"
        return Verdict(Outcome.UNKNOWN, Judged.INCOMPLETE, told, newest)
    short = next((each for each in span if len(each.past) < condition.usual.at_least), None)
    if short is not None:
        told = f"{name}: no error in {when(spell)}; {_too_little(condition.usual, short)}"
        return Verdict(Outcome.UNKNOWN, Judged.NOT_ENOUGH_HISTORY, told, newest)
    least = min(median(each.past) for each in span)
    usual = f"each window usually has {least:g} or more ({_of(condition, span[0])})"
    told = f"{name}: no error in {when(spell)}, where {usual}"
    if least < condition.usual_at_least:
        told = f"{told}; asked for where it has {condition.usual_at_least}"
        return Verdict(Outcome.UNKNOWN, Judged.USUALLY_QUIET, told, newest)
    return Verdict(Outcome.TRIPS, Judged.FLAT_LINE, told, newest)


def new_errors(
    condition: Condition, name: str, span: Sequence[Window], counts: Mapping[str, int], told: Iterable[Trending]
) -> list[Verdict]:
    """The issues first seen within the span (the newest first) with more events in it than the condition says.

    `counts`: what each had in the whole span, by its id; the least that is known is enough.
    """
    spell = Window(span[-1].start, span[0].end)
    over = [
        replace(each, count=counts.get(each.issue.id, 0))
        for each in told
        if each.first_seen is not None and spell.holds(each.first_seen)
        if counts.get(each.issue.id, 0) > condition.count_over
    ]
    found = sorted(over, key=lambda each: (-each.count, each.issue.id))
    return [_new(condition, name, each, spell, newest=span[0]) for each in found]


def still_going(name: str, point: Point, issue: IssueKey, counts: Mapping[str, int]) -> Verdict:
    """Whether an error that was told of as new is silent in the window: only then it is over."""
    count, window = counts.get(issue.id, 0), point.window
    if count:
        told = f"{name}: {count} events of issue {issue.id} in {when(window)}"
        return Verdict(Outcome.UNKNOWN, Judged.GOES_ON, told, window, issue=issue)
    if not point.is_complete or point.rows_lack is not Lack.NONE:
        told = f"{name}: nobody knows whether issue {issue.id} went on in {when(window)}"
        return Verdict(Outcome.UNKNOWN, Judged.INCOMPLETE, told, window, issue=issue)
    told = f"{name}: no event of issue {issue.id} in {when(window)}"
    return Verdict(Outcome.CALM, Judged.QUIET_AGAIN, told, window, issue=issue)


def called(issue: Trending) -> str:
    """The issue in a sentence."""
    return " ".join(part for part in (issue.short_id or f"issue {issue.issue.id}", issue.title) if part)


def when(window: Window) -> str:
    """The window in a sentence, in UTC."""
    start, end = window.start.astimezone(UTC), window.end.astimezone(UTC)
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"
    return f"[{start:%Y-%m-%d %H:%M}, {until}) UTC"


def _new(condition: Condition, name: str, issue: Trending, spell: Window, *, newest: Window) -> Verdict:
    told = f"{name}: a new error with {issue.count} events in {when(spell)}, over {condition.count_over}"
    told = f"{told}: {called(issue)}, first seen {issue.first_seen:%Y-%m-%d %H:%M:%S} UTC"
    return Verdict(Outcome.TRIPS, Judged.NEW_ERROR, told, newest, issue=issue.issue, issues=(issue,))


def _grown(condition: Condition, name: str, seen: Seen) -> Verdict:
    """One window held against count, percentage and floor; what cannot be true of any count is calm."""
    told = f"{name}: {'at least ' if seen.high is None else ''}{_errors(seen.low)} in {when(seen.window)}"
    low, high = seen.low, seen.high

    def verdict(outcome: Outcome, reason: Judged, more: str) -> Verdict:
        return Verdict(outcome, reason, f"{told}, {more}", seen.window)

    if high is not None and high < condition.floor:
        return verdict(Outcome.CALM, Judged.BELOW_FLOOR, f"below the floor {condition.floor}")
    if high is not None and high <= condition.count_over:
        return verdict(Outcome.CALM, Judged.NOT_OVER_COUNT, f"not over {condition.count_over}")
    if len(seen.past) < condition.usual.at_least:
        return verdict(Outcome.UNKNOWN, Judged.NOT_ENOUGH_HISTORY, _too_little(condition.usual, seen))
    usual = median(seen.past)
    base = max(usual, condition.floor)
    compared = _compared(condition, seen, usual=usual, base=base)
    if low >= condition.floor and low > condition.count_over and _is_over(low, base, condition.percent_over):
        return verdict(Outcome.TRIPS, Judged.GREW, compared)
    if high is not None and not _is_over(high, base, condition.percent_over):
        return verdict(Outcome.CALM, Judged.NOT_OVER_PERCENT, f"{compared}; told of over {condition.percent_over} %")
    return verdict(Outcome.UNKNOWN, Judged.INCOMPLETE, "the window is not whole")


def _is_over(count: int, base: float, percent: int) -> bool:
    return count * 100 > base * (100 + percent)


def _compared(condition: Condition, seen: Seen, *, usual: float, base: float) -> str:
    over = (seen.low - base) / base * 100
    percent = f"{over:.0f} % over" if over >= 0 else f"{-over:.0f} % under"
    words = f"the usual {usual:g}{seen.whose} ({_of(condition, seen)})"
    if base > usual:
        return f"{percent} the floor {base:g}, above {words}"
    return f"{percent} {words}, floor {condition.floor}"


def _of(condition: Condition, seen: Seen) -> str:
    return f"median of {len(seen.past)} {condition.usual.season}s"


def _too_little(usual: Usual, seen: Seen) -> str:
    known = f"{len(seen.past)} of the last {usual.last} {usual.season}s"
    return f"not enough history: {known} have this window whole, {usual.at_least} are needed"


def _errors(count: int) -> str:
    return f"{count} error{'' if count == 1 else 's'}"
