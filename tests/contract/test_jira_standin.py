"""The stand-in Jira speaks as the published specifications say, on both faces, in every operation it has."""

from collections.abc import Callable
from typing import Any

import httpx2
import msgspec
import pytest

from tests.contract.jira import Contract, contract, needs_specs, probes
from tests.contract.openapi import unnamed
from tests.sandbox.jira.asking import Asking, document
from vedette.sandbox.jira import CustomField, Exchange, Face, JiraStandIn, amended, demo
from vedette.sandbox.jira.server import operations

pytestmark = needs_specs

TEAM = CustomField(id="customfield_10010", name="Team", required=True, options=("Merchants", "Payments"))
# Operations whose request and answer are anything at all in the specification; only the status can be wrong.
ANYTHING = {
    "PUT /rest/api/3/issue/{issueIdOrKey}/properties/{propertyKey}",
    "PUT /api/2/issue/{issueIdOrKey}/properties/{propertyKey}",
}


def everything(asking: Asking) -> None:
    """Call every operation of a face at least once, in the ways that a ticketing client would."""
    key = asking.create(
        description=asking.words("Seen 40 times"),
        labels=["sentry-1"],
        components=[{"name": "Checkout"}],
        priority={"name": "High"},
        assignee=asking.assignee("pay-lead"),
        customfield_10010={"value": "Payments"},
    )
    issue = f"/issue/{key}"
    asking.ok("PUT", issue, json={"fields": {"summary": "Other"}, "update": {"labels": [{"add": "x"}]}})
    asking.ok("GET", issue)
    asking.ok("GET", issue, params={"fields": "labels,status", "properties": "vedette"})
    asking.ok("POST", f"{issue}/comment", json={"body": asking.words("again")})
    asking.ok("GET", f"{issue}/comment", params={"maxResults": 5, "orderBy": "-created"})
    threads(asking, issue)
    surroundings(asking)
    searches(asking, key)
    asking.ok("DELETE", issue)


def threads(asking: Asking, issue: str) -> None:
    ways = asking.ok("GET", f"{issue}/transitions").json()["transitions"]
    asking.ok("POST", f"{issue}/transitions", json={"transition": {"id": ways[0]["id"]}})
    target = {"url": "https://acme.sentry.io/issues/1/", "title": "MERCHANT-1", "status": {"resolved": False}}
    for _ in range(2):
        asking.ok("POST", f"{issue}/remotelink", json={"globalId": "sentry=1", "object": target})
    asking.ok("GET", f"{issue}/remotelink")
    asking.ok("GET", f"{issue}/remotelink", params={"globalId": "sentry=1"})
    asking.ok("DELETE", f"{issue}/remotelink", params={"globalId": "sentry=1"})
    for value in (1, 2):
        asking.ok("PUT", f"{issue}/properties/vedette", json={"generation": value})
    asking.ok("GET", f"{issue}/properties")
    asking.ok("GET", f"{issue}/properties/vedette")
    asking.ok("DELETE", f"{issue}/properties/vedette")


def surroundings(asking: Asking) -> None:
    types = "/issue/createmeta/PAY/issuetypes"
    listed = asking.ok("GET", types, params={"maxResults": 2}).json()
    first = listed["issueTypes" if asking.cloud else "values"][0]
    asking.ok("GET", f"{types}/{first['id']}", params={"startAt": 1})
    for path in ("/project/PAY", "/project/PAY/components", "/project/PAY/statuses", "/priority", "/field"):
        asking.ok("GET", path)
    for path in ("/myself", "/serverInfo"):
        asking.ok("GET", path)
    asking.ok("GET", "/project/search" if asking.cloud else "/project")
    if asking.cloud:
        asking.ok("GET", "/priority/search")
    person = {"query": "pay-lead@"} if asking.cloud else {"username": "pay-lead"}
    asking.ok("GET", "/user/assignable/search", params={"project": "PAY", **person})
    asking.ok("GET", "/mypermissions", params={"projectKey": "PAY", "permissions": "BROWSE_PROJECTS,CREATE_ISSUES"})


def searches(asking: Asking, key: str) -> None:
    jql = "project = PAY ORDER BY key DESC"
    if not asking.cloud:
        asking.ok("GET", "/search", params={"jql": jql, "fields": "status", "maxResults": 10})
        asking.ok("POST", "/search", json={"jql": jql, "fields": ["status"], "startAt": 0, "maxResults": 10})
        return
    number = asking.ok("GET", f"/issue/{key}", params={"fields": "status"}).json()["id"]
    asking.ok("GET", "/search/jql", params={"jql": jql, "fields": "status,labels"})
    asking.ok("POST", "/search/jql", json={"jql": jql, "maxResults": 1, "reconcileIssues": [int(number)]})
    asking.ok("POST", "/search/approximate-count", json={"jql": jql})
    wanted = {"issueIdsOrKeys": [key, "PAY-99"], "fields": ["labels"], "properties": ["vedette"]}
    asking.ok("POST", "/issue/bulkfetch", json=wanted)


@pytest.fixture(scope="module", params=list(Face), ids=str)
def exchanges(request: pytest.FixtureRequest) -> tuple[Face, list[Exchange]]:
    """Everything that a full tour of one face said over the wire."""
    face: Face = request.param
    config = demo(face)
    paying: Any = next(project for project in config.projects if project.key == "PAY")
    config = amended(config, {"projects": [*config.projects[:1], _with_team(paying)]})
    with JiraStandIn(config, recording=True) as jira, Asking.of(jira) as asking:
        everything(asking)
        return face, jira.exchanges()


def _with_team(project: Any) -> dict[str, Any]:
    return {**msgspec.to_builtins(project), "custom_fields": [msgspec.to_builtins(TEAM)]}


def test_every_exchange_agrees_with_the_specification(
    exchanges: tuple[Face, list[Exchange]], say: Callable[[str], None]
) -> None:
    face, spoken = exchanges
    contract(face).check_all(spoken)
    say(contract(face).report())
    assert len({contract(face).operation(each) for each in spoken}) >= 28


def test_every_operation_of_the_stand_in_was_called(exchanges: tuple[Face, list[Exchange]]) -> None:
    face, spoken = exchanges
    called = {unnamed(contract(face).operation(each)) for each in spoken}
    prefix = "/rest/api/3" if face is Face.CLOUD else "/api/2"
    declared = {unnamed(f"{method} {prefix}{path}") for method, path in operations(face)}
    removed = {f"{method} /rest/api/3/search" for method in ("GET", "POST")}
    assert declared - called - removed == set()


def test_a_wrong_body_answer_or_status_of_every_operation_is_noticed(
    exchanges: tuple[Face, list[Exchange]], say: Callable[[str], None]
) -> None:
    face, spoken = exchanges
    checker = contract(face)
    firsts = {checker.operation(each): each for each in reversed(spoken)}
    missed, ran = [], 0
    for operation, each in firsts.items():
        for probe in probes(each):
            ran += 1
            if probe.status == each.status and operation in ANYTHING:
                continue
            if not checker.problems(probe):
                missed.append(f"{operation}: {probe.status} {probe.body!r} {probe.answer_body[:40]!r}")
    say(f"stand-in Jira, {face}: {ran} negative probes over {len(firsts)} operations")
    assert missed == []


@pytest.mark.parametrize("face", list(Face))
def test_refusals_have_the_one_shape_of_jira(face: Face) -> None:
    with JiraStandIn(demo(face), recording=True) as jira, Asking.of(jira) as asking:
        asking.ask("POST", "/issue", json={"fields": {"project": {"key": "WB"}, "issuetype": {"name": "Bug"}}})
        asking.ask("GET", "/issue/WB-7")
        asking.ask("POST", "/issue", content=b"{")
        httpx2.get(asking.base + "/myself", headers={"authorization": "Bearer wrong"})
        refused = jira.exchanges()
    checker: Contract = contract(face)
    assert [each.status for each in refused] == [400, 404, 400, 401]
    checker.check_all(refused)


def test_a_document_in_the_wrong_place_is_not_what_the_specification_can_tell(exchanges: Any) -> None:
    # Said so that nobody leans on the specification for it: `fields` is free there; the stand-in itself refuses.
    face, spoken = exchanges
    create = next(each for each in spoken if each.method == "POST" and each.path.endswith("/issue"))
    assert contract(face).request_problems(create) == []
    assert document("x")["type"] == "doc"
