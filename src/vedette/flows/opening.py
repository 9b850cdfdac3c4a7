"""Opening: a claim becomes exactly one ticket; the only place that creates tickets.

    CLAIMED ── begin (committed) ── send ──▶ OPEN
                     │                └─ no whole answer, crash, takeover ─▶ UNCERTAIN ── look 5 s, 30 s, settle
                     │                                                         │ found ─▶ OPEN
                     └──────────────────────── absence proven ◀────────────────┘

The law: the attempt is written down before it is sent; it is never sent again before its absence is proven; nothing is
sent once the lease is (nearly) over; and what a lost lease brings home is left to whoever took the lease over.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from vedette.errors import RateLimited, Refused, Unauthorised, Unavailable, Uncertain
from vedette.flows.context import Context, log
from vedette.flows.interpret import ticket_job
from vedette.flows.setback import Setback, nothing
from vedette.model.document import unpack
from vedette.model.jobs import JobKind, Lease
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.tickets import Claim, ClaimState, Ticket, TicketDraft, TicketRef
from vedette.ports.http import Fence
from vedette.ports.roles import Absent, Tracker
from vedette.rules.retrying import next_look, settled
from vedette.store import journal, ledger, limits, queue
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
    draft = draft_of(claim, lease)
    match claim.state:
        case ClaimState.CLAIMED:
            return _attempt(context, lease, fence, tracker, draft, claim)
        case ClaimState.CREATING:
            return _take_over(context, lease, tracker, draft, claim)
        case ClaimState.UNCERTAIN:
            return _look(context, lease, tracker, draft, claim)
        case ClaimState.DROPPED:
            return _revive(context, lease, claim)
        case _:
            return _finish(context, lease, reason="already_open")


def draft_of(claim: Claim, lease: Lease) -> TicketDraft:
    """The ticket as it was written when the claim was made."""
    payload = lease.job.payload
    return TicketDraft(
        claim.route, str(payload["title"]), unpack(payload["body"]), claim.stamp, link=str(payload["link"])
    )


def _claim(context: Context, lease: Lease) -> Claim:
    number = lease.job.claim
    claim = context.store.read(lambda tx: ledger.get(tx, number)) if number is not None else None
    if claim is None:
        raise Refused(f"job {lease.job.id} names claim {number}, which the ledger does not have")
    return claim


def _attempt(context: Context, lease: Lease, fence: Fence, tracker: Tracker, draft: TicketDraft, claim: Claim) -> str:
    route = claim.route
    known = context.store.read(lambda tx: ledger.newest_refs(tx, route.tracker, route.project, limit=20))
    watermark = tracker.watermark(draft, known=known)
    _begin(context, lease, claim, watermark)
    try:
        ref = tracker.create(draft, fence=fence)
    except Uncertain as problem:
        return _became_uncertain(context, lease, claim, problem)
    except Refused as problem:
        raise Setback(
            problem, partial(_dropped, claim=claim, problem=problem, lease=lease, now=context.clock())
        ) from problem
    except (RateLimited, Unauthorised, Unavailable) as problem:
        # These (and `LeaseSpent` among them) are raised only where the tracker did nothing.
        raise Setback(problem, partial(_absent, claim=claim, now=context.clock())) from problem
    return _record(context, lease, claim, ref, status="", witness="the tracker's answer")


def _begin(context: Context, lease: Lease, claim: Claim, watermark: str) -> None:
    """Write the attempt down; nothing may be sent before this has committed."""
    settings = context.settings.tickets

    def work(tx: Tx) -> None:
        now = context.clock()
        settle_at = settled(lease.until, settings=settings)
        if not queue.holds(tx, lease, now=now):
            raise LeaseLost
        if not ledger.begin(tx, claim.id, watermark=watermark, attempted_at=now, settle_at=settle_at, now=now):
            raise LeaseLost

    context.store.write(work)


def _became_uncertain(context: Context, lease: Lease, claim: Claim, problem: Uncertain) -> str:
    ended_at, manners = context.clock(), context.settings.queue

    def blame(tx: Tx) -> None:
        limits.failed(
            tx, lease.job.destination, after=manners.breaker_after, rest=manners.breaker_rest, now=context.clock()
        )

    _stay_uncertain(context, lease, claim, ended_at=ended_at, detail=str(problem), verdict=blame)
    return "uncertain"


def _take_over(context: Context, lease: Lease, tracker: Tracker, draft: TicketDraft, claim: Claim) -> str:
    """A former worker died or froze with the attempt in hand: it may have been sent until its lease ended."""
    ended_at = lease.lapsed_at or claim.settle_at or context.clock()
    if lease.lapsed_at is None and claim.settle_at is not None:
        # The job came back without its lease running out (given back, retried by hand): count from the latest moment
        # that the attempt itself could have lasted, which the ledger kept.
        ended_at = claim.settle_at - max(context.settings.tickets.settle, context.settings.tickets.search_lag)
    ended_at = min(ended_at, context.clock())
    _mark_uncertain(context, lease, claim, ended_at=ended_at)
    uncertain = replace(claim, ended_at=ended_at, settle_at=settled(ended_at, settings=context.settings.tickets))
    return _look(context, lease, tracker, draft, uncertain)


def _look(context: Context, lease: Lease, tracker: Tracker, draft: TicketDraft, claim: Claim) -> str:
    now = context.clock()
    ended_at, settle_at = claim.ended_at or now, claim.settle_at or settled(now, settings=context.settings.tickets)
    # Asked before the look begins, so that a commit during the look cannot pass for absence.
    over = now >= settle_at
    found = tracker.look(draft, watermark=claim.watermark, attempted_at=claim.attempted_at or claim.created_at)
    if not isinstance(found, Absent):
        return _adopt(context, lease, claim, found.tickets, witness=found.witness)
    if not over:
        detail = f"not there yet: {found.witness}"

        def praise(tx: Tx) -> None:
            limits.succeeded(tx, lease.job.destination, now=context.clock())

        _stay_uncertain(context, lease, claim, ended_at=ended_at, detail=detail, verdict=praise)
        return "uncertain"
    indexed = [ticket for ticket in tracker.search(stamp=draft.stamp, link=draft.link) if ticket.stamp == draft.stamp]
    if indexed:
        return _adopt(context, lease, claim, tuple(indexed), witness="the search index")
    return _proven_absent(context, lease, claim, witness=found.witness)


def _adopt(context: Context, lease: Lease, claim: Claim, tickets: tuple[Ticket, ...], *, witness: str) -> str:
    first, *twins = tickets
    for twin in twins:
        log.error("twin_found", issue=str(claim.issue), ticket=first.ref.key, twin=twin.ref.key)
    return _record(context, lease, claim, first.ref, status=first.status, witness=witness, twins=twins)


def _record(
    context: Context,
    lease: Lease,
    claim: Claim,
    ref: TicketRef,
    *,
    status: str,
    witness: str,
    twins: list[Ticket] | None = None,
) -> str:
    """The ticket stands: ledger, journal and the follow-ups commit together, or not at all when the lease is lost."""

    def work(tx: Tx) -> None:
        now = context.clock()
        if not queue.finish(tx, lease, now=now, reason="opened"):
            raise LeaseLost
        if not ledger.opened(tx, claim.id, ticket=ref, status=status, now=now, as_of=claim.as_of):
            raise LeaseLost
        sentence = f"{ref.key} stands for generation {claim.generation}, known by {witness}"
        details = {"ticket": ref.key, "url": ref.url, "track": claim.track, "attempts": claim.attempts}
        entry = NewEntry(
            EntryKind.OUTCOME, "ticket_opened", sentence, claim.issue, None, claim.id, lease.job.id, details
        )
        journal.write(tx, entry, now=now)
        _follow_up(tx, context, claim, lease, now=now, twins=twins or [])

    context.store.write(work)
    log.info("ticket_opened", issue=str(claim.issue), ticket=ref.key, witness=witness)
    return "opened"


def _follow_up(tx: Tx, context: Context, claim: Claim, lease: Lease, *, now: datetime, twins: list[Ticket]) -> None:
    key, tracker = claim.issue, claim.route.tracker
    payload = dict(lease.job.payload)
    for kind in (JobKind.MEND_TICKET, JobKind.LINK_TICKET):
        queue.enqueue(tx, ticket_job(kind, key, tracker, claim.id, payload), now=now)
    if claim.route.status:
        queue.enqueue(
            tx, ticket_job(JobKind.SET_STATUS, key, tracker, claim.id, {"status": claim.route.status}), now=now
        )
    # The settings may have let go of the instance since; the ticket stands nevertheless.
    instance = context.settings.instances.get(key.instance)
    if instance is not None and instance.link_back:
        queue.enqueue(tx, ticket_job(JobKind.LINK_BACK, key, f"sentry:{key.instance}", claim.id), now=now)
    for twin in twins:
        told = {"key": twin.ref.key, "id": twin.ref.id, "url": twin.ref.url}
        queue.enqueue(tx, ticket_job(JobKind.CLOSE_TICKET, key, tracker, claim.id, {"twin": told}), now=now)


def _stay_uncertain(
    context: Context,
    lease: Lease,
    claim: Claim,
    *,
    ended_at: datetime,
    detail: str,
    verdict: Callable[[Tx], None],
) -> None:
    settings = context.settings.tickets
    settle_at = settled(ended_at, settings=settings)

    def work(tx: Tx) -> None:
        now = context.clock()
        run_at = next_look(ended_at, settle_at=settle_at, settings=settings, now=now)
        if not queue.snooze(tx, lease, run_at=run_at, reason="uncertain", detail=detail, now=now):
            raise LeaseLost
        ledger.uncertain(tx, claim.id, ended_at=ended_at, settle_at=settle_at, now=now)
        verdict(tx)

    context.store.write(work)
    log.warning("ticket_uncertain", issue=str(claim.issue), claim=claim.id, detail=detail)


def _mark_uncertain(context: Context, lease: Lease, claim: Claim, *, ended_at: datetime) -> None:
    settle_at = settled(ended_at, settings=context.settings.tickets)

    def work(tx: Tx) -> None:
        now = context.clock()
        if not queue.holds(tx, lease, now=now):
            raise LeaseLost
        ledger.uncertain(tx, claim.id, ended_at=ended_at, settle_at=settle_at, now=now)

    context.store.write(work)


def _proven_absent(context: Context, lease: Lease, claim: Claim, *, witness: str) -> str:
    def work(tx: Tx) -> None:
        now = context.clock()
        if not queue.snooze(tx, lease, run_at=now, reason="proven_absent", detail=witness, now=now):
            raise LeaseLost
        _absent(tx, claim=claim, now=now)
        sentence = f"attempt {claim.attempts} left no ticket: {witness}; it will be made again"
        entry = NewEntry(EntryKind.OUTCOME, "proven_absent", sentence, claim.issue, None, claim.id, lease.job.id)
        journal.write(tx, entry, now=now)

    context.store.write(work)
    return "proven_absent"


def _absent(tx: Tx, *, claim: Claim, now: datetime) -> None:
    ledger.absent(tx, claim.id, now=now)


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
        newest = max(each.generation for each in ledger.history(tx, claim.issue, claim.track))
        outcome = "claimed_again" if newest == claim.generation else "superseded"
        if not queue.finish(tx, lease, now=now, reason=outcome):
            raise LeaseLost
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
        )
        if fresh is not None:
            job = ticket_job(JobKind.OPEN_TICKET, claim.issue, route.tracker, fresh.id, dict(lease.job.payload))
            queue.enqueue(tx, job, now=now)
        return outcome

    return context.store.write(work)


def _finish(context: Context, lease: Lease, *, reason: str) -> str:
    if not context.store.write(lambda tx: queue.finish(tx, lease, now=context.clock(), reason=reason)):
        raise LeaseLost
    return reason
