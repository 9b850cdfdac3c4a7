"""Access: sightings, addresses and counts between plans; runs with their changes; one run at a time."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.store.conftest import MINUTE, NOW, Opener
from vedette.model.access_runs import Holder, Run, RunEnd, Sighting, unfinished
from vedette.model.changes import CreateTeam, DeleteProject, InviteMember, JoinTeam, UpdateProject
from vedette.model.plan import FailedReading, Fate, OrganizationPlan, Plan
from vedette.model.settings import StoreSettings
from vedette.store import access, backup, retention
from vedette.store.access import NewRun
from vedette.store.database import Store

LATER = NOW + MINUTE
TEAM = CreateTeam("platform", name="Platform", reason="declared")
PROJECT = UpdateProject("shop", before={"platform": ""}, after={"platform": "python", "safe_fields": ("card",)})
INVITE = InviteMember("ann@example.test", "member", teams={"platform": "admin"}, send=False)
GONE = DeleteProject("old", id="7", teams=("platform", "web"))
RUN = NewRun(
    "c0ffee",
    ("one", "two"),
    "ann@host",
    (("one", TEAM), ("one", PROJECT), ("two", INVITE), ("two", GONE)),
    undo="undo.yaml",
)


def seen(store: Store, accounts: dict[str, str], *, after: int, instance: str = "one") -> dict[str, Sighting]:
    store.write(lambda tx: access.see(tx, instance, accounts, now=NOW + after * MINUTE))
    return store.read(lambda tx: access.sightings(tx, instance))


def taken(store: Store, token: str, *instances: str, after: int = 0) -> Holder | None:
    now = NOW + after * MINUTE
    return store.write(
        lambda tx: access.take(tx, instances, token=token, who=f"{token}@host", lasting=2 * MINUTE, now=now)
    )


def begun(store: Store, run: NewRun = RUN, *, after: int = 0) -> int:
    return store.write(lambda tx: access.begin(tx, run, now=NOW + after * MINUTE))


def test_an_account_keeps_its_first_sighting_and_counts_the_plans_that_saw_it(store: Store) -> None:
    seen(store, {"7": "ann@example.test"}, after=0)
    found = seen(store, {"7": "Ann@example.test", "8": "bob@example.test"}, after=3)
    assert found == {
        "7": Sighting("7", "Ann@example.test", NOW, NOW + 3 * MINUTE, 2),
        "8": Sighting("8", "bob@example.test", NOW + 3 * MINUTE, NOW + 3 * MINUTE, 1),
    }


def test_an_account_that_is_managed_again_or_gone_is_forgotten_and_begins_anew(store: Store) -> None:
    seen(store, {"7": "ann@example.test"}, after=0)
    seen(store, {"7": "ann@example.test"}, after=0, instance="two")
    assert seen(store, {}, after=1) == {}
    assert seen(store, {"7": "ann@example.test"}, after=2)["7"] == Sighting(
        "7", "ann@example.test", NOW + 2 * MINUTE, NOW + 2 * MINUTE, 1
    )
    assert store.read(lambda tx: access.sightings(tx, "two"))["7"].first_seen == NOW


def test_the_last_known_address_stays_when_a_person_hides_it(store: Store) -> None:
    store.write(lambda tx: access.remember_addresses(tx, {"ann": "ann@example.test", "bob": ""}, now=NOW))
    store.write(lambda tx: access.remember_addresses(tx, {"ann": "", "bob": "bob@example.test"}, now=LATER))
    assert store.read(access.known_addresses) == {"ann": "ann@example.test", "bob": "bob@example.test"}
    store.write(lambda tx: access.remember_addresses(tx, {"ann": "ann@new.example.test"}, now=LATER))
    assert store.read(access.known_addresses)["ann"] == "ann@new.example.test"


def test_what_was_declared_at_the_last_plan_is_remembered_by_instance(store: Store) -> None:
    assert store.read(lambda tx: access.last_declared(tx, "one")) == {}
    store.write(lambda tx: access.remember_declared(tx, "one", {"teams": 9, "people": 40}, now=NOW))
    store.write(lambda tx: access.remember_declared(tx, "one", {"teams": 3}, now=LATER))
    assert store.read(lambda tx: access.last_declared(tx, "one")) == {"people": 40, "teams": 3}
    assert store.read(lambda tx: access.last_declared(tx, "two")) == {}


def test_a_second_run_hears_who_holds_the_organisation_and_since_when(store: Store) -> None:
    assert taken(store, "a", "one", "two") is None
    assert taken(store, "b", "zero", "two", after=1) == Holder("two", "a@host", NOW, NOW + 2 * MINUTE)
    # It took none of them: all, or nothing.
    assert [each.instance for each in store.read(lambda tx: access.held(tx, now=LATER))] == ["one", "two"]
    store.write(lambda tx: access.drop(tx, token="a"))
    assert taken(store, "b", "zero", "two", after=1) is None


def test_a_dead_holder_s_right_is_taken_over_and_it_hears_so(store: Store) -> None:
    taken(store, "a", "one")
    kept = store.write(lambda tx: access.keep(tx, token="a", lasting=2 * MINUTE, now=LATER))
    assert kept == 1
    assert taken(store, "b", "one", after=2) is not None
    assert taken(store, "b", "one", after=3) is None
    late = store.write(lambda tx: access.keep(tx, token="a", lasting=2 * MINUTE, now=NOW + 3 * MINUTE))
    assert late == 0


def test_a_right_that_ran_out_is_not_prolonged(store: Store) -> None:
    taken(store, "a", "one")
    late = store.write(lambda tx: access.keep(tx, token="a", lasting=MINUTE, now=NOW + 2 * MINUTE))
    assert late == 0


def test_of_runs_that_begin_together_one_gets_the_organisation(opener: Opener) -> None:
    stores = [opener(), opener()]

    def work(number: int) -> bool:
        return taken(stores[number % 2], f"t{number}", "one", "two") is None

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(work, range(8))) == [False] * 7 + [True]


def test_a_run_comes_back_with_every_change_as_it_was_meant(store: Store) -> None:
    number = begun(store)
    run = store.read(lambda tx: access.run_of(tx, number))
    assert run == Run(number, "c0ffee", ("one", "two"), "ann@host", NOW, undo="undo.yaml")
    told = store.read(lambda tx: access.changes_of(tx, number))
    assert [(each.position, each.instance, each.change) for each in told] == [
        (1, "one", TEAM),
        (2, "one", PROJECT),
        (3, "two", INVITE),
        (4, "two", GONE),
    ]
    assert {(each.fate, each.started_at) for each in told} == {(None, None)}


def test_a_change_that_began_and_has_no_fate_is_told_from_one_that_never_began(store: Store) -> None:
    number = begun(store)
    store.write(lambda tx: access.starting(tx, number, 1, now=NOW))
    store.write(lambda tx: access.ended(tx, number, 1, fate=Fate.DONE, text="201", now=LATER))
    store.write(lambda tx: access.starting(tx, number, 2, now=LATER))
    told = store.read(lambda tx: access.changes_of(tx, number))
    assert [(each.fate, each.text, each.started_at, each.ended_at) for each in told] == [
        (Fate.DONE, "201", NOW, LATER),
        (None, "", LATER, None),
        (None, "", None, None),
        (None, "", None, None),
    ]
    assert [each.position for each in unfinished(told)] == [2, 3, 4]


def test_an_unfinished_run_is_found_by_its_checksum_and_instances(store: Store) -> None:
    number = begun(store)

    def found(checksum: str = "c0ffee", *instances: str) -> Run | None:
        return store.read(lambda tx: access.unfinished_run(tx, checksum, instances=instances or ("two", "one")))

    assert (run := found()) is not None
    assert run.id == number
    assert found("other") is None
    assert found("c0ffee", "one") is None
    store.write(lambda tx: access.finish(tx, number, end=RunEnd.STOPPED, now=LATER))
    assert (run := found()) is not None
    assert (run.end, run.ended_at) == (RunEnd.STOPPED, LATER)
    second = begun(store, after=2)
    store.write(lambda tx: access.finish(tx, second, end=RunEnd.DONE, now=NOW + 3 * MINUTE))
    assert found() is None
    assert [each.id for each in store.read(lambda tx: access.last_runs(tx, limit=5))] == [second, number]


def test_old_runs_go_with_their_changes_and_those_under_way_stay(store: Store) -> None:
    first, killed, under_way = (begun(store, after=after) for after in (0, 1, 2))
    store.write(lambda tx: access.finish(tx, first, end=RunEnd.DONE, now=LATER))
    kept = {"access": timedelta(days=10)}
    gone = retention.prune(store, kept, now=NOW + timedelta(days=10, minutes=3), step=1)
    assert gone["access"] == 1
    assert store.read(lambda tx: access.changes_of(tx, first)) == []
    assert len(store.read(lambda tx: access.changes_of(tx, killed))) == 4
    assert retention.prune(store, kept, now=NOW + timedelta(days=11, minutes=1, seconds=30))["access"] == 1
    assert [each.id for each in store.read(lambda tx: access.last_runs(tx, limit=5))] == [under_way]


def test_a_backup_holds_the_runs_and_what_plans_remember(
    opener: Opener, store_settings: StoreSettings, tmp_path: Path
) -> None:
    store = opener()
    begun(store)
    seen(store, {"7": "ann@example.test"}, after=0)
    copied = backup.backup(store_settings, tmp_path / "kept.zip")
    assert {name: copied.rows[name] for name in ("access_runs", "access_changes", "access_unmanaged")} == {
        "access_runs": 1,
        "access_changes": 4,
        "access_unmanaged": 1,
    }


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_a_vendor_s_words_of_any_kind_are_kept(store: Store, text: str) -> None:
    number = begun(store, replace(RUN, changes=(("one", JoinTeam("7", text, "platform")),)))
    store.write(lambda tx: access.ended(tx, number, 1, fate=Fate.FAILED, text=text, now=LATER))
    (told,) = store.read(lambda tx: access.changes_of(tx, number))
    assert told.fate is Fate.FAILED


def test_a_recorded_plan_is_found_by_its_checksum_until_it_is_old(store: Store) -> None:
    plan = Plan((OrganizationPlan("one", "acme", (TEAM, PROJECT, GONE)),), (FailedReading("two", "401"),), "c0ffee")
    store.write(lambda tx: access.remember_plan(tx, plan, now=NOW))
    store.write(lambda tx: access.remember_plan(tx, plan, now=LATER))
    assert store.read(lambda tx: access.plan_of(tx, "c0ffee")) == plan
    assert store.read(lambda tx: access.plan_of(tx, "other")) is None
    retention.prune(store, {"access": MINUTE}, now=NOW + 3 * MINUTE)
    assert store.read(lambda tx: access.plan_of(tx, "c0ffee")) is None
