"""Access apply over organisations in memory: exactly the reviewed plan, each change's own fate, and what is left."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from tests.flows.access_world import Desk, Late, a_world, declared, desk
from tests.waiting import until
from vedette.errors import RateLimited, Refused, Unauthorised, Unavailable, Uncertain, UnsafePlan
from vedette.flows.access import Wish
from vedette.flows.access_apply import ChangedPlan, Stopped
from vedette.flows.access_right import SomebodyElse, right
from vedette.model.access import DeclaredTeam, Guards
from vedette.model.access_runs import RunEnd
from vedette.model.changes import Change, CreateProject, CreateTeam, DeleteMember, InviteMember, JoinTeam, LinkTeam
from vedette.model.org import Member
from vedette.model.plan import Fate
from vedette.ports.access import NotAllowed
from vedette.ports.clock import elapsed
from vedette.store import access, journal
from vedette.store.accesstables import holders

DAY = timedelta(days=1)
_BRIEF = timedelta(seconds=2)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Desk]:
    made = desk(tmp_path)
    yield made
    made.store.close()


def fates(outcomes: object) -> list[tuple[str, str]]:
    return [(type(each.change).__name__, each.fate.value) for _, each in outcomes]  # type: ignore[attr-defined]


def test_teams_their_project_and_their_members_are_made_in_one_run_and_the_next_plan_is_empty(made: Desk) -> None:
    applied = made.apply()
    assert fates(applied.outcomes) == [
        ("CreateTeam", "done"),
        ("CreateTeam", "done"),
        ("CreateProject", "done"),
        ("LinkTeam", "done"),
        ("InviteMember", "done"),
        ("InviteMember", "done"),
    ]
    assert applied.end is RunEnd.DONE
    assert made.main.world.projects["shop"].teams == ("backend", "web")
    teams = {each.email: sorted(each.teams) for each in made.main.world.members.values()}
    assert teams == {"bot@acme.test": [], "anna@acme.test": ["backend"], "bob@acme.test": ["backend", "web"]}
    assert made.plan().plan.empty


def test_a_run_with_nothing_to_do_writes_nothing(made: Desk) -> None:
    made.apply()
    made.main.performed.clear()
    applied = made.apply()
    assert (applied.run, applied.undo, made.main.performed) == (None, None, [])


def test_a_plan_that_is_done_is_done_again_without_a_word_of_blame(made: Desk) -> None:
    """A build that runs its last step once more has nothing to fail about."""
    reviewed = made.plan().plan.checksum
    made.apply(reviewed)
    made.main.performed.clear()
    again = made.apply(reviewed)
    assert (again.run, again.end, made.main.performed) == (None, RunEnd.DONE, [])


def test_what_differs_anew_after_a_plan_was_done_is_not_reviewed(made: Desk) -> None:
    reviewed = made.plan().plan.checksum
    made.apply(reviewed)
    made.declare(declared(teams={**made.context.settings.access.teams, "data": DeclaredTeam("data")}))
    with pytest.raises(ChangedPlan, match="came: main: create team data"):
        made.apply(reviewed)


def test_applying_a_plan_is_not_a_second_sighting_of_whom_nobody_declared(made: Desk) -> None:
    made.main.world.members["9"] = Member("9", "gone@acme.test", user_id="9")
    made.apply(made.plan().plan.checksum)
    assert made.store.read(lambda tx: access.sightings(tx, "main"))["9"].plans == 1


def test_only_the_plan_that_was_reviewed_is_applied(made: Desk) -> None:
    """Story: executes only when asked, and nothing but what was shown."""
    reviewed = made.plan().plan.checksum
    made.main.world.apply(CreateTeam("backend"))
    made.declare(declared(teams={**made.context.settings.access.teams, "data": DeclaredTeam("data")}))
    with pytest.raises(ChangedPlan) as problem:
        made.apply(reviewed)
    told = str(problem.value)
    assert "came: main: create team data" in told
    assert "went: main: create team backend" in told
    assert made.plan().plan.checksum in told
    assert made.main.performed == []


def test_a_checksum_that_nobody_was_shown_says_so(made: Desk) -> None:
    with pytest.raises(ChangedPlan, match="is not known here"):
        made.apply("f" * 64)
    with pytest.raises(ChangedPlan, match="a checksum has 64 digits, and ffff has not"):
        made.apply("ffff")
    assert made.main.performed == []


def test_a_guard_refuses_with_its_numbers_and_names_the_flag(made: Desk) -> None:
    for n in range(20, 50):
        made.main.world.members[str(n)] = Member(str(n), f"old{n}@acme.test", user_id=str(n))
    made.plan()
    made.later(8 * DAY)
    with pytest.raises(UnsafePlan, match=r"30 of 31 members \(96\.8 %\) would go.*--allow-deletions lifts this guard"):
        made.apply()
    assert made.main.performed == []
    orders = replace(Wish().orders, allow_deletions=True)
    applied = made.apply(wish=Wish(orders=orders))
    assert sum(isinstance(each.change, DeleteMember) for _, each in applied.outcomes) == 30
    assert applied.end is RunEnd.DONE


def test_a_failed_change_is_told_as_failed_and_the_rest_goes_on(made: Desk) -> None:
    """Story: a failed action was reported as done."""
    made.main.ills.extend([Refused("main: POST /teams/ answered 400: slug is taken", status=400), None])
    applied = made.apply()
    assert fates(applied.outcomes) == [
        ("CreateTeam", "failed"),  # backend
        ("CreateTeam", "done"),  # web
        ("CreateProject", "skipped"),  # of team backend
        ("LinkTeam", "skipped"),
        ("InviteMember", "skipped"),
        ("InviteMember", "skipped"),
    ]
    assert applied.end is RunEnd.INCOMPLETE
    told = {each.text for _, each in applied.outcomes if each.fate is not Fate.DONE}
    assert told == {
        "main: POST /teams/ answered 400: slug is taken",
        "team backend could not be made",
        "project shop could not be made",
    }
    lines = made.store.read(lambda tx: journal.search(tx, reason="access_failed", limit=9))
    assert [line.sentence for line in lines] == [
        "main: create team backend: failed: main: POST /teams/ answered 400: slug is taken"
    ]


def test_what_was_done_of_an_ambiguous_attempt_is_seen_and_not_done_again(made: Desk) -> None:
    made.main.ills.append(Late("main: POST /teams/ got no whole answer in time"))
    applied = made.apply()
    assert fates(applied.outcomes)[0] == ("CreateTeam", "already")
    assert [each.team for each in made.main.performed if isinstance(each, CreateTeam)] == ["backend", "web"]


def test_what_was_not_done_of_an_ambiguous_attempt_is_tried_again(made: Desk) -> None:
    made.main.ills.append(Uncertain("main: POST /teams/ lost the connection"))
    applied = made.apply()
    assert fates(applied.outcomes)[0] == ("CreateTeam", "done")
    assert [each.team for each in made.main.performed if isinstance(each, CreateTeam)] == ["backend", "backend", "web"]


def test_an_attempt_that_stays_ambiguous_fails_and_is_never_told_as_done(made: Desk) -> None:
    made.main.ills.extend([Uncertain("main: POST /teams/ answered 500")] * 4)
    applied = made.apply(patience_s=5)
    assert fates(applied.outcomes)[:2] == [("CreateTeam", "failed"), ("CreateTeam", "done")]
    assert "nobody can say what became of it" in applied.outcomes[0][1].text


def test_a_doubt_that_cannot_be_looked_into_is_told_as_such(made: Desk) -> None:
    made.main.ills.append(Late("main: POST /teams/ got no whole answer in time"))
    made.main.unshown.extend([Unavailable("main: GET /teams/ answered 503")] * 30)
    applied = made.apply()
    assert fates(applied.outcomes)[0] == ("CreateTeam", "failed")
    assert "it may have been done, and looking fails" in applied.outcomes[0][1].text


def test_a_limit_is_waited_for(made: Desk) -> None:
    made.main.ills.extend([RateLimited("main: answered 429", wait=0.01), RateLimited("main: answered 429")])
    applied = made.apply()
    assert applied.end is RunEnd.DONE


def test_a_limit_beyond_patience_fails_that_change_alone(made: Desk) -> None:
    made.main.ills.append(RateLimited("main: answered 429: too many invitations", wait=3600))
    applied = made.apply()
    assert [each.fate for _, each in applied.outcomes][:2] == [Fate.FAILED, Fate.DONE]


def test_a_server_that_answers_nothing_is_left_alone_after_three_changes(made: Desk) -> None:
    made.main.ills.extend([Unavailable("main: could not connect", wait=9)] * 30)
    made.declare(declared(projects={}, people={}, teams={f"t{n}": DeclaredTeam(f"t{n}") for n in range(6)}))
    orders = replace(Wish().orders, allow_empty=True)
    applied = made.apply(wish=Wish(orders=orders))
    assert [each.fate.value for _, each in applied.outcomes] == ["failed"] * 3 + ["left"] * 3
    assert applied.end is RunEnd.STOPPED
    assert "has not answered 3 changes in a row" in applied.ended["main"]


def test_an_instance_that_refuses_the_token_stops_alone(tmp_path: Path) -> None:
    """Story: an error of one instance is isolated from the others."""
    made = desk(tmp_path, main=a_world(), stage=a_world())
    made.rosters["main"].ills.extend([None, Unauthorised("main: POST /teams/ answered 401: Invalid token")])
    applied = made.apply()
    by_instance = {name: [each.fate.value for at, each in applied.outcomes if at == name] for name in made.rosters}
    assert by_instance == {"main": ["done", "failed", *["left"] * 4], "stage": ["done"] * 6}
    assert set(applied.ended) == {"main"}
    made.store.close()


def test_a_right_that_the_token_lacks_fails_that_change_alone(made: Desk) -> None:
    made.main.ills.append(NotAllowed("main: POST /teams/ answered 403: You do not have permission"))
    applied = made.apply()
    assert fates(applied.outcomes)[0] == ("CreateTeam", "failed")
    assert "done" in {fate for _, fate in fates(applied.outcomes)}
    assert not applied.ended


def test_what_the_token_was_refused_three_times_is_not_tried_again(made: Desk) -> None:
    lacks = NotAllowed("main: POST /teams/ answered 403: You do not have permission")
    made.main.ills.extend([lacks] * 3)
    made.declare(declared(projects={}, people={}, teams={f"t{n}": DeclaredTeam(f"t{n}") for n in range(6)}))
    applied = made.apply(wish=Wish(orders=replace(Wish().orders, allow_empty=True)))
    assert [each.fate.value for _, each in applied.outcomes] == ["failed"] * 3 + ["skipped"] * 3
    assert applied.outcomes[-1][1].text == "the token may not do this, as it was told 3 times"
    assert applied.end is RunEnd.INCOMPLETE


def test_a_kind_of_change_that_worked_meanwhile_is_tried_on(made: Desk) -> None:
    """A right may be missing for one team and not for the next."""
    lacks = NotAllowed("main: POST /teams/ answered 403: You do not have permission")
    made.main.ills.extend([lacks, lacks, None, lacks])
    made.declare(declared(projects={}, people={}, teams={f"t{n}": DeclaredTeam(f"t{n}") for n in range(6)}))
    applied = made.apply(wish=Wish(orders=replace(Wish().orders, allow_empty=True)))
    assert [each.fate.value for _, each in applied.outcomes] == ["failed", "failed", "done", "failed", "done", "done"]


def test_an_instance_that_cannot_be_read_does_not_keep_the_others_from_what_was_reviewed(tmp_path: Path) -> None:
    made = desk(tmp_path, main=a_world(), stage=a_world())
    reviewed = made.plan().plan.checksum
    made.rosters["main"].unread.append(Unauthorised("main: GET /members/ answered 401"))
    applied = made.apply(reviewed)
    assert {name for name, _ in applied.outcomes} == {"stage"}
    assert [each.instance for each in applied.planned.plan.failed] == ["main"]
    made.store.close()


def test_a_bug_is_one_change_s_failure(made: Desk) -> None:
    def break_(change: Change) -> None:
        if isinstance(change, LinkTeam):
            raise ZeroDivisionError

    made.main.before = break_
    applied = made.apply()
    assert [each.text for _, each in applied.outcomes if each.fate is Fate.FAILED] == [
        "a bug in Vedette: ZeroDivisionError; the log has the trace"
    ]
    assert fates(applied.outcomes)[-1] == ("InviteMember", "done")


def test_deleting_a_user_leaves_no_stale_removals(made: Desk) -> None:
    """Story: a deleted user's team memberships were removed one by one for ever, each a 404."""
    gone = Member("9", "gone@acme.test", user_id="9", teams={"backend": "", "web": ""})
    made.main.world.apply(CreateTeam("backend"), CreateTeam("web"))
    made.main.world.members["9"] = gone
    made.plan()
    made.later(8 * DAY)
    applied = made.apply()
    assert [each.change.member for _, each in applied.outcomes if isinstance(each.change, DeleteMember)] == ["9"]
    assert not any("Leave" in name for name, _ in fates(applied.outcomes))
    assert made.plan().plan.empty


def test_the_automation_user_is_ignored(made: Desk) -> None:
    """Story: the reconciler's own user is never deleted, though nobody declares it."""
    people = {name: each for name, each in made.context.settings.access.people.items() if name != "bot"}
    made.declare(declared(people=people))
    for _ in range(3):
        made.plan()
        made.later(8 * DAY)
    applied = made.apply()
    assert "1" in made.main.world.members
    assert not any(isinstance(each.change, DeleteMember) for _, each in applied.outcomes)


def test_a_second_run_is_refused_and_hears_who_is_at_it(made: Desk) -> None:
    reviewed = made.plan().plan.checksum
    with right(made.context, ["main"], who="ann@host:7"), pytest.raises(SomebodyElse) as problem:
        made.apply(reviewed)
    assert "ann@host:7 has been changing main since 2026-11-20 12:00:00 UTC" in str(problem.value)
    assert made.main.performed == []
    assert made.apply(reviewed).end is RunEnd.DONE


def test_the_right_is_let_go_when_a_run_is_refused(made: Desk) -> None:
    with pytest.raises(ChangedPlan):
        made.apply("f" * 64)
    assert made.store.read(lambda tx: access.held(tx, now=made.time[0])) == []


def test_a_run_that_lost_its_right_sends_nothing_more(made: Desk) -> None:
    def lose(change: Change) -> None:
        if isinstance(change, CreateProject):
            made.store.write(lambda tx: tx.execute(holders.delete()))
            began = elapsed()
            until(lambda: elapsed() - began > _BRIEF.total_seconds() / 3)

    made.main.before = lose
    applied = made.apply(lasting=_BRIEF)
    assert applied.end is RunEnd.STOPPED
    assert [type(each) for each in made.main.performed] == [CreateTeam, CreateTeam, CreateProject]
    assert [each.fate.value for _, each in applied.outcomes] == ["done"] * 3 + ["left"] * 3
    assert "lost its right" in applied.ended["main"]


def test_who_asks_to_stop_gets_the_change_in_hand_done_and_the_rest_left(made: Desk) -> None:
    stopping = Event()

    def stop(change: Change) -> None:
        if isinstance(change, CreateProject):
            stopping.set()

    made.main.before = stop
    reviewed = made.plan().plan.checksum
    applied = made.apply(reviewed, stopping=stopping)
    assert [each.fate.value for _, each in applied.outcomes] == ["done"] * 3 + ["left"] * 3
    assert applied.end is RunEnd.STOPPED
    made.main.before = lambda _: None
    made.main.performed.clear()
    rest = made.apply(reviewed)
    assert rest.resumed == applied.run
    assert [type(each) for each in made.main.performed] == [LinkTeam, InviteMember, InviteMember]
    assert rest.end is RunEnd.DONE
    assert made.plan().plan.empty


def test_a_run_that_was_killed_goes_on_with_exactly_the_remainder(made: Desk) -> None:
    class Killed(BaseException):
        pass

    def kill(change: Change) -> None:
        if isinstance(change, InviteMember):
            raise Killed

    made.main.before = kill
    reviewed = made.plan().plan.checksum
    with pytest.raises(Killed):
        made.apply(reviewed)
    (run,) = made.store.read(lambda tx: access.last_runs(tx, limit=5))
    assert (run.end, run.ended_at) == (None, None)
    made.main.before = lambda _: None
    made.main.performed.clear()
    rest = made.apply(reviewed)
    assert rest.resumed == run.id
    assert [type(each) for each in made.main.performed] == [InviteMember, InviteMember]
    ends = {each.id: each.end for each in made.store.read(lambda tx: access.last_runs(tx, limit=5))}
    assert ends == {run.id: RunEnd.STOPPED, rest.run: RunEnd.DONE}


def test_an_interrupted_run_does_not_let_anything_new_in(made: Desk) -> None:
    stopping = Event()
    made.main.before = lambda _: stopping.set()
    reviewed = made.plan().plan.checksum
    made.apply(reviewed, stopping=stopping)
    made.declare(declared(teams={**made.context.settings.access.teams, "data": DeclaredTeam("data")}))
    with pytest.raises(ChangedPlan, match="came: main: create team data"):
        made.apply(reviewed)
    assert len(made.main.performed) == 1


def test_who_asks_to_stop_while_it_reads_is_obeyed_at_once(made: Desk) -> None:
    stopping = Event()
    stopping.set()
    with pytest.raises(Stopped):
        made.apply(made.plan().plan.checksum, stopping=stopping)
    assert made.main.performed == []
    assert made.store.read(lambda tx: access.last_runs(tx, limit=1)) == []


def test_the_undo_file_is_there_before_the_first_change_and_tells_what_was_done_after_the_last(made: Desk) -> None:
    found: list[dict[str, object]] = []

    def look(_: Change) -> None:
        (path,) = made.folder.glob("access-undo-*.json")
        found.append(json.loads(path.read_text()))

    made.main.before = look
    made.main.ills.extend([None, Refused("main: POST /teams/ answered 400", status=400)])
    applied = made.apply()
    assert {each["state"] for each in found} == {"planned"}
    assert len(found[0]["instances"][0]["undo"]) == 5  # type: ignore[index]
    assert applied.undo is not None
    told = json.loads(applied.undo.read_text())
    assert (told["state"], told["run"], told["who"]) == ("completed", applied.run, "ann@host:7")
    undo = told["instances"][0]["undo"]
    assert {(each["change"], each.get("team")) for each in undo} >= {("DeleteTeam", "backend")}
    assert ("DeleteTeam", "web") not in {(each["change"], each.get("team")) for each in undo}
    assert oct(applied.undo.stat().st_mode)[-3:] == "600"
    assert not list(made.folder.glob(".access-undo*"))


def test_without_an_undo_file_nothing_is_begun(made: Desk) -> None:
    (made.folder / "file").write_text("no folder")
    with pytest.raises(OSError, match="file"):
        made.apply(folder=made.folder / "file")
    assert made.main.performed == []
    assert [each.end for each in made.store.read(lambda tx: access.last_runs(tx, limit=1))] == [RunEnd.STOPPED]


def test_a_join_that_became_a_request_is_told_as_asked(made: Desk) -> None:
    made.apply()
    bob = next(each for each in made.main.world.members.values() if each.email == "bob@acme.test")
    made.main.world.members[bob.id] = replace(bob, teams={"backend": ""})
    asked = made.main.perform

    def ask(change: Change, **how: object) -> tuple[Fate, str]:
        return (Fate.ASKED, "202") if isinstance(change, JoinTeam) else asked(change, **how)  # type: ignore[arg-type]

    made.main.perform = ask  # type: ignore[method-assign]
    applied = made.apply()
    assert fates(applied.outcomes) == [("JoinTeam", "asked")]
    assert applied.end is RunEnd.INCOMPLETE


def test_guards_of_the_settings_hold(made: Desk) -> None:
    made.declare(declared(guards=Guards(deletions=0)))
    made.main.world.members["9"] = Member("9", "gone@acme.test", user_id="9")
    made.plan()
    made.later(8 * DAY)
    with pytest.raises(UnsafePlan, match="1 of 2 members"):
        made.apply()
