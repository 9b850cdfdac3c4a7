"""Holding: which cap, if any, stands against one more ticket, and whether a held issue still waits in its digest."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from vedette.model.flood import WAITING, Caps, Counted, HeldBack, HeldState, place_of
from vedette.model.policies import ClosedTicket, Rest
from vedette.model.tickets import LIVE_CLAIMS, Claim, ClaimState, Route

HELD_BY_CAP = "held_by_cap"
HELD_IN_DIGEST = "held_in_digest"
DIGEST_CLOSED = "nothing_newer_than_closing"
RESTING = {False: "resting_after_closing", True: "resting_after_wont_do"}


@dataclass(frozen=True, slots=True)
class Waits:
    """A held issue gets no ticket now; `reason` is a word of `deciding.Reason`."""

    reason: str
    sentence: str


def cap_met(caps: Caps, route: Route, counted: Counted) -> str | None:
    """The cap that stands against one more ticket, as a sentence; None where there is room."""
    limit = caps.per_route_per_hour if route.cap is None else route.cap
    if limit is not None and 0 <= limit <= counted.route:
        return f"{counted.route} tickets were cut in {place_of(route)} within the hour, whose cap is {limit}"
    if caps.per_hour is not None and counted.hour >= caps.per_hour:
        return f"{counted.hour} tickets were cut within the hour, and tickets.caps.per_hour is {caps.per_hour}"
    if caps.per_run is not None and counted.run >= caps.per_run:
        return f"this sweep has cut {counted.run} tickets, and tickets.caps.per_run is {caps.per_run}"
    return None


def room(caps: Caps, route: Route, counted: Counted) -> int | None:
    """How many tickets may be cut now that no sweep asks for; None = any number."""
    limit = caps.per_route_per_hour if route.cap is None else route.cap
    left = [] if limit is None or limit < 0 else [limit - counted.route]
    left += [] if caps.per_hour is None else [caps.per_hour - counted.hour]
    return max(0, min(left)) if left else None


def still_waits(
    back: HeldBack | None, *, asked: bool, newest: datetime | None, closed: Rest, wont_do: Rest, now: datetime
) -> Waits | None:
    """Whether what was held back waits on, rather than being decided anew; `asked`: somebody wants its ticket now."""
    if back is None or asked or back.held.state is HeldState.SPLIT:
        return None
    digest = back.digest
    waiting = back.held.state in WAITING
    if waiting and (digest is None or digest.state in LIVE_CLAIMS):
        return Waits(HELD_IN_DIGEST, _in_digest(digest))
    if digest is None or digest.state not in (ClaimState.DONE, ClaimState.WONT_DO, ClaimState.GONE):
        return None
    return _after_closing(digest, newest, wont_do if digest.state is ClaimState.WONT_DO else closed, now)


def _in_digest(digest: Claim | None) -> str:
    if digest is None or digest.ticket is None:
        return "it is held back and waits for the digest that will list it"
    return f"it is held back and stands in the digest {digest.ticket.key}; `vedette tickets split` gives it a ticket"


def _after_closing(digest: Claim, newest: datetime | None, rest: Rest, now: datetime) -> Waits | None:
    """As with a closed ticket: what was dealt with comes back only with an occurrence newer than the closing."""
    closed_at = digest.closed_at or digest.as_of
    name = digest.ticket.key if digest.ticket else f"digest {digest.generation}"
    if newest is None or newest <= closed_at:
        sentence = f"the digest {name} that lists it was closed {closed_at:%Y-%m-%d %H:%M} UTC, nothing newer was seen"
        return Waits(DIGEST_CLOSED, sentence)
    until = closed_at + timedelta(days=rest.days)
    if rest.what is ClosedTicket.QUIET and now < until:
        state = digest.ticket_status or digest.state
        sentence = f"the digest {name} that lists it was closed as {state}; rests until {until:%Y-%m-%d}"
        return Waits(RESTING[digest.state is ClaimState.WONT_DO], sentence)
    return None
