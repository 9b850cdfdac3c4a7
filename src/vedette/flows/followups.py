"""Follow-ups: what is done to a ticket that stands; each is a job of its own, and doing it twice does no harm."""

from collections.abc import Sequence

from vedette.errors import Refused
from vedette.flows.context import Context, log
from vedette.flows.opening import draft_of
from vedette.flows.placing import refuse_outside
from vedette.flows.reading import active_of, take
from vedette.model.document import Document, Paragraph, Text, unpack
from vedette.model.jobs import Lease
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.tickets import Claim, TicketRef
from vedette.ports.http import Fence
from vedette.rules import causes
from vedette.rules.active import is_active
from vedette.rules.curing import route_at, setting_of
from vedette.store import alarms, flood, journal, ledger, queue
from vedette.store.database import Tx


def mend_ticket(context: Context, lease: Lease, fence: Fence) -> str:
    """Read the ticket back, put right what its screen dropped, and alarm about what could not be put right."""
    claim, ref = _standing(context, lease)
    lost = context.tracker(ref.tracker).mend(ref, draft_of(context, claim, lease), fence=fence)
    if not lost:
        return _done(context, lease, "as_asked")
    route = route_at(claim.owner, setting_of(lost[0].partition(" ")[0].rstrip(":")), context.settings.where)
    sentence = f"{ref.key} lacks what was asked for: {'; '.join(lost)}; correct {route}"
    alarm = NewEntry(EntryKind.ALARM, "ticket_lacks", sentence, claim.issue, None, claim.id, lease.job.id)

    def work(tx: Tx) -> str:
        _finish(tx, context, lease, "lacks", alarm)
        cause = causes.ticket_lacks(ref.tracker, claim.route.project, lost, owner=claim.owner, route=route)
        alarms.raise_(tx, cause, now=context.clock())
        return "lacks"

    return context.store.write(work)


def set_status(context: Context, lease: Lease, fence: Fence) -> str:
    """Give the new ticket its first status."""
    claim, ref = _standing(context, lease)
    status = context.tracker(ref.tracker).transition(ref, status=str(lease.job.payload["status"]), fence=fence)

    def work(tx: Tx) -> None:
        # What it leaves later was a status that it had, though nobody read it in between.
        ledger.named(tx, claim.id, status=status)
        entry = _outcome(claim, lease, "status_set", f"{ref.key} is now {status}")
        _finish(tx, context, lease, "status_set", entry)

    context.store.write(work)
    return "status_set"


def comment_ticket(context: Context, lease: Lease, fence: Fence) -> str:
    """Say something on the ticket, once per marker."""
    claim, ref = _standing(context, lease)
    payload = lease.job.payload
    context.tracker(ref.tracker).comment(ref, unpack(payload["text"]), marker=str(payload["marker"]), fence=fence)
    return _done(context, lease, "commented", _outcome(claim, lease, "commented", f"{ref.key} was commented on"))


def reopen_ticket(context: Context, lease: Lease, fence: Fence) -> str:
    """Bring the closed ticket back and say why."""
    claim, ref = _standing(context, lease)
    payload = lease.job.payload
    tracker = context.tracker(ref.tracker)
    status = tracker.reopen(ref, status=claim.route.status, fence=fence)
    tracker.comment(ref, unpack(payload["text"]), marker=str(payload["marker"]), fence=fence)
    ticket = tracker.read([ref]).get(ref.id)
    active = active_of(context, claim)
    if ticket is not None and active and not is_active(ticket.status, active):
        # Out of its done statuses it may be, and yet in none that counts as open: the next news would reopen it again.
        status = tracker.transition(ref, status=_first(claim.route.status, active), fence=fence)
        ticket = tracker.read([ref]).get(ref.id)

    def work(tx: Tx) -> None:
        if ticket is not None:
            take(tx, context, claim, ticket, now=context.clock())
        entry = _outcome(claim, lease, "reopened", f"{ref.key} was reopened ({status})")
        _finish(tx, context, lease, "reopened", entry)

    context.store.write(work)
    return "reopened"


def _first(status: str, active: Sequence[str]) -> str:
    return status if is_active(status, active) else active[0]


def close_ticket(context: Context, lease: Lease, fence: Fence) -> str:
    """Fold a twin: say on it which ticket is the one, and close it."""
    claim, ref = _standing(context, lease)
    told = lease.job.payload["twin"]
    twin = TicketRef(ref.tracker, str(told["key"]), str(told["id"]), str(told["url"]))
    if twin.id == ref.id:
        # Since it was judged, the ledger came to name it: closing it would leave the issue without a ticket.
        return _done(context, lease, "stands", _outcome(claim, lease, "stands", f"{ref.key} is the ticket itself"))
    tracker = context.tracker(ref.tracker)
    text = Document((Paragraph((Text(f"The same Sentry issue already has {ref.key}; this twin is folded into it."),)),))
    tracker.comment(twin, text, marker=f"folded-{claim.stamp}", fence=fence)
    tracker.close(twin, fence=fence)
    log.warning("twin_folded", issue=str(claim.issue), ticket=ref.key, twin=twin.key)
    sentence = f"{twin.key} is a twin of {ref.key} and was folded into it"
    return _done(context, lease, "twin_folded", _outcome(claim, lease, "twin_folded", sentence))


def close_digest(context: Context, lease: Lease, fence: Fence) -> str:
    """Close a digest in which nothing is left; what was held meanwhile waits for the next one."""
    claim, ref = _standing(context, lease)
    if context.store.read(lambda tx: flood.listing(tx, digest=claim.id, limit=1)):
        return _done(context, lease, "digest_in_use")
    tracker = context.tracker(ref.tracker)
    tracker.comment(ref, unpack(lease.job.payload["text"]), marker=str(lease.job.payload["marker"]), fence=fence)
    tracker.close(ref, fence=fence)
    ticket = tracker.read([ref]).get(ref.id)

    def work(tx: Tx) -> None:
        if ticket is not None:
            take(tx, context, claim, ticket, now=context.clock())
        flood.detach(tx, claim.id)
        entry = _outcome(claim, lease, "digest_emptied", f"{ref.key} lists nothing that is still held and was closed")
        _finish(tx, context, lease, "digest_emptied", entry)

    context.store.write(work)
    return "digest_emptied"


def link_ticket(context: Context, lease: Lease, fence: Fence) -> str:
    """Link the ticket to the Sentry issue."""
    _claim, ref = _standing(context, lease)
    url, title = str(lease.job.payload["link"]), str(lease.job.payload.get("link_title", "Sentry issue"))
    context.tracker(ref.tracker).link(ref, url=url, title=title, fence=fence)
    return _done(context, lease, "linked")


def link_back(context: Context, lease: Lease, fence: Fence) -> str:
    """Leave the ticket's address on the Sentry issue."""
    claim, ref = _standing(context, lease)
    text = f"Ticket: {ref.url}"
    context.source(claim.issue.instance).note(claim.issue, text=text, ticket=ref, fence=fence)
    return _done(context, lease, "linked_back", _outcome(claim, lease, "linked_back", f"Sentry now names {ref.key}"))


def _standing(context: Context, lease: Lease) -> tuple[Claim, TicketRef]:
    number = lease.job.claim
    claim = context.store.read(lambda tx: ledger.get(tx, number)) if number is not None else None
    if claim is None or claim.ticket is None:
        raise Refused(f"job {lease.job.id} wants a ticket that does not stand (claim {number})")
    refuse_outside(context, claim)
    return claim, claim.ticket


def _outcome(claim: Claim, lease: Lease, reason: str, sentence: str) -> NewEntry:
    return NewEntry(EntryKind.OUTCOME, reason, sentence, claim.issue, None, claim.id, lease.job.id)


def _done(context: Context, lease: Lease, reason: str, entry: NewEntry | None = None) -> str:
    context.store.write(lambda tx: _finish(tx, context, lease, reason, entry))
    return reason


def _finish(tx: Tx, context: Context, lease: Lease, reason: str, entry: NewEntry | None) -> None:
    now = context.clock()
    queue.done(tx, lease, now=now, reason=reason)
    if entry is not None:
        journal.write(tx, entry, now=now)
