"""Jobs: the queue's words; a job and the fact that caused it commit together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from vedette.model.issues import IssueKey


class JobKind(StrEnum):
    """What a worker can be asked to do."""

    DECIDE = "decide"  # one issue's waiting events → a decision
    OPEN_TICKET = "open_ticket"
    MEND_TICKET = "mend_ticket"  # read back what the screen dropped, put it right or alarm
    SET_STATUS = "set_status"  # first status after the create, by transition name
    COMMENT_TICKET = "comment_ticket"
    REOPEN_TICKET = "reopen_ticket"
    GROW_TICKET = "grow_ticket"  # tell of growth, raise the priority
    CLOSE_TICKET = "close_ticket"
    MOVE_TICKET = "move_ticket"  # to another status, because Sentry resolved the issue
    RESOLVE_ISSUE = "resolve_issue"  # in Sentry, because a person closed the ticket
    LINK_TICKET = "link_ticket"  # remote link from the ticket to Sentry
    LINK_BACK = "link_back"  # note or external issue in Sentry
    REFRESH_TICKETS = "refresh_tickets"  # read again whatever a tracker's hooks spoke of
    POLL = "poll"
    AUDIT = "audit"
    KEEP_DIGEST = "keep_digest"  # a place's held issues → its digest: opened, commented on, closed
    CLOSE_DIGEST = "close_digest"
    NOTIFY = "notify"  # tell people through one notifier
    COUNT = "count"  # one instance's filters, every window that is owed
    RECOUNT = "recount"  # look for late events, and count anew the windows that have any
    OUTCOMES = "outcomes"  # per project and hour, what Sentry accepted and what it dropped
    PUSH = "push"  # the points of one window to one sink
    DOCTOR = "doctor"  # look at the accounts of an instance, for the page
    REQUESTS = "requests"  # read who waits for access on an instance
    MAILBOX = "mailbox"  # read which requests for access came by mail
    TELL_REQUEST = "tell_request"  # tell of one request through one notifier
    ANSWER_REQUEST = "answer_request"  # approve or deny one in Sentry
    ACCESS = "access"  # hold one organisation against what is declared
    KEYS = "keys"  # the keys of an instance's projects, for the page of DSNs


class JobState(StrEnum):
    """Where a job stands."""

    READY = "ready"  # waits for its time, its turn and its destination
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"  # a dead letter: only a person brings it back
    DROPPED = "dropped"  # let go of, by a person or since a newer one asks for the same


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to enqueue. Jobs of one `order_key` run one at a time in order of enqueueing; "" = no order.

    `unique_key`: while a READY job with the same key exists, a second is not enqueued.
    """

    kind: JobKind
    destination: str  # whose limits, breaker and pause apply; "" = none (local work)
    order_key: str = ""
    unique_key: str = ""
    issue: IssueKey | None = None
    claim: int | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    run_at: datetime | None = None  # None = now


@dataclass(frozen=True, slots=True)
class Job:
    """A job as stored. `attempt` counts the tries that were made and failed; snoozes do not count."""

    id: int
    kind: JobKind
    state: JobState
    destination: str
    order_key: str
    issue: IssueKey | None
    claim: int | None
    payload: Mapping[str, Any]
    run_at: datetime
    created_at: datetime
    attempt: int = 0
    reason: str = ""  # why it waits, died or was dropped: one word, also the metric's label
    detail: str = ""  # the vendor's own words
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a job until `until`. `takeover`: a former holder let its lease run out, so whatever it was
    sending must be treated as ambiguous; `lapsed_at` is when that former lease ended."""

    job: Job
    token: str
    until: datetime
    takeover: bool = False
    lapsed_at: datetime | None = None
