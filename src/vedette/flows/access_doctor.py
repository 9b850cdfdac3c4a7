"""The doctor's visits: an organisation is read, everybody's accounts are looked at, and what was found is kept.

Law: a visit changes nothing. Whoever cannot be asked costs a visit its findings and no other way its destination.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from vedette.errors import Refused, Unauthorised, VedetteError
from vedette.flows.access_known import Pace, managed, paced
from vedette.flows.access_people import known_people
from vedette.flows.context import Context, log, sentry_destination
from vedette.flows.keeping import ended, keeping
from vedette.flows.turns import enqueue_in_turn
from vedette.model.doctor import Visit
from vedette.model.jobs import JobKind, Lease, NewJob
from vedette.model.org import Details
from vedette.ports.access import unpaced
from vedette.ports.http import Fence
from vedette.rules.access.doctor import examine
from vedette.store import queue, refs
from vedette.store.database import Tx

EVERY = timedelta(hours=1)
_TEXT = "doctor:"


def visit(context: Context, instance: str, *, pace: Pace | None = None) -> Visit:
    """One look at one organisation. Raises the families of `vedette.errors`."""
    now, settings = context.clock(), context.settings
    current = context.roster(instance).read(Details(), now=now, pace=paced(context, pace))
    patients = examine(
        settings.access,
        current,
        known=known_people(context, pace=pace or unpaced),
        url=settings.instances[instance].url,
        where=settings.where,
        now=now,
    )
    return Visit(instance, current.slug, now, patients, current.lacks)


def visits(context: Context, names: Sequence[str] = ()) -> list[Visit]:
    """A look at every managed instance, or these; one that cannot be looked at says why, and stops no other."""
    return [_tried(context, instance) for instance in managed(context, names)]


def tend_doctor(context: Context) -> None:
    """Enqueue a visit of each managed instance, hourly, where anything is declared."""
    access = context.settings.access
    for instance in access.instances if access.declared else ():
        enqueue_in_turn(context, visit_job(instance), every=EVERY)


def visit_job(instance: str) -> NewJob:
    """The visit of an instance; one may wait."""
    name = f"doctor:{instance}"
    return NewJob(JobKind.DOCTOR, sentry_destination(instance), name, unique_key=name, payload={"instance": instance})


def call(context: Context, lease: Lease, _fence: Fence) -> str:
    """Visit the instance, and keep what was found for the page."""
    instance = str(lease.job.payload["instance"])
    if instance not in context.rosters:
        return ended(context, lease, "no_such_instance")
    try:
        found = visit(context, instance, pace=keeping(context, lease))
    except (Refused, Unauthorised) as problem:
        # The tickets' token need not be allowed to read members: its destination goes on.
        log.warning("members_unread", instance=instance, problem=str(problem))
        return _done(context, lease, _stale(context, instance, str(problem)), "members_unread")
    return _done(context, lease, found, "visited")


def last_visits(tx: Tx, instances: Iterable[str]) -> list[Visit]:
    """What was found last of each instance; one that was never visited is left out."""
    kept = [refs.get(tx, f"{_TEXT}{instance}") for instance in instances]
    return [msgspec.json.decode(each.body, type=Visit) for each in kept if each is not None]


def _tried(context: Context, instance: str) -> Visit:
    try:
        return visit(context, instance)
    except VedetteError as problem:
        return Visit(instance, "", None, trouble=str(problem))


def _stale(context: Context, instance: str, trouble: str) -> Visit:
    """What was known before, and why it is not known better."""
    before = context.store.read(lambda tx: last_visits(tx, [instance]))
    return replace(before[0], trouble=trouble) if before else Visit(instance, "", None, trouble=trouble)


def _done(context: Context, lease: Lease, found: Visit, reason: str) -> str:
    context.store.write(lambda tx: _keep(tx, lease, found, now=context.clock(), reason=reason))
    return reason


def _keep(tx: Tx, lease: Lease, found: Visit, *, now: datetime, reason: str) -> None:
    keep_visit(tx, found, now=now)
    queue.done(tx, lease, now=now, reason=reason)


def keep_visit(tx: Tx, found: Visit, *, now: datetime) -> None:
    """Keep it instead of the one before."""
    refs.put(tx, f"{_TEXT}{found.instance}", body=msgspec.json.encode(found).decode(), revision="", now=now)
