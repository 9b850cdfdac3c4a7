"""Foresight: what would be decided now, by the same gathering and the same rules as ever; nothing is written.

Law: it runs in a dry context only, so that looking ahead can never act.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from vedette.flows.context import Context
from vedette.flows.gather import Gathered, gather
from vedette.flows.interpret import decisions_for
from vedette.flows.poll import found_by
from vedette.flows.sorting import mention_of
from vedette.model.actions import OpenTicket
from vedette.model.events import IssuePolled
from vedette.model.flood import Counted, Place, place_of
from vedette.model.issues import IssueKey
from vedette.model.policies import Policy
from vedette.rules.deciding import Decision, Reason
from vedette.rules.holding import cap_met
from vedette.store import deliveries, flood, merges
from vedette.store.deliveries import Mention


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One issue, what was gathered of it, and the decision on each track."""

    gathered: Gathered
    decisions: tuple[Decision, ...]


def foresee(
    context: Context, key: IssueKey, *, polled: IssuePolled | None = None, going: Counter[Place] | None = None
) -> Foreseen:
    """What would be decided on the issue now: from the news that waits, and as if a poll had seen it (`polled`).

    `going`: tickets that the same sweep would have cut by then, which the caps count; those of this issue are added.
    """
    if not context.dry:
        raise ValueError("looking ahead wants a context that writes nothing")
    now = context.clock()
    canonical = context.store.read(lambda tx: merges.canonical(tx, key))
    waiting = context.store.read(lambda tx: deliveries.waiting(tx, canonical))
    if polled is not None:
        waiting = [*waiting, _as_if(polled, now=now)]
    gathered = gather(context, canonical, waiting, now=now)
    ahead = Counter[Place]() if going is None else going
    decisions = decisions_for(context, gathered, now=now)
    return Foreseen(gathered, tuple(_within_caps(context, each, ahead, now=now) for each in decisions))


def foresee_poll(context: Context, policy: Policy, instance: str) -> Iterator[Foreseen]:
    """What the policy's sweep of the instance would decide, issue by issue."""
    going: Counter[Place] = Counter()
    for issue in found_by(context, policy, instance):
        seen = issue.last_seen or context.clock()
        polled = IssuePolled(issue.key, seen, issue.project, issue.title, policy.name)
        yield foresee(context, issue.key, polled=polled, going=going)


def _within_caps(context: Context, decision: Decision, going: Counter[Place], *, now: datetime) -> Decision:
    """The decision with the caps weighed as they will be, against what was cut and what would have been by then."""
    opening = next((action for action in decision.actions if isinstance(action, OpenTicket)), None)
    if opening is None:
        return decision
    place = place_of(opening.route)
    cut = context.store.read(lambda tx: flood.counted(tx, place, run=0, now=now))
    counted = Counted(going.total(), cut.route + going[place], cut.hour + going.total())
    met = cap_met(context.settings.caps, opening.route, counted)
    if met is not None:
        sentence = f"{decision.sentence}; held back: {met}"
        return replace(decision, reason=Reason.HELD_BY_CAP, sentence=sentence, actions=())
    going[place] += 1
    return decision


def _as_if(polled: IssuePolled, *, now: datetime) -> Mention:
    new = mention_of(polled, delivery=None, position=0)
    return Mention(0, new.issue, new.kind, new.occurred_at, None, 0, new.detail, created_at=now)
