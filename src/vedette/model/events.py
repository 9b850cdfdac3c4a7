"""Events: things that happened (past tense), read from a delivery or a poll."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vedette.model.issues import IssueKey, Occurrence


class Trigger(StrEnum):
    """What a policy's `on:` may name."""

    ALERT = "alert"
    POLL = "poll"
    ERROR = "error"
    CREATED = "created"
    REGRESSED = "regressed"
    MONITOR = "monitor"


class Change(StrEnum):
    """What an issue hook says happened to an issue."""

    CREATED = "created"
    RESOLVED = "resolved"
    UNRESOLVED = "unresolved"
    IGNORED = "ignored"
    ASSIGNED = "assigned"


@dataclass(frozen=True, slots=True)
class IssueAlerted:
    """An alert rule that a person wrote fired for the issue."""

    issue: IssueKey
    occurred_at: datetime
    rule: str = ""
    project: str = ""
    title: str = ""
    occurrence: Occurrence | None = None


@dataclass(frozen=True, slots=True)
class ErrorOccurred:
    """One occurrence was recorded (`error.created`)."""

    issue: IssueKey
    occurred_at: datetime
    project: str = ""
    title: str = ""
    occurrence: Occurrence | None = None


@dataclass(frozen=True, slots=True)
class IssueChanged:
    """The issue was created, resolved, unresolved, ignored or assigned."""

    issue: IssueKey
    occurred_at: datetime
    change: Change
    project: str = ""
    title: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class IssuePolled:
    """A sweep saw the issue above the policy's threshold."""

    issue: IssueKey
    occurred_at: datetime
    project: str = ""
    title: str = ""
    policy: str = ""
    run: int = 0  # the sweep's job; 0 = none (a dry run)


@dataclass(frozen=True, slots=True)
class ConditionTripped:
    """A condition on counts that a person wrote came true, and the issue is behind it; `sentence` has the numbers."""

    issue: IssueKey
    occurred_at: datetime  # the end of the window
    condition: str = ""
    sentence: str = ""
    project: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class TicketAsked:
    """A person asked for a ticket of its own for an issue that was held back."""

    issue: IssueKey
    occurred_at: datetime
    project: str = ""
    title: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Ignored:
    """A delivery, or a part of one, that is kept and not acted upon; `kind` says what it was, `why` the reason."""

    kind: str
    why: str
    of: "IssueEvent | None" = None  # the event that a rule dropped
    rule: str = ""  # that rule


@dataclass(frozen=True, slots=True)
class TicketsTouched:
    """A tracker's hook spoke of these tickets, by id or by key; what became of them is for a reading to say."""

    ids: tuple[str, ...]


IssueEvent = IssueAlerted | ErrorOccurred | IssueChanged | IssuePolled | ConditionTripped | TicketAsked
Event = IssueEvent | Ignored


_TRIGGERS: Mapping[type[IssueEvent], Trigger] = {
    IssueAlerted: Trigger.ALERT,
    ErrorOccurred: Trigger.ERROR,
    IssuePolled: Trigger.POLL,
    ConditionTripped: Trigger.MONITOR,
}
_CHANGES = {Change.CREATED: Trigger.CREATED, Change.UNRESOLVED: Trigger.REGRESSED}


def trigger_of(event: IssueEvent) -> Trigger | None:
    """The word of a policy's `on:` that this event satisfies; None for news that never cuts a ticket by itself."""
    return _CHANGES.get(event.change) if isinstance(event, IssueChanged) else _TRIGGERS.get(type(event))
