"""Access drift over organisations in memory: told once until it changes, and brought back only where that adds."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.flows.access_world import OWNER, Desk, a_world, declared, desk
from tests.rules.access.world import World
from vedette.errors import Unauthorised
from vedette.flows.access_drift import look_job, tend_access
from vedette.flows.access_right import right
from vedette.flows.perform import perform
from vedette.model.access import DeclaredTeam
from vedette.model.alarms import Alarm
from vedette.model.changes import CreateTeam, LeaveTeam
from vedette.model.jobs import Job, JobKind
from vedette.model.org import Member, Project
from vedette.ports.http import Fence
from vedette.store import access, alarms, limits, queue

MINUTE = timedelta(minutes=1)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Desk]:
    made = desk(tmp_path, declared(every=15 * MINUTE))
    yield made
    made.store.close()


def looked(made: Desk) -> str:
    now = made.time[0]
    made.store.write(lambda tx: queue.enqueue(tx, look_job("main"), now=now))
    (lease,) = made.store.write(lambda tx: queue.lease(tx, worker="w", limit=1, lease=MINUTE, now=now))
    return perform(made.context, lease, Fence.after(30))


def standing(made: Desk) -> list[Alarm]:
    return made.store.read(alarms.standing)


def test_drift_is_told_once_again_when_it_changes_and_its_end(made: Desk) -> None:
    assert looked(made) == "access_drift"
    (alarm,) = standing(made)
    assert alarm.cause.key == "access_drift:main"
    assert "access on main is not as declared: 6 to change: create team backend; create team web; " in alarm.cause.title
    assert "and 3 more" in alarm.cause.title
    assert "vedette access plan --instance main" in alarm.cause.cure
    made.later(15 * MINUTE)
    looked(made)
    assert [each.count for each in standing(made)] == [1]
    made.main.world.apply(CreateTeam("web"))
    made.later(15 * MINUTE)
    looked(made)
    assert [(each.count, "5 to change" in each.cause.title) for each in standing(made)] == [(2, True)]
    made.apply()
    made.later(15 * MINUTE)
    assert looked(made) == "as_declared"
    assert standing(made) == []


def test_by_the_clock_each_instance_is_looked_at_once_whoever_asks(made: Desk) -> None:
    for _ in range(3):
        tend_access(made.context)
    assert [each.kind for each in _jobs(made)] == [JobKind.ACCESS]
    made.declare(replace(made.context.settings.access, every=None))
    made.later(15 * MINUTE)
    tend_access(made.context)
    assert len(_jobs(made)) == 1


def _jobs(made: Desk) -> list[Job]:
    now = made.time[0]
    leases = made.store.write(lambda tx: queue.lease(tx, worker="w", limit=9, lease=timedelta(0), now=now))
    return [each.job for each in leases]


def test_nothing_is_changed_by_the_clock_unless_it_is_asked_for(made: Desk) -> None:
    looked(made)
    assert made.main.performed == []


def test_what_adds_is_brought_back_and_what_takes_away_is_only_told(tmp_path: Path) -> None:
    anna = Member("7", "anna@acme.test", user_id="7", teams={"web": ""})
    world = a_world(anna, teams=["web"])
    made = desk(tmp_path, declared(every=MINUTE, apply=True), main=world)
    assert looked(made) == "access_drift"
    assert "backend" in world.teams
    assert sorted(world.members["7"].teams) == ["backend", "web"]
    (alarm,) = standing(made)
    assert "1 to change: take anna@acme.test out of team web" in alarm.cause.title
    (run,) = made.store.read(lambda tx: access.last_runs(tx, limit=5))
    assert (run.who, run.undo) == ("vedette, by itself", "")
    assert not any(isinstance(each, LeaveTeam) for each in made.main.performed)
    before = len(made.main.performed)
    looked(made)
    assert len(made.main.performed) == before
    made.store.close()


def test_a_plan_that_a_guard_refuses_is_not_applied_by_itself(tmp_path: Path) -> None:
    usual = declared(every=MINUTE, apply=True)
    made = desk(tmp_path, replace(usual, projects={}), main=_with_a_project())
    looked(made)
    assert made.main.performed == []
    assert "refused: no projects are declared" in standing(made)[0].cause.title
    made.store.close()


def _with_a_project() -> World:
    world = a_world(teams=["web"])
    world.projects["old"] = Project("old", "5", "old", teams=("web",))
    return world


def test_a_token_that_may_not_read_is_told_and_stops_no_tickets(made: Desk) -> None:
    made.main.unread.append(Unauthorised("main: GET /members/ answered 403"))
    assert looked(made) == "access_unread"
    (alarm,) = standing(made)
    assert alarm.cause.key == "access_unread:main"
    assert all(each.paused_at is None for each in made.store.read(limits.states))
    looked(made)
    assert "access_unread:main" not in [each.cause.key for each in standing(made)]


def test_while_somebody_applies_the_clock_waits_for_its_next_turn(tmp_path: Path) -> None:
    made = desk(tmp_path, declared(every=MINUTE, apply=True))
    with right(made.context, ["main"], who="ann@host:7"):
        assert looked(made) == "access_busy"
    assert (made.main.performed, standing(made)) == ([], [])
    made.store.close()


def test_an_instance_that_is_not_managed_any_more_is_let_go(made: Desk) -> None:
    made.store.write(lambda tx: queue.enqueue(tx, look_job("gone"), now=made.time[0]))
    now = made.time[0]
    (lease,) = made.store.write(lambda tx: queue.lease(tx, worker="w", limit=1, lease=MINUTE, now=now))
    assert perform(made.context, lease, Fence.after(30)) == "no_such_instance"


def test_the_last_look_is_kept_for_the_metrics(made: Desk) -> None:
    looked(made)
    (drift,) = made.store.read(access.drifts)
    assert (drift.instance, drift.changes, drift.withheld, drift.at) == ("main", 6, 0, made.time[0])
    made.declare(declared(teams={"web": DeclaredTeam("web")}, people={}, projects={}))
    assert OWNER.id in made.main.world.members
