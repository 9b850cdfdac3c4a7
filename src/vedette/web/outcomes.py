"""Outcomes: what Sentry took in, filtered and dropped of a filter's projects, in the newest hour that is over."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vedette.model.metrics import Filter, OutcomeHour
from vedette.store import known
from vedette.store.database import Tx

_HOUR, _LOOK_BACK = timedelta(hours=1), timedelta(hours=24)
#: The order of the columns; what Sentry may say beside them comes after.
_FIRST = ("accepted", "filtered", "rate_limited", "invalid", "client_discard")


@dataclass(frozen=True, slots=True)
class ProjectOutcomes:
    """One project's hour: a number for each of the columns."""

    project: str
    numbers: tuple[int, ...]
    reasons: str  # why events were not accepted, in words; "" where Sentry gave none


@dataclass(frozen=True, slots=True)
class Outcomes:
    """An hour: its columns by Sentry's own words, and its projects, those with most losses first."""

    hour: datetime
    columns: tuple[str, ...]
    projects: tuple[ProjectOutcomes, ...]


def outcomes_of(tx: Tx, instance: str, asked: Filter | None, *, now: datetime) -> Outcomes | None:
    """The newest hour that is over; None where nothing was told within a day."""
    over = now - _HOUR + timedelta(microseconds=1)  # hours are asked for by their starts
    found = known.outcomes(tx, since=now - _LOOK_BACK, until=over, instance=instance)
    mine = [each for each in found if asked is None or not asked.projects or each.project in asked.projects]
    return shown([each for each in mine if each.hour == max(one.hour for one in mine)]) if mine else None


def shown(hour: Sequence[OutcomeHour]) -> Outcomes:
    """The rows of one hour as a table."""
    said = {each.outcome for each in hour}
    columns = (*(word for word in _FIRST if word in said), *sorted(said - set(_FIRST)))
    projects = [
        _project(name, [each for each in hour if each.project == name], columns)
        for name in sorted({each.project for each in hour})
    ]
    lost = {each.project: sum(row.quantity for row in hour if _lost(row, each.project)) for each in projects}
    return Outcomes(hour[0].hour, columns, tuple(sorted(projects, key=lambda each: -lost[each.project])))


def _lost(row: OutcomeHour, project: str) -> bool:
    return row.project == project and row.outcome != "accepted"


def _project(name: str, rows: Sequence[OutcomeHour], columns: Sequence[str]) -> ProjectOutcomes:
    sums: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for row in rows:
        sums[row.outcome] += row.quantity
        if row.reason and row.outcome != "accepted":
            reasons[row.reason] += row.quantity
    words = ", ".join(f"{count:,} {reason}" for reason, count in reasons.most_common(5))
    return ProjectOutcomes(name, tuple(sums[column] for column in columns), words)
