"""What of each inverse change there is left to do in an organisation as it is now."""

import pytest

from tests.rules.access.world import NOW
from vedette.model.changes import (
    ORDER,
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
from vedette.model.org import AlertRule, Member, Organization, OwnershipRules, Project, ProjectOptions, Team
from vedette.model.plan import Hold, Withheld
from vedette.rules.access.still import Now, still

BO, EVE = "bo@acme.test", "eve@acme.test"
OPTIONS = ProjectOptions("[Shop]", ("card", "pin"), (), 24, None, None)
HERE = Organization(
    "main",
    "acme",
    NOW,
    members=(
        Member("7", BO, teams={"ants": "admin"}, user_id="u7"),
        Member("8", EVE, pending=True, expired=True),
        Member("9", "TWO@acme.test"),
        Member("10", "two@acme.test"),
    ),
    teams=(Team("ants", "t1", "Ants"), Team("bees", "t2", "Bees")),
    projects=(
        Project(
            "shop",
            "p1",
            "Shop",
            "python",
            ("ants",),
            options=OPTIONS,
            ownership=OwnershipRules("path:a #ants", True, "x"),
            alert_rules=(AlertRule("4", "all", {"frequency": 5, "id": 4}), AlertRule("10", "all", {"frequency": 5})),
        ),
        Project("till", "p2"),
    ),
    open_membership=True,
)

SO_ALREADY: tuple[Change, ...] = (
    SetOrganization("open_membership", False, True),
    CreateTeam("ants"),
    RenameTeam("ants", "old", "Ants"),
    CreateProject("shop", "ants"),
    LinkTeam("shop", "ants"),
    UpdateProject("shop", {"resolve_age": 0}, {"resolve_age": 24, "sensitive_fields": ("pin", "card")}),
    SetOwnership("shop", {"raw": ""}, {"raw": "path:a #ants  \n"}),
    CreateAlertRule("shop", "all", {"frequency": 5}),
    InviteMember(BO.upper(), "owner"),
    RenewInvitation("7", BO),
    SetRole("7", BO, "owner", "member"),
    JoinTeam("7", BO, "ants", "admin"),
    SetTeamRole("7", BO, "ants", "", "admin"),
    DeleteAlertRule("shop", "", "all", {"frequency": 60}),
    DeleteAlertRule("gone", "", "all"),
    UnlinkTeam("shop", "bees"),
    UnlinkTeam("gone", "bees"),
    LeaveTeam("7", BO, "bees"),
    LeaveTeam("77", BO, "ants"),
    DeleteDuplicate("77", BO, "7"),
    DeleteMember("", "nobody@acme.test"),
    DeleteMember("77", BO),
    DeleteProject("gone"),
    DeleteTeam("gone"),
)

LEFT: tuple[tuple[Change, Change], ...] = (
    (SetOrganization("open_membership", True, False), SetOrganization("open_membership", True, False)),
    (CreateTeam("cats"), CreateTeam("cats")),
    (RenameTeam("ants", "Ants", "ants"), RenameTeam("ants", "Ants", "ants")),
    (
        RenameTeam("ants", "Emmets", "ants", "why"),
        RenameTeam("ants", "Ants", "ants", "why; somebody has changed it since"),
    ),
    (CreateProject("yard", "ants"), CreateProject("yard", "ants")),
    (LinkTeam("shop", "bees"), LinkTeam("shop", "bees")),
    (
        UpdateProject("shop", {"resolve_age": 24, "name": "New"}, {"resolve_age": 0, "name": "Shop"}),
        UpdateProject("shop", {"resolve_age": 24}, {"resolve_age": 0}),
    ),
    (
        SetOwnership("shop", {"raw": "path:a #ants", "fallthrough": False}, {"raw": "", "fallthrough": True}),
        SetOwnership("shop", {"raw": "path:a #ants"}, {"raw": ""}),
    ),
    (CreateAlertRule("shop", "some", {"frequency": 5}), CreateAlertRule("shop", "some", {"frequency": 5})),
    (InviteMember("new@acme.test", "member"), InviteMember("new@acme.test", "member")),
    (RenewInvitation("8", EVE), RenewInvitation("8", EVE)),
    (SetRole("7", BO, "member", "owner"), SetRole("7", BO, "member", "owner")),
    (SetRole("7", BO, "admin", "owner"), SetRole("7", BO, "member", "owner", "; somebody has changed it since")),
    (JoinTeam("7", BO, "bees"), JoinTeam("7", BO, "bees")),
    (JoinTeam("7", BO, "ants"), SetTeamRole("7", BO, "ants", "admin", "")),
    (SetTeamRole("7", BO, "ants", "", ""), SetTeamRole("7", BO, "ants", "admin", "")),
    (DeleteAlertRule("shop", "", "all"), DeleteAlertRule("shop", "10", "all", {"frequency": 5})),
    (UnlinkTeam("shop", "ants"), UnlinkTeam("shop", "ants")),
    (LeaveTeam("7", BO, "ants"), LeaveTeam("7", BO, "ants", "admin")),
    (DeleteDuplicate("8", EVE, "7"), DeleteDuplicate("8", EVE, "7", "member")),
    (DeleteMember("", EVE.upper()), DeleteMember("8", EVE.upper(), "member")),
    (
        DeleteMember("7", BO, "owner"),
        DeleteMember("7", BO, "member", {"ants": "admin"}, "; somebody has come in by it since"),
    ),
    (DeleteProject("shop", "", ("bees",)), DeleteProject("shop", "p1", ("ants",))),
    (DeleteTeam("ants"), DeleteTeam("ants", "t1")),
)

HELD: tuple[tuple[Change, Hold], ...] = (
    (SetOrganization("join_requests", True, False), Hold.NOT_THERE),
    (RenameTeam("gone", "a", "b"), Hold.NOT_THERE),
    (UpdateProject("gone", {}, {"name": "x"}), Hold.NOT_THERE),
    (UpdateProject("till", {}, {"resolve_age": 24}), Hold.NOT_THERE),
    (SetOwnership("till", {}, {"raw": ""}), Hold.NOT_THERE),
    (CreateAlertRule("gone", "all"), Hold.NOT_THERE),
    (CreateAlertRule("till", "all"), Hold.NOT_THERE),
    (DeleteAlertRule("till", "", "all"), Hold.NOT_THERE),
    (RenewInvitation("77", BO), Hold.NOT_THERE),
    (SetRole("77", BO, "member", "owner"), Hold.NOT_THERE),
    (JoinTeam("77", BO, "ants"), Hold.NOT_THERE),
    (SetTeamRole("7", BO, "bees", "", "admin"), Hold.NOT_THERE),
    (DeleteDuplicate("7", BO, "8"), Hold.AMBIGUOUS),
    (DeleteMember("", "two@acme.test"), Hold.AMBIGUOUS),
)


@pytest.mark.parametrize("change", SO_ALREADY, ids=lambda each: type(each).__name__)
def test_what_is_so_already_is_left_out(change: Change) -> None:
    assert still(change, Now(HERE)) == ()


@pytest.mark.parametrize(("change", "left"), LEFT, ids=lambda each: type(each).__name__)
def test_what_is_left_has_the_ids_and_values_of_now(change: Change, left: Change) -> None:
    assert still(change, Now(HERE)) == (left,)


@pytest.mark.parametrize(("change", "hold"), HELD, ids=str)
def test_what_it_was_about_and_is_gone_is_told(change: Change, hold: Hold) -> None:
    (left,) = still(change, Now(HERE))
    assert isinstance(left, Withheld)
    assert (left.hold, left.change) == (hold, change)


def test_every_kind_of_change_is_in_the_tables() -> None:
    assert {type(each) for each in SO_ALREADY} == set(ORDER)
    assert {type(each) for each, _ in LEFT} == set(ORDER)


def test_a_role_in_a_team_that_the_role_in_the_organisation_hides_is_as_it_should_be() -> None:
    change = SetTeamRole("7", BO, "ants", "admin", "")
    assert still(change, Now(HERE, roles={"7": "owner"})) == ()


def test_of_alert_rules_that_are_alike_those_of_before_the_run_stay() -> None:
    before = {"shop": (AlertRule("4", "all", {"frequency": 5}),)}
    change = DeleteAlertRule("shop", "", "all", {"frequency": 5})
    (left,) = still(change, Now(HERE, rules=before))
    assert isinstance(left, DeleteAlertRule)
    assert left.id == "10"
    both = {"shop": (*before["shop"], AlertRule("5", "all", {"frequency": 5}))}
    assert still(change, Now(HERE, rules=both)) == ()
    assert still(change, Now(HERE, rules=before, going=frozenset({"10"}))) == ()


def test_a_rule_of_which_there_were_more_is_not_made_a_second_time() -> None:
    rule = AlertRule("1", "all", {"frequency": 5})
    (left,) = still(CreateAlertRule("shop", "all", {"frequency": 5}), Now(HERE, rules={"shop": (rule, rule, rule)}))
    assert isinstance(left, Withheld)
    assert left.hold is Hold.AMBIGUOUS
