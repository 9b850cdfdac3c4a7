"""Access apply: does exactly the plan that was reviewed, or what is left of it, and tells each change's own fate.

Law: the right to change is taken before anything is read; a change is written down before it is sent; a plan that is
not the reviewed one changes nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from threading import Event
from typing import Protocol

from vedette.errors import UnsafePlan
from vedette.flows.access import Planned, Wish, plan
from vedette.flows.access_known import Pace, managed
from vedette.flows.access_right import Right, right
from vedette.flows.access_run import Applied, Order, Run, Told
from vedette.flows.context import Context
from vedette.model.access_runs import Run as Written
from vedette.model.access_runs import RunChange, RunEnd
from vedette.model.plan import OrganizationPlan, Plan
from vedette.ports.clock import elapsed
from vedette.rules.access.checksum import checksum_of
from vedette.rules.access.planning import plan_of
from vedette.rules.access.remaining import extra, may
from vedette.rules.access.wording import what
from vedette.store import access
from vedette.store.database import Tx

__all__ = ["Applied", "ChangedPlan", "Order", "Planner", "Stopped", "apply"]


class Stopped(KeyboardInterrupt):
    """Somebody asked to stop before anything was begun."""


class ChangedPlan(UnsafePlan):
    """What would be done now is not what was reviewed."""


class Planner(Protocol):
    """Reads the wish's instances and plans; `pace` is called before each call."""

    def __call__(self, context: Context, wish: Wish, *, pace: Pace | None = None) -> Planned: ...


def apply(context: Context, order: Order, *, told: Told | None = None, planner: Planner = plan) -> Applied:
    """Read again, plan again, and do the plan if it is the reviewed one or what an interrupted run left of it.

    Raises `ChangedPlan`, `UnsafePlan` where a guard refuses, `SomebodyElse` while another run is at it.
    """
    began = elapsed()
    instances = managed(context, order.wish.instances)
    with right(context, instances, who=order.who, lasting=order.lasting) as mine:
        planned = planner(context, replace(order.wish, record=False), pace=lambda: _go_on(mine, order.stopping))
        _refuse_unsafe(planned.plan)
        resumed = _agreed(context, planned, order)
        if planned.plan.idle:
            return Applied(planned, resumed=resumed, seconds=elapsed() - began)
        changes = [(part.instance, change) for part in planned.plan.parts for change in part.changes]
        run = Run(context, order, mine, planned, told or (lambda *_: None))
        return replace(run.walk(changes), resumed=resumed, seconds=elapsed() - began)


def _go_on(mine: Right, stopping: Event) -> None:
    """Between two calls of the reading; nothing was begun yet, so that whoever asks to stop is obeyed at once."""
    if stopping.is_set():
        raise Stopped
    mine.keep()


def _refuse_unsafe(made: Plan) -> None:
    trips = [(part.instance, trip) for part in made.parts for trip in part.trips]
    if trips:
        lines = [f"  {instance}: {trip.text}; {trip.flag} lifts this guard" for instance, trip in trips]
        raise UnsafePlan("\n".join(["the plan is refused, and nothing was changed:", *lines]))


def _agreed(context: Context, planned: Planned, order: Order) -> int | None:
    """The run that this plan is the rest of, None where it is the reviewed plan itself; raises `ChangedPlan`."""
    now, checksum = planned.plan, order.checksum
    begun = context.store.read(lambda tx: _begun(tx, checksum, planned.instances))
    if begun is not None and may(now, _reviewed(begun, now)):
        run, _ = begun
        if run.ended_at is None:
            # It was killed: its right ran out, or this process would not have it.
            context.store.write(lambda tx: access.finish(tx, run.id, end=RunEnd.STOPPED, now=context.clock()))
        return run.id
    if checksum == now.checksum:
        return None
    known = context.store.read(lambda tx: access.plan_of(tx, checksum))
    # A build that runs its last step again has nothing to fail about.
    is_done = now.idle and not now.failed
    if known is not None and (is_done or _same_but_unread(now, known)):
        return None
    raise ChangedPlan(_difference(now, known or (None if begun is None else _reviewed(begun, now)), order))


def _begun(tx: Tx, checksum: str, instances: Sequence[str]) -> tuple[Written, list[RunChange]] | None:
    run = access.unfinished_run(tx, checksum, instances=instances)
    return None if run is None else (run, access.changes_of(tx, run.id))


def _reviewed(begun: tuple[Written, Sequence[RunChange]], now: Plan) -> Plan:
    """What the run meant to do, as a plan."""
    run, changes = begun
    names = {part.instance: part.organization for part in now.parts}
    parts = [
        OrganizationPlan(name, names.get(name, ""), tuple(each.change for each in changes if each.instance == name))
        for name in run.instances
    ]
    return plan_of(parts)


def _same_but_unread(now: Plan, reviewed: Plan) -> bool:
    """Whether all that was read is as reviewed: an instance that cannot be read now keeps no other waiting."""
    if not now.failed or not now.parts:
        return False
    read = {part.instance for part in now.parts}
    return checksum_of(now.parts) == checksum_of(part for part in reviewed.parts if part.instance in read)


def _difference(now: Plan, reviewed: Plan | None, order: Order) -> str:
    checksum = order.checksum
    if len(checksum) < len(now.checksum):
        return f"a checksum has {len(now.checksum)} digits, and {checksum} has not; the plan's is {now.checksum}"
    lines = [f"the plan is not {checksum} any more, and nothing was changed; it is {now.checksum} now"]
    if reviewed is None:
        lines += ["  the reviewed plan is not known here, so that nobody can say what came and what went"]
    else:
        lines += [f"  came: {name}: {what(change)}" for name, change in extra(now, reviewed)]
        lines += [f"  went: {name}: {what(change)}" for name, change in extra(reviewed, now)]
    lines += [f"  {each.instance} could not be read: {each.error}" for each in now.failed]
    return "\n".join([*lines, f"read the plan again with `{order.again}`, and apply that one"])
