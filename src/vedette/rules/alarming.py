"""Alarming: is it time to tell of a cause, whom, and as what; an answer always names its reason."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from vedette.model.alarms import Alarm, Cause, Notice, NoticeState
from vedette.model.owners import Team
from vedette.model.settings import AlarmSettings

#: What is gone may be back at once, when a person's retry fails: its end is told when it has been gone for so long.
CALM = timedelta(minutes=2)
NOTIFIER = "notifier:"


class Silence(StrEnum):
    """Why nobody is told now."""

    MILD = "milder_than_minimum"
    PATIENCE = "not_standing_long_enough"
    NO_NEWS = "no_news"
    QUIET = "quiet_time"
    CALM = "gone_just_now"
    NOBODY = "nobody_to_tell"


@dataclass(frozen=True, slots=True)
class Telling:
    """These notifiers are told, now. `more`: how many came since the last telling."""

    state: NoticeState
    names: tuple[str, ...]
    more: int = 0


def telling(
    alarm: Alarm,
    *,
    settings: AlarmSettings,
    teams: Mapping[str, Team],
    known: Collection[str],
    ill: Collection[str],
    now: datetime,
) -> Telling | Silence:
    """What is to be told of the cause now. `known` are the notifiers that the settings have, `ill` those in trouble."""
    if alarm.resolved_at is not None:
        return _end(alarm, known=known, now=now)
    if (silence := _too_early(alarm, settings=settings, now=now)) is not None:
        return silence
    names = audience(alarm.cause, settings=settings, teams=teams, known=known, ill=ill)
    if not names:
        return Silence.NOBODY
    if alarm.told:
        return Telling(NoticeState.REPEATED, names, alarm.count - alarm.told_count)
    return Telling(NoticeState.OPENED, names)


def _too_early(alarm: Alarm, *, settings: AlarmSettings, now: datetime) -> Silence | None:
    if alarm.cause.severity.rank < settings.minimum.rank:
        return Silence.MILD
    if now - alarm.first_at < alarm.cause.patience:
        return Silence.PATIENCE
    if alarm.told and alarm.count <= alarm.told_count:
        return Silence.NO_NEWS
    if alarm.told_at is not None and now - alarm.told_at < settings.quiet:
        return Silence.QUIET
    return None


def audience(
    cause: Cause,
    *,
    settings: AlarmSettings,
    teams: Mapping[str, Team],
    known: Collection[str],
    ill: Collection[str],
) -> tuple[str, ...]:
    """The notifiers that the cause names, as far as the settings have them; else the owner's, else the operators'.

    That a notifier is in trouble is told by healthy ones alone: two dead ones would tell of one another for ever.
    """
    team = teams.get(cause.owner)
    named = tuple(name for name in cause.notify if name in known)
    names = named or (team.notify if team else ()) or settings.operators
    deaf = ill if cause.about.startswith(NOTIFIER) else ()
    return tuple(name for name in names if name in known and name not in deaf)


def notice(alarm: Alarm, told: Telling, *, base_url: str, place: str, now: datetime) -> Notice:
    """The words for a telling. `place`: "" in production, else where this Vedette stands."""
    cause = alarm.cause
    first = f"{cause.key}#{alarm.episode}"
    last = {NoticeState.OPENED: first, NoticeState.RESOLVED: f"{first}/end"}
    return Notice(
        id=last.get(told.state, f"{first}/{alarm.count}"),
        first_id=first,
        key=cause.key,
        kind=cause.kind,
        severity=cause.severity,
        state=told.state,
        title=f"[{place}] {cause.title}" if place else cause.title,
        cure=cause.cure,
        facts=tuple(cause.facts.items()),
        link=f"{base_url.rstrip('/')}{cause.path}" if base_url else "",
        since=alarm.first_at,
        at=now,
        count=alarm.count,
        more=told.more,
    )


def _end(alarm: Alarm, *, known: Collection[str], now: datetime) -> Telling | Silence:
    if alarm.resolved_at is not None and now - alarm.resolved_at < CALM:
        return Silence.CALM
    names = tuple(name for name in alarm.told if name in known)
    return Telling(NoticeState.RESOLVED, names)
