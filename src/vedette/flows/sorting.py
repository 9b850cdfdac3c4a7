"""Sorting: stored deliveries are read, and each issue they speak of gets one decision to wait for.

A burst of thousands of deliveries of one issue becomes one `decide` job, because a waiting one is not enqueued twice.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from vedette.errors import VedetteError
from vedette.flows import suppressing
from vedette.flows.context import Context, log, sentry_destination
from vedette.flows.refresh import refresh_job
from vedette.flows.suppressing import DROPPED
from vedette.model.deliveries import Delivery, DeliveryKind, DeliveryState
from vedette.model.events import (
    ConditionTripped,
    Event,
    Ignored,
    IssueChanged,
    IssueEvent,
    IssuePolled,
    TicketAsked,
    TicketsTouched,
)
from vedette.model.issues import IssueKey, Occurrence
from vedette.model.jobs import JobKind, NewJob
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.recall import Hook
from vedette.rules.muting import drop_for
from vedette.rules.recall import hour_of
from vedette.store import deliveries, hearing, journal, queue, recall
from vedette.store.database import Tx
from vedette.store.deliveries import NewMention

UNREADABLE = "unreadable"
_BATCH = 200
# Reading a batch takes milliseconds; another worker may take it over after this.
_LEASE = timedelta(seconds=30)

HEARD, NOT_OURS = "heard", "not_ours"
Read = tuple[Delivery, tuple[Event, ...] | TicketsTouched]


def sort_deliveries(context: Context, *, worker: str) -> int:
    """Read one batch of waiting deliveries; how many there were. Reading twice does no harm: only the first counts."""
    now = context.clock()
    taken = context.store.write(lambda tx: deliveries.take(tx, worker=worker, limit=_BATCH, lease=_LEASE, now=now))
    if not taken:
        return 0
    read = [(delivery, _read(context, delivery)) for delivery in taken]
    _record_all(context, read)
    found = (event for _, events in read if not isinstance(events, TicketsTouched) for event in events)
    suppressing.tell((DROPPED, event.rule) for event in found if isinstance(event, Ignored) and event.of is not None)
    return len(taken)


def decide_job(issue: IssueKey) -> NewJob:
    """The job that decides on the issue; one may wait, however much news there is."""
    return NewJob(
        kind=JobKind.DECIDE,
        destination=sentry_destination(issue.instance),
        order_key=str(issue),
        unique_key=f"decide:{issue}",
        issue=issue,
    )


def mention_of(event: IssueEvent, *, delivery: int | None, position: int) -> NewMention:
    """The event as the store keeps it until the decision."""
    detail: dict[str, object] = {"project": event.project, "title": event.title}
    if isinstance(event, IssueChanged):
        detail |= {"change": str(event.change), "by": event.by}
    elif isinstance(event, TicketAsked):
        detail |= {"by": event.by}
    elif isinstance(event, ConditionTripped):
        detail |= {"condition": event.condition, "sentence": event.sentence}
    else:
        if isinstance(event, IssuePolled):
            detail |= {"run": event.run}
        detail |= {"rule": getattr(event, "rule", ""), "policy": getattr(event, "policy", "")}
        occurrence: Occurrence | None = getattr(event, "occurrence", None)
        detail |= {"occurrence": occurrence is not None, "event": occurrence.identity if occurrence else ""}
    return NewMention(event.issue, type(event).__name__, event.occurred_at, delivery, position, detail)


def _read(context: Context, delivery: Delivery) -> tuple[Event, ...] | TicketsTouched:
    try:
        if delivery.kind is DeliveryKind.TRACKER:
            return _touched(context, delivery)
        return _events(context, delivery)
    except Exception as problem:  # noqa: BLE001 - one that cannot be read must not keep back those beside it
        return (_unreadable(delivery, problem),)


def _touched(context: Context, delivery: Delivery) -> tuple[Event, ...] | TicketsTouched:
    tracker = context.settings.trackers.get(delivery.instance)
    hooks = context.hooks.get(tracker.kind) if tracker else None
    if hooks is None:
        return (Ignored("no_tracker", f"tracker {delivery.instance} is not in the settings, or takes no hooks"),)
    found = hooks.read(delivery)
    return (found,) if isinstance(found, Ignored) else found


def _events(context: Context, delivery: Delivery) -> tuple[Event, ...]:
    source = context.sources.get(delivery.instance)
    if source is None:
        return (Ignored("no_instance", f"sentry instance {delivery.instance} is not in the settings"),)
    found = source.read_delivery(delivery) or (Ignored("empty", "the delivery holds no event"),)
    return tuple(_unless_dropped(context, each) for each in found)


def _unless_dropped(context: Context, event: Event) -> Event:
    """The event itself, or that a rule of the settings drops it."""
    mute = None if isinstance(event, Ignored) else drop_for(event, context.settings.mutes, now=context.clock())
    if mute is None or isinstance(event, Ignored):
        return event
    return Ignored(DROPPED, f"dropped: {mute.reason}; Sentry was not asked", of=event, rule=mute.reason)


def _unreadable(delivery: Delivery, problem: Exception) -> Ignored:
    log.exception("delivery_unreadable", delivery=delivery.id)
    name = type(problem).__name__
    return Ignored(UNREADABLE, f"a bug in Vedette ({name}): the delivery is kept, `vedette replay` reads it again")


def _record_all(context: Context, read: Sequence[Read]) -> None:
    """All in one transaction; where the store refuses one, each in its own, so that the others go on."""
    try:
        context.store.write(lambda tx: _record(tx, read, now=context.clock()))
    except VedetteError:
        raise  # the store is down or busy: later, all of them
    except Exception:  # noqa: BLE001 - as above
        for one in read:
            _record_alone(context, one)


def _record_alone(context: Context, one: Read) -> None:
    try:
        context.store.write(lambda tx: _record(tx, [one], now=context.clock()))
    except VedetteError:
        raise
    except Exception as problem:  # noqa: BLE001 - as above
        ignored = (_unreadable(one[0], problem),)
        context.store.write(lambda tx: _record(tx, [(one[0], ignored)], now=context.clock()))


def _record(tx: Tx, read: Sequence[Read], *, now: datetime) -> None:
    heard: Counter[tuple[str, Hook]] = Counter()
    suppressed: list[suppressing.Suppression] = []
    for delivery, events in read:
        if isinstance(events, TicketsTouched):
            _hear(tx, delivery, events, now=now)
            continue
        told = [
            mention_of(event, delivery=delivery.id, position=position)
            for position, event in enumerate(events)
            if not isinstance(event, Ignored)
        ]
        ignored = [event for event in events if isinstance(event, Ignored)]
        state = DeliveryState.SORTED if told else DeliveryState.IGNORED
        reason = "" if told else ignored[0].kind
        if not deliveries.sorted_(tx, delivery.id, told, state=state, reason=reason, now=now):
            continue
        dropped = [(event.of, event.rule) for event in ignored if event.of is not None]
        came = [*told, *(mention_of(event, delivery=delivery.id, position=0) for event, _ in dropped)]
        heard.update((each.issue.instance, hook) for each in came if (hook := recall.hook_of(each.kind, each.detail)))
        suppressed += [(DROPPED, rule) for _, rule in dropped]
        for event in ignored:
            _note(tx, delivery, event, now=now)
        for issue in dict.fromkeys(mention.issue for mention in told):
            queue.enqueue(tx, decide_job(issue), now=now)
    # After all rows of its own: on PostgreSQL a counter's row is locked from here to the commit.
    recall.note_heard(tx, heard, hour=hour_of(now))
    suppressing.note(tx, suppressed, now=now)


def _hear(tx: Tx, delivery: Delivery, touched: TicketsTouched, *, now: datetime) -> None:
    """Have the tickets read again that are ours; of the others, and those read since, there is nothing to say.

    They get no line in the journal: a busy tracker speaks of a thousand tickets of others for one of ours.
    """
    known = hearing.ours(tx, delivery.instance, touched.ids)
    state, reason = (DeliveryState.DONE, HEARD) if known else (DeliveryState.IGNORED, NOT_OURS)
    if not deliveries.sorted_(tx, delivery.id, (), state=state, reason=reason, now=now):
        return
    if known and hearing.heard(tx, known, at=delivery.received_at):
        queue.enqueue(tx, refresh_job(delivery.instance, now=now), now=now)


def _note(tx: Tx, delivery: Delivery, event: Ignored, *, now: datetime) -> None:
    kind = EntryKind.ALARM if event.kind == UNREADABLE else EntryKind.IGNORED
    details = {"rule": event.rule, "title": event.of.title} if event.of else {}
    issue = event.of.issue if event.of else None
    entry = NewEntry(kind, event.kind, event.why, issue=issue, delivery=delivery.id, details=details)
    journal.write(tx, entry, now=now)
    log.info("delivery_ignored", delivery=delivery.id, reason=event.kind)
