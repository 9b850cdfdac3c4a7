"""Recall: which hooks should have come, by what a sweep saw, and whether they did."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from vedette.model.issues import IssueKey

HOUR = timedelta(hours=1)


class Hook(StrEnum):
    """The kinds of hook that a sweep can be held against."""

    ERROR = "error"  # due for every occurrence
    CREATED = "created"  # due for every new issue
    ALERT = "alert"  # fires by a rule that a person wrote: due only where the settings say that the rules are ours


#: Due whatever anybody's rules say.
CERTAIN = frozenset({Hook.ERROR, Hook.CREATED})


@dataclass(frozen=True, slots=True)
class Sighting:
    """A sweep saw the issue do, in the hour that begins at `hour`, what a hook of this kind should have told of."""

    issue: IssueKey
    hook: Hook
    hour: datetime
    project: str
    title: str = ""
    heard: bool | None = None  # None until the hour is over and the hooks have had their grace


@dataclass(frozen=True, slots=True)
class RecallHour:
    """Of the sightings within [hour, hour + 1 h) of one project and hook: how many, and how many were heard of."""

    hour: datetime
    instance: str
    project: str
    hook: Hook
    due: int
    heard: int


@dataclass(frozen=True, slots=True)
class RecallSettings:
    """What is due, and when too little of it comes; `hooks` None = error and created hooks, where they ever came."""

    hooks: frozenset[Hook] | None = None
    grace: timedelta = timedelta(minutes=10)
    alarm_below: float | None = 0.9  # a share; None = never
    over: timedelta = timedelta(hours=3)
    at_least: int = 20

    @property
    def counted(self) -> frozenset[Hook]:
        """The kinds that make the figure and the alarm; others are shown beside it."""
        return CERTAIN if self.hooks is None else self.hooks
