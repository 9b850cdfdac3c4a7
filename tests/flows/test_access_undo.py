"""Taking a run back over organisations in memory: reviewed, by its checksum, with each change's fate, and the rest."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.flows.access_world import NOW, OWNER, Desk, a_world, declared, desk
from tests.rules.access import worlds
from tests.rules.access.world import World
from vedette.errors import ConfigError, Refused, Unavailable, UnsafePlan
from vedette.flows.access import Planned, Wish
from vedette.flows.access_apply import Applied, ChangedPlan, Order, apply
from vedette.flows.access_undo import UndoFile
from vedette.flows.access_undo_file import undo_file
from vedette.flows.access_undoing import Undoing
from vedette.model.access import AccessSettings, Guards, Protected
from vedette.model.access_runs import RunEnd
from vedette.model.changes import Change, DeleteMember, DeleteProject, DeleteTeam, SetRole
from vedette.model.org import Member, OrgRole
from vedette.model.plan import Fate, Hold, Outcome
from vedette.rules.access.scene import Orders
from vedette.rules.access.undoing import undo_of
from vedette.store import access

ALL = Orders(frozenset({"shop"}), frozenset({"backend", "web"}), allow_deletions=True)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Desk]:
    made = desk(tmp_path)
    yield made
    made.store.close()


def file_of(applied: Applied) -> Path:
    assert applied.undo is not None
    return applied.undo


def planned(made: Desk, file: Path, orders: Orders = ALL, **wish: Any) -> Planned:
    undoing = Undoing(undo_file(file, made.context.settings.access))
    return undoing(made.context, undoing.wish(Wish(orders=orders, **wish)))


def undone(made: Desk, file: Path, checksum: str = "", *, orders: Orders = ALL, **order: Any) -> Applied:
    """Take back what would be taken back now, unless another checksum is given."""
    undoing = Undoing(undo_file(file, made.context.settings.access))
    wish = undoing.wish(Wish(orders=orders))
    asked = checksum or planned(made, file, orders, record=False).plan.checksum
    usual: dict[str, Any] = {"folder": made.folder, "who": "ann@host:7", "first_wait_s": 0.001, "patience_s": 0.05}
    return apply(made.context, Order(wish, asked, **usual | order), planner=undoing)


def people(world: World) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {each.email: (each.role, tuple(sorted(each.teams))) for each in world.members.values()}


def kinds(changes: object) -> list[str]:
    return [type(each).__name__ for each in changes]  # type: ignore[attr-defined]


def test_a_run_that_was_taken_back_leaves_the_organisation_as_it_was_and_nothing_to_take_back(made: Desk) -> None:
    file = file_of(made.apply())
    applied = undone(made, file)
    world = made.main.world
    assert (world.teams, world.projects, people(world)) == ({}, {}, {"bot@acme.test": ("owner", ())})
    assert {each.fate for _, each in applied.outcomes} == {Fate.DONE}
    assert planned(made, file).plan.empty
    assert undone(made, file).run is None
    # What was declared still is.
    assert len(made.plan().plan.parts[0].changes) == 6


def test_it_is_a_run_like_any_other_and_can_be_taken_back_itself(made: Desk) -> None:
    made.main.world = a_world(Member("7", "anna@acme.test", role="member", user_id="7"), teams=["backend", "web"])
    made.main.world.members["7"] = replace(made.main.world.members["7"], teams={"web": "admin"})
    first = made.apply()
    after = people(made.main.world)
    orders = Orders(frozenset({"shop"}), allow_deletions=True)
    second = undone(made, file_of(first), orders=orders)
    assert made.main.world.members["7"].teams == {"web": "admin"}
    assert "shop" not in made.main.world.projects
    runs = made.store.read(lambda tx: access.last_runs(tx, limit=5))
    assert [(each.id, each.end) for each in runs] == [(second.run, RunEnd.DONE), (first.run, RunEnd.DONE)]
    assert runs[0].undo == str(second.undo)
    undone(made, file_of(second))
    assert people(made.main.world) == after
    assert made.main.world.projects["shop"].teams == ("backend", "web")
    assert made.plan().plan.empty


def test_only_the_plan_that_was_reviewed_is_done(made: Desk) -> None:
    file = file_of(made.apply())
    reviewed = planned(made, file).plan.checksum
    bob = next(each for each in made.main.world.members.values() if each.email == "bob@acme.test")
    made.main.world.apply(DeleteMember(bob.id, bob.email))
    made.main.performed.clear()
    with pytest.raises(ChangedPlan) as problem:
        undone(made, file, reviewed, again="vedette access undo FILE")
    assert "went: main: delete member bob@acme.test" in str(problem.value)
    assert "read the plan again with `vedette access undo FILE`" in str(problem.value)
    assert made.main.performed == []


def test_a_checksum_of_another_plan_takes_nothing_back(made: Desk) -> None:
    file = file_of(made.apply())
    made.main.performed.clear()
    with pytest.raises(ChangedPlan, match="is not known here"):
        undone(made, file, "f" * 64)
    assert made.main.performed == []


def test_who_asks_to_stop_leaves_a_rest_that_the_same_checksum_takes_back(made: Desk) -> None:
    file, stopping = file_of(made.apply()), Event()
    reviewed = planned(made, file).plan
    made.main.before = lambda change: stopping.set() if isinstance(change, DeleteMember) else None
    applied = undone(made, file, reviewed.checksum, stopping=stopping)
    assert applied.end is RunEnd.STOPPED
    made.main.before = lambda _: None
    made.main.performed.clear()
    rest = undone(made, file, reviewed.checksum)
    assert rest.resumed == applied.run
    assert tuple(made.main.performed) == reviewed.parts[0].changes[1:]
    assert made.main.world.teams == {}


def test_an_undo_that_was_killed_goes_on_with_exactly_the_remainder(made: Desk) -> None:
    class Killed(BaseException):
        pass

    def kill(change: Change) -> None:
        if isinstance(change, DeleteTeam):
            raise Killed

    file = file_of(made.apply())
    reviewed = planned(made, file).plan.checksum
    made.main.before = kill
    with pytest.raises(Killed):
        undone(made, file, reviewed)
    made.main.before = lambda _: None
    made.main.performed.clear()
    rest = undone(made, file, reviewed)
    assert kinds(made.main.performed) == ["DeleteTeam", "DeleteTeam"]
    assert (rest.resumed, rest.end) == (2, RunEnd.DONE)


def test_a_change_that_fails_is_told_and_left_for_the_next_undo(made: Desk) -> None:
    file = file_of(made.apply())
    made.main.ills.append(Refused("main: DELETE /members/ answered 403", status=403))
    applied = undone(made, file)
    assert applied.end is RunEnd.INCOMPLETE
    assert [each.fate for _, each in applied.outcomes].count(Fate.FAILED) == 1
    assert kinds(planned(made, file).plan.parts[0].changes) == ["DeleteMember"]


def test_projects_and_teams_that_no_flag_names_are_held_back_and_nothing_else(made: Desk) -> None:
    file = file_of(made.apply())
    (part,) = planned(made, file, Orders(allow_deletions=True)).plan.parts
    assert kinds(part.changes) == ["DeleteMember", "DeleteMember"]
    held = {type(each.change).__name__: (each.hold, each.reason) for each in part.withheld}
    assert held["DeleteTeam"] == (Hold.NOT_NAMED, "it is deleted only with --delete-team web")
    assert held["DeleteProject"][0] is Hold.NOT_NAMED
    undone(made, file, orders=Orders(allow_deletions=True))
    assert sorted(made.main.world.teams) == ["backend", "web"]


def test_a_team_that_a_project_needs_goes_only_with_it(made: Desk) -> None:
    file = file_of(made.apply())
    (part,) = planned(made, file, replace(ALL, delete_projects=frozenset())).plan.parts
    assert "DeleteTeam" not in kinds(part.changes)
    told = {each.reason for each in part.withheld if isinstance(each.change, DeleteTeam)}
    assert told == {"project shop would be without a team: delete it too, with --delete-project shop"}


def test_a_guard_refuses_with_its_numbers_and_names_the_flag(made: Desk) -> None:
    made.declare(declared(guards=Guards(deletions=1)))
    file = file_of(made.apply())
    made.main.performed.clear()
    orders = replace(ALL, allow_deletions=False)
    with pytest.raises(UnsafePlan, match=r"2 of 3 members .* would go.*--allow-deletions lifts this guard"):
        undone(made, file, orders=orders)
    assert made.main.performed == []
    assert undone(made, file).end is RunEnd.DONE


def test_what_is_protected_and_the_last_owner_stay(made: Desk) -> None:
    """An undo is no way round what no plan would touch."""
    made.main.world.members["8"] = Member("8", "anna@acme.test", role="member", user_id="8")
    made.main.world.members["9"] = Member("9", "bob@acme.test", role="member", user_id="9")
    file = file_of(made.apply())
    data = json.loads(file.read_text())
    promoted = {"member": "8", "email": "anna@acme.test", "before": "member", "after": "manager"}
    data["instances"][0]["undo"] = [
        {"change": "SetRole", **promoted},
        {"change": "SetRole", "member": "9", "email": "bob@acme.test", "before": "owner", "after": "member"},
        {"change": "DeleteTeam", "team": "web"},
        {"change": "DeleteMember", "member": "1", "email": "bot@acme.test"},
    ]
    file.write_text(json.dumps(data))
    world = made.main.world
    world.members["9"] = replace(world.members["9"], role=OrgRole.OWNER)
    world.members["1"] = replace(OWNER, role=OrgRole.MANAGER)
    made.declare(declared(protected=Protected(people=("anna@acme.test",), teams=("web",))))
    (part,) = planned(made, file).plan.parts
    assert part.changes == ()
    held = {(type(each.change), str(getattr(each.change, "email", ""))): each.hold for each in part.withheld}
    assert held[(SetRole, "anna@acme.test")] is Hold.PROTECTED
    assert held[(DeleteTeam, "")] is Hold.PROTECTED
    assert held[(DeleteMember, "bot@acme.test")] is Hold.OWN_ACCOUNT
    assert held[(SetRole, "bob@acme.test")] is Hold.NOT_MINE  # stronger than the token's user
    world.caller = replace(world.caller, user_id="", email="")
    (part,) = planned(made, file).plan.parts
    assert {type(each.change): each.hold for each in part.withheld}[SetRole] is Hold.LAST_OWNER


def test_the_file_of_a_run_that_was_killed_takes_back_what_was_done_alone(made: Desk) -> None:
    class Killed(BaseException):
        pass

    def kill(change: Change) -> None:
        if isinstance(change, DeleteProject | DeleteMember) or made.main.world.projects:
            raise Killed

    made.main.before = kill
    with pytest.raises(Killed):
        made.apply()
    made.main.before = lambda _: None
    (file,) = made.folder.glob("access-undo-*.json")
    assert not undo_file(file, made.context.settings.access).complete
    assert kinds(planned(made, file).plan.parts[0].changes) == ["DeleteProject", "DeleteTeam", "DeleteTeam"]


def test_an_instance_that_cannot_be_read_stops_no_other(tmp_path: Path) -> None:
    made = desk(tmp_path, main=a_world(), stage=a_world())
    file = file_of(made.apply())
    made.rosters["stage"].unread.extend([Unavailable("stage: answered 400", wait=10**6)])
    plan = planned(made, file).plan
    assert ([each.instance for each in plan.parts], [each.instance for each in plan.failed]) == (["main"], ["stage"])
    alone = planned(made, file, instances=("stage",)).plan
    assert [each.instance for each in alone.parts] == ["stage"]
    made.store.close()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"change": "UpdateProject", "project": "shop", "before": {}, "after": {"age": 1}}, "unknown field `age`"),
        ({"change": "UpdateProject", "project": "shop", "before": {}, "after": {"name": 1}}, "Expected `str`"),
        ({"change": "SetOwnership", "project": "shop", "before": {}, "after": {"raw": 1}}, "Expected `str`"),
        ({"change": "SetOrganization", "setting": "name", "before": True, "after": False}, "Invalid enum value 'name'"),
        ({"change": "LinkTeam", "project": "shop"}, "missing required field `team`"),
    ],
)
def test_a_change_of_what_there_is_not_is_refused_before_anything_is_read(
    change: dict[str, object], told: str, made: Desk
) -> None:
    file = file_of(made.apply())
    data = json.loads(file.read_text())
    data["instances"][0]["undo"] = [change]
    file.write_text(json.dumps(data))
    with pytest.raises(ConfigError, match=f"the {change['change']} is not whole: .*{told}"):
        undo_file(file, made.context.settings.access)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32).map(worlds.case))
def test_every_file_that_a_run_writes_is_read_back_as_it_was(case: worlds.Case) -> None:
    before, outcomes = case.world.read(), [Outcome(change, Fate.DONE) for change in case.plan().changes]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "undo.json"
        writer = UndoFile(path, "f" * 64, "ann@host:7", NOW, {"main": before})
        writer.completed([("main", outcome) for outcome in outcomes], run=7, now=NOW)
        file = undo_file(path, AccessSettings(instances=("main",)))
    undo = undo_of(outcomes, before=before)
    (part,) = file.parts
    assert (file.run, file.complete, part.organization) == (7, True, "acme")
    assert (part.undo.changes, part.undo.rules) == (undo.changes, undo.rules)
    assert len(part.cannot) == len(undo.cannot)


def test_an_instance_that_is_in_a_file_twice_is_refused(made: Desk) -> None:
    file = file_of(made.apply())
    data = json.loads(file.read_text())
    file.write_text(json.dumps(data | {"instances": data["instances"] * 2}))
    with pytest.raises(ConfigError, match="the instance main is in it twice"):
        undo_file(file, made.context.settings.access)


def test_another_organisation_behind_the_same_name_is_refused(made: Desk) -> None:
    file = file_of(made.apply())
    file.write_text(file.read_text().replace('"organization": "acme"', '"organization": "other"'))
    with pytest.raises(ConfigError, match="its run was in the organization other, and main is acme"):
        planned(made, file)
