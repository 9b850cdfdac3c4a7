"""Taking a run back: what an undo plan brings back, leaves and holds back, for random organisations."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.access import worlds
from tests.rules.access.world import NOW, Refused, World
from vedette.model.access import AccessSettings
from vedette.model.changes import (
    Change,
    DeleteAlertRule,
    DeleteProject,
    DeleteTeam,
    LeaveTeam,
    SetOwnership,
    UnlinkTeam,
    UpdateProject,
)
from vedette.model.org import AlertRule, Details, Member, Project, Team
from vedette.model.plan import Fate, Hold, OrganizationPlan, Outcome
from vedette.rules.access.matching import keys_of
from vedette.rules.access.planning import plan_of
from vedette.rules.access.remaining import extra
from vedette.rules.access.scene import Orders
from vedette.rules.access.taking_back import details_of, undo_for
from vedette.rules.access.undoing import Undo, undo_of
from vedette.rules.access.written import change_data, change_from

NUMBERS = st.integers(0, 2**32)
many = settings(max_examples=300, deadline=None)
ALL = Orders(frozenset(worlds.PROJECTS), frozenset(worlds.TEAMS), allow_deletions=True)


def applied(case: worlds.Case) -> Undo:
    """Everything that the plan would do is done; what takes it back, as the file tells it."""
    reading, plan = case.world.read(), case.plan()
    case.world.apply(*plan.changes)
    undo = undo_of([Outcome(change, Fate.DONE) for change in plan.changes], before=reading)
    return replace(undo, changes=tuple(change_from(change_data(each)) for each in undo.changes))


def plan(case: worlds.Case, undo: Undo, orders: Orders = ALL) -> OrganizationPlan:
    return undo_for(undo, case.world.read(), access=case.access, now=NOW, orders=orders)


@many
@given(NUMBERS)
def test_a_run_that_was_taken_back_leaves_nothing_to_take_back(number: int) -> None:
    case = worlds.case(number)
    undo = applied(case)
    case.world.apply(*plan(case, undo).changes)
    assert plan(case, undo).changes == ()


@many
@given(NUMBERS)
def test_taking_a_run_back_brings_back_who_is_where_and_what_is_whose(number: int) -> None:
    case = worlds.case(number)
    before = case.world.copy()
    undo = applied(case)
    made = plan(case, undo)
    case.world.apply(*made.changes)
    counted = Counter(key for each in before.members.values() for key in keys_of(each))
    alone = {key for key in map(worlds.address, worlds.PEOPLE) if counted[key] <= 1}
    if not made.withheld:
        assert _places(case.world, alone) == _places(before, alone)


def _places(world: World, alone: set[str]) -> object:
    """Teams, projects and members, less ids; of members those whose address is theirs alone."""
    teams = {slug: each.name for slug, each in world.teams.items()}
    projects = {slug: each.teams for slug, each in world.projects.items()}
    provided = {slug for slug, each in world.teams.items() if each.idp_provisioned}
    members = {
        each.key: (each.role, {slug: "" if slug in provided else role for slug, role in each.teams.items()})
        for each in world.members.values()
        if each.key in alone
    }
    return teams, projects, members


@many
@given(NUMBERS, NUMBERS)
def test_an_undo_of_which_some_changes_failed_goes_on_with_what_is_left(number: int, chance: int) -> None:
    case, dice = worlds.case(number), Random(chance)
    undo = applied(case)
    reviewed = plan(case, undo)
    for change in reviewed.changes:
        if dice.random() < 0.6:
            with suppress(Refused):
                case.world.apply(change)
    now = plan(case, undo)
    assert extra(plan_of([now]), plan_of([reviewed])) == ()
    case.world.apply(*now.changes)
    assert plan(case, undo).changes == ()


@many
@given(NUMBERS)
def test_of_a_run_that_never_began_nothing_is_taken_back(number: int) -> None:
    case = worlds.case(number)
    changes = case.plan().changes
    undo = undo_of([Outcome(change, Fate.DONE) for change in changes], before=case.world.read())
    assert plan(case, undo).changes == ()


@many
@given(NUMBERS)
def test_an_undo_touches_nothing_protected_and_deletes_what_flags_name_alone(number: int) -> None:
    case = worlds.case(number)
    undo = applied(case)
    made = plan(case, undo, case.orders)
    assert not {_about(change) for change in made.changes} & set(
        case.access.protected.projects + case.access.protected.teams
    )
    for change in made.changes:
        case.world.apply(change)
        assert all(project.teams for project in case.world.projects.values())


def _about(change: Change) -> str:
    return str(getattr(change, "project", getattr(change, "team", "")))


def small() -> World:
    """One team with its project, and bo in it."""
    rules = (AlertRule("4", "all", {"frequency": 60}), AlertRule("5", "all", {"frequency": 5}))
    return World(
        {"7": Member("7", "bo@acme.test", teams={"ants": ""}, user_id="u7")},
        {"ants": Team("ants", "1", "Ants")},
        {"shop": Project("shop", "3", "shop", teams=("ants",), alert_rules=rules)},
    )


def of_small(*changes: Change) -> OrganizationPlan:
    return undo_for(Undo(changes), small().read(), access=AccessSettings(), now=NOW, orders=ALL)


def test_who_is_in_a_team_that_stays_for_its_project_is_taken_out_all_the_same() -> None:
    made = of_small(LeaveTeam("7", "bo@acme.test", "ants"), DeleteTeam("ants"))
    assert made.changes == (LeaveTeam("7", "bo@acme.test", "ants"),)
    assert [each.hold for each in made.withheld] == [Hold.NOT_NAMED]


def test_who_is_in_a_team_that_goes_is_not_taken_out_before() -> None:
    made = of_small(LeaveTeam("7", "bo@acme.test", "ants"), DeleteProject("shop"), DeleteTeam("ants"))
    assert [type(change) for change in made.changes] == [DeleteProject, DeleteTeam]


def test_the_last_team_of_a_project_keeps_it() -> None:
    made = of_small(UnlinkTeam("shop", "ants"))
    assert made.changes == ()
    assert [each.reason for each in made.withheld] == ["project shop would be without a team"]


def test_of_two_alert_rules_of_one_name_each_is_found_whatever_is_said_of_it() -> None:
    made = of_small(DeleteAlertRule("shop", "", "all"), DeleteAlertRule("shop", "", "all", {"frequency": 5}))
    assert {each.id for each in made.changes if isinstance(each, DeleteAlertRule)} == {"4", "5"}


def test_what_has_to_be_read_of_projects_is_what_the_changes_are_about() -> None:
    changes = (
        UpdateProject("shop", {}, {"name": "Shop"}),
        UpdateProject("till", {}, {"resolve_age": 24}),
        SetOwnership("yard", {}, {"raw": ""}),
        DeleteAlertRule("shop", "", "all"),
    )
    assert details_of(changes) == Details(frozenset({"till"}), frozenset({"yard"}), frozenset({"shop"}))
