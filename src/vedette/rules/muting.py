"""Muting: which agreed exception, if any, holds for an issue, and what news is dropped before anybody is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from vedette.model.events import ErrorOccurred, IssueAlerted, IssueEvent, trigger_of
from vedette.model.issues import Issue, IssueKey, Occurrence
from vedette.model.policies import Mute


@dataclass(frozen=True, slots=True)
class Facts:
    """What a mute is held against; None = not known here, so that no condition on it holds."""

    key: IssueKey
    short_id: str = ""
    title: str | None = None
    project: str | None = None
    level: str | None = None
    environment: str | None = None
    fingerprint: tuple[str, ...] = ()


def mute_for(
    issue: Issue, mutes: Sequence[Mute], *, now: datetime, occurrence: Occurrence | None = None
) -> Mute | None:
    """The first mute all of whose conditions hold for the issue, and that has not expired."""
    return _first(mutes, facts_of(issue, occurrence), now=now)


def drop_for(event: IssueEvent, mutes: Sequence[Mute], *, now: datetime) -> Mute | None:
    """The mute by which the event is dropped, told by what the event itself says; None where it cannot be told.

    Only what could cut a ticket is dropped: that an issue was resolved is news of the ticket it has.
    """
    drops = [mute for mute in mutes if mute.drop]
    return _first(drops, _told_by(event), now=now) if drops and trigger_of(event) is not None else None


def drop_polled(issue: Issue, mutes: Sequence[Mute], *, now: datetime) -> Mute | None:
    """The mute by which an issue that a sweep found is dropped, told by the sweep's own row."""
    return _first([mute for mute in mutes if mute.drop], facts_of(issue, None), now=now)


def expired(mutes: Sequence[Mute], *, now: datetime) -> tuple[Mute, ...]:
    """Mutes that hold no more, which somebody should take out or renew."""
    return tuple(mute for mute in mutes if not _holds(mute, now))


def facts_of(issue: Issue, occurrence: Occurrence | None) -> Facts:
    """What is known of an issue and of its newest occurrence."""
    environment = occurrence.environment if occurrence else None
    fingerprint = occurrence.fingerprint if occurrence else ()
    return Facts(issue.key, issue.short_id, issue.title, issue.project, issue.level, environment, fingerprint)


def _told_by(event: IssueEvent) -> Facts:
    title, project = event.title or None, event.project or None
    match event:
        case IssueAlerted() | ErrorOccurred() if event.occurrence is not None:
            told = event.occurrence
            return Facts(event.issue, "", title or told.title, project, told.level, told.environment, told.fingerprint)
        case _:
            return Facts(event.issue, "", title, project)


def _first(mutes: Sequence[Mute], facts: Facts, *, now: datetime) -> Mute | None:
    return next((mute for mute in mutes if _holds(mute, now) and _names(mute, facts)), None)


def _holds(mute: Mute, now: datetime) -> bool:
    return mute.until is None or now < mute.until


def _names(mute: Mute, facts: Facts) -> bool:
    """Whether every condition that the mute has holds; it must have one."""
    asked = []
    if mute.issue:
        asked.append(mute.issue in (str(facts.key), facts.key.id, facts.short_id))
    if mute.fingerprint:
        asked.append(any(fnmatchcase(each, mute.fingerprint) for each in facts.fingerprint))
    known = (
        (mute.title, facts.title),
        (mute.project, facts.project),
        (mute.level, facts.level),
        (mute.environment, facts.environment),
    )
    asked += [fact is not None and fnmatchcase(fact, pattern) for pattern, fact in known if pattern]
    return bool(asked) and all(asked)
