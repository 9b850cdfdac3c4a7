"""Journal: the append-only record of decisions and outcomes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from vedette.model.issues import IssueKey


class EntryKind(StrEnum):
    """What a line of the journal tells of."""

    DECISION = "decision"
    OUTCOME = "outcome"  # what a job came to
    IGNORED = "ignored"  # a delivery that is kept and not acted upon
    OPERATOR = "operator"  # somebody retried, dropped, resumed, replayed
    ALARM = "alarm"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A line to write. `reason` is the one word used in metric, log and page; `sentence` is for people."""

    kind: EntryKind
    reason: str
    sentence: str
    issue: IssueKey | None = None
    delivery: int | None = None
    claim: int | None = None
    job: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the journal."""

    id: int
    at: datetime
    kind: EntryKind
    reason: str
    sentence: str
    issue: IssueKey | None
    delivery: int | None
    claim: int | None
    job: int | None
    details: Mapping[str, Any]
