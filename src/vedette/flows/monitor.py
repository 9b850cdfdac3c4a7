"""Monitor: every window of every filter, counted once across all replicas, made up after an outage, looked at again.

Law: windows of one instance are counted in their order; how far that has come is kept with the points themselves.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from vedette.errors import RateLimited, Unauthorised, VedetteError
from vedette.flows import alarms
from vedette.flows.context import Context, log, sentry_destination
from vedette.flows.counting import Calls, Counted, count_window, filters_of, keep, questions_of
from vedette.flows.keeping import Between, ended, keeping
from vedette.flows.pacing import SentryPace
from vedette.flows.setback import NotYet, Setback
from vedette.model.jobs import JobKind, Lease, NewJob
from vedette.model.metrics import Lack, Question, Window
from vedette.ports.http import Fence
from vedette.rules import causes
from vedette.rules.asking import fingerprint
from vedette.rules.windowing import Look, Owed, late, look_back, newest, owed
from vedette.store import known, limits, queue, schedules, windows
from vedette.store.database import Tx

HOUR = timedelta(hours=1)
# A window is worth asking for again soon: it is what people look at now.
_AGAIN_S = 60.0
_OUTCOMES_BACK = timedelta(hours=3)  # Sentry's own sums settle within the hour or two


def tend_monitor(context: Context) -> None:
    """Enqueue the counting whose slot has come, once across all replicas."""
    settings = context.settings.monitor
    for instance in sorted({each.instance for each in settings.filters} & context.sources.keys()):
        context.store.write(lambda tx, name=instance: _due(tx, context, name))  # type: ignore[misc]


def _due(tx: Tx, context: Context, instance: str) -> None:
    settings, now = context.settings.monitor, context.clock()
    # A window's turn comes with its delay, so that the slot is the delay's.
    if schedules.due(tx, f"count:{instance}", every=settings.every, now=now - settings.delay) is not None:
        for kind in (JobKind.COUNT, JobKind.RECOUNT):
            queue.enqueue(tx, monitor_job(kind, instance), now=now)
    if settings.outcomes and schedules.due(tx, f"outcomes:{instance}", every=HOUR, now=now - settings.delay):
        queue.enqueue(tx, monitor_job(JobKind.OUTCOMES, instance), now=now)


def monitor_job(kind: JobKind, instance: str) -> NewJob:
    """A duty of the monitor at one instance; a waiting one is not doubled, and two never run at a time."""
    name = f"{kind}:{instance}"
    payload = {"instance": instance}
    return NewJob(kind, sentry_destination(instance), order_key=name, unique_key=name, payload=payload)


def count(context: Context, lease: Lease, _fence: Fence) -> str:
    """Count every window that is owed, the oldest first."""
    instance = str(lease.job.payload["instance"])
    if not filters_of(context, instance) or instance not in context.sources:
        return ended(context, lease, "no_such_filter")
    problem = count_owed(context, instance, pace=paced(context, instance, keeping(context, lease)), calls=Calls())
    if problem is not None:
        raise _setback(context, instance, problem)
    return ended(context, lease, "counted")


def count_owed(context: Context, instance: str, *, pace: Callable[[], None], calls: Calls) -> VedetteError | None:
    """Count and keep every window that is owed now; what ended it early, None where nothing did."""
    due = owed_by(context, instance)
    if due.given_up:
        log.warning("windows_given_up", instance=instance, windows=due.given_up)
        context.store.write(lambda tx: alarms.raise_(tx, causes.given_up(instance, due.given_up), now=context.clock()))
    for window in due.windows:
        counted = count_window(
            context, instance, window, names=_missing(context, instance, window), pace=pace, calls=calls
        )
        context.store.write(lambda tx, done=counted: _keep(tx, context, done))  # type: ignore[misc]
        if counted.problem is not None:
            return counted.problem
    return None


def owed_by(context: Context, instance: str) -> Owed:
    """The windows of the instance that are to be counted now."""
    settings = context.settings.monitor
    now = context.clock()
    until = context.store.read(lambda tx: windows.counted_until(tx, instance))
    if until is None:
        first = newest(now, every=settings.every, delay=settings.delay).start
        context.store.write(lambda tx: windows.begin(tx, instance, until=first))
    return owed(until, now=now, every=settings.every, delay=settings.delay, catch_up=settings.catch_up)


def recount(context: Context, lease: Lease, _fence: Fence) -> str:
    """Look for late events, and count anew the windows that have any."""
    instance = str(lease.job.payload["instance"])
    if not filters_of(context, instance) or instance not in context.sources:
        return ended(context, lease, "no_such_filter")
    pace, revised = paced(context, instance, keeping(context, lease)), 0
    try:
        revised = recount_late(context, instance, pace=pace, calls=Calls())
    except VedetteError as problem:
        raise _setback(context, instance, problem) from problem
    return ended(context, lease, "revised" if revised else "nothing_late")


def recount_late(context: Context, instance: str, *, pace: Callable[[], None], calls: Calls) -> int:
    """Count every window anew whose total has changed since it was counted; how many points that revised."""
    revised, look = 0, _look(context, instance)
    for question, group in questions_of(context, instance).items():
        names = {each.name for each in group}
        if question.events:
            found, told = _once_more(context, instance), dict[datetime, int]()
        else:
            found, told = _changed(context, instance, question, look, pace=pace)
        for window in found:
            counted = count_window(context, instance, window, names=names, pace=pace, calls=calls)
            if counted.problem is None and window.start in told:
                # The server's own figure: where it differs from the sum for ever, one look is enough.
                counted = replace(counted, totals={fingerprint(question): told[window.start]})
            saved = context.store.write(lambda tx, done=counted: keep(tx, context, done, now=context.clock()))  # type: ignore[misc]
            revised += len(saved)
            if counted.problem is not None:
                raise counted.problem
    if look.whole:
        # Only now: a look that an outage ended is due again.
        context.store.write(lambda tx: windows.note_looked(tx, instance, until=look.span.end))
    return revised


def outcomes(context: Context, lease: Lease, _fence: Fence) -> str:
    """Fetch what Sentry accepted, dropped and filtered in the last hours."""
    instance = str(lease.job.payload["instance"])
    if instance not in context.sources:
        return ended(context, lease, "no_such_filter")
    named = [each.projects for each in filters_of(context, instance)]
    projects = () if () in named else sorted({slug for slugs in named for slug in slugs})
    end = schedules.aligned(context.clock(), every=HOUR) + HOUR
    within = Window(end - HOUR - _OUTCOMES_BACK, end)
    pace = paced(context, instance, keeping(context, lease))
    hours = context.source(instance).outcomes(projects=projects, within=within, pace=pace)
    if hours is not None:
        context.store.write(lambda tx: known.note_outcomes(tx, hours))
    return ended(context, lease, "not_told" if hours is None else "fetched")


def paced(context: Context, instance: str, between: Between) -> Callable[[], None]:
    """Waits for a reading's turn at the instance, and keeps the lease."""
    pace = SentryPace(context)

    def wait() -> None:
        between()
        pace.wait(instance)

    return wait


def _missing(context: Context, instance: str, window: Window) -> set[str]:
    """The filters that have no whole point of the window yet."""
    names = {each.name for each in filters_of(context, instance)}
    return names - context.store.read(lambda tx: windows.whole(tx, instance, window=window, names=names))


def _keep(tx: Tx, context: Context, counted: Counted) -> None:
    now = context.clock()
    keep(tx, context, counted, now=now)
    _tell_of_refusals(tx, counted, now=now)
    if counted.problem is None:
        windows.advance(tx, counted.instance, until=counted.window.end)


def _tell_of_refusals(tx: Tx, counted: Counted, *, now: datetime) -> None:
    """A filter that Sentry will not answer counts nothing, and nobody would notice."""
    for each, _ in counted.points:
        cause = causes.uncounted(each.instance, each.filter, each.detail)
        if each.lack is Lack.REFUSED:
            alarms.raise_(tx, cause, now=now)
        else:
            alarms.clear(tx, cause.key, now=now)


def _look(context: Context, instance: str) -> Look:
    settings = context.settings.monitor
    looked = context.store.read(lambda tx: windows.looked_until(tx, instance))
    return look_back(context.clock(), every=settings.every, delay=settings.delay, grace=settings.grace, looked=looked)


def _changed(
    context: Context, instance: str, question: Question, look: Look, *, pace: Callable[[], None]
) -> tuple[tuple[Window, ...], dict[datetime, int]]:
    every, told = context.settings.monitor.every, dict[datetime, int]()
    for part in look.parts(every=every):
        totals = context.source(instance).totals(question, within=part, every=every, pace=pace)
        if totals is None:
            return (), {}
        told |= totals
    asked = fingerprint(question)
    span = look.span
    before = context.store.read(lambda tx: windows.asked_before(tx, instance, asked, since=span.start, until=span.end))
    return late(told, before, every=every), told


def _once_more(context: Context, instance: str) -> tuple[Window, ...]:
    """Where no total tells of late events, each window is read once more, an hour after its end."""
    settings = context.settings.monitor
    end = owed(None, now=context.clock() - HOUR, every=settings.every, delay=settings.delay, catch_up=HOUR).windows[-1]
    counted = context.store.read(lambda tx: windows.counted_until(tx, instance))
    return (end,) if counted is not None and end.end <= counted else ()


def _setback(context: Context, instance: str, problem: VedetteError) -> Exception:
    """An outage is waited out a minute at a time: what was not counted is owed, and is made up."""
    if isinstance(problem, (RateLimited, Unauthorised)):
        return problem
    queueing = context.settings.queue

    def record(tx: Tx) -> None:
        destination = sentry_destination(instance)
        limits.failed(tx, destination, after=queueing.breaker_after, rest=queueing.breaker_rest, now=context.clock())

    return Setback(NotYet(str(problem), wait=_AGAIN_S), record)
