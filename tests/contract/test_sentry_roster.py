"""People, teams and projects of the stand-in are answered as the specification says, and as 23.7.1 was recorded to."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from tests.contract.sentry import contract, needs_specs, probes
from tests.contract.test_sentry_standin import first_by_operation, keys, needs_samples, recorded
from vedette.sandbox.sentry import SentryStandIn, StandInConfig
from vedette.sandbox.sentry.hooks import tls
from vedette.sandbox.sentry.records import Exchange

ORGANIZATION = "/api/0/organizations/acme"
RULE = {
    "name": "hook all",
    "actionMatch": "any",
    "filterMatch": "all",
    "frequency": 5,
    "conditions": [{"id": "sentry.rules.conditions.first_seen_event.FirstSeenEventCondition"}],
    "actions": [{"id": "sentry.rules.actions.notify_event_service.NotifyEventServiceAction", "service": "webhooks"}],
    "filters": [],
}
PEOPLE = [
    {"email": "lin@example.test", "teams": {"checkout": "admin"}, "flags": ["sso:linked"], "lastLogin": 1.76e9},
    {"email": "new@example.test", "pending": True, "teams": ["checkout"]},
    {"email": "old@example.test", "expired": True},
]


def everything(call: httpx2.Client, ids: dict[str, list[str]]) -> None:
    """Every operation on people, teams and projects, in the ways that a planner would call it."""
    of_people(call, ids)
    of_teams(call)
    of_projects(call)


def of_people(call: httpx2.Client, ids: dict[str, list[str]]) -> None:
    lin, new, old = (f"{ORGANIZATION}/members/{ids[row['email']][0]}/" for row in PEOPLE)  # type: ignore[index]
    call.put(f"{ORGANIZATION}/", json={"openMembership": False, "allowJoinRequests": False})
    call.get(f"{ORGANIZATION}/members/", params={"cursor": "100:0:0"})
    roles = [{"teamSlug": "checkout", "role": "admin"}]
    body = {"email": "zoe@example.test", "orgRole": "member", "teamRoles": roles, "sendInvite": False, "reinvite": True}
    call.post(f"{ORGANIZATION}/members/", json=body)
    for member in (lin, new, f"{ORGANIZATION}/members/me/"):
        call.get(member)
    call.put(lin, json={"orgRole": "manager", "teamRoles": [{"teamSlug": "search", "role": "contributor"}]})
    call.put(lin, json={"orgRole": "member", "teamRoles": []})
    call.post(f"{lin}teams/checkout/")
    call.post(f"{lin}teams/checkout/")
    call.put(f"{lin}teams/checkout/", json={"teamRole": "admin"})
    call.put(f"{lin}teams/checkout/", json={"teamRole": "contributor"})
    call.get("/api/0/teams/acme/checkout/members/")
    call.delete(f"{lin}teams/checkout/")
    call.delete(old)
    call.delete(new)


def of_teams(call: httpx2.Client) -> None:
    call.post(f"{ORGANIZATION}/teams/", json={"slug": "pay", "name": "Pay"})
    call.get(f"{ORGANIZATION}/teams/", params={"per_page": 2, "detailed": "0"})
    call.get("/api/0/teams/acme/checkout/")
    call.put("/api/0/teams/acme/pay/", json={"slug": "payments", "name": "Payments"})
    call.get("/api/0/teams/acme/payments/members/")
    call.get("/api/0/teams/acme/checkout/projects/")


def of_projects(call: httpx2.Client) -> None:
    body = {"name": "Till", "slug": "till", "platform": "python", "default_rules": False}
    call.post("/api/0/teams/acme/payments/projects/", json=body)
    call.get(f"{ORGANIZATION}/projects/", params={"per_page": 100})
    till = "/api/0/projects/acme/till/"
    call.get(till)
    call.put(till, json={"name": "The till", "platform": "go", "subjectPrefix": "[till] ", "resolveAge": 24})
    call.post(f"{till}teams/checkout/")
    call.get(f"{till}teams/")
    call.delete(f"{till}teams/payments/")
    of_keys(call, till)
    of_rules(call, till)
    call.delete(till)
    call.delete("/api/0/teams/acme/payments/")


def of_keys(call: httpx2.Client, project: str) -> None:
    made = call.post(f"{project}keys/", json={"name": "Backend", "rateLimit": {"window": 3600, "count": 100}}).json()
    call.get(f"{project}keys/", params={"status": "active"})
    one = f"{project}keys/{made['id']}/"
    call.get(one)
    call.put(one, json={"name": "Backend 2", "isActive": False})
    call.get(f"{ORGANIZATION}/project-keys/", params={"team": "checkout", "status": "active"})
    call.delete(one)


def of_rules(call: httpx2.Client, project: str) -> None:
    call.get(f"{project}ownership/")
    raw = "# owners\npath:*/till.py #checkout\n"
    body = {"raw": raw, "fallthrough": False, "autoAssignment": "Turn off Auto-Assignment", "codeownersAutoSync": True}
    call.put(f"{project}ownership/", json=body)
    call.get(f"{project}ownership/")
    made = call.post(f"{project}rules/", json=RULE).json()
    call.get(f"{project}rules/")
    call.delete(f"{project}rules/{made['id']}/")


@pytest.fixture(scope="module")
def exchanges() -> Iterator[list[Exchange]]:
    """Everything that a full tour said over the wire."""
    with SentryStandIn(StandInConfig(), recording=True) as sentry:
        ids = sentry.roster(members=PEOPLE)["members"]
        headers = {"Authorization": f"Bearer {sentry.token}"}
        with httpx2.Client(base_url=sentry.url, headers=headers, trust_env=False, verify=tls()) as call:
            everything(call, ids)
        yield [each for each in sentry.exchanges() if not each.path.startswith("/_standin")]


@needs_specs
def test_every_exchange_about_the_roster_agrees_with_the_specification(
    exchanges: list[Exchange], say: Callable[[str], None]
) -> None:
    checker = contract()
    checker.check_all(exchanges)
    say(checker.report())
    assert all(each.status < 400 for each in exchanges), [(e.path, e.status) for e in exchanges if e.status >= 400]
    assert len({checker.operation(each) for each in exchanges if checker.knows(each)}) >= 31


@needs_specs
def test_the_checker_finds_a_wrong_exchange_in_every_operation_of_the_roster(exchanges: list[Exchange]) -> None:
    tried = 0
    for operation, exchange in first_by_operation(contract(), exchanges).items():
        for probe in probes(exchange):
            tried += 1
            assert contract().problems(probe), f"{operation} lets a wrong exchange pass: {probe.status}"
    assert tried >= 70


def answered(exchanges: list[Exchange], method: str, path: str, status: int) -> Any:
    """The last answer of a call, decoded."""
    found = [each for each in exchanges if (each.method, each.path, each.status) == (method, path, status)]
    return json.loads(found[-1].answer_body)


@needs_samples
@pytest.mark.parametrize(
    ("sample", "method", "path", "status"),
    [
        ("003_GET_organization_200", "PUT", f"{ORGANIZATION}/", 200),
        ("004_GET_members_200", "GET", f"{ORGANIZATION}/members/", 200),
        ("133_POST_invite_201", "POST", f"{ORGANIZATION}/members/", 201),
        ("137_GET_member_200", "GET", f"{ORGANIZATION}/members/me/", 200),
        ("005_POST_team_create_201", "POST", f"{ORGANIZATION}/teams/", 201),
        ("147_GET_team_200", "GET", "/api/0/teams/acme/checkout/", 200),
        ("146_GET_team_members_200", "GET", "/api/0/teams/acme/payments/members/", 200),
        ("009_POST_project_create_201", "POST", "/api/0/teams/acme/payments/projects/", 201),
        ("013_GET_org_projects_200", "GET", f"{ORGANIZATION}/projects/", 200),
        ("015_GET_team_projects_200", "GET", "/api/0/teams/acme/checkout/projects/", 200),
        ("012_GET_project_200", "GET", "/api/0/projects/acme/till/", 200),
        ("152_PUT_project_update_200", "PUT", "/api/0/projects/acme/till/", 200),
        ("016_GET_keys_200", "GET", "/api/0/projects/acme/till/keys/", 200),
        ("017_POST_key_create_201", "POST", "/api/0/projects/acme/till/keys/", 201),
        ("027_GET_rules_200", "GET", "/api/0/projects/acme/till/rules/", 200),
        ("029_POST_rule_create_200", "POST", "/api/0/projects/acme/till/rules/", 200),
        ("030_GET_ownership_200", "GET", "/api/0/projects/acme/till/ownership/", 200),
        ("031_PUT_ownership_put_200", "PUT", "/api/0/projects/acme/till/ownership/", 202),
        ("153_POST_project_add_team_201", "POST", "/api/0/projects/acme/till/teams/checkout/", 201),
    ],
)
def test_an_answer_has_every_key_of_the_recorded_one(
    exchanges: list[Exchange], sample: str, method: str, path: str, status: int
) -> None:
    real, ours = recorded(f"{sample}.json")["body"], answered(exchanges, method, path, status)
    if isinstance(real, list):
        real, ours = real[0], ours[0]
    assert keys(real) <= keys(ours), keys(real) - keys(ours)
