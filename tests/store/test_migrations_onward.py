"""Later migrations: a store of the first tables, with rows in it, comes up to date and loses none that is of use."""

import sqlalchemy as sa

from tests.store.conftest import NOW
from vedette.model.settings import StoreSettings
from vedette.store import alarms, archive, counters, migrating, recall
from vedette.store.database import Store, Tx
from vedette.store.types import microseconds


def a_store_of_the_first_tables(settings: StoreSettings) -> None:
    """The tables of 0001, with a counter that is asked for and one that nobody reads any more."""
    url = settings.url.replace("postgresql://", "postgresql+psycopg://")
    engine = sa.create_engine(url)
    row = sa.text("INSERT INTO counters (name, labels, slot, value) VALUES (:name, '{}', :slot, 3)")
    with engine.begin() as tx:
        migrating.upgrade(tx, to="0001_first")
        tx.execute(row, [{"name": name, "slot": microseconds(NOW)} for name in ("deliveries", "poll_found")])
    engine.dispose()


def test_a_store_of_the_first_tables_comes_up_to_date_and_keeps_its_rows(empty_settings: StoreSettings) -> None:
    a_store_of_the_first_tables(empty_settings)
    with Store.open(empty_settings) as store:
        assert store.read(migrating.at_head)

        def totals(tx: Tx) -> tuple[int, int]:
            return counters.total(tx, "deliveries", since=NOW), counters.total(tx, "poll_found", since=NOW)

        assert store.read(totals) == (3, 0)
        assert store.read(lambda tx: recall.missed(tx, since=NOW, limit=1)) == []
        assert {name for name, rows in store.read(archive.count).items() if rows} == {"counters"}


def test_an_alarm_of_before_names_no_notifier_and_stands_on(empty_settings: StoreSettings) -> None:
    engine = sa.create_engine(empty_settings.url.replace("postgresql://", "postgresql+psycopg://"))
    row = sa.text(
        "INSERT INTO alarms (key, kind, severity, title, cure, facts, path, owner, about, patience, episode, first_at,"
        " last_at, times, told_count, told) VALUES ('paused:jira', 'paused', 'critical', 'paused', 'resume', '{}', '/',"
        " '', 'jira', 0, 1, :now, :now, 1, 0, '[\"pager\"]')"
    )
    with engine.begin() as tx:
        migrating.upgrade(tx, to="0011_windows")
        tx.execute(row, {"now": microseconds(NOW)})
    engine.dispose()
    with Store.open(empty_settings) as store:
        (alarm,) = store.read(alarms.standing)
        assert (alarm.cause.notify, alarm.told, alarm.cause.about) == ((), ("pager",), "jira")
