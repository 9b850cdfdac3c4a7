"""Causes: what is wrong in the store's figures, each with its key, its sentence and its cure."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from vedette.model.alarms import Cause, CauseKind, Severity
from vedette.model.owners import Team
from vedette.rules.curing import block_at

#: A breaker opens and closes by itself; only one that stays open for so long is told of.
LONG_OPEN = timedelta(minutes=10)
DAY = timedelta(days=1)
_MINUTES = LONG_OPEN // timedelta(minutes=1)
_LONGEST = 400  # characters of a vendor's words in a title

_GIVEN_UP_LASTS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class DeadCause:
    """Dead letters with one cause. `owners`: how many are about issues of each owner."""

    reason: str
    destination: str
    pattern: str
    detail: str  # the newest one's words
    count: int
    oldest: datetime
    issues: tuple[str, ...] = ()  # some of them
    owners: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A destination that is paused, whose breaker is open, or that asks for patience."""

    name: str
    paused: str = ""  # why; "" = it is not
    failures: int = 0
    throttled: bool = False
    said: str = ""  # the newest words of the jobs that wait
    owners: Mapping[str, int] = field(default_factory=dict)  # of the issues that they are about


Counted = tuple[Cause, int]


def of_dead_letters(
    found: Iterable[DeadCause], *, teams: Mapping[str, Team], operators: tuple[str, ...]
) -> Iterator[Counted]:
    """One cause for the operators, and one for each owner whose team has notifiers of its own."""
    for dead in found:
        yield _dead(dead, owner="", count=dead.count), dead.count
        for owner, count in dead.owners.items():
            team = teams.get(owner)
            if team is not None and set(team.notify) - set(operators):
                yield _dead(dead, owner=owner, count=count), count


def of_destinations(
    found: Iterable[Trouble], *, teams: Mapping[str, Team], operators: tuple[str, ...], where: Mapping[str, str]
) -> Iterator[Counted]:
    """Those that are paused, and those that have been down or too fast for long; owners are told whose tickets wait."""
    for trouble in found:
        cause = _of(trouble, where)
        if cause is None:
            continue
        yield cause, 1
        for owner, count in trouble.owners.items():
            team = teams.get(owner)
            if team is not None and set(team.notify) - set(operators):
                yield _waiting(cause, owner=owner), count


def _of(trouble: Trouble, where: Mapping[str, str]) -> Cause | None:
    if trouble.paused:
        return _paused(trouble)
    if trouble.failures:
        return _down(trouble)
    return _throttled(trouble, where) if trouble.throttled else None


def _waiting(cause: Cause, *, owner: str) -> Cause:
    return replace(
        cause,
        key=f"{cause.key}:{owner}",
        severity=Severity.WARNING,
        title=f"tickets of {owner} wait: {cause.title}",
        owner=owner,
    )


def of_refusals(by_source: Mapping[str, int], *, alarm_at: int, minutes: int) -> Iterator[Counted]:
    """Sources of webhooks whose refusals surge."""
    for source, count in by_source.items():
        if count < alarm_at:
            continue
        yield (
            Cause(
                f"refusals:{source}",
                CauseKind.REFUSALS_SURGE,
                Severity.WARNING,
                f"webhooks of {source} are refused, at least {alarm_at} within {minutes} minutes",
                f"compare the client secret or path token of {source} with the one in its settings there; "
                "where they agree, a stranger tries the door",
                facts={"source": source, "refused": str(count)},
                path="/journal?kind=alarm",
            ),
            1,
        )


def still_uncertain(destination: str, problem: str) -> Cause:
    """Nobody can say whether a ticket was created, and looking for it fails."""
    return Cause(
        f"uncertain:{destination}",
        CauseKind.STILL_UNCERTAIN,
        Severity.WARNING,
        f"nobody can say whether tickets were created in {destination}, and looking fails: {problem[:_LONGEST]}",
        f"see whether {destination} can be read by Vedette's account; it is looked for on and on",
        facts={"destination": destination},
        path="/journal?kind=alarm",
        about=destination,
        lasts=DAY,
    )


def ticket_lacks(tracker: str, project: str, lost: Sequence[str], *, owner: str, route: str) -> Cause:
    """Tickets come without something that their route asks for."""
    words = "; ".join(lost)
    return Cause(
        f"lacks:{tracker}:{project}:{digest(words)}:{owner}",
        CauseKind.TICKET_LACKS,
        Severity.WARNING,
        f"tickets in {project} come without what was asked for: {words[:_LONGEST]}",
        f"correct {route}",
        facts={"tracker": tracker, "project": project, "owner": owner},
        path="/journal?kind=alarm",
        owner=owner,
        about=tracker,
        lasts=DAY,
    )


def audit_differences(tracker: str, differences: Sequence[str]) -> Cause:
    """The ledger, a tracker and Sentry do not agree."""
    return Cause(
        f"audit:{tracker}",
        CauseKind.AUDIT_DIFFERENCE,
        Severity.WARNING,
        f"the audit of {tracker} found differences: {'; '.join(differences[:3])[:_LONGEST]}",
        "what can be mended was; look at the others with `vedette audit`",
        facts={"tracker": tracker},
        path="/journal?kind=audit",
        about=tracker,
    )


def uncounted(instance: str, name: str, words: str) -> Cause:
    """A filter whose question Sentry refuses: nothing is counted, which looks like quiet."""
    return Cause(
        f"uncounted:{instance}:{name}",
        CauseKind.UNCOUNTED,
        Severity.ERROR,
        f"filter {name} counts nothing, since {words[:_LONGEST]}",
        f"correct monitor.filters.{name}; the windows of the last hours are then made up by `vedette monitor backfill`",
        facts={"filter": name, "instance": instance},
        path="/monitor",
    )


def given_up(instance: str, windows: int) -> Cause:
    """Windows that are older than what is made up by itself."""
    return Cause(
        f"given_up:{instance}",
        CauseKind.UNCOUNTED,
        Severity.WARNING,
        f"{windows} windows of {instance} were not counted, and are older than monitor.catch_up",
        "count them by `vedette monitor backfill --since`, and lengthen monitor.catch_up",
        facts={"instance": instance, "windows": str(windows)},
        path="/monitor",
        lasts=_GIVEN_UP_LASTS,
    )


def digest(words: str) -> str:
    """A short name for words that are too long for a key."""
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:12]


def _dead(dead: DeadCause, *, owner: str, count: int) -> Cause:
    to = dead.destination or "no destination"
    about = f", {count} about issues of {owner}" if owner else ""
    facts = {"destination": to, "reason": dead.reason, "first at": f"{dead.oldest:%Y-%m-%d %H:%M} UTC"}
    facts |= {"issues": ", ".join(dead.issues)} if dead.issues else {}
    return Cause(
        f"dead:{to}:{dead.reason}:{digest(dead.pattern)}" + (f":{owner}" if owner else ""),
        CauseKind.DEAD_LETTERS,
        Severity.ERROR,
        f"jobs for {to} were given up{about}: {dead.detail[:_LONGEST]}",
        "mend what it says, then retry the group on the page of dead letters, or with `vedette queue retry`",
        facts=facts,
        path="/dead",
        owner=owner,
        about=dead.destination,
    )


def _paused(trouble: Trouble) -> Cause:
    return Cause(
        f"paused:{trouble.name}",
        CauseKind.PAUSED,
        Severity.CRITICAL,
        f"{trouble.name} is paused, its jobs wait: {trouble.paused[:_LONGEST]}",
        f"it resumes by itself within five minutes of that, or at once with `vedette queue resume {trouble.name}`",
        facts={"destination": trouble.name},
        about=trouble.name,
    )


def _down(trouble: Trouble) -> Cause:
    return Cause(
        f"down:{trouble.name}",
        CauseKind.BREAKER_OPEN,
        Severity.ERROR,
        f"{trouble.name} has failed for more than {_MINUTES} minutes, its jobs wait: {trouble.said[:_LONGEST]}",
        f"see whether {trouble.name} is down, in maintenance or unreachable from here, and its address right; nothing "
        "is lost, its jobs go on by themselves",
        facts={"destination": trouble.name},
        about=trouble.name,
        patience=LONG_OPEN,
    )


def _throttled(trouble: Trouble, where: Mapping[str, str]) -> Cause:
    return Cause(
        f"throttled:{trouble.name}",
        CauseKind.THROTTLED,
        Severity.WARNING,
        f"{trouble.name} has asked for patience for more than {_MINUTES} minutes, its jobs wait: "
        f"{trouble.said[:_LONGEST]}",
        f"lower `rate_per_s` of {block_at(trouble.name, where)}, or have the limit of its account raised; nothing is "
        "lost, its jobs go on by themselves",
        facts={"destination": trouble.name},
        about=trouble.name,
        patience=LONG_OPEN,
    )
