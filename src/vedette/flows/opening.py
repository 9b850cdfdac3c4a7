"""Opening: a claim becomes exactly one ticket; the only place that creates tickets.

    CLAIMED ── begin (committed) ── send ──▶ OPEN
                     │                └─ no whole answer, crash, takeover ─▶ UNCERTAIN ── look 5 s, 30 s, settle
                     │                                                         │ found ─▶ OPEN
                     └──────────────────────── absence proven ◀────────────────┘

The law: the attempt is written down before it is sent; it is never sent again before its absence is proven; nothing is
sent once the lease is (nearly) over; and what a lost lease brings home is left to whoever took the lease over.
"""

from dataclasses import replace
from datetime import datetime
from functools import partial

from vedette.errors import RateLimited, Refused, Unauthorised, Unavailable, Uncertain
from vedette.flows.acting import ticket_job
from vedette.flows.context import Context
from vedette.flows.doubt import absent, became_uncertain, look, take_over
from vedette.flows.keeping import ended
from vedette.flows.placing import journaled, place_for
from vedette.flows.setback import Setback, nothing
from vedette.flows.standing import record
from vedette.model.document import unpack
from vedette.model.jobs import JobKind, Lease
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.tickets import Claim, ClaimState, TicketDraft
from vedette.ports.http import Fence
from vedette.ports.roles import Tracker
from vedette.rules.boards import with_board
from vedette.rules.rendering import chained
from vedette.rules.retrying import settled
from vedette.store import journal, ledger, queue
from vedette.store.database import Tx
from vedette.store.queue import LeaseLost


def open_ticket(context: Context, lease: Lease, fence: Fence) -> str:
    """Bring the job's claim one step further; the word for what came of it."""
    claim = _claim(context, lease)
    try:
        return _step(context, lease, fence, claim)
    except (Unavailable, Refused) as problem:
        if claim.state not in (ClaimState.CREATING, ClaimState.UNCERTAIN):
            raise
        # Given up, it would leave a ticket that nobody knows of, or an error that has none.
        raise Setback(problem, nothing, lasting=True) from problem


def _step(context: Context, lease: Lease, fence: Fence, claim: Claim) -> str:
    tracker = context.tracker(claim.route.tracker)
    draft = draft_of(context, claim, lease)
    match claim.state:
        case ClaimState.CLAIMED:
            return _attempt(context, lease, fence, tracker, claim)
        case ClaimState.CREATING:
            return take_over(context, lease, tracker, draft, claim)
        case ClaimState.UNCERTAIN:
            return look(context, lease, tracker, draft, claim)
        case ClaimState.DROPPED:
            return _revive(context, lease, claim)
        case _:
            return ended(context, lease, "already_open")


def draft_of(context: Context, claim: Claim, lease: Lease) -> TicketDraft:
    """The ticket as it was written when the claim was made, for the place that the last attempt was sent to.

    The ticket before it is named as the ledger knows it now.
    """
    payload, place = lease.job.payload, claim.place
    previous, root = context.store.read(lambda tx: ledger.chain(tx, claim))
    text = chained(unpack(payload["body"]), previous=previous, root=root)
    body = with_board(text, place.sentence if place else "")
    return TicketDraft(
        claim.sent,
        str(payload["title"]),
        body,
        claim.stamp,
        link=str(payload["link"]),
        also=place.also if place else (),
    )


def _claim(context: Context, lease: Lease) -> Claim:
    number = lease.job.claim
    claim = context.store.read(lambda tx: ledger.get(tx, number)) if number is not None else None
    if claim is None:
        raise Refused(f"job {lease.job.id} names claim {number}, which the ledger does not have")
    return claim


def _attempt(context: Context, lease: Lease, fence: Fence, tracker: Tracker, claim: Claim) -> str:
    claim, draft, watermark = _aimed(context, lease, tracker, claim)
    _begin(context, lease, claim, watermark)
    try:
        ref = tracker.create(draft, fence=fence)
    except Uncertain as problem:
        return became_uncertain(context, lease, claim, problem)
    except Refused as problem:
        raise _given_up(context, lease, claim, problem) from problem
    except (RateLimited, Unauthorised, Unavailable) as problem:
        # These (and `LeaseSpent` among them) are raised only where the tracker did nothing.
        raise Setback(problem, partial(absent, claim=claim, now=context.clock())) from problem
    return record(context, lease, claim, ref, status="", witness="the tracker's answer")


def _aimed(context: Context, lease: Lease, tracker: Tracker, claim: Claim) -> tuple[Claim, TicketDraft, str]:
    """The claim with the place that is chosen for it, its draft, and what a proof of absence there starts from."""
    try:
        claim = replace(claim, place=place_for(context, tracker, claim, lease.job.payload))
        draft = draft_of(context, claim, lease)
        sent = claim.sent
        known = context.store.read(lambda tx: ledger.newest_refs(tx, sent.tracker, sent.project, limit=20))
        return claim, draft, tracker.watermark(draft, known=known)
    except Refused as problem:
        # Nothing was sent: a person mends the route, and a retry takes it as it then is.
        raise _given_up(context, lease, claim, problem) from problem


def _given_up(context: Context, lease: Lease, claim: Claim, problem: Refused) -> Setback:
    return Setback(problem, partial(_dropped, claim=claim, problem=problem, lease=lease, now=context.clock()))


def _begin(context: Context, lease: Lease, claim: Claim, watermark: str) -> None:
    """Write the attempt down; nothing may be sent before this has committed."""
    settings = context.settings.tickets

    def work(tx: Tx) -> None:
        now = context.clock()
        settle_at = settled(lease.until, settings=settings)
        if not queue.holds(tx, lease, now=now):
            raise LeaseLost
        begun = ledger.begin(
            tx, claim.id, watermark=watermark, attempted_at=now, settle_at=settle_at, now=now, place=claim.place
        )
        if not begun:
            raise LeaseLost
        journaled(tx, claim, lease, now=now)

    context.store.write(work)


def _dropped(tx: Tx, *, claim: Claim, problem: Refused, lease: Lease, now: datetime) -> None:
    ledger.dropped(tx, claim.id, now=now)
    details = {"fields": problem.fields, "status": problem.status}
    sentence = f"the tracker refused the ticket: {problem}"
    entry = NewEntry(EntryKind.OUTCOME, "refused", sentence, claim.issue, None, claim.id, lease.job.id, details)
    journal.write(tx, entry, now=now)


def _revive(context: Context, lease: Lease, claim: Claim) -> str:
    """A person retried a create that was refused: the next generation takes its place, on the route as it is now.

    Where one has taken it already (the route was mended, and news came), there is nothing left to do.
    """
    team = context.settings.teams.get(claim.owner)
    own = team.route if team is not None else None
    route = own or context.settings.default_route or claim.route

    def work(tx: Tx) -> str:
        now = context.clock()
        every = ledger.history(tx, claim.issue, claim.track)
        newest = max(each.generation for each in every)
        later = any(each.event == claim.event and each.generation > claim.generation for each in every)
        outcome = "superseded" if later else "claimed_again"
        queue.done(tx, lease, now=now, reason=outcome)
        if outcome == "superseded":
            return outcome
        fresh = ledger.claim(
            tx,
            issue=claim.issue,
            track=claim.track,
            generation=newest + 1,
            route=route,
            owner=claim.owner,
            now=now,
            as_of=now,
            event=claim.event,
            event_at=claim.event_at,
            sentry_project=claim.sentry_project,
        )
        if fresh is not None:
            job = ticket_job(JobKind.OPEN_TICKET, claim.issue, route.tracker, fresh.id, dict(lease.job.payload))
            queue.enqueue(tx, job, now=now)
        return outcome

    return context.store.write(work)
