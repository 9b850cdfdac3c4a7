"""Acting: what was decided becomes claims and jobs, in the transaction that records the decision."""

from dataclasses import replace
from datetime import datetime

from vedette.flows.context import log
from vedette.flows.gather import is_in_hand
from vedette.model.actions import Action, CommentTicket, MoveTicket, OpenTicket, ReopenTicket, ResumeTicket
from vedette.model.flood import place_of
from vedette.model.growth import GrowTicket, MeasureAnew
from vedette.model.issues import Issue, IssueKey
from vedette.model.jobs import JobKind, JobState, NewJob
from vedette.model.tickets import Claim
from vedette.store import flood, growth, ledger, queue
from vedette.store.database import Tx


def enqueue(
    tx: Tx, issue: Issue, action: Action, payload: dict[str, object], *, now: datetime, as_of: datetime
) -> None:
    """The action's claim and job, in the transaction that records the decision."""
    key = issue.key
    match action:
        case GrowTicket(claim=claim, step=step):
            if growth.grown(tx, claim.id, step=step):
                queue.enqueue(tx, ticket_job(JobKind.GROW_TICKET, key, claim.route.tracker, claim.id, payload), now=now)
        case MeasureAnew(claim=claim, baselines=baselines):
            growth.measured(tx, claim.id, baselines)
        case OpenTicket():
            _claim_and_enqueue(tx, issue, action, payload, now=now, as_of=as_of)
        case ResumeTicket(claim=claim):
            _resume(tx, claim, payload, now=now)
        case CommentTicket(claim=claim):
            queue.enqueue(tx, ticket_job(JobKind.COMMENT_TICKET, key, claim.route.tracker, claim.id, payload), now=now)
        case ReopenTicket(claim=claim):
            job = ticket_job(JobKind.REOPEN_TICKET, key, claim.route.tracker, claim.id, payload)
            # While one waits (the tracker is slow), a second would only comment once more.
            queue.enqueue(tx, replace(job, unique_key=f"reopen:{claim.id}"), now=now)
        case MoveTicket(claim=claim, marker=marker):
            # Once for each time that Sentry tells of: a person may have moved the ticket back since.
            if not _was_moved(tx, claim, marker):
                queue.enqueue(tx, ticket_job(JobKind.MOVE_TICKET, key, claim.route.tracker, claim.id, payload), now=now)


def _was_moved(tx: Tx, claim: Claim, marker: str) -> bool:
    jobs = queue.listing(tx, issue=claim.issue, limit=1000)
    moves = (job for job in jobs if job.kind is JobKind.MOVE_TICKET and job.claim == claim.id)
    return any(job.payload.get("marker") == marker for job in moves)


def _resume(tx: Tx, claim: Claim, payload: dict[str, object], *, now: datetime) -> None:
    """Bring back the dead letter that was to create the ticket, as it was written; a new one where it is no more."""
    if is_in_hand(tx, claim):
        return
    dead = [
        job.id
        for job in queue.listing(tx, state=JobState.DEAD, issue=claim.issue, limit=1000)
        if job.kind is JobKind.OPEN_TICKET and job.claim == claim.id
    ]
    if not dead or not queue.retry_dead(tx, dead[:1], now=now):
        job = ticket_job(JobKind.OPEN_TICKET, claim.issue, claim.route.tracker, claim.id, payload)
        queue.enqueue(tx, job, now=now)


def _claim_and_enqueue(
    tx: Tx, issue: Issue, action: OpenTicket, payload: dict[str, object], *, now: datetime, as_of: datetime
) -> None:
    key = issue.key
    claim = ledger.claim(
        tx,
        issue=key,
        track=action.track,
        generation=action.generation,
        route=action.route,
        owner=action.owner,
        now=now,
        as_of=as_of,
        event=action.event,
        event_at=action.event_at,
        sentry_project=issue.project,
        previous=action.previous.id if action.previous else None,
        baselines=action.baselines,
    )
    if claim is None:
        # Another worker holds the live claim: the partial unique index is the last word.
        log.info("claim_taken", issue=str(key), track=action.track, generation=action.generation)
        return
    flood.cut(tx, claim.id, place_of(action.route), run=action.run, now=now)
    if not action.event:  # an event's own ticket does not stand for those that were held back
        flood.released(tx, key, action.track, claim=claim.id)
    queue.enqueue(tx, ticket_job(JobKind.OPEN_TICKET, key, action.route.tracker, claim.id, payload), now=now)


def ticket_job(
    kind: JobKind, key: IssueKey, tracker: str, claim: int, payload: dict[str, object] | None = None
) -> NewJob:
    """A job on an issue's ticket: ordered per issue and tracker, so that a dead tracker delays nothing else."""
    return NewJob(kind, tracker, order_key=f"{key}>{tracker}", issue=key, claim=claim, payload=payload or {})
