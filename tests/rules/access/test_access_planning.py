"""A plan: first in small stories."""

from datetime import timedelta

from tests.rules.access.world import NOW, World
from vedette.model.access import AccessSettings, DeclaredProject, DeclaredRole, DeclaredTeam, Person
from vedette.model.changes import CreateProject, CreateTeam, DeleteMember, InviteMember, JoinTeam, LinkTeam
from vedette.model.org import Member, OrgRole
from vedette.model.plan import Hold, OrganizationPlan
from vedette.rules.access.planning import plan_for, plan_of, sightings_after
from vedette.rules.access.resolving import Known, desired_for
from vedette.rules.access.scene import Sightings

ACCESS = AccessSettings(
    instances=("main",),
    teams={"backend": DeclaredTeam("backend"), "web": DeclaredTeam("web", "Web")},
    projects={"shop": DeclaredProject("shop", ("backend", "web"), platform="python")},
    roles={"dev": DeclaredRole("dev", OrgRole.MEMBER, {"backend": None})},
    people={"anna": Person("anna", "anna@acme.test", roles=("dev",))},
)


def planned(world: World, access: AccessSettings = ACCESS, sightings: Sightings | None = None) -> OrganizationPlan:
    desired = desired_for(access, instance="main", known=Known(), now=NOW)
    return plan_for(desired, world.read(), access=access, now=NOW, sightings=sightings)


def test_an_empty_organisation_is_built_in_one_plan_and_a_second_plan_is_empty() -> None:
    world = World()
    plan = planned(world)
    assert [type(change) for change in plan.changes] == [CreateTeam, CreateTeam, CreateProject, LinkTeam, InviteMember]
    world.apply(*plan.changes)
    assert planned(world).empty


def test_an_account_that_nobody_declared_goes_only_after_the_grace_seen_by_two_plans() -> None:
    world = World({"7": Member("7", "bo@acme.test", user_id="3")})
    first = planned(world)
    assert [(each.hold, type(each.change)) for each in first.withheld] == [(Hold.GRACE, DeleteMember)]
    seen = sightings_after(first, Sightings(), now=NOW - timedelta(days=8))
    assert DeleteMember in {type(change) for change in planned(world, sightings=seen).changes}


def test_the_address_finds_an_account_whatever_its_case() -> None:
    world = World({"7": Member("7", "Anna@ACME.test", user_id="3")})
    world.apply(*planned(World()).changes[:2])
    assert [change for change in planned(world).changes if isinstance(change, (InviteMember, JoinTeam))] == [
        JoinTeam("7", "Anna@ACME.test", "backend", "", "anna has dev (member)")
    ]


def test_the_checksum_is_that_of_the_changes() -> None:
    part = planned(World())
    assert plan_of([part]).checksum == plan_of([planned(World())]).checksum
    assert plan_of([part]).checksum != plan_of([OrganizationPlan("main", "acme")]).checksum
