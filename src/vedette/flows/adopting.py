"""Adopting: a ticket that carries our stamp and that the ledger has lost (a restored backup) is taken back into it.

Law: one that any claim names, or whose generation the ledger has, is left alone: two rows must never stand for one.
"""

import re

from vedette.flows.context import Context
from vedette.model.issues import IssueKey
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.tickets import Route, Ticket, TicketState
from vedette.store import journal, ledger
from vedette.store.database import Tx

# As `stamp_of` writes it; names of instances and tracks hold no hyphen.
_STAMP = re.compile(r"vedette-([a-z0-9_]+)-([0-9]+)-([a-z0-9_]+)-([0-9]{1,6})", re.ASCII)


def adopt(context: Context, tracker: str, ticket: Ticket) -> bool:
    """Take the ticket into the ledger under the issue, track and generation of its stamp; whether it was.

    In a dry context nothing is written, and True means that it would be.
    """
    found = _STAMP.fullmatch(ticket.stamp)
    if found is None or found[1] not in context.settings.instances or ticket.state is TicketState.GONE:
        return False
    issue, track, generation = IssueKey(found[1], found[2]), found[3], int(found[4])
    if context.dry:
        return context.store.read(lambda tx: _is_free(tx, tracker, ticket, issue, track))
    return context.store.write(lambda tx: _adopt(tx, context, tracker, ticket, issue, track, generation))


def _is_free(tx: Tx, tracker: str, ticket: Ticket, issue: IssueKey, track: str) -> bool:
    nobodys = ledger.by_ticket(tx, tracker, id=ticket.ref.id) is None
    return nobodys and ledger.by_stamp(tx, ticket.stamp) is None and ledger.live(tx, issue, track) is None


def _adopt(  # noqa: PLR0917 - the parts of one stamp
    tx: Tx, context: Context, tracker: str, ticket: Ticket, issue: IssueKey, track: str, generation: int
) -> bool:
    if not _is_free(tx, tracker, ticket, issue, track):
        return False
    now = context.clock()
    route = Route(tracker, ticket.project or ticket.ref.key.rpartition("-")[0])
    told = {"issue": issue, "track": track, "generation": generation}
    claim = ledger.claim(tx, **told, route=route, owner="", now=now, as_of=ticket.as_of)  # type: ignore[arg-type]
    if claim is None:
        return False
    ledger.opened(tx, claim.id, ticket=ticket.ref, status=ticket.status, now=now, as_of=ticket.as_of)
    ledger.refreshed(tx, claim.id, ticket, now=now)
    sentence = f"{ticket.ref.key} carries {ticket.stamp} and was taken back into the ledger"
    journal.write(tx, NewEntry(EntryKind.AUDIT, "ticket_adopted", sentence, issue, claim=claim.id), now=now)
    return True
