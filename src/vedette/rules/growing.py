"""Growing: whether an issue has outgrown what it was when its ticket was cut, and whether a priority may be raised.

Law: like is compared with like, each multiple is told once a ticket, and a priority is raised only, never after a
person changed it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from vedette.model.document import Document, Paragraph, Text
from vedette.model.growth import Growth, GrowTicket, MeasureAnew
from vedette.model.issues import Baseline, Count, CountSpan, Issue
from vedette.model.policies import Policy
from vedette.model.tickets import Claim

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Grown:
    """The issue grew past a multiple that its ticket was not told of."""

    sentence: str
    action: GrowTicket


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """The ledger knows no count of this kind for the ticket: it is measured from now on."""

    sentence: str
    action: MeasureAnew


@dataclass(frozen=True, slots=True)
class Raise:
    """The priority may be raised, to what the tracker calls it."""

    priority: str


@dataclass(frozen=True, slots=True)
class Leave:
    """The priority stays as it is; `known`: it is one that the scale knows, or none was asked for."""

    sentence: str
    known: bool = True


def measured(issue: Issue, policy: Policy) -> Baseline | None:
    """The count that the policy weighs, with the time it was taken over; None where Sentry gave none."""
    count = issue.count(policy.when.span) or issue.count(CountSpan.LIFETIME)
    if count is None:
        return None
    return Baseline(count, policy.when.last_seen_within if count.span is CountSpan.WINDOW else None)


def baselines_of(issue: Issue, policy: Policy) -> tuple[Baseline, ...]:
    """What a ticket that is cut now is measured from."""
    now = measured(issue, policy)
    return () if now is None else (now,)


def growth(issue: Issue, claim: Claim, policy: Policy) -> Grown | Unmeasured | None:
    """What the issue's counts say of its open ticket; None where there is nothing to do."""
    now = measured(issue, policy)
    if now is None or not policy.growth.at:
        return None
    before = next((each for each in claim.baselines if each.is_like(now)), None)
    if before is None:
        return _unmeasured(now, claim)
    return _grown(before, now, claim, policy.growth)


def _unmeasured(now: Baseline, claim: Claim) -> Unmeasured:
    why = "no count of this kind was kept when the ticket was cut" if claim.baselines else "no count was kept yet"
    sentence = f"growth is measured from now on, from {_told(now.count, now)} ({now.count.source}): {why}"
    return Unmeasured(sentence, MeasureAnew(claim, (now,)))


def _grown(before: Baseline, now: Baseline, claim: Claim, wanted: Growth) -> Grown | None:
    step = max((_step(was, is_, wanted) for was, is_ in _pairs(before.count, now.count)), default=0)
    if step <= claim.grown:
        return None
    told = f"from {_told(before.count, before)} when the ticket was cut to {_told(now.count, now)}"
    text = _say(f"This issue has grown ×{step} in Sentry: {told}.") if wanted.comment else None
    return Grown(f"grown ×{step}: {told}", GrowTicket(claim, step, text, priority_at(step, wanted)))


def _pairs(before: Count, now: Count) -> list[tuple[int, int]]:
    users = [] if before.users is None or now.users is None else [(before.users, now.users)]
    return [(before.events, now.events), *users]


def _step(was: int, is_: int, wanted: Growth) -> int:
    """The highest multiple that was reached; 0 for none."""
    return max((each for each in wanted.at if is_ >= each * max(was, wanted.least)), default=0)


def priority_at(step: int, wanted: Growth) -> str:
    """The priority of that multiple; "" where the policy names none."""
    named = dict(zip(wanted.at, wanted.priorities, strict=False))
    return named.get(step, "")


def marker_of(step: int) -> str:
    """The occasion that a comment on growth is left for: each multiple once a ticket."""
    return f"grown-{step}"


def weigh_priority(wanted: str, *, present: str, left: str | None, scale: Sequence[str]) -> Raise | Leave:
    """Whether a ticket's priority is raised. `scale`: the tracker's, lowest first; `left`: as we last left it.

    `left` is None while the ticket was never read: then what it has now is what it was born with.
    """
    # One policy may serve several trackers, whose highest have names of their own.
    ranks = {"highest": len(scale) - 1} | {name.casefold(): rank for rank, name in enumerate(scale)}
    if not scale:
        return Leave("the tracker keeps no priorities that could be raised", known=False)
    if wanted.casefold() not in ranks:
        return Leave(f"the tracker has no priority {wanted!r}: it has {', '.join(reversed(scale))}", known=False)
    if left is not None and present.casefold() != left.casefold():
        return Leave(f"the priority stays {present or 'unset'}: a person changed it from {left or 'unset'}")
    if ranks.get(present.casefold(), -1) >= ranks[wanted.casefold()]:
        return Leave(f"the priority stays {present}, which is not below {wanted}")
    return Raise(scale[ranks[wanted.casefold()]])


def _told(count: Count, of: Baseline) -> str:
    users = "" if count.users is None else f" and {count.users} {'user' if count.users == 1 else 'users'}"
    events = f"{count.events} {'event' if count.events == 1 else 'events'}"
    return f"{events}{users} {_span(of)}"


def _span(of: Baseline) -> str:
    if of.count.span is CountSpan.LIFETIME:
        return "in its lifetime"
    if of.window is None:
        return "in the window"
    whole = of.window % _DAY == timedelta(0) and of.window > _DAY
    return f"in {of.window // _DAY} days" if whole else f"in {_hours(of.window)}"


def _hours(window: timedelta) -> str:
    return f"{window // _HOUR} h" if window % _HOUR == timedelta(0) else f"{window // timedelta(minutes=1)} min"


def _say(text: str) -> Document:
    return Document((Paragraph((Text(text),)),))
