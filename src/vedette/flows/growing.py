"""Growing: an open ticket is told, once a multiple, how far its issue outgrew what it was, and its priority is raised.

Law: the ledger takes the multiple in the transaction that decides on it, so that sweep and webhook never both tell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from vedette.errors import Refused
from vedette.flows.acting import enqueue
from vedette.flows.context import Context, log
from vedette.flows.reading import take
from vedette.flows.telemetry import count_decision
from vedette.flows.wording import growth_payload
from vedette.model.document import Document, Paragraph, Text, unpack
from vedette.model.issues import Issue, IssueKey
from vedette.model.jobs import Lease
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.policies import Policy
from vedette.model.tickets import Claim, Ticket, TicketRef, TicketState
from vedette.ports.http import Fence
from vedette.ports.roles import Tracker
from vedette.rules.effective import effective_for
from vedette.rules.growing import Raise, marker_of, weigh_priority
from vedette.rules.muting import mute_for
from vedette.rules.situation import Choice, Reason
from vedette.rules.standing import about_an_open_ticket
from vedette.store import growth, journal, ledger, queue
from vedette.store.database import Tx


@dataclass(frozen=True, slots=True)
class _Priority:
    """What came of the wish for a priority: a sentence, and whether somebody must mend something."""

    sentence: str = ""
    is_alarm: bool = False
    is_raised: bool = False


def outgrown(
    context: Context, policy: Policy, issues: Sequence[Issue], standing: Mapping[IssueKey, Claim], *, now: datetime
) -> list[tuple[Issue, Choice]]:
    """Of the issues that a sweep brought, with their counts, those whose open ticket must hear of them; asks nobody."""
    found: list[tuple[Issue, Choice]] = []
    for issue in issues:
        claim = standing.get(issue.key)
        if claim is None:
            continue
        mute = mute_for(issue, context.settings.mutes, now=now)
        held = effective_for(policy, settings=context.settings, owner=claim.owner).policy
        choice = about_an_open_ticket(issue, claim, held, mute=mute)
        if choice[0] is not Reason.TICKET_OPEN:
            found.append((issue, choice))
    return found


def act_on(tx: Tx, policy: Policy, chosen: Sequence[tuple[Issue, Choice]], *, now: datetime) -> None:
    """Journal what was chosen for these issues, and let their jobs wait, all in one transaction."""
    for issue, (reason, sentence, actions) in chosen:
        details = {
            "track": policy.track,
            "policy": policy.name,
            "project": issue.project,
            "title": issue.title,
            "heard": ["IssuePolled"],
            "news": 0,
            "actions": [type(action).__name__ for action in actions],
            "counts": [
                {"events": c.events, "users": c.users, "span": str(c.span), "from": c.source} for c in issue.counts
            ],
        }
        journal.write(tx, NewEntry(EntryKind.DECISION, reason, sentence, issue.key, details=details), now=now)
        for action in actions:
            enqueue(tx, issue, action, growth_payload(action), now=now, as_of=now)


def count(chosen: Sequence[tuple[Issue, Choice]]) -> None:
    """Tell metrics and log of what was committed."""
    for issue, (reason, _sentence, _actions) in chosen:
        count_decision(reason)
        log.info("decided", issue=str(issue.key), reason=reason)


def grow_ticket(context: Context, lease: Lease, fence: Fence) -> str:
    """Raise the priority where that is ours to do, and say how far the issue has grown, once per multiple."""
    claim, ref = _standing(context, lease)
    tracker = context.tracker(ref.tracker)
    ticket = tracker.read([ref]).get(ref.id)
    if ticket is None or ticket.state is not TicketState.OPEN:
        return _done(context, lease, claim, ticket, _Priority(f"{ref.key} is no longer open"), reason="not_open")
    payload = lease.job.payload
    wanted = str(payload["priority"])
    outcome = _raised(context, tracker, claim, ticket, wanted, fence=fence) if wanted else _Priority()
    if payload["text"] is not None:
        text = _with(unpack(payload["text"]), outcome.sentence if outcome.is_raised else "")
        tracker.comment(ticket.ref, text, marker=marker_of(int(payload["step"])), fence=fence)
    return _done(context, lease, claim, ticket, outcome, reason="grown_told")


def _standing(context: Context, lease: Lease) -> tuple[Claim, TicketRef]:
    number = lease.job.claim
    claim = context.store.read(lambda tx: ledger.get(tx, number)) if number is not None else None
    if claim is None or claim.ticket is None:
        raise Refused(f"job {lease.job.id} tells of growth to a ticket that does not stand (claim {number})")
    return claim, claim.ticket


def _raised(
    context: Context, tracker: Tracker, claim: Claim, ticket: Ticket, wanted: str, *, fence: Fence
) -> _Priority:
    """Raise it; what the tracker refuses is told and costs the comment nothing."""
    ours = claim.raising != "" and ticket.priority.casefold() == claim.raising.casefold()
    left = ticket.priority if ours else claim.priority
    chosen = weigh_priority(wanted, present=ticket.priority, left=left, scale=tracker.priorities(ticket.ref))
    if not isinstance(chosen, Raise):
        if ours:
            context.store.write(lambda tx: growth.prioritised(tx, claim.id, priority=ticket.priority))
        return _Priority(chosen.sentence, is_alarm=not chosen.known)
    context.store.write(lambda tx: growth.raising(tx, claim.id, priority=chosen.priority, born_with=ticket.priority))
    try:
        tracker.prioritise(ticket.ref, priority=chosen.priority, fence=fence)
    except Refused as refusal:
        context.store.write(lambda tx: growth.prioritised(tx, claim.id, priority=ticket.priority))
        return _Priority(f"the priority could not be raised to {chosen.priority}: {refusal}", is_alarm=True)
    context.store.write(lambda tx: growth.prioritised(tx, claim.id, priority=chosen.priority))
    return _Priority(f"Priority raised from {ticket.priority or 'none'} to {chosen.priority}.", is_raised=True)


def _with(text: Document, sentence: str) -> Document:
    return Document((*text.blocks, Paragraph((Text(sentence),)))) if sentence else text


def _done(
    context: Context, lease: Lease, claim: Claim, ticket: Ticket | None, outcome: _Priority, *, reason: str
) -> str:
    step = lease.job.payload["step"]
    key = _name(claim.ticket)
    sentence = f"{key} was told of growth ×{step}" if reason == "grown_told" else f"{key} was not told of ×{step}"
    sentence = f"{sentence}; {outcome.sentence.rstrip('.')}" if outcome.sentence else sentence

    def work(tx: Tx) -> None:
        now = context.clock()
        queue.done(tx, lease, now=now, reason=reason)
        if ticket is not None:
            take(tx, context, claim, ticket, now=now)
        journal.write(
            tx, NewEntry(EntryKind.OUTCOME, reason, sentence, claim.issue, None, claim.id, lease.job.id), now=now
        )
        if outcome.is_alarm:
            alarm = f"{key}: {outcome.sentence}"
            entry = NewEntry(EntryKind.ALARM, "priority_not_raised", alarm, claim.issue, None, claim.id, lease.job.id)
            journal.write(tx, entry, now=now)

    context.store.write(work)
    return reason


def _name(ref: TicketRef | None) -> str:
    return ref.key if ref is not None else "the ticket"
