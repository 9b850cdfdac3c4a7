"""Flooding: the caps, weighed in the transaction that would claim a ticket; what meets one is held back instead."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from vedette.flows.context import Context
from vedette.flows.gather import Gathered
from vedette.model.actions import Action, OpenTicket
from vedette.model.events import IssuePolled, TicketAsked
from vedette.model.flood import Counted, HeldState, NewHeld, place_of
from vedette.model.issues import CountSpan
from vedette.rules.deciding import Decision, Reason
from vedette.rules.holding import cap_met
from vedette.store import flood
from vedette.store.database import Tx

Payloads = list[dict[str, object]]


def within_caps(
    tx: Tx, context: Context, gathered: Gathered, decision: Decision, payloads: Payloads, *, now: datetime
) -> tuple[Decision, Payloads]:
    """The decision itself where no cap stands against its tickets, else what is left of it; what is held back is kept.

    Where each event has a ticket, one decision may open several: from the first that meets a cap on, they are held.
    """
    if not any(isinstance(action, OpenTicket) for action in decision.actions):
        _heard(tx, gathered, decision, now=now)
        return decision, payloads
    run = max((event.run for event in gathered.news if isinstance(event, IssuePolled)), default=0)
    flood.turn(tx)
    kept: list[tuple[Action, dict[str, object]]] = []
    held: list[tuple[OpenTicket, dict[str, object]]] = []
    met: str | None = None
    for action, payload in zip(decision.actions, payloads, strict=True):
        if not isinstance(action, OpenTicket):
            kept.append((action, payload))
            continue
        met = met or _met(tx, context, gathered, action, run=run, ahead=[each for each, _ in kept], now=now)
        if met is None:
            kept.append((replace(action, run=run), payload))
        else:
            held.append((action, payload))
    left = replace(decision, actions=tuple(action for action, _ in kept))
    if held:
        left = _held_back(left, len(held), met=met or "")
        opening, payload = held[0]
        flood.hold(tx, _new_held(gathered, left, opening, link=str(payload["link"])), now=now)
    return left, [payload for _, payload in kept]


def _held_back(left: Decision, held: int, *, met: str) -> Decision:
    """The decision's words where `held` tickets are held back, perhaps beside others that are not."""
    if left.actions:
        return replace(left, sentence=f"{left.sentence}; {held} more held back: {met}")
    return replace(left, reason=Reason.HELD_BY_CAP, sentence=f"{left.sentence}; held back: {met}")


def _met(
    tx: Tx,
    context: Context,
    gathered: Gathered,
    opening: OpenTicket,
    *,
    run: int,
    ahead: Sequence[Action],
    now: datetime,
) -> str | None:
    """The cap that stands against it; those `ahead` are of the same decision, and not yet counted."""
    if _may_exceed(tx, gathered, opening):
        return None
    place = place_of(opening.route)
    counted = flood.counted(tx, place, run=run, now=now)
    before = [action for action in ahead if isinstance(action, OpenTicket)]
    here = sum(place_of(action.route) == place for action in before)
    total = Counted(counted.run + len(before) * bool(run), counted.route + here, counted.hour + len(before))
    return cap_met(context.settings.caps, opening.route, total)


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
