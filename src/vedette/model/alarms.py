"""Alarms: what is wrong, by its cause; since when, how often, and who was told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is, mildest first; the words of PagerDuty's Events API."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """For comparing: a higher one is worse."""
        return list(Severity).index(self)


class CauseKind(StrEnum):
    """What sort of thing is wrong; also the metric's label."""

    DEAD_LETTERS = "dead_letters"
    REFUSALS_SURGE = "refusals_surge"
    PAUSED = "paused"  # a destination whose credentials are not good
    BREAKER_OPEN = "breaker_open"  # a destination that has been down for long
    THROTTLED = "throttled"  # a destination that has asked for patience for long
    STILL_UNCERTAIN = "still_uncertain"
    TICKET_LACKS = "ticket_lacks"
    AUDIT_DIFFERENCE = "audit_difference"
    RECALL_LOW = "recall_low"
    OWNERS_LINT = "owners_lint"
    CONDITION = "condition"  # of `monitor.conditions` one that came true
    UNCOUNTED = "uncounted"  # a filter, or windows, that the monitor cannot count
    ACCESS_REQUEST = "access_request"  # somebody waits for access; told by itself, never raised
    ACCESS_DRIFT = "access_drift"  # an organisation is not as declared
    ACCESS_UNREAD = "access_unread"  # an organisation that cannot be looked at
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that is wrong. `key` is the same as long as it is the same thing, and holds no secret.

    `owner`: whose notifiers are told; "" or an owner without any = the operators. `notify`: notifiers that are told
    instead. `patience`: it is told only once it has stood for so long; `lasts`: how long after it was last raised it
    counts as over, None = until it is cleared.
    """

    key: str
    kind: CauseKind
    severity: Severity
    title: str  # one sentence
    cure: str  # what to do about it
    facts: Mapping[str, str] = field(default_factory=dict)
    path: str = "/"  # the page of ours that shows it
    owner: str = ""
    about: str = ""  # the destination that it is about
    patience: timedelta = timedelta(0)
    lasts: timedelta | None = None
    notify: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alarm:
    """A cause as remembered. An episode goes from the first raising to the clearing."""

    cause: Cause
    episode: int
    first_at: datetime
    last_at: datetime
    count: int
    told_at: datetime | None  # the last telling, of this episode or an earlier one
    told_count: int  # the count that was told
    told: tuple[str, ...]  # notifiers that were told in this episode, and not yet of its end
    resolved_at: datetime | None


class NoticeState(StrEnum):
    """What a notice tells of its cause."""

    OPENED = "opened"
    REPEATED = "repeated"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notifier delivers: plain words, complete, without a secret.

    `id` is the same for every delivery of this very notice, `first_id` is that of the episode's first, and `key` is the
    same for every notice about the cause.
    """

    id: str
    first_id: str
    key: str
    kind: CauseKind
    severity: Severity
    state: NoticeState
    title: str
    cure: str
    facts: tuple[tuple[str, str], ...]
    link: str  # address of our page; "" where the settings give none
    since: datetime
    at: datetime
    count: int = 1
    more: int = 0  # how many came since the last telling
