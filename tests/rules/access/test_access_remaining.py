"""What is left of a reviewed plan when changes in the middle failed: never more than was reviewed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.rules.access.world import FRESH, NOW, World
from vedette.model.access import AccessSettings, DeclaredProject, DeclaredRole, DeclaredTeam, Person
from vedette.model.changes import (
    Change,
    CreateProject,
    DeleteDuplicate,
    DeleteMember,
    DeleteProject,
    DeleteTeam,
    InviteMember,
    JoinTeam,
    SetTeamRole,
    UpdateProject,
)
from vedette.model.org import Member, OrgRole, Project, Team, TeamRole
from vedette.model.plan import OrganizationPlan, Plan
from vedette.rules.access.planning import plan_for, plan_of
from vedette.rules.access.remaining import extra
from vedette.rules.access.resolving import Known, desired_for
from vedette.rules.access.scene import Orders, Sightings


def left(now: Change, *reviewed: Change) -> bool:
    """Whether a plan of that one change is what is left of the reviewed changes."""
    return not extra(_plan(now), _plan(*reviewed))


def _plan(*changes: Change) -> Plan:
    return plan_of([OrganizationPlan("main", "acme", changes)])


GONE = DeleteTeam("ants", "1")
ADMIN = {"bees": "", "ants": "admin"}


@pytest.mark.parametrize(
    ("reviewed", "now"),
    [
        (DeleteMember("5", "bo@acme.test", "member", ADMIN), DeleteMember("5", "bo@acme.test", "member", {"bees": ""})),
        (
            DeleteDuplicate("5", "bo@acme.test", "4", "member", ADMIN),
            DeleteDuplicate("5", "bo@acme.test", "4", "member", {"bees": ""}),
        ),
        (DeleteProject("shop", "7", ("ants", "bees")), DeleteProject("shop", "7", ("bees",))),
    ],
    ids=lambda change: type(change).__name__,
)
def test_a_deletion_is_the_reviewed_one_less_the_teams_that_went_before_it(
    reviewed: DeleteMember | DeleteDuplicate | DeleteProject, now: Change
) -> None:
    assert left(now, reviewed, GONE)
    assert not left(now, reviewed), "somebody else took the team away"
    assert not left(reviewed, now, GONE), "it has come into a team since"


@pytest.mark.parametrize(
    "now",
    [
        DeleteMember("6", "bo@acme.test", "member", {"bees": ""}),
        DeleteMember("5", "bo@acme.test", "admin", {"bees": ""}),
        DeleteMember("5", "bo@acme.test", "member", {}),
        DeleteDuplicate("5", "bo@acme.test", "4", "member", {"bees": ""}),
    ],
)
def test_another_account_role_team_or_kind_of_deletion_was_not_reviewed(now: Change) -> None:
    assert not left(now, DeleteMember("5", "bo@acme.test", "member", ADMIN), GONE)


def test_the_role_in_a_team_is_what_is_left_of_joining_it() -> None:
    reviewed = JoinTeam("5", "bo@acme.test", "ants", "admin")
    assert left(SetTeamRole("5", "bo@acme.test", "ants", "", "admin"), reviewed)
    assert not left(SetTeamRole("5", "bo@acme.test", "ants", "admin", ""), reviewed)
    assert not left(SetTeamRole("5", "bo@acme.test", "bees", "", "admin"), reviewed)
    assert not left(SetTeamRole("6", "bo@acme.test", "ants", "", "admin"), reviewed)


def test_a_team_and_its_role_are_what_is_left_of_an_invitation() -> None:
    reviewed = InviteMember("Bo@acme.test", "member", {"ants": "admin"})
    assert left(JoinTeam("5", "bo@acme.test", "ants", "admin"), reviewed)
    assert left(SetTeamRole("5", "bo@acme.test", "ants", "", "admin"), reviewed)
    assert not left(JoinTeam("5", "bo@acme.test", "ants", ""), reviewed)
    assert not left(JoinTeam("5", "eve@acme.test", "ants", "admin"), reviewed)


ACCESS = AccessSettings(
    instances=("main",),
    teams={"bees": DeclaredTeam("bees")},
    projects={"shop": DeclaredProject("shop", ("bees",), throttle=50, subject_prefix="[Shop]")},
    roles={"dev": DeclaredRole("dev", OrgRole.MEMBER, {"bees": TeamRole.ADMIN})},
    people={"anna": Person("anna", "anna@acme.test", roles=("dev",))},
)
ORDERS = Orders(delete_projects=frozenset({"till"}), delete_teams=frozenset({"ants"}), allow_deletions=True)

SEEN = Sightings({"6": NOW - timedelta(days=9)}, {"6": 1})


def planned(world: World) -> OrganizationPlan:
    desired = desired_for(ACCESS, instance="main", known=Known(), now=NOW)
    return plan_for(desired, world.read(), access=ACCESS, now=NOW, orders=ORDERS, sightings=SEEN)


def town() -> World:
    """An admin who is to be a member, somebody who is to go, a project too, the only one, which has no throttle."""
    till = Project("till", "p1", "till", "", ("ants", "bees"), options=FRESH, alert_rules=())
    anna = Member("5", "anna@acme.test", role="admin", user_id="u5")
    bo = Member("6", "bo@acme.test", user_id="u6", teams={"ants": "admin", "bees": ""})
    return World({"5": anna, "6": bo}, {slug: Team(slug, slug, slug) for slug in ("ants", "bees")}, {"till": till})


@pytest.mark.parametrize("failing", range(7))
def test_whichever_change_fails_the_next_plan_holds_nothing_new(failing: int) -> None:
    world = town()
    reviewed = planned(world)
    assert len(reviewed.changes) == 7
    for at, change in enumerate(reviewed.changes):
        needs_shop = isinstance(reviewed.changes[failing], CreateProject) and isinstance(change, UpdateProject)
        if at != failing and not needs_shop:
            world.apply(change)
    now = planned(world)
    assert now.changes
    assert extra(plan_of([now]), plan_of([reviewed])) == ()
    world.apply(*now.changes)
    assert planned(world).changes == ()


def test_a_project_that_is_to_go_does_not_tell_what_the_server_has_and_one_that_stays_does() -> None:
    world = town()
    (change,) = [each for each in planned(world).changes if isinstance(each, UpdateProject)]
    assert change.after == {"throttle": 50, "subject_prefix": "[Shop]"}
    world.projects["yard"] = replace(world.projects["till"], slug="yard")
    (change,) = [each for each in planned(world).changes if isinstance(each, UpdateProject)]
    assert change.after == {"subject_prefix": "[Shop]"}
