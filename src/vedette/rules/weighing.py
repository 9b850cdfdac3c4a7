"""Weighing: whether the news asks for a ticket, and whether the counts come up to the policy's thresholds."""

from collections.abc import Set
from datetime import datetime, timedelta

from vedette.model.events import ConditionTripped, IssueAlerted, TicketAsked, Trigger, trigger_of
from vedette.model.issues import Count, CountSpan
from vedette.rules.situation import No, Reason, Situation


def wish_of(situation: Situation) -> str | No:
    """Why a ticket is wanted, as a sentence; or what stands against it."""
    policy = situation.policy
    asked = {trigger for event in situation.news if (trigger := trigger_of(event))} & policy.on
    by_hand = [event.by for event in situation.news if isinstance(event, TicketAsked)]
    if not asked and not by_hand:
        heard = ", ".join(sorted({type(event).__name__ for event in situation.news})) or "nothing"
        return No(Reason.NOT_ASKED, f"heard {heard}; policy {policy.name} cuts on {', '.join(sorted(policy.on))}")
    if situation.mute is not None:
        return No(Reason.MUTED, f"muted: {situation.mute.reason}{_until(situation.mute.until)}")
    if by_hand:
        return f"a ticket of its own was asked for{f' by {by_hand[-1]}' if by_hand[-1] else ''}"
    return _by_a_person(situation, asked) or _weigh(situation)


def _by_a_person(situation: Situation, asked: Set[Trigger]) -> str:
    """What a rule of a person's said, which is held against no threshold; "" where none spoke."""
    told = []
    if Trigger.ALERT in asked:
        rules = {event.rule for event in situation.news if isinstance(event, IssueAlerted) and event.rule}
        told.append("an alert rule fired" + (f' ("{sorted(rules)[0]}")' if rules else ""))
    if Trigger.MONITOR in asked:
        tripped = [event for event in situation.news if isinstance(event, ConditionTripped)]
        newest = max(tripped, key=lambda event: event.occurred_at)
        told.append(f"condition {newest.condition} came true: {newest.sentence}")
    return "; ".join(told)


def _weigh(situation: Situation) -> str | No:
    when, issue = situation.policy.when, situation.issue
    if when.last_seen_within is not None and _age(situation) > when.last_seen_within:
        return No(Reason.NOT_RECENT, f"last seen {issue.last_seen:%Y-%m-%d %H:%M} UTC, longer ago than asked for")
    if when.levels and issue.level not in when.levels:
        return No(Reason.OTHER_LEVEL, f"level {issue.level} is not among {', '.join(sorted(when.levels))}")
    if when.environments and situation.environment not in when.environments:
        return No(Reason.OTHER_ENVIRONMENT, f"environment {situation.environment or 'unknown'} is not asked for")
    if when.events_over is None and when.users_over is None:
        return "policy asks for no count"
    count = issue.count(when.span) or issue.count(CountSpan.LIFETIME)
    if count is None:
        return No(Reason.COUNT_UNKNOWN, "Sentry gave no count")
    return _compare(count, situation)


def _compare(count: Count, situation: Situation) -> str | No:
    when = situation.policy.when
    told = _count_sentence(count, asked=when.span)
    if when.events_over is not None and count.events <= when.events_over:
        return No(Reason.BELOW_THRESHOLD, f"{told}; the policy asks for more than {when.events_over}")
    if when.users_over is not None and count.users is None:
        return No(Reason.COUNT_UNKNOWN, f"{told}; Sentry gave no number of users")
    if when.users_over is not None and (count.users or 0) <= when.users_over:
        return No(Reason.BELOW_THRESHOLD, f"{count.users} users; the policy asks for more than {when.users_over}")
    return told


def _count_sentence(count: Count, *, asked: CountSpan) -> str:
    span = "in the window" if count.span is CountSpan.WINDOW else "in its lifetime"
    told = f"{count.events} events {span} (from {count.source})"
    return told if count.span is asked else f"{told}; this server gives no count for the window"


def _age(situation: Situation) -> timedelta:
    seen = situation.issue.last_seen
    return timedelta(0) if seen is None else situation.now - seen


def _until(until: datetime | None) -> str:
    return f" (until {until:%Y-%m-%d})" if until else ""
