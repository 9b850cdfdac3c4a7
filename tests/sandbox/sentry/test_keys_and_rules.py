"""Keys, ownership rules and alert rules of a project are kept as Sentry keeps them, and refused as it refuses."""

from typing import Any

import httpx2
import pytest

from tests.sandbox.sentry.test_dialects import ask
from tests.sandbox.sentry.test_members import told
from vedette.sandbox.sentry import Dialect, SentryStandIn, StandInConfig
from vedette.sandbox.sentry.hooks import tls

PROJECT = "/api/0/projects/acme/checkout/"
RULE: dict[str, Any] = {
    "name": "hook all",
    "actionMatch": "any",
    "frequency": 5,
    "conditions": [{"id": "sentry.rules.conditions.first_seen_event.FirstSeenEventCondition"}],
    "actions": [{"id": "sentry.rules.actions.notify_event_service.NotifyEventServiceAction", "service": "webhooks"}],
}


def send(sentry: SentryStandIn, public: str, *, text: str = "hello") -> int:
    """Post an event of an issue of its own with a key; the status."""
    path, event = f"{sentry.url}/api/10/store/?sentry_key={public}", {"message": text, "fingerprint": [text]}
    return httpx2.post(path, json=event, trust_env=False, verify=tls()).status_code


def test_a_key_shows_the_public_address_and_the_deprecated_one(sentry: SentryStandIn, call: httpx2.Client) -> None:
    (key,) = call.get(f"{PROJECT}keys/").json()
    assert key["dsn"]["public"] == sentry.dsn("checkout")
    assert key["dsn"]["secret"] == sentry.dsn("checkout").replace("@", f":{key['secret']}@")


def test_a_key_is_made_used_switched_off_and_gone(sentry: SentryStandIn, call: httpx2.Client) -> None:
    status, made = told(call, f"{PROJECT}keys/", {"name": "Backend"}, "POST")
    assert (status, send(sentry, made["public"])) == (201, 200)
    path = f"{PROJECT}keys/{made['id']}/"
    changed = told(call, path, {"isActive": False, "rateLimit": {"window": 60, "count": 5}})[1]
    assert (changed["isActive"], changed["rateLimit"]) == (False, {"window": 60, "count": 5})
    assert send(sentry, made["public"]) == 403
    assert [key["id"] for key in call.get(f"{PROJECT}keys/", params={"status": "inactive"}).json()] == [made["id"]]
    assert call.delete(path).status_code == 204
    assert call.get(path).status_code == 404


def test_the_keys_of_all_projects_are_in_one_list(sentry: SentryStandIn, call: httpx2.Client) -> None:
    path = "/api/0/organizations/acme/project-keys/"
    assert [key["projectId"] for key in call.get(path).json()] == [10, 11, 12]
    assert [key["projectId"] for key in call.get(path, params={"team": "search"}).json()] == [12]
    assert call.get(path, params={"status": "broken"}).status_code == 400
    sentry.roster(projects=[{"slug": f"p{each}"} for each in range(120)])
    assert len(call.get(path, params={"cursor": "100:1:0"}).json()) == 23


def test_ownership_is_nothing_until_somebody_writes_it(call: httpx2.Client) -> None:
    empty = call.get(f"{PROJECT}ownership/").json()
    assert (empty["raw"], empty["dateCreated"], empty["fallthrough"]) == (None, None, True)
    status, written = told(call, f"{PROJECT}ownership/", {"raw": "# mine\npath:*.py #checkout\n", "fallthrough": False})
    assert (status, written["raw"], written["fallthrough"]) == (202, "# mine\npath:*.py #checkout", False)
    assert call.get(f"{PROJECT}ownership/").json() == written


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("path:foo nobody@nowhere.example #nope", "Invalid rule owners: #nope, nobody@nowhere.example"),
        ("this is not a rule", "Invalid rule owners: a, is, not, rule"),
        ("path:foo #search", "Invalid rule owners: #search"),
        ("path:foo tor@example.test", "Invalid rule owners: tor@example.test"),
        ("#checkout\npath:foo", "Parse error: 'path:foo' (line 2, column 1)"),
        ("codeowners:*.js #checkout", "Codeowner type paths can only be added by importing CODEOWNERS files"),
    ],
)
def test_ownership_that_names_strangers_or_is_no_rule_is_refused(call: httpx2.Client, raw: str, said: str) -> None:
    assert told(call, f"{PROJECT}ownership/", {"raw": raw}) == (400, {"raw": [said]})
    assert call.get(f"{PROJECT}ownership/").json()["raw"] is None


def test_a_member_of_a_team_of_the_project_may_own(call: httpx2.Client) -> None:
    call.post("/api/0/organizations/acme/members/2/teams/checkout/")
    assert told(call, f"{PROJECT}ownership/", {"raw": "url:https://* tor@example.test"})[0] == 202


def test_who_was_only_invited_owns_nothing(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.roster(members=[{"email": "new@example.test", "pending": True, "teams": ["checkout"]}])
    said = {"raw": ["Invalid rule owners: new@example.test"]}
    assert told(call, f"{PROJECT}ownership/", {"raw": "path:* new@example.test"}) == (400, said)


def test_a_rule_is_made_once_and_answered_with_200(call: httpx2.Client) -> None:
    status, made = told(call, f"{PROJECT}rules/", RULE, "POST")
    assert (status, made["conditions"][0]["name"], made["projects"]) == (200, "A new issue is created", ["checkout"])
    status, said = told(call, f"{PROJECT}rules/", RULE | {"name": "again"}, "POST")
    assert (status, said["ruleId"]) == (400, [made["id"]])
    assert call.delete(f"{PROJECT}rules/{made['id']}/").status_code == 202
    assert made["id"] not in [row["id"] for row in call.get(f"{PROJECT}rules/").json()]


@pytest.mark.parametrize(
    ("words", "field"),
    [({"name": ""}, "name"), ({"actions": []}, "actions"), ({"actionMatch": "some"}, "actionMatch"),
     ({"frequency": 1}, "frequency")],
)  # fmt: skip
def test_a_wrong_rule_is_refused_by_its_field(call: httpx2.Client, words: Any, field: str) -> None:
    status, said = told(call, f"{PROJECT}rules/", RULE | words, "POST")
    assert (status, list(said)) == (400, [field])


def test_a_new_project_has_a_first_rule_unless_it_is_told_not_to(call: httpx2.Client) -> None:
    for name, given, rules in (("one", {}, 1), ("two", {"default_rules": False}, 0)):
        call.post("/api/0/teams/acme/checkout/projects/", json={"name": name} | given)
        assert len(call.get(f"/api/0/projects/acme/{name}/rules/").json()) == rules


def test_a_rule_of_the_settings_fires_no_more_where_it_was_deleted(sentry: SentryStandIn, call: httpx2.Client) -> None:
    (rule,) = call.get(f"{PROJECT}rules/").json()
    assert rule["name"] == "A new issue is created"
    key = sentry.memory.projects["checkout"].key
    send(sentry, key)
    call.delete(f"{PROJECT}rules/{rule['id']}/")
    send(sentry, key, text="goodbye")
    fired = [len(issue.fired) for issue in sentry.memory.issues.values()]
    assert fired == [1, 0]


@pytest.mark.parametrize(
    "path",
    [
        "projects/acme/search/rules/",
        "projects/acme/search/ownership/",
        "projects/acme/search/members/",
        "organizations/acme/project-keys/",
        "organizations/acme/access-requests/",
        "organizations/acme/invite-requests/",
    ],
)
def test_what_glitchtip_has_not_got_is_its_single_page(path: str) -> None:
    with SentryStandIn(StandInConfig(dialect=Dialect.GLITCHTIP)) as glitchtip:
        answer = ask(glitchtip, path)
    assert (answer.status_code, "<app-root>" in answer.text) == (200, True)


def test_glitchtips_keys_are_uuids_with_dashes_and_a_security_address() -> None:
    with SentryStandIn(StandInConfig(dialect=Dialect.GLITCHTIP)) as glitchtip:
        (key,) = ask(glitchtip, "projects/acme/search/keys/").json()
        before = ask(glitchtip, f"projects/acme/search/keys/{key['id']}/", "PUT", json={"name": "Other"}).json()
        after = ask(glitchtip, f"projects/acme/search/keys/{key['id']}/").json()
    assert key["id"].count("-") == 4
    assert "/security/" in key["dsn"]["security"]
    assert not {"secret", "isActive", "projectId"} & set(key)
    assert (key["projectID"], before["name"], after["name"]) == (12, "Default", "Other")


def test_old_sentry_has_no_list_of_all_keys_and_answers_ownership_with_200() -> None:
    with SentryStandIn(StandInConfig(dialect=Dialect.SENTRY9)) as old:
        assert ask(old, "organizations/acme/project-keys/").status_code == 404
        written = ask(old, "projects/acme/search/ownership/", "PUT", json={"raw": "path:* #search"})
        assert (written.status_code, written.json()["autoAssignment"]) == (200, True)
