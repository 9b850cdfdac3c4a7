"""Reconcile: the audit that compares ledger, tracker and Sentry, mends what it may, and tells of every difference."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from vedette.flows.context import Context, blaming, log
from vedette.flows.interpret import ticket_job
from vedette.model.document import Document
from vedette.model.jobs import JobKind, Lease, NewJob
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.tickets import Claim, ClaimState, Ticket, TicketDraft, TicketState
from vedette.ports.http import Fence
from vedette.ports.roles import Absent, Tracker
from vedette.store import journal, ledger, queue
from vedette.store.database import Tx
from vedette.store.queue import LeaseLost

# Further back than any late commit that was ever reported; the label search is cheap.
_REACH = timedelta(days=7)
_PAGE = 500


@dataclass(slots=True)
class Report:
    """What an audit saw; `differences` are sentences, one a difference."""

    claims: int = 0
    tickets: int = 0
    folded: int = 0
    refreshed: int = 0
    differences: list[str] = field(default_factory=list)


def audit_job(tracker: str) -> NewJob:
    """The audit of one tracker; a waiting one is not doubled."""
    name = f"audit:{tracker}"
    return NewJob(JobKind.AUDIT, tracker, order_key=name, unique_key=name, payload={"tracker": tracker})


def audit(context: Context, lease: Lease, _fence: Fence) -> str:
    """Audit the job's tracker; the differences go to the journal, twins become jobs that fold them."""
    name = str(lease.job.payload["tracker"])
    report = audit_tracker(context, name)

    def work(tx: Tx) -> None:
        now = context.clock()
        sentence = (
            f"{name}: {report.claims} claims against {report.tickets} tickets: {len(report.differences)} differences, "
            f"{report.folded} twins folded"
        )
        details = {"differences": report.differences[:200], "folded": report.folded, "refreshed": report.refreshed}
        reason = "audit_clean" if not report.differences else "audit_differences"
        journal.write(tx, NewEntry(EntryKind.AUDIT, reason, sentence, job=lease.job.id, details=details), now=now)
        if not queue.finish(tx, lease, now=now, reason=reason):
            raise LeaseLost

    context.store.write(work)
    log.info("audited", tracker=name, differences=len(report.differences), folded=report.folded)
    return "audited"


def audit_tracker(context: Context, name: str) -> Report:
    """Compare the ledger with one tracker, both ways, and enqueue what mends the differences.

    In a dry context nothing is written: `folded` counts the twins that would be folded.
    """
    report = Report()
    tracker = context.tracker(name)
    with blaming(name):
        by_stamp = _by_stamp(tracker.stamped(since=context.clock() - _REACH))
        claims = [claim for claim in _all_claims(context) if claim.route.tracker == name]
        report.claims, report.tickets = len(claims), sum(map(len, by_stamp.values()))
        for claim in claims:
            _compare(context, tracker, claim, by_stamp.pop(claim.stamp, []), report)
        for stamp, tickets in by_stamp.items():
            report.differences.append(f"{tickets[0].ref.key} carries {stamp}, which the ledger does not know")
        _refresh(context, tracker, claims, report)
    return report


def _by_stamp(tickets: Iterable[Ticket]) -> dict[str, list[Ticket]]:
    found: dict[str, list[Ticket]] = defaultdict(list)
    for ticket in tickets:
        if ticket.stamp:
            found[ticket.stamp].append(ticket)
    return found


def _all_claims(context: Context) -> Iterable[Claim]:
    after = 0
    while page := context.store.read(lambda tx, after=after: ledger.all_claims(tx, after_id=after, limit=_PAGE)):  # type: ignore[misc]
        yield from page
        after = page[-1].id


def _compare(context: Context, tracker: Tracker, claim: Claim, seen: list[Ticket], report: Report) -> None:
    tickets = {ticket.ref.id: ticket for ticket in seen}
    if claim.attempts > 1 or claim.ended_at is not None:
        # An attempt of this claim ended without an answer, so a twin may have lost its label on the way.
        tickets |= {ticket.ref.id: ticket for ticket in _look(tracker, claim)}
    alive = sorted((t for t in tickets.values() if t.state is not TicketState.GONE), key=_age)
    if not alive:
        return
    keep = alive[0]
    for twin in alive[1:]:
        if twin.state is TicketState.OPEN:
            report.folded += 1
            report.differences.append(f"{twin.ref.key} is a twin of {keep.ref.key} ({claim.stamp})")
            _fold(context, claim, keep, twin)
    if claim.ticket is None or claim.ticket.id != keep.ref.id:
        _point(context, claim, keep, report)


def _look(tracker: Tracker, claim: Claim) -> Sequence[Ticket]:
    draft = TicketDraft(claim.route, "", Document(), claim.stamp, link="")
    found = tracker.look(draft, watermark=claim.watermark, attempted_at=claim.created_at)
    return () if isinstance(found, Absent) else found.tickets


def _age(ticket: Ticket) -> tuple[datetime, int, str]:
    made = ticket.created_at or ticket.as_of
    return made, int(ticket.ref.id) if ticket.ref.id.isdigit() else 0, ticket.ref.id


def _fold(context: Context, claim: Claim, keep: Ticket, twin: Ticket) -> None:
    if context.dry:
        return
    told: dict[str, object] = {"key": twin.ref.key, "id": twin.ref.id, "url": twin.ref.url, "keep": keep.ref.key}

    def work(tx: Tx) -> None:
        job = ticket_job(JobKind.CLOSE_TICKET, claim.issue, claim.route.tracker, claim.id, {"twin": told})
        queue.enqueue(tx, job, now=context.clock())

    context.store.write(work)


def _point(context: Context, claim: Claim, keep: Ticket, report: Report) -> None:
    """The ledger names another ticket than the oldest, or none: let it name the oldest."""
    if claim.state in (ClaimState.CLAIMED, ClaimState.CREATING, ClaimState.UNCERTAIN):
        return  # its own job is on the way and will find the ticket
    before = claim.ticket.key if claim.ticket else "nothing"
    report.differences.append(f"the ledger named {before} for {claim.stamp}; the ticket is {keep.ref.key}")
    _take_over(context, claim, keep)


def _refresh(context: Context, tracker: Tracker, claims: Sequence[Claim], report: Report) -> None:
    """Read every open claim's ticket again: moved, renamed, closed or deleted by a person."""
    standing = [claim for claim in claims if claim.state is ClaimState.OPEN and claim.ticket is not None]
    for start in range(0, len(standing), 100):
        batch = standing[start : start + 100]
        tickets = tracker.read([claim.ticket for claim in batch if claim.ticket is not None])
        for claim in batch:
            _note_change(context, claim, tickets.get(claim.ticket.id if claim.ticket else ""), report)


def _note_change(context: Context, claim: Claim, ticket: Ticket | None, report: Report) -> None:
    if ticket is None or claim.ticket is None:
        return
    if ticket.ref.key != claim.ticket.key:
        report.differences.append(f"{claim.ticket.key} is now {ticket.ref.key}")
    if ticket.state is not TicketState.OPEN:
        report.differences.append(f"{ticket.ref.key} is {ticket.state} ({ticket.status}); the ledger had it open")
    report.refreshed += 1
    _take_over(context, claim, ticket)


def _take_over(context: Context, claim: Claim, ticket: Ticket) -> None:
    if not context.dry:
        context.store.write(lambda tx: ledger.refreshed(tx, claim.id, ticket, now=context.clock()))
