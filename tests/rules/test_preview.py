"""Policies over issues' pasts: tickets open, close as the ledger's did, rest, and are held, as they would have been."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from vedette.model.events import IssueAlerted, IssuePolled
from vedette.model.flood import Caps
from vedette.model.issues import Count, CountSpan, Fault, Frame, Issue, IssueKey, IssueStatus, Occurrence
from vedette.model.owners import Team
from vedette.model.policies import ClosedTicket, Policy, Rest, When
from vedette.model.preview import Bucket, Moment, Past, Preview
from vedette.model.settings import Mode, Settings
from vedette.model.tickets import Claim, ClaimState, Route, TicketRef
from vedette.rules.codeowners import parse
from vedette.rules.preview import differences, preview
from vedette.rules.routing import OwnersFile

DAY = timedelta(days=1)
START = datetime(2026, 5, 1, tzinfo=UTC)
FILE = OwnersFile("CODEOWNERS", parse("/shop/ @acme/shop\n/api/ @acme/api\n"))
ROUTE = Route("jira", "PAY")
POLICY = Policy("default", when=When(events_over=50))
SETTINGS = Settings(
    mode=Mode.PRODUCTION,
    instances={},
    trackers={},
    teams={"@acme/shop": Team("@acme/shop", ROUTE), "@acme/api": Team("@acme/api", Route("jira", "API"))},
    policies=(POLICY,),
)


def key(number: int = 1) -> IssueKey:
    return IssueKey("default", str(number))


def past(*events: int, number: int = 1, path: str = "shop/a.py", claims: tuple[Claim, ...] = ()) -> Past:
    """An issue with so many events each day from START on."""
    issue = Issue(key(number), START, f"Error {number}", "web", status=IssueStatus.UNRESOLVED, first_seen=START)
    buckets = tuple(Bucket(START + at * DAY, DAY, count) for at, count in enumerate(events))
    moments = tuple(
        Moment(
            each.at + DAY, replace(issue, last_seen=each.at + DAY), (IssuePolled(key(number), each.at + DAY, "web"),)
        )
        for each in buckets
        if each.events
    )
    occurrence = Occurrence("e", faults=(Fault("E", "", (Frame(filename=path, in_app=True),)),))
    return Past(issue, moments, occurrence, buckets, claims)


def claimed(*, at: int, closed: int | None, state: ClaimState = ClaimState.DONE) -> Claim:
    """A ticket of the ledger, opened and closed so many days after START."""
    over = None if closed is None else START + closed * DAY
    made = START + at * DAY
    ref = TicketRef("jira", "PAY-1", "1", "")
    live = state if over else ClaimState.OPEN
    return Claim(9, key(), "main", 1, live, ROUTE, "s", created_at=made, as_of=over or made, ticket=ref, closed_at=over)


def run(*pasts: Past, settings: Settings = SETTINGS, since: datetime = START, capped: bool = False) -> Preview:
    return preview(pasts, settings, file_for=lambda _: FILE, since=since, capped=capped)


def cuts(found: Preview) -> list[tuple[int, str, str]]:
    return [((cut.at - START) // DAY, cut.owner, cut.reason) for cut in found.cuts]


def with_policy(**changes: object) -> Settings:
    return replace(SETTINGS, policies=(replace(POLICY, **changes),))  # type: ignore[arg-type]


def test_one_ticket_is_cut_on_the_first_day_above_the_threshold() -> None:
    found = run(past(50, 51, 400))
    assert cuts(found) == [(2, "@acme/shop", "first_ticket")]
    assert found.reasons == {"below_threshold": 1, "first_ticket": 1, "ticket_open": 1}


def test_the_count_is_that_of_the_policys_window() -> None:
    week = with_policy(when=When(timedelta(days=7), events_over=50))
    assert cuts(run(past(20, 20, 20), settings=week)) == [(3, "@acme/shop", "first_ticket")]
    assert cuts(run(past(20, 20, 20))) == []


def test_a_ticket_that_stood_before_stands_until_the_ledgers_was_closed() -> None:
    stood = past(60, 60, 60, 60, claims=(claimed(at=-3, closed=2),))
    assert cuts(run(stood)) == [(3, "@acme/shop", "new_after_closed")]
    rests = with_policy(closed_ticket=Rest(ClosedTicket.QUIET, 14))
    assert cuts(run(stood, settings=rests)) == []


def test_a_ticket_that_is_cut_here_is_closed_when_the_ledgers_was() -> None:
    once = past(60, 60, 0, 60, claims=(claimed(at=1, closed=3),))
    assert cuts(run(once)) == [(1, "@acme/shop", "first_ticket"), (4, "@acme/shop", "new_after_closed")]
    wont = past(60, 60, 0, 60, claims=(claimed(at=1, closed=3, state=ClaimState.WONT_DO),))
    assert cuts(run(wont)) == [(1, "@acme/shop", "first_ticket")]


def test_a_reopened_ticket_is_no_second_cut() -> None:
    found = run(
        past(60, 60, 60, claims=(claimed(at=-3, closed=1),)),
        settings=with_policy(closed_ticket=Rest(ClosedTicket.REOPEN)),
    )
    assert cuts(found) == []
    assert found.reasons == {"nothing_newer_than_closing": 1, "reopened": 1, "ticket_open": 1}


def test_what_lies_before_the_time_asked_for_cuts_nothing() -> None:
    assert cuts(run(past(60, 0, 60), since=START + 2 * DAY)) == [(3, "@acme/shop", "first_ticket")]


def test_caps_hold_back_what_the_hour_has_no_room_for_and_it_stays_held() -> None:
    at = START + DAY
    issues = [Issue(key(n), at, "E", "web", status=IssueStatus.UNRESOLVED, last_seen=at) for n in range(4)]
    pasts = [Past(each, (Moment(at, each, (IssueAlerted(each.key, at),), counted=True),)) for each in issues]
    settings = replace(SETTINGS, default_route=ROUTE, caps=Caps(per_run=None, per_route_per_hour=3, per_hour=None))
    found = run(*pasts, settings=settings, capped=True)
    assert (len(found.cuts), found.reasons) == (3, {"first_ticket": 3, "held_by_cap": 1})
    assert len(run(*pasts, settings=settings, capped=False).cuts) == 4


def test_the_same_pasts_give_the_same_answer_in_any_order() -> None:
    pasts = [past(60, 0, 60, number=n, path=("shop/a.py", "api/b.py")[n % 2]) for n in range(6)]
    assert run(*pasts) == run(*reversed(pasts))


def test_the_difference_names_issues_with_another_owner_or_another_reason() -> None:
    pasts = [past(60, number=1), past(40, number=2), past(60, number=3, path="api/b.py")]
    other = replace(with_policy(when=When(events_over=30)), teams={"@acme/shop": Team("@acme/shop", ROUTE)})
    moved = differences(run(*pasts), run(*pasts, settings=other), {key(2): "Error 2"})
    assert [(each.issue.id, each.before, each.after) for each in moved] == [
        ("2", "@acme/shop → jira PAY: below_threshold", "@acme/shop → jira PAY: first_ticket"),
        ("3", "@acme/api → jira API: first_ticket", "@acme/api → no route: no_route"),
    ]


def test_counts_of_the_time_are_believed_where_they_are_known() -> None:
    at = START + DAY
    counts = (Count(80, 3, CountSpan.WINDOW, "list"),)
    issue = Issue(key(), at, "E", "web", status=IssueStatus.UNRESOLVED, last_seen=at, counts=counts)
    known = replace(past(1), moments=(Moment(at, issue, (IssuePolled(key(), at, "web"),), counted=True),))
    assert cuts(run(known)) == [(1, "@acme/shop", "first_ticket")]
