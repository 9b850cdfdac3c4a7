"""Splitting: held issues that a person wants tickets for are let go, as the caps allow, each to a decision of its own.

Law: letting go only asks; whether there is a ticket is decided as ever, so that nothing is split twice.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vedette.flows.context import Context, log
from vedette.flows.sorting import decide_job, mention_of
from vedette.model.events import TicketAsked
from vedette.model.flood import Counted, Held, Place, is_digest
from vedette.model.issues import IssueKey
from vedette.model.journal import EntryKind, NewEntry
from vedette.rules.holding import room
from vedette.store import deliveries, flood, journal, queue
from vedette.store.database import Tx

_AT_ONCE = 100
# A decision that takes longer than this (Sentry is down) is asked for once more, which does no harm.
_PATIENCE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asked for: how many held issues were meant, and how many of them are newly asked for."""

    meant: int
    asked: int


def meant(tx: Tx, keys: Collection[IssueKey], *, everything: bool, limit: int) -> list[Held]:
    """The held issues that these keys mean, the loudest first: issues, or digests with all that waits in them."""
    rows = flood.listing(tx, limit=1_000_000)
    digests = {key for key in keys if is_digest(key)}
    return [each for each in rows if everything or each.issue in keys or each.place.digest in digests][:limit]


def ask(context: Context, ids: Sequence[int], *, over_caps: bool, by: str) -> Asked:
    """Ask for tickets for these rows; `by` says from where (by hand, on the pages)."""

    def work(tx: Tx) -> Asked:
        now = context.clock()
        asked = flood.ask(tx, ids, over_caps=over_caps, now=now)
        if asked:
            pace = "whatever the caps say" if over_caps else "as the caps allow"
            words = f"tickets for {asked} held issue{'' if asked == 1 else 's'} were asked for {by}, {pace}"
            entry = NewEntry(EntryKind.OPERATOR, "split_asked", words, details={"held": list(ids[:1000])})
            journal.write(tx, entry, now=now)
        return Asked(len(ids), asked)

    return context.store.write(work)


def let_go(context: Context) -> int:
    """Hand over to decisions as many of the issues that were asked for as the caps have room for; how many."""
    stale = context.clock() - _PATIENCE
    if not context.store.read(lambda tx: flood.asked(tx, stale=stale, limit=1)):
        return 0
    gone = context.store.write(lambda tx: _let_go(tx, context, now=context.clock()))
    if gone:
        log.info("split", issues=gone)
    return gone


def _let_go(tx: Tx, context: Context, *, now: datetime) -> int:
    flood.turn(tx)
    chosen = list(_chosen(tx, context, now=now))
    for each in chosen:
        event = TicketAsked(each.issue, now, each.project, each.title)
        deliveries.mention(tx, mention_of(event, delivery=None, position=0), now=now)
        queue.enqueue(tx, decide_job(each.issue), now=now)
    flood.let_go(tx, [each.id for each in chosen], now=now)
    return len(chosen)


def _chosen(tx: Tx, context: Context, *, now: datetime) -> list[Held]:
    stale = now - _PATIENCE
    going: Counter[Place] = Counter()
    known: dict[Place, Counted] = {}
    chosen: list[Held] = []
    for each in flood.asked(tx, stale=stale, limit=_AT_ONCE):
        if not each.over_caps:
            place = each.place
            if place not in known:
                known[place] = _wanted(tx, place, stale=stale, now=now)
            ahead = known[place]
            counted = Counted(0, ahead.route + going[place], ahead.hour + going.total())
            if room(context.settings.caps, each.route, counted) == 0:
                continue
            going[place] += 1
        chosen.append(each)
    return chosen


def _wanted(tx: Tx, place: Place, *, stale: datetime, now: datetime) -> Counted:
    """Tickets that were cut, and those that will be once the decisions under way are taken."""
    cut = flood.counted(tx, place, run=0, now=now)
    here, all_ = flood.under_way(tx, place, stale=stale), flood.under_way(tx, None, stale=stale)
    return Counted(0, cut.route + here, cut.hour + all_)
