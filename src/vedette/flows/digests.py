"""Digests: one ticket a place that lists what was held back; opened, told of news now and then, and closed when empty.

Law: a digest is a ticket like any other: claimed in the ledger before it is made, so that there is one, and what it
says is recorded as said in the transaction that enqueues the saying.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from vedette.errors import Refused
from vedette.flows.acting import ticket_job
from vedette.flows.asking import read_tickets
from vedette.flows.context import Context, log
from vedette.flows.reading import take
from vedette.model.document import Document, pack
from vedette.model.flood import WAITING, Held, HeldState, Place
from vedette.model.jobs import JobKind, Lease, NewJob
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.tickets import LIVE_CLAIMS, MAIN_TRACK, Claim, ClaimState, Route
from vedette.ports.http import Fence
from vedette.rules.digest import closing, digest_body, digest_title, more_held, no_longer_held
from vedette.store import flood, journal, ledger, queue, schedules
from vedette.store.database import Tx


def tend_digests(context: Context) -> None:
    """Enqueue a look at each place whose digest is to be opened, has something to say, or was closed."""
    caps, now = context.settings.caps, context.clock()
    for place in context.store.read(lambda tx: flood.restless(tx, until=now - caps.digest_after)):
        if place.tracker in context.trackers:
            context.store.write(lambda tx, place=place: _look_if_due(tx, context, place))  # type: ignore[misc]


def keep_job(place: Place) -> NewJob:
    """The look at one place; in the order of its digest's own jobs, and a waiting one is not doubled."""
    return NewJob(
        JobKind.KEEP_DIGEST,
        place.tracker,
        order_key=f"{place.digest}>{place.tracker}",
        unique_key=f"keep:{place.digest}",
        issue=place.digest,
        payload={"tracker": place.tracker, "project": place.project},
    )


def keep_digest(context: Context, lease: Lease, _fence: Fence) -> str:
    """Bring the place's digest in line with what is held there; the word for what was done."""
    place = Place(str(lease.job.payload["tracker"]), str(lease.job.payload["project"]))
    _refresh(context, place)

    def work(tx: Tx) -> str:
        outcome = _keep(tx, context, place, now=context.clock())
        queue.done(tx, lease, now=context.clock(), reason=outcome)
        return outcome

    outcome = context.store.write(work)
    log.info("digest_kept", place=str(place), outcome=outcome)
    return outcome


def digest_page(context: Context, place: Place) -> str:
    """Our page about what is held in the place; "" where our pages have no address."""
    base = context.settings.tickets.base_url
    return f"{base}/held/{place.digest.id}" if base else ""


def _look_if_due(tx: Tx, context: Context, place: Place) -> None:
    now, name = context.clock(), f"digest:{place}"
    if schedules.due(tx, name, every=context.settings.caps.digest_every, now=now) is None:
        return
    queue.enqueue(tx, keep_job(place), now=now)


def _refresh(context: Context, place: Place) -> None:
    """Read the open digest: a person may have closed it, which says that its issues are dealt with."""
    claim = context.store.read(lambda tx: ledger.live(tx, place.digest, MAIN_TRACK))
    if claim is None or claim.state is not ClaimState.OPEN or claim.ticket is None:
        return
    try:
        ticket = read_tickets(context, place.tracker, [claim.ticket]).get(claim.ticket.id)
    except Refused as problem:
        log.warning("ticket_unreadable", issue=str(claim.issue), ticket=claim.ticket.key, problem=str(problem))
        return
    if ticket is not None:
        context.store.write(lambda tx: take(tx, context, claim, ticket, now=context.clock()))


def _keep(tx: Tx, context: Context, place: Place, *, now: datetime) -> str:
    history = ledger.history(tx, place.digest, MAIN_TRACK)
    last = history[-1] if history else None
    if last is not None and last.state not in LIVE_CLAIMS and last.state is not ClaimState.DROPPED:
        _settle(tx, last, now=now)
    untold = flood.untold(tx, place)
    waiting = [each for each in untold if each.state in WAITING]
    if last is not None and last.state in LIVE_CLAIMS:
        return _tell(tx, context, place, last, untold, now=now)
    if waiting and last is not None and last.state is ClaimState.DROPPED and last.route == waiting[0].route:
        # Refused, and nothing has changed: its dead letter says why, and what waits is weighed against the caps anew.
        flood.told(tx, [each.id for each in untold], digest=last.id, now=now)
        return "digest_refused"
    if waiting:
        return _open(tx, context, place, waiting, generation=1 + (last.generation if last else 0), now=now)
    flood.told(tx, [each.id for each in untold], digest=last.id if last else None, now=now)
    return "nothing_held"


def _open(
    tx: Tx, context: Context, place: Place, held: Sequence[Held], *, generation: int, now: datetime
) -> str:  # fmt: skip
    route: Route = held[0].route
    claim = ledger.claim(
        tx, issue=place.digest, track=MAIN_TRACK, generation=generation, route=route, owner="", now=now, as_of=now
    )
    if claim is None:
        return "claim_taken"
    flood.told(tx, [each.id for each in held], digest=claim.id, now=now)
    page, link = digest_page(context, place), _link(context, place, held[0])
    payload: dict[str, object] = {
        "title": digest_title(place, len(held), link=link),
        "body": pack(digest_body(place, held, link=link, page=page)),
        "link": link,
        "link_title": "What is held back",
    }
    queue.enqueue(tx, ticket_job(JobKind.OPEN_TICKET, place.digest, place.tracker, claim.id, payload), now=now)
    sentence = f"{len(held)} issues are held back in {place}: one digest ticket lists them"
    entry = NewEntry(EntryKind.DECISION, "digest_opened", sentence, issue=place.digest, claim=claim.id,
                     details={"held": len(held), "issues": [str(each.issue) for each in held[:200]]})  # fmt: skip
    journal.write(tx, entry, now=now)
    return "digest_claimed"


def _tell(tx: Tx, context: Context, place: Place, claim: Claim, untold: Sequence[Held], *, now: datetime) -> str:
    """Comment on what came and went since, and close the digest in which nothing is left."""
    flood.attach(tx, place, claim.id)
    if claim.state is not ClaimState.OPEN:
        return "digest_in_hand"
    page = digest_page(context, place)
    more = [each for each in untold if each.state in WAITING]
    split, left = _gone(tx, [each for each in untold if each.state not in WAITING])
    gone = [*(each for each, _, _ in split), *(each for each, _ in left)]
    flood.told(tx, [each.id for each in (*more, *gone)], digest=claim.id, now=now)
    if more:
        _comment(tx, claim, more_held(more, page=page), f"held-{_mark(more)}", now=now)
    if gone:
        _comment(tx, claim, no_longer_held(split, left, page=page), f"split-{_mark(gone)}", now=now)
    done = len(more) + len(gone)
    if done == len(untold) and not flood.listing(tx, digest=claim.id, limit=1):
        payload: dict[str, object] = {"text": pack(closing(page)), "marker": f"closed-{claim.stamp}"}
        job = ticket_job(JobKind.CLOSE_DIGEST, claim.issue, claim.route.tracker, claim.id, payload)
        queue.enqueue(tx, replace(job, unique_key=f"close:{claim.stamp}"), now=now)
        return "digest_emptied"
    return "digest_told" if done else "nothing_to_tell"


def _settle(tx: Tx, digest: Claim, *, now: datetime) -> None:
    name = digest.ticket.key if digest.ticket else digest.stamp
    sentence = f"its digest {name} was closed ({digest.ticket_status or digest.state})"
    count = flood.close_with(tx, digest.id, sentence=sentence, now=now)
    if count:
        told = f"{name} was closed, and with it {count} held issues: what is seen again is decided anew"
        entry = NewEntry(EntryKind.DECISION, "digest_closed", told, issue=digest.issue, claim=digest.id)
        journal.write(tx, entry, now=now)


def _gone(tx: Tx, held: Sequence[Held]) -> tuple[list[tuple[Held, str, str]], list[tuple[Held, str]]]:
    """Those that have a ticket, with its key and address, and those that have none, with why; not those in between."""
    split: list[tuple[Held, str, str]] = []
    left: list[tuple[Held, str]] = []
    for each in held:
        claim = ledger.get(tx, each.claim) if each.claim is not None else None
        if each.state is HeldState.CLOSED or claim is None:
            left.append((each, each.sentence))
        elif claim.ticket is not None:
            split.append((each, claim.ticket.key, claim.ticket.url))
        elif claim.state is ClaimState.DROPPED:
            left.append((each, "the tracker refused its ticket"))
    return split, left


def _comment(tx: Tx, claim: Claim, text: Document, marker: str, *, now: datetime) -> None:
    payload: dict[str, object] = {"text": pack(text), "marker": marker}
    queue.enqueue(tx, ticket_job(JobKind.COMMENT_TICKET, claim.issue, claim.route.tracker, claim.id, payload), now=now)


def _mark(held: Sequence[Held]) -> str:
    """Names the occasion: rows are told of once a state, in batches that share none."""
    return f"{min(each.id for each in held)}-{int(max(each.last_at for each in held).timestamp())}"


def _link(context: Context, place: Place, held: Held) -> str:
    """An address that is the digest's alone, since trackers find tickets by it too."""
    page = digest_page(context, place)
    instance = context.settings.instances.get(held.issue.instance)
    if page or instance is None:
        return page or held.link
    return f"{instance.url.rstrip('/')}/organizations/{instance.organization}/issues/#{place.digest.id}"
