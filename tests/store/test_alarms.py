"""Alarms: each cause once, its count, its episodes, and what was told of it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.store.conftest import MINUTE, NOW, Opener
from vedette.model.alarms import Alarm, Cause, CauseKind, Severity
from vedette.model.settings import StoreSettings
from vedette.store import alarms, migrating
from vedette.store.database import Store

CAUSE = Cause(
    "dead:jira:refused",
    CauseKind.DEAD_LETTERS,
    Severity.ERROR,
    "jira refuses tickets",
    "change the route",
    facts={"destination": "jira"},
    path="/dead",
    owner="@acme/checkout",
    about="jira",
    patience=MINUTE,
    lasts=timedelta(hours=1),
    notify=("chat",),
)


def raised(store: Store, cause: Cause = CAUSE, *, after: int = 0, count: int | None = None) -> None:
    store.write(lambda tx: alarms.raise_(tx, cause, now=NOW + after * MINUTE, count=count))


def cleared(store: Store, *, after: int) -> bool:
    return store.write(lambda tx: alarms.clear(tx, CAUSE.key, now=NOW + after * MINUTE))


def told(store: Store, *names: str, after: int) -> None:
    def work(tx: sa.Connection) -> None:
        alarm = alarms.locked(tx, CAUSE.key)
        assert alarm is not None
        alarms.told(tx, alarm, names=names, now=NOW + after * MINUTE)

    store.write(work)


def only(store: Store) -> Alarm:
    found = store.write(lambda tx: alarms.locked(tx, CAUSE.key))
    assert found is not None
    return found


def test_a_cause_comes_back_as_it_was_raised(store: Store) -> None:
    raised(store)
    (alarm,) = store.read(alarms.standing)
    assert alarm == Alarm(CAUSE, 1, NOW, NOW, 1, None, 0, (), None)


def test_a_cause_that_is_raised_again_counts_and_says_the_newest_words(store: Store) -> None:
    raised(store)
    raised(store, replace(CAUSE, title="jira refuses more tickets"), after=5)
    alarm = only(store)
    assert (alarm.count, alarm.first_at, alarm.last_at) == (2, NOW, NOW + 5 * MINUTE)
    assert alarm.cause.title == "jira refuses more tickets"
    raised(store, count=17, after=6)
    assert only(store).count == 17


def test_raised_by_many_at_once_it_is_one_cause_with_every_count(opener: Opener) -> None:
    stores = [opener() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(raised, stores * 5))
    assert [alarm.count for alarm in stores[0].read(alarms.standing)] == [20]


def test_what_is_cleared_stands_no_more_and_clearing_it_twice_says_so(store: Store) -> None:
    raised(store)
    assert cleared(store, after=1)
    assert not cleared(store, after=2)
    assert store.read(alarms.standing) == []
    assert only(store).resolved_at == NOW + MINUTE


def test_a_cause_that_nobody_was_told_of_leaves_nothing_to_tell(store: Store) -> None:
    raised(store)
    cleared(store, after=1)
    assert store.read(alarms.untold) == []


def test_the_end_of_a_cause_that_was_told_is_told_once(store: Store) -> None:
    raised(store)
    told(store, "pager", after=1)
    cleared(store, after=2)
    (alarm,) = store.read(alarms.untold)
    assert alarm.told == ("pager",)
    told(store, "pager", after=3)
    assert store.read(alarms.untold) == []


def test_after_its_end_was_told_a_cause_begins_anew_and_the_last_telling_is_remembered(store: Store) -> None:
    raised(store, count=9)
    told(store, "pager", after=1)
    cleared(store, after=2)
    told(store, after=3)
    raised(store, after=10)
    alarm = only(store)
    assert (alarm.episode, alarm.first_at, alarm.count, alarm.told) == (2, NOW + 10 * MINUTE, 1, ())
    assert (alarm.told_at, alarm.told_count) == (NOW + MINUTE, 0)


def test_a_cause_that_is_back_before_its_end_was_told_never_ended(store: Store) -> None:
    raised(store)
    told(store, "pager", after=1)
    cleared(store, after=2)
    raised(store, after=3)
    alarm = only(store)
    assert (alarm.episode, alarm.first_at, alarm.count, alarm.told) == (1, NOW, 2, ("pager",))
    assert alarm.resolved_at is None


def test_the_worst_and_oldest_come_first(store: Store) -> None:
    raised(store, replace(CAUSE, key="mild", severity=Severity.WARNING))
    raised(store, replace(CAUSE, key="late", severity=Severity.CRITICAL), after=2)
    raised(store, replace(CAUSE, key="early", severity=Severity.CRITICAL), after=1)
    assert [alarm.cause.key for alarm in store.read(alarms.standing)] == ["early", "late", "mild"]
    paused = store.read(lambda tx: alarms.standing(tx, kinds={CauseKind.PAUSED}))
    assert paused == []


@pytest.mark.parametrize("key", ["x" * 2000, "with \x00 and \ud800"])
def test_odd_keys_are_found_again(store: Store, key: str) -> None:
    raised(store, replace(CAUSE, key=key))
    assert store.write(lambda tx: alarms.clear(tx, key, now=NOW))


def test_a_store_of_the_first_release_gets_the_table_and_keeps_its_rows(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    engine = sa.create_engine(url)
    with engine.begin() as tx:
        migrating.upgrade(tx, to="0001_first")
        tx.execute(sa.text("INSERT INTO schedules (name, next_at) VALUES ('prune', 1)"))
    engine.dispose()
    with Store.open(StoreSettings(url=url)) as store:
        assert store.read(alarms.standing) == []
        assert store.read(lambda tx: tx.execute(sa.text("SELECT name FROM schedules")).scalar()) == "prune"
