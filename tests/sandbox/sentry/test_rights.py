"""A call is refused where the caller's role or the token's scopes do not reach."""

from typing import Any

import httpx2
import pytest

from tests.sandbox.sentry.test_members import told
from vedette.sandbox.sentry import SentryStandIn

AROUND, TEAM = "/api/0/organizations/acme/", "/api/0/teams/acme/search/"
PROJECT = "/api/0/projects/acme/search/"
INVITED = {"email": "x@example.test", "orgRole": "member"}
READING = ["org:read", "member:read", "team:read", "project:read"]


@pytest.mark.parametrize(
    ("method", "path", "body", "enough"),
    [
        ("PUT", AROUND, {"openMembership": False}, "org:write"),
        ("POST", f"{AROUND}members/", INVITED, "member:write"),
        ("PUT", f"{AROUND}members/2/", {"teamRoles": []}, "member:admin"),
        ("POST", f"{AROUND}teams/", {"slug": "pay"}, "team:write"),
        ("PUT", TEAM, {"name": "Find"}, "team:write"),
        ("DELETE", TEAM, None, "team:admin"),
        ("POST", f"{TEAM}projects/", {"name": "Till"}, "project:write"),
        ("PUT", PROJECT, {"name": "Find"}, "project:write"),
        ("DELETE", PROJECT, None, "project:admin"),
        ("POST", f"{PROJECT}keys/", {}, "project:write"),
        ("DELETE", f"{PROJECT}teams/search/", None, "project:admin"),
        ("POST", f"{AROUND}invite-requests/", INVITED, "member:read"),
    ],
)
def test_a_token_needs_the_scope(
    sentry: SentryStandIn, call: httpx2.Client, method: str, path: str, body: Any, enough: str
) -> None:
    sentry.roster(scopes={sentry.token: [scope for scope in READING if scope != enough]})
    said = (403, {"detail": "You do not have permission to perform this action."})
    assert told(call, path, body, method) == said
    sentry.roster(scopes={sentry.token: [*READING, enough]})
    assert told(call, path, body, method)[0] < 300


def test_a_token_without_member_admin_removes_nobody_and_says_why(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.roster(scopes={sentry.token: READING})
    assert told(call, f"{AROUND}members/2/", None, "DELETE") == (
        400,
        {"detail": "You are missing the member:admin scope."},
    )


@pytest.mark.parametrize(("path", "scope"), [("members/", "member:read"), ("teams/", "team:read"), ("", "org:read")])
def test_reading_needs_a_scope_too(sentry: SentryStandIn, call: httpx2.Client, path: str, scope: str) -> None:
    sentry.roster(scopes={sentry.token: ["event:read"]})
    assert call.get(f"{AROUND}{path}").status_code == 403
    sentry.roster(scopes={sentry.token: [scope]})
    assert call.get(f"{AROUND}{path}").status_code == 200


def test_scopes_beyond_the_role_of_the_holder_are_worth_nothing(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.roster(caller="tor@example.test", scopes={sentry.token: ["project:admin", "project:read"]})
    assert call.get(PROJECT).status_code == 200
    assert told(call, PROJECT, None, "DELETE")[0] == 403


def test_a_team_admin_runs_their_team_and_no_other(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.roster(
        members=[{"email": "lin@example.test", "role": "admin", "teams": ["search"]}],
        caller="lin@example.test",
        choices={"open_membership": False},
    )
    assert call.post(f"{AROUND}members/2/teams/search/").status_code == 201
    assert call.post(f"{AROUND}members/2/teams/checkout/").status_code == 202
    assert call.delete(f"{AROUND}members/2/teams/search/").status_code == 200
    assert told(call, f"{AROUND}members/1/teams/checkout/", None, "DELETE")[0] == 400


def test_a_team_admin_who_is_an_ordinary_member_runs_the_team(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.roster(
        members=[{"email": "lin@example.test", "teams": {"search": "admin", "checkout": None}}],
        caller="lin@example.test",
        choices={"open_membership": False},
    )
    assert [call.post(f"{AROUND}members/2/teams/{team}/").status_code for team in ("search", "checkout")] == [201, 202]
    assert [told(call, f"/api/0/teams/acme/{team}/", {"name": "x"})[0] for team in ("search", "checkout")] == [200, 403]
    sentry.roster(scopes={sentry.token: READING})
    assert call.post(f"{AROUND}members/1/teams/search/").status_code == 202


def test_whoever_was_removed_holds_a_token_that_may_nothing(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.roster(members=[{"email": "lin@example.test", "role": "owner"}], caller="lin@example.test")
    assert call.delete(f"{AROUND}members/me/").status_code == 204
    assert call.get(f"{AROUND}members/").status_code == 403


def test_a_revoked_token_is_refused_in_the_middle_of_a_run(sentry: SentryStandIn, call: httpx2.Client) -> None:
    assert call.post(f"{AROUND}members/2/teams/search/").status_code == 201
    sentry.faults(denied=True)
    assert call.post(f"{AROUND}members/2/teams/checkout/").status_code == 401
    sentry.faults(denied=False)
    assert [row["email"] for row in call.get("/api/0/teams/acme/checkout/members/").json()] == []
