"""Creating: what the route names arrives, what Jira does not know is left out, what is mandatory is demanded."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from tests.conformance.trackers import draft_of, fence
from tests.integrations.jira.canned import Reply, canned_jira, fixture
from tests.integrations.jira.standing import JiraCase, standing, with_project
from vedette.errors import Refused, Uncertain
from vedette.integrations.jira.config import Flavour
from vedette.integrations.jira.fields import shaped
from vedette.model.tickets import Route
from vedette.sandbox.jira import CustomField, Face, Fate, Transition, demo

SEVERITY = CustomField(id="customfield_10050", name="Severity", required=True, options=("Low", "High"))
COST = CustomField(id="customfield_10051", name="Cost centre")


@pytest.fixture(params=list(Face), ids=str)
def face(request: pytest.FixtureRequest) -> Face:
    chosen: Face = request.param
    return chosen


@pytest.fixture
def case(face: Face) -> Iterator[JiraCase]:
    with standing(demo(face)) as standing_case:
        yield standing_case


def route(case: JiraCase, **changes: Any) -> Route:
    return replace(case.route, **changes)


def test_everything_that_the_route_names_arrives(case: JiraCase) -> None:
    case.tracker.create(draft_of(case), fence=fence())
    (held,) = case.jira.tickets()
    assert {name: held[name] for name in ("project", "type", "components", "priority", "assignee", "status")} == {
        "project": "WB",
        "type": "Bug",
        "components": ["External API"],
        "priority": "High",
        "assignee": "lead",
        "status": "To Do",
    }
    assert held["labels"] == ["sentry", "vedette", "vedette-default-4711-main-1"]
    assert bool(held["properties"]) is (case.jira.config.face is Face.CLOUD)


def test_names_are_matched_in_any_case_and_a_type_is_found_where_none_is_named(case: JiraCase) -> None:
    loud = route(case, type="", components=("external api",), priority="hIGH", labels=("two words",))
    case.tracker.create(replace(draft_of(case), route=loud), fence=fence())
    (held,) = case.jira.tickets()
    assert (held["type"], held["components"], held["priority"]) == ("Bug", ["External API"], "High")
    assert held["labels"][0] == "two-words"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"assignee": "nobody@acme.test"}, "assignee nobody@acme.test: left out"),
        ({"assignee": "pay-lead@acme.test"}, "assignee pay-lead@acme.test: left out"),
        ({"assignee": "someone"}, "assignee someone: left out"),
        ({"priority": "Blocker"}, "priority Blocker: left out"),
        ({"components": ("External API", "Nonsense")}, "component Nonsense: left out"),
        ({"fields": {"Nonsense": "x"}}, "Nonsense: left out"),
    ],
    ids=str,
)
def test_what_jira_does_not_know_never_costs_the_ticket(case: JiraCase, changes: Mapping[str, Any], told: str) -> None:
    draft = replace(draft_of(case), route=route(case, **changes))
    ref = case.tracker.create(draft, fence=fence())
    assert [each["key"] for each in case.jira.tickets()] == [ref.key]
    said = case.tracker.mend(ref, draft, fence=fence())
    assert [sentence[: len(told)] for sentence in said] == [told]


def test_a_refused_labels_field_does_not_cost_the_ticket_and_mending_says_what_is_wrong(face: Face) -> None:
    with standing(with_project(face, labels_on_create=Fate.REFUSED, labels_on_edit=Fate.REFUSED)) as case:
        draft = draft_of(case)
        ref = case.tracker.create(draft, fence=fence())
        said = list(case.tracker.mend(ref, draft, fence=fence()))
        assert len(said) == 1
        assert "labels: sentry, vedette, vedette-default-4711-main-1 not kept" in said[0]
        assert "put the field Labels on the project's screens" in said[0]
        assert case.tracker.read([ref])[ref.id].stamp == draft.stamp


def test_labels_that_the_create_screen_dropped_are_put_right(face: Face) -> None:
    with standing(with_project(face, labels_on_create=Fate.DROPPED)) as case:
        draft = draft_of(case)
        ref = case.tracker.create(draft, fence=fence())
        assert case.jira.tickets()[0]["labels"] == []
        assert list(case.tracker.mend(ref, draft, fence=fence())) == []
        (held,) = case.jira.tickets()
        assert held["labels"] == ["sentry", "vedette", draft.stamp]
        assert held["properties"] == {"vedette.stamp": draft.stamp}


def test_a_title_without_the_link_is_told_though_nothing_is_to_be_mended(case: JiraCase) -> None:
    draft = draft_of(case)
    ref = case.tracker.create(draft, fence=fence())
    elsewhere = replace(draft, link="https://acme.sentry.io/issues/99/")
    assert case.tracker.mend(ref, elsewhere, fence=fence()) == ["title: the Sentry link does not stand in it"]


def test_a_ticket_whose_labels_were_kept_is_read_back_once(case: JiraCase) -> None:
    draft = draft_of(case)
    ref = case.tracker.create(draft, fence=fence())
    case.tracker.mend(ref, draft, fence=fence())
    read = [each for each in case.jira.exchanges() if each.method == "GET" and each.path.endswith(f"/issue/{ref.id}")]
    assert len(read) == 1
    assert case.jira.tickets()[0]["properties"] == {"vedette.stamp": draft.stamp}


def test_labels_that_are_dropped_silently_again_are_told(face: Face) -> None:
    with standing(with_project(face, labels_on_create=Fate.DROPPED, labels_on_edit=Fate.DROPPED)) as case:
        draft = draft_of(case)
        ref = case.tracker.create(draft, fence=fence())
        said = list(case.tracker.mend(ref, draft, fence=fence()))
        assert [sentence.partition(":")[0] for sentence in said] == ["labels"]


def test_a_mandatory_field_without_a_value_is_refused_by_name_with_the_cure_and_nothing_is_sent(face: Face) -> None:
    with standing(with_project(face, custom_fields=(SEVERITY, COST))) as case:
        with pytest.raises(Refused) as told:
            case.tracker.create(draft_of(case), fence=fence())
        assert "Severity: add `fields: {Severity: …}` to the route (one of Low, High)" in str(told.value)
        assert list(told.value.fields) == ["customfield_10050"]
        assert [each.method for each in case.jira.exchanges() if each.path.endswith("/issue")] == []


@pytest.mark.parametrize("name", ["Severity", "severity", "customfield_10050"])
def test_a_mandatory_field_gets_its_value_from_the_route_by_name_or_id(face: Face, name: str) -> None:
    with standing(with_project(face, custom_fields=(SEVERITY, COST))) as case:
        fields = {name: "High", "Cost centre": "4711"}
        draft = replace(draft_of(case), route=route(case, fields=fields))
        ref = case.tracker.create(draft, fence=fence())
        (held,) = case.jira.tickets()
        assert held["custom"] == {"customfield_10050": {"id": "1", "value": "High"}, "customfield_10051": "4711"}
        assert list(case.tracker.mend(ref, draft, fence=fence())) == []


def test_a_wrong_value_of_a_mandatory_field_is_refused_with_jiras_words(face: Face) -> None:
    with standing(with_project(face, custom_fields=(SEVERITY,))) as case:
        draft = replace(draft_of(case), route=route(case, fields={"Severity": "Enormous"}))
        with pytest.raises(Refused, match="Enormous") as told:
            case.tracker.create(draft, fence=fence())
        assert told.value.fields == {"customfield_10050": "Option value 'Enormous' is not valid"}
        assert case.jira.tickets() == []


@pytest.mark.parametrize(
    ("value", "schema", "expected"),
    [
        ("High", {"type": "option"}, {"value": "High"}),
        (["a", "b"], {"type": "array", "items": "option"}, [{"value": "a"}, {"value": "b"}]),
        ("a", {"type": "array", "items": "string"}, ["a"]),
        ("1.0", {"type": "array", "items": "version"}, [{"name": "1.0"}]),
        ("5b10", {"type": "user"}, {"accountId": "5b10"}),
        ("3", {"type": "number"}, 3.0),
        (3, {"type": "number"}, 3),
        (3, {"type": "string"}, "3"),
        ("2026-11-20", {"type": "date"}, "2026-11-20"),
        ({"value": "a", "child": {"value": "b"}}, {"type": "option"}, {"value": "a", "child": {"value": "b"}}),
        ("x", {}, "x"),
    ],
)
def test_values_take_the_shape_of_their_field(value: Any, schema: dict[str, Any], expected: Any) -> None:
    assert shaped(value, schema, cloud=True) == expected


def test_a_text_area_is_a_document_on_cloud_and_wiki_text_on_data_center() -> None:
    schema = {"type": "string", "custom": "com.example:textarea"}
    assert shaped("a*b", schema, cloud=True)["type"] == "doc"
    assert shaped("a*b", schema, cloud=False) == "a\\*b"
    assert shaped("lead", {"type": "user"}, cloud=False) == {"name": "lead"}


def test_a_default_of_jiras_own_and_the_reporter_are_not_asked_for() -> None:
    with canned_jira() as (canned, tracker):
        canned.on(
            "GET /issue/createmeta/WB/issuetypes", Reply({"issueTypes": [{"id": "1", "name": "Bug"}], "total": 1})
        )
        canned.on("GET /issue/createmeta/WB/issuetypes/1", Reply(fixture("createmeta_fields.json")))
        canned.on("POST /issue", Reply({"id": "7", "key": "WB-7"}, status=201))
        wanted = Route(tracker="jira", project="WB", fields={"severity": "Low", "Teams": "Pay"}, priority="High")
        draft = replace(draft_of(JiraCase(None, tracker)), route=wanted)  # type: ignore[arg-type]
        assert tracker.create(draft, fence=fence()).key == "WB-7"
        (sent,) = canned.bodies("POST /issue")
        assert sent["fields"]["customfield_10050"] == {"value": "Low"}
        assert sent["fields"]["customfield_10052"] == [{"value": "Pay"}]
        assert "priority" not in sent["fields"], "it is not on the screen"
        assert sent["properties"] == [{"key": "vedette.stamp", "value": draft.stamp}]


def test_a_jira_without_createmeta_is_asked_by_name_and_corrected_by_its_own_words() -> None:
    refusal = {"errorMessages": [], "errors": {"components": "Component name 'API' is not valid", "priority": "no"}}
    with canned_jira(Flavour.DATA_CENTER) as (canned, tracker):
        canned.on("POST /issue", Reply(refusal, status=400), Reply({"id": "7", "key": "WB-7"}, status=201))
        canned.on("GET /user/assignable/search", Reply([]))
        wanted = Route(tracker="jira", project="WB", components=("API",), priority="P0", assignee="lead")
        draft = replace(draft_of(JiraCase(None, tracker)), route=wanted)  # type: ignore[arg-type]
        assert tracker.create(draft, fence=fence()).key == "WB-7"
        first, second = canned.bodies("POST /issue")
        assert first["fields"]["issuetype"] == {"name": "Bug"}
        assert first["fields"].keys() - second["fields"].keys() == {"components", "priority"}
        assert second["fields"]["assignee"] == {"name": "lead"}
        assert "properties" not in second


def test_a_201_without_a_key_is_uncertain() -> None:
    bodies: tuple[Any, ...] = (b"", b"<nothing>", {}, {"key": "WB-1"}, [])
    with canned_jira() as (canned, tracker):
        for body in bodies:
            canned.on("POST /issue", Reply(body, status=201))
            draft = replace(draft_of(JiraCase(None, tracker)), route=Route(tracker="jira", project="WB"))  # type: ignore[arg-type]
            with pytest.raises(Uncertain, match="without the key"):
                tracker.create(draft, fence=fence())


PEOPLE = [
    {"accountId": "5b1", "name": "lee", "displayName": "Lee One", "emailAddress": "lee.one@acme.test"},
    {"accountId": "5b2", "name": "lee2", "displayName": "Lee Two"},
]


@pytest.mark.parametrize(
    ("flavour", "who", "people", "expected"),
    [
        (Flavour.CLOUD, "lee.one@acme.test", PEOPLE, {"accountId": "5b1"}),
        (Flavour.CLOUD, "Lee Two", PEOPLE, {"accountId": "5b2"}),
        (Flavour.CLOUD, "hidden@acme.test", PEOPLE[1:], {"accountId": "5b2"}),
        (Flavour.CLOUD, "lee@acme.test", PEOPLE, None),
        (Flavour.CLOUD, "lee@acme.test", [], None),
        (Flavour.CLOUD, "557058:abc", [], {"accountId": "557058:abc"}),
        (Flavour.DATA_CENTER, "lee2", PEOPLE, {"name": "lee2"}),
        (Flavour.DATA_CENTER, "LEE.ONE@acme.test", PEOPLE, {"name": "lee"}),
        (Flavour.DATA_CENTER, "nobody", [], {"name": "nobody"}),
    ],
)
def test_an_assignee_is_one_person_and_never_a_guess_among_several(
    flavour: Flavour, who: str, people: list[Any], expected: Any
) -> None:
    with canned_jira(flavour) as (canned, tracker):
        canned.on("GET /user/assignable/search", Reply(people))
        canned.on("POST /issue", Reply({"id": "7", "key": "WB-7"}, status=201))
        wanted = Route(tracker="jira", project="WB", assignee=who)
        draft = replace(draft_of(JiraCase(None, tracker)), route=wanted)  # type: ignore[arg-type]
        for _ in range(2):
            tracker.create(draft, fence=fence())
        assert [each["fields"].get("assignee") for each in canned.bodies("POST /issue")] == [expected] * 2
        searches = [each for each in canned.asked if each.path.endswith("/search")]
        assert len(searches) == 1, "people are kept for a while"


def test_a_transition_is_taken_by_its_own_name_and_twice_does_no_harm(case: JiraCase) -> None:
    ref = case.tracker.create(draft_of(case), fence=fence())
    assert [case.tracker.transition(ref, status="start", fence=fence()) for _ in range(2)] == ["In Progress"] * 2
    taken = [each for each in case.jira.exchanges() if each.method == "POST" and each.path.endswith("/transitions")]
    assert len(taken) == 1


def test_reopening_goes_over_another_status_where_no_way_leads_there_at_once(face: Face) -> None:
    straight = demo(face).projects[0].workflow
    ways = tuple(each for each in straight.transitions if each.to in ("Done", "Won't Do", "To Do"))
    triage = replace_transition(straight.transitions[0], sources=("To Do",))
    workflow = msgspec.structs.replace(straight, transitions=(*ways, triage))
    with standing(with_project(face, workflow=workflow)) as strict:
        ref = strict.tracker.create(draft_of(strict), fence=fence())
        strict.tracker.close(ref, fence=fence())
        assert strict.tracker.reopen(ref, status="Need Triage", fence=fence()) == "Need Triage"
        strict.tracker.close(ref, fence=fence())
        assert strict.tracker.reopen(ref, status="Nowhere", fence=fence()) == "To Do"


def replace_transition(transition: Transition, *, sources: tuple[str, ...]) -> Transition:
    return msgspec.structs.replace(transition, sources=sources)
