"""Closings: what follows a ticket that is over: a new one, the old one again, a comment, or rest."""

from datetime import datetime, timedelta

from vedette.model.actions import CommentTicket, OpenTicket, ReopenTicket
from vedette.model.events import TicketAsked, Trigger, trigger_of
from vedette.model.policies import ClosedTicket, Rest
from vedette.model.tickets import Claim, ClaimState
from vedette.rules.growing import baselines_of
from vedette.rules.holding import Waits, still_waits
from vedette.rules.situation import Choice, Reason, Situation, name_of, say


def after(situation: Situation, last: Claim, wish: str) -> Choice:
    """What the wish for a ticket leads to where the last one is over."""
    match last.state:
        case ClaimState.DROPPED:
            return _after_refusal(situation, last, wish)
        case ClaimState.GONE:
            return _after_closing(situation, last, wish, Rest(ClosedTicket.NEW), Reason.NEW_AFTER_DELETED)
        case ClaimState.WONT_DO:
            return _after_closing(situation, last, wish, situation.policy.wont_do, Reason.NEW_AFTER_WONT_DO)
        case _:
            return _after_closing(situation, last, wish, situation.policy.closed_ticket, Reason.NEW_AFTER_CLOSED)


def cut(situation: Situation, reason: Reason, wish: str, last: Claim | None) -> Choice:
    """A new ticket, after `last`; or why there cannot be one."""
    verdict, track = situation.verdict, situation.policy.track
    if verdict.route is None:
        sentence = f"{wish}, but {verdict.owner or 'the code'} has no route and there is no default route"
        return Reason.NO_ROUTE, sentence, ()
    waits = still_held(situation)
    if waits is not None:
        return Reason(waits.reason), f"{wish}, but {waits.sentence}", ()
    # Over all: among the claims may be those of an issue that was merged into this one.
    generation = 1 + max((claim.generation for claim in situation.claims), default=0)
    before = f"; {name_of(last)} is {last.state}" if last else ""
    baselines = baselines_of(situation.issue, situation.policy)
    standing = [claim for claim in situation.claims if claim.state is not ClaimState.DROPPED]
    previous = max(standing, key=lambda claim: claim.id, default=None)
    action = OpenTicket(track, generation, verdict.route, verdict.owner, previous=previous, baselines=baselines)
    return reason, f"{wish}{before}", (action,)


def _after_refusal(situation: Situation, last: Claim, wish: str) -> Choice:
    if situation.verdict.route == last.route:
        sentence = f"the tracker refused generation {last.generation}: mend the route, then `vedette queue retry`"
        return Reason.REFUSED_BEFORE, sentence, ()
    return cut(situation, Reason.NEW_ROUTE_AFTER_REFUSAL, wish, last)


def _after_closing(situation: Situation, last: Claim, wish: str, rest: Rest, reason: Reason) -> Choice:
    closed_at = last.closed_at or last.as_of
    seen = _newest(situation)
    if seen is None or seen <= closed_at:
        sentence = f"{name_of(last)} was closed {closed_at:%Y-%m-%d %H:%M} UTC and nothing newer was seen"
        return Reason.NOTHING_NEWER, sentence, ()
    match rest.what:
        case ClosedTicket.QUIET if situation.now < closed_at + timedelta(days=rest.days):
            return _resting(last, rest, closed_at)
        case ClosedTicket.REOPEN if _is_within(rest, closed_at, now=situation.now):
            text = say(f"Seen again in Sentry at {seen:%Y-%m-%d %H:%M} UTC, after this ticket was closed.")
            return Reason.REOPENED, f"{name_of(last)} was closed and {wish}", (ReopenTicket(last, text, _mark(seen)),)
        case ClosedTicket.COMMENT if _is_within(rest, closed_at, now=situation.now):
            text = say(f"Still seen in Sentry: last at {seen:%Y-%m-%d %H:%M} UTC, after this ticket was closed.")
            marker = f"closed-{int(closed_at.timestamp())}"
            return (
                Reason.COMMENTED_ON_CLOSED,
                f"{name_of(last)} is closed and {wish}",
                (CommentTicket(last, text, marker),),
            )
        case _:
            return cut(situation, reason, wish, last)


def _is_within(rest: Rest, closed_at: datetime, *, now: datetime) -> bool:
    """Whether the old ticket is still the one to speak through; without days it is for good."""
    return not rest.days or now < closed_at + timedelta(days=rest.days)


def _resting(last: Claim, rest: Rest, closed_at: datetime) -> Choice:
    until = closed_at + timedelta(days=rest.days)
    reason = Reason.RESTING_WONT_DO if last.state is ClaimState.WONT_DO else Reason.RESTING_CLOSED
    return reason, f"{name_of(last)} was closed as {last.ticket_status or last.state}; rests until {until:%Y-%m-%d}", ()


def still_held(situation: Situation) -> Waits | None:
    """Why the issue waits on in a digest; None where it does not."""
    policy, asked = situation.policy, any(isinstance(event, TicketAsked) for event in situation.news)
    rests = {"closed": policy.closed_ticket, "wont_do": policy.wont_do}
    return still_waits(situation.held, asked=asked, newest=_newest(situation), now=situation.now, **rests)


def _newest(situation: Situation) -> datetime | None:
    """The newest time at which the error itself was seen: Sentry's last_seen, or an alert's own time.

    A sweep and a condition have times of their own, at which nothing need have happened.
    """
    elsewhere = (None, Trigger.POLL, Trigger.MONITOR)
    seen = [event.occurred_at for event in situation.news if trigger_of(event) not in elsewhere]
    return max((*seen, *([situation.issue.last_seen] if situation.issue.last_seen else [])), default=None)


def _mark(at: datetime) -> str:
    return f"seen-{int(at.timestamp())}"
