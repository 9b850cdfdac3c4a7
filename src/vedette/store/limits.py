"""Limits: rate, concurrency, breaker, throttle and pause of each destination, as rows that all processes share.

Law: `admit` and `spend` run in the transaction that leases, on locked rows; whoever leases counts first.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select
from sqlalchemy.sql import case, or_

from vedette.store.tables import LEASED, destinations, jobs
from vedette.store.upserts import unless_there
from vedette.store.waking import mark

PROBE_EVERY = timedelta(minutes=5)
# Further ahead than clocks of replicas differ: somebody set the clock back, and a bucket must not starve until then.
_SKEW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class DestinationState:
    """How one destination stands; None = not so."""

    name: str
    rate_per_s: float
    concurrency: int
    failures: int  # in a row
    open_until: datetime | None  # the breaker lets nothing through until then, afterwards one job
    throttled_until: datetime | None
    paused_at: datetime | None
    paused_reason: str
    probe_at: datetime | None


_d = destinations.c
_NEW = unless_there(destinations)
_LOCKED = select(destinations).order_by(_d.name).with_for_update()
_UNDER_WAY = (
    select(jobs.c.destination, func.count().label("jobs"))
    .where(LEASED, jobs.c.lease_until >= bindparam("now", type_=jobs.c.lease_until.type))
    .group_by(jobs.c.destination)
)
# The common case touches no row, hence waits for nobody.
_SUCCEEDED = (
    destinations.update()
    .where(_d.name == bindparam("n"), or_(_d.failures > 0, _d.open_until.is_not(None), _d.paused_at.is_not(None)))
    .values(failures=0, open_until=None, paused_at=None, paused_reason="", probe_at=None)
)
_SPENT = (
    destinations.update()
    .where(_d.name == bindparam("n"))
    .values(
        tokens=bindparam("left"), tokens_at=bindparam("at"), open_until=bindparam("open"), probe_at=bindparam("probe")
    )
)


def known(tx: Connection, name: str, *, now: datetime) -> None:
    """Make sure that the destination has a row, without limits where nobody configured it."""
    if name:
        tx.execute(_NEW[tx.dialect.name], _fresh(name, now=now))


def configure(
    tx: Connection,
    name: str,
    *,
    rate_per_s: float,
    concurrency: int,
    now: datetime,
    probe_every: timedelta = PROBE_EVERY,
) -> None:
    """Set the limits (0 = none) and leave everything else; a second's worth of calls may come at once."""
    known(tx, name, now=now)
    burst = max(1.0, rate_per_s)
    tx.execute(
        destinations.update()
        .where(
            _d.name == name,
            or_(_d.rate_per_s != rate_per_s, _d.concurrency != concurrency, _d.probe_every != probe_every),
        )
        .values(rate_per_s=rate_per_s, concurrency=concurrency, burst=burst, tokens=burst, probe_every=probe_every)
    )


def succeeded(tx: Connection, name: str, *, now: datetime) -> None:  # noqa: ARG001 - the sign of an outcome, as `failed`
    """A call came back well: the breaker closes, and a paused destination resumes."""
    if name and tx.execute(_SUCCEEDED, {"n": name}).rowcount:
        mark(tx)


def failed(tx: Connection, name: str, *, after: int, rest: timedelta, now: datetime) -> None:
    """A call failed: with the `after`-th in a row the breaker opens for `rest`, then lets one job through."""
    known(tx, name, now=now)
    opens = case(
        (_d.failures + 1 >= after, bindparam("until", now + rest, type_=_d.open_until.type)), else_=_d.open_until
    )
    tx.execute(destinations.update().where(_d.name == name).values(failures=_d.failures + 1, open_until=opens))


def pause(tx: Connection, name: str, *, reason: str, now: datetime) -> None:
    """Let nothing through but a probe from time to time, until `resume` or a success."""
    known(tx, name, now=now)
    every = tx.execute(select(_d.probe_every).where(_d.name == name)).scalar_one()
    since = func.coalesce(_d.paused_at, bindparam("since", now, type_=_d.paused_at.type), type_=_d.paused_at.type)
    tx.execute(
        destinations.update().where(_d.name == name).values(paused_at=since, paused_reason=reason, probe_at=now + every)
    )


def resume(tx: Connection, name: str, *, now: datetime) -> None:  # noqa: ARG001 - as above
    """Let jobs through again, forgetting pause, breaker and throttle."""
    open_again = {"paused_at": None, "paused_reason": "", "probe_at": None, "failures": 0}
    tx.execute(destinations.update().where(_d.name == name).values(open_until=None, throttled_until=None, **open_again))
    mark(tx)


def throttle(tx: Connection, name: str, *, wait: timedelta, now: datetime) -> None:
    """The destination asked everybody for patience (429): nothing goes there before `now + wait`."""
    known(tx, name, now=now)
    until = now + wait
    later = or_(_d.throttled_until.is_(None), _d.throttled_until < until)
    tx.execute(destinations.update().where(_d.name == name, later).values(throttled_until=until))


def probe_due(tx: Connection, name: str, *, every: timedelta, now: datetime) -> bool:
    """Whether the caller may send one probe to a paused destination now; it is then the only one for `every`."""
    due = or_(_d.probe_at.is_(None), _d.probe_at <= now)
    taken = tx.execute(
        destinations.update().where(_d.name == name, _d.paused_at.is_not(None), due).values(probe_at=now + every)
    )
    return taken.rowcount == 1


def states(tx: Connection) -> list[DestinationState]:
    """Every destination, by name."""
    return [_state(row) for row in tx.execute(select(destinations).order_by(_d.name))]


def admit(tx: Connection, *, limit: int, now: datetime) -> dict[str, tuple[int, Row[Any]]]:
    """How many jobs each destination takes now (at most `limit`), with its row, locked until the commit."""
    rows = tx.execute(_LOCKED).all()
    under_way = {row.destination: row.jobs for row in tx.execute(_UNDER_WAY, {"now": now})}
    return {row.name: (min(limit, _allowance(row, under_way.get(row.name, 0), now=now)), row) for row in rows}


def spend(
    tx: Connection, leased: Mapping[str, int], rows: Mapping[str, Row[Any]], *, lease: timedelta, now: datetime
) -> None:
    """Take what was leased from the buckets; a probe or a half-open breaker then waits for its verdict."""
    spent = [_spent(rows[name], count, lease=lease, now=now) for name, count in leased.items() if name in rows]
    if spent:
        tx.execute(_SPENT, spent)


def reserve(tx: Connection, name: str, *, now: datetime) -> timedelta:
    """Take one call from the destination's bucket, also one that is yet to come; how long to wait before it is made."""
    row = tx.execute(select(destinations).where(destinations.c.name == name).with_for_update()).one_or_none()
    if row is None:
        return timedelta(0)
    throttled = max(row.throttled_until - now, timedelta(0)) if row.throttled_until is not None else timedelta(0)
    if row.rate_per_s <= 0:
        return throttled
    left = _tokens(row, now=now) - 1
    values = {"tokens": left, "tokens_at": _spent_at(row, now=now)}
    tx.execute(destinations.update().where(destinations.c.name == name).values(values))
    return max(throttled, timedelta(seconds=max(0.0, -left / row.rate_per_s)))


def _spent(row: Row[Any], count: int, *, lease: timedelta, now: datetime) -> dict[str, Any]:
    return {
        "n": row.name,
        "left": _tokens(row, now=now) - count if row.rate_per_s > 0 else row.tokens,
        "at": _spent_at(row, now=now),
        "open": None if row.open_until is None else now + lease,
        "probe": row.probe_at if row.paused_at is None else now + row.probe_every,
    }


def _allowance(row: Row[Any], under_way: int, *, now: datetime) -> int:
    if row.throttled_until is not None and row.throttled_until > now:
        return 0
    if row.paused_at is not None:
        return int(row.probe_at is None or row.probe_at <= now)
    if row.open_until is not None:
        return int(row.open_until <= now)
    free = math.inf if row.concurrency <= 0 else row.concurrency - under_way
    tokens = math.inf if row.rate_per_s <= 0 else math.floor(_tokens(row, now=now))
    return int(max(0, min(free, tokens, 1_000_000)))


def _tokens(row: Row[Any], *, now: datetime) -> float:
    if _is_set_back(row, now=now):
        return max(1.0, float(row.tokens))  # whoever spends it writes down the time of now
    elapsed = max(0.0, (now - row.tokens_at).total_seconds())  # clocks of replicas differ
    return float(min(row.burst, row.tokens + elapsed * row.rate_per_s))


def _spent_at(row: Row[Any], *, now: datetime) -> datetime:
    """Since when the bucket fills, once something was taken from it."""
    return now if _is_set_back(row, now=now) else max(now, row.tokens_at)


def _is_set_back(row: Row[Any], *, now: datetime) -> bool:
    return bool(row.tokens_at - now > _SKEW)


def _fresh(name: str, *, now: datetime) -> dict[str, Any]:
    return {
        "name": name,
        "rate_per_s": 0.0,
        "burst": 1.0,
        "concurrency": 0,
        "probe_every": PROBE_EVERY,
        "tokens": 1.0,
        "tokens_at": now,
        "failures": 0,
        "open_until": None,
        "throttled_until": None,
        "paused_at": None,
        "paused_reason": "",
        "probe_at": None,
    }


def _state(row: Row[Any]) -> DestinationState:
    return DestinationState(
        name=row.name,
        rate_per_s=row.rate_per_s,
        concurrency=row.concurrency,
        failures=row.failures,
        open_until=row.open_until,
        throttled_until=row.throttled_until,
        paused_at=row.paused_at,
        paused_reason=row.paused_reason,
        probe_at=row.probe_at,
    )
