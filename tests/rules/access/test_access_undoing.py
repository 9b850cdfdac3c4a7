"""Taking a run back: what the inverse changes bring back, and what is told as staying."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.access import worlds
from tests.rules.access.world import NOW, World
from vedette.model.access import AccessSettings, Protected
from vedette.model.changes import (
    Change,
    CreateProject,
    CreateTeam,
    DeleteDuplicate,
    DeleteMember,
    DeleteProject,
    DeleteTeam,
    InviteMember,
    JoinTeam,
    LinkTeam,
    RenewInvitation,
    SetOwnership,
    SetRole,
    UpdateProject,
)
from vedette.model.org import Member, Project, Team
from vedette.model.plan import Fate, Outcome
from vedette.rules.access.scene import Orders
from vedette.rules.access.taking_back import undo_for
from vedette.rules.access.undoing import Undo, summary, undo_of
from vedette.rules.access.written import change_data, change_from

LASTING = (DeleteMember, DeleteDuplicate, DeleteProject, DeleteTeam, RenewInvitation)


ALL = Orders(frozenset(worlds.PROJECTS), frozenset(worlds.TEAMS), allow_deletions=True)


def left(undo: Undo, world: World, access: AccessSettings | None = None) -> tuple[Change, ...]:
    """What there is to do, every flag given."""
    return undo_for(undo, world.read(), access=access or AccessSettings(), now=NOW, orders=ALL).changes


def done(*changes: Change) -> list[Outcome]:
    return [Outcome(change, Fate.DONE) for change in changes]


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32).map(worlds.case))
def test_a_run_that_deleted_nothing_for_good_is_taken_back_whole(case: worlds.Case) -> None:
    # What is protected, or not there on a server, is held back, of which other laws tell.
    case = replace(case, access=replace(case.access, protected=Protected()))
    case.world.lacks = ()
    # No server takes its last owner back: so there is one who stays.
    case.world.members["99"] = Member("99", "zoe@acme.test", role="owner", user_id="u99")
    before, plan = case.world.copy(), case.plan()
    changes = [change for change in plan.changes if not isinstance(change, LASTING)]
    reading = case.world.read()
    case.world.apply(*changes)
    undo = undo_of(done(*changes), before=reading)
    case.world.apply(*left(undo, case.world, case.access))
    assert _bare(case.world) == _bare(before)


def _bare(world: World) -> object:
    """A world without the ids of what was made anew."""
    projects = {
        slug: (
            each.teams,
            each.options,
            each.ownership,
            # Of rules that are alike in everything no second one is made.
            {str(sorted(_said(rule.body))) for rule in each.alert_rules or ()},
        )
        for slug, each in world.projects.items()
    }
    teams = {slug: each.name for slug, each in world.teams.items()}
    # Nobody but the provider gives a role in its teams back.
    provided = {slug for slug, each in world.teams.items() if each.idp_provisioned}
    members = {
        one: replace(each, teams={slug: "" if slug in provided else role for slug, role in each.teams.items()})
        for one, each in world.members.items()
    }
    return projects, teams, members, world.settings


def _said(body: object) -> list[str]:
    assert isinstance(body, dict)
    return [f"{name}={value}" for name, value in body.items() if name not in {"dateCreated", "owner"}]


def test_what_cannot_be_taken_back_is_told_with_why() -> None:
    undo = undo_of(
        done(
            DeleteProject("shop", "1", ("ants",)),
            DeleteMember("7", "bo@acme.test", "member", {"ants": ""}),
            DeleteDuplicate("8", "bo@acme.test", "7"),
            InviteMember("eve@acme.test", "member"),
            UpdateProject("till", {}, {"resolve_age": 24}),
        )
    )
    whys = {type(each.change).__name__: each.why for each in undo.cannot}
    assert "events" in whys["DeleteProject"]
    assert "invitation" in whys["DeleteMember"]
    assert "account 7, which stays" in whys["DeleteDuplicate"]
    assert whys["InviteMember"] == "the invitation's mail was sent"
    assert whys["UpdateProject"] == "what it was before is not known"
    assert [type(change) for change in undo.changes] == [CreateProject, InviteMember, DeleteMember]
    assert summary(undo) == "3 changes take it back and 5 things stay as they are"


def test_only_what_the_run_did_itself_is_taken_back() -> None:
    change = JoinTeam("7", "bo@acme.test", "ants")
    fates = [Outcome(change, fate) for fate in Fate if fate is not Fate.DONE]
    undo = undo_of(fates)
    assert undo.changes == ()
    assert len(undo.cannot) == 2  # what was so already, and what somebody has to approve


def test_fields_of_a_project_that_the_run_made_need_no_inverse() -> None:
    made = (CreateProject("shop", "ants"), LinkTeam("shop", "bees"), SetOwnership("shop", {}, {"raw": "x"}))
    undo = undo_of(done(*made))
    assert [type(change) for change in undo.changes] == [DeleteProject]


def test_a_deleted_team_comes_back_with_who_and_what_was_in_it() -> None:
    world = World(
        {"7": Member("7", "bo@acme.test", teams={"ants": "admin"}, user_id="u7")},
        {"ants": Team("ants", "1", "Ants"), "bees": Team("bees", "2", "Bees")},
        {"shop": Project("shop", "3", "shop", teams=("ants", "bees"))},
    )
    reading = world.read()
    world.apply(DeleteTeam("ants", "1"))
    undo = undo_of(done(DeleteTeam("ants", "1")), before=reading)
    world.apply(*left(undo, world))
    assert world.members["7"].teams == {"ants": "admin"}
    assert world.projects["shop"].teams == ("ants", "bees")
    assert world.teams["ants"].name == "Ants"


def test_a_role_in_a_team_that_a_greater_role_took_away_comes_back() -> None:
    world = World({"7": Member("7", "bo@acme.test", teams={"ants": "admin"}, user_id="u7")}, {"ants": Team("ants")})
    reading, change = world.read(), SetRole("7", "bo@acme.test", "member", "manager")
    world.apply(change)
    world.apply(*left(undo_of(done(change), before=reading), world))
    assert (world.members["7"].role, world.members["7"].teams) == ("member", {"ants": "admin"})


def test_what_is_gone_by_now_is_not_taken_back_again() -> None:
    changes = (
        CreateTeam("ants"),
        CreateProject("shop", "ants"),
        InviteMember("bo@acme.test", "member"),
        JoinTeam("7", "eve@acme.test", "ants"),
    )
    assert left(undo_of(done(*changes)), World()) == ()


def test_inverse_changes_come_back_from_data_as_they_were() -> None:
    undo = undo_of(done(UpdateProject("shop", {"safe_fields": ()}, {"safe_fields": ("a",)}), CreateTeam("ants")))
    assert [change_from(change_data(change)) for change in undo.changes] == list(undo.changes)
