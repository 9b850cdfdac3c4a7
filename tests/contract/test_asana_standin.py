"""The stand-in Asana speaks as the published specification says, in every operation it has."""

from collections.abc import Callable

import httpx2
import pytest

from tests.contract.asana import contract, needs_specs, probes
from tests.contract.openapi import unnamed
from tests.sandbox.asana.asking import Asking
from vedette.sandbox.asana import AsanaStandIn, Exchange, amended, demo
from vedette.sandbox.asana.server import operations

pytestmark = needs_specs


def everything(asking: Asking) -> None:
    """Call every operation at least once, in the ways that a ticketing client would."""
    gid = asking.create(
        html_notes="<body>Seen <strong>40</strong> times</body>",
        assignee="lead@acme.test",
        due_on="2026-12-24",
        tags=["8001"],
        external={"gid": "vedette-1"},
        custom_fields={
            "5002": 0.1,
            "5003": "6001",
            "5005": ["6021"],
            "5006": {"date": "2026-12-24"},
            "5007": ["902"],
            "5008": ["12001"],
            "5009": "sentry.io",
        },
    )
    asking.ok("GET", f"/tasks/{gid}")
    asking.ok("GET", f"/tasks/{gid}", params={"opt_fields": "html_notes,memberships.section.name,custom_fields.name"})
    asking.ok("GET", "/tasks", params={"project": "12001", "modified_since": "2026-01-01T00:00:00.000Z", "limit": 1})
    asking.ok("PUT", f"/tasks/{gid}", json={"data": {"completed": True}})
    asking.ok("POST", f"/tasks/{gid}/stories", json={"data": {"html_text": "<body>again</body>"}})
    asking.ok("GET", f"/tasks/{gid}/stories")
    asking.ok("POST", f"/tasks/{gid}/addTag", json={"data": {"tag": "8002"}})
    asking.ok("POST", "/sections/3002/addTask", json={"data": {"task": gid}})
    asking.ok("POST", f"/tasks/{gid}/addProject", json={"data": {"project": "12002"}})
    asking.ok("POST", f"/tasks/{gid}/addProject", json={"data": {"project": "12012", "section": "3402"}})
    surroundings(asking)
    asking.ok("DELETE", f"/tasks/{gid}")


def surroundings(asking: Asking) -> None:
    asking.ok("GET", "/workspaces/1200")
    asking.ok("GET", "/workspaces/1200/projects", params={"archived": "false", "opt_fields": "name", "limit": 2})
    asking.ok("GET", "/workspaces/1200/tags")
    asking.ok("GET", "/workspaces/1200/tasks/search", params={"text": "Boom"})
    asking.ok("GET", "/projects/12001", params={"opt_fields": "name,archived,created_at"})
    asking.ok("GET", "/projects/12001/sections")
    fields = "custom_field.name,custom_field.resource_subtype,custom_field.enum_options.name"
    asking.ok("GET", "/projects/12001/custom_field_settings", params={"opt_fields": fields})
    asking.ok("GET", "/portfolios/7001/items", params={"opt_fields": "name,archived,created_at"})
    asking.ok("GET", "/portfolios/7001/items", params={"limit": 1})
    asking.ok("GET", "/users", params={"workspace": "1200"})
    asking.ok("GET", "/users/me", params={"opt_fields": "name,email"})


@pytest.fixture(scope="module")
def exchanges() -> list[Exchange]:
    """Everything that a full tour said over the wire."""
    config = amended(demo(), {"oauth": True, "premium": True})
    with AsanaStandIn(config, recording=True) as asana, Asking.of(asana) as asking:
        everything(asking)
        return asana.exchanges()


def test_every_exchange_agrees_with_the_specification(exchanges: list[Exchange], say: Callable[[str], None]) -> None:
    contract().check_all(exchanges)
    say(contract().report())
    assert len({contract().operation(each) for each in exchanges}) >= 20


def test_every_operation_of_the_stand_in_was_called(exchanges: list[Exchange]) -> None:
    called = {unnamed(contract().operation(each)) for each in exchanges}
    declared = {unnamed(f"{method} {path}") for method, path in operations()}
    assert len(declared) >= 20
    assert declared - called == set()


def test_a_wrong_body_answer_query_or_status_of_every_operation_is_noticed(
    exchanges: list[Exchange], say: Callable[[str], None]
) -> None:
    checker = contract()
    firsts = {checker.operation(each): each for each in reversed(exchanges)}
    missed, ran = [], 0
    for operation, each in firsts.items():
        for probe in probes(each):
            ran += 1
            # Some writes answer with nothing to choose fields of, so that their query is free.
            free = probe.query == "opt_fields=nonsense" and operation.partition(" ")[2] in FREE
            if not free and not checker.problems(probe):
                missed.append(f"{operation}: {probe.status} {probe.query} {probe.body!r} {probe.answer_body[:40]!r}")
    say(f"stand-in Asana: {ran} negative probes over {len(firsts)} operations")
    assert missed == []


FREE = {
    "/sections/{section_gid}/addTask",
    "/tasks/{task_gid}/addTag",
    "/tasks/{task_gid}/addProject",
    "/tasks/{task_gid}",
}


def test_refusals_have_the_one_shape_of_asana() -> None:
    with AsanaStandIn(demo(), recording=True) as asana, Asking.of(asana) as asking:
        asking.ask("POST", "/tasks", json={"data": {"name": "nowhere"}})
        asking.ask("GET", "/tasks/1")
        asking.ask("POST", "/tasks", content=b"{")
        asking.ask("POST", "/tasks", json={"data": {"projects": ["12001"], "external": {"gid": "x"}}})
        asking.ask("GET", "/workspaces/1200/tasks/search", params={"text": "x"})
        httpx2.get(asking.base + "/users/me", headers={"authorization": "Bearer wrong"})
        refused = asana.exchanges()
    assert [each.status for each in refused] == [400, 404, 400, 403, 402, 401]
    contract().check_all(refused)
