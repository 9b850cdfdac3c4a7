"""Teams, their members and projects: made, changed, tied and removed, and refused as Sentry refuses."""

from typing import Any

import httpx2
import pytest

from tests.sandbox.sentry.test_members import told
from vedette.sandbox.sentry import SentryStandIn, StandInConfig
from vedette.sandbox.sentry.hooks import tls

ORGANIZATION = "/api/0/organizations/acme/"
TEAMS, TEAM = f"{ORGANIZATION}teams/", "/api/0/teams/acme/checkout/"
TOR = f"{ORGANIZATION}members/2/teams/"
PROJECT = "/api/0/projects/acme/checkout/"


def test_one_joins_once_is_there_the_second_time_and_leaves(call: httpx2.Client) -> None:
    assert [call.post(f"{TOR}checkout/").status_code for _ in range(2)] == [201, 204]
    assert [row["id"] for row in call.get(f"{TEAM}members/").json()] == ["2"]
    left = call.delete(f"{TOR}checkout/")
    assert (left.status_code, left.json()["memberCount"]) == (200, 0)
    assert call.delete(f"{TOR}checkout/").status_code == 200
    assert call.post(f"{TOR}ghosts/").status_code == 404


@pytest.mark.parametrize(
    ("person", "scopes", "opened", "status"),
    [
        ("ada@example.test", None, False, 201),
        ("ada@example.test", ["org:read"], False, 202),
        ("ada@example.test", ["org:read"], True, 201),
        ("ada@example.test", ["org:read", "team:write"], False, 201),
        ("tor@example.test", None, False, 202),
        ("tor@example.test", None, True, 201),
        ("tor@example.test", ["event:read"], True, 403),
    ],
)
def test_a_caller_without_the_right_only_asks(
    sentry: SentryStandIn, call: httpx2.Client, person: str, scopes: list[str] | None, opened: bool, status: int
) -> None:
    given = None if scopes is None else {sentry.token: scopes}
    sentry.roster(caller=person, scopes=given, choices={"open_membership": opened})
    assert call.post(f"{TOR}checkout/").status_code == status
    assert bool(sentry.roster()["accessRequests"]) is (status == 202)
    sentry.roster(caller="ada@example.test", scopes={})
    assert bool(call.get(f"{TEAM}members/").json()) is (status == 201)


def test_every_join_can_be_made_a_request(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.roster(choices={"joins_are_requests": True})
    assert call.post(f"{TOR}checkout/").status_code == 202
    assert call.get(f"{TEAM}members/").json() == []


def test_a_team_of_the_identity_provider_takes_nobody_by_the_api(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.roster(teams=[{"slug": "checkout", "provisioned": True}])
    assert told(call, f"{TOR}checkout/", None, "POST")[0] == 403
    assert told(call, f"{TOR}checkout/", None, "DELETE")[0] == 403


def test_a_team_role_that_comes_along_anyway_reads_back_as_none(sentry: SentryStandIn, call: httpx2.Client) -> None:
    for member in ("1", "2"):
        call.post(f"{ORGANIZATION}members/{member}/teams/checkout/")
    roles = [
        told(call, f"{ORGANIZATION}members/{member}/teams/checkout/", {"teamRole": role})[1]["teamRole"]
        for member, role in (("1", "admin"), ("2", "admin"), ("2", "contributor"))
    ]
    assert roles == [None, "admin", None]
    assert told(call, f"{TOR}checkout/", {"teamRole": "king"})[0] == 400
    assert told(call, f"{TOR}search/", {"teamRole": "admin"})[0] == 404


def test_whoever_makes_a_team_is_in_it(call: httpx2.Client) -> None:
    _, made = told(call, TEAMS, {"name": "Pay & Go"}, "POST")
    assert (made["slug"], made["isMember"], made["teamRole"], made["memberCount"]) == ("pay-go", True, "admin", 1)


@pytest.mark.parametrize(
    ("body", "status", "key"),
    [
        ({"slug": "checkout"}, 409, "non_field_errors"),
        ({"slug": "checkout"}, 409, "detail"),
        ({"slug": "bad slug!"}, 400, "slug"),
        ({"slug": "123"}, 400, "slug"),
        ({}, 400, "non_field_errors"),
    ],
)
def test_a_wrong_team_is_refused(call: httpx2.Client, body: Any, status: int, key: str) -> None:
    got, said = told(call, TEAMS, body, "POST")
    assert got == status
    assert key in said


def test_a_second_team_of_a_slug_is_404_where_the_server_keeps_to_its_documents(
    sentry: SentryStandIn, call: httpx2.Client
) -> None:
    sentry.roster(choices={"team_conflict": 404})
    assert told(call, TEAMS, {"slug": "checkout"}, "POST")[0] == 404


def test_projects_follow_the_slug_of_their_team_and_outlive_it(sentry: SentryStandIn, call: httpx2.Client) -> None:
    assert told(call, TEAM, {"slug": "till", "name": "The till"})[0] == 200
    assert [team["slug"] for team in call.get(PROJECT).json()["teams"]] == ["till"]
    assert told(call, "/api/0/teams/acme/till/", {"slug": "search"})[0] == 400
    assert call.delete("/api/0/teams/acme/till/").status_code == 204
    assert call.get(PROJECT).json()["teams"] == []
    assert call.get("/api/0/teams/acme/till/").status_code == 404


def test_a_project_is_made_found_changed_and_gone(sentry: SentryStandIn, call: httpx2.Client) -> None:
    status, made = told(call, f"{TEAM}projects/", {"name": "The Till", "platform": "go"}, "POST")
    assert (status, made["slug"], made["platform"], made["teams"][0]["slug"]) == (201, "the-till", "go", "checkout")
    path = "/api/0/projects/acme/the-till/"
    body = {"subjectPrefix": "[till] ", "sensitiveFields": ["iban"], "safeFields": ["id"], "allowedDomains": ["a.test"]}
    told(call, path, body | {"resolveAge": 48, "name": "Till"})
    whole = call.get(path).json()
    assert {name: whole[name] for name in body} == body
    assert (whole["resolveAge"], whole["name"], whole["options"]["sentry:resolve_age"]) == (48, "Till", 48)
    assert call.delete(path).status_code == 204
    assert call.get(path).status_code == 404


@pytest.mark.parametrize(("age", "stored"), [(1, 1), (12, 12), (13, 0), (24, 24), (42, 0), (720, 720), (721, 0)])
def test_a_resolve_age_that_sentry_does_not_offer_is_stored_as_never(
    call: httpx2.Client, age: int, stored: int
) -> None:
    status, whole = told(call, PROJECT, {"resolveAge": age})
    assert (status, whole["resolveAge"]) == (200, stored)


def test_a_given_slug_collides_and_one_made_of_the_name_gives_way(call: httpx2.Client) -> None:
    said = {"detail": "A project with this slug already exists."}
    assert told(call, f"{TEAM}projects/", {"name": "x", "slug": "search"}, "POST") == (409, said)
    assert told(call, f"{TEAM}projects/", {"name": "Search"}, "POST")[1]["slug"] == "search-2"
    assert told(call, PROJECT, {"slug": "search"})[0] == 400


def test_a_project_under_a_new_slug_keeps_issues_and_dsn(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.seed({"project": "checkout"})
    dsn = sentry.dsn("checkout")
    told(call, PROJECT, {"slug": "till"})
    assert sentry.dsn("till") == dsn
    assert call.get(PROJECT).status_code == 404
    (row,) = call.get("/api/0/projects/acme/till/issues/").json()
    assert row["project"]["slug"] == "till"
    (event,) = call.get("/api/0/projects/acme/till/events/").json()
    assert call.get(f"/api/0/projects/acme/till/events/{event['id']}/").status_code == 200


def test_a_deleted_project_takes_its_issues_along(sentry: SentryStandIn, call: httpx2.Client) -> None:
    issue = sentry.seed({"project": "checkout"})[0]
    assert call.delete(PROJECT).status_code == 204
    assert call.get(f"{ORGANIZATION}issues/{issue}/").status_code == 404


def test_a_new_project_is_counted_like_any_other(sentry: SentryStandIn, call: httpx2.Client) -> None:
    number = int(told(call, f"{TEAM}projects/", {"name": "Till"}, "POST")[1]["id"])
    sentry.seed({"project": "till", "count": 7}, {"project": "search", "count": 2})
    words: dict[str, Any] = {"statsPeriod": "24h", "field": "sum(quantity)", "groupBy": "project", "category": "error"}
    groups = call.get(f"{ORGANIZATION}stats_v2/", params=words).json()["groups"]
    assert {row["by"]["project"]: row["totals"]["sum(quantity)"] for row in groups} == {number: 7, 12: 2}
    call.delete("/api/0/projects/acme/till/")
    assert len(call.get(f"{ORGANIZATION}stats_v2/", params=words).json()["groups"]) == 1


def test_every_project_is_in_one_list_the_newest_first(call: httpx2.Client) -> None:
    call.post(f"{TEAM}projects/", json={"name": "Till"})
    rows = call.get("/api/0/projects/").json()
    assert [row["slug"] for row in rows] == ["till", "search", "external-api", "checkout"]
    assert rows[0]["organization"]["slug"] == "acme"


def test_the_servers_own_project_stays(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.roster(projects=[{"slug": "internal", "internal": True}])
    assert told(call, "/api/0/projects/acme/internal/", None, "DELETE")[0] == 403
    assert call.get("/api/0/projects/acme/internal/").json()["isInternal"] is True


def test_teams_come_onto_a_project_and_off_again(call: httpx2.Client) -> None:
    path = f"{PROJECT}teams/search/"
    assert [told(call, path, None, "POST")[0] for _ in range(2)] == [201, 201]
    assert [row["slug"] for row in call.get(f"{PROJECT}teams/").json()] == ["checkout", "search"]
    status, left = told(call, path, None, "DELETE")
    assert (status, [team["slug"] for team in left["teams"]]) == (200, ["checkout"])


def test_the_doors_of_an_organisation_are_shut_and_read_back(call: httpx2.Client) -> None:
    status, whole = told(call, ORGANIZATION, {"openMembership": False, "allowJoinRequests": False})
    assert (status, whole["openMembership"], whole["allowJoinRequests"]) == (200, False, False)
    assert "open-membership" not in call.get(ORGANIZATION).json()["features"]
    assert told(call, ORGANIZATION, {"openMembership": "maybe"})[0] == 400


def test_an_integrations_token_lets_people_in_but_gives_no_role() -> None:
    with SentryStandIn(StandInConfig(integration_tokens=("app",))) as sentry:
        client = httpx2.Client(
            base_url=sentry.url, headers={"Authorization": "Bearer app"}, trust_env=False, verify=tls()
        )
        with client as call:
            assert call.post(f"{TOR}checkout/").status_code == 201
            assert told(call, f"{ORGANIZATION}members/", {"email": "new@example.test"}, "POST")[0] == 201
            assert (
                told(call, f"{ORGANIZATION}members/", {"email": "x@example.test", "orgRole": "owner"}, "POST")[0] == 400
            )
            status, said = told(call, f"{ORGANIZATION}members/2/", {"orgRole": "manager", "teamRoles": []})
            assert (status, list(said)) == (400, ["orgRole"])
            assert call.get("/api/0/organizations/").json() == []
            assert call.get(f"{ORGANIZATION}members/me/").status_code == 404
            assert call.get("/api/0/").json()["user"] is None
