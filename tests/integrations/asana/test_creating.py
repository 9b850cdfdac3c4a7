"""What a new task looks like, and that nothing which can be left out ever costs the ticket."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.conformance.trackers import draft_of, fence
from tests.integrations.asana.standing import AsanaCase, standing
from vedette.errors import Refused
from vedette.integrations.asana.values import Unfit, day, value_of
from vedette.sandbox.asana import demo

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def case() -> Iterator[AsanaCase]:
    with standing(stamp_field="Sentry stamp") as running:
        yield running


def only(case: AsanaCase) -> dict[str, Any]:
    """The one task that the stand-in holds."""
    (task,) = case.asana.tickets()
    return task


def calls(case: AsanaCase, word: str = "") -> int:
    """How many requests whose path holds the word came in so far."""
    return sum(word in each.path for each in case.asana.exchanges())


def test_a_field_of_every_kind_is_filled_by_name(case: AsanaCase) -> None:
    case.tracker.create(draft_of(case), fence=fence())
    task, today = only(case), datetime.now(UTC).date()
    assert task["values"] == {
        "5001": "vedette-default-4711-main-1",
        "5002": 0.1,
        "5003": "6001",
        "5004": "6011",
        "5005": ["6021", "6022"],
        "5006": (today + timedelta(days=2)).isoformat(),
        "5007": ["902"],
        "5008": ["12001"],
        "5009": "sentry.io",
    }
    assert (task["sections"], task["assignee"], task["tags"]) == (["Needs triage"], "901", ["sentry"])
    assert task["due_on"] == (today + timedelta(days=3)).isoformat()


def test_with_a_field_the_key_is_not_in_the_notes_and_without_one_it_is_their_last_line(case: AsanaCase) -> None:
    case.tracker.create(draft_of(case), fence=fence())
    assert "vedette-default-4711-main-1" not in only(case)["html_notes"]
    with standing() as bare:
        bare.tracker.create(draft_of(bare), fence=fence())
        assert only(bare)["html_notes"].endswith("\nVedette's key: vedette-default-4711-main-1</body>")


def test_a_project_without_the_field_gets_the_key_in_the_notes(case: AsanaCase) -> None:
    draft = replace(draft_of(case), route=replace(case.route, project="12003", fields={}, priority=""))
    ref = case.tracker.create(draft, fence=fence())
    assert draft.stamp in only(case)["html_notes"]
    assert case.tracker.read([ref])[ref.id].stamp == draft.stamp


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"section": "Needs triag"},
            "section Needs triag: left out, project 12001 has none of that name; perhaps Needs",
        ),
        ({"fields": {"Tem": "Detections"}}, "Tem: left out, project 12001 has no such field; perhaps Team was meant"),
        ({"fields": {"Team": "Detection"}}, "Team: left out, it has no option Detection; perhaps Detections was meant"),
        ({"fields": {"Priority": "Urgent"}}, "Priority: left out, it has no option Urgent"),
        ({"fields": {"Estimate": "much"}}, "Estimate: left out, much is no number"),
        ({"fields": {"Score": 3}}, "Score: left out, Asana computes it by a formula"),
        ({"fields": {"Reviewers": "nobody@acme.test"}}, "Reviewers: left out, nobody is known as nobody@acme.test"),
        ({"fields": {"due_on": "soon"}}, "due_on: left out, soon is neither a date"),
        ({"assignee": "nobody@acme.test"}, "assignee nobody@acme.test: left out"),
        ({"labels": ("unheard",)}, "tag unheard: left out, make it in Asana first"),
    ],
    ids=str,
)
def test_what_asana_does_not_know_is_left_out_and_told(case: AsanaCase, changes: Any, sentence: str) -> None:
    draft = replace(draft_of(case), route=replace(case.route, **changes))
    ref = case.tracker.create(draft, fence=fence())
    told = list(case.tracker.mend(ref, draft, fence=fence()))
    assert len(told) == 1
    assert told[0].startswith(sentence)
    found = [each for each in case.tracker.check([("vedette.yaml:7:3", draft.route)]) if not each.ok]
    assert len(found) == 1
    assert found[0].cure


def test_an_option_that_vanished_since_it_was_read_does_not_cost_the_ticket(case: AsanaCase) -> None:
    case.tracker.create(draft_of(case, 1), fence=fence())
    fields = [
        msgspec.structs.replace(
            field, options=tuple(msgspec.structs.replace(each, enabled=False) for each in field.options)
        )
        for field in demo().fields
    ]
    case.behind("config", fields=msgspec.to_builtins(fields))
    draft = draft_of(case, 2)
    ref = case.tracker.create(draft, fence=fence())
    task = case.asana.tickets()[-1]
    assert task["key"] == ref.key
    # The refused fields are left out of the create as one; mending sets those that still stand.
    case.tracker.mend(ref, draft, fence=fence())
    assert case.asana.tickets()[-1]["values"]["5002"] == 0.1
    assert case.tracker.read([ref])[ref.id].stamp == draft.stamp


def test_a_project_is_found_by_name_and_a_wrong_name_says_which_was_meant(case: AsanaCase) -> None:
    draft = replace(draft_of(case), route=replace(case.route, project="detections BACKLOG"))
    case.tracker.create(draft, fence=fence())
    assert only(case)["projects"] == ["12001"]
    with pytest.raises(Refused, match="perhaps Detections backlog was meant"):
        case.tracker.create(replace(draft, route=replace(case.route, project="Detection backlog")), fence=fence())


def test_two_projects_of_one_name_are_never_guessed_between() -> None:
    first, *others = demo().projects
    twin = msgspec.structs.replace(first, gid="12999", sections=())
    with standing(company={"projects": msgspec.to_builtins([first, *others, twin])}) as case:
        draft = replace(draft_of(case), route=replace(case.route, project="Detections backlog"))
        with pytest.raises(Refused, match="2 projects named Detections backlog: write the gid"):
            case.tracker.create(draft, fence=fence())


def test_a_portfolio_means_its_newest_project_that_is_not_archived(case: AsanaCase) -> None:
    for number in (1, 2, 3):
        draft = replace(draft_of(case, number), route=replace(case.route, project="portfolio:7001"))
        assert case.tracker.watermark(draft, known=()) == "12012"
        case.tracker.create(draft, fence=fence())
    assert [each["projects"] for each in case.asana.tickets()] == [["12012"]] * 3
    assert calls(case, "/portfolios/") == 1


def test_a_portfolio_without_a_project_says_what_to_do(case: AsanaCase) -> None:
    draft = replace(draft_of(case), route=replace(case.route, project="portfolio:7002"))
    with pytest.raises(Refused, match="portfolio 7002 holds no project that is not archived: put one into it"):
        case.tracker.create(draft, fence=fence())


def test_a_second_ticket_costs_one_call(case: AsanaCase) -> None:
    case.tracker.create(draft_of(case, 1), fence=fence())
    before = calls(case)
    case.tracker.create(draft_of(case, 2), fence=fence())
    assert calls(case) - before == 1


def test_an_app_keeps_the_key_as_its_own_data_and_a_token_never_asks_for_it() -> None:
    with standing(company={"oauth": True}, oauth=True) as case:
        case.tracker.create(draft_of(case), fence=fence())
        assert only(case)["external"] == {"gid": "vedette-default-4711-main-1"}
    with standing() as case:
        case.tracker.create(draft_of(case), fence=fence())
        assert not any("external" in each.query for each in case.asana.exchanges())


def test_a_token_that_is_no_apps_is_refused_in_words() -> None:
    with standing(oauth=True) as case, pytest.raises(Refused, match="OAuth"):
        case.tracker.create(draft_of(case), fence=fence())


def test_mending_puts_back_what_a_rule_took_away_but_not_what_a_person_chose(case: AsanaCase) -> None:
    draft = draft_of(case)
    ref = case.tracker.create(draft, fence=fence())
    bare: dict[str, Any] = {
        "values": {"5003": "6002"},
        "tags": (),
        "html_notes": "<body>mine</body>",
        "name": "renamed",
    }
    case.asana.on_loop(lambda state: state.change(state.tasks[int(ref.id)], **bare))
    assert list(case.tracker.mend(ref, draft, fence=fence())) == []
    task = only(case)
    assert (task["values"]["5001"], task["values"]["5003"], task["tags"]) == (draft.stamp, "6002", ["sentry"])
    assert task["html_notes"].startswith("<body>mine\nSentry issue: <a href=")
    assert task["summary"] == "renamed"


def test_a_lost_key_goes_back_into_the_notes_when_no_field_holds_it() -> None:
    with standing() as case:
        draft = draft_of(case)
        ref = case.tracker.create(draft, fence=fence())
        case.asana.on_loop(lambda state: state.change(state.tasks[int(ref.id)], html_notes="<body>mine</body>"))
        assert list(case.tracker.mend(ref, draft, fence=fence())) == []
        assert case.tracker.read([ref])[ref.id].stamp == draft.stamp


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("3d", "2026-11-23"), ("+3d", "2026-11-23"), ("0d", "2026-11-20"), ("2026-12-24", "2026-12-24")],
)
def test_days_by_example(wanted: str, expected: str) -> None:
    assert day(wanted, now=NOW) == expected


@pytest.mark.parametrize("wanted", ["", "d", "-3d", "2026-13-01", None, float("nan")])
def test_what_is_no_day_is_unfit(wanted: Any) -> None:
    with pytest.raises(Unfit):
        day(wanted, now=NOW)


@pytest.mark.parametrize("wanted", ["nan", "inf", None, [], "1,5"])
def test_what_is_no_number_is_unfit(wanted: Any) -> None:
    with pytest.raises(Unfit):
        value_of({"resource_subtype": "number"}, wanted, person=lambda _: None, now=NOW)


def test_a_kind_of_field_that_is_new_is_left_alone() -> None:
    with pytest.raises(Unfit, match="hologram"):
        value_of({"resource_subtype": "hologram"}, "x", person=lambda _: None, now=NOW)
