"""What a create or an edit may say, and what each face refuses, field by field."""

from typing import Any

import httpx2
import pytest

from tests.sandbox.jira.asking import Asking, document
from vedette.sandbox.jira import CustomField, Face, Fate, JiraStandIn, Project, amended, demo

OFF_SCREEN = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"summary": "two\nlines"}, "summary", "newline"),
    ({"summary": "two\rlines"}, "summary", "newline"),
    ({"summary": "x" * 256}, "summary", "255"),
    ({"summary": "  "}, "summary", "specify a summary"),
    ({"summary": 7}, "summary", "string"),
    ({"labels": ["two words"]}, "labels", "spaces"),
    ({"labels": ["tab\tbed"]}, "labels", "spaces"),
    ({"labels": ["x" * 256]}, "labels", "255"),
    ({"labels": "one"}, "labels", "array"),
    ({"components": [{"name": "Nowhere"}]}, "components", "Component name 'Nowhere' is not valid"),
    ({"components": [{"id": "1"}]}, "components", "Component id '1' is not valid"),
    ({"priority": {"name": "Urgent"}}, "priority", "Priority name 'Urgent' is not valid"),
    ({"project": {"key": "NONE"}}, "project", "valid project is required"),
    ({"project": "PAY"}, "project", "object"),
    ({"issuetype": {"name": "Saga"}}, "issuetype", "valid issue type is required"),
    ({"customfield_999": "x"}, "customfield_999", OFF_SCREEN.format("customfield_999")),
    ({"duedate": "2026-01-01"}, "duedate", OFF_SCREEN.format("duedate")),
]


def changed(face: Face, **changes: Any) -> Any:
    """The demonstration's configuration with one project, PAY, changed."""
    project = next(each for each in demo(face).projects if each.key == "PAY")
    values = {name: getattr(project, name) for name in project.__struct_fields__}
    return amended(demo(face), {"projects": [Project(**{**values, **changes})]})


def refusal(answer: httpx2.Response) -> dict[str, str]:
    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert set(body) == {"errorMessages", "errors"}
    errors: dict[str, str] = body["errors"]
    return errors


@pytest.mark.parametrize(("fields", "name", "sentence"), REFUSED)
def test_a_wrong_field_is_refused_under_its_own_name(
    shared: Asking, fields: dict[str, Any], name: str, sentence: str
) -> None:
    errors = refusal(shared.creating(**fields))
    assert list(errors) == [name]
    assert sentence in errors[name]


def test_all_wrong_fields_are_reported_together(shared: Asking) -> None:
    errors = refusal(shared.creating(labels=["a b"], priority={"name": "No"}, summary="a\nb"))
    assert set(errors) == {"labels", "priority", "summary"}


def test_a_refused_create_leaves_nothing_behind(asking: Asking, jira: JiraStandIn) -> None:
    asking.creating(labels=["a b"])
    assert jira.tickets() == []
    assert jira.log() == []


def test_an_unknown_assignee_is_refused(shared: Asking) -> None:
    stranger = {"accountId": "stranger", "name": "stranger"}
    errors = refusal(shared.creating(assignee=stranger))
    assert "does not exist" in errors["assignee"]


def test_a_person_who_may_not_be_assigned_in_the_project_is_refused(shared: Asking) -> None:
    errors = refusal(shared.creating(assignee=shared.assignee("lead")))
    assert "cannot be assigned issues" in errors["assignee"]


def test_each_face_takes_only_its_own_kind_of_description(asking: Asking) -> None:
    wrong = "words" if asking.cloud else document("words")
    errors = refusal(asking.creating(description=wrong))
    assert errors["description"] == (
        "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
        if asking.cloud
        else "Operation value must be a string"
    )
    key = asking.create(description=asking.words("words"))
    kept = asking.ok("GET", f"/issue/{key}").json()["fields"]["description"]
    assert kept == asking.words("words")


def test_each_face_takes_only_its_own_kind_of_comment(asking: Asking) -> None:
    key = asking.create()
    wrong = "words" if asking.cloud else document("words")
    assert (
        "Operation value must be"
        in refusal(asking.ask("POST", f"/issue/{key}/comment", json={"body": wrong}))["comment"]
    )
    asking.ok("POST", f"/issue/{key}/comment", json={"body": asking.words("words")})
    assert asking.ok("GET", f"/issue/{key}/comment").json()["total"] == 1


def test_a_body_past_the_limit_is_refused(shared: Asking) -> None:
    errors = refusal(shared.creating(description=shared.words("x" * 32_768)))
    assert "32,767" in errors["description"]


def test_a_broken_document_is_refused_by_cloud() -> None:
    broken = document("")
    with JiraStandIn(demo(Face.CLOUD)) as jira, Asking.of(jira) as asking:
        assert refusal(asking.creating(description=broken)) == {"description": "INVALID_INPUT"}


def test_a_field_that_is_not_on_the_create_screen_is_refused(face: Face) -> None:
    with JiraStandIn(changed(face, screen=["summary", "issuetype", "project"])) as jira, Asking.of(jira) as asking:
        assert refusal(asking.creating(labels=["a"])) == {"labels": OFF_SCREEN.format("labels")}


def test_a_mandatory_field_is_asked_for_and_its_value_kept(face: Face) -> None:
    team = CustomField(id="customfield_10010", name="Team", required=True, options=("Merchants", "Payments"))
    with JiraStandIn(changed(face, custom_fields=[team])) as jira, Asking.of(jira) as asking:
        assert refusal(asking.creating()) == {"customfield_10010": "Team is required."}
        assert "not valid" in refusal(asking.creating(customfield_10010={"value": "Nobody"}))["customfield_10010"]
        key = asking.create(customfield_10010={"value": "Payments"})
        assert asking.ok("GET", f"/issue/{key}").json()["fields"]["customfield_10010"]["value"] == "Payments"


def test_a_screen_may_drop_labels_without_a_word(face: Face) -> None:
    with JiraStandIn(changed(face, labels_on_create=Fate.DROPPED)) as jira, Asking.of(jira) as asking:
        key = asking.create(labels=["sentry-1"])
        assert asking.ok("GET", f"/issue/{key}").json()["fields"]["labels"] == []
        assert asking.search('labels = "sentry-1"') == []
        asking.ok("PUT", f"/issue/{key}", json={"update": {"labels": [{"add": "sentry-1"}]}})
        assert asking.search('labels = "sentry-1"') == [key]


def test_a_screen_may_drop_labels_on_edit_too(face: Face) -> None:
    stubborn = changed(face, labels_on_create=Fate.DROPPED, labels_on_edit=Fate.DROPPED)
    with JiraStandIn(stubborn) as jira, Asking.of(jira) as asking:
        key = asking.create(labels=["sentry-1"])
        asking.ok("PUT", f"/issue/{key}", json={"fields": {"labels": ["sentry-1"]}})
        assert asking.ok("GET", f"/issue/{key}").json()["fields"]["labels"] == []


def test_labels_can_be_added_and_removed_one_by_one(asking: Asking) -> None:
    key = asking.create(labels=["a", "b"])
    verbs = [{"add": "c"}, {"remove": "a"}]
    asking.ok("PUT", f"/issue/{key}", json={"update": {"labels": verbs}})
    assert asking.ok("GET", f"/issue/{key}").json()["fields"]["labels"] == ["b", "c"]


def test_a_field_cannot_be_set_and_updated_at_once(asking: Asking) -> None:
    key = asking.create()
    both = {"fields": {"labels": ["a"]}, "update": {"labels": [{"add": "b"}]}}
    assert "cannot appear in both" in refusal(asking.ask("PUT", f"/issue/{key}", json=both))["labels"]


def test_properties_given_at_the_create_are_kept(asking: Asking) -> None:
    fields = {"project": {"key": "PAY"}, "issuetype": {"name": "Bug"}, "summary": "Boom"}
    stamped = {"fields": fields, "properties": [{"key": "vedette", "value": {"generation": 1}}]}
    key = asking.ok("POST", "/issue", json=stamped).json()["key"]
    read = asking.ok("GET", f"/issue/{key}", params={"fields": "status", "properties": "vedette"}).json()
    assert read["properties"] == {"vedette": {"generation": 1}}
    assert set(read["fields"]) == {"status"}


def test_what_is_not_json_is_refused(shared: Asking) -> None:
    for body in (b"{", b"", b"[]"):
        answer = shared.ask("POST", "/issue", content=body)
        assert answer.status_code == 400
        assert "parsing JSON" in answer.json()["errorMessages"][0]


@pytest.mark.parametrize("header", ["", "Basic d3Jvbmc6d3Jvbmc=", "Bearer wrong"])
def test_wrong_credentials_get_401(shared: Asking, header: str) -> None:
    answer = httpx2.get(f"{shared.base}/myself", headers={"authorization": header})
    assert answer.status_code == 401


def test_the_other_faces_addresses_do_not_exist(shared: Asking) -> None:
    other = "/rest/api/2" if shared.cloud else "/rest/api/3"
    assert shared.client.get(shared.url + other + "/myself").status_code == 404


def test_createmeta_is_paged_and_names_the_mandatory_fields(face: Face) -> None:
    area = CustomField(id="customfield_10011", name="Area", required=True)
    with JiraStandIn(changed(face, custom_fields=[area])) as jira, Asking.of(jira) as asking:
        path, name = "/issue/createmeta/PAY/issuetypes", "issueTypes" if asking.cloud else "values"
        first = asking.ok("GET", path, params={"maxResults": 1}).json()
        rest = asking.ok("GET", path, params={"startAt": 1}).json()
        assert (first["total"], len(first[name]), len(rest[name])) == (3, 1, 2)
        fields = asking.ok("GET", f"{path}/{first[name][0]['id']}").json()["fields" if asking.cloud else "values"]
        required = {field["fieldId"] for field in fields if field["required"]}
        assert required == {"summary", "issuetype", "project", "customfield_10011"}


def test_people_are_found_by_the_start_of_their_address_or_name(shared: Asking) -> None:
    parameter = "query" if shared.cloud else "username"
    found = shared.ok("GET", "/user/assignable/search", params={"project": "PAY", parameter: "pay-lead@acme.test"})
    assert [person["displayName"] for person in found.json()] == ["Paolo Payne"]
    nobody = shared.ok("GET", "/user/assignable/search", params={"project": "PAY", parameter: "lead@acme.test"})
    assert nobody.json() == []
