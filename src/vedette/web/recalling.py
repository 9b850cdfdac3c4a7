"""Recall as the page shows it: a line per project, with a bar for each hour in which anything was due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from vedette.model.recall import HOUR, Hook, RecallHour
from vedette.rules.recall import by_project, hour_of, share

HOURS = 24
#: Stands in the tooltip and in the how-to, in the same words.
DEFINITION = (
    "Recall: of the hooks that were due by what the sweeps saw, the share that came. An error hook is due for an issue "
    "and each hour in which it was seen, a created hook for each new issue, an alert (only where recall.hooks says so) "
    "once a day for what a sweep finds. A hook counts for its own hour and the grace after it. Nothing due: no figure."
)
_SHOWN = 12
_HEIGHT = 20


@dataclass(frozen=True, slots=True)
class Bar:
    """An hour: its place among `HOURS`, top and height within 20, whether all came, and the words of its tooltip."""

    place: int
    top: float
    height: float
    whole: bool
    words: str


@dataclass(frozen=True, slots=True)
class ProjectRecall:
    """One project's day."""

    instance: str
    project: str
    due: int
    heard: int
    hooks: str  # per kind, in words
    bars: tuple[Bar, ...]

    @property
    def share(self) -> float:
        """Between 0 and 1; there is no line for a project of which nothing was due."""
        return self.heard / self.due


@dataclass(frozen=True, slots=True)
class DayOfRecall:
    """What the page shows: the share of the counted hooks (None = nothing was due), and the projects, worst first."""

    share: float | None
    due: int
    heard: int
    projects: tuple[ProjectRecall, ...]
    more: int
    beside: str  # hooks that are heard and not counted, in words


def day_of(hours: Sequence[RecallHour], counted: frozenset[Hook], *, now: datetime) -> DayOfRecall:
    """The day that ends with the last whole hour."""
    mine = [row for row in hours if row.hook in counted]
    others = [row for row in hours if row.hook not in counted]
    keys = sorted({(row.instance, row.project) for row in mine})
    lines = [_line(key, [row for row in mine if (row.instance, row.project) == key], now=now) for key in keys]
    lines.sort(key=lambda line: (line.share, -line.due, line.instance, line.project))
    return DayOfRecall(
        share=share(mine),
        due=sum(row.due for row in mine),
        heard=sum(row.heard for row in mine),
        projects=tuple(lines[:_SHOWN]),
        more=max(0, len(lines) - _SHOWN),
        beside=_by_hook(others),
    )


def _line(key: tuple[str, str], rows: Sequence[RecallHour], *, now: datetime) -> ProjectRecall:
    first = hour_of(now) - HOURS * HOUR
    by_hour: dict[datetime, list[RecallHour]] = {}
    for row in rows:
        by_hour.setdefault(row.hour, []).append(row)
    bars = tuple(_bar((hour - first) // HOUR, found) for hour, found in sorted(by_hour.items()))
    due, heard = sum(row.due for row in rows), sum(row.heard for row in rows)
    return ProjectRecall(*key, due=due, heard=heard, hooks=_by_hook(rows), bars=bars)


def _bar(place: int, rows: Sequence[RecallHour]) -> Bar:
    due, heard = sum(row.due for row in rows), sum(row.heard for row in rows)
    # An hour of which nothing came is drawn too: a gap means that nothing was due.
    height = max(1.5, round(_HEIGHT * heard / due, 2))
    words = f"{rows[0].hour:%d %b %H:%M} UTC: {heard} of {due} came"
    return Bar(place, round(_HEIGHT - height, 2), height, whole=heard == due, words=words)


def _by_hook(rows: Sequence[RecallHour]) -> str:
    sums: dict[Hook, tuple[int, int]] = {}
    for row in by_project(rows):
        due, heard = sums.get(row.hook, (0, 0))
        sums[row.hook] = (due + row.due, heard + row.heard)
    return ", ".join(f"{hook} {heard} of {due}" for hook, (due, heard) in sorted(sums.items()))
