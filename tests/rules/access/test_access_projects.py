"""Teams, projects, their options and alert rules, and the organisation's settings, each as a story."""

from dataclasses import replace

import pytest

from tests.rules.access.world import FRESH, NOW, World
from vedette.model.access import (
    AccessSettings,
    AlertRules,
    DeclaredProject,
    DeclaredTeam,
    Managed,
    OrganizationWish,
    Protected,
)
from vedette.model.changes import (
    Change,
    CreateAlertRule,
    CreateProject,
    DeleteAlertRule,
    DeleteProject,
    DeleteTeam,
    LinkTeam,
    RenameTeam,
    SetOrganization,
    SetOwnership,
    UnlinkTeam,
    UpdateProject,
)
from vedette.model.org import AlertRule, Details, Lack, Member, OwnershipRules, Project, Team
from vedette.model.plan import Ailment, Hold, OrganizationPlan
from vedette.rules.access.alerts import covers
from vedette.rules.access.details import details_for
from vedette.rules.access.planning import plan_for
from vedette.rules.access.projects import ownership_difference
from vedette.rules.access.resolving import Known, desired_for
from vedette.rules.access.scene import Orders

SHOP = DeclaredProject("shop", ("ants",))
ACCESS = AccessSettings(
    manage=frozenset({Managed.TEAMS, Managed.PROJECTS}), teams={"ants": DeclaredTeam("ants")}, projects={"shop": SHOP}
)
THERE = Project("shop", "1", "shop", "", ("ants",), False, FRESH, OwnershipRules(), ())


def planned(
    shop: Project | None = THERE,
    wish: DeclaredProject = SHOP,
    *,
    others: tuple[Project, ...] = (),
    teams: str = "ants",
    access: AccessSettings = ACCESS,
    flags: Orders | None = None,
    lacks: tuple[str, ...] = (),
) -> OrganizationPlan:
    projects = {each.slug: each for each in (shop, *others) if each is not None}
    world = World({}, {slug: Team(slug, slug, slug) for slug in teams.split()}, projects, lacks=lacks)
    access = replace(access, projects={"shop": wish} if access.projects else {})
    desired = desired_for(access, instance="main", known=Known(), now=NOW)
    plan = plan_for(desired, world.read(), access=access, now=NOW, orders=flags)
    world.apply(*plan.changes)
    return plan


def kinds(plan: OrganizationPlan) -> list[type[Change]]:
    return [type(change) for change in plan.changes]


def held(plan: OrganizationPlan) -> list[tuple[type[Change], Hold]]:
    return [(type(each.change), each.hold) for each in plan.withheld]


def test_a_new_team_is_linked_before_the_old_one_is_unlinked() -> None:
    assert kinds(planned(replace(THERE, teams=("bees",)), teams="ants bees")) == [LinkTeam, UnlinkTeam]


def test_a_project_keeps_its_team_where_the_declared_one_is_not_there() -> None:
    access = replace(ACCESS, manage=frozenset({Managed.PROJECTS}))
    plan = planned(replace(THERE, teams=("bees",)), teams="bees", access=access)
    assert (plan.changes, held(plan)) == ((), [(LinkTeam, Hold.NOT_THERE), (UnlinkTeam, Hold.NOT_THERE)])


def test_projects_and_teams_go_only_by_a_flag_that_names_them() -> None:
    till = Project("till", "2", teams=("bees",))
    plan = planned(others=(till,), teams="ants bees")
    assert (plan.changes, held(plan)) == ((), [(DeleteProject, Hold.NOT_NAMED), (DeleteTeam, Hold.NOT_NAMED)])
    assert "--delete-project till" in plan.withheld[0].reason
    assert "--delete-team bees" in plan.withheld[1].reason
    flags = Orders(frozenset({"main/till"}), frozenset({"bees"}))
    assert kinds(planned(others=(till,), teams="ants bees", flags=flags)) == [DeleteProject, DeleteTeam]
    elsewhere = Orders(frozenset({"stage/till"}))
    assert planned(others=(till,), teams="ants bees", flags=elsewhere).changes == ()


def test_a_team_stays_while_a_project_would_be_left_without_one() -> None:
    till = Project("till", "2", teams=("bees",))
    plan = planned(others=(till,), teams="ants bees", flags=Orders(delete_teams=frozenset({"bees"})))
    assert plan.changes == ()
    assert "project till would be without a team" in plan.withheld[1].reason


def test_deleting_a_team_spares_the_single_removals() -> None:
    flags = Orders(delete_teams=frozenset({"bees"}))
    assert kinds(planned(replace(THERE, teams=("ants", "bees")), teams="ants bees", flags=flags)) == [DeleteTeam]


def test_a_flag_that_names_what_is_declared_is_answered() -> None:
    plan = planned(flags=Orders(frozenset({"shop"}), frozenset({"ants"})))
    assert [each.reason for each in plan.withheld] == [
        "--delete-project names it, but it is declared: take it out there first",
        "--delete-team names it, but it is declared: take it out there first",
    ]


def test_what_is_protected_or_the_servers_own_is_not_even_told() -> None:
    others = (Project("internal", "2", teams=("bees",), internal=True), Project("till", "3", teams=("bees",)))
    access = replace(ACCESS, protected=Protected(teams=("bees",), projects=("till",)))
    flags = Orders(frozenset({"internal", "till"}), frozenset({"bees"}))
    assert planned(others=others, teams="ants bees", access=access, flags=flags).empty


def test_what_nobody_declared_of_a_project_is_left_as_it_is() -> None:
    told = replace(FRESH, subject_prefix="[Till]", resolve_age=24)
    shop = replace(THERE, name="The shop", platform="go", options=told, alert_rules=(AlertRule("9", "all"),))
    assert planned(shop).empty


def test_fields_differ_by_what_they_say_and_lists_by_what_is_in_them() -> None:
    shop = replace(THERE, options=replace(FRESH, sensitive_fields=("card", "pin")))
    assert planned(shop, replace(SHOP, sensitive_fields=("pin", "card"))).empty
    (change,) = planned(shop, replace(SHOP, sensitive_fields=("pin",), resolve_age=24, platform="go")).changes
    assert isinstance(change, UpdateProject)
    assert change.before == {"platform": "", "sensitive_fields": ("card", "pin"), "resolve_age": 0}
    assert change.after == {"platform": "go", "sensitive_fields": ("pin",), "resolve_age": 24}


def test_a_resolve_age_that_the_server_stores_as_nought_is_not_sent_for_ever() -> None:
    plan = planned(THERE, replace(SHOP, resolve_age=25))
    assert (plan.changes, held(plan)) == ((), [(UpdateProject, Hold.NOT_THERE)])


def test_what_the_server_has_not_got_is_held_back() -> None:
    wish = replace(
        SHOP,
        throttle=50,
        ownership=OwnershipRules("path:a #ants"),
        alerts=AlertRules.DECLARED,
        alert_rules=({"name": "all"},),
    )
    bare = replace(THERE, ownership=None, alert_rules=None)
    plan = planned(bare, wish, lacks=(Lack.OWNERSHIP, Lack.ALERT_RULES))
    assert plan.changes == ()
    assert held(plan) == [(kind, Hold.NOT_THERE) for kind in (UpdateProject, SetOwnership, CreateAlertRule)]


@pytest.mark.parametrize(
    ("told", "wish", "differs"),
    [
        ("a #x\nb #y", "a #x  \r\nb #y\r\n", set()),
        ("", "\n", set()),
        ("a #x", "a #y", {"raw"}),
        ("  a #x", "a #x", {"raw"}),
        ("a\n\nb", "a\nb", {"raw"}),
    ],
)
def test_ownership_is_compared_without_blanks_at_the_ends_of_lines(told: str, wish: str, differs: set[str]) -> None:
    assert set(ownership_difference(OwnershipRules(told), OwnershipRules(wish))[1]) == differs


def test_the_way_of_assigning_is_left_alone_unless_it_is_declared() -> None:
    told = OwnershipRules("a", True, "Auto Assign to Issue Owner")
    assert ownership_difference(told, OwnershipRules("a"))[1] == {}
    off = OwnershipRules("a", True, "Turn off Auto-Assignment")
    assert ownership_difference(told, off)[1] == {"auto_assignment": "Turn off Auto-Assignment"}


def test_no_alert_rules_means_that_every_one_goes() -> None:
    shop = replace(THERE, alert_rules=(AlertRule("9", "all"), AlertRule("8", "some")))
    assert kinds(planned(shop, replace(SHOP, alerts=AlertRules.NONE))) == [DeleteAlertRule] * 2
    assert planned(shop, replace(SHOP, alerts=AlertRules.LEAVE)).empty


def test_a_changed_alert_rule_is_made_anew_and_then_deleted() -> None:
    shop = replace(THERE, alert_rules=(AlertRule("9", "all", {"name": "all", "frequency": 5, "owner": None}),))
    wish = replace(SHOP, alerts=AlertRules.DECLARED, alert_rules=({"name": "all", "frequency": 30},))
    assert kinds(planned(shop, wish)) == [CreateAlertRule, DeleteAlertRule]
    assert planned(shop, replace(wish, alert_rules=({"name": "all", "frequency": "5"},))).empty


def test_a_new_project_whose_alert_rules_are_declared_gets_no_rule_of_the_servers() -> None:
    plan = planned(None, replace(SHOP, alerts=AlertRules.NONE))
    assert [change.default_rules for change in plan.changes if isinstance(change, CreateProject)] == [False]
    left = planned(None, SHOP)
    assert [change.default_rules for change in left.changes if isinstance(change, CreateProject)] == [True]


@pytest.mark.parametrize(
    ("told", "wish", "same"),
    [
        ({"id": "x", "name": "A new issue"}, {"id": "x"}, True),
        ({"id": "x"}, {"id": "x", "value": 1}, False),
        ({"list": [{"id": 1}, {"id": 2}]}, {"list": [{"id": "1"}, {"id": 2}]}, True),
        ({"list": [{"id": 1}]}, {"list": []}, False),
        ({"list": [1]}, {"list": "1"}, False),
        ({"list": "ab"}, {"list": ["a", "b"]}, False),
        ({"value": 1.0}, {"value": 1}, True),
        ({"value": True}, {"value": 1}, False),
        ({}, {"environment": None}, True),
    ],
)
def test_a_rule_is_as_declared_when_it_has_everything_that_is_declared(told: object, wish: object, same: bool) -> None:
    assert covers(told, wish) is same


def test_settings_that_keep_teams_apart_are_set_and_what_no_interface_sets_is_told() -> None:
    access = AccessSettings(manage=frozenset({Managed.ORGANIZATION}), organization=OrganizationWish(False, True, True))
    plan = planned(access=access)
    assert plan.changes == (SetOrganization("open_membership", True, False, "it is declared so"),)
    assert [(each.ailment, each.text) for each in plan.diagnoses] == [
        (Ailment.DRIFT, "single sign-on is not required; it should be")
    ]


def test_only_declared_projects_are_asked_for_details_and_protected_ones_are_not() -> None:
    projects = {
        "shop": replace(SHOP, resolve_age=24),
        "till": DeclaredProject("till", ("ants",), ownership=OwnershipRules("x"), alerts=AlertRules.NONE),
        "yard": DeclaredProject("yard", ("ants",), resolve_age=24),
        "else": DeclaredProject("else", ("ants",), resolve_age=24, instances=("stage",)),
    }
    access = replace(ACCESS, projects=projects, protected=Protected(projects=("yard",)))
    assert details_for(access, instance="main") == Details(
        frozenset({"shop"}), frozenset({"till"}), frozenset({"till"})
    )
    assert details_for(replace(access, manage=frozenset()), instance="main") == Details()


def test_identity_is_the_slug_and_never_the_name() -> None:
    world = World({}, {"ants": Team("ants", "1", "Bees"), "bees": Team("bees", "2", "Ants")}, {})
    access = AccessSettings(
        manage=frozenset({Managed.TEAMS}), teams={"ants": DeclaredTeam("ants", "Bees"), "bees": DeclaredTeam("bees")}
    )
    desired = desired_for(access, instance="main", known=Known(), now=NOW)
    assert plan_for(desired, world.read(), access=access, now=NOW).empty


def test_a_server_whose_teams_have_no_names_is_asked_to_rename_none() -> None:
    access = replace(ACCESS, teams={"ants": DeclaredTeam("ants", "The ants")})
    assert planned(access=access, lacks=(Lack.TEAM_NAMES,)).empty
    assert kinds(planned(access=access)) == [RenameTeam]


def test_a_team_with_somebody_protected_in_it_is_not_deleted() -> None:
    member = Member("1", "bot@acme.test", teams={"bees": ""}, user_id="u1")
    world = World({"1": member}, {"bees": Team("bees")})
    access = AccessSettings(manage=frozenset({Managed.TEAMS}), protected=Protected(people=("bot@acme.test",)))
    desired = desired_for(access, instance="main", known=Known(), now=NOW)
    plan = plan_for(desired, world.read(), access=access, now=NOW, orders=Orders(delete_teams=frozenset({"bees"})))
    assert held(plan) == [(DeleteTeam, Hold.PROTECTED)]
