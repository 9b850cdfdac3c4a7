"""Old Sentry and GlitchTip keep people, teams and projects in their own ways."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.sentry.test_dialects import ask
from vedette.sandbox.sentry import Dialect, SentryStandIn, StandInConfig

MEMBERS, TEAMS = "organizations/acme/members/", "organizations/acme/teams/"


@pytest.fixture
def glitchtip() -> Iterator[SentryStandIn]:
    with SentryStandIn(StandInConfig(dialect=Dialect.GLITCHTIP)) as running:
        yield running


@pytest.fixture
def old() -> Iterator[SentryStandIn]:
    with SentryStandIn(StandInConfig(dialect=Dialect.SENTRY9)) as running:
        yield running


def told(server: SentryStandIn, path: str, body: Any, method: str = "POST") -> tuple[int, Any]:
    """Status and body of a change."""
    answer = ask(server, path, method, json=body)
    return answer.status_code, answer.json() if answer.content else None


def test_old_sentry_knows_the_old_names_only(old: SentryStandIn) -> None:
    status, said = told(old, MEMBERS, {"email": "new@example.test", "orgRole": "member", "teamRoles": []})
    assert (status, said) == (400, {"role": ["This field is required."]})
    status, made = told(old, MEMBERS, {"email": "new@example.test", "role": "member", "teams": ["search"]})
    assert (status, made["role"], "orgRole" in made) == (201, "member", False)
    alone = ask(old, f"{MEMBERS}{made['id']}/").json()
    assert (alone["teams"], "teamRoles" in alone, alone["user"]) == (["search"], False, {})


def test_old_sentry_calls_a_second_invitation_a_conflict_in_a_bare_text(old: SentryStandIn) -> None:
    said = {"email": "The user ada@example.test is already a member"}
    assert told(old, MEMBERS, {"email": "ada@example.test", "role": "member"}) == (409, said)


def test_old_sentry_keeps_teams_when_only_the_role_changes(old: SentryStandIn) -> None:
    old.roster(members=[{"email": "lin@example.test", "teams": ["search"]}])
    assert told(old, f"{MEMBERS}3/", {"role": "admin"}, "PUT")[1]["teams"] == ["search"]


def test_glitchtip_lists_a_role_under_the_old_name_and_wants_it_under_the_new(glitchtip: SentryStandIn) -> None:
    row = ask(glitchtip, MEMBERS).json()[0]
    assert set(row) == {"id", "role", "roleName", "dateCreated", "email", "user", "pending"}
    status, said = told(glitchtip, MEMBERS, {"email": "new@example.test", "role": "member", "teams": ["search"]})
    assert (status, said["detail"][0]["loc"]) == (422, ["body", "payload", "orgRole"])


def test_glitchtip_invites_the_same_address_again_without_a_word(glitchtip: SentryStandIn) -> None:
    body = {"email": "new@example.test", "orgRole": "member", "teamRoles": [{"teamSlug": "search", "role": ""}]}
    first, second = told(glitchtip, MEMBERS, body), told(glitchtip, MEMBERS, body)
    assert (first[0], second[0], first[1]["id"]) == (201, 201, second[1]["id"])
    assert ask(glitchtip, f"{MEMBERS}{first[1]['id']}/").json()["teams"] == ["search"]
    assert told(glitchtip, MEMBERS, body | {"email": "ada@example.test"})[0] == 409


def test_glitchtip_heeds_the_role_of_a_change_and_not_its_teams(glitchtip: SentryStandIn) -> None:
    body = {"orgRole": "manager", "teamRoles": [{"teamSlug": "search", "role": "admin"}]}
    status, said = told(glitchtip, f"{MEMBERS}2/", body, "PUT")
    assert (status, said["role"], said["teams"]) == (200, "manager", [])


def test_glitchtip_keeps_its_last_owner_in_its_own_words(glitchtip: SentryStandIn) -> None:
    assert told(glitchtip, f"{MEMBERS}1/", None, "DELETE")[0] == 400
    assert told(glitchtip, f"{MEMBERS}1/", {"orgRole": "member"}, "PUT")[0] == 422


def test_glitchtip_lets_one_join_twice_and_refuses_whom_sentry_would_have_ask(glitchtip: SentryStandIn) -> None:
    assert [told(glitchtip, f"{MEMBERS}2/teams/search/", None)[0] for _ in range(2)] == [201, 201]
    glitchtip.roster(caller="tor@example.test", choices={"open_membership": False})
    assert told(glitchtip, f"{MEMBERS}2/teams/checkout/", None)[0] == 403


def test_glitchtip_breaks_on_the_second_team_of_a_slug(glitchtip: SentryStandIn) -> None:
    assert told(glitchtip, TEAMS, {"slug": "pay"})[0] == 201
    answer = ask(glitchtip, TEAMS, "POST", json={"slug": "pay"})
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (500, "text/html")


def test_glitchtip_gives_the_second_project_of_a_slug_another_one(glitchtip: SentryStandIn) -> None:
    path = "teams/acme/search/projects/"
    status, made = told(glitchtip, path, {"name": "Search", "slug": "search", "platform": "python"})
    assert (status, made["slug"]) == (201, "search-2")


def test_glitchtip_throttles_a_project(glitchtip: SentryStandIn) -> None:
    body = {"name": "Search", "platform": "go", "eventThrottleRate": 30}
    status, whole = told(glitchtip, "projects/acme/search/", body, "PUT")
    assert (status, whole["eventThrottleRate"], whole["platform"]) == (200, 30, "go")


def test_glitchtips_members_come_in_opaque_pages_with_a_count(glitchtip: SentryStandIn) -> None:
    glitchtip.roster(members=[{"email": f"p{each}@example.test"} for each in range(60)])
    first = ask(glitchtip, MEMBERS, params={"limit": 50})
    assert (len(first.json()), first.headers["X-Hits"]) == (50, "62")
    assert first.headers["Link"].startswith("{'<")


def test_glitchtips_project_has_its_teams_in_the_list_and_not_alone(glitchtip: SentryStandIn) -> None:
    (row,) = [each for each in ask(glitchtip, "organizations/acme/projects/").json() if each["slug"] == "search"]
    assert row["teams"] == [{"id": "3", "slug": "search"}]
    assert row["eventThrottleRate"] == 0
    alone = ask(glitchtip, "projects/acme/search/").json()
    assert ("teams" in alone, alone["organization"]["slug"]) == (False, "acme")
    assert "name" not in ask(glitchtip, "teams/acme/search/").json()


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("PUT", "projects/acme/search/", {"eventThrottleRate": 5}, "name"),
        ("PUT", "teams/acme/search/", {"name": "Find"}, "slug"),
        ("POST", TEAMS, {"name": "Find"}, "slug"),
        ("POST", "teams/acme/search/projects/", {"slug": "find"}, "name"),
        ("PUT", f"{MEMBERS}2/", {"role": "manager"}, "orgRole"),
    ],
)
def test_glitchtip_wants_a_field_even_of_a_change(
    glitchtip: SentryStandIn, method: str, path: str, body: Any, field: str
) -> None:
    status, said = told(glitchtip, path, body, method)
    assert (status, said["detail"][0]["loc"][-1]) == (422, field)


def test_glitchtip_opens_its_teams_to_oneself_only(glitchtip: SentryStandIn) -> None:
    glitchtip.roster(members=[{"email": "lin@example.test"}], caller="tor@example.test")
    assert told(glitchtip, f"{MEMBERS}me/teams/search/", None)[0] == 201
    assert told(glitchtip, f"{MEMBERS}3/teams/search/", None)[0] == 403
    assert told(glitchtip, f"{MEMBERS}me/teams/search/", None, "DELETE")[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", TEAMS, {"slug": "pay"}, 404),
        ("DELETE", "teams/acme/search/", None, 404),
        ("POST", "teams/acme/search/projects/", {"name": "Till"}, 404),
        ("DELETE", "projects/acme/search/", None, 404),
        ("POST", "projects/acme/search/teams/checkout/", None, 404),
        ("POST", MEMBERS, {"email": "x@example.test", "orgRole": "member"}, 403),
        ("PUT", "organizations/acme/", {"name": "Other"}, 403),
    ],
)
def test_glitchtip_asks_for_a_role_where_sentry_asks_for_a_scope(
    glitchtip: SentryStandIn, method: str, path: str, body: Any, status: int
) -> None:
    glitchtip.roster(caller="tor@example.test")
    assert told(glitchtip, path, body, method)[0] == status


def test_glitchtip_says_whose_the_token_is_at_its_root_only(glitchtip: SentryStandIn) -> None:
    assert "<app-root>" in ask(glitchtip, f"{MEMBERS}me/").text
    told_at_root = ask(glitchtip, "").json()
    assert (told_at_root["user"]["email"], "org:admin" in told_at_root["auth"]["scopes"]) == ("ada@example.test", True)


def test_glitchtip_takes_no_team_off_a_project_that_it_is_not_on(glitchtip: SentryStandIn) -> None:
    assert told(glitchtip, "projects/acme/search/teams/checkout/", None, "DELETE")[0] == 404
    status, left = told(glitchtip, "projects/acme/search/teams/search/", None, "DELETE")
    assert (status, left["teams"]) == (200, [])


def test_glitchtip_counts_the_events_of_projects_by_the_hour(glitchtip: SentryStandIn) -> None:
    glitchtip.seed(
        {"project": "search", "arrivals": [{"at": 1.9e9, "count": 4}]},
        {"project": "checkout", "arrivals": [{"at": 1.9e9, "count": 9}]},
    )
    span = {"start": "2030-03-17T17:00:00Z", "end": "2030-03-17T18:00:00Z"}
    words: dict[str, Any] = {"field": "sum(quantity)", "category": "error", "interval": "1h"} | span
    path = "organizations/acme/stats_v2/"
    body = ask(glitchtip, path, params=words | {"project": 12}).json()
    assert body["intervals"] == ["2030-03-17T17:00:00+00:00", "2030-03-17T18:00:00+00:00"]
    assert body["groups"] == [{"series": {"sum(quantity)": [4, None]}}]
    assert ask(glitchtip, path, params=words).json()["groups"][0]["series"]["sum(quantity)"] == [13, None]
    assert ask(glitchtip, path, params=words | {"project": 99}).status_code == 404
    assert ask(glitchtip, path).status_code == 422
