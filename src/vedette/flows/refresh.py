"""Refresh: tickets that their tracker's hooks spoke of are read again, in batches; the hook is a hint, this the truth.

A burst of thousands of hooks costs few readings: whatever waits is read together, and one job waits per tracker.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from vedette.flows.asking import read_each
from vedette.flows.context import Context, log
from vedette.flows.keeping import ended, keeping
from vedette.flows.reading import take
from vedette.model.jobs import JobKind, Lease, NewJob
from vedette.model.tickets import Claim, Ticket
from vedette.ports.http import Fence
from vedette.store import hearing
from vedette.store.database import Tx

_READ_AT_ONCE = 100
# What comes within this time of the first hook is read with it.
_GATHER = timedelta(milliseconds=200)


def refresh_job(tracker: str, *, now: datetime) -> NewJob:
    """The reading of what a tracker's hooks spoke of; one may wait, however much they say."""
    name = f"refresh:{tracker}"
    return NewJob(JobKind.REFRESH_TICKETS, tracker, order_key=name, unique_key=name, run_at=now + _GATHER)


def refresh_tickets(context: Context, lease: Lease, _fence: Fence) -> str:
    """Read whatever waits; hooks that come meanwhile are read with the next batch, or by the next job."""
    tracker, between, after, read = lease.job.destination, keeping(context, lease), 0, 0
    while batch := _batch(context, tracker, after=after):
        asked_at = context.clock()
        tickets = _read(context, tracker, batch)
        work = partial(_take, context=context, claims=batch, tickets=tickets, asked_at=asked_at)
        context.store.write(work)
        after, read = batch[-1].id, read + len(batch)
        between()
    log.info("refreshed", tracker=tracker, tickets=read)
    return ended(context, lease, "refreshed" if read else "nothing_waiting")


def _batch(context: Context, tracker: str, *, after: int) -> list[Claim]:
    return context.store.read(lambda tx: hearing.waiting(tx, tracker, after_id=after, limit=_READ_AT_ONCE))


def _read(context: Context, tracker: str, claims: Sequence[Claim]) -> Mapping[str, Ticket]:
    return read_each(context, tracker, [claim.ticket for claim in claims if claim.ticket is not None])


def _take(
    tx: Tx, *, context: Context, claims: Sequence[Claim], tickets: Mapping[str, Ticket], asked_at: datetime
) -> None:
    for claim in claims:
        ticket = tickets.get(claim.ticket.id) if claim.ticket else None
        if ticket is not None:
            take(tx, context, claim, ticket, now=context.clock())
    hearing.answered(tx, [claim.id for claim in claims], before=asked_at)
