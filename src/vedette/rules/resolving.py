"""Resolving: whether a closed ticket resolves its issue in Sentry, and what Sentry's "resolved" does to a ticket.

Law: neither answers an act of our own, so that the two never play the ball to each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from vedette.model.actions import Action, CommentTicket, MoveTicket
from vedette.model.events import IssueChanged
from vedette.model.issues import Issue, IssueStatus
from vedette.model.policies import BY_TRANSITION, OnDone, Policy
from vedette.model.tickets import LIVE_CLAIMS, Claim, ClaimState
from vedette.rules.situation import name_of, say

# Sentry tells of a resolving within a second, or when it tries again: three times, five minutes apart.
_TOLD_BEFORE, _TOLD_WITHIN = timedelta(minutes=1), timedelta(minutes=16)


class Outcome(StrEnum):
    """What became of a closing's wish to resolve the issue."""

    RESOLVE = "sentry_resolved"
    RESOLVE_NEXT = "sentry_resolved_next"
    NOT_WISHED = "not_wished"
    OPEN_AGAIN = "ticket_open_again"
    ANOTHER_OPEN = "another_ticket_open"
    ALREADY = "resolved_already"
    ARCHIVED = "archived_in_sentry"
    GONE = "issue_gone"
    MERGED = "issue_merged"
    SEEN_SINCE = "seen_since_closing"


@dataclass(frozen=True, slots=True)
class Closing:
    """A ticket that a person closed, the claims of its track, and the issue as Sentry has it now."""

    claim: Claim
    track: Sequence[Claim]
    issue: Issue
    policy: Policy


def weigh(closing: Closing) -> tuple[Outcome, str]:
    """Whether the issue is to be resolved, and the sentence that says why."""
    claim, issue, wish = closing.claim, closing.issue, closing.policy.on_done
    name = name_of(claim)
    if wish is OnDone.NOTHING:
        return Outcome.NOT_WISHED, f"{name} was closed; policy {closing.policy.name} resolves nothing"
    if claim.state is not ClaimState.DONE:
        return Outcome.OPEN_AGAIN, f"{name} is {claim.state} by now, so the issue stays as it is"
    others = [other for other in closing.track if other.state in LIVE_CLAIMS and other.id != claim.id]
    if others:
        return Outcome.ANOTHER_OPEN, f"{name} was closed; {name_of(others[-1])} is open, so the issue stays as it is"
    return _by_status(name, issue) or _by_news(name, claim, issue, wish)


def _by_status(name: str, issue: Issue) -> tuple[Outcome, str] | None:
    if issue.merged_into is not None:
        return Outcome.MERGED, f"{name} was closed; Sentry merged the issue into {issue.merged_into.id}"
    match issue.status:
        case IssueStatus.RESOLVED:
            return Outcome.ALREADY, f"{name} was closed; the issue is resolved in Sentry already"
        case IssueStatus.IGNORED:
            return Outcome.ARCHIVED, f"{name} was closed; the issue is archived in Sentry, and stays so"
        case IssueStatus.GONE:
            return Outcome.GONE, f"{name} was closed; Sentry no longer has the issue"
        case _:
            return None


def _by_news(name: str, claim: Claim, issue: Issue, wish: OnDone) -> tuple[Outcome, str]:
    if wish is OnDone.RESOLVE_IN_NEXT_RELEASE:
        # What the old release still does says nothing against it: Sentry itself weighs the releases.
        return Outcome.RESOLVE_NEXT, f"{name} was closed, so Sentry has the issue as resolved in the next release"
    closed_at = claim.closed_at or claim.as_of
    if issue.last_seen is not None and issue.last_seen > closed_at:
        when = f"{closed_at:%Y-%m-%d %H:%M} UTC"
        return Outcome.SEEN_SINCE, f"{name} was closed {when}, and Sentry has seen the error since: it is not resolved"
    return Outcome.RESOLVE, f"{name} was closed, so the issue is resolved in Sentry"


def answer(policy: Policy, last: Claim, told: IssueChanged, *, ours_at: datetime | None) -> tuple[Action, ...]:
    """What an open ticket gets when Sentry tells that its issue was resolved; `ours_at`: when Vedette did that."""
    if ours_at is not None and -_TOLD_BEFORE <= told.occurred_at - ours_at <= _TOLD_WITHIN:
        return ()
    by = f" by {told.by}" if told.by else ""
    marker = f"resolved-{int(told.occurred_at.timestamp())}"
    if policy.on_resolve.startswith(BY_TRANSITION):
        status = policy.on_resolve.removeprefix(BY_TRANSITION)
        text = say(f"Sentry marked the issue as resolved{by}, so this ticket was moved ({status}).")
        return (MoveTicket(last, text, marker, status),)
    if policy.on_resolve == "comment":
        return (CommentTicket(last, say(f"Sentry marked the issue as resolved{by}."), marker),)
    return ()
