"""Active: which statuses of a ticket count as open, where a policy names them.

Law: a status counts as closed only after the ticket was known in an active one. What a ticket is born in is the
project's choice, and a policy that forgets to name it must not cut one ticket after another.
"""

from collections.abc import Collection
from dataclasses import replace

from vedette.model.tickets import Claim, ClaimState, Ticket, TicketState

_CLOSED = (ClaimState.DONE, ClaimState.WONT_DO)


def as_seen(ticket: Ticket, *, before: Claim, active: Collection[str]) -> Ticket:
    """The ticket as a policy with these active statuses sees it; without any, the tracker's own word holds.

    `before` is what the ledger knew. A tracker says when a ticket was closed, not when it left a status: the latest
    moment that this can have been is its last change.
    """
    if not active or not ticket.status or ticket.state is TicketState.GONE:
        return ticket
    if is_active(ticket.status, active):
        return replace(ticket, state=TicketState.OPEN, closed_at=None)
    if ticket.state is not TicketState.OPEN:
        return ticket
    if before.state in _CLOSED:
        return replace(ticket, state=TicketState.DONE, closed_at=before.closed_at or ticket.as_of)
    if not is_active(before.ticket_status, active):
        return ticket
    return replace(ticket, state=TicketState.DONE, closed_at=ticket.changed_at or ticket.as_of)


def is_active(status: str, active: Collection[str]) -> bool:
    """Whether the status is among them, whatever the case."""
    return status.casefold() in {each.casefold() for each in active}
