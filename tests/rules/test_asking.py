"""Filters that ask alike share one question; what a question counts, each filter takes its part of."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from vedette.model.metrics import Filter, Part, Term, Terms
from vedette.rules.asking import fingerprint, questions, whole_question

A = Filter("a", "default", projects=("web",))
B = Filter("b", "default", projects=("api", "web"))


def test_filters_that_differ_in_projects_alone_share_a_question_about_all_of_them() -> None:
    ((question, group),) = questions([A, B]).items()
    assert (question.projects, group) == (("api", "web"), (A, B))


def test_a_filter_for_every_project_makes_the_question_ask_for_every_one() -> None:
    ((question, _),) = questions([A, Filter("every", "default")]).items()
    assert question.projects == ()


def test_filters_of_other_environments_levels_releases_or_queries_ask_for_themselves() -> None:
    others = [
        replace(A, environments=("production",)),
        replace(A, levels=("fatal",)),
        replace(A, releases=("1.0",)),
        replace(A, query="customer:acme"),
        replace(A, group_by=("customer",)),
        replace(A, instance="other"),
    ]
    assert len(questions([A, *others])) == 7


def test_the_order_of_environments_and_levels_makes_no_other_question() -> None:
    one = replace(A, environments=("a", "b"), levels=("error", "fatal"))
    two = replace(B, environments=("b", "a"), levels=("fatal", "error", "error"))
    assert len(questions([one, two])) == 1


def test_a_term_over_the_stack_has_its_events_read_by_itself() -> None:
    deep = replace(A, name="deep", terms=Terms(any=(Term("x", (Part.STACK,)),)))
    deeper = replace(deep, name="deeper")
    found = questions([A, deep, deeper])
    assert [(question.events, len(group)) for question, group in found.items()] == [(False, 1), (True, 1), (True, 1)]


def test_where_the_server_does_not_count_every_filter_reads_events() -> None:
    assert all(question.events for question in questions([A, B], counts_windows=False))


def test_a_filter_that_wants_all_that_is_asked_takes_the_servers_own_total() -> None:
    (shared,) = questions([A, B])
    assert not whole_question(A, shared)
    assert whole_question(B, shared)
    assert not whole_question(replace(B, terms=Terms(any=(Term("x"),))), shared)


@given(st.lists(st.sampled_from(["web", "api", "jobs", "shop"]), max_size=4))
def test_every_filter_is_answered_by_exactly_one_question(projects: list[str]) -> None:
    filters = [Filter(str(number), "default", projects=(slug,)) for number, slug in enumerate(projects)]
    answered = [each for group in questions(filters).values() for each in group]
    assert sorted(each.name for each in answered) == sorted(each.name for each in filters)


def test_a_fingerprint_is_the_questions_own() -> None:
    (one,) = questions([A])
    (two,) = questions([B])
    assert fingerprint(one) == fingerprint(replace(one))
    assert fingerprint(one) != fingerprint(two)
