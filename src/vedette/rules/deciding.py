"""Deciding: what to do about an issue on one track, and why; the whole policy in one pure function.

Guard clauses from the top; each ends with a reason, which is the word that the journal, the metric, the ticket and the
page use. `decide` never sees a clock, a database or a vendor: whatever it needs is in the `Situation`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from vedette.model.actions import Action, CommentTicket, OpenTicket, ReopenTicket, ResumeTicket
from vedette.model.document import Document, Paragraph, Text
from vedette.model.events import Change, IssueAlerted, IssueChanged, IssueEvent, Trigger, trigger_of
from vedette.model.issues import Count, CountSpan, Issue, IssueStatus
from vedette.model.ownership import Verdict
from vedette.model.policies import ClosedTicket, Mute, Policy, Rest
from vedette.model.tickets import LIVE_CLAIMS, Claim, ClaimState


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


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that a decision rests on. `claims`: this track's claims, oldest generation first, freshly read.

    `stranded`: the live claim has no ticket and no job that goes on with it (dead, or dropped by a person).
    """

    now: datetime
    policy: Policy
    issue: Issue
    news: tuple[IssueEvent, ...]
    verdict: Verdict
    claims: tuple[Claim, ...] = ()
    mute: Mute | None = None
    environment: str = ""
    stranded: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What was chosen, why, and what to do; `sentence` is the same wherever it is shown."""

    reason: Reason
    sentence: str
    actions: tuple[Action, ...] = ()
    track: str = ""
    policy: str = ""
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _No:
    """A threshold that is not met."""

    reason: Reason
    sentence: str


def decide(situation: Situation) -> Decision:
    """The decision for one issue on one policy's track."""
    last = situation.claims[-1] if situation.claims else None
    reason, sentence, actions = (
        _about_the_issue(situation, last) or _about_a_live_ticket(situation, last) or _about_the_wish(situation, last)
    )
    return Decision(reason, sentence, actions, track=situation.policy.track, policy=situation.policy.name)


Choice = tuple[Reason, str, tuple[Action, ...]]


def _about_the_issue(situation: Situation, last: Claim | None) -> Choice | None:
    issue = situation.issue
    if issue.merged_into is not None:
        return Reason.ISSUE_MERGED, f"Sentry merged the issue into {issue.merged_into.id}, which decides for both", ()
    match issue.status:
        case IssueStatus.GONE:
            return Reason.ISSUE_GONE, "Sentry no longer has the issue", ()
        case IssueStatus.IGNORED:
            return Reason.ARCHIVED_IN_SENTRY, "the issue is archived in Sentry", ()
        case IssueStatus.RESOLVED:
            return _resolved(situation, last)
        case _:
            return None


def _resolved(situation: Situation, last: Claim | None) -> Choice:
    sentence = "the issue is resolved in Sentry"
    told = [e for e in situation.news if isinstance(e, IssueChanged) and e.change is Change.RESOLVED]
    if not told or last is None or last.state is not ClaimState.OPEN or situation.policy.on_resolve != "comment":
        return Reason.RESOLVED_IN_SENTRY, sentence, ()
    by = f" by {told[-1].by}" if told[-1].by else ""
    text = _say(f"Sentry marked the issue as resolved{by}.")
    marker = f"resolved-{int(told[-1].occurred_at.timestamp())}"
    return Reason.RESOLVED_IN_SENTRY, sentence, (CommentTicket(last, text, marker),)


def _about_a_live_ticket(situation: Situation, last: Claim | None) -> Choice | None:
    if last is None or last.state not in LIVE_CLAIMS:
        return None
    if last.state is ClaimState.OPEN:
        return Reason.TICKET_OPEN, f"{_name(last)} is open ({last.ticket_status or 'status not read'})", ()
    if not situation.stranded:
        return Reason.TICKET_IN_HAND, f"a ticket is being created ({last.state})", ()
    wish = _wish(situation)
    if isinstance(wish, _No):
        return wish.reason, wish.sentence, ()
    sentence = f"{wish}; the job that was to create the ticket ended without it ({last.state}) and is taken up again"
    return Reason.TICKET_RESUMED, sentence, (ResumeTicket(last),)


def _about_the_wish(situation: Situation, last: Claim | None) -> Choice:
    wish = _wish(situation)
    if isinstance(wish, _No):
        return wish.reason, wish.sentence, ()
    if last is None:
        return _open(situation, Reason.FIRST_TICKET, wish, last)
    match last.state:
        case ClaimState.DROPPED:
            return _after_refusal(situation, last, wish)
        case ClaimState.GONE:
            return _after_closing(situation, last, wish, Rest(ClosedTicket.NEW), Reason.NEW_AFTER_DELETED)
        case ClaimState.WONT_DO:
            return _after_closing(situation, last, wish, situation.policy.wont_do, Reason.NEW_AFTER_WONT_DO)
        case _:
            return _after_closing(situation, last, wish, situation.policy.closed_ticket, Reason.NEW_AFTER_CLOSED)


def _wish(situation: Situation) -> str | _No:
    """Why a ticket is wanted, as a sentence; or what stands against it."""
    policy = situation.policy
    asked = {trigger for event in situation.news if (trigger := trigger_of(event))} & policy.on
    if not asked:
        heard = ", ".join(sorted({type(event).__name__ for event in situation.news})) or "nothing"
        return _No(Reason.NOT_ASKED, f"heard {heard}; policy {policy.name} cuts on {', '.join(sorted(policy.on))}")
    if situation.mute is not None:
        return _No(Reason.MUTED, f"muted: {situation.mute.reason}{_until(situation.mute.until)}")
    if Trigger.ALERT in asked:
        rules = {event.rule for event in situation.news if isinstance(event, IssueAlerted) and event.rule}
        return "an alert rule fired" + (f' ("{sorted(rules)[0]}")' if rules else "")
    return _weigh(situation)


def _weigh(situation: Situation) -> str | _No:
    when, issue = situation.policy.when, situation.issue
    if when.last_seen_within is not None and _age(situation) > when.last_seen_within:
        return _No(Reason.NOT_RECENT, f"last seen {issue.last_seen:%Y-%m-%d %H:%M} UTC, longer ago than asked for")
    if when.levels and issue.level not in when.levels:
        return _No(Reason.OTHER_LEVEL, f"level {issue.level} is not among {', '.join(sorted(when.levels))}")
    if when.environments and situation.environment not in when.environments:
        return _No(Reason.OTHER_ENVIRONMENT, f"environment {situation.environment or 'unknown'} is not asked for")
    if when.events_over is None and when.users_over is None:
        return "policy asks for no count"
    count = issue.count(when.span) or issue.count(CountSpan.LIFETIME)
    if count is None:
        return _No(Reason.COUNT_UNKNOWN, "Sentry gave no count")
    return _compare(count, situation)


def _compare(count: Count, situation: Situation) -> str | _No:
    when = situation.policy.when
    told = _count_sentence(count, asked=when.span)
    if when.events_over is not None and count.events <= when.events_over:
        return _No(Reason.BELOW_THRESHOLD, f"{told}; the policy asks for more than {when.events_over}")
    if when.users_over is not None and count.users is None:
        return _No(Reason.COUNT_UNKNOWN, f"{told}; Sentry gave no number of users")
    if when.users_over is not None and (count.users or 0) <= when.users_over:
        return _No(Reason.BELOW_THRESHOLD, f"{count.users} users; the policy asks for more than {when.users_over}")
    return told


def _count_sentence(count: Count, *, asked: CountSpan) -> str:
    span = "in the window" if count.span is CountSpan.WINDOW else "in its lifetime"
    told = f"{count.events} events {span} (from {count.source})"
    return told if count.span is asked else f"{told}; this server gives no count for the window"


def _after_refusal(situation: Situation, last: Claim, wish: str) -> Choice:
    if situation.verdict.route == last.route:
        sentence = f"the tracker refused generation {last.generation}: mend the route, then `vedette queue retry`"
        return Reason.REFUSED_BEFORE, sentence, ()
    return _open(situation, Reason.NEW_ROUTE_AFTER_REFUSAL, wish, last)


def _after_closing(situation: Situation, last: Claim, wish: str, rest: Rest, reason: Reason) -> Choice:
    closed_at = last.closed_at or last.as_of
    seen = _newest(situation)
    if seen is None or seen <= closed_at:
        sentence = f"{_name(last)} was closed {closed_at:%Y-%m-%d %H:%M} UTC and nothing newer was seen"
        return Reason.NOTHING_NEWER, sentence, ()
    match rest.what:
        case ClosedTicket.QUIET if situation.now < closed_at + timedelta(days=rest.days):
            return _resting(last, rest, closed_at)
        case ClosedTicket.REOPEN:
            text = _say(f"Seen again in Sentry at {seen:%Y-%m-%d %H:%M} UTC, after this ticket was closed.")
            return Reason.REOPENED, f"{_name(last)} was closed and {wish}", (ReopenTicket(last, text, _mark(seen)),)
        case ClosedTicket.COMMENT:
            text = _say(f"Still seen in Sentry: last at {seen:%Y-%m-%d %H:%M} UTC, after this ticket was closed.")
            marker = f"closed-{int(closed_at.timestamp())}"
            return (
                Reason.COMMENTED_ON_CLOSED,
                f"{_name(last)} is closed and {wish}",
                (CommentTicket(last, text, marker),),
            )
        case _:
            return _open(situation, reason, wish, last)


def _resting(last: Claim, rest: Rest, closed_at: datetime) -> Choice:
    until = closed_at + timedelta(days=rest.days)
    reason = Reason.RESTING_WONT_DO if last.state is ClaimState.WONT_DO else Reason.RESTING_CLOSED
    return reason, f"{_name(last)} was closed as {last.ticket_status or last.state}; rests until {until:%Y-%m-%d}", ()


def _open(situation: Situation, reason: Reason, wish: str, last: Claim | None) -> Choice:
    verdict, track = situation.verdict, situation.policy.track
    if verdict.route is None:
        sentence = f"{wish}, but {verdict.owner or 'the code'} has no route and there is no default route"
        return Reason.NO_ROUTE, sentence, ()
    # Over all: among the claims may be those of an issue that was merged into this one.
    generation = 1 + max((claim.generation for claim in situation.claims), default=0)
    before = f"; {_name(last)} is {last.state}" if last else ""
    action = OpenTicket(track, generation, verdict.route, verdict.owner, previous=last)
    return reason, f"{wish}{before}", (action,)


def _newest(situation: Situation) -> datetime | None:
    """The newest time at which the error itself was seen: Sentry's last_seen, or an alert's own time."""
    seen = [event.occurred_at for event in situation.news if trigger_of(event) not in (None, Trigger.POLL)]
    return max((*seen, *([situation.issue.last_seen] if situation.issue.last_seen else [])), default=None)


def _age(situation: Situation) -> timedelta:
    seen = situation.issue.last_seen
    return timedelta(0) if seen is None else situation.now - seen


def _name(claim: Claim) -> str:
    return claim.ticket.key if claim.ticket else f"ticket {claim.generation}"


def _mark(at: datetime) -> str:
    return f"seen-{int(at.timestamp())}"


def _until(until: datetime | None) -> str:
    return f" (until {until:%Y-%m-%d})" if until else ""


def _say(text: str) -> Document:
    return Document((Paragraph((Text(text),)),))
