"""Runs of access: what is remembered between two plans, and of every change that was begun."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vedette.model.changes import Change
from vedette.model.plan import Fate


@dataclass(frozen=True, slots=True)
class Sighting:
    """An account that is in no declaration, and in how many recorded plans it was seen."""

    member: str  # id of the membership
    email: str
    first_seen: datetime
    last_seen: datetime
    plans: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Who may change an organisation now, and until when unless they go on."""

    instance: str
    who: str
    since: datetime
    until: datetime


class RunEnd(StrEnum):
    """How a run ended; one that was killed has no end."""

    DONE = "done"  # every change, each with success
    INCOMPLETE = "incomplete"  # changes failed, were skipped or wait for somebody's approval
    STOPPED = "stopped"  # somebody asked it to stop, or it lost its right to go on


@dataclass(frozen=True, slots=True)
class Run:
    """One walk along a plan. `id` grows with time."""

    id: int
    checksum: str
    instances: tuple[str, ...]
    who: str
    started_at: datetime
    ended_at: datetime | None = None
    end: RunEnd | None = None
    undo: str = ""  # path of the undo file


@dataclass(frozen=True, slots=True)
class RunChange:
    """One change of a run; without a `started_at` it was never begun, without a fate nobody knows its outcome."""

    instance: str
    position: int
    change: Change
    fate: Fate | None = None
    text: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """How far an organisation was from what is declared when it was last looked at."""

    instance: str
    at: datetime
    changes: int = 0  # that would be made
    withheld: int = 0
    diagnoses: int = 0
    refused: tuple[str, ...] = ()  # what guards say of the changes
    state: str = ""  # the same for the same changes
    first: tuple[str, ...] = ()  # some of the changes, in words

    @property
    def is_any(self) -> bool:
        """Whether anything is not as declared."""
        return bool(self.changes or self.withheld or self.refused)


def unfinished(changes: Sequence[RunChange]) -> tuple[RunChange, ...]:
    """Those that may still be to do, in their order."""
    return tuple(each for each in changes if each.fate not in (Fate.DONE, Fate.ALREADY))
