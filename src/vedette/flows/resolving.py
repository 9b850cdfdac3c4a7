"""Resolving: a closed ticket resolves its issue in Sentry, and an issue resolved in Sentry moves its ticket.

Law: what changes a state reads both sides first; a job that waited finds a world that went on.
"""

from datetime import datetime

from vedette.errors import Refused
from vedette.flows.context import Context, blaming, log, sentry_destination
from vedette.flows.reading import take
from vedette.model.document import unpack
from vedette.model.issues import IssueKey, IssueStatus
from vedette.model.jobs import Lease
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.policies import OnDone, Policy
from vedette.model.tickets import Claim, ClaimState
from vedette.ports.http import Fence
from vedette.rules.effective import effective_for
from vedette.rules.resolving import Closing, Outcome, weigh
from vedette.rules.serving import policies_for
from vedette.store import journal, ledger, merges, queue
from vedette.store.database import Tx

_HOW = {Outcome.RESOLVE: OnDone.RESOLVE, Outcome.RESOLVE_NEXT: OnDone.RESOLVE_IN_NEXT_RELEASE}


def resolve_issue(context: Context, lease: Lease, fence: Fence) -> str:
    """Resolve the closed ticket's issue in Sentry, where its policy wishes for it and nothing speaks against it."""
    claim = _claim(context, lease)
    key = context.store.read(lambda tx: merges.canonical(tx, claim.issue))
    source, now = context.source(key.instance), context.clock()
    issue = source.issue(key, window=None, now=now)
    if issue is None:
        return _finished(context, lease, claim, Outcome.GONE, "Sentry no longer has the issue")
    policy = next((each for each in policies_for(context.settings, issue) if each.track == claim.track), None)
    if policy is None:
        return _finished(context, lease, claim, Outcome.NOT_WISHED, "no policy serves the issue on this track")
    policy = _held(context, policy, claim)
    track = context.store.read(lambda tx: ledger.history(tx, claim.issue, claim.track))
    outcome, sentence = weigh(Closing(claim, track, issue, policy))
    if outcome in _HOW:
        source.resolve(key, how=_HOW[outcome], fence=fence)
    return _finished(context, lease, claim, outcome, sentence)


def move_ticket(context: Context, lease: Lease, fence: Fence) -> str:
    """Move the ticket because Sentry resolved its issue, unless either went on since; and say why on it."""
    claim, payload = _claim(context, lease), lease.job.payload
    ref = claim.ticket
    if ref is None:
        raise Refused(f"job {lease.job.id} wants a ticket that does not stand (claim {claim.id})")
    if claim.state is not ClaimState.OPEN:
        return _finished(context, lease, claim, "closed_already", f"{ref.key} is {claim.state} already")
    if not _is_still_resolved(context, claim.issue):
        return _finished(
            context, lease, claim, "not_resolved_now", f"{ref.key} stays: the issue is not resolved by now"
        )
    tracker = context.tracker(ref.tracker)
    status = tracker.transition(ref, status=str(payload["status"]), fence=fence)
    tracker.comment(ref, unpack(payload["text"]), marker=str(payload["marker"]), fence=fence)
    ticket = tracker.read([ref]).get(ref.id)

    def work(tx: Tx) -> None:
        # First the job's end, then the reading: it must find that this closing is our own.
        now = context.clock()
        sentence = f"{ref.key} is now {status}, because the issue was resolved in Sentry"
        _finish(tx, lease, claim, "ticket_moved", sentence, now=now)
        if ticket is not None:
            take(tx, context, claim, ticket, now=now)

    context.store.write(work)
    return "ticket_moved"


def _is_still_resolved(context: Context, asked: IssueKey) -> bool:
    key = context.store.read(lambda tx: merges.canonical(tx, asked))
    with blaming(sentry_destination(key.instance)):
        issue = context.source(key.instance).issue(key, window=None, now=context.clock())
    return issue is not None and issue.status is IssueStatus.RESOLVED


def _held(context: Context, policy: Policy, claim: Claim) -> Policy:
    return effective_for(policy, settings=context.settings, owner=claim.owner).policy


def _claim(context: Context, lease: Lease) -> Claim:
    number = lease.job.claim
    claim = context.store.read(lambda tx: ledger.get(tx, number)) if number is not None else None
    if claim is None:
        raise Refused(f"job {lease.job.id} is about a claim that is not in the ledger ({number})")
    return claim


def _finished(context: Context, lease: Lease, claim: Claim, reason: str, sentence: str) -> str:
    context.store.write(lambda tx: _finish(tx, lease, claim, reason, sentence, now=context.clock()))
    log.info("closing_weighed", issue=str(claim.issue), reason=reason)
    return str(reason)


def _finish(tx: Tx, lease: Lease, claim: Claim, reason: str, sentence: str, *, now: datetime) -> None:
    queue.done(tx, lease, now=now, reason=str(reason))
    entry = NewEntry(EntryKind.OUTCOME, str(reason), sentence, claim.issue, None, claim.id, lease.job.id)
    journal.write(tx, entry, now=now)
