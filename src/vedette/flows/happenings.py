"""Happenings: which events of an issue the news speaks of, each with its occurrence and its owner.

The news of a hook names its event; a poll's, and an alert's that names none, is about the newest that Sentry has.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from vedette.flows.context import Context
from vedette.model.events import ErrorOccurred, Event, IssueAlerted, IssueEvent, trigger_of
from vedette.model.issues import Occurrence
from vedette.model.ownership import Verdict
from vedette.model.policies import Policy
from vedette.rules.situation import Happening
from vedette.store import deliveries
from vedette.store.deliveries import Mention

Heard = tuple[Mention, IssueEvent]


@dataclass(frozen=True, slots=True)
class Happened:
    """The events that ask for a ticket of their own, and the occurrences that were read for them, by event."""

    happenings: tuple[Happening, ...] = ()
    occurrences: Mapping[str, Occurrence] = field(default_factory=dict)


def happened(
    context: Context,
    heard: Sequence[Heard],
    *,
    policy: Policy,
    newest: Callable[[], Occurrence | None],
    ticketed: Collection[str],
    verdict: Verdict,
    owner_of: Callable[[Occurrence], Verdict],
) -> Happened:
    """The events among the news that the policy asks for; `newest` asks Sentry for the newest that it has.

    `ticketed` events are not read again, since they get nothing; their verdict is the issue's.
    """
    by_event: dict[str, list[Heard]] = {}
    for mention, event in heard:
        if trigger_of(event) in policy.on:
            by_event.setdefault(_event_of(context, mention), []).append((mention, event))
    unnamed = by_event.pop("", [])
    latest = newest() if unnamed else None
    if latest is not None and latest.identity:
        by_event.setdefault(latest.identity, []).extend(unnamed)
    found: dict[str, Occurrence] = {latest.identity: latest} if latest is not None else {}
    for name, told in by_event.items():
        occurrence = None if name in ticketed or name in found else _read(context, told)
        if occurrence is not None:
            found[name] = occurrence
    happenings = [
        _happening(name, told, found.get(name), verdict=verdict, owner_of=owner_of) for name, told in by_event.items()
    ]
    return Happened(tuple(happenings), found)


def occurrence_in(context: Context, mention: Mention) -> Occurrence | None:
    """The occurrence that the mention's delivery brought; None where it brought none, or is kept no longer."""
    number = mention.delivery
    stored = context.store.read(lambda tx: deliveries.get(tx, number)) if number is not None else None
    if stored is None:
        return None
    events: tuple[Event, ...] = context.source(stored.instance).read_delivery(stored)
    found = events[mention.position] if mention.position < len(events) else None
    return found.occurrence if isinstance(found, IssueAlerted | ErrorOccurred) else None


def _event_of(context: Context, mention: Mention) -> str:
    detail = mention.detail
    if "event" in detail or not detail.get("occurrence"):
        return str(detail.get("event", ""))
    occurrence = occurrence_in(context, mention)  # written before mentions named their event
    return occurrence.identity if occurrence else ""


def _read(context: Context, told: Sequence[Heard]) -> Occurrence | None:
    found = (occurrence_in(context, mention) for mention, _ in told if mention.detail.get("occurrence"))
    return next((each for each in found if each is not None), None)


def _happening(
    event: str,
    told: Sequence[Heard],
    occurrence: Occurrence | None,
    *,
    verdict: Verdict,
    owner_of: Callable[[Occurrence], Verdict],
) -> Happening:
    news = tuple(each for _, each in told)
    at: datetime = min(each.occurred_at for each in news)
    if occurrence is None:
        return Happening(event, at, news, verdict)
    return Happening(event, occurrence.occurred_at or at, news, owner_of(occurrence), occurrence.environment)
