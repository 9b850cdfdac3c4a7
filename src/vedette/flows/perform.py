"""Perform: one leased job, one try, and one ladder of remedies for whatever goes wrong."""

import random
from collections.abc import Callable, Mapping

from vedette.errors import RateLimited, Refused, Unauthorised, Unavailable, VedetteError
from vedette.flows import followups, opening, poll, reconcile
from vedette.flows.context import Context, log
from vedette.flows.interpret import decide_issue
from vedette.flows.setback import Setback
from vedette.flows.telemetry import count_job
from vedette.model.jobs import JobKind, Lease
from vedette.model.journal import EntryKind, NewEntry
from vedette.ports.clock import elapsed
from vedette.ports.http import Fence, LeaseSpent
from vedette.rules.retrying import next_try, snooze_for
from vedette.store import journal, limits, queue
from vedette.store.database import Tx
from vedette.store.queue import LeaseLost

Way = Callable[[Context, Lease, Fence], str]

WAYS: Mapping[JobKind, Way] = {
    JobKind.DECIDE: lambda context, lease, _fence: decide_issue(context, lease),
    JobKind.OPEN_TICKET: opening.open_ticket,
    JobKind.MEND_TICKET: followups.mend_ticket,
    JobKind.SET_STATUS: followups.set_status,
    JobKind.COMMENT_TICKET: followups.comment_ticket,
    JobKind.REOPEN_TICKET: followups.reopen_ticket,
    JobKind.CLOSE_TICKET: followups.close_ticket,
    JobKind.LINK_TICKET: followups.link_ticket,
    JobKind.LINK_BACK: followups.link_back,
    JobKind.POLL: poll.poll,
    JobKind.AUDIT: reconcile.audit,
}


def perform(context: Context, lease: Lease, fence: Fence) -> str:
    """Try the job once; the word for what came of it. Never raises: what goes wrong is a word too."""
    began = elapsed()
    outcome = _try(context, lease, fence)
    count_job(lease.job.kind, outcome, seconds=elapsed() - began)
    return outcome


def _try(context: Context, lease: Lease, fence: Fence) -> str:
    try:
        outcome = WAYS[lease.job.kind](context, lease, fence)
    except LeaseLost:
        log.warning("lease_lost", job=lease.job.id, kind=lease.job.kind)
        return "lease_lost"
    except Setback as setback:
        return _remedy(context, lease, setback.problem, setback.record)
    except VedetteError as problem:
        return _remedy(context, lease, problem, _nothing)
    except Exception as problem:  # noqa: BLE001 - a bug must not stop the worker; it is retried and reported
        log.exception("bug", job=lease.job.id, kind=lease.job.kind)
        return _remedy(context, lease, Unavailable(f"a bug in Vedette: {type(problem).__name__}"), _nothing)
    _succeeded(context, lease)
    return outcome


def _remedy(context: Context, lease: Lease, problem: VedetteError, record: Callable[[Tx], None]) -> str:
    """Put the job back, or bury it, with what must be remembered, in one transaction."""
    destination = problem.destination or lease.job.destination

    def work(tx: Tx) -> str:
        record(tx)
        return _put_back(tx, context, lease, problem, destination)

    try:
        outcome = context.store.write(work)
    except LeaseLost:
        outcome = "lease_lost"
    log.warning("setback", job=lease.job.id, kind=lease.job.kind, outcome=outcome, problem=str(problem))
    return outcome


def _put_back(tx: Tx, context: Context, lease: Lease, problem: VedetteError, destination: str) -> str:
    now, chance = context.clock(), random.random()  # noqa: S311 - jitter, not a secret
    match problem:
        case LeaseSpent():
            return _kept(queue.give_back(tx, lease, now=now), "lease_spent")
        case RateLimited(wait=wait):
            rest = snooze_for(wait, chance=chance)
            limits.throttle(tx, destination, wait=rest, now=now)
            kept = queue.snooze(tx, lease, run_at=now + rest, reason="rate_limited", detail=str(problem), now=now)
            return _kept(kept, "rate_limited")
        case Unauthorised():
            limits.pause(tx, destination, reason=str(problem), now=now)
            sentence = f"{destination} is paused, its jobs wait: {problem}; mend the credentials, it resumes by itself"
            journal.write(tx, NewEntry(EntryKind.ALARM, "paused", sentence, job=lease.job.id), now=now)
            # Ready, but behind the pause: a probe, or a person who resumes, lets it go on at once.
            kept = queue.snooze(tx, lease, run_at=now, reason="paused", detail=str(problem), now=now)
            return _kept(kept, "paused")
        case Refused():
            return _bury(tx, context, lease, "refused", str(problem))
        case _:
            return _again(tx, context, lease, problem=problem, destination=destination, chance=chance)


def _again(tx: Tx, context: Context, lease: Lease, *, problem: VedetteError, destination: str, chance: float) -> str:
    now, settings = context.clock(), context.settings.queue
    wait = problem.wait if isinstance(problem, Unavailable) else None
    if destination:
        limits.failed(tx, destination, after=settings.breaker_after, rest=settings.breaker_rest, now=now)
    delay = next_try(lease.job.attempt + 1, settings=settings, chance=chance, wait=wait)
    if delay is None:
        return _bury(tx, context, lease, "unavailable", str(problem))
    kept = queue.retry(tx, lease, run_at=now + delay, reason="unavailable", detail=str(problem), now=now)
    return _kept(kept, "unavailable")


def _bury(tx: Tx, context: Context, lease: Lease, reason: str, detail: str) -> str:
    now, job = context.clock(), lease.job
    kept = queue.bury(tx, lease, reason=reason, detail=detail, now=now)
    entry = NewEntry(
        EntryKind.ALARM, "dead_letter", f"{job.kind} gave up: {detail}", job.issue, None, job.claim, job.id
    )
    journal.write(tx, entry, now=now)
    return _kept(kept, "dead")


def _kept(kept: bool, outcome: str) -> str:  # noqa: FBT001 - the store's own answer
    if not kept:
        raise LeaseLost
    return outcome


def _succeeded(context: Context, lease: Lease) -> None:
    if lease.job.destination:
        context.store.write(lambda tx: limits.succeeded(tx, lease.job.destination, now=context.clock()))


def _nothing(_tx: Tx) -> None:
    """Nothing to remember."""
