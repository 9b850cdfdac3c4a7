"""Reading: the one place where what a tracker says of a ticket enters the ledger, and where what follows is hung.

Law: whoever read a ticket hands it to `take`, in a transaction; the ledger's `refreshed` is called nowhere else, but
for a lost ticket that is adopted, of which nothing changed.
"""

from dataclasses import replace
from datetime import datetime

from vedette.flows.closing import follow
from vedette.flows.context import Context, log
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.tickets import Claim, ClaimState, Ticket, TicketState
from vedette.rules.active import as_seen
from vedette.rules.effective import policy_of
from vedette.store import journal, ledger
from vedette.store.database import Tx

_TOLD = {
    ClaimState.OPEN: ("ticket_open_again", "is open again"),
    ClaimState.DONE: ("ticket_closed", "is closed"),
    ClaimState.WONT_DO: ("ticket_closed_wont_do", "is closed as not to be done"),
    ClaimState.GONE: ("ticket_gone", "is gone from the tracker"),
}


def take(tx: Tx, context: Context, claim: Claim, ticket: Ticket, *, now: datetime) -> Claim:
    """The claim after this reading, which may have changed nothing (an older one than the last).

    What follows from a change of state is written in the same transaction, by whoever changed it: the row is held, so
    that of two readings of one closing only one sees the ticket close.
    """
    before = ledger.held(tx, claim.id)
    seen = as_seen(ticket, before=before or claim, active=active_of(context, claim))
    after = ledger.refreshed(tx, claim.id, seen, now=now)
    if before is not None and before.state is not after.state:
        _changed(tx, context, before, after, now=now)
    return after


def as_read(context: Context, claim: Claim, ticket: Ticket) -> Claim:
    """The claim as the ledger would have it after this reading, which a dry run must not write."""
    seen = as_seen(ticket, before=claim, active=active_of(context, claim))
    return replace(
        claim,
        state=ClaimState(seen.state.value),
        ticket=seen.ref,
        ticket_status=seen.status,
        closed_at=seen.closed_at if seen.state is not TicketState.GONE else seen.closed_at or seen.as_of,
        refreshed_at=seen.as_of,
        as_of=max(claim.as_of, seen.as_of),
    )


def active_of(context: Context, claim: Claim) -> tuple[str, ...]:
    """The statuses that count as open for the policy of the claim; none = as the tracker says."""
    held = policy_of(context.settings, claim)
    return () if held is None else held.policy.active


def _changed(tx: Tx, context: Context, before: Claim, after: Claim, *, now: datetime) -> None:
    """What follows when a reading changed the claim's state; commits with the reading, or not at all."""
    if after.state not in _TOLD or after.ticket is None:
        return
    reason, words = _TOLD[after.state]
    status = f" ({after.ticket_status})" if after.ticket_status else ""
    sentence = f"{after.ticket.key} {words}{status}; the ledger had it as {before.state}"
    journal.write(tx, NewEntry(EntryKind.OUTCOME, reason, sentence, issue=after.issue, claim=after.id), now=now)
    follow(tx, context, before, after, now=now)
    log.info("ticket_state", issue=str(after.issue), ticket=after.ticket.key, state=after.state, before=before.state)
