"""Alarms: what is wrong is looked for, remembered by its cause, and told to people once.

Law: that a cause was told and the jobs that tell it commit together, on the cause's own row, so that replicas tell it
once between them. A notifier that is down delays nobody but itself, and no alarm about one is sent through it.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta

import msgspec

from vedette.flows.context import Context, log, notifier_destination
from vedette.flows.tally import REFUSED, WINDOW
from vedette.model.alarms import Alarm, Cause, CauseKind, Notice, NoticeState
from vedette.model.jobs import JobKind, Lease, NewJob
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.settings import Mode, MonitorSettings
from vedette.ports.http import Fence
from vedette.rules import causes
from vedette.rules.alarming import NOTIFIER, Silence, Telling, notice, telling
from vedette.rules.causes import Counted, Trouble
from vedette.rules.tripped import speaks_for
from vedette.store import alarms, counters, journal, letters, limits, queue, schedules
from vedette.store.alarms import clear, raise_
from vedette.store.database import Tx

__all__ = ["clear", "look", "notify", "raise_", "tell", "watch"]

_EVERY = timedelta(seconds=10)
_JUST_NOW = timedelta(minutes=2)  # between two 429 a destination is free for a moment, and in trouble all the same
# Kinds whose causes are read from the store's own figures: what is not found there any more is gone.
_UNWRITTEN = frozenset({CauseKind.BREAKER_OPEN, CauseKind.THROTTLED})  # nobody else writes a line about these
_LOOKED_FOR = frozenset(
    {CauseKind.DEAD_LETTERS, CauseKind.PAUSED, CauseKind.BREAKER_OPEN, CauseKind.THROTTLED, CauseKind.REFUSALS_SURGE}
)


def watch(context: Context) -> None:
    """Look what is wrong and tell it, every ten seconds, by one replica at a time."""
    if context.store.write(lambda tx: schedules.due(tx, "alarms", every=_EVERY, now=context.clock())) is not None:
        look(context)
        tell(context)


def look(context: Context) -> None:
    """Raise every cause that the store's figures show, and clear those that are gone."""

    def work(tx: Tx) -> None:
        now = context.clock()
        standing = {alarm.cause.key: alarm for alarm in alarms.standing(tx)}
        found = {cause.key: (cause, count) for cause, count in _found(tx, context, now=now)}
        for key, (cause, count) in found.items():
            known = standing.get(key)
            if known is None or (known.cause, known.count) != (cause, count):
                raise_(tx, cause, now=now, count=count)
        for key, alarm in standing.items():
            if _is_over(alarm, found, context.settings.monitor, now=now):
                clear(tx, key, now=now)

    context.store.write(work)


def tell(context: Context) -> None:
    """Enqueue what is to be told now."""
    for alarm in context.store.read(alarms.untold) if context.notifiers else ():
        if isinstance(_telling(context, alarm, ill=(), now=context.clock()), Telling):
            context.store.write(lambda tx, key=alarm.cause.key: _claim(tx, context, key))  # type: ignore[misc]


def notify(context: Context, lease: Lease, fence: Fence) -> str:
    """Deliver the job's notice through its notifier."""
    name = str(lease.job.payload["notifier"])
    words = msgspec.convert(lease.job.payload["notice"], Notice)
    notifier = context.notifiers.get(name)
    if notifier is None:
        return _done(
            context, lease, "no_such_notifier", f"notifier {name} is not in the settings any more: {words.title}"
        )
    left_out = notifier.notify(words, fence=fence)
    told = f"{name} was told ({words.state}): {words.title}"
    return _done(context, lease, "notified", f"{told}; {'; '.join(left_out)}" if left_out else told)


def notify_job(name: str, words: Notice) -> NewJob:
    """A notice through one notifier; those about one cause keep their order."""
    destination = notifier_destination(name)
    payload = {"notifier": name, "notice": msgspec.to_builtins(words)}
    return NewJob(JobKind.NOTIFY, destination, order_key=f"{destination}>{words.key}", payload=payload)


def _found(tx: Tx, context: Context, *, now: datetime) -> list[Counted]:
    settings = context.settings
    dead = letters.dead_causes(tx)
    refused = counters.by_label(tx, REFUSED, "source", since=now - WINDOW)
    return [
        *causes.of_dead_letters(dead, teams=settings.teams, operators=settings.alarms.operators),
        *causes.of_destinations(
            _troubles(tx, now=now), teams=settings.teams, operators=settings.alarms.operators, where=settings.where
        ),
        *causes.of_refusals(refused, alarm_at=settings.web.refusals_alarm, minutes=WINDOW // timedelta(minutes=1)),
    ]


def _troubles(tx: Tx, *, now: datetime) -> Iterator[Trouble]:
    for state in limits.states(tx):
        throttled = state.throttled_until is not None and state.throttled_until > now - _JUST_NOW
        if state.paused_at is None and state.open_until is None and not throttled:
            continue
        said, owners = letters.waiting(tx, state.name)
        throttled = throttled and bool(said)
        paused = state.paused_reason if state.paused_at else ""
        failures = state.failures if state.open_until else 0
        yield Trouble(state.name, paused, failures, throttled=throttled, said=said, owners=owners)


def _is_over(alarm: Alarm, found: Mapping[str, Counted], monitor: MonitorSettings, *, now: datetime) -> bool:
    cause = alarm.cause
    if cause.kind is CauseKind.CONDITION:
        return not speaks_for(monitor.conditions, [each.name for each in monitor.filters], cause.key)
    if cause.kind in _LOOKED_FOR:
        return cause.key not in found
    return cause.lasts is not None and now - alarm.last_at > cause.lasts


def _claim(tx: Tx, context: Context, key: str) -> None:
    """Say it is told, and have it told: whoever comes second finds the row as the first left it."""
    now, settings = context.clock(), context.settings
    alarm = alarms.locked(tx, key)
    ill = {each.cause.about.removeprefix(NOTIFIER) for each in alarms.standing(tx) if _about_notifier(each.cause)}
    told = Silence.NOBODY if alarm is None else _telling(context, alarm, ill=ill, now=now)
    if alarm is None or not isinstance(told, Telling):
        return
    place = "" if settings.mode is Mode.PRODUCTION else str(settings.mode)
    words = notice(alarm, told, base_url=settings.tickets.base_url, place=place, now=now)
    for name in told.names:
        queue.enqueue(tx, notify_job(name, words), now=now)
    alarms.told(tx, alarm, names=told.names, now=now)
    if alarm.cause.kind in _UNWRITTEN and told.state is not NoticeState.RESOLVED:
        sentence = f"{alarm.cause.title}; {alarm.cause.cure}"
        journal.write(tx, NewEntry(EntryKind.ALARM, str(alarm.cause.kind), sentence), now=now)
    log.info("alarm_told", cause=key, state=told.state, notifiers=len(told.names))


def _telling(context: Context, alarm: Alarm, *, ill: Collection[str], now: datetime) -> Telling | Silence:
    settings = context.settings
    return telling(
        alarm, settings=settings.alarms, teams=settings.teams, known=settings.notifiers.keys(), ill=ill, now=now
    )


def _about_notifier(cause: Cause) -> bool:
    return cause.about.startswith(NOTIFIER)


def _done(context: Context, lease: Lease, reason: str, sentence: str) -> str:
    def work(tx: Tx) -> None:
        now = context.clock()
        queue.done(tx, lease, now=now, reason=reason)
        journal.write(tx, NewEntry(EntryKind.OUTCOME, reason, sentence, job=lease.job.id), now=now)

    context.store.write(work)
    return reason
