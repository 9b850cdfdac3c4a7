"""Guards: how much may go at once, and how much less may be declared than before."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.rules.access.world import NOW, World
from vedette.model.access import AccessSettings, DeclaredProject, DeclaredRole, DeclaredTeam, Guards, Managed, Person
from vedette.model.changes import DeleteMember
from vedette.model.org import Member, OrgRole, Project, Team
from vedette.model.plan import OrganizationPlan
from vedette.rules.access.guards import counts_after, counts_of
from vedette.rules.access.planning import plan_for
from vedette.rules.access.resolving import Desired, Known, desired_for
from vedette.rules.access.scene import Orders, Sightings

ACCESS = AccessSettings(
    teams={"ants": DeclaredTeam("ants")},
    projects={"shop": DeclaredProject("shop", ("ants",))},
    roles={"dev": DeclaredRole("dev", OrgRole.MEMBER, {"ants": None})},
    people={"anna": Person("anna", "anna@acme.test", roles=("dev",))},
)
PAST = {"teams": 1, "projects": 1, "members": 1}


def world(strangers: int, *, declared: int = 1) -> World:
    names = ["anna@acme.test"] * declared + [f"s{at}@acme.test" for at in range(strangers)]
    members = {
        str(at): Member(str(at), name, teams={"ants": ""}, user_id=f"u{at}", role="member")
        for at, name in enumerate(names)
    }
    return World(members, {"ants": Team("ants")}, {"shop": Project("shop", teams=("ants",))})


def planned(
    current: World, access: AccessSettings = ACCESS, orders: Orders | None = None, past: dict[str, int] | None = None
) -> OrganizationPlan:
    seen = Sightings({one: NOW - timedelta(days=30) for one in current.members}, dict.fromkeys(current.members, 3))
    return plan_for(wanted(access), current.read(), access=access, now=NOW, sightings=seen, orders=orders, past=past)


def wanted(access: AccessSettings) -> Desired:
    return desired_for(access, instance="main", known=Known(), now=NOW)


def told(plan: OrganizationPlan) -> list[tuple[str, str]]:
    return [(trip.text, trip.flag) for trip in plan.trips]


def crowd(names: int, strangers: int) -> tuple[World, AccessSettings]:
    """So many declared people with an account each, beside so many strangers."""
    people = {f"p{at}": Person(f"p{at}", f"p{at}@acme.test", roles=("dev",)) for at in range(names)}
    current = world(strangers, declared=0)
    for at in range(names):
        current.members[f"9{at}"] = Member(f"9{at}", f"p{at}@acme.test", teams={"ants": ""}, user_id=f"v{at}")
    return current, replace(ACCESS, people=people)


def test_a_plan_that_takes_away_too_large_a_share_is_refused_with_the_numbers() -> None:
    current, access = crowd(73, 31)
    plan = planned(current, access)
    assert told(plan) == [("31 of 104 members (29.8 %) would go; at most 30 % and 25 at once", "--allow-deletions")]
    assert sum(isinstance(change, DeleteMember) for change in plan.changes) == 31  # marked, not emptied
    assert planned(current, access, Orders(allow_deletions=True)).trips == ()


@pytest.mark.parametrize(
    ("names", "strangers", "refused"),
    [(14, 6, False), (13, 6, True), (7, 3, False), (1, 9, False), (1, 10, True), (80, 25, False), (80, 26, True)],
)
def test_the_share_counts_over_the_floor_and_the_number_always(names: int, strangers: int, refused: bool) -> None:
    assert bool(planned(*crowd(names, strangers)).trips) is refused


def test_what_is_held_back_does_not_count() -> None:
    current, access = crowd(10, 30)
    young = Sightings(dict.fromkeys(current.members, NOW), {})
    plan = plan_for(wanted(access), current.read(), access=access, now=NOW, sightings=young)
    assert (len(plan.withheld), plan.trips) == (30, ())


def test_nothing_declared_is_refused_kind_by_kind_with_the_way_out() -> None:
    plan = planned(world(3), AccessSettings())
    assert told(plan) == [
        (
            f"no {noun} are declared for main, which has {number}: declare them, or take {kind} out of `manage`",
            "--allow-empty",
        )
        for noun, number, kind in [("teams", 1, "teams"), ("projects", 1, "projects"), ("people", 4, "members")]
    ]
    assert planned(world(3), AccessSettings(), Orders(allow_empty=True)).trips == ()
    assert planned(world(3), AccessSettings(manage=frozenset({Managed.ORGANIZATION}))).trips == ()


def test_less_declared_than_at_the_last_plan_is_refused() -> None:
    past = {"teams": 1, "projects": 1, "members": 2}
    assert told(planned(world(0), past=past)) == [
        ("people declared: 1, at the last plan 2: 50 % fewer, at most 30 %", "--allow-shrink")
    ]
    assert planned(world(0), past=past, orders=Orders(allow_shrink=True)).trips == ()
    assert planned(world(0), past=PAST).trips == ()
    assert planned(world(0), replace(ACCESS, guards=Guards(shrink=0.5)), past=past).trips == ()


def test_a_refused_loss_is_not_remembered_or_the_second_plan_would_let_it_pass() -> None:
    past = {"teams": 1, "projects": 1, "members": 20}
    refused = planned(world(0), past=past)
    assert counts_after(refused, wanted(ACCESS), past) == past
    allowed = planned(world(0), past=past, orders=Orders(allow_shrink=True))
    assert counts_after(allowed, wanted(ACCESS), past) == PAST


def test_people_whose_address_is_not_known_are_declared_all_the_same() -> None:
    hidden = replace(ACCESS, people={"anna": Person("anna", github="anna-hub", roles=("dev",))})
    assert counts_of(wanted(hidden)) == PAST
