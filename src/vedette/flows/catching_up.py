"""Catching up: what a sweep learns of the tickets behind its issues, in few calls however many there are.

Law: an open ticket that its tracker's list of changes does not name has not changed. That list may lag and says nothing
of what was deleted, so each sweep also reads by key as many as one call answers, the longest unread first; and a ticket
that is thought closed is always read by key.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from vedette.errors import Refused, VedetteError
from vedette.flows.asking import changed_tickets, read_each
from vedette.flows.context import Context, log
from vedette.flows.keeping import Between, go_on
from vedette.flows.reading import take
from vedette.model.issues import IssueKey
from vedette.model.tickets import Claim, ClaimState, Ticket, TicketRef
from vedette.store import growth, ledger
from vedette.store.database import Tx

_READ_AT_ONCE = 100
# The tracker's clock and ours may differ by as much.
_SKEW = timedelta(minutes=2)
# Nobody asked for so long that the list of changes would be longer than the tickets.
_LONG = timedelta(hours=24)


def open_tickets(
    context: Context, keys: Sequence[IssueKey], *, track: str, between: Between = go_on
) -> dict[IssueKey, Claim]:
    """Those of the issues whose ticket is open, so that no decision has to read it.

    What cannot be read now is left to the decisions: a tracker's fault must not keep the sweep from being heard.
    """
    standing: dict[IssueKey, Claim] = {}
    for name, claims in _by_tracker(context, keys, track=track).items():
        try:
            for fresh in _of_tracker(context, name, claims, between):
                standing |= {claim.issue: claim for claim in fresh if claim.state is ClaimState.OPEN}
        except VedetteError as problem:
            log.warning("tickets_unread", tracker=name, problem=str(problem))
    return standing


def _by_tracker(context: Context, keys: Sequence[IssueKey], *, track: str) -> dict[str, list[Claim]]:
    claims: dict[str, list[Claim]] = {}
    for key in keys:
        history = context.store.read(lambda tx, key=key: ledger.history(tx, key, track))  # type: ignore[misc]
        if history and history[-1].ticket is not None:
            claims.setdefault(history[-1].ticket.tracker, []).append(history[-1])
    # Two sweeps hold the rows in one order.
    return {name: sorted(found, key=lambda claim: claim.id) for name, found in claims.items()}


def _of_tracker(context: Context, name: str, claims: Sequence[Claim], between: Between) -> Iterator[list[Claim]]:
    now = context.clock()
    followed = [claim for claim in claims if _is_followed(claim, now=now)]
    longest_unread = sorted(followed, key=lambda claim: claim.refreshed_at or now)
    in_turn = {claim.id for claim in longest_unread[: context.tracker(name).reads_at_once]}
    listed = [claim for claim in followed if claim.id not in in_turn]
    of_list = {claim.id for claim in listed}
    if listed:
        fresh = _changed(context, name, listed, now=now)
        of_list = of_list if fresh else set()
        yield fresh
        between()
    yield from _read(context, name, [claim for claim in claims if claim.id not in of_list], between)


def _is_followed(claim: Claim, *, now: datetime) -> bool:
    """Whether the list of changes says all that is to be known of it."""
    known_at = claim.known_at
    return claim.state is ClaimState.OPEN and known_at is not None and now - known_at < _LONG


def _read(context: Context, name: str, claims: Sequence[Claim], between: Between) -> Iterator[list[Claim]]:
    for start in range(0, len(claims), _READ_AT_ONCE):
        batch = claims[start : start + _READ_AT_ONCE]
        tickets = read_each(context, name, _refs(batch))
        yield context.store.write(lambda tx, of=batch, told=tickets: _take(tx, context, of, told))  # type: ignore[misc]
        between()


def _changed(context: Context, name: str, claims: Sequence[Claim], *, now: datetime) -> list[Claim]:
    """All of these claims as they are after the list of changes; none where the tracker has no such list for us."""
    since = min(claim.known_at or now for claim in claims) - context.settings.tickets.search_lag - _SKEW
    try:
        tickets = changed_tickets(context, name, _refs(claims), since=since)
    except Refused as problem:
        log.warning("no_list_of_changes", tracker=name, problem=str(problem))
        return []
    same = [claim for claim in claims if claim.ticket is not None and claim.ticket.id not in tickets]

    def work(tx: Tx) -> list[Claim]:
        growth.unchanged(tx, [claim.id for claim in same], at=now)
        return [*same, *_take(tx, context, claims, tickets)]

    return context.store.write(work)


def _refs(claims: Sequence[Claim]) -> list[TicketRef]:
    return [claim.ticket for claim in claims if claim.ticket is not None]


def _take(tx: Tx, context: Context, claims: Sequence[Claim], tickets: Mapping[str, Ticket]) -> list[Claim]:
    return [
        take(tx, context, claim, tickets[claim.ticket.id], now=context.clock())
        for claim in claims
        if claim.ticket is not None and claim.ticket.id in tickets
    ]
