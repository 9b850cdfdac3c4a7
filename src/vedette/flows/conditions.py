"""Conditions: what was just counted is held against what the settings ask; people are told, and policies are asked.

Law: what a condition brings about commits with the count that it rests on. A count of long ago changes nothing: people
are told of what is, so that the newest window alone is judged, and a late correction only where the newest verdict
rests on it. A new error is the exception, since it stays new however late it is found.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from vedette.flows.context import Context, log
from vedette.flows.judging import Look, look_at, verdicts
from vedette.flows.sorting import decide_job, mention_of
from vedette.model.alarms import Cause, CauseKind
from vedette.model.conditions import Condition, Outcome, Verdict
from vedette.model.events import ConditionTripped
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.metrics import Point, Trending
from vedette.rules.tripped import cause_of, causes_of_owners, is_of, key_of
from vedette.store import alarms, deliveries, journal, queue, windows
from vedette.store.database import Tx

_DAY = timedelta(days=1)


def judge(tx: Tx, context: Context, points: Iterable[Point], *, now: datetime) -> list[tuple[Condition, Verdict]]:
    """Hold the points, which were just stored, against the conditions; what each came to, acted upon in `tx`."""
    monitor = context.settings.monitor
    if not monitor.conditions:
        return []
    standing = _standing(tx)
    by_filter: dict[tuple[str, str], list[Point]] = {}
    for point in points:
        by_filter.setdefault((point.instance, point.filter), []).append(point)
    judged: list[tuple[Condition, Verdict]] = []
    for found in by_filter.values():
        look = look_at(tx, monitor, found, standing, now=now)
        for condition in (each for each in monitor.conditions if each.watches(look.name)):
            for verdict in verdicts(look, condition):
                _act(look, context, condition, verdict)
                judged.append((condition, verdict))
    return judged


def survey(
    tx: Tx, context: Context, instance: str, name: str, *, now: datetime
) -> list[tuple[Condition, tuple[Verdict, ...] | None]]:
    """What each condition comes to at the filter's newest window, acting upon nothing; None = nothing counted lately.

    () where no error is new, and where no release is large enough.
    """
    monitor = context.settings.monitor
    of_day = windows.between(tx, instance, name, since=now - _DAY, until=now)
    asked = [each for each in monitor.conditions if each.watches(name)]
    look = look_at(tx, monitor, of_day[-1:], _standing(tx), now=now) if of_day else None
    if look is None or look.is_stale:
        return [(each, None) for each in asked]
    return [(each, tuple(verdicts(look, each))) for each in asked]


def _standing(tx: Tx) -> dict[str, Cause]:
    return {each.cause.key: each.cause for each in alarms.standing(tx, kinds={CauseKind.CONDITION})}


def _act(look: Look, context: Context, condition: Condition, verdict: Verdict) -> None:
    key = key_of(condition, look.name, verdict)
    stood = key in look.standing
    match verdict.outcome:
        case Outcome.TRIPS:
            _trip(look, context, condition, verdict, stood=stood)
        case Outcome.CALM if stood:
            for each in [each for each in look.standing if is_of(each, key)]:
                alarms.clear(look.tx, each, now=look.now)
                del look.standing[each]
            _write(look, condition, verdict, EntryKind.OUTCOME)
        case _:
            return
    log.info("condition_judged", condition=condition.name, filter=look.name, reason=verdict.reason.value)


def _trip(look: Look, context: Context, condition: Condition, verdict: Verdict, *, stood: bool) -> None:
    settings = context.settings
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


def _hand_over(look: Look, condition: Condition, verdict: Verdict, issue: Trending) -> None:
    """Let the policies decide on the issue, as on what a sweep finds."""
    at = min(verdict.window.end, look.now)
    event = ConditionTripped(issue.issue, at, condition.name, verdict.sentence, issue.project, issue.title)
    deliveries.mention(look.tx, mention_of(event, delivery=None, position=0), now=look.now)
    queue.enqueue(look.tx, decide_job(issue.issue), now=look.now)


def _write(look: Look, condition: Condition, verdict: Verdict, kind: EntryKind) -> None:
    details = {"condition": condition.name, "filter": look.name, "errors": [str(each.issue) for each in verdict.issues]}
    entry = NewEntry(kind, verdict.reason.value, verdict.sentence, issue=verdict.issue, details=details)
    journal.write(look.tx, entry, now=look.now)
