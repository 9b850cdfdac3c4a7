"""Access: what plans remember, the runs with every change's fate, and the right of one run at a time to change.

Law: a change is written as begun before it is sent, and its fate after; what has begun and has no fate is ambiguous.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select
from sqlalchemy.sql import or_

from vedette.model.access_runs import Drift, Holder, Run, RunChange, RunEnd, Sighting
from vedette.model.changes import Change
from vedette.model.plan import Fate, Plan
from vedette.rules.access.written import change_data, change_from, plan_data, plan_from
from vedette.store import refs
from vedette.store.accesstables import addresses, changes, declared, holders, plans, runs, unmanaged
from vedette.store.upserts import insert

_DRIFT = "access:"
_KILLED = timedelta(days=1)  # no run lasts so long: one without an end was killed
_u, _r, _c, _h = unmanaged.c, runs.c, changes.c, holders.c


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run to begin, with everything that it means to do, in order: the instance and the change."""

    checksum: str
    instances: tuple[str, ...]
    who: str
    changes: tuple[tuple[str, Change], ...]
    undo: str = ""


def see(tx: Connection, instance: str, accounts: Mapping[str, str], *, now: datetime) -> None:
    """One more recorded plan saw these accounts (member id → address) in no declaration; any other is forgotten."""
    gone = unmanaged.delete().where(_u.instance == instance)
    tx.execute(gone.where(_u.member.not_in(list(accounts))) if accounts else gone)
    if not accounts:
        return
    rows = [
        {"instance": instance, "member": member, "email": email, "first_seen": now, "last_seen": now, "plans": 1}
        for member, email in accounts.items()
    ]
    new = insert(tx, unmanaged)
    again = {"email": new.excluded.email, "last_seen": new.excluded.last_seen, "plans": _u.plans + 1}
    tx.execute(new.on_conflict_do_update(index_elements=["instance", "member"], set_=again), rows)


def sightings(tx: Connection, instance: str) -> dict[str, Sighting]:
    """The accounts that the last recorded plan saw in no declaration, by member id."""
    rows = tx.execute(select(unmanaged).where(_u.instance == instance).order_by(_u.member))
    return {row.member: Sighting(row.member, row.email, row.first_seen, row.last_seen, row.plans) for row in rows}


def remember_addresses(tx: Connection, found: Mapping[str, str], *, now: datetime) -> None:
    """These people's addresses (name → address) were found now; an empty one is no news and leaves the last known."""
    rows = [{"person": name, "email": email, "found_at": now} for name, email in found.items() if email]
    if rows:
        new = insert(tx, addresses)
        again = {"email": new.excluded.email, "found_at": new.excluded.found_at}
        tx.execute(new.on_conflict_do_update(index_elements=["person"], set_=again), rows)


def known_addresses(tx: Connection) -> dict[str, str]:
    """The last known address of each person, by name."""
    return {row.person: row.email for row in tx.execute(select(addresses).order_by(addresses.c.person))}


def remember_declared(tx: Connection, instance: str, counts: Mapping[str, int], *, now: datetime) -> None:
    """So much of each kind was declared for the instance when it was last planned."""
    rows = [{"instance": instance, "kind": kind, "amount": count, "at": now} for kind, count in counts.items()]
    if rows:
        new = insert(tx, declared)
        again = {"amount": new.excluded.amount, "at": new.excluded.at}
        tx.execute(new.on_conflict_do_update(index_elements=["instance", "kind"], set_=again), rows)


def last_declared(tx: Connection, instance: str) -> dict[str, int]:
    """How much of each kind was declared at the last recorded plan; empty before the first."""
    rows = tx.execute(select(declared).where(declared.c.instance == instance).order_by(declared.c.kind))
    return {row.kind: row.amount for row in rows}


def remember_plan(tx: Connection, plan: Plan, *, now: datetime) -> None:
    """This plan was shown to people, who may order it by its checksum; the newest of one checksum is kept."""
    row = {"checksum": plan.checksum, "made_at": now, "plan": plan_data(plan)}
    new = insert(tx, plans).values(row)
    tx.execute(new.on_conflict_do_update(index_elements=["checksum"], set_=row))


def plan_of(tx: Connection, checksum: str) -> Plan | None:
    """The recorded plan of that checksum."""
    found = tx.execute(select(plans.c.plan).where(plans.c.checksum == checksum)).scalar_one_or_none()
    return None if found is None else plan_from(found)


def remember_drift(tx: Connection, drift: Drift) -> None:
    """How far the organisation is from what is declared, instead of what was known of it before."""
    body = msgspec.json.encode(drift).decode()
    refs.put(tx, f"{_DRIFT}{drift.instance}", body=body, revision=drift.state, now=drift.at)


def drifts(tx: Connection) -> list[Drift]:
    """The last look at each organisation that is looked at by the clock."""
    return [msgspec.json.decode(each.body, type=Drift) for each in refs.beginning_with(tx, _DRIFT)]


def take(
    tx: Connection, instances: Iterable[str], *, token: str, who: str, lasting: timedelta, now: datetime
) -> Holder | None:
    """Take the right to change these organisations, all of them or none; who has one of them already, else None.

    A right that ran out is anybody's. Its holder sends nothing any more: `keep` tells it so.
    """
    wanted = sorted(instances)
    row = {"token": token, "who": who, "since": now, "until": now + lasting}
    new = insert(tx, holders)
    free = or_(_h.until <= now, _h.token == token)
    for instance in wanted:
        taking = new.values(instance=instance, **row).on_conflict_do_update(
            index_elements=["instance"], set_=row, where=free
        )
        if tx.execute(taking.returning(_h.instance)).first() is None:
            held = tx.execute(select(holders).where(_h.instance == instance)).one()
            drop(tx, token=token)
            return Holder(held.instance, held.who, held.since, held.until)
    return None


def keep(tx: Connection, *, token: str, lasting: timedelta, now: datetime) -> int:
    """Go on holding what is held; how many organisations that is. One whose time ran out is not held any more."""
    kept = holders.update().where(_h.token == token, _h.until > now).values(until=now + lasting)
    return tx.execute(kept).rowcount


def drop(tx: Connection, *, token: str) -> None:
    """Let go of whatever is held."""
    tx.execute(holders.delete().where(_h.token == token))


def held(tx: Connection, *, now: datetime) -> list[Holder]:
    """Who may change which organisation now."""
    rows = tx.execute(select(holders).where(_h.until > now).order_by(_h.instance))
    return [Holder(row.instance, row.who, row.since, row.until) for row in rows]


def begin(tx: Connection, run: NewRun, *, now: datetime) -> int:
    """Write a run down with every change that it means to do; its number."""
    values = {
        "checksum": run.checksum,
        "instances": list(run.instances),
        "who": run.who,
        "started_at": now,
        "ended_at": None,
        "end": "",
        "undo": run.undo,
    }
    number = int(tx.execute(runs.insert().returning(_r.id), values).scalar_one())
    if run.changes:
        usual = {"run": number, "fate": "", "text": "", "started_at": None, "ended_at": None}
        tx.execute(
            changes.insert(),
            [
                {**usual, "position": position, "instance": instance, "change": change_data(change)}
                for position, (instance, change) in enumerate(run.changes, start=1)
            ],
        )
    return number


def starting(tx: Connection, run: int, position: int, *, now: datetime) -> None:
    """The change is about to be sent."""
    tx.execute(changes.update().where(_c.run == run, _c.position == position).values(started_at=now))


def ended(tx: Connection, run: int, position: int, *, fate: Fate, text: str, now: datetime) -> None:
    """What became of the change."""
    values = {"fate": fate.value, "text": text, "ended_at": now}
    tx.execute(changes.update().where(_c.run == run, _c.position == position).values(values))


def finish(tx: Connection, run: int, *, end: RunEnd, now: datetime) -> None:
    """The run is over."""
    tx.execute(runs.update().where(_r.id == run).values(ended_at=now, end=end.value))


def unfinished_run(tx: Connection, checksum: str, *, instances: Sequence[str]) -> Run | None:
    """The newest run of the checksum over exactly these instances, unless it did everything."""
    newest = select(runs).where(_r.checksum == checksum).order_by(_r.id.desc())
    for row in tx.execute(newest):
        if sorted(row.instances) == sorted(instances):
            return None if row.end == RunEnd.DONE else _run(row)
    return None


def run_of(tx: Connection, number: int) -> Run | None:
    """The run of that number."""
    row = tx.execute(select(runs).where(_r.id == number)).one_or_none()
    return None if row is None else _run(row)


def last_runs(tx: Connection, *, limit: int) -> list[Run]:
    """The newest runs, newest first."""
    return [_run(row) for row in tx.execute(select(runs).order_by(_r.id.desc()).limit(limit))]


def changes_of(tx: Connection, run: int) -> list[RunChange]:
    """Every change of the run, in order."""
    return [_change(row) for row in tx.execute(select(changes).where(_c.run == run).order_by(_c.position))]


def forget(tx: Connection, *, before: datetime, limit: int) -> int:
    """Forget plans, and runs with their changes, of before then; how many runs. One under way is left."""
    over = select(_r.id).where(_r.started_at < before, or_(_r.ended_at.is_not(None), _r.started_at < before - _KILLED))
    old = list(tx.execute(over.order_by(_r.started_at).limit(limit)).scalars())
    shown = select(plans.c.checksum).where(plans.c.made_at < before).order_by(plans.c.made_at).limit(limit)
    tx.execute(plans.delete().where(plans.c.checksum.in_(list(tx.execute(shown).scalars()))))
    if old:
        tx.execute(changes.delete().where(_c.run.in_(old)))
        tx.execute(runs.delete().where(_r.id.in_(old)))
    return len(old)


def _run(row: Row[Any]) -> Run:
    return Run(
        id=row.id,
        checksum=row.checksum,
        instances=tuple(row.instances),
        who=row.who,
        started_at=row.started_at,
        ended_at=row.ended_at,
        end=RunEnd(row.end) if row.end else None,
        undo=row.undo,
    )


def _change(row: Row[Any]) -> RunChange:
    return RunChange(
        instance=row.instance,
        position=row.position,
        change=change_from(row.change),
        fate=Fate(row.fate) if row.fate else None,
        text=row.text,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )
