"""Each change is done, was done already, was only asked for, or is refused with the server's words and the cure."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.integrations.sentry.opening import roster_of
from vedette.errors import RateLimited, Refused
from vedette.integrations.sentry import SentryRoster
from vedette.model.changes import (
    Change,
    CreateAlertRule,
    CreateProject,
    CreateTeam,
    DeleteAlertRule,
    DeleteDuplicate,
    DeleteMember,
    DeleteProject,
    DeleteTeam,
    InviteMember,
    JoinTeam,
    LeaveTeam,
    LinkTeam,
    RenameTeam,
    RenewInvitation,
    SetOrganization,
    SetOwnership,
    SetRole,
    SetTeamRole,
    UnlinkTeam,
    UpdateProject,
)
from vedette.model.org import Details, Member, Organization
from vedette.model.plan import Fate
from vedette.ports.access import NotAllowed
from vedette.ports.http import Fence
from vedette.sandbox.sentry import Dialect, SentryStandIn, StandInConfig

JSON = {"content-type": "application/json"}
EVERYTHING = Details(options=None, ownership=None, alert_rules=None)
LIN, NEW, OLD = "Lin@Example.test", "new@example.test", "old@example.test"
PEOPLE: list[dict[str, Any]] = [
    {"email": LIN, "teams": {"checkout": None}},
    {"email": NEW, "pending": True, "teams": ["search"]},
    {"email": OLD, "expired": True},
]
RULE = {
    "actionMatch": "any",
    "filterMatch": "all",
    "frequency": 5,
    "conditions": [{"id": "sentry.rules.conditions.regression_event.RegressionEventCondition"}],
    "actions": [{"id": "sentry.rules.actions.notify_event.NotifyEventAction"}],
    "filters": [],
}


class Town:
    """A stand-in with people, and the roster that changes it."""

    def __init__(self, sentry: SentryStandIn, **changes: Any) -> None:
        self.sentry = sentry
        self.ids: dict[str, list[str]] = sentry.roster(members=PEOPLE)["members"]
        self.roster: SentryRoster = roster_of(sentry, **changes)

    def id(self, email: str) -> str:
        return self.ids[email][0]

    def do(self, change: Change) -> Fate:
        return self.roster.perform(change, fence=Fence.after(20))[0]

    def text(self, change: Change) -> str:
        return self.roster.perform(change, fence=Fence.after(20))[1]

    def look(self) -> Organization:
        return self.roster.read(EVERYTHING, now=datetime.now(UTC), pace=lambda: None)

    def member(self, email: str) -> Member:
        return next(member for member in self.look().members if member.email == email)

    def fails(self, path: str, status: int, body: str = "{}", **more: Any) -> None:
        self.sentry.faults(
            faults=[{"kind": "status", "path": path, "status": status, "body": body, "headers": JSON} | more]
        )


@pytest.fixture
def town(sentry: SentryStandIn) -> Town:
    """One of each dialect."""
    return Town(sentry)


@pytest.fixture
def today(modern: SentryStandIn) -> Town:
    """One of today's Sentry."""
    return Town(modern)


@pytest.fixture
def glitchtip() -> Iterator[Town]:
    """One of GlitchTip."""
    with SentryStandIn(StandInConfig(dialect=Dialect.GLITCHTIP)) as sentry:
        yield Town(sentry)


@pytest.fixture
def nine() -> Iterator[Town]:
    """One of Sentry 9."""
    with SentryStandIn(StandInConfig(dialect=Dialect.SENTRY9)) as sentry:
        yield Town(sentry)


# --- what every dialect can do ---


def test_teams_are_made_and_deleted_and_twice_is_harmless(town: Town) -> None:
    assert town.do(CreateTeam("pay", "")) is Fate.DONE
    assert town.look().team("pay")
    if town.sentry.config.dialect is not Dialect.GLITCHTIP:
        assert town.do(CreateTeam("pay", "")) is Fate.ALREADY
    assert town.do(DeleteTeam("pay")) is Fate.DONE
    assert town.do(DeleteTeam("pay")) is Fate.ALREADY
    assert town.look().team("pay") is None


def test_whoever_makes_a_team_is_not_left_in_it(town: Town) -> None:
    town.do(CreateTeam("pay", ""))
    assert "pay" not in town.member("ada@example.test").teams


def test_projects_are_made_linked_unlinked_and_deleted_and_twice_is_harmless(town: Town) -> None:
    assert town.do(CreateProject("till", "search", "The Till", "go")) is Fate.DONE
    for again in (Fate.DONE, Fate.DONE):
        assert town.do(LinkTeam("till", "checkout")) is again
    till = town.look().project("till")
    assert till is not None
    assert (till.name, till.platform, till.teams) == ("The Till", "go", ("checkout", "search"))
    town.do(UnlinkTeam("till", "search"))
    town.do(UnlinkTeam("till", "search"))
    till = town.look().project("till")
    assert till is not None
    assert till.teams == ("checkout",)
    assert town.do(DeleteProject("till", till.id)) is Fate.DONE
    assert town.do(DeleteProject("till", till.id)) is Fate.ALREADY
    assert town.do(UnlinkTeam("till", "checkout")) is Fate.ALREADY


def test_a_project_without_a_name_is_named_by_its_slug(town: Town) -> None:
    town.do(CreateProject("till", "search"))
    till = town.look().project("till")
    assert till is not None
    assert till.name == "till"


def test_names_and_platforms_are_changed(town: Town) -> None:
    assert town.do(UpdateProject("search", {}, {"name": "Finder", "platform": "rust"})) is Fate.DONE
    assert town.do(UpdateProject("search", {}, {"platform": "zig"})) is Fate.DONE
    found = town.look().project("search")
    assert found is not None
    assert (found.name, found.platform) == ("Finder", "zig")


def test_people_are_invited_with_role_and_teams(town: Town) -> None:
    assert town.do(InviteMember("Zoe@Example.test", "manager", {"checkout": "", "search": ""}, send=False)) is Fate.DONE
    zoe = town.member("Zoe@Example.test")
    assert (zoe.role, zoe.pending, zoe.teams) == ("manager", True, {"checkout": "", "search": ""})


def test_a_role_is_changed_and_the_teams_stay(town: Town) -> None:
    assert town.do(SetRole(town.id(LIN), LIN, "member", "manager")) is Fate.DONE
    lin = town.member(LIN)
    assert (lin.role, set(lin.teams)) == ("manager", {"checkout"})
    assert town.do(SetRole(town.id(LIN), LIN, "member", "manager")) is Fate.ALREADY


def test_members_join_and_leave_teams_one_by_one(town: Town) -> None:
    lin = town.id(LIN)
    assert town.do(JoinTeam(lin, LIN, "search")) is Fate.DONE
    town.do(JoinTeam(lin, LIN, "search"))
    assert set(town.member(LIN).teams) == {"checkout", "search"}
    assert town.do(LeaveTeam(lin, LIN, "checkout")) is Fate.DONE
    town.do(LeaveTeam(lin, LIN, "checkout"))
    assert set(town.member(LIN).teams) == {"search"}


@pytest.mark.parametrize("kind", [DeleteMember, DeleteDuplicate])
def test_members_are_deleted_and_twice_is_harmless(town: Town, kind: type) -> None:
    change = DeleteMember(town.id(NEW), NEW) if kind is DeleteMember else DeleteDuplicate(town.id(NEW), NEW, "1")
    assert [town.do(change), town.do(change)] == [Fate.DONE, Fate.ALREADY]
    assert NEW not in {member.email for member in town.look().members}


def test_the_last_owner_stays_and_the_cure_is_told(town: Town) -> None:
    with pytest.raises(Refused, match="make somebody else an owner"):
        town.do(DeleteMember("1", "ada@example.test"))


def test_an_invitation_is_renewed(town: Town) -> None:
    assert town.do(RenewInvitation(town.id(OLD), OLD)) is Fate.DONE
    assert not town.member(OLD).expired


def test_an_invitation_that_was_taken_meanwhile_is_well(town: Town) -> None:
    town.sentry.roster(accept=[NEW])
    assert town.do(RenewInvitation(town.id(NEW), NEW)) is Fate.ALREADY


def test_a_membership_that_is_gone_is_told(town: Town) -> None:
    for change in (
        SetRole("777", LIN, "member", "manager"),
        JoinTeam("777", LIN, "search"),
        RenewInvitation("777", LIN),
    ):
        with pytest.raises(Refused):
            town.do(change)
    assert town.do(LeaveTeam("777", LIN, "search")) is Fate.ALREADY


# --- today's Sentry ---


def test_a_slug_that_is_taken_is_well_where_it_is_what_was_wanted(today: Town) -> None:
    assert today.do(CreateTeam("search", "Search")) is Fate.ALREADY
    assert today.do(CreateProject("search", "search")) is Fate.ALREADY
    with pytest.raises(Refused, match=r"already exists.*another name"):
        today.do(CreateTeam("search", "Finders"))
    with pytest.raises(Refused, match=r"already exists.*other teams"):
        today.do(CreateProject("search", "checkout"))


def test_a_slug_that_is_taken_is_known_by_the_documented_404_too(today: Town) -> None:
    today.sentry.roster(choices={"team_conflict": 404})
    assert today.do(CreateTeam("search", "Search")) is Fate.ALREADY


def test_a_slug_whose_team_cannot_be_seen_is_not_taken_for_done(today: Town) -> None:
    today.fails("organizations/acme/teams/$", 409, '{"detail": "A team with this slug already exists."}', method="POST")
    with pytest.raises(Refused, match="on its way to be deleted"):
        today.do(CreateTeam("pay"))


def test_a_bad_slug_is_refused_in_the_servers_words(today: Town) -> None:
    with pytest.raises(Refused, match="Enter a valid slug") as refused:
        today.do(CreateTeam("bad slug!"))
    assert "slug" in refused.value.fields


def test_a_team_is_renamed_and_keeps_its_slug(today: Town) -> None:
    assert today.do(RenameTeam("search", "Search", "Finders")) is Fate.DONE
    found = today.look().team("search")
    assert found is not None
    assert found.name == "Finders"


def test_settings_of_the_organisation_are_set(today: Town) -> None:
    for setting in ("open_membership", "join_requests"):
        assert today.do(SetOrganization(setting, True, False)) is Fate.DONE
    found = today.look()
    assert (found.open_membership, found.join_requests) == (False, False)
    with pytest.raises(Refused, match="only open_membership, join_requests"):
        today.do(SetOrganization("sso_required", False, True))


def test_a_project_whose_alerts_are_managed_is_made_without_any(today: Town) -> None:
    today.do(CreateProject("quiet", "search", default_rules=False))
    today.do(CreateProject("usual", "search"))
    found = {project.slug: len(project.alert_rules or ()) for project in today.look().projects}
    assert (found["quiet"], found["usual"]) == (0, 1)


def test_options_are_changed_in_one_call(today: Town) -> None:
    wanted = {
        "subject_prefix": "[search]",
        "sensitive_fields": ("pin", "cvv"),
        "safe_fields": ("id",),
        "resolve_age": 72,
        "allowed_domains": ("a.example.test",),
    }
    assert today.do(UpdateProject("search", {}, wanted)) is Fate.DONE
    found = today.look().project("search")
    assert found is not None
    assert found.options is not None
    assert {name: getattr(found.options, name) for name in wanted} == wanted


def test_a_resolve_age_that_is_silently_dropped_is_told(today: Town) -> None:
    with pytest.raises(Refused, match="resolveAge was sent as 25 and is 0"):
        today.do(UpdateProject("search", {}, {"resolve_age": 25}))


def test_what_a_server_has_no_place_for_is_refused_before_it_is_sent(today: Town) -> None:
    with pytest.raises(Refused, match=r"nothing was sent.*throttle"):
        today.do(UpdateProject("search", {}, {"throttle": 10, "name": "Other"}))
    found = today.look().project("search")
    assert found is not None
    assert found.name == "Search"


def test_ownership_rules_are_set(today: Town) -> None:
    after = {"raw": "path:src/* #search\n", "fallthrough": False, "auto_assignment": "Auto Assign to Issue Owner"}
    assert today.do(SetOwnership("search", {}, after)) is Fate.DONE
    found = today.look().project("search")
    assert found is not None
    assert found.ownership is not None
    assert (found.ownership.raw.strip(), found.ownership.fallthrough) == ("path:src/* #search", False)
    with pytest.raises(Refused, match="Invalid rule owners"):
        today.do(SetOwnership("search", {}, {"raw": "path:src/* #nobody-at-all\n"}))


def test_alert_rules_are_made_once_and_deleted(today: Town) -> None:
    change = CreateAlertRule("search", "Comes back", RULE)
    assert [today.do(change), today.do(change)] == [Fate.DONE, Fate.ALREADY]
    found = today.look().project("search")
    assert found is not None
    assert found.alert_rules is not None
    made = next(rule for rule in found.alert_rules if rule.name == "Comes back")
    gone = DeleteAlertRule("search", made.id, made.name, made.body)
    assert [today.do(gone), today.do(gone)] == [Fate.DONE, Fate.ALREADY]


def test_an_alert_rule_is_made_again_from_what_was_read(today: Town) -> None:
    today.do(CreateAlertRule("search", "Comes back", RULE))
    before = today.look().project("search")
    assert before is not None
    rule = next(each for each in before.alert_rules or () if each.name == "Comes back")
    today.do(DeleteAlertRule("search", rule.id, rule.name, rule.body))
    assert today.do(CreateAlertRule("search", rule.name, rule.body)) is Fate.DONE


def test_a_rule_of_the_same_name_and_another_body_is_made_beside_it(today: Town) -> None:
    today.do(CreateAlertRule("search", "Comes back", RULE))
    assert (
        today.do(CreateAlertRule("search", "Comes back", RULE | {"frequency": 60, "actionMatch": "all"})) is Fate.DONE
    )


def test_roles_in_teams_are_given_after_the_invitation(today: Town) -> None:
    today.do(InviteMember("zoe@example.test", "member", {"checkout": "admin", "search": ""}))
    assert today.member("zoe@example.test").teams == {"checkout": "admin", "search": ""}


@pytest.mark.parametrize("email", ["new@example.test", "NEW@example.test"])
def test_an_address_that_is_invited_already_gets_what_the_invitation_was_to_bring(today: Town, email: str) -> None:
    assert today.do(InviteMember(email, "member", {"search": "admin", "checkout": ""})) is Fate.ALREADY
    assert today.member(NEW).teams == {"search": "admin", "checkout": ""}


def test_an_address_that_has_an_account_is_left_as_it_is(today: Town) -> None:
    assert "as member" in today.text(InviteMember(LIN, "owner", {"search": ""}))
    assert today.member(LIN).teams == {"checkout": ""}


def test_a_duplicate_that_nobody_can_see_is_refused(today: Town) -> None:
    body = '{"email": ["There is an existing invite request for who@example.test"]}'
    today.fails("organizations/acme/members/$", 400, body, method="POST")
    with pytest.raises(Refused, match="answer the request"):
        today.do(InviteMember("who@example.test", "member"))


def test_a_refused_address_is_no_duplicate(today: Town) -> None:
    with pytest.raises(Refused, match="valid email"):
        today.do(InviteMember("nope", "member"))


def test_too_many_invitations_is_a_limit(today: Town) -> None:
    today.sentry.roster(choices={"invitations": 0})
    for change in (InviteMember("zoe@example.test", "member"), RenewInvitation(today.id(OLD), OLD)):
        with pytest.raises(RateLimited, match="too many invitations"):
            today.do(change)


def test_joining_twice_is_told_as_such(today: Town) -> None:
    assert today.do(JoinTeam(today.id(LIN), LIN, "checkout")) is Fate.ALREADY


def test_a_join_that_was_only_asked_for_is_told_as_such(today: Town) -> None:
    today.sentry.roster(choices={"joins_are_requests": True})
    assert today.do(JoinTeam(today.id(LIN), LIN, "search", "admin")) is Fate.ASKED
    assert "search" not in today.member(LIN).teams


def test_roles_in_teams_are_set_and_those_that_the_organisation_gives_are_equal(today: Town) -> None:
    lin = today.id(LIN)
    assert today.do(SetTeamRole(lin, LIN, "checkout", "", "admin")) is Fate.DONE
    assert today.do(JoinTeam(lin, LIN, "search", "admin")) is Fate.DONE
    assert today.member(LIN).teams == {"checkout": "admin", "search": "admin"}
    assert today.do(SetTeamRole(lin, LIN, "checkout", "admin", "")) is Fate.DONE
    today.do(SetRole(lin, LIN, "member", "manager"))
    assert today.do(SetTeamRole(lin, LIN, "checkout", "", "admin")) is Fate.DONE
    assert today.roster.holds(SetTeamRole(lin, LIN, "checkout", "", "admin"))
    assert today.member(LIN).teams == {"checkout": "", "search": ""}


def test_a_team_of_the_identity_provider_is_left_to_it(today: Town) -> None:
    today.sentry.roster(
        teams=[{"slug": "search", "provisioned": True}],
        members=[{"email": "p@example.test", "flags": ["idp:provisioned"]}],
    )
    lin = today.id(LIN)
    provisioned = today.member("p@example.test")
    for change in (
        JoinTeam(lin, LIN, "search"),
        LeaveTeam(today.id(NEW), NEW, "search"),
        DeleteMember(provisioned.id, "p@example.test"),
    ):
        with pytest.raises(Refused, match="change it in the identity provider"):
            today.do(change)


@pytest.mark.parametrize("clears", [True, False])
def test_a_new_role_never_costs_a_team_whatever_the_servers_version(today: Town, clears: bool) -> None:
    today.sentry.roster(choices={"role_clears_teams": clears})
    lin = today.id(LIN)
    today.do(JoinTeam(lin, LIN, "search", "admin"))
    today.do(SetRole(lin, LIN, "member", "owner"))
    today.do(SetRole(lin, LIN, "owner", "member"))
    assert set(today.member(LIN).teams) == {"checkout", "search"}


def test_roles_that_cannot_be_given_are_refused_with_the_cure(today: Town) -> None:
    lin = today.id(LIN)
    with pytest.raises(Refused, match="declare another role"):
        today.do(SetRole(lin, LIN, "member", "admin"))
    with pytest.raises(Refused, match="take the teams"):
        today.do(SetRole(lin, LIN, "member", "billing"))
    with pytest.raises(Refused, match="another owner has to do it"):
        today.do(SetRole("1", "ada@example.test", "owner", "member"))
    assert set(today.member(LIN).teams) == {"checkout"}


def test_roles_above_the_tokens_own_are_refused_with_the_cure(modern: SentryStandIn) -> None:
    today = Town(modern)
    modern.roster(members=[{"email": "man@example.test", "role": "manager"}], caller="man@example.test")
    with pytest.raises(Refused, match="a person's token"):
        today.do(SetRole(today.id(LIN), LIN, "member", "owner"))
    with pytest.raises(Refused, match="a person's token"):
        today.do(DeleteMember("1", "ada@example.test"))


def test_an_integrations_token_gives_no_roles_and_is_told_why() -> None:
    config = StandInConfig(tokens=("stand-in-token",), integration_tokens=("stand-in-token",))
    with SentryStandIn(config) as sentry:
        today = Town(sentry)
        with pytest.raises(Refused, match="a person's token"):
            today.do(SetRole(today.id(LIN), LIN, "member", "manager"))
        with pytest.raises(Refused, match="a person's token"):
            today.do(InviteMember("zoe@example.test", "manager"))
        with pytest.raises(Refused, match="a person's token"):
            today.do(DeleteMember(today.id(LIN), LIN))
        assert today.do(InviteMember("zoe@example.test", "member")) is Fate.DONE
        assert today.do(JoinTeam(today.id(LIN), LIN, "search")) is Fate.DONE


def test_a_refusal_without_a_word_is_that_of_an_integration(today: Town) -> None:
    today.fails("members/[0-9]+/$", 400, "", method="PUT", headers={})
    with pytest.raises(Refused, match="not with an integration's"):
        today.do(SetRole(today.id(LIN), LIN, "member", "manager"))


def test_a_token_without_the_scopes_is_told_which(today: Town) -> None:
    today.sentry.roster(scopes={"stand-in-token": ["org:read", "member:read", "team:read", "project:read"]})
    for change in (
        CreateTeam("pay"),
        UpdateProject("search", {}, {"name": "x"}),
        InviteMember("z@example.test", "member"),
    ):
        with pytest.raises(NotAllowed, match="give the token org:write, member:admin"):
            today.do(change)
    with pytest.raises(NotAllowed, match="member:admin"):
        today.do(DeleteMember(today.id(LIN), LIN))


def test_a_project_or_team_that_came_to_the_slug_later_is_not_deleted(today: Town) -> None:
    with pytest.raises(Refused, match="another than was planned"):
        today.do(DeleteProject("search", "999"))
    with pytest.raises(Refused, match="another than was planned"):
        today.do(DeleteTeam("search", "999"))
    assert today.look().project("search")


def test_the_servers_own_project_is_not_deleted(today: Town) -> None:
    today.sentry.roster(projects=[{"slug": "internal", "internal": True}])
    with pytest.raises(Refused, match="protect it"):
        today.do(DeleteProject("internal"))


def test_a_project_that_was_renamed_is_told_by_its_new_slug(today: Town) -> None:
    body = '{"slug": "finder", "detail": {"code": "resource-moved", "message": "moved", "extra": {"slug": "finder"}}}'
    today.fails("projects/acme/search/$", 302, body)
    with pytest.raises(Exception, match="is finder now") as moved:
        today.do(UpdateProject("search", {}, {"name": "x"}))
    assert type(moved.value).__name__ == "Unavailable"


def test_a_plan_without_roles_in_teams_does_not_pretend(today: Town) -> None:
    today.fails("members/[0-9]+/teams/checkout/$", 200, '{"isActive": true, "teamRole": null}', method="PUT")
    with pytest.raises(Refused, match="no roles in teams"):
        today.do(SetTeamRole(today.id(LIN), LIN, "checkout", "", "admin"))


def test_an_answer_that_names_another_slug_is_told(today: Town) -> None:
    today.fails("organizations/acme/teams/$", 201, '{"slug": "pay-2"}', method="POST")
    with pytest.raises(Refused, match="made the team pay-2"):
        today.do(CreateTeam("pay"))


# --- Sentry 9 ---


def test_an_old_servers_duplicate_is_a_text_and_no_list(nine: Town) -> None:
    assert nine.do(InviteMember(NEW, "member", {"checkout": ""})) is Fate.ALREADY
    assert set(nine.member(NEW).teams) == {"search", "checkout"}


def test_an_old_server_always_writes_to_whom_it_invites_and_that_is_told(nine: Town) -> None:
    assert "writes to everybody" in nine.text(InviteMember("zoe@example.test", "member", send=False))


def test_an_old_server_has_no_roles_in_teams(nine: Town) -> None:
    for change in (
        SetTeamRole(nine.id(LIN), LIN, "checkout", "", "admin"),
        JoinTeam(nine.id(LIN), LIN, "search", "admin"),
    ):
        with pytest.raises(Refused, match="lacks team roles"):
            nine.do(change)


def test_an_old_server_gives_every_project_a_rule_which_is_taken_away(nine: Town) -> None:
    nine.do(CreateProject("quiet", "search", default_rules=False))
    found = nine.look().project("quiet")
    assert found is not None
    assert found.alert_rules == ()


# --- GlitchTip ---


def test_a_slug_that_glitchtip_changed_is_told_and_nothing_is_deleted(glitchtip: Town) -> None:
    with pytest.raises(Refused, match=r"made the project search-2 instead of search.*delete search-2 by hand"):
        glitchtip.do(CreateProject("search", "search"))
    assert glitchtip.look().project("search-2")


def test_what_glitchtip_lacks_is_refused_without_a_call(glitchtip: Town) -> None:
    glitchtip.fails("", 500)
    lacking: tuple[Change, ...] = (
        RenameTeam("search", "", "Finders"),
        SetOwnership("search", {}, {"raw": ""}),
        CreateAlertRule("search", "x", RULE),
        DeleteAlertRule("search", "1", "x"),
        SetTeamRole("1", LIN, "search", "", "admin"),
        SetOrganization("open_membership", True, False),
        UpdateProject("search", {}, {"resolve_age": 24}),
    )
    for change in lacking:
        with pytest.raises(Refused, match="nothing was sent"):
            glitchtip.do(change)


def test_glitchtip_throttles_projects(glitchtip: Town) -> None:
    assert glitchtip.do(UpdateProject("search", {}, {"throttle": 30})) is Fate.DONE
    found = glitchtip.look().project("search")
    assert found is not None
    assert found.options is not None
    assert found.options.throttle == 30


def test_glitchtip_invites_again_and_keeps_the_role_which_is_told_where_it_is_another(glitchtip: Town) -> None:
    with pytest.raises(Refused, match="as member"):
        glitchtip.do(InviteMember(NEW, "owner"))
    assert glitchtip.do(InviteMember(LIN, "member")) is Fate.ALREADY
    assert glitchtip.do(RenewInvitation(glitchtip.id(NEW), NEW)) is Fate.DONE
    new = glitchtip.member(NEW)
    assert (new.role, new.teams) == ("member", {"search": ""})
