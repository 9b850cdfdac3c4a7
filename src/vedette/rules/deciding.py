"""Deciding: what to do about an issue on one track, and why; the whole policy in one pure function.

Guard clauses from the top; each ends with a reason, which is the word that the journal, the metric, the ticket and the
page use. `decide` never sees a clock, a database or a vendor: whatever it needs is in the `Situation`.
"""

from vedette.model.actions import ResumeTicket
from vedette.model.events import Change, IssueChanged
from vedette.model.issues import IssueStatus
from vedette.model.policies import Per
from vedette.model.tickets import LIVE_CLAIMS, Claim, ClaimState
from vedette.rules.chaining import decide_each
from vedette.rules.closings import after, cut
from vedette.rules.resolving import answer
from vedette.rules.situation import Choice, Decision, No, Reason, Situation
from vedette.rules.standing import about_an_open_ticket
from vedette.rules.weighing import wish_of

__all__ = ["Decision", "Reason", "Situation", "decide"]


def decide(situation: Situation) -> Decision:
    """The decision for one issue on one policy's track."""
    # Where each event has its own, only a ticket for the issue as a whole says anything about another of that kind.
    of_events = situation.policy.per is Per.EVENT
    whole = [claim for claim in situation.claims if not (of_events and claim.event)]
    last = whole[-1] if whole else None
    reason, sentence, actions = (
        _about_the_issue(situation)
        or decide_each(situation)
        or _about_a_live_ticket(situation, last)
        or _about_the_wish(situation, last)
    )
    policy = situation.policy
    return Decision(reason, sentence, actions, track=policy.track, policy=policy.name, changed=situation.changed)


def _about_the_issue(situation: Situation) -> Choice | None:
    issue = situation.issue
    if issue.merged_into is not None:
        return Reason.ISSUE_MERGED, f"Sentry merged the issue into {issue.merged_into.id}, which decides for both", ()
    match issue.status:
        case IssueStatus.GONE:
            return Reason.ISSUE_GONE, "Sentry no longer has the issue", ()
        case IssueStatus.IGNORED:
            return Reason.ARCHIVED_IN_SENTRY, "the issue is archived in Sentry", ()
        case IssueStatus.RESOLVED:
            return _resolved(situation)
        case _:
            return None


def _resolved(situation: Situation) -> Choice:
    sentence = "the issue is resolved in Sentry"
    last = next((claim for claim in reversed(situation.claims) if claim.state is ClaimState.OPEN), None)
    told = [e for e in situation.news if isinstance(e, IssueChanged) and e.change is Change.RESOLVED]
    if not told or last is None:
        return Reason.RESOLVED_IN_SENTRY, sentence, ()
    actions = answer(situation.policy, last, told[-1], ours_at=situation.resolved_by_us)
    return Reason.RESOLVED_IN_SENTRY, sentence, actions


def _about_a_live_ticket(situation: Situation, last: Claim | None) -> Choice | None:
    if last is None or last.state not in LIVE_CLAIMS:
        return None
    if last.state is ClaimState.OPEN:
        return about_an_open_ticket(situation.issue, last, situation.policy, mute=situation.mute)
    if last.id not in situation.stranded:
        return Reason.TICKET_IN_HAND, f"a ticket is being created ({last.state})", ()
    wish = wish_of(situation)
    if isinstance(wish, No):
        return wish.reason, wish.sentence, ()
    sentence = f"{wish}; the job that was to create the ticket ended without it ({last.state}) and is taken up again"
    return Reason.TICKET_RESUMED, sentence, (ResumeTicket(last),)


def _about_the_wish(situation: Situation, last: Claim | None) -> Choice:
    wish = wish_of(situation)
    if isinstance(wish, No):
        return wish.reason, wish.sentence, ()
    if last is None:
        return cut(situation, Reason.FIRST_TICKET, wish, last)
    return after(situation, last, wish)
