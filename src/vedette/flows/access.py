"""Access plans: every instance is read once, and what is declared is held against it.

Law: an instance that cannot be read stops no other; nothing is kept between two plans but what the store is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from vedette.errors import RateLimited, Unavailable, VedetteError
from vedette.flows.access_known import Pace, managed, paced
from vedette.flows.access_people import known_people, remember
from vedette.flows.access_right import RightLost
from vedette.flows.context import Context, log
from vedette.flows.patience import Patience
from vedette.model.changes import DeleteMember
from vedette.model.org import Details, Organization
from vedette.model.plan import FailedReading, OrganizationPlan, Plan
from vedette.ports.access import unpaced
from vedette.ports.clock import elapsed
from vedette.rules.access.details import details_for
from vedette.rules.access.guards import counts_after
from vedette.rules.access.planning import plan_for, plan_of, sightings_after
from vedette.rules.access.resolving import Known, desired_for
from vedette.rules.access.scene import Orders, Sightings
from vedette.store import access
from vedette.store.database import Tx

#: A server that is busy or restarting is waited for so long before its reading fails; seconds.
_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What a plan is asked for; no instances means all that are managed."""

    instances: tuple[str, ...] = ()
    orders: Orders = field(default_factory=Orders)
    record: bool = True  # whether this plan counts as one of the two that an unmanaged account must be seen by


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with what it cost."""

    plan: Plan
    instances: tuple[str, ...]
    current: Mapping[str, Organization]  # by instance, as it was read
    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Part:
    """One organisation's plan, with what the next plan is to remember."""

    current: Organization
    plan: OrganizationPlan
    seen: Sightings
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What one plan is made of; `began` on `elapsed()`."""

    instances: tuple[str, ...]
    known: Known
    parts: Sequence[_Part]
    failed: Sequence[FailedReading]
    began: float


def plan(context: Context, wish: Wish, *, pace: Pace | None = None) -> Planned:
    """Read every instance and decide; `pace` is called before each call besides the rate's own.

    Recorded unless the wish says no or the context is dry: an account that nobody declared has to be seen by two
    recorded plans, the last known addresses keep people whose address is hidden, and the counts guard the next plan.
    """
    began = elapsed()
    instances = managed(context, wish.instances)
    known = known_people(context, pace=pace or unpaced)
    parts: list[_Part] = []
    failed: list[FailedReading] = []
    for instance in instances:
        try:
            parts.append(_part(context, instance, wish.orders, known=known, pace=pace))
        except RightLost:
            raise
        except VedetteError as problem:
            log.warning("access_unread", instance=instance, problem=str(problem))
            failed.append(FailedReading(instance, str(problem)))
    return _planned(context, wish, _Gathered(instances, known, parts, failed, began))


def plan_one(context: Context, wish: Wish, *, pace: Pace) -> Planned:
    """The same for the wish's one instance; raises the families of `vedette.errors` where it cannot be read."""
    began = elapsed()
    (instance,) = managed(context, wish.instances)
    known = known_people(context, pace=pace)
    part = _part(context, instance, wish.orders, known=known, pace=pace)
    return _planned(context, wish, _Gathered((instance,), known, [part], [], began))


def _planned(context: Context, wish: Wish, gathered: _Gathered) -> Planned:
    parts = gathered.parts
    made = plan_of([part.plan for part in parts], gathered.failed)
    if wish.record and not context.dry:
        context.store.write(lambda tx: _record(tx, context, gathered, made))
    current = {part.plan.instance: part.current for part in parts}
    calls = sum(part.plan.calls for part in parts)
    return Planned(made, gathered.instances, current, calls, elapsed() - gathered.began)


def _part(context: Context, instance: str, orders: Orders, *, known: Known, pace: Pace | None) -> _Part:
    settings, now = context.settings.access, context.clock()
    details = details_for(settings, instance=instance)
    current = read_patiently(context, instance, details, now=now, pace=paced(context, pace))
    desired = desired_for(settings, instance=instance, known=known, now=now)
    before, past = context.store.read(lambda tx: (_sightings(tx, instance), access.last_declared(tx, instance)))
    made = plan_for(desired, current, access=settings, now=now, sightings=before, orders=orders, past=past or None)
    return _Part(current, made, sightings_after(made, before, now=now), counts_after(made, desired, past or None))


def read_patiently(context: Context, instance: str, details: Details, *, now: datetime, pace: Pace) -> Organization:
    """The organisation; a server that is busy or restarting is waited for, and then read from the beginning."""
    patience = Patience(_PATIENCE_S)
    while True:
        try:
            return context.roster(instance).read(details, now=now, pace=pace)
        except (RateLimited, Unavailable) as problem:
            if not patience.wait(problem):
                raise


def _sightings(tx: Tx, instance: str) -> Sightings:
    found = access.sightings(tx, instance)
    return Sightings(
        {member: each.first_seen for member, each in found.items()},
        {member: each.plans for member, each in found.items()},
    )


def _record(tx: Tx, context: Context, gathered: _Gathered, made: Plan) -> None:
    now = context.clock()
    access.remember_plan(tx, made, now=now)
    remember(tx, context.settings.access.people, gathered.known, now=now)
    for part in gathered.parts:
        instance = part.plan.instance
        access.see(tx, instance, _emails(part), now=now)
        access.remember_declared(tx, instance, part.counts, now=now)


def _emails(part: _Part) -> Mapping[str, str]:
    """The accounts to remember, by member id, with their addresses."""
    changes = [*part.plan.changes, *(each.change for each in part.plan.withheld)]
    emails = {change.member: change.email for change in changes if isinstance(change, DeleteMember)}
    return {member: emails.get(member, "") for member in part.seen.first_seen}
