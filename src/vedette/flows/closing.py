"""Closing: a person closed a ticket as done; its issue may be to be resolved in Sentry, in the same transaction.

Law: once for each closing, and never for one of our own: a twin that was folded, a ticket that was
moved because Sentry resolved its issue.
"""

from datetime import datetime

from vedette.flows.context import Context, sentry_destination
from vedette.model.flood import is_digest
from vedette.model.issues import IssueKey
from vedette.model.jobs import Job, JobKind, JobState, NewJob
from vedette.model.policies import OnDone
from vedette.model.settings import Settings
from vedette.model.tickets import Claim, ClaimState
from vedette.rules.resolving import Outcome
from vedette.store import queue
from vedette.store.database import Tx


def follow(tx: Tx, context: Context, before: Claim, after: Claim, *, now: datetime) -> None:
    """Enqueue the resolving where any policy could wish for it; which one holds is asked when it is done."""
    closed = before.state is ClaimState.OPEN and after.state is ClaimState.DONE
    if not closed or before.ticket is None or after.ticket is None or before.ticket.id != after.ticket.id:
        return
    if is_digest(before.issue):
        return  # it lists issues, and is none that Sentry could resolve
    if _is_wished(context.settings, after.track) and not _is_our_own(tx, before):
        queue.enqueue(tx, resolve_job(after), now=now)


def resolve_job(claim: Claim) -> NewJob:
    """The resolving of the claim's issue; one waits for all that may close it meanwhile."""
    destination = sentry_destination(claim.issue.instance)
    order = f"{claim.issue}>{destination}"
    unique = f"resolve:{claim.id}"
    return NewJob(
        JobKind.RESOLVE_ISSUE, destination, order_key=order, unique_key=unique, issue=claim.issue, claim=claim.id
    )


def resolved_by_us(tx: Tx, issue: IssueKey, *, now: datetime) -> datetime | None:
    """When we last had Sentry resolve the issue; `now` while we may just be doing so; None where we never did."""
    jobs = [job for job in queue.listing(tx, issue=issue, limit=1000) if job.kind is JobKind.RESOLVE_ISSUE]
    if any(job.state is JobState.LEASED or (job.state is JobState.READY and job.attempt) for job in jobs):
        return now
    ended = [job.finished_at for job in jobs if job.reason in (Outcome.RESOLVE, Outcome.RESOLVE_NEXT)]
    return max((at for at in ended if at is not None), default=None)


def _is_wished(settings: Settings, track: str) -> bool:
    policies = {policy.on_done for policy in settings.policies if policy.track == track}
    teams = (change for team in settings.teams.values() for change in team.changes)
    changes = {change.on_done for change in (*settings.default_changes, *teams)}
    return bool((policies | changes) & {OnDone.RESOLVE, OnDone.RESOLVE_IN_NEXT_RELEASE})


def _is_our_own(tx: Tx, before: Claim) -> bool:
    """Whether a job of ours moved the ticket after it was last seen open, or may just be doing so."""
    jobs = queue.listing(tx, issue=before.issue, limit=1000)
    moves = (job for job in jobs if job.kind is JobKind.MOVE_TICKET and job.claim == before.id)
    return any(_may_have_moved(job, since=before.refreshed_at or before.created_at) for job in moves)


def _may_have_moved(job: Job, *, since: datetime) -> bool:
    match job.state:
        case JobState.DONE:
            return job.finished_at is not None and job.finished_at >= since
        case JobState.LEASED:
            return True
        case _:
            return job.attempt > 0  # its outcome may be unclear
