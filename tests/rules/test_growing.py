"""Growth: like is compared with like, each multiple is told once, and a priority is only ever raised."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.document import plain
from vedette.model.growth import Growth
from vedette.model.issues import Baseline, Count, CountSpan, Issue, IssueKey, IssueStatus
from vedette.model.policies import Policy, When
from vedette.model.tickets import Claim, ClaimState, Route, TicketRef
from vedette.rules.growing import Grown, Leave, Raise, Unmeasured, baselines_of, growth, weigh_priority

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
KEY = IssueKey("default", "7")
DAY = timedelta(hours=24)
POLICY = Policy("default", growth=Growth(priorities=("High", "Highest")))
SCALE = ("Lowest", "Low", "Medium", "High", "Highest")
WINDOW, LIFETIME = CountSpan.WINDOW, CountSpan.LIFETIME


def seen(events: int, users: int | None = None, *, span: CountSpan = WINDOW, source: str = "list") -> Issue:
    return Issue(KEY, NOW, "Boom", status=IssueStatus.UNRESOLVED, counts=(Count(events, users, span, source),))


def ticket(events: int, users: int | None = None, *, grown: int = 0, policy: Policy = POLICY) -> Claim:
    ref = TicketRef("jira", "WB-1", "1", "https://jira.example.test/browse/WB-1")
    cut = Claim(1, KEY, "main", 1, ClaimState.OPEN, Route("jira", "WB"), "stamp", NOW, NOW, ticket=ref)
    return replace(cut, baselines=baselines_of(seen(events, users), policy), grown=grown)


def step_of(found: Grown | Unmeasured | None) -> int:
    return found.action.step if isinstance(found, Grown) else 0


@pytest.mark.parametrize(
    ("was", "now", "step"),
    [
        ((100, None), (299, None), 0),
        ((100, None), (300, None), 3),
        ((100, None), (999, None), 3),
        ((100, None), (1000, None), 10),
        ((100, None), (50_000, None), 10),
        ((1, None), (3, None), 0),
        ((1, None), (29, None), 0),
        ((1, None), (30, None), 3),
        ((0, None), (100, None), 10),
        ((100, 20), (110, 60), 3),
        ((100, 20), (1000, 21), 10),
        ((100, 2), (110, 6), 0),
        ((100, None), (110, 5000), 0),
        ((100, 20), (110, None), 0),
        ((100, 20), (20, 3), 0),
    ],
    ids=str,
)
def test_a_step_is_reached_by_events_or_users(was: tuple[int, int], now: tuple[int, int], step: int) -> None:
    assert step_of(growth(seen(*now), ticket(*was), POLICY)) == step


def test_each_multiple_is_told_once_and_a_jump_tells_the_highest_alone() -> None:
    assert step_of(growth(seen(1200), ticket(100), POLICY)) == 10
    assert growth(seen(1200), ticket(100, grown=10), POLICY) is None
    assert growth(seen(400), ticket(100, grown=10), POLICY) is None
    assert growth(seen(400), ticket(100, grown=3), POLICY) is None
    assert step_of(growth(seen(1200), ticket(100, grown=3), POLICY)) == 10


@pytest.mark.parametrize(
    ("issue", "policy"),
    [
        (seen(9000, span=LIFETIME), POLICY),
        (seen(9000, source="stats[24h]"), POLICY),
        (seen(9000), replace(POLICY, when=When(last_seen_within=timedelta(hours=1)))),
    ],
    ids=["lifetime", "another interface", "another window"],
)
def test_unlike_counts_are_never_compared_and_a_new_beginning_is_said(issue: Issue, policy: Policy) -> None:
    found = growth(issue, ticket(100), policy)
    assert isinstance(found, Unmeasured)
    assert "growth is measured from now on" in found.sentence
    assert found.action.baselines == baselines_of(issue, policy)


def test_a_kind_of_count_that_comes_back_is_held_against_its_own_beginning() -> None:
    both = replace(ticket(100), baselines=(*ticket(100).baselines, Baseline(Count(5000, None, LIFETIME, "life"))))
    assert step_of(growth(seen(300), both, POLICY)) == 3
    assert growth(seen(6000, span=LIFETIME, source="life"), both, POLICY) is None
    assert step_of(growth(seen(15_000, span=LIFETIME, source="life"), both, POLICY)) == 3


def test_the_policys_own_span_is_what_is_measured() -> None:
    counts = (Count(100, None, WINDOW, "list"), Count(9000, 10, LIFETIME, "life"))
    issue = replace(seen(1), counts=counts)
    (window,) = baselines_of(issue, POLICY)
    assert (window.count, window.window) == (counts[0], DAY)
    (whole,) = baselines_of(issue, replace(POLICY, when=When(span=LIFETIME)))
    assert (whole.count, whole.window) == (counts[1], None)


def test_the_sentence_says_from_what_to_what_over_which_time() -> None:
    found = growth(seen(160, 31), ticket(51, 1), POLICY)
    assert isinstance(found, Grown)
    words = "from 51 events and 1 user in 24 h when the ticket was cut to 160 events and 31 users in 24 h"
    assert found.sentence == f"grown ×3: {words}"
    assert found.action.text is not None
    assert plain(found.action.text) == f"This issue has grown ×3 in Sentry: {words}."


def test_what_the_policy_does_not_want_is_not_done() -> None:
    assert growth(seen(9000), ticket(100), replace(POLICY, growth=Growth(at=()))) is None
    quiet = growth(seen(9000), ticket(100), replace(POLICY, growth=Growth(comment=False, priorities=("A", "B"))))
    assert isinstance(quiet, Grown)
    assert (quiet.action.text, quiet.action.priority) == (None, "B")
    plain_one = growth(seen(9000), ticket(100), replace(POLICY, growth=Growth()))
    assert isinstance(plain_one, Grown)
    assert plain_one.action.priority == ""


@pytest.mark.parametrize(
    ("wanted", "present", "left", "raised"),
    [
        ("High", "Medium", "Medium", "High"),
        ("high", "medium", "Medium", "High"),
        ("High", "Medium", None, "High"),
        ("High", "", "", "High"),
        ("High", "High", "High", None),
        ("High", "Highest", "Highest", None),
        ("High", "Low", "Medium", None),
        ("High", "Medium", "Low", None),
        ("Highest", "Low", "High", None),
        ("Dire", "Low", "Low", None),
    ],
    ids=str,
)
def test_a_priority_is_raised_only_and_never_after_a_person_changed_it(
    wanted: str, present: str, left: str | None, raised: str | None
) -> None:
    found = weigh_priority(wanted, present=present, left=left, scale=SCALE)
    assert (found.priority if isinstance(found, Raise) else None) == raised


def test_why_a_priority_stays_is_said() -> None:
    def why(wanted: str, present: str, left: str, scale: tuple[str, ...] = SCALE) -> str:
        found = weigh_priority(wanted, present=present, left=left, scale=scale)
        assert isinstance(found, Leave)
        return found.sentence

    assert why("High", "Low", "Medium") == "the priority stays Low: a person changed it from Medium"
    assert why("High", "Highest", "Highest") == "the priority stays Highest, which is not below High"
    assert why("Dire", "Low", "Low").endswith("it has Highest, High, Medium, Low, Lowest")
    assert why("High", "", "", ()) == "the tracker keeps no priorities that could be raised"


def test_highest_is_the_top_of_any_scale() -> None:
    found = weigh_priority("Highest", present="High", left="High", scale=("Low", "Medium", "High", "Urgent"))
    assert found == Raise("Urgent")


@given(st.sampled_from(SCALE), st.sampled_from((*SCALE, "")), st.sampled_from((*SCALE, "", None)))
def test_no_priority_is_ever_lowered(wanted: str, present: str, left: str | None) -> None:
    found = weigh_priority(wanted, present=present, left=left, scale=SCALE)
    if isinstance(found, Raise):
        assert present == "" or SCALE.index(found.priority) > SCALE.index(present)
        assert left is None or present == left


@given(st.integers(0, 10**6), st.lists(st.integers(0, 10**9), max_size=12))
def test_over_any_course_of_counts_each_multiple_is_told_at_most_once_and_ascending(
    was: int, course: list[int]
) -> None:
    claim, told = ticket(was), []
    for events in course:
        step = step_of(growth(seen(events), claim, POLICY))
        if step:
            told.append(step)
            claim = replace(claim, grown=step)
    assert told == sorted(set(told))
    assert set(told) <= {3, 10}
    assert all(max(course) >= step * max(was, 10) for step in told)
