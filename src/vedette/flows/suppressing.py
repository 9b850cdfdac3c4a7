"""Suppressing: whatever is kept from becoming a ticket is counted, by its reason and by the rule that says so.

Law: what is counted is counted in the transaction that records it, so that no count is without its line.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from vedette.flows.context import Context
from vedette.flows.gather import Gathered
from vedette.flows.telemetry import count_suppressed
from vedette.model.flood import place_of
from vedette.model.journal import Entry, EntryKind
from vedette.rules.deciding import Decision, Reason
from vedette.rules.muting import mute_for
from vedette.store import counters, journal
from vedette.store.database import Tx

#: Name of the store's counter; its labels are `reason` and `rule`.
NAME = "suppressed"
DROPPED = "dropped_by_rule"
#: Reasons of a decision that wanted a ticket, or would have weighed one, and was kept from it by a rule of somebody's.
SUPPRESSED = frozenset(
    {Reason.MUTED, Reason.HELD_BY_CAP, Reason.HELD_IN_DIGEST, Reason.RESTING_CLOSED, Reason.RESTING_WONT_DO}
)
_LONGEST = 80  # characters of a rule in a label
_LINES = 2000

Suppression = tuple[str, str]  # reason, rule


@dataclass(frozen=True, slots=True)
class Suppressed:
    """How often a rule kept something from becoming a ticket, and the issues it was most about, with how often."""

    reason: str
    rule: str
    count: int
    issues: tuple[tuple[str, str, int], ...]  # issue, title, times


def of_decisions(context: Context, gathered: Gathered, decisions: Iterable[Decision]) -> list[Suppression]:
    """Those of the decisions that were suppressed, each with its rule."""
    return [
        (str(each.reason), _rule(context, gathered, each)[:_LONGEST])
        for each in decisions
        if each.reason in SUPPRESSED
    ]  # fmt: skip


def note(tx: Tx, suppressed: Iterable[Suppression], *, now: datetime) -> None:
    """Count them in the store, once a kind, in an order that all writers share."""
    for (reason, rule), count in sorted(Counter(suppressed).items()):
        counters.add(tx, NAME, {"reason": reason, "rule": rule}, count, now=now)


def tell(suppressed: Iterable[Suppression]) -> None:
    """Count them for Prometheus, once they are recorded."""
    for reason, rule in suppressed:
        count_suppressed(reason, rule)


def since(tx: Tx, moment: datetime, *, issues: int = 5) -> list[Suppressed]:
    """What was suppressed since then, the most often first, with the issues it was about."""
    found = [
        Suppressed(labels["reason"], labels["rule"], count, tuple(_issues(tx, labels, moment)[:issues]))
        for labels, count in counters.by_labels(tx, NAME, since=moment)
    ]
    return sorted(found, key=lambda each: (-each.count, each.reason, each.rule))


def totals(tx: Tx, moment: datetime) -> dict[str, int]:
    """How often each reason suppressed something since then."""
    found: Counter[str] = Counter()
    for labels, count in counters.by_labels(tx, NAME, since=moment):
        found[labels["reason"]] += count
    return dict(sorted(found.items()))


def _issues(tx: Tx, labels: Mapping[str, str], moment: datetime) -> list[tuple[str, str, int]]:
    """Among the newest lines with that reason, those of that rule, by issue."""
    kind = EntryKind.IGNORED if labels["reason"] == DROPPED else EntryKind.DECISION
    lines = journal.search(tx, kind=kind, reason=labels["reason"], limit=_LINES)
    mine = [line for line in lines if line.at >= moment and line.details.get("rule", "") == labels["rule"]]
    times: Counter[str] = Counter(str(line.issue) for line in mine if line.issue is not None)
    titles = {str(line.issue): _title(line) for line in reversed(mine)}
    return [(issue, titles[issue], count) for issue, count in times.most_common()]


def _title(line: Entry) -> str:
    return str(line.details.get("title") or "")


def _rule(context: Context, gathered: Gathered, decision: Decision) -> str:
    route = gathered.verdict.route
    match decision.reason:
        case Reason.MUTED:
            now = context.clock()
            mute = mute_for(gathered.issue, context.settings.mutes, now=now, occurrence=gathered.occurrence)
            return mute.reason if mute else ""
        case Reason.HELD_BY_CAP | Reason.HELD_IN_DIGEST if route is not None:
            return str(place_of(route))
        case _:
            return decision.policy
