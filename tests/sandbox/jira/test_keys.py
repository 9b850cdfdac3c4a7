"""Keys: numbers with gaps, tickets that move or vanish, projects the bot may write to but not see."""

import itertools

import pytest

from tests.sandbox.jira.asking import Asking
from tests.sandbox.jira.test_creating import changed
from vedette.sandbox.jira import Face, JiraStandIn, amended, demo


def test_numbers_have_gaps(face: Face) -> None:
    with JiraStandIn(amended(demo(face), {"gap_chance": 0.5, "seed": 3})) as jira, Asking.of(jira) as asking:
        numbers = [int(asking.create().partition("-")[2]) for _ in range(30)]
    steps = {after - before for before, after in itertools.pairwise(numbers)}
    assert 1 in steps
    assert max(steps) > 1
    assert numbers == sorted(numbers)


def test_an_old_key_keeps_resolving_after_a_move(asking: Asking) -> None:
    key = asking.create(components=[{"name": "Checkout"}], labels=["kept"])
    asking.control("transition", key=key, status="In Progress")
    moved = asking.control("move", key=key, project="WB")["key"]
    assert moved == "WB-1"
    for name in (key, moved, key.lower()):
        read = asking.ok("GET", f"/issue/{name}").json()
        assert (read["key"], read["fields"]["project"]["key"]) == (moved, "WB")
    assert (read["fields"]["components"], read["fields"]["status"]["name"]) == ([], "In Progress")
    asking.ok("POST", f"/issue/{key}/comment", json={"body": asking.words("still here")})
    assert asking.search("labels = kept") == [moved]
    assert asking.create() == "PAY-2"


def test_bulk_fetch_answers_an_old_key_with_the_new_one_and_lists_what_is_missing() -> None:
    with JiraStandIn(demo(Face.CLOUD)) as jira, Asking.of(jira) as asking:
        key = asking.create(labels=["a"])
        moved = asking.control("move", key=key, project="WB")["key"]
        asked = {"issueIdsOrKeys": [key, "PAY-2"], "fields": ["labels"]}
        fetched = asking.ok("POST", "/issue/bulkfetch", json=asked).json()
        assert [(issue["key"], issue["fields"]) for issue in fetched["issues"]] == [(moved, {"labels": ["a"]})]
        assert [error["id"] for error in fetched["issueErrors"]] == ["PAY-2"]


@pytest.mark.parametrize(("count", "status"), [(0, 400), (100, 200), (101, 400)])
def test_bulk_fetch_takes_one_to_a_hundred(count: int, status: int) -> None:
    with JiraStandIn(demo(Face.CLOUD)) as jira, Asking.of(jira) as asking:
        asked = {"issueIdsOrKeys": [f"PAY-{number}" for number in range(count)]}
        assert asking.ask("POST", "/issue/bulkfetch", json=asked).status_code == status


def test_a_deleted_ticket_is_gone_under_every_key_and_its_number_is_not_used_again(asking: Asking) -> None:
    key = asking.create()
    moved = asking.control("move", key=key, project="WB")["key"]
    asking.control("delete", key=moved)
    assert [asking.ask("GET", f"/issue/{name}").status_code for name in (key, moved)] == [404, 404]
    assert asking.create(project={"key": "WB"}) == "WB-2"


def test_a_bot_that_may_not_browse_can_create_and_then_sees_nothing(face: Face) -> None:
    with JiraStandIn(changed(face, browsable=False)) as jira, Asking.of(jira) as asking:
        key = asking.create(labels=["hidden"])
        assert asking.ask("GET", f"/issue/{key}").status_code == 404
        assert asking.search("labels = hidden") == []
        assert asking.searching("project = PAY").status_code == 400
        listed = asking.ok("GET", "/project/search" if asking.cloud else "/project").json()
        assert (listed["values"] if asking.cloud else listed) == []
        assert asking.ask("GET", "/project/PAY").status_code == 404
        permissions = {"projectKey": "PAY", "permissions": "BROWSE_PROJECTS,CREATE_ISSUES"}
        told = asking.ok("GET", "/mypermissions", params=permissions).json()["permissions"]
        assert {name: each["havePermission"] for name, each in told.items() if name in permissions["permissions"]} == {
            "BROWSE_PROJECTS": False,
            "CREATE_ISSUES": True,
        }


def test_transitions_follow_the_workflow(asking: Asking) -> None:
    key = asking.create()
    path = f"/issue/{key}/transitions"
    ways = {way["name"]: way["id"] for way in asking.ok("GET", path).json()["transitions"]}
    assert set(ways) == {"Triage", "Ready for Eng", "Start", "Done", "Won't Do"}
    assert asking.ask("POST", path, json={"transition": {"id": "61"}}).status_code == 400
    assert asking.ask("POST", path, json={}).status_code == 400
    asking.control("transition", key=key, status="In Progress")
    assert "Reopen" not in {way["name"] for way in asking.ok("GET", path).json()["transitions"]}
    assert asking.ok("POST", path, json={"transition": {"id": ways["Won't Do"]}}).status_code == 204
    fields = asking.ok("GET", f"/issue/{key}").json()["fields"]
    assert (fields["status"]["statusCategory"]["key"], fields["resolution"]["name"]) == ("done", "Won't Do")
    asking.ok("POST", path, json={"transition": {"id": "61"}})
    fields = asking.ok("GET", f"/issue/{key}").json()["fields"]
    assert (fields["status"]["name"], fields["resolution"]) == ("To Do", None)


def test_a_remote_link_with_the_same_global_id_is_the_same_link(asking: Asking) -> None:
    key = asking.create()
    path = f"/issue/{key}/remotelink"
    target = {"url": "https://acme.sentry.io/issues/1/", "title": "One"}
    first = asking.ok("POST", path, json={"globalId": "g=1", "object": {**target, "summary": "s"}})
    second = asking.ok("POST", path, json={"globalId": "g=1", "object": target})
    assert (first.status_code, second.status_code, second.json()["id"]) == (201, 200, first.json()["id"])
    # An update replaces the whole link: what it leaves out is gone.
    assert [link["object"] for link in asking.ok("GET", path).json()] == [target]
    assert asking.ask("POST", path, json={"globalId": "x" * 256, "object": target}).status_code == 400
    assert asking.ask("POST", path, json={"globalId": "g", "object": {"title": "no address"}}).status_code == 400


def test_a_property_is_created_then_replaced_then_gone(asking: Asking) -> None:
    key = asking.create()
    path = f"/issue/{key}/properties/vedette"
    assert [asking.ask("PUT", path, json={"n": n}).status_code for n in (1, 2)] == [201, 200]
    assert asking.ok("GET", path).json() == {"key": "vedette", "value": {"n": 2}}
    assert asking.ask("DELETE", path).status_code == 204
    assert asking.ask("GET", path).status_code == 404
    assert asking.ask("DELETE", path).status_code == 404
