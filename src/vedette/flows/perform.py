"""Perform: one leased job, one try, and one ladder of remedies for whatever goes wrong."""

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from vedette.errors import RateLimited, Refused, Unauthorised, Unavailable, VedetteError
from vedette.flows import (
    access_doctor,
    access_drift,
    access_dsn,
    access_mail,
    access_requests,
    alarms,
    digests,
    followups,
    growing,
    monitor,
    opening,
    poll,
    pushing,
    reconcile,
    refresh,
    resolving,
)
from vedette.flows.advice import advised, mending
from vedette.flows.context import Context, log
from vedette.flows.interpret import decide_issue
from vedette.flows.setback import Bug, NotYet, Setback, nothing
from vedette.flows.telemetry import count_job
from vedette.model.jobs import JobKind, Lease
from vedette.model.journal import EntryKind, NewEntry
from vedette.ports.clock import elapsed
from vedette.ports.http import Fence, LeaseSpent
from vedette.rules import causes
from vedette.rules.retrying import next_try, snooze_for
from vedette.store import journal, letters, limits, queue
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
    JobKind.GROW_TICKET: growing.grow_ticket,
    JobKind.CLOSE_TICKET: followups.close_ticket,
    JobKind.MOVE_TICKET: resolving.move_ticket,
    JobKind.RESOLVE_ISSUE: resolving.resolve_issue,
    JobKind.LINK_TICKET: followups.link_ticket,
    JobKind.LINK_BACK: followups.link_back,
    JobKind.REFRESH_TICKETS: refresh.refresh_tickets,
    JobKind.POLL: poll.poll,
    JobKind.AUDIT: reconcile.audit,
    JobKind.KEEP_DIGEST: digests.keep_digest,
    JobKind.CLOSE_DIGEST: followups.close_digest,
    JobKind.NOTIFY: alarms.notify,
    JobKind.COUNT: monitor.count,
    JobKind.RECOUNT: monitor.recount,
    JobKind.OUTCOMES: monitor.outcomes,
    JobKind.PUSH: pushing.push,
    JobKind.KEYS: access_dsn.read_keys,
    JobKind.ACCESS: access_drift.look,
    JobKind.DOCTOR: access_doctor.call,
    JobKind.REQUESTS: access_requests.read_requests,
    JobKind.MAILBOX: access_mail.read_mail,
    JobKind.TELL_REQUEST: access_requests.tell_request,
    JobKind.ANSWER_REQUEST: access_requests.answer_request,
}

# Ends that say nothing about the destination, since it was not called or did not answer.
_UNPROVEN = frozenset(
    {
        "uncertain",
        "nothing_waiting",
        "issue_merged",
        "already_open",
        "claimed_again",
        "superseded",
        "stands",
        "no_such_policy",
        "digest_in_use",
        "no_such_filter",
        "no_such_sink",
        "keys_unread",
        "access_unread",
        "access_busy",
        "no_such_instance",
        "no_such_mailbox",
        "members_unread",
        "requests_unread",
        "request_closed",
        "told_already",
    }
)

# What these do depends on nothing but how things stand: of two dead letters alike, the newer one does for both.
_LOOKS_ANEW = frozenset(
    {
        JobKind.DECIDE,
        JobKind.POLL,
        JobKind.AUDIT,
        JobKind.REFRESH_TICKETS,
        JobKind.KEEP_DIGEST,
        JobKind.COUNT,
        JobKind.RECOUNT,
        JobKind.OUTCOMES,
        JobKind.KEYS,
        JobKind.ACCESS,
        JobKind.DOCTOR,
        JobKind.REQUESTS,
        JobKind.MAILBOX,
    }
)


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
        return _remedy(context, lease, setback)
    except VedetteError as problem:
        return _remedy(context, lease, Setback(problem, nothing))
    except Exception as problem:  # noqa: BLE001 - a bug must not stop the worker; it is retried and reported
        log.exception("bug", job=lease.job.id, kind=lease.job.kind)
        bug = Bug(f"a bug in Vedette: {type(problem).__name__}; the log of job {lease.job.id} has the trace")
        return _remedy(context, lease, Setback(bug, nothing))
    if outcome not in _UNPROVEN:
        _succeeded(context, lease)
    return outcome


def _remedy(context: Context, lease: Lease, setback: Setback) -> str:
    """Put the job back, or bury it, with what must be remembered, in one transaction."""
    problem = setback.problem

    def work(tx: Tx) -> str:
        setback.record(tx)
        return _put_back(tx, context, lease, setback)

    try:
        outcome = context.store.write(work)
    except LeaseLost:
        outcome = "lease_lost"
    log.warning("setback", job=lease.job.id, kind=lease.job.kind, outcome=outcome, problem=str(problem))
    return outcome


def _put_back(tx: Tx, context: Context, lease: Lease, setback: Setback) -> str:
    problem = setback.problem
    destination = problem.destination or lease.job.destination
    now, chance = context.clock(), random.random()  # noqa: S311 - jitter, not a secret
    match problem:
        case NotYet(wait=wait):
            rest = context.settings.queue.first_retry if wait is None else timedelta(seconds=wait)
            kept = queue.snooze(tx, lease, run_at=now + rest, reason="not_yet", detail=str(problem), now=now)
            return _kept(kept, "not_yet")
        case RateLimited(wait=wait):
            rest = snooze_for(wait, chance=chance)
            limits.throttle(tx, destination, wait=rest, now=now)
            kept = queue.snooze(tx, lease, run_at=now + rest, reason="rate_limited", detail=str(problem), now=now)
            return _kept(kept, "rate_limited")
        case Unauthorised():
            _pause(tx, context, destination, problem, lease)
            # Behind its own destination's pause a job is ready, so that a probe, or a person who resumes, lets it go
            # on at once; nothing holds back one that only read from the paused one on its way.
            rest = timedelta(0) if destination == lease.job.destination else context.settings.queue.first_retry
            kept = queue.snooze(tx, lease, run_at=now + rest, reason="paused", detail=str(problem), now=now)
            return _kept(kept, "paused")
        case Refused() if not setback.lasting:
            return _bury(tx, context, lease, "refused", problem)
        case _:
            return _again(tx, context, lease, setback, destination=destination, chance=chance)


def _pause(tx: Tx, context: Context, destination: str, problem: Unauthorised, lease: Lease) -> None:
    """Pause, and tell of it once: jobs that were under way bring the same news home, and must not move the probe."""
    now = context.clock()
    if any(state.name == destination and state.paused_at is not None for state in limits.states(tx)):
        return
    reason = mending(context, destination, problem)
    limits.pause(tx, destination, reason=reason, now=now)
    sentence = f"{destination} is paused, its jobs wait: {reason}; it resumes by itself"
    journal.write(tx, NewEntry(EntryKind.ALARM, "paused", sentence, job=lease.job.id), now=now)


def _again(tx: Tx, context: Context, lease: Lease, setback: Setback, *, destination: str, chance: float) -> str:
    now, settings, problem = context.clock(), context.settings.queue, setback.problem
    reason, attempt = _word(problem), lease.job.attempt + 1
    if reason == "unavailable":
        limits.failed(tx, destination, after=settings.breaker_after, rest=settings.breaker_rest, now=now)
    counted = min(attempt, settings.attempts - 1) if setback.lasting else attempt
    wait = problem.wait if isinstance(problem, Unavailable) else None
    delay = next_try(counted, settings=settings, chance=chance, wait=wait)
    if delay is None:
        return _bury(tx, context, lease, reason, problem)
    if attempt == settings.attempts:
        _tell_of_doubt(tx, lease, problem, destination=destination, now=now)
    kept = queue.retry(tx, lease, run_at=now + delay, reason=reason, detail=str(problem), now=now)
    return _kept(kept, reason)


def _word(problem: VedetteError) -> str:
    match problem:
        case LeaseSpent():
            return "lease_spent"
        case Bug():
            return "bug"
        case _:
            return "unavailable"


def _tell_of_doubt(tx: Tx, lease: Lease, problem: VedetteError, *, destination: str, now: datetime) -> None:
    """Said once, when any other job would have been given up: this one goes on."""
    sentence = f"nobody can say whether a ticket was created, and looking fails: {problem}; it is looked for on and on"
    entry = NewEntry(EntryKind.ALARM, "still_uncertain", sentence, lease.job.issue, None, lease.job.claim, lease.job.id)
    journal.write(tx, entry, now=now)
    alarms.raise_(tx, causes.still_uncertain(destination, str(problem)), now=now)


def _bury(tx: Tx, context: Context, lease: Lease, reason: str, problem: VedetteError) -> str:
    now, job = context.clock(), lease.job
    detail = advised(tx, context, lease, problem)
    kept = queue.bury(tx, lease, reason=reason, detail=detail, now=now)
    if job.kind in _LOOKS_ANEW and letters.supersede(tx, job.id, now=now):
        return _kept(kept, "dead")  # of its like people were told
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
