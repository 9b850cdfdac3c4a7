"""Situation: everything that a decision rests on, the reasons it can end with, and the decision itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vedette.model.actions import Action
from vedette.model.document import Document, Paragraph, Text
from vedette.model.events import IssueEvent
from vedette.model.flood import HeldBack
from vedette.model.issues import Issue
from vedette.model.ownership import Verdict
from vedette.model.policies import Mute, Policy
from vedette.model.tickets import Claim
from vedette.rules.effective import Changed


class Reason(StrEnum):
    """Why something is done, or is not."""

    FIRST_TICKET = "first_ticket"
    NEW_AFTER_CLOSED = "new_after_closed"
    NEW_AFTER_WONT_DO = "new_after_wont_do"
    NEW_AFTER_DELETED = "new_after_deleted"
    NEW_ROUTE_AFTER_REFUSAL = "new_route_after_refusal"
    REOPENED = "reopened"
    COMMENTED_ON_CLOSED = "commented_on_closed"
    RESOLVED_IN_SENTRY = "resolved_in_sentry"
    TICKET_OPEN = "ticket_open"
    GROWN = "grown"
    MEASURED_ANEW = "measured_anew"
    TICKET_IN_HAND = "ticket_in_hand"
    TICKET_RESUMED = "ticket_resumed"
    ISSUE_GONE = "issue_gone"
    ISSUE_MERGED = "issue_merged"
    ARCHIVED_IN_SENTRY = "archived_in_sentry"
    NOT_ASKED = "not_asked"
    MUTED = "muted"
    NOT_RECENT = "not_recent"
    OTHER_LEVEL = "other_level"
    OTHER_ENVIRONMENT = "other_environment"
    BELOW_THRESHOLD = "below_threshold"
    COUNT_UNKNOWN = "count_unknown"
    NOTHING_NEWER = "nothing_newer_than_closing"
    RESTING_CLOSED = "resting_after_closing"
    RESTING_WONT_DO = "resting_after_wont_do"
    REFUSED_BEFORE = "refused_before"
    NO_ROUTE = "no_route"
    HELD_BY_CAP = "held_by_cap"
    HELD_IN_DIGEST = "held_in_digest"
    NEXT_EVENT = "next_event"
    EVENT_HAS_TICKET = "event_has_ticket"


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of the issue that the news speaks of: which, when, what was heard of it, and who owns it."""

    event: str
    at: datetime
    news: tuple[IssueEvent, ...]
    verdict: Verdict
    environment: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that a decision rests on. `claims`: this track's claims, the live ones last, freshly read.

    `stranded`: live claims (by id) without a ticket and without a job that goes on with them (dead, or dropped by a
    person). `happenings`: the events that the policy asks for, where it wants a ticket for each.
    """

    now: datetime
    policy: Policy
    issue: Issue
    news: tuple[IssueEvent, ...]
    verdict: Verdict
    claims: tuple[Claim, ...] = ()
    mute: Mute | None = None
    environment: str = ""
    stranded: frozenset[int] = frozenset()
    happenings: tuple[Happening, ...] = ()
    held: HeldBack | None = None  # how the issue's ticket was held back on this track, if it ever was
    resolved_by_us: datetime | None = None  # when Vedette last had Sentry resolve the issue
    changed: tuple[Changed, ...] = ()  # what `policy` has from the route, and not from the policy as it was written


@dataclass(frozen=True, slots=True)
class Decision:
    """What was chosen, why, and what to do; `sentence` is the same wherever it is shown."""

    reason: Reason
    sentence: str
    actions: tuple[Action, ...] = ()
    track: str = ""
    policy: str = ""
    changed: tuple[Changed, ...] = ()


@dataclass(frozen=True, slots=True)
class No:
    """A threshold that is not met."""

    reason: Reason
    sentence: str


Choice = tuple[Reason, str, tuple[Action, ...]]


def name_of(claim: Claim) -> str:
    """The claim in a sentence: its ticket's key, or the how-manieth it is."""
    return claim.ticket.key if claim.ticket else f"ticket {claim.generation}"


def say(text: str) -> Document:
    """The sentence as a tracker's comment."""
    return Document((Paragraph((Text(text),)),))
