"""Chaining: what is decided where each event has a ticket of its own; one ticket per event, in the order they happened.

Law: an event that has (or had) its ticket never gets another, whatever became of that ticket.
"""

from collections.abc import Sequence
from dataclasses import replace

from vedette.model.actions import Action, OpenTicket, ResumeTicket
from vedette.model.tickets import LIVE_CLAIMS, Claim, ClaimState
from vedette.rules.closings import still_held
from vedette.rules.situation import Choice, Happening, No, Reason, Situation, name_of
from vedette.rules.weighing import wish_of


def decide_each(situation: Situation) -> Choice | None:
    """What is decided of each event; None where Sentry said of none which it is: then the issue stands for them."""
    choices: list[Choice] = []
    opened = 0
    for happening in sorted(situation.happenings, key=lambda each: (each.at, each.event)):
        choice = _about(situation, happening, opened=opened)
        opened += any(isinstance(action, OpenTicket) for action in choice[2])
        choices.append(choice)
    return _joined(choices) if choices else None


def _about(situation: Situation, happening: Happening, *, opened: int) -> Choice:
    mine = [claim for claim in situation.claims if claim.event == happening.event]
    claim = max(mine, key=lambda each: each.id, default=None)
    if claim is not None and claim.state is not ClaimState.DROPPED:
        return _has_ticket(situation, happening, claim)
    whole = _cut_later_for_the_issue(situation, happening)
    if whole is not None:
        told = f"{_event(happening)} happened before {name_of(whole)} was cut, which stands for the issue until then"
        return Reason.EVENT_HAS_TICKET, told, ()
    wish = _wish(situation, happening)
    if isinstance(wish, No):
        return wish.reason, wish.sentence, ()
    if claim is not None and claim.route == happening.verdict.route:
        sentence = f"the tracker refused the ticket of {_event(happening)}: mend the route, then `vedette queue retry`"
        return Reason.REFUSED_BEFORE, sentence, ()
    return _cut(situation, happening, wish, refused=claim, opened=opened)


def _has_ticket(situation: Situation, happening: Happening, claim: Claim) -> Choice:
    if claim.state is ClaimState.OPEN:
        status = claim.ticket_status or "status not read"
        return Reason.TICKET_OPEN, f"{_event(happening)} has {name_of(claim)}, which is open ({status})", ()
    if claim.state not in LIVE_CLAIMS:
        return Reason.EVENT_HAS_TICKET, f"{_event(happening)} had {name_of(claim)}, which is {claim.state}", ()
    if claim.id not in situation.stranded:
        return Reason.TICKET_IN_HAND, f"a ticket of {_event(happening)} is being created ({claim.state})", ()
    wish = _wish(situation, happening)
    if isinstance(wish, No):
        return wish.reason, wish.sentence, ()
    sentence = f"{wish}; the job that was to create the ticket of {_event(happening)} ended without it"
    return Reason.TICKET_RESUMED, f"{sentence} ({claim.state}) and is taken up again", (ResumeTicket(claim),)


def _cut_later_for_the_issue(situation: Situation, happening: Happening) -> Claim | None:
    """A ticket of the days when the issue had one for all its events, which covers those that happened before it."""
    whole = [claim for claim in situation.claims if not claim.event and claim.state is not ClaimState.DROPPED]
    return next((claim for claim in whole if happening.at <= claim.created_at), None)


def _wish(situation: Situation, happening: Happening) -> str | No:
    environment = happening.environment or situation.environment
    return wish_of(replace(situation, news=happening.news, environment=environment))


def _cut(situation: Situation, happening: Happening, wish: str, *, refused: Claim | None, opened: int) -> Choice:
    verdict = happening.verdict
    if verdict.route is None:
        sentence = f"{wish}, but {verdict.owner or 'the code'} has no route and there is no default route"
        return Reason.NO_ROUTE, sentence, ()
    waits = still_held(situation)
    if waits is not None:
        return Reason(waits.reason), f"{wish}, but {waits.sentence}", ()
    standing = [claim for claim in situation.claims if claim.state is not ClaimState.DROPPED]
    last = max(standing, key=lambda each: each.id, default=None)
    action = OpenTicket(
        situation.policy.track,
        1 + opened + max((claim.generation for claim in situation.claims), default=0),
        verdict.route,
        verdict.owner,
        previous=None if opened else last,  # else the one before it, which this very decision makes
        event=happening.event,
        event_at=happening.at,
    )
    reason = Reason.NEXT_EVENT if last or opened else Reason.FIRST_TICKET
    after = f" after {name_of(last)}" if last else ""
    return (Reason.NEW_ROUTE_AFTER_REFUSAL if refused else reason), f"{wish}: {_event(happening)}{after}", (action,)


def _joined(choices: Sequence[Choice]) -> Choice:
    """The first that acts gives reason and sentence, the last where none does; then how many events there were."""
    actions: tuple[Action, ...] = tuple(action for choice in choices for action in choice[2])
    reason, sentence, _ = next((choice for choice in choices if choice[2]), choices[-1])
    if len(choices) > 1:
        sentence = f"{sentence}; {len(choices)} events in all, of which {len(actions)} get a ticket now"
    return reason, sentence, actions


def _event(happening: Happening) -> str:
    return f"event {happening.event}"
