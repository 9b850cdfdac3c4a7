"""Flooding: the caps, weighed in the transaction that would claim a ticket; what meets one is held back instead."""

from dataclasses import replace
from datetime import datetime

from vedette.flows.context import Context
from vedette.flows.gather import Gathered
from vedette.model.actions import OpenTicket
from vedette.model.events import IssuePolled, TicketAsked
from vedette.model.flood import HeldState, NewHeld, place_of
from vedette.model.issues import CountSpan
from vedette.rules.deciding import Decision, Reason
from vedette.rules.holding import cap_met
from vedette.store import flood
from vedette.store.database import Tx

Payloads = list[dict[str, object]]


def within_caps(
    tx: Tx, context: Context, gathered: Gathered, decision: Decision, payloads: Payloads, *, now: datetime
) -> Decision:
    """The decision itself where no cap stands against its ticket, else that the ticket is held back, which is kept."""
    opening = next((action for action in decision.actions if isinstance(action, OpenTicket)), None)
    if opening is None:
        _heard(tx, gathered, decision, now=now)
        return decision
    run = max((event.run for event in gathered.news if isinstance(event, IssuePolled)), default=0)
    flood.turn(tx)
    met = None if _may_exceed(tx, gathered, opening) else _met(tx, context, opening, run=run, now=now)
    if met is None:
        counted = replace(opening, run=run)
        return replace(decision, actions=tuple(counted if each is opening else each for each in decision.actions))
    link = str(payloads[decision.actions.index(opening)]["link"])
    held = replace(decision, reason=Reason.HELD_BY_CAP, sentence=f"{decision.sentence}; held back: {met}", actions=())
    flood.hold(tx, _new_held(gathered, held, opening, link=link), now=now)
    return held


def _met(tx: Tx, context: Context, opening: OpenTicket, *, run: int, now: datetime) -> str | None:
    counted = flood.counted(tx, place_of(opening.route), run=run, now=now)
    return cap_met(context.settings.caps, opening.route, counted)


def _may_exceed(tx: Tx, gathered: Gathered, opening: OpenTicket) -> bool:
    """A person asked for this ticket, whatever the caps say."""
    if not any(isinstance(event, TicketAsked) for event in gathered.news):
        return False
    back = flood.of_issue(tx, gathered.issue.key, opening.track)
    return back is not None and back.held.state is HeldState.ASKED and back.held.over_caps


def _heard(tx: Tx, gathered: Gathered, decision: Decision, *, now: datetime) -> None:
    key = gathered.issue.key
    if decision.reason is Reason.HELD_IN_DIGEST:
        events, users = _counts(gathered, decision.track)
        flood.heard_again(tx, key, decision.track, events=events, users=users, now=now)
    elif any(isinstance(event, TicketAsked) for event in gathered.news):
        flood.settled(tx, key, decision.track, sentence=decision.sentence)


def _new_held(gathered: Gathered, decision: Decision, opening: OpenTicket, *, link: str) -> NewHeld:
    events, users = _counts(gathered, decision.track)
    return NewHeld(
        issue=gathered.issue.key,
        track=decision.track,
        route=opening.route,
        owner=opening.owner,
        title=gathered.issue.title,
        project=gathered.issue.project,
        link=link,
        events=events,
        users=users,
        sentence=decision.sentence,
    )


def _counts(gathered: Gathered, track: str) -> tuple[int, int]:
    issue = gathered.issues.get(track, gathered.issue)
    count = issue.count(CountSpan.WINDOW) or issue.count(CountSpan.LIFETIME)
    return (count.events, count.users or 0) if count else (0, 0)
