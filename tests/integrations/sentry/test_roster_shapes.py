"""Members, teams and projects out of what servers write, with fields missing, and with nonsense in them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.errors import Refused, Unavailable, VedetteError
from vedette.integrations.sentry.roster import fields, refusals, shapes
from vedette.model.org import OwnershipRules, ProjectOptions
from vedette.model.settings import Dialect

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8))
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
)
KEYS = (
    "id",
    "slug",
    "email",
    "name",
    "user",
    "role",
    "orgRole",
    "pending",
    "expired",
    "flags",
    "dateCreated",
    "inviterName",
    "inviteStatus",
    "teams",
    "team",
    "teamRoles",
    "teamRole",
    "platform",
    "isInternal",
    "resolveAge",
    "sensitiveFields",
    "allowedDomains",
    "eventThrottleRate",
    "raw",
    "fallthrough",
    "autoAssignment",
    "conditions",
    "actions",
    "emails",
    "lastLogin",
    "orgRoleList",
    "availableRoles",
    "features",
    "actorType",
    "teamSlug",
)
ROWS = st.dictionaries(
    st.sampled_from(KEYS), JSON | st.dictionaries(st.sampled_from(KEYS), JSON, max_size=4), max_size=12
)


@given(ROWS)
def test_reading_never_raises_anything_but_the_families_of_errors(row: dict[str, Any]) -> None:
    for read in (
        lambda: shapes.member(row, teams={}),
        lambda: shapes.team(row),
        lambda: shapes.project(row),
        lambda: shapes.options(row),
        lambda: shapes.ownership(row),
        lambda: shapes.alert_rule(row),
        lambda: shapes.memberships(row),
        lambda: (shapes.roles(row), shapes.features(row), shapes.is_person(row)),
        lambda: fields.differing(row, {"name": "x", "resolve_age": 24, "safe_fields": ("a",), "platform": ""}),
    ):
        try:
            read()
        except VedetteError:
            assert not row.get("id") or not row.get("slug") or not isinstance(row["id"], str)


@given(ROWS)
def test_what_is_read_can_be_stored_and_shown(row: dict[str, Any]) -> None:
    found = shapes.member({**row, "id": "7"}, teams={})
    words = (found.email, found.name, found.username, found.role, found.user_id, found.inviter, *found.other_emails)
    for word in words:
        assert "\0" not in word
        word.encode()
    assert all(at is None or at.tzinfo is UTC for at in (found.created_at, found.last_login, found.last_active))


@pytest.mark.parametrize("user", [None, {}, [], "", 0, {"id": None}])
def test_nobody_has_taken_an_invitation_without_a_person(user: object) -> None:
    found = shapes.member({"id": "5", "email": "a@example.test", "role": "member", "user": user}, teams={})
    assert (found.user_id, found.pending, found.logged_in) == ("", True, False)


@pytest.mark.parametrize(
    ("row", "role"),
    [
        ({"orgRole": "owner", "role": "member"}, "owner"),
        ({"role": "manager"}, "manager"),
        ({"role": None}, ""),
        ({}, ""),
    ],
)
def test_a_role_that_is_not_told_is_never_taken_for_a_weak_one(row: Mapping[str, Any], role: str) -> None:
    assert shapes.member({"id": "5"} | dict(row), teams={}).role == role


def test_addresses_keep_their_case_and_others_of_the_person_are_those_that_are_verified() -> None:
    user = {
        "id": 9,
        "email": "lin@Example.test",
        "username": "lin",
        "emails": [
            {"email": "LIN@example.test", "is_verified": True},
            {"email": "Lin@Home.example.test", "is_verified": True},
            {"email": "not-mine@example.test", "is_verified": False},
            "odd",
        ],
        "lastLogin": "2031-03-14T09:00:00Z",
    }
    found = shapes.member({"id": 5, "user": user, "role": "member", "flags": {"sso:linked": True, "x": 1}}, teams={})
    assert (found.id, found.email, found.key) == ("5", "lin@Example.test", "lin@example.test")
    assert found.other_emails == ("Lin@Home.example.test",)
    assert (found.user_id, found.pending, found.flags) == ("9", False, frozenset({"sso:linked"}))
    assert found.last_login == datetime(2031, 3, 14, 9, tzinfo=UTC)


@pytest.mark.parametrize("row", [{}, {"id": None}, {"id": ""}, {"id": {}}])
def test_a_member_without_an_id_is_refused(row: Mapping[str, Any]) -> None:
    with pytest.raises(Unavailable, match="without id"):
        shapes.member(row, teams={})


@pytest.mark.parametrize(
    ("row", "teams"),
    [
        (
            {"teams": ["a", "b"], "teamRoles": [{"teamSlug": "a", "role": "admin"}, {"teamSlug": "b", "role": None}]},
            {"a": "admin", "b": ""},
        ),
        ({"teams": ["a"]}, {"a": ""}),
        ({"teamRoles": [{"teamSlug": "a", "role": ""}]}, {"a": ""}),
        ({"teams": None, "teamRoles": {"a": 1}}, {}),
        ({"teams": [None, {}, ""]}, {}),
    ],
)
def test_teams_of_a_member_come_from_either_list(row: Mapping[str, Any], teams: Mapping[str, str]) -> None:
    assert shapes.memberships(row) == teams


@pytest.mark.parametrize(
    ("row", "teams"),
    [
        ({"teams": [{"slug": "b"}, {"slug": "a"}], "team": {"slug": "b"}}, ("a", "b")),
        ({"team": {"slug": "b"}}, ("b",)),
        ({"teams": [], "team": None}, ()),
    ],
)
def test_teams_of_a_project_are_all_of_them(row: dict[str, Any], teams: tuple[str, ...]) -> None:
    assert shapes.project({"slug": "till"} | row).teams == teams


def test_what_a_project_does_not_tell_is_none() -> None:
    assert shapes.options({}) == ProjectOptions()
    told = {"subjectPrefix": "", "sensitiveFields": [], "safeFields": None, "resolveAge": None, "allowedDomains": ["*"]}
    assert shapes.options(told) == ProjectOptions(subject_prefix="", sensitive_fields=(), allowed_domains=("*",))


def test_ownership_that_never_was_is_empty() -> None:
    assert shapes.ownership({"raw": None, "fallthrough": True, "autoAssignment": "Auto Assign"}) == OwnershipRules(
        "", True, "Auto Assign"
    )


def test_a_rule_keeps_what_it_is_made_of_and_none_of_the_servers_words() -> None:
    row = {
        "id": "7",
        "name": "Comes back",
        "actionMatch": "any",
        "frequency": 5,
        "dateCreated": "x",
        "createdBy": {},
        "projects": [],
        "conditions": [{"id": "c", "name": "words"}],
        "actions": [{"id": "a", "service": "x", "name": "words"}],
        "filters": [],
    }
    assert shapes.alert_rule(row).body == {
        "name": "Comes back",
        "actionMatch": "any",
        "frequency": 5,
        "conditions": [{"id": "c"}],
        "actions": [{"id": "a", "service": "x"}],
        "filters": [],
    }


@pytest.mark.parametrize(
    ("told", "after", "wrong"),
    [
        ({"resolveAge": 0}, {"resolve_age": 25}, ["resolveAge was sent as 25 and is 0"]),
        ({"resolveAge": None}, {"resolve_age": 0}, []),
        ({"safeFields": ["B", "a"]}, {"safe_fields": ("a", "b")}, []),
        ({"allowedDomains": ["*"]}, {"allowed_domains": ()}, ["allowedDomains was sent as empty and is *"]),
        ({"platform": None}, {"platform": ""}, []),
        ({}, {"name": "x"}, ["name was sent as x and is nothing"]),
    ],
)
def test_what_the_server_holds_otherwise_is_said(
    told: Mapping[str, Any], after: Mapping[str, object], wrong: list[str]
) -> None:
    assert fields.differing(told, after) == wrong


def test_a_body_has_the_servers_names_and_what_it_has_no_place_for_is_refused() -> None:
    after = {"subject_prefix": "[x]", "sensitive_fields": ("a",), "resolve_age": 1}
    wanted = {"subjectPrefix": "[x]", "sensitiveFields": ["a"], "resolveAge": 1}
    assert fields.body_of(after, dialect=Dialect.SENTRY, name="sentry main") == wanted
    assert fields.body_of({"throttle": 3}, dialect=Dialect.GLITCHTIP, name="x") == {"eventThrottleRate": 3}
    for dialect, strange in (
        (Dialect.SENTRY, "throttle"),
        (Dialect.GLITCHTIP, "resolve_age"),
        (Dialect.SENTRY9, "description"),
    ):
        with pytest.raises(Refused, match=f"no {strange}"):
            fields.body_of({strange: 1}, dialect=dialect, name="sentry main")


@pytest.mark.parametrize(
    ("message", "status", "credentials", "cure"),
    [
        ("You cannot remove the only remaining owner of the organization.", 403, False, "somebody else an owner"),
        ("You cannot remove the only remaining owner or manager of the organization.", 403, False, "else an owner"),
        ("User is organization owner. Transfer ownership first.", 400, False, "somebody else an owner"),
        ("Organization must have at least one owner", 422, False, "somebody else an owner"),
        ("This team is managed through your organization's identity provider.", 403, False, "identity provider"),
        ("role: You do not have permission to assign the given role.", 403, False, "a person's token"),
        ("orgRole: You do not have permission to set that org-level role", 400, False, "a person's token"),
        ("You cannot remove a member who has more access than you.", 400, False, "a person's token"),
        ("You do not have permission to edit that user's membership.", 400, False, "a person's token"),
        ("You cannot make changes to your own role.", 400, False, "another owner"),
        ("The role 'admin' is deprecated and may no longer be assigned.", 400, False, "declare another role"),
        ("The user with a 'billing' role cannot have team-level permissions.", 400, False, "take the teams"),
        ("You do not have permission to perform this action.", 403, True, "give the token"),
        ("You are missing the member:admin scope.", 400, True, "give the token"),
        ("Permission denied", 403, True, "give the token"),
        ("Forbidden", 403, True, "give the token"),
        ("", 403, True, "give the token"),
        ("", 400, False, ""),
        ("Enter a valid email address.", 400, False, ""),
    ],
)
def test_a_refusal_means_what_its_words_say(message: str, status: int, credentials: bool, cure: str) -> None:
    found = refusals.meaning(message, status=status)
    assert found.credentials is credentials
    assert cure in found.cure
    assert bool(cure) == bool(found.cure)
