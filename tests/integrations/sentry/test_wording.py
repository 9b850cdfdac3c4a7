"""A question reaches Sentry in its own words: what is added holds for every part of the filter's own query."""

from datetime import UTC, datetime, timedelta

import pytest

from vedette.errors import Refused, Unavailable
from vedette.integrations.sentry import wording
from vedette.model.metrics import Part, Question, Row, Window

START = datetime(2031, 3, 14, 9, 25, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(minutes=5))


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (Question("main"), ""),
        (Question("main", query="a OR b", levels=("error", "fatal")), "(a OR b) level:[error, fatal]"),
        (Question("main", levels=("error",), releases=("shop@1.2.3",)), "level:error release:shop@1.2.3"),
        (Question("main", releases=("a b", 'x"y')), r'release:["a b", "x\"y"]'),
        (Question("main", releases=("1.*",)), r'release:"1.\*"'),
        (Question("main", query=r'title:"(\"" !level:info'), r'(title:"(\"" !level:info)'),
    ],
)
def test_what_is_added_stands_beside_the_filters_own_query(question: Question, words: str) -> None:
    assert wording.words(question) == words


@pytest.mark.parametrize("query", ["a) OR (b", "(a", "a)", '"a', "a\\"])
def test_a_query_that_would_leave_its_parentheses_is_refused_with_the_cure(query: str) -> None:
    with pytest.raises(Refused, match=r"parenthesis or a quote open; close it"):
        wording.words(Question("main", query=query))


def test_the_window_is_asked_half_open_in_whole_seconds_and_environments_as_arguments() -> None:
    question = Question("main", environments=("production", "staging"))
    params = wording.asked(question, WINDOW, projects=["10", "11"])
    assert params["start"] == "2031-03-14T09:25:00Z"
    assert params["end"] == "2031-03-14T09:30:00Z"
    assert (params["project"], params["environment"]) == (["10", "11"], ["production", "staging"])
    spelled = wording.asked(question, WINDOW, projects=["10"], spelled=True)
    assert "environment" not in spelled
    assert spelled["query"] == "environment:[production, staging]"


def test_only_what_the_question_tells_rows_apart_by_is_selected() -> None:
    assert wording.fields(Question("main")) == ["issue", "project", "count()", "count_unique(user)"]
    question = Question("main", parts=frozenset({Part.TITLE, Part.CULPRIT}), tags=("tier", "release"))
    selected = ["issue", "project", "title", "culprit", "tags[tier]", "release", "count()", "count_unique(user)"]
    assert wording.fields(question) == selected


def test_more_tags_than_the_server_selects_are_refused_with_their_number() -> None:
    with pytest.raises(Refused, match="by 16 tags at most, not 17"):
        wording.fields(Question("main", tags=tuple(f"t{number}" for number in range(17))))


def test_a_row_says_what_the_server_said_and_nothing_else() -> None:
    question = Question("main", tags=("tier", "zone"))
    raw = {"issue.id": 7, "issue": "unknown", "project": "shop", "count()": 3, "tags[tier]": "a_b", "tags[zone]": ""}
    assert wording.row(raw, question, "sentry") == Row("7", 3, project="shop", tags=(("tier", "a_b"), ("zone", None)))


def test_a_row_that_counts_nothing_is_no_answer() -> None:
    with pytest.raises(Unavailable, match=r"without count\(\)"):
        wording.row({"issue.id": 7}, Question("main"), "sentry")
    with pytest.raises(Unavailable, match="without a table"):
        wording.rows_of({"detail": "odd"}, "sentry")


def test_events_of_no_issue_are_counted_under_sentrys_own_number_for_that() -> None:
    assert wording.row({"issue.id": None, "count()": 2}, Question("main"), "sentry").issue == "0"
