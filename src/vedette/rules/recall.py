"""Recall: which hooks a sweep's findings should have brought, which stretch of deliveries answers, and what is too few.

Law: an hour is aligned and half-open; what nobody could have heard (before the first sweep, before the first hook of
its kind) is not due; no data is no figure, never 100 %.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from vedette.model.issues import Issue
from vedette.model.recall import HOUR, Hook, RecallHour, RecallSettings, Sighting

#: An issue that stays above the thresholds is due one alert in this time, and an alert of this time answers it.
ALERT_EVERY = timedelta(hours=24)
#: A new issue that crosses the thresholds later than this is no longer asked for its `created` hook.
_CREATED_WITHIN = timedelta(hours=24)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Which deliveries answer a sighting: when they came, and when what they tell of happened; both half-open."""

    received_from: datetime
    received_until: datetime
    happened_from: datetime | None = None  # None = whenever
    happened_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Hooks of one kind that came too rarely; `projects` with their share, the worst first."""

    instance: str
    hook: Hook
    due: int
    heard: int
    projects: tuple[RecallHour, ...]


def hour_of(at: datetime) -> datetime:
    """The whole hour, in UTC, that the moment lies in."""
    return at - (at - _EPOCH) % HOUR


def sightings(issue: Issue, listening: Mapping[Hook, datetime], *, now: datetime) -> Iterator[Sighting]:
    """What was due for an issue that a sweep found at `now`; `listening`: from when on hooks of a kind could be heard.

    An alert is due in the hour of the sweep: when the issue crossed a rule's line is not known.
    """
    created = issue.first_seen if issue.first_seen and issue.first_seen > now - _CREATED_WITHIN else None
    for hook, at in ((Hook.ERROR, issue.last_seen), (Hook.CREATED, created), (Hook.ALERT, now)):
        if at is not None and hook in listening and at >= listening[hook]:
            yield Sighting(issue.key, hook, hour_of(min(at, now)), issue.project, issue.title)


def listening_since(
    hooks: frozenset[Hook] | None, *, swept: datetime | None, heard: Mapping[Hook, datetime]
) -> dict[Hook, datetime]:
    """From when on hooks of each kind are due: the whole hour after the first sweep and the first hook of its kind.

    Kinds that the settings name are due from the first sweep on, whether or not one ever came.
    """
    if swept is None:
        return {}
    first = dict.fromkeys(hooks, swept) if hooks is not None else {h: max(swept, at) for h, at in heard.items()}
    return {hook: hour_of(at) + HOUR for hook, at in first.items()}


def answered_by(sighting: Sighting, *, grace: timedelta) -> Stretch:
    """The deliveries that count as hearing of it; one of three weeks ago does not."""
    start, end = sighting.hour, sighting.hour + HOUR
    match sighting.hook:
        case Hook.ERROR:
            return Stretch(start - HOUR, end + grace, start, end)
        case Hook.CREATED:
            return Stretch(start, end + grace)
        case Hook.ALERT:
            return Stretch(start - ALERT_EVERY + HOUR, end + grace)  # one alert answers one day


def settled_until(now: datetime, *, grace: timedelta) -> datetime:
    """The end of the newest hour whose hooks have had their grace."""
    return hour_of(now - grace)


def share(hours: Iterable[RecallHour]) -> float | None:
    """Heard of due, between 0 and 1; None where nothing was due."""
    rows = list(hours)
    due = sum(row.due for row in rows)
    return sum(row.heard for row in rows) / due if due else None


def by_project(hours: Iterable[RecallHour]) -> list[RecallHour]:
    """The sums over all hours per instance, project and hook, each at its first hour; in order."""
    sums: dict[tuple[str, str, Hook], RecallHour] = {}
    for row in sorted(hours, key=lambda each: each.hour):
        key = (row.instance, row.project, row.hook)
        old = sums.get(key, RecallHour(row.hour, *key, due=0, heard=0))
        sums[key] = RecallHour(old.hour, *key, due=old.due + row.due, heard=old.heard + row.heard)
    return [sums[key] for key in sorted(sums)]


def shortfalls(hours: Sequence[RecallHour], settings: RecallSettings) -> list[Shortfall]:
    """Per instance and hook: too few in all, or in a project, where at least `at_least` were due."""
    below = settings.alarm_below
    if below is None:
        return []
    found: dict[tuple[str, Hook], list[RecallHour]] = {}
    for row in by_project(hours):
        if row.hook in settings.counted:
            found.setdefault((row.instance, row.hook), []).append(row)
    made = (_shortfall(key, rows, below=below, at_least=settings.at_least) for key, rows in sorted(found.items()))
    return [each for each in made if each is not None]


def _shortfall(key: tuple[str, Hook], rows: Sequence[RecallHour], *, below: float, at_least: int) -> Shortfall | None:
    due, heard = sum(row.due for row in rows), sum(row.heard for row in rows)
    low = sorted((row for row in rows if row.heard < below * row.due), key=lambda row: (row.heard / row.due, -row.due))
    in_all = due >= at_least and heard < below * due
    worst = tuple(low if in_all else (row for row in low if row.due >= at_least))
    return Shortfall(*key, due=due, heard=heard, projects=worst) if worst else None


def is_well(hours: Sequence[RecallHour], settings: RecallSettings, *, instance: str, hook: Hook) -> bool:
    """Whether enough was due again, and enough of it came: silence is no recovery."""
    mine = [row for row in hours if row.instance == instance and row.hook is hook]
    enough = sum(row.due for row in mine) >= settings.at_least
    return enough and not any(each.instance == instance and each.hook is hook for each in shortfalls(mine, settings))
