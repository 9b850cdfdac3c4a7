"""Who is in the organisation: invited, changed and removed as Sentry does it, and refused what it refuses."""

from typing import Any

import httpx2
import pytest

from vedette.sandbox.sentry import SentryStandIn

MEMBERS = "/api/0/organizations/acme/members/"
ADMIN_OF_CHECKOUT = [{"teamSlug": "checkout", "role": "admin"}]


def number(sentry: SentryStandIn, email: str, place: int = 0) -> str:
    """The id of a member, by address."""
    return str(sentry.roster()["members"][email][place])


def seeded(sentry: SentryStandIn, email: str = "lin@example.test", **words: Any) -> str:
    """The address of a member that the control door made."""
    sentry.roster(members=[{"email": email, **words}])
    return f"{MEMBERS}{number(sentry, email, -1)}/"


def told(call: httpx2.Client, path: str, body: Any, method: str = "PUT") -> tuple[int, Any]:
    """Status and body of a change."""
    answer = call.request(method, path, json=body)
    return answer.status_code, answer.json() if answer.content else None


def test_an_invitation_is_listed_without_a_user_and_shown_alone_with_an_empty_one(call: httpx2.Client) -> None:
    status, made = told(call, MEMBERS, {"email": "new@example.test", "teamRoles": ADMIN_OF_CHECKOUT}, "POST")
    assert (status, made["pending"], made["user"], made["orgRole"]) == (201, True, None, "member")
    assert call.get(MEMBERS).json()[-1]["user"] is None
    alone = call.get(f"{MEMBERS}{made['id']}/").json()
    assert alone["user"] == {}
    assert alone["invite_link"].count(f"/accept/{made['id']}/") == 1


def test_an_invitation_gives_teams_but_no_team_roles(call: httpx2.Client) -> None:
    _, made = told(call, MEMBERS, {"email": "new@example.test", "teamRoles": ADMIN_OF_CHECKOUT}, "POST")
    assert call.get(f"{MEMBERS}{made['id']}/").json()["teamRoles"] == [{"teamSlug": "checkout", "role": None}]


def test_an_invitation_in_the_old_names_is_the_same(call: httpx2.Client) -> None:
    _, made = told(call, MEMBERS, {"email": "new@example.test", "role": "manager", "teams": ["search"]}, "POST")
    alone = call.get(f"{MEMBERS}{made['id']}/").json()
    assert (alone["role"], alone["teams"]) == ("manager", ["search"])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"email": "ada@example.test"}, {"email": ["The user ada@example.test is already a member"]}),
        ({"email": "ADA@example.test"}, {"email": ["The user ADA@example.test is already a member"]}),
        (
            {"email": "nope", "role": "king"},
            {"email": ["Enter a valid email address."] * 2, "role": ['"king" is not a valid choice.']},
        ),
        ({"orgRole": "member"}, {"email": ["This field is required."]}),
        ({"email": "x@example.test", "teams": ["ghosts"]}, {"teams": ["Invalid teams"]}),
        (
            {"email": "x@example.test", "teamRoles": [{"teamSlug": "search", "role": "king"}]},
            {"teamRoles": ["Invalid team-role"]},
        ),
        (
            {"email": "x@example.test", "orgRole": "admin"},
            {"orgRole": ["The role 'admin' is deprecated and may no longer be assigned."]},
        ),
        (
            {"email": "x@example.test", "orgRole": "billing", "teams": ["search"]},
            {"email": "The user with a 'billing' role cannot have team-level permissions."},
        ),
    ],
)
def test_a_wrong_invitation_is_refused_field_by_field(call: httpx2.Client, body: Any, said: Any) -> None:
    before = len(call.get(MEMBERS).json())
    assert told(call, MEMBERS, body, "POST") == (400, said)
    assert len(call.get(MEMBERS).json()) == before


def test_new_roles_and_teams_replace_the_old_ones(sentry: SentryStandIn, call: httpx2.Client) -> None:
    lin = seeded(sentry, teams=["checkout", "search"])
    _, changed = told(call, lin, {"orgRole": "manager", "teamRoles": [{"teamSlug": "partners", "role": None}]})
    assert (changed["orgRole"], changed["teams"]) == ("manager", ["partners"])


@pytest.mark.parametrize(
    ("choices", "body", "left"),
    [
        ({}, {"orgRole": "manager"}, []),
        ({"role_clears_teams": False}, {"orgRole": "manager"}, ["checkout"]),
        ({}, {"role": "manager"}, ["checkout"]),
        ({}, {"teamRoles": []}, []),
    ],
)
def test_a_new_role_without_teams_empties_them_where_the_server_is_of_2026(
    sentry: SentryStandIn, call: httpx2.Client, choices: Any, body: Any, left: list[str]
) -> None:
    lin = seeded(sentry, teams=["checkout"])
    sentry.roster(choices=choices)
    assert told(call, lin, body)[1]["teams"] == left


def test_a_team_role_that_a_change_names_is_kept_unless_the_role_brings_it_along(
    sentry: SentryStandIn, call: httpx2.Client
) -> None:
    lin = seeded(sentry)
    for role, kept in (("member", "admin"), ("manager", None)):
        _, changed = told(call, lin, {"orgRole": role, "teamRoles": ADMIN_OF_CHECKOUT})
        assert changed["teamRoles"] == [{"teamSlug": "checkout", "role": kept}]
    _, changed = told(call, lin, {"orgRole": "member", "teamRoles": [{"teamSlug": "checkout", "role": "contributor"}]})
    assert changed["teamRoles"] == [{"teamSlug": "checkout", "role": "contributor"}]


@pytest.mark.parametrize(
    ("words", "body", "status", "said"),
    [
        ({"pending": True}, {"reinvite": True}, 200, None),
        ({"pending": True}, {"reinvite": True, "orgRole": "owner"}, 403, "Separate requests are required."),
        ({"expired": True}, {"reinvite": True}, 400, "without regenerating the token"),
        ({"expired": True}, {"reinvite": True, "regenerate": True}, 200, None),
        ({}, {"reinvite": True}, 400, "already a full member"),
        ({"teams": ["search"]}, {"orgRole": "billing", "teamRoles": ADMIN_OF_CHECKOUT}, 400, "team-level permissions"),
        ({}, {"orgRole": "admin"}, 400, "is deprecated"),
        ({"flags": ["partnership:restricted"]}, {"orgRole": "owner"}, 403, "active partnership"),
    ],
)
def test_a_member_is_changed_or_the_change_refused_with_a_reason(
    sentry: SentryStandIn, call: httpx2.Client, words: Any, body: Any, status: int, said: str | None
) -> None:
    got, answer = told(call, seeded(sentry, **words), body)
    assert got == status
    assert said is None or said in answer["detail"]


def test_a_second_letter_with_a_new_token_is_good_again(sentry: SentryStandIn, call: httpx2.Client) -> None:
    old = seeded(sentry, "old@example.test", expired=True)
    before = call.get(old).json()
    _, after = told(call, old, {"reinvite": True, "regenerate": True})
    assert (before["expired"], after["expired"]) == (True, False)
    assert before["invite_link"] != after["invite_link"]


def test_too_many_invitations_are_limited_and_nothing_is_made(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.roster(choices={"invitations": 1})
    assert told(call, MEMBERS, {"email": "one@example.test"}, "POST")[0] == 201
    limited = (429, {"detail": "You are being rate limited for too many invitations."})
    assert told(call, MEMBERS, {"email": "two@example.test"}, "POST") == limited
    assert "two@example.test" not in sentry.roster()["members"]


def test_nobody_changes_their_own_role(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.roster(members=[{"email": "second@example.test", "role": "owner"}])
    said = (400, {"detail": "You cannot make changes to your own role."})
    assert told(call, f"{MEMBERS}me/", {"orgRole": "member", "teamRoles": []}) == said


def test_a_manager_gives_and_takes_no_role_above_their_own(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.roster(members=[{"email": "boss@example.test", "role": "manager"}], caller="boss@example.test")
    lin = seeded(sentry)
    status, said = told(call, lin, {"orgRole": "owner", "teamRoles": []})
    assert (status, said) == (400, {"orgRole": ["You do not have permission to set that org-level role"]})
    status, said = told(call, f"{MEMBERS}1/", {"orgRole": "member", "teamRoles": []})
    assert (status, list(said)) == (403, ["role"])
    assert call.delete(f"{MEMBERS}1/").json() == {"detail": "You cannot remove a member who has more access than you."}


def test_the_last_owner_stays_and_a_second_one_may_go(sentry: SentryStandIn, call: httpx2.Client) -> None:
    said = {"detail": "You cannot remove the only remaining owner of the organization."}
    assert told(call, f"{MEMBERS}1/", None, "DELETE") == (403, said)
    second = seeded(sentry, role="owner")
    assert call.get(second).json()["isOnlyOwner"] is False
    assert call.delete(second).status_code == 204
    assert call.get(second).status_code == 404


def test_whom_the_identity_provider_manages_is_not_removed(sentry: SentryStandIn, call: httpx2.Client) -> None:
    lin = seeded(sentry, flags=["idp:provisioned"])
    assert call.delete(lin).status_code == 403
    assert call.get(lin).json()["flags"]["idp:provisioned"] is True


def test_with_a_person_go_the_invitations_that_they_sent(sentry: SentryStandIn, call: httpx2.Client) -> None:
    lin = seeded(sentry)
    seeded(sentry, "guest@example.test", pending=True, inviter="lin@example.test")
    assert call.delete(lin).status_code == 204
    assert [row["email"] for row in call.get(MEMBERS).json()] == ["ada@example.test", "tor@example.test"]


def test_logging_in_by_sso_makes_an_account_beside_the_invitation(sentry: SentryStandIn, call: httpx2.Client) -> None:
    seeded(sentry, "new@example.test", pending=True)
    sentry.roster(ssoLogins=["new@example.test"])
    sentry.roster(ssoLogins=["new@example.test"])
    rows = [row for row in call.get(MEMBERS).json() if row["email"] == "new@example.test"]
    assert [(row["pending"], row["flags"]["sso:linked"]) for row in rows] == [(True, False), (False, True)]


def test_an_accepted_invitation_is_a_person_of_the_same_number(sentry: SentryStandIn, call: httpx2.Client) -> None:
    new = seeded(sentry, "new@example.test", pending=True)
    sentry.roster(accept=["new@example.test"])
    alone = call.get(new).json()
    assert (alone["pending"], alone["user"]["email"], alone["invite_link"]) == (False, "new@example.test", None)


def test_an_order_for_nobody_is_refused_with_the_name(sentry: SentryStandIn) -> None:
    with pytest.raises(RuntimeError, match=r"ghost@example\.test"):
        sentry.roster(expire=["ghost@example.test"])
    with pytest.raises(RuntimeError, match="open_doors"):
        sentry.roster(choices={"open_doors": True})


def test_members_come_in_pages_of_a_hundred(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.roster(members=[{"email": f"p{each}@example.test"} for each in range(203)])
    first = call.get(MEMBERS)
    assert len(first.json()) == 100
    assert 'rel="previous"; results="false"; cursor="100:-1:1"' in first.headers["Link"]
    assert 'rel="next"; results="true"; cursor="100:1:0"' in first.headers["Link"]
    last = call.get(MEMBERS, params={"cursor": "100:2:0"})
    assert [row["email"] for row in last.json()][-1] == "p202@example.test"
    assert 'rel="next"; results="false"' in last.headers["Link"]


def test_the_last_page_may_promise_one_more_that_is_empty(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.faults(hollow_pages=True)
    assert 'rel="next"; results="true"; cursor="100:1:0"' in call.get(MEMBERS).headers["Link"]
    last = call.get(MEMBERS, params={"cursor": "100:1:0"})
    assert (last.json(), 'rel="next"; results="false"' in last.headers["Link"]) == ([], True)


def test_an_account_may_have_more_addresses_than_one(sentry: SentryStandIn, call: httpx2.Client) -> None:
    lin = call.get(seeded(sentry, otherEmails=["lin@private.test"], lastLogin="2031-01-01T00:00:00Z")).json()["user"]
    assert [each["email"] for each in lin["emails"]] == ["lin@example.test", "lin@private.test"]
    assert (lin["lastLogin"], lin["lastActive"]) == ("2031-01-01T00:00:00.000000Z", None)


def test_a_query_finds_members_by_address_role_and_standing(sentry: SentryStandIn, call: httpx2.Client) -> None:
    seeded(sentry, "new@example.test", pending=True)
    for query, found in (("email:TOR@example.test", 1), ("role:owner", 1), ("isInvited:true", 1), ("example", 3)):
        assert len(call.get(MEMBERS, params={"query": query}).json()) == found


@pytest.mark.parametrize(
    ("path", "method", "body"),
    [
        ("/api/0/organizations/acme/members/", "POST", {"email": "new@example.test"}),
        ("/api/0/organizations/acme/members/2/teams/search/", "POST", None),
        ("/api/0/organizations/acme/teams/", "POST", {"slug": "pay"}),
        ("/api/0/teams/acme/search/projects/", "POST", {"name": "Till"}),
        ("/api/0/projects/acme/search/", "PUT", {"name": "Find"}),
        ("/api/0/organizations/acme/", "PUT", {"openMembership": False}),
    ],
)
def test_an_answer_that_is_lost_after_the_work_leaves_the_work_done(
    sentry: SentryStandIn, call: httpx2.Client, path: str, method: str, body: Any
) -> None:
    before = look(call)
    sentry.faults(faults=[{"kind": "hang_after", "times": 1, "seconds": 0.2}])
    with pytest.raises(httpx2.TransportError):
        call.request(method, path, json=body, timeout=0.15)
    assert look(call) != before


def look(call: httpx2.Client) -> list[Any]:
    """The organisation as a planner reads it."""
    around = "/api/0/organizations/acme/"
    parts = [call.get(f"{around}{part}").json() for part in ("", "members/", "teams/", "projects/")]
    return [*parts, call.get("/api/0/teams/acme/search/members/").json()]
