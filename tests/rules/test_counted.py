"""A filter's point is its part of an answer; terms look where they are told to; groups keep their values whole."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.issues import Fault, Frame, IssueKey, Occurrence
from vedette.model.metrics import Filter, Fresh, Lack, Part, Question, Reading, Row, Share, Term, Terms, Window
from vedette.rules.asking import questions
from vedette.rules.counted import Facts, Past, came_back, point, summed, tally
from vedette.rules.terms import event_wanted, holds, row_wanted

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(minutes=5))
ALL = Filter("all", "default")
ROWS = (
    Row("7", 5, 2, "web", "WEB-1", "KeyError: sku", "shop.cart"),
    Row("9", 3, 1, "api", "API-1", "ValueError: CRM down", "crm.sync"),
)
READING = Reading(ROWS, 8)


def answer(each: Filter, reading: Reading = READING) -> tuple[Filter, Question, Reading]:
    (question,) = questions([each])
    return each, question, reading


@pytest.mark.parametrize(
    ("terms", "total"),
    [
        (Terms(), 8),
        (Terms(any=(Term("crm"),)), 3),
        (Terms(any=(Term("crm", case=True),)), 0),
        (Terms(any=(Term("crm", (Part.CULPRIT,), case=True),)), 3),
        (Terms(none=(Term("KeyError"),)), 3),
        (Terms(all=(Term("error"), Term("sku"))), 5),
        (Terms(any=(Term("sku"), Term("crm"))), 8),
        (Terms(any=(Term(r"^Key.*sku$", pattern=True),)), 5),
        (Terms(any=(Term("error"),), none=(Term("sku"), Term("crm"))), 0),
    ],
)
def test_terms_choose_rows(terms: Terms, total: int) -> None:
    assert tally(*answer(Filter("f", "default", terms=terms))).total == total


def test_a_filter_of_one_project_takes_its_rows_of_a_shared_answer() -> None:
    web, both = Filter("web", "default", projects=("web",)), Filter("both", "default", projects=("web", "api"))
    (question,) = questions([web, both])
    assert (tally(web, question, READING).total, tally(both, question, READING).total) == (5, 8)


def test_rows_that_are_not_whole_leave_the_servers_total_whole() -> None:
    reading = Reading(ROWS, 900, lack=Lack.ROW_LIMIT)
    whole = tally(*answer(ALL, reading))
    part = tally(*answer(Filter("f", "default", terms=Terms(any=(Term("crm"),))), reading))
    assert (whole.total, whole.lack, whole.rows_lack) == (900, Lack.NONE, Lack.ROW_LIMIT)
    assert (part.total, part.lack) == (3, Lack.ROW_LIMIT)


def test_users_are_told_of_one_row_and_never_added_up() -> None:
    assert tally(*answer(Filter("f", "default", terms=Terms(any=(Term("crm"),))))).users == 1
    assert tally(*answer(ALL)).users is None
    assert tally(*answer(ALL, Reading(ROWS, 8, users=3))).users == 3


def test_projects_told_by_themselves_give_each_filter_its_total_and_users_though_rows_are_cut() -> None:
    web, both = Filter("web", "default", projects=("web",)), Filter("both", "default", projects=("web", "api"))
    (question,) = questions([web, both])
    reading = Reading(ROWS, 70, lack=Lack.ROW_LIMIT, shares={"web": Share(40, 4), "api": Share(30, 2)})
    of_web, of_both = tally(web, question, reading), tally(both, question, reading)
    assert question.by_project
    assert (of_web.total, of_web.users, of_web.lack, of_web.rows_lack) == (40, 4, Lack.NONE, Lack.ROW_LIMIT)
    assert (of_both.total, of_both.users) == (70, None)
    quiet = Reading((), 0, shares={})
    assert (tally(web, question, quiet).total, tally(web, question, quiet).users) == (0, 0)


def test_projects_are_not_asked_for_where_no_filter_would_learn_from_it() -> None:
    term = Terms(any=(Term("x"),))
    for filters in (
        [Filter("one", "default", projects=("web",))],
        [Filter("a", "default", projects=("web",), terms=term), Filter("b", "default", projects=("api",), terms=term)],
    ):
        (question,) = questions(filters)
        assert not question.by_project


def test_a_tag_value_with_an_underscore_stays_whole() -> None:
    rows = [
        Row("7", 2, tags=(("customer", "a_b"), ("plan", "c"))),
        Row("7", 3, tags=(("customer", "a"), ("plan", "b_c"))),
        Row("7", 1, tags=(("customer", None), ("plan", "null"))),
    ]
    (found,) = summed(rows, grouped=True)
    assert found.count == 6
    assert dict(found.groups) == {
        (("customer", "a_b"), ("plan", "c")): 2,
        (("customer", "a"), ("plan", "b_c")): 3,
        (("customer", None), ("plan", "null")): 1,
    }


@given(st.lists(st.tuples(st.sampled_from("123"), st.integers(0, 50)), max_size=20))
def test_nothing_is_lost_or_made_by_adding_up(rows: list[tuple[str, int]]) -> None:
    found = summed([Row(issue, count) for issue, count in rows], grouped=False)
    assert sum(each.count for each in found) == sum(count for _, count in rows)
    assert [each.count for each in found] == sorted((each.count for each in found), reverse=True)


def test_a_point_tells_new_and_regressed_issues_and_what_was_before() -> None:
    known = {
        "7": Fresh(IssueKey("default", "7"), "WEB-1", first_seen=START + timedelta(minutes=1), permalink="https://s/7"),
        "9": Fresh(IssueKey("default", "9"), "API-1", first_seen=START - timedelta(days=9)),
    }
    facts = Facts(known, frozenset({"9"}), {"7": "@acme/web"}, {"9": ("PAY-1", "https://jira/PAY-1")}, "https://s/i/")
    past = Past(before={"7": 4}, yesterday=None, last_week={})
    made = point(ALL, WINDOW, tally(*answer(ALL)), past=past, facts=facts)
    assert (made.total, made.issues, made.new, made.regressed) == (8, 2, 1, 1)
    first, second = made.trending
    assert (first.is_new, first.before, first.yesterday, first.last_week) == (True, 4, None, 0)
    assert (first.owner, first.link, second.link) == ("@acme/web", "https://s/7", "https://s/i/9/")
    assert (second.is_regressed, second.ticket, second.ticket_url) == (True, "PAY-1", "https://jira/PAY-1")


def test_new_issues_are_not_guessed_where_first_seen_is_not_known() -> None:
    made = point(ALL, WINDOW, tally(*answer(ALL)), past=Past(), facts=Facts())
    assert (made.new, made.regressed) == (None, None)


def test_only_the_largest_are_told_in_full() -> None:
    made = point(Filter("f", "default", top=1), WINDOW, tally(*answer(ALL)), past=Past(), facts=Facts())
    assert [each.issue.id for each in made.trending] == ["7"]
    assert made.issues == 2


def test_an_issue_comes_back_once_and_a_stranger_is_not_said_to() -> None:
    def fresh(number: str, substatus: str) -> Fresh:
        return Fresh(IssueKey("default", number), substatus=substatus)

    before = {"1": "ongoing", "2": "regressed"}
    now = [fresh("1", "regressed"), fresh("2", "regressed"), fresh("3", "regressed"), fresh("4", "new")]
    assert came_back(before, now) == {"1"}


EVENT = Occurrence(
    "e1",
    title="KeyError",
    message="no sku",
    tags=(("customer", "acme"),),
    faults=(Fault("KeyError", frames=(Frame("shop/cart.py", module="shop.cart", function="add"),)),),
)


@pytest.mark.parametrize(
    ("term", "wanted"),
    [
        (Term("cart.py", (Part.STACK,)), True),
        (Term("shop.cart add", (Part.STACK,)), True),
        (Term("orders.py", (Part.STACK,)), False),
        (Term("customer:acme", (Part.TAGS,)), True),
        (Term("^customer:a", (Part.TAGS,), pattern=True), True),
        (Term("sku", (Part.TITLE,)), False),
    ],
)
def test_events_are_chosen_by_their_stack_and_tags(term: Term, wanted: bool) -> None:
    each = Filter("deep", "default", terms=Terms(any=(term,)))
    assert event_wanted(each)(EVENT) is wanted


def test_no_term_means_every_event_and_row() -> None:
    assert holds(Terms(), {})
    assert row_wanted(ALL, ROWS[0])
