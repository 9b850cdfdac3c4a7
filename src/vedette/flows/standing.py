"""Standing: the ticket exists; ledger, journal and follow-ups learn of it in one transaction, or not at all."""

from datetime import datetime

from vedette.flows.acting import ticket_job
from vedette.flows.context import Context, log
from vedette.model.jobs import JobKind, Lease
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.tickets import Claim, Ticket, TicketRef
from vedette.store import journal, ledger, queue
from vedette.store.database import Tx
from vedette.store.queue import LeaseLost


def record(
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
        queue.done(tx, lease, now=now, reason="opened")
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
