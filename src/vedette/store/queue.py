"""Queue: leases jobs in their order and within their destination's limits, and records what became of them.

Law: a lease's token is the fence; whoever's token is no longer on the row changes nothing. Of one order key at most one
job is leased, and none before an earlier live one. Dead letters are in `store/letters`.
"""

import secrets
from collections import Counter, deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, exists, func, select, text
from sqlalchemy.sql import or_

from vedette.model.jobs import JobKind, JobState, Lease, NewJob
from vedette.store import limits
from vedette.store.failures import LeaseLost
from vedette.store.jobrows import columns, job_of
from vedette.store.letters import DeadGroup, dead_groups, drop, retry_dead
from vedette.store.listing import depth, get, listing, oldest_ready
from vedette.store.tables import LEASED, LIVE_JOB_STATES, ORDERED, READY, UNIQUE_READY, jobs, literal
from vedette.store.waking import mark

__all__ = [
    "DeadGroup",
    "LeaseLost",
    "bury",
    "dead_groups",
    "depth",
    "drop",
    "enqueue",
    "finish",
    "get",
    "give_back",
    "holds",
    "lease",
    "listing",
    "oldest_ready",
    "renew",
    "retry",
    "retry_dead",
    "snooze",
]

_j = jobs.c
_MOMENT = _j.run_at.type
_INSERT = jobs.insert().returning(_j.id)
# FOR SHARE holds off the worker that is about to lease the job we lean on: had it read the waiting mentions before
# our commit, nobody would come back for ours.
_ALIKE = select(_j.id).where(UNIQUE_READY, _j.unique_key == bindparam("key")).limit(1).with_for_update(read=True)
_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 7))")

_other = jobs.alias("other")
_EARLIER = exists().where(
    _other.c.order_key == _j.order_key,
    _other.c.state.in_(LIVE_JOB_STATES),
    _other.c.order_key != literal("")[0],
    or_(_other.c.id < _j.id, _other.c.state == literal(JobState.LEASED)[0]),
)
_LAPSED = (
    select(jobs)
    .where(LEASED, _j.lease_until < bindparam("now", type_=_MOMENT))
    .order_by(_j.lease_until, _j.id)
    .limit(bindparam("rows"))
    .with_for_update(skip_locked=True, of=jobs)
)
_READY = (
    select(jobs)
    .where(
        READY,
        _j.destination == bindparam("to"),
        _j.run_at <= bindparam("now", type_=_MOMENT),
        or_(~ORDERED, ~_EARLIER),
    )
    .order_by(_j.run_at, _j.id)
    .limit(bindparam("rows"))
    .with_for_update(skip_locked=True, of=jobs)
)
_LEASE = (
    jobs.update()
    .where(_j.id == bindparam("row"))
    .values(state=JobState.LEASED.value, lease_token=bindparam("token"), lease_until=bindparam("until"))
)
_OURS = (LEASED, _j.id == bindparam("row"), _j.lease_token == bindparam("token"))
_END = (
    jobs.update()
    .where(*_OURS)
    .values(
        state=bindparam("to"),
        reason=bindparam("why"),
        detail=bindparam("words"),
        attempt=_j.attempt + bindparam("tries"),
        run_at=func.coalesce(bindparam("at", type_=_MOMENT), _j.run_at),
        finished_at=bindparam("end", type_=_MOMENT),
        lease_token="",
        lease_until=None,
    )
)
_GIVE_BACK = jobs.update().where(*_OURS).values(state=JobState.READY.value, lease_token="", lease_until=None)
_RENEW = jobs.update().where(*_OURS).values(lease_until=bindparam("until"))
_HOLDS = select(_j.id).where(*_OURS).with_for_update()


def enqueue(tx: Connection, job: NewJob, *, now: datetime) -> int | None:
    """Add a job and return its number; None when a READY job with the same unique key will do the work."""
    _await_turn(tx, job)
    if job.unique_key and tx.execute(_ALIKE, {"key": job.unique_key}).first() is not None:
        return None
    limits.known(tx, job.destination, now=now)
    mark(tx)
    return int(tx.execute(_INSERT, columns(job, now=now)).scalar_one())


def lease(
    tx: Connection,
    *,
    worker: str,
    limit: int,
    lease: timedelta,
    now: datetime,
    kinds: Collection[JobKind] | None = None,
) -> list[Lease]:
    """Lease up to `limit` jobs that may run now, taking turns between destinations.

    A job whose lease ran out comes first, as a takeover: what its former holder was sending is ambiguous.
    """
    admitted = limits.admit(tx, limit=limit, now=now)
    room = {"": limit} | {name: count for name, (count, _) in admitted.items()}
    lines = _lines(tx, room, limit=limit, now=now, kinds=kinds)
    chosen = list(_in_turn(lines, limit=limit))
    if not chosen:
        return []
    leases = [_leased(row, worker=worker, until=now + lease) for row in chosen]
    tx.execute(_LEASE, [{"row": one.job.id, "token": one.token, "until": one.until} for one in leases])
    spent = Counter(row.destination for row in chosen)
    limits.spend(tx, spent, {name: row for name, (_, row) in admitted.items()}, lease=lease, now=now)
    return leases


def finish(tx: Connection, lease: Lease, *, now: datetime, reason: str = "done") -> bool:
    """The job is done; False when the lease is no longer ours."""
    return _end(tx, lease, to=JobState.DONE, reason=reason, end=now)


def done(tx: Connection, lease: Lease, *, now: datetime, reason: str) -> None:
    """The job is done, with whatever else this transaction writes; raises LeaseLost, which rolls all of it back."""
    if not finish(tx, lease, now=now, reason=reason):
        raise LeaseLost


def retry(tx: Connection, lease: Lease, *, run_at: datetime, reason: str, detail: str, now: datetime) -> bool:  # noqa: ARG001
    """The attempt failed and counts; the job is READY again at `run_at`."""
    return _end(tx, lease, to=JobState.READY, reason=reason, detail=detail, run_at=run_at, tries=1)


def snooze(tx: Connection, lease: Lease, *, run_at: datetime, reason: str, detail: str, now: datetime) -> bool:  # noqa: ARG001
    """It was not the job's fault: READY again at `run_at`, nothing counted."""
    return _end(tx, lease, to=JobState.READY, reason=reason, detail=detail, run_at=run_at)


def bury(tx: Connection, lease: Lease, *, reason: str, detail: str, now: datetime) -> bool:
    """The job is a dead letter; its last attempt counts, and its order is released."""
    return _end(tx, lease, to=JobState.DEAD, reason=reason, detail=detail, tries=1, end=now)


def give_back(tx: Connection, lease: Lease, *, now: datetime) -> bool:  # noqa: ARG001
    """Nothing was done, this worker is going home: READY at once, nothing counted."""
    return _changed(tx, _GIVE_BACK, {"row": lease.job.id, "token": lease.token})


def renew(tx: Connection, lease: Lease, *, lease_for: timedelta, now: datetime) -> Lease | None:
    """The same lease with more time; None when it is no longer ours."""
    until = now + lease_for
    ours = tx.execute(_RENEW, {"row": lease.job.id, "token": lease.token, "until": until}).rowcount == 1
    return replace(lease, until=until) if ours else None


def holds(tx: Connection, lease: Lease, *, now: datetime) -> bool:  # noqa: ARG001
    """Whether the lease is still ours, with the row locked until the commit, so that it stays so.

    A lease that ran out and that nobody took over is still ours: the outcome of what was sent is better recorded.
    """
    return tx.execute(_HOLDS, {"row": lease.job.id, "token": lease.token}).first() is not None


def _await_turn(tx: Connection, job: NewJob) -> None:
    # Numbers of one order key must become visible in their order; SQLite has one writer, so it is given there.
    key = job.order_key or job.unique_key
    if key and tx.dialect.name == "postgresql":
        tx.execute(_TURN, {"key": key})


def _lines(
    tx: Connection, room: dict[str, int], *, limit: int, now: datetime, kinds: Collection[JobKind] | None
) -> list[deque[Row[Any]]]:
    lines: dict[str, deque[Row[Any]]] = {name: deque() for name, count in room.items() if count > 0}
    for row in tx.execute(_of_kinds(_LAPSED, kinds), {"now": now, "rows": limit}):
        if row.destination in lines and len(lines[row.destination]) < room[row.destination]:
            lines[row.destination].append(row)
    ready = _of_kinds(_READY, kinds)
    for name, line in lines.items():
        if (left := room[name] - len(line)) > 0:
            line.extend(tx.execute(ready, {"to": name, "now": now, "rows": min(limit, left)}))
    return list(lines.values())


def _of_kinds(statement: Select[Any], kinds: Collection[JobKind] | None) -> Select[Any]:
    return statement if kinds is None else statement.where(_j.kind.in_([kind.value for kind in kinds]))


def _in_turn(lines: Sequence[deque[Row[Any]]], *, limit: int) -> Iterator[Row[Any]]:
    # One from each destination at a time: a long line for one tracker must not keep another waiting.
    given = 0
    while any(lines):
        for line in lines:
            if line and given < limit:
                given += 1
                yield line.popleft()
        if given >= limit:
            return


def _leased(row: Row[Any], *, worker: str, until: datetime) -> Lease:
    takeover = row.state == JobState.LEASED.value
    return Lease(
        job=replace(job_of(row), state=JobState.LEASED),
        token=f"{worker}:{secrets.token_hex(8)}",
        until=until,
        takeover=takeover,
        lapsed_at=row.lease_until if takeover else None,
    )


def _end(
    tx: Connection,
    lease: Lease,
    *,
    to: JobState,
    reason: str,
    detail: str = "",
    run_at: datetime | None = None,
    tries: int = 0,
    end: datetime | None = None,
) -> bool:
    values = {"to": to.value, "why": reason, "words": detail, "tries": tries, "at": run_at, "end": end}
    return _changed(tx, _END, values | {"row": lease.job.id, "token": lease.token})


def _changed(tx: Connection, statement: Any, values: dict[str, Any]) -> bool:
    if tx.execute(statement, values).rowcount != 1:
        return False
    mark(tx)  # the next job of the order, or of the destination, may run now
    return True
