"""When a closed ticket resolves its issue, and what an open one gets when Sentry resolves it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from vedette.model.actions import CommentTicket, MoveTicket
from vedette.model.events import Change, IssueChanged
from vedette.model.issues import Issue, IssueKey, IssueStatus
from vedette.model.policies import OnDone, Policy
from vedette.model.tickets import Claim, ClaimState, Route, TicketRef
from vedette.rules.resolving import Closing, Outcome, answer, weigh

NOW = datetime(2031, 3, 4, 5, 6, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEY = IssueKey("default", "7")
REF = TicketRef("jira", "PAY-1", "1", "")
CLOSED = Claim(1, KEY, "main", 1, ClaimState.DONE, Route("jira", "PAY"), "s", NOW, NOW, ticket=REF, closed_at=NOW)
ISSUE = Issue(KEY, NOW, "t", status=IssueStatus.UNRESOLVED, last_seen=NOW - HOUR)
WISH = Policy("p", on_done=OnDone.RESOLVE)
NEXT = Policy("p", on_done=OnDone.RESOLVE_IN_NEXT_RELEASE)
OTHER = replace(CLOSED, id=2, generation=2, state=ClaimState.OPEN, ticket=replace(REF, key="PAY-2"))


@pytest.mark.parametrize(
    ("closing", "expected", "said"),
    [
        (Closing(CLOSED, [CLOSED], ISSUE, WISH), Outcome.RESOLVE, "PAY-1 was closed, so the issue is resolved"),
        (Closing(CLOSED, [CLOSED], ISSUE, NEXT), Outcome.RESOLVE_NEXT, "resolved in the next release"),
        (Closing(CLOSED, [CLOSED], ISSUE, Policy("p")), Outcome.NOT_WISHED, "policy p resolves nothing"),
        (Closing(replace(CLOSED, state=ClaimState.OPEN), [], ISSUE, WISH), Outcome.OPEN_AGAIN, "PAY-1 is open by now"),
        (Closing(replace(CLOSED, state=ClaimState.WONT_DO), [], ISSUE, WISH), Outcome.OPEN_AGAIN, "is wont_do"),
        (Closing(CLOSED, [CLOSED, OTHER], ISSUE, WISH), Outcome.ANOTHER_OPEN, "PAY-2 is open"),
        (Closing(CLOSED, [], replace(ISSUE, status=IssueStatus.RESOLVED), WISH), Outcome.ALREADY, "already"),
        (Closing(CLOSED, [], replace(ISSUE, status=IssueStatus.IGNORED), WISH), Outcome.ARCHIVED, "archived"),
        (Closing(CLOSED, [], replace(ISSUE, status=IssueStatus.GONE), WISH), Outcome.GONE, "no longer has"),
        (Closing(CLOSED, [], replace(ISSUE, merged_into=KEY), WISH), Outcome.MERGED, "merged the issue into 7"),
        (Closing(CLOSED, [], replace(ISSUE, last_seen=NOW + HOUR), WISH), Outcome.SEEN_SINCE, "it is not resolved"),
        (Closing(CLOSED, [], replace(ISSUE, last_seen=NOW), WISH), Outcome.RESOLVE, "is resolved"),
        (Closing(CLOSED, [], replace(ISSUE, last_seen=None), WISH), Outcome.RESOLVE, "is resolved"),
        (Closing(CLOSED, [], replace(ISSUE, last_seen=NOW + HOUR), NEXT), Outcome.RESOLVE_NEXT, "next release"),
        (Closing(replace(CLOSED, closed_at=None), [], ISSUE, WISH), Outcome.RESOLVE, "is resolved"),
    ],
)
def test_what_a_closing_does_and_why(closing: Closing, expected: Outcome, said: str) -> None:
    outcome, sentence = weigh(closing)
    assert outcome is expected
    assert said in sentence


def told(at: datetime = NOW, by: str = "Ada") -> IssueChanged:
    return IssueChanged(KEY, at, Change.RESOLVED, by=by)


def test_an_open_ticket_is_commented_on_moved_or_left_alone_as_the_policy_says() -> None:
    (comment,) = answer(Policy("p"), OTHER, told(), ours_at=None)
    assert isinstance(comment, CommentTicket)
    (move,) = answer(Policy("p", on_resolve="transition Ready for QA"), OTHER, told(), ours_at=None)
    assert isinstance(move, MoveTicket)
    assert (move.status, move.marker) == ("Ready for QA", comment.marker)
    assert "by Ada" in str(move.text)
    assert answer(Policy("p", on_resolve="nothing"), OTHER, told(), ours_at=None) == ()


@pytest.mark.parametrize(
    ("after", "answers"),
    [(-2 * HOUR, 1), (timedelta(seconds=-30), 0), (timedelta(0), 0), (timedelta(minutes=15), 0), (HOUR, 1)],
)
def test_our_own_resolving_is_not_answered_and_a_persons_is(after: timedelta, answers: int) -> None:
    assert len(answer(Policy("p"), OTHER, told(NOW + after), ours_at=NOW)) == answers
