"""What is decided, and why: one table row a story, and laws that hold for every situation."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.actions import CommentTicket, OpenTicket, ReopenTicket, ResumeTicket
from vedette.model.events import (
    Change,
    ConditionTripped,
    ErrorOccurred,
    IssueAlerted,
    IssueChanged,
    IssuePolled,
    TicketAsked,
    Trigger,
)
from vedette.model.flood import Held, HeldBack, HeldState, place_of
from vedette.model.growth import GrowTicket, MeasureAnew
from vedette.model.issues import Count, CountSpan, Issue, IssueKey, IssueStatus
from vedette.model.ownership import Ownership, Verdict
from vedette.model.policies import ClosedTicket, Mute, Per, Policy, Rest, When
from vedette.model.tickets import LIVE_CLAIMS, Claim, ClaimState, Route, TicketRef, stamp_of
from vedette.rules.deciding import Reason, Situation, decide
from vedette.rules.growing import baselines_of
from vedette.rules.situation import Happening

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
KEY = IssueKey("default", "4512")
ROUTE = Route("jira", "WB")
OWNED = Verdict(Ownership.OWNED, owner="@acme/payments", route=ROUTE)

ALERT = IssueAlerted(KEY, NOW, rule="Checkout errors")
POLLED = IssuePolled(KEY, NOW)
CREATED = IssueChanged(KEY, NOW, Change.CREATED)
RESOLVED = IssueChanged(KEY, NOW, Change.RESOLVED, by="Ada")
ERROR = ErrorOccurred(KEY, NOW)
GREW = ConditionTripped(KEY, NOW, "checkout_grows", "checkout: 420 errors, 312 % over the usual 102")
ASKED = TicketAsked(KEY, NOW, by="Ada")


def issue(*, events: int = 500, users: int | None = 3, span: CountSpan = CountSpan.WINDOW, **changes: object) -> Issue:
    known = Issue(
        KEY,
        NOW,
        title="KeyError: 'sku'",
        project="checkout",
        status=IssueStatus.UNRESOLVED,
        last_seen=NOW - timedelta(minutes=5),
        counts=(Count(events, users, span, "the issue list"),),
    )
    return replace(known, **changes)  # type: ignore[arg-type]


def claim(state: ClaimState, *, closed: timedelta = timedelta(hours=1), generation: int = 1) -> Claim:
    ticket = TicketRef("jira", f"WB-{generation}", str(generation), f"https://jira.example.test/browse/WB-{generation}")
    return Claim(
        generation,
        KEY,
        "main",
        generation,
        state,
        ROUTE,
        stamp_of(KEY, track="main", generation=generation),
        NOW - timedelta(days=9),
        NOW - timedelta(days=9),
        ticket=None if state in (ClaimState.CLAIMED, ClaimState.DROPPED) else ticket,
        closed_at=NOW - closed if state in (ClaimState.DONE, ClaimState.WONT_DO, ClaimState.GONE) else None,
        baselines=baselines_of(issue(), Policy("default")),
    )


def situation(**changes: object) -> Situation:
    policy = Policy("default", when=When(events_over=50))
    return replace(Situation(NOW, policy, issue(), (ALERT,), OWNED), **changes)  # type: ignore[arg-type]


def policy(**changes: object) -> Policy:
    return replace(Policy("default", when=When(events_over=50)), **changes)  # type: ignore[arg-type]


def held(*, digest: Claim | None) -> HeldBack:
    row = Held(
        1, KEY, "main", place_of(ROUTE), ROUTE, "@acme/payments", "KeyError", "checkout", "", 500, 3, 1,
        NOW, NOW, "held back", HeldState.HELD, digest.id if digest else None,
    )  # fmt: skip
    return HeldBack(row, digest)


STORIES: list[tuple[str, Situation, Reason, type | None]] = [
    ("an alert cuts the first ticket", situation(), Reason.FIRST_TICKET, OpenTicket),
    ("an alert needs no count", situation(issue=issue(events=1)), Reason.FIRST_TICKET, OpenTicket),
    ("a poll above the threshold cuts", situation(news=(POLLED,)), Reason.FIRST_TICKET, OpenTicket),
    (
        "a poll at the threshold does not",
        situation(news=(POLLED,), issue=issue(events=50)),
        Reason.BELOW_THRESHOLD,
        None,
    ),
    (
        "one more than the threshold does",
        situation(news=(POLLED,), issue=issue(events=51)),
        Reason.FIRST_TICKET,
        OpenTicket,
    ),
    (
        "an issue not seen lately does not",
        situation(news=(POLLED,), issue=issue(last_seen=NOW - timedelta(hours=25))),
        Reason.NOT_RECENT,
        None,
    ),
    ("no count is no ticket", situation(news=(POLLED,), issue=issue(counts=())), Reason.COUNT_UNKNOWN, None),
    (
        "a lifetime count stands in where there is no other",
        situation(news=(POLLED,), issue=issue(span=CountSpan.LIFETIME)),
        Reason.FIRST_TICKET,
        OpenTicket,
    ),
    (
        "few users are below",
        situation(news=(POLLED,), policy=policy(when=When(users_over=3))),
        Reason.BELOW_THRESHOLD,
        None,
    ),
    (
        "unknown users are unknown",
        situation(news=(POLLED,), policy=policy(when=When(users_over=3)), issue=issue(users=None)),
        Reason.COUNT_UNKNOWN,
        None,
    ),
    (
        "another level is not asked for",
        situation(news=(POLLED,), policy=policy(when=When(levels=frozenset({"fatal"})))),
        Reason.OTHER_LEVEL,
        None,
    ),
    (
        "another environment is not asked for",
        situation(
            news=(POLLED,), policy=policy(when=When(environments=frozenset({"production"}))), environment="stage"
        ),
        Reason.OTHER_ENVIRONMENT,
        None,
    ),
    ("news that the policy does not name cuts nothing", situation(news=(CREATED,)), Reason.NOT_ASKED, None),
    ("an error is not asked for by default", situation(news=(ERROR,)), Reason.NOT_ASKED, None),
    (
        "an error is weighed where it is asked for",
        situation(news=(ERROR,), policy=policy(on=frozenset({Trigger.ERROR}))),
        Reason.FIRST_TICKET,
        OpenTicket,
    ),
    ("a mute holds against an alert", situation(mute=Mute("known", issue="4512")), Reason.MUTED, None),
    ("no route, no ticket", situation(verdict=Verdict(Ownership.UNMATCHED)), Reason.NO_ROUTE, None),
    ("an archived issue rests", situation(issue=issue(status=IssueStatus.IGNORED)), Reason.ARCHIVED_IN_SENTRY, None),
    ("a deleted issue is gone", situation(issue=issue(status=IssueStatus.GONE)), Reason.ISSUE_GONE, None),
    (
        "a merged issue is decided elsewhere",
        situation(issue=issue(merged_into=IssueKey("default", "9"))),
        Reason.ISSUE_MERGED,
        None,
    ),
    (
        "a resolved issue gets no ticket",
        situation(issue=issue(status=IssueStatus.RESOLVED)),
        Reason.RESOLVED_IN_SENTRY,
        None,
    ),
    (
        "resolved in Sentry is told to the open ticket",
        situation(news=(RESOLVED,), issue=issue(status=IssueStatus.RESOLVED), claims=(claim(ClaimState.OPEN),)),
        Reason.RESOLVED_IN_SENTRY,
        CommentTicket,
    ),
    (
        "a late 'resolved' is not told once Sentry has it unresolved again",
        situation(news=(RESOLVED,), claims=(claim(ClaimState.OPEN),)),
        Reason.TICKET_OPEN,
        None,
    ),
    ("an open ticket is enough", situation(claims=(claim(ClaimState.OPEN),)), Reason.TICKET_OPEN, None),
    (
        "an open ticket hears that its issue has grown",
        situation(issue=issue(events=1500), claims=(claim(ClaimState.OPEN),)),
        Reason.GROWN,
        GrowTicket,
    ),
    (
        "a muted issue grows in peace",
        situation(issue=issue(events=1500), claims=(claim(ClaimState.OPEN),), mute=Mute("known flake")),
        Reason.TICKET_OPEN,
        None,
    ),
    (
        "a count of another kind is a new beginning",
        situation(issue=issue(events=9000, span=CountSpan.LIFETIME), claims=(claim(ClaimState.OPEN),)),
        Reason.MEASURED_ANEW,
        MeasureAnew,
    ),
    ("a claimed ticket is enough", situation(claims=(claim(ClaimState.CLAIMED),)), Reason.TICKET_IN_HAND, None),
    ("an uncertain ticket is enough", situation(claims=(claim(ClaimState.UNCERTAIN),)), Reason.TICKET_IN_HAND, None),
    (
        "a closed ticket with a live issue is followed by a new one",
        situation(claims=(claim(ClaimState.DONE),)),
        Reason.NEW_AFTER_CLOSED,
        OpenTicket,
    ),
    (
        "nothing newer than the closing is no reason",
        situation(news=(POLLED,), issue=issue(last_seen=NOW - timedelta(hours=3)), claims=(claim(ClaimState.DONE),)),
        Reason.NOTHING_NEWER,
        None,
    ),
    (
        "reopen where the policy says so",
        situation(policy=policy(closed_ticket=Rest(ClosedTicket.REOPEN)), claims=(claim(ClaimState.DONE),)),
        Reason.REOPENED,
        ReopenTicket,
    ),
    (
        "comment where the policy says so",
        situation(policy=policy(closed_ticket=Rest(ClosedTicket.COMMENT)), claims=(claim(ClaimState.DONE),)),
        Reason.COMMENTED_ON_CLOSED,
        CommentTicket,
    ),
    (
        "quiet after a closing",
        situation(policy=policy(closed_ticket=Rest(ClosedTicket.QUIET, 14)), claims=(claim(ClaimState.DONE),)),
        Reason.RESTING_CLOSED,
        None,
    ),
    (
        "quiet ends",
        situation(
            policy=policy(closed_ticket=Rest(ClosedTicket.QUIET, 14)),
            claims=(claim(ClaimState.DONE, closed=timedelta(days=15)),),
        ),
        Reason.NEW_AFTER_CLOSED,
        OpenTicket,
    ),
    ("won't do rests", situation(claims=(claim(ClaimState.WONT_DO),)), Reason.RESTING_WONT_DO, None),
    (
        "won't do rests ninety days",
        situation(claims=(claim(ClaimState.WONT_DO, closed=timedelta(days=91)),)),
        Reason.NEW_AFTER_WONT_DO,
        OpenTicket,
    ),
    (
        "won't do does not rest where the policy says new",
        situation(policy=policy(wont_do=Rest(ClosedTicket.NEW)), claims=(claim(ClaimState.WONT_DO),)),
        Reason.NEW_AFTER_WONT_DO,
        OpenTicket,
    ),
    ("a deleted ticket is replaced", situation(claims=(claim(ClaimState.GONE),)), Reason.NEW_AFTER_DELETED, OpenTicket),
    (
        "a refused create is not sent again as it was",
        situation(claims=(claim(ClaimState.DROPPED),)),
        Reason.REFUSED_BEFORE,
        None,
    ),
    (
        "a refused create is tried again on a new route",
        situation(
            claims=(claim(ClaimState.DROPPED),),
            verdict=Verdict(Ownership.OWNED, "@acme/payments", Route("jira", "PAY")),
        ),
        Reason.NEW_ROUTE_AFTER_REFUSAL,
        OpenTicket,
    ),
]
WATCHING = policy(on=frozenset(Trigger))
STORIES += [
    (
        "a condition needs no count, where the policy listens to it",
        situation(news=(GREW,), policy=WATCHING, issue=issue(events=1)),
        Reason.FIRST_TICKET,
        OpenTicket,
    ),
    ("a condition cuts nothing where no policy listens to it", situation(news=(GREW,)), Reason.NOT_ASKED, None),
    (
        "a condition cuts no second ticket",
        situation(news=(GREW, GREW), policy=WATCHING, claims=(claim(ClaimState.OPEN),)),
        Reason.TICKET_OPEN,
        None,
    ),
    (
        "a condition is no sight of the error after the closing",
        situation(
            news=(GREW,),
            policy=WATCHING,
            claims=(claim(ClaimState.DONE, closed=timedelta(hours=1)),),
            issue=issue(last_seen=NOW - timedelta(hours=2)),
        ),
        Reason.NOTHING_NEWER,
        None,
    ),
]
EVENTFUL = Policy("default", per=Per.EVENT)
FIRST = Happening("e1", NOW - timedelta(minutes=9), (ALERT,), OWNED)
SECOND = Happening("e2", NOW - timedelta(minutes=8), (ALERT,), OWNED)


def of_event(event: str, state: ClaimState, *, generation: int = 1) -> Claim:
    return replace(claim(state, generation=generation), event=event)


STORIES += [
    ("an event has its ticket", situation(policy=EVENTFUL, happenings=(FIRST,)), Reason.FIRST_TICKET, OpenTicket),
    (
        "another event has one of its own, though the first one's is open",
        situation(policy=EVENTFUL, happenings=(SECOND,), claims=(of_event("e1", ClaimState.OPEN),)),
        Reason.NEXT_EVENT,
        OpenTicket,
    ),
    (
        "an event that has an open ticket has enough",
        situation(policy=EVENTFUL, happenings=(FIRST,), claims=(of_event("e1", ClaimState.OPEN),)),
        Reason.TICKET_OPEN,
        None,
    ),
    (
        "an event whose ticket is closed has had its own",
        situation(policy=EVENTFUL, happenings=(FIRST,), claims=(of_event("e1", ClaimState.DONE),)),
        Reason.EVENT_HAS_TICKET,
        None,
    ),
    (
        "an event whose ticket was deleted has had its own",
        situation(policy=EVENTFUL, happenings=(FIRST,), claims=(of_event("e1", ClaimState.GONE),)),
        Reason.EVENT_HAS_TICKET,
        None,
    ),
    (
        "a closing keeps no other event quiet",
        situation(policy=EVENTFUL, happenings=(SECOND,), claims=(of_event("e1", ClaimState.WONT_DO),)),
        Reason.NEXT_EVENT,
        OpenTicket,
    ),
    (
        "an event's ticket in the making is waited for",
        situation(policy=EVENTFUL, happenings=(FIRST,), claims=(of_event("e1", ClaimState.UNCERTAIN),)),
        Reason.TICKET_IN_HAND,
        None,
    ),
    (
        "and taken up again where its job is gone",
        situation(
            policy=EVENTFUL,
            happenings=(FIRST,),
            claims=(of_event("e1", ClaimState.CLAIMED),),
            stranded=frozenset({1}),
        ),
        Reason.TICKET_RESUMED,
        ResumeTicket,
    ),
    (
        "an event that was refused is not sent again as it was",
        situation(policy=EVENTFUL, happenings=(FIRST,), claims=(of_event("e1", ClaimState.DROPPED),)),
        Reason.REFUSED_BEFORE,
        None,
    ),
    (
        "but it is on a new route",
        situation(
            policy=EVENTFUL,
            happenings=(replace(FIRST, verdict=Verdict(Ownership.OWNED, "@acme/payments", Route("jira", "PAY"))),),
            claims=(of_event("e1", ClaimState.DROPPED),),
        ),
        Reason.NEW_ROUTE_AFTER_REFUSAL,
        OpenTicket,
    ),
    (
        "an event from before the issue's own ticket is that ticket's",
        situation(
            policy=EVENTFUL,
            happenings=(replace(FIRST, at=NOW - timedelta(days=10)),),
            claims=(claim(ClaimState.OPEN),),
        ),
        Reason.EVENT_HAS_TICKET,
        None,
    ),
    (
        "after a switch, a new event has its own beside the issue's open one",
        situation(policy=EVENTFUL, happenings=(FIRST,), claims=(claim(ClaimState.OPEN),)),
        Reason.NEXT_EVENT,
        OpenTicket,
    ),
    (
        "after a switch back, an event's open ticket is enough for the issue",
        situation(claims=(of_event("e1", ClaimState.OPEN),)),
        Reason.TICKET_OPEN,
        None,
    ),
    (
        "a mute holds for events too",
        situation(policy=EVENTFUL, happenings=(FIRST,), mute=Mute("known", issue="4512")),
        Reason.MUTED,
        None,
    ),
    (
        "an event without a route has no ticket",
        situation(policy=EVENTFUL, happenings=(replace(FIRST, verdict=Verdict(Ownership.UNMATCHED)),)),
        Reason.NO_ROUTE,
        None,
    ),
    (
        "where Sentry does not say which event it was, the issue stands for it",
        situation(policy=EVENTFUL),
        Reason.FIRST_TICKET,
        OpenTicket,
    ),
    (
        "reopen within the days",
        situation(policy=policy(closed_ticket=Rest(ClosedTicket.REOPEN, 14)), claims=(claim(ClaimState.DONE),)),
        Reason.REOPENED,
        ReopenTicket,
    ),
    (
        "and cut a new one after them",
        situation(
            policy=policy(closed_ticket=Rest(ClosedTicket.REOPEN, 14)),
            claims=(claim(ClaimState.DONE, closed=timedelta(days=14)),),
        ),
        Reason.NEW_AFTER_CLOSED,
        OpenTicket,
    ),
    (
        "comment within the days, a new one after them",
        situation(
            policy=policy(closed_ticket=Rest(ClosedTicket.COMMENT, 2)),
            claims=(claim(ClaimState.DONE, closed=timedelta(days=3)),),
        ),
        Reason.NEW_AFTER_CLOSED,
        OpenTicket,
    ),
    (
        "a claim whose job is gone is taken up again",
        situation(claims=(claim(ClaimState.CLAIMED),), stranded=frozenset({1})),
        Reason.TICKET_RESUMED,
        ResumeTicket,
    ),
    (
        "an uncertain one too",
        situation(claims=(claim(ClaimState.UNCERTAIN),), stranded=frozenset({1})),
        Reason.TICKET_RESUMED,
        ResumeTicket,
    ),
    (
        "what was seen at the very moment of the closing is not newer",
        situation(news=(POLLED,), issue=issue(last_seen=NOW - timedelta(hours=1)), claims=(claim(ClaimState.DONE),)),
        Reason.NOTHING_NEWER,
        None,
    ),
    (
        "a rest ends with its last day",
        situation(
            policy=policy(closed_ticket=Rest(ClosedTicket.QUIET, 14)),
            claims=(claim(ClaimState.DONE, closed=timedelta(days=14)),),
        ),
        Reason.NEW_AFTER_CLOSED,
        OpenTicket,
    ),
    (
        "an issue seen exactly as long ago as is asked for is recent",
        situation(news=(POLLED,), issue=issue(last_seen=NOW - timedelta(hours=24))),
        Reason.FIRST_TICKET,
        OpenTicket,
    ),
    (
        "the span that was asked for is weighed, though the lifetime is more",
        situation(
            news=(POLLED,),
            issue=issue(
                counts=(Count(900, None, CountSpan.LIFETIME, "life"), Count(3, None, CountSpan.WINDOW, "window"))
            ),
        ),
        Reason.BELOW_THRESHOLD,
        None,
    ),
    (
        "a closed ticket hears nothing of a resolution",
        situation(news=(RESOLVED,), issue=issue(status=IssueStatus.RESOLVED), claims=(claim(ClaimState.DONE),)),
        Reason.RESOLVED_IN_SENTRY,
        None,
    ),
    (
        "but not for news that would not have cut it",
        situation(claims=(claim(ClaimState.CLAIMED),), stranded=frozenset({1}), news=(CREATED,)),
        Reason.NOT_ASKED,
        None,
    ),
    (
        "an issue that stands in an open digest gets no ticket",
        situation(held=held(digest=claim(ClaimState.OPEN))),
        Reason.HELD_IN_DIGEST,
        None,
    ),
    (
        "nor one that waits for the digest to come",
        situation(held=held(digest=None)),
        Reason.HELD_IN_DIGEST,
        None,
    ),
    (
        "unless a person asks for it",
        situation(held=held(digest=claim(ClaimState.OPEN)), news=(ASKED,)),
        Reason.FIRST_TICKET,
        OpenTicket,
    ),
    (
        "a closed digest says dealt with",
        situation(held=held(digest=claim(ClaimState.DONE, closed=timedelta(minutes=-1)))),
        Reason.NOTHING_NEWER,
        None,
    ),
    (
        "until the error is seen again",
        situation(held=held(digest=claim(ClaimState.DONE))),
        Reason.FIRST_TICKET,
        OpenTicket,
    ),
    (
        "a digest closed as won't do rests as a ticket would",
        situation(held=held(digest=claim(ClaimState.WONT_DO))),
        Reason.RESTING_WONT_DO,
        None,
    ),
    (
        "a digest that the tracker refused holds nothing",
        situation(held=held(digest=claim(ClaimState.DROPPED))),
        Reason.FIRST_TICKET,
        OpenTicket,
    ),
    (
        "asking does not overrule a mute",
        situation(news=(ASKED,), mute=Mute("known flake")),
        Reason.MUTED,
        None,
    ),
]


@pytest.mark.parametrize(("story", "given_", "reason", "action"), STORIES, ids=[row[0] for row in STORIES])
def test_a_story_ends_with_its_reason(story: str, given_: Situation, reason: Reason, action: type | None) -> None:
    decision = decide(given_)
    assert decision.reason is reason, decision.sentence
    assert [type(each) for each in decision.actions] == ([action] if action else [])
    assert decision.sentence


def test_every_reason_has_a_story() -> None:
    # A cap is weighed where the claim is made, in the transaction: tests/flows/test_flood.py.
    assert {row[2] for row in STORIES} == set(Reason) - {Reason.HELD_BY_CAP}


def test_the_next_generation_follows_the_last() -> None:
    decision = decide(situation(claims=(claim(ClaimState.DONE), claim(ClaimState.DONE, generation=2))))
    (action,) = decision.actions
    assert isinstance(action, OpenTicket)
    assert action.generation == 3
    assert action.previous is not None
    assert action.previous.generation == 2


def test_the_generation_is_above_every_claim_also_of_issues_that_were_merged_in() -> None:
    older = replace(claim(ClaimState.DONE, generation=4), issue=IssueKey("default", "4000"))
    decision = decide(situation(claims=(older, claim(ClaimState.DONE, generation=1))))
    (action,) = decision.actions
    assert isinstance(action, OpenTicket)
    assert action.generation == 5


def test_the_sentence_of_a_condition_is_told_as_it_is_beside_an_alerts() -> None:
    told = "condition checkout_grows came true: checkout: 420 errors, 312 % over the usual 102"
    assert decide(situation(news=(GREW,), policy=WATCHING)).sentence == told
    later = replace(GREW, occurred_at=NOW + timedelta(minutes=5), sentence="checkout: 900 errors")
    both = decide(situation(news=(later, GREW, ALERT), policy=WATCHING)).sentence
    assert both == 'an alert rule fired ("Checkout errors"); condition checkout_grows came true: checkout: 900 errors'


def test_each_resolution_has_a_comment_of_its_own() -> None:
    def marker(at: datetime) -> str:
        told = situation(
            news=(replace(RESOLVED, occurred_at=at),),
            issue=issue(status=IssueStatus.RESOLVED),
            claims=(claim(ClaimState.OPEN),),
        )
        (action,) = decide(told).actions
        assert isinstance(action, CommentTicket)
        return action.marker

    assert marker(NOW) == marker(NOW) != marker(NOW - timedelta(days=1))


def test_a_missing_window_count_is_told_in_the_reason() -> None:
    decision = decide(situation(news=(POLLED,), issue=issue(events=10, span=CountSpan.LIFETIME)))
    assert "no count for the window" in decision.sentence


def test_several_events_of_one_decision_have_several_tickets_in_the_order_they_happened() -> None:
    known = of_event("e0", ClaimState.OPEN, generation=3)
    decision = decide(situation(policy=EVENTFUL, happenings=(SECOND, FIRST), claims=(known,)))
    opened = [action for action in decision.actions if isinstance(action, OpenTicket)]
    assert [(action.event, action.generation) for action in opened] == [("e1", 4), ("e2", 5)]
    # The second follows the first, which has no claim yet when this is decided.
    assert [action.previous for action in opened] == [known, None]
    assert "2 events in all, of which 2 get a ticket now" in decision.sentence


def test_what_was_refused_is_no_link_of_the_chain() -> None:
    claims = (claim(ClaimState.DONE), claim(ClaimState.DROPPED, generation=2))
    moved = Verdict(Ownership.OWNED, "@acme/payments", Route("jira", "PAY"))
    (action,) = decide(situation(claims=claims, verdict=moved)).actions
    assert isinstance(action, OpenTicket)
    assert action.previous == claims[0]


def test_a_resolution_is_told_to_the_newest_open_ticket() -> None:
    claims = (
        of_event("e1", ClaimState.OPEN),
        of_event("e2", ClaimState.OPEN, generation=2),
        of_event("e3", ClaimState.CLAIMED, generation=3),
    )
    told = situation(policy=EVENTFUL, news=(RESOLVED,), issue=issue(status=IssueStatus.RESOLVED), claims=claims)
    (action,) = decide(told).actions
    assert isinstance(action, CommentTicket)
    assert action.claim is claims[1]


EVENTS = st.lists(st.sampled_from(["e1", "e2", "e3", "e4"]), min_size=1, max_size=6, unique=True)


@given(heard=EVENTS, had=st.dictionaries(st.sampled_from(["e1", "e2", "e3"]), st.sampled_from(list(ClaimState))))
def test_no_event_ever_gets_a_second_ticket_and_every_new_one_gets_its_own(
    heard: list[str], had: dict[str, ClaimState]
) -> None:
    claims = tuple(of_event(event, state, generation=number) for number, (event, state) in enumerate(had.items(), 1))
    happenings = tuple(Happening(event, NOW, (ALERT,), OWNED) for event in heard)
    decision = decide(situation(policy=EVENTFUL, happenings=happenings, claims=claims))
    opened = [action for action in decision.actions if isinstance(action, OpenTicket)]
    assert sorted(action.event for action in opened) == sorted(set(heard) - set(had))
    generations = [action.generation for action in opened]
    assert generations == list(range(len(claims) + 1, len(claims) + 1 + len(opened)))


NEWS = st.lists(st.sampled_from([ALERT, POLLED, CREATED, RESOLVED, ERROR, GREW]), max_size=5).map(tuple)
CLAIMS = st.lists(st.sampled_from(list(ClaimState)), max_size=3).map(
    lambda states: tuple(claim(state, generation=n) for n, state in enumerate(states, 1))
)
POLICIES = st.builds(
    policy,
    on=st.frozensets(st.sampled_from(list(Trigger))),
    closed_ticket=st.builds(Rest, st.sampled_from(list(ClosedTicket)), st.integers(0, 100)),
    wont_do=st.builds(Rest, st.sampled_from(list(ClosedTicket)), st.integers(0, 100)),
)


@given(news=NEWS, claims=CLAIMS, asked=POLICIES, status=st.sampled_from(list(IssueStatus)))
def test_a_live_claim_is_never_joined_by_another(
    news: tuple[IssueAlerted, ...], claims: tuple[Claim, ...], asked: Policy, status: IssueStatus
) -> None:
    decision = decide(situation(news=news, claims=claims, policy=asked, issue=issue(status=status)))
    opens = [action for action in decision.actions if isinstance(action, OpenTicket)]
    if claims and claims[-1].state in LIVE_CLAIMS:
        assert not opens
    assert len(decision.actions) <= 1
    assert all(action.generation == len(claims) + 1 for action in opens)
