"""Access drift: looked for by the clock, told once until it changes, and, by choice, brought back where that only adds.

Law: nothing is ever taken away by itself; a token that may not read an organisation never stops its tickets.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from vedette.errors import Refused, Unauthorised
from vedette.flows.access import Planned, Wish, plan_one
from vedette.flows.access_right import SomebodyElse, right
from vedette.flows.access_run import Applied, Order, Run
from vedette.flows.context import Context, log, sentry_destination
from vedette.flows.keeping import Between, ended, keeping
from vedette.flows.turns import enqueue_in_turn
from vedette.model.access_runs import Drift
from vedette.model.changes import TAKES_AWAY, Change
from vedette.model.jobs import JobKind, Lease, NewJob
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.plan import Fate
from vedette.ports.http import Fence
from vedette.rules import access_causes
from vedette.rules.access.written import canonical
from vedette.store import access, alarms, journal, queue
from vedette.store.database import Tx

_ITSELF = "vedette, by itself"


def tend_access(context: Context) -> None:
    """Enqueue a look at each managed organisation whose slot has come."""
    every = context.settings.access.every
    if every is None:
        return
    for instance in context.settings.access.instances:
        enqueue_in_turn(context, look_job(instance), every=every)


def look_job(instance: str) -> NewJob:
    """A look at one organisation; one may wait."""
    name = f"access:{instance}"
    return NewJob(JobKind.ACCESS, sentry_destination(instance), name, unique_key=name, payload={"instance": instance})


def look(context: Context, lease: Lease, _fence: Fence) -> str:
    """Plan, bring back what may be brought back by itself, and tell what is left."""
    instance = str(lease.job.payload["instance"])
    if instance not in context.settings.access.instances or instance not in context.rosters:
        return ended(context, lease, "no_such_instance")
    between = keeping(context, lease)
    try:
        planned, done = _looked(context, instance, between)
    except (Refused, Unauthorised) as problem:
        # The tickets' token need not be allowed to read members: its destination goes on.
        log.warning("access_unread", instance=instance, problem=str(problem))
        words = str(problem)
        context.store.write(lambda tx: alarms.raise_(tx, access_causes.unread(instance, words), now=context.clock()))
        return ended(context, lease, "access_unread")
    except SomebodyElse:
        return ended(context, lease, "access_busy")
    drift = _drift(planned, done, now=context.clock())
    reason = "access_drift" if drift.is_any else "as_declared"

    def work(tx: Tx) -> None:
        _tell(tx, drift, now=context.clock())
        queue.done(tx, lease, now=context.clock(), reason=reason)

    context.store.write(work)
    return reason


def _looked(context: Context, instance: str, between: Between) -> tuple[Planned, Applied | None]:
    wish = Wish((instance,))
    if not context.settings.access.apply:
        return plan_one(context, wish, pace=between), None
    with right(context, [instance], who=_ITSELF) as mine:

        def pace() -> None:
            between()
            mine.keep()

        planned = plan_one(context, wish, pace=pace)
        (part,) = planned.plan.parts
        changes = [(instance, change) for change in part.changes if type(change) not in TAKES_AWAY]
        if part.trips or not changes:
            return planned, None
        order = Order(wish, planned.plan.checksum, folder=None, who=_ITSELF)
        return planned, Run(context, order, mine, planned, lambda *_: between()).walk(changes)


def _drift(planned: Planned, done: Applied | None, *, now: datetime) -> Drift:
    """What is left of the plan's changes after those that were made by themselves."""
    (part,) = planned.plan.parts
    made = [] if done is None else [o.change for _, o in done.outcomes if o.fate in (Fate.DONE, Fate.ALREADY)]
    left = [change for change in part.changes if change not in made]
    marks = [canonical(change) for change in (*left, *(each.change for each in part.withheld))]
    return Drift(
        instance=part.instance,
        at=now,
        changes=len(left),
        withheld=len(part.withheld),
        diagnoses=len(part.diagnoses),
        refused=tuple(trip.text for trip in part.trips),
        state=_state(marks),
        first=tuple(_words(left)),
    )


def _words(changes: Sequence[Change]) -> Sequence[str]:
    return [access_causes.what(change) for change in changes[: access_causes.NAMED]]


def _state(marks: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(marks).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _tell(tx: Tx, drift: Drift, *, now: datetime) -> None:
    """Remember it; raise the alarm where it is news, and clear it where nothing is left."""
    access.remember_drift(tx, drift)
    alarms.clear(tx, access_causes.unread_key(drift.instance), now=now)
    key = access_causes.drift_key(drift.instance)
    known = next((each for each in alarms.standing(tx) if each.cause.key == key), None)
    if not drift.is_any:
        if alarms.clear(tx, key, now=now):
            sentence = f"{drift.instance} is as declared again"
            journal.write(tx, NewEntry(EntryKind.OUTCOME, "as_declared", sentence), now=now)
        return
    cause = access_causes.drifted(drift)
    if known is None or known.cause.facts.get("state") != drift.state:
        alarms.raise_(tx, cause, now=now)
        journal.write(tx, NewEntry(EntryKind.ALARM, "access_drift", cause.title), now=now)
