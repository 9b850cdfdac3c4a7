"""Recall: what a sweep saw is held against the hooks that came; too few of them is an alarm.

Law: what a hook missed is not this file's to mend: the sweep that noticed it has already put it up for a decision.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from vedette.flows.context import Context, log
from vedette.flows.keeping import Between, go_on
from vedette.model.alarms import Cause, CauseKind, Severity
from vedette.model.issues import Issue
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.recall import HOUR, Hook, RecallHour, RecallSettings, Sighting
from vedette.rules.recall import (
    ALERT_EVERY,
    Shortfall,
    answered_by,
    hour_of,
    is_well,
    listening_since,
    settled_until,
    shortfalls,
    sightings,
)
from vedette.store import alarms, journal, recall
from vedette.store.database import Tx

LOW = "recall_low"
WELL = "recall_well"
#: A kind of hook that did not come for longer than this is no longer expected, unless the settings name it.
REMEMBERED = timedelta(days=14)
_BATCH = 200
_SETTLED_AT_ONCE = 50  # few enough that a delivery that comes meanwhile does not wait for the disk
_NAMED = 5  # projects in a sentence


def look(context: Context, instance: str, found: Sequence[Issue], *, between: Between = go_on) -> None:
    """Keep what hooks should have told of the issues that a sweep found."""
    now = context.clock()
    since = now - REMEMBERED
    swept = context.store.read(lambda tx: recall.first_sweep(tx, instance, since=since))
    heard = context.store.read(lambda tx: recall.first_heard(tx, instance, since=since))
    listening = listening_since(context.settings.recall.hooks, swept=swept, heard=heard)
    context.store.write(lambda tx: recall.note_sweep(tx, instance, hour=hour_of(now)))
    seen = [each for issue in found for each in sightings(issue, listening, now=now)]
    for start in range(0, len(seen), _BATCH):
        batch = seen[start : start + _BATCH]
        context.store.write(lambda tx, batch=batch: _see(tx, instance, batch, now=now))  # type: ignore[misc]
        between()


def settle_recall(context: Context) -> int:
    """Hold every hour that is over against its hooks, and alarm where too few came; how many sightings were settled."""
    settings = context.settings.recall
    until, count = settled_until(context.clock(), grace=settings.grace), 0
    while batch := context.store.read(lambda tx: recall.unsettled(tx, until=until, limit=_SETTLED_AT_ONCE)):
        heard = context.store.read(lambda tx, batch=batch: _heard(tx, batch, grace=settings.grace))  # type: ignore[misc]
        context.store.write(lambda tx, heard=heard: recall.settle(tx, heard))  # type: ignore[misc]
        count += len(batch)
    context.store.write(lambda tx: _tell(tx, context, until=until))
    log.info("recall_settled", sightings=count)
    return count


def _see(tx: Tx, instance: str, batch: Sequence[Sighting], *, now: datetime) -> None:
    alerted = recall.alerted_lately(tx, instance, after=hour_of(now) - ALERT_EVERY)
    recall.see(tx, [each for each in batch if each.hook is not Hook.ALERT or each.issue.id not in alerted])


def _heard(tx: Tx, batch: Sequence[Sighting], *, grace: timedelta) -> list[tuple[Sighting, bool]]:
    stretches = [(each, answered_by(each, grace=grace)) for each in batch]
    first = recall.first_mention(tx, since=min(stretch.received_from for _, stretch in stretches))
    return [(each, recall.was_heard(tx, each, stretch, first=first)) for each, stretch in stretches]


def _tell(tx: Tx, context: Context, *, until: datetime) -> None:
    """Every kind of hook that falls short is a cause; it stands until enough comes again."""
    settings, now = context.settings.recall, context.clock()
    hours = recall.hours(tx, since=until - settings.over, until=until)
    stood = {each.cause.key: each.cause for each in alarms.standing(tx, kinds=[CauseKind.RECALL_LOW])}
    low = {_key(each.instance, each.hook): each for each in shortfalls(hours, settings)}
    for key, shortfall in low.items():
        cause = _cause(shortfall, settings)
        alarms.raise_(tx, cause, now=now, count=shortfall.due - shortfall.heard)
        if key not in stood or not _named(stood[key]) >= _named(cause):
            journal.write(tx, NewEntry(EntryKind.ALARM, LOW, cause.title, details=dict(cause.facts)), now=now)
            log.warning(LOW, **cause.facts)
    for key in stood.keys() - low.keys():
        _clear_if_well(tx, context, stood[key], hours)


def _clear_if_well(tx: Tx, context: Context, cause: Cause, hours: Sequence[RecallHour]) -> None:
    settings, instance, hook = context.settings.recall, cause.facts["instance"], Hook(cause.facts["hook"])
    # Silence is no recovery; but what nobody asks for any more cannot fall short.
    unasked = settings.alarm_below is None or hook not in settings.counted or instance not in context.settings.instances
    if not unasked and not is_well(hours, settings, instance=instance, hook=hook):
        return
    alarms.clear(tx, cause.key, now=context.clock())
    why = "are no longer asked for" if unasked else "come again"
    sentence = f"the {hook} hooks of sentry {instance} {why}"
    journal.write(tx, NewEntry(EntryKind.OUTCOME, WELL, sentence, details=dict(cause.facts)), now=context.clock())


def _key(instance: str, hook: Hook) -> str:
    return f"recall:{instance}:{hook}"


def _named(cause: Cause) -> set[str]:
    return set(cause.facts["projects"].split(", "))


def _cause(shortfall: Shortfall, settings: RecallSettings) -> Cause:
    named = [f"{row.project or '(no project)'} {row.heard} of {row.due}" for row in shortfall.projects[:_NAMED]]
    more = len(shortfall.projects) - len(named)
    listed = ", ".join(named) + (f" and {more} more projects" if more else "")
    below = f"{100 * (settings.alarm_below or 0):g} %"
    title = (
        f"of {shortfall.due} {shortfall.hook} hooks that sentry {shortfall.instance} owed "
        f"in {settings.over // HOUR} h, {shortfall.heard} came (the alarm stands below {below}): {listed}"
    )
    cure = (
        "look at the integration's request log in Sentry, which stops sending after 1,000 time-outs a day, and at "
        "`vedette recall`; what was missed, the sweeps have found"
    )
    facts = {
        "instance": shortfall.instance,
        "hook": shortfall.hook.value,
        "due": str(shortfall.due),
        "heard": str(shortfall.heard),
        "projects": ", ".join(row.project for row in shortfall.projects),
    }
    key = _key(shortfall.instance, shortfall.hook)
    return Cause(key, CauseKind.RECALL_LOW, Severity.WARNING, title, cure, facts=facts)
