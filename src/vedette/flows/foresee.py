"""Foresight: what would be decided now, by the same gathering and the same rules as ever; nothing is written.

Law: it runs in a dry context only, so that looking ahead can never act.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from vedette.flows.context import Context
from vedette.flows.gather import Gathered, gather
from vedette.flows.interpret import decisions_for
from vedette.flows.poll import found_by
from vedette.flows.sorting import mention_of
from vedette.model.events import IssuePolled
from vedette.model.issues import IssueKey
from vedette.model.policies import Policy
from vedette.rules.deciding import Decision
from vedette.store import deliveries, ledger
from vedette.store.deliveries import Mention


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One issue, what was gathered of it, and the decision on each track."""

    gathered: Gathered
    decisions: tuple[Decision, ...]


def foresee(context: Context, key: IssueKey, *, polled: IssuePolled | None = None) -> Foreseen:
    """What would be decided on the issue now: from the news that waits, and as if a poll had seen it (`polled`)."""
    if not context.dry:
        raise ValueError("looking ahead wants a context that writes nothing")
    now = context.clock()
    canonical = context.store.read(lambda tx: ledger.canonical(tx, key))
    waiting = context.store.read(lambda tx: deliveries.waiting(tx, canonical))
    if polled is not None:
        waiting = [*waiting, _as_if(polled, now=now)]
    gathered = gather(context, canonical, waiting, now=now)
    return Foreseen(gathered, decisions_for(context, gathered, now=now))


def foresee_poll(context: Context, policy: Policy, instance: str) -> Iterator[Foreseen]:
    """What the policy's sweep of the instance would decide, issue by issue."""
    for issue in found_by(context, policy, instance):
        seen = issue.last_seen or context.clock()
        polled = IssuePolled(issue.key, seen, issue.project, issue.title, policy.name)
        yield foresee(context, issue.key, polled=polled)


def _as_if(polled: IssuePolled, *, now: datetime) -> Mention:
    new = mention_of(polled, delivery=None, position=0)
    return Mention(0, new.issue, new.kind, new.occurred_at, None, 0, new.detail, created_at=now)
