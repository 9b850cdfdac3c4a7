"""Reconcile: the audit that compares ledger, tracker and Sentry, mends what it may, and tells of every difference."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from vedette.errors import Refused
from vedette.flows.acting import ticket_job
from vedette.flows.adopting import adopt
from vedette.flows.beside_sentry import against_sentry
from vedette.flows.context import Context, blaming, log
from vedette.flows.keeping import Between, go_on, keeping
from vedette.flows.reading import take
from vedette.model.document import Document
from vedette.model.jobs import JobKind, Lease, NewJob
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.tickets import Claim, ClaimState, Ticket, TicketDraft, TicketState
from vedette.ports.http import Fence
from vedette.ports.roles import Absent, Tracker
from vedette.rules import causes
from vedette.store import alarms, journal, ledger, queue
from vedette.store.database import Tx

# Further back than any late commit that was ever reported; the label search is cheap.
_REACH = timedelta(days=7)
_PAGE = 500
_READ_AT_ONCE = 100
_UNDER_WAY = (ClaimState.CLAIMED, ClaimState.CREATING, ClaimState.UNCERTAIN)

T = TypeVar("T")


@dataclass(slots=True)
class Report:
    """What an audit saw; `differences` are sentences, one a difference."""

    claims: int = 0
    tickets: int = 0
    folded: int = 0
    adopted: int = 0
    refreshed: int = 0
    differences: list[str] = field(default_factory=list)


def audit_job(tracker: str) -> NewJob:
    """The audit of one tracker; a waiting one is not doubled."""
    name = f"audit:{tracker}"
    return NewJob(JobKind.AUDIT, tracker, order_key=name, unique_key=name, payload={"tracker": tracker})


def audit(context: Context, lease: Lease, _fence: Fence) -> str:
    """Audit the job's tracker; the differences go to the journal, twins become jobs that fold them."""
    name = str(lease.job.payload["tracker"])
    report = audit_tracker(context, name, between=keeping(context, lease))

    def work(tx: Tx) -> None:
        now = context.clock()
        sentence = (
            f"{name}: {report.claims} claims against {report.tickets} tickets: {len(report.differences)} differences, "
            f"{report.folded} twins folded"
        )
        details = {"differences": report.differences[:200], "folded": report.folded, "refreshed": report.refreshed}
        reason = "audit_clean" if not report.differences else "audit_differences"
        journal.write(tx, NewEntry(EntryKind.AUDIT, reason, sentence, job=lease.job.id, details=details), now=now)
        cause = causes.audit_differences(name, report.differences)
        if report.differences:
            alarms.raise_(tx, cause, now=now, count=len(report.differences))
        else:
            alarms.clear(tx, cause.key, now=now)
        queue.done(tx, lease, now=now, reason=reason)

    context.store.write(work)
    log.info("audited", tracker=name, differences=len(report.differences), folded=report.folded)
    return "audited"


def audit_tracker(context: Context, name: str, *, between: Between = go_on) -> Report:
    """Compare the ledger with one tracker, both ways, and with Sentry, and enqueue what mends the differences.

    In a dry context nothing is written: `folded` counts the twins that would be folded.
    """
    report, since = Report(), context.clock() - _REACH
    tracker = context.tracker(name)
    with blaming(name):
        by_stamp = _by_stamp(_one_by_one(tracker.stamped(since=since), between))
        claims = _claims_of(context, name)
        report.claims, report.tickets = len(claims), sum(map(len, by_stamp.values()))
        for claim in _one_by_one(claims, between):
            _compare(context, tracker, claim, by_stamp.pop(claim.stamp, []), report)
        for stamp, tickets in by_stamp.items():
            _unknown(context, name, stamp, sorted(tickets, key=_age)[0], report)
        # Read anew, since the comparison may have made the ledger name other tickets.
        standing = [claim for claim in _claims_of(context, name) if claim.state is ClaimState.OPEN and claim.ticket]
        _refresh(context, tracker, standing, report, between)
    report.differences += against_sentry(context, standing, between=between)
    return report


def _unknown(context: Context, tracker: str, stamp: str, ticket: Ticket, report: Report) -> None:
    told = f"{ticket.ref.key} carries {stamp}, which the ledger does not know"
    if adopt(context, tracker, ticket):
        report.adopted += 1
        told += "; it belongs into the ledger"
    report.differences.append(told)


def _one_by_one(things: Iterable[T], between: Between) -> Iterator[T]:
    for thing in things:
        yield thing
        between()


def _by_stamp(tickets: Iterable[Ticket]) -> dict[str, list[Ticket]]:
    found: dict[str, list[Ticket]] = defaultdict(list)
    for ticket in tickets:
        if ticket.stamp:
            found[ticket.stamp].append(ticket)
    return found


def _claims_of(context: Context, tracker: str) -> list[Claim]:
    found: list[Claim] = []
    after = 0
    while page := context.store.read(lambda tx, after=after: ledger.all_claims(tx, after_id=after, limit=_PAGE)):  # type: ignore[misc]
        found += [claim for claim in page if claim.route.tracker == tracker]
        after = page[-1].id
    return found


def _compare(context: Context, tracker: Tracker, claim: Claim, seen: list[Ticket], report: Report) -> None:
    tickets = {ticket.ref.id: ticket for ticket in seen}
    # Only an attempt that ended without a clear answer can leave a twin; all else that looks like one is a person's.
    in_doubt = claim.attempts > 1 or claim.ended_at is not None
    if in_doubt and _is_recent(context, claim):
        tickets |= {ticket.ref.id: ticket for ticket in _look(context, tracker, claim, report)}
    alive = sorted((t for t in tickets.values() if _may_be_ours(context, claim, t)), key=_age)
    if not alive:
        return
    keep = alive[0] if in_doubt else _named(claim, alive)
    for twin in alive:
        if twin.ref.id == keep.ref.id or twin.state is not TicketState.OPEN:
            continue
        if in_doubt:
            report.folded += 1
            report.differences.append(f"{twin.ref.key} is a twin of {keep.ref.key} ({claim.stamp})")
            _fold(context, claim, keep, twin)
        else:
            told = f"{twin.ref.key} carries the stamp of {keep.ref.key} ({claim.stamp}), though one create was sent"
            report.differences.append(f"{told}: a copy that somebody made? It is left alone")
    _set_right(context, tracker, claim, keep, report)


def _is_recent(context: Context, claim: Claim) -> bool:
    # An old watermark would have every ticket since then read by key, each night.
    attempted_at = claim.attempted_at or claim.created_at
    return attempted_at >= context.clock() - _REACH


def _named(claim: Claim, alive: Sequence[Ticket]) -> Ticket:
    return next((each for each in alive if claim.ticket and each.ref.id == claim.ticket.id), alive[0])


def _may_be_ours(context: Context, claim: Claim, ticket: Ticket) -> bool:
    """Whether it stands and no other claim names it: where stamps are lost, another generation's looks alike."""
    if ticket.state is TicketState.GONE:
        return False
    owner = context.store.read(lambda tx: ledger.by_ticket(tx, ticket.ref.tracker, id=ticket.ref.id))
    return owner is None or owner.id == claim.id


def _look(context: Context, tracker: Tracker, claim: Claim, report: Report) -> Sequence[Ticket]:
    """By key and, where stamps are lost, by the link; but not while another claim's fresh ticket may bear it alone."""
    others = context.store.read(lambda tx: ledger.history(tx, claim.issue))
    if any(other.state in _UNDER_WAY for other in others):
        return ()
    draft = TicketDraft(claim.sent, "", Document(), claim.stamp, link=_link(context, claim))
    attempted_at = claim.attempted_at if claim.attempts == 1 and claim.attempted_at else claim.created_at
    try:
        found = tracker.look(draft, watermark=claim.watermark, attempted_at=attempted_at)
    except Refused as problem:
        report.differences.append(f"{claim.stamp} cannot be looked for: {problem}")
        return ()
    return () if isinstance(found, Absent) else found.tickets


def _link(context: Context, claim: Claim) -> str:
    """The link that the ticket was given, while its job is kept."""
    jobs = context.store.read(lambda tx: queue.listing(tx, issue=claim.issue, limit=1000))
    mine = (job for job in jobs if job.kind is JobKind.OPEN_TICKET and job.claim == claim.id)
    return next((str(job.payload["link"]) for job in mine if job.payload.get("link")), "")


def _age(ticket: Ticket) -> tuple[datetime, int, str]:
    made = ticket.created_at or ticket.as_of
    return made, int(ticket.ref.id) if ticket.ref.id.isdigit() else 0, ticket.ref.id


def _fold(context: Context, claim: Claim, keep: Ticket, twin: Ticket) -> None:
    if context.dry:
        return
    told: dict[str, object] = {"key": twin.ref.key, "id": twin.ref.id, "url": twin.ref.url, "keep": keep.ref.key}
    job = ticket_job(JobKind.CLOSE_TICKET, claim.issue, claim.route.tracker, claim.id, {"twin": told})
    once = replace(job, unique_key=f"fold:{twin.ref.tracker}:{twin.ref.id}")
    context.store.write(lambda tx: queue.enqueue(tx, once, now=context.clock()))


def _set_right(context: Context, tracker: Tracker, claim: Claim, keep: Ticket, report: Report) -> None:
    """The ledger names another ticket than the oldest, or has an open one closed: let it say what is."""
    if claim.state in _UNDER_WAY:
        return  # its own job is on the way and will find the ticket
    names_it = claim.ticket is not None and claim.ticket.id == keep.ref.id
    if names_it and (claim.state is ClaimState.OPEN or keep.state is not TicketState.OPEN):
        return
    if names_it:
        report.differences.append(f"{keep.ref.key} is open again; the ledger had it as {claim.state}")
    else:
        before = claim.ticket.key if claim.ticket else "nothing"
        report.differences.append(f"the ledger named {before} for {claim.stamp}; the ticket is {keep.ref.key}")
    # Read once more: the ledger takes no reading that is older than its last.
    _take_over(context, claim, tracker.read([keep.ref]).get(keep.ref.id, keep))


def _refresh(context: Context, tracker: Tracker, standing: Sequence[Claim], report: Report, between: Between) -> None:
    """Read every open claim's ticket again: moved, renamed, closed or deleted by a person."""
    for start in range(0, len(standing), _READ_AT_ONCE):
        batch = standing[start : start + _READ_AT_ONCE]
        for claim, ticket in _read(tracker, batch, report):
            _note_change(context, claim, ticket, report)
        between()


def _read(tracker: Tracker, claims: Sequence[Claim], report: Report) -> Iterator[tuple[Claim, Ticket]]:
    """Each claim with its ticket; one that is not for our eyes is told of and hides no other."""
    try:
        tickets = tracker.read([claim.ticket for claim in claims if claim.ticket is not None])
    except Refused as problem:
        if len(claims) == 1:
            report.differences.append(str(problem))
            return
        for claim in claims:
            yield from _read(tracker, [claim], report)
        return
    for claim in claims:
        if claim.ticket is not None and claim.ticket.id in tickets:
            yield claim, tickets[claim.ticket.id]


def _note_change(context: Context, claim: Claim, ticket: Ticket, report: Report) -> None:
    if claim.ticket is not None and ticket.ref.key != claim.ticket.key:
        report.differences.append(f"{claim.ticket.key} is now {ticket.ref.key}")
    if ticket.state is not TicketState.OPEN:
        report.differences.append(f"{ticket.ref.key} is {ticket.state} ({ticket.status}); the ledger had it open")
    report.refreshed += 1
    _take_over(context, claim, ticket)


def _take_over(context: Context, claim: Claim, ticket: Ticket) -> None:
    if not context.dry:
        context.store.write(lambda tx: take(tx, context, claim, ticket, now=context.clock()))
