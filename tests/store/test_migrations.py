"""Migrations: from nothing to today's tables, once, and never a guess about a newer store."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from tests.store.conftest import Opener
from vedette.model.issues import IssueKey
from vedette.model.settings import StoreSettings
from vedette.model.tickets import Route
from vedette.store import ledger, migrating, postgres, sqlite
from vedette.store.database import Store, StoreRefused, StoreUnavailable
from vedette.store.tables import metadata


@pytest.fixture
def store(empty_settings: StoreSettings) -> Iterator[Store]:
    """A store that was migrated for this test."""
    with Store.open(empty_settings) as opened:
        yield opened


def test_the_tables_that_migrations_make_are_those_that_the_code_means(store: Store) -> None:
    def difference(tx: sa.Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(tx, opts={"compare_type": True}), metadata))

    assert store.read(difference) == []


def test_every_index_and_check_is_made_under_its_name(store: Store) -> None:
    def names(tx: sa.Connection) -> tuple[set[str | None], set[str | None]]:
        inspector, tables = sa.inspect(tx), metadata.sorted_tables
        indexes = {one["name"] for table in tables for one in inspector.get_indexes(table.name)}
        checks = {one["name"] for table in tables for one in inspector.get_check_constraints(table.name)}
        return indexes, checks

    indexes, checks = store.read(names)
    assert {index.name for table in metadata.sorted_tables for index in table.indexes} <= indexes
    assert checks == {"deliveries_state", "jobs_state", "claims_state"}


def test_replicas_that_start_together_migrate_once(empty_settings: StoreSettings) -> None:
    opened: list[Store] = []
    threads = [threading.Thread(target=lambda: opened.append(Store.open(empty_settings))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [store.health().at_head for store in opened] == [True] * 4
    for store in opened:
        store.close()


def test_a_store_of_a_newer_vedette_is_refused(empty_settings: StoreSettings) -> None:
    with Store.open(empty_settings) as store:
        store.write(lambda tx: tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999_future'")))
        assert not store.health().ok
    with pytest.raises(StoreRefused, match="9999_future, which this Vedette does not know"):
        Store.open(empty_settings)


def test_without_leave_to_migrate_an_empty_store_is_refused(empty_settings: StoreSettings) -> None:
    with pytest.raises(StoreRefused, match="revision none, this Vedette needs"):
        Store.open(empty_settings, migrate=False)


def test_a_reader_looks_and_never_writes(empty_settings: StoreSettings) -> None:
    with Store.open(empty_settings), Store.open(empty_settings, role="read") as reader:
        assert reader.read(migrating.at_head)
        assert reader.health().ok
        with pytest.raises(StoreRefused, match="for reading only"):
            reader.write(lambda tx: None)


def test_a_read_cannot_write(store: Store) -> None:
    with pytest.raises((sa.exc.DBAPIError, StoreUnavailable), match=r"read.?only"):
        store.read(lambda tx: tx.execute(sa.text("DELETE FROM jobs")))


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y"])
def test_a_url_that_names_no_durable_store_is_refused(url: str) -> None:
    with pytest.raises(StoreRefused, match="write sqlite:///path"):
        Store.open(StoreSettings(url=url))


def test_a_file_whose_name_has_odd_characters_is_opened(tmp_path: Path) -> None:
    with Store.open(StoreSettings(url=f"sqlite:///{tmp_path}/a b#c.db")) as store:
        assert store.health().ok
    assert (tmp_path / "a b#c.db").exists()


def test_the_same_store_opens_again(opener: Opener) -> None:
    opener().close()
    assert opener().health().ok


def test_claims_of_before_places_keep_their_route_and_have_no_place(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    route = '{"tracker":"asana","project":"12001","section":"Triage"}'
    values = "'default','1','main',1,'open','asana','12001',:route,'','s',0,0,'7','7','','',0,0,'',0"
    columns = (
        "instance,issue,track,generation,state,tracker,project,route,owner,stamp,created_at,as_of,"
        "ticket_id,ticket_key,ticket_url,ticket_status,opened_at,attempts,watermark,refreshed_at"
    )
    engine = sa.create_engine(url)
    with engine.begin() as tx:
        migrating.upgrade(tx, to="0001_first")
        tx.execute(sa.text(f"INSERT INTO claims ({columns}) VALUES ({values})"), {"route": route})
    engine.dispose()
    with Store.open(StoreSettings(url=url)) as store:
        (claim,) = store.read(lambda tx: ledger.history(tx, IssueKey("default", "1")))
    assert claim.place is None
    assert claim.sent == claim.route == Route("asana", "12001", section="Triage")


_OLD_CLAIM = sa.text(
    """
    INSERT INTO claims (id, instance, issue, track, generation, state, tracker, project, route, owner, stamp,
        created_at, as_of, ticket_id, ticket_key, ticket_url, ticket_status, attempts, watermark)
    VALUES (:id, 'default', :issue, 'main', :generation, :state, 'jira', 'WB', '{"tracker":"jira","project":"WB"}',
        '', :stamp, 1, 1, '', '', '', '', 0, '')
    """
)


def test_claims_of_before_the_chain_are_chained_by_their_numbers(empty_settings: StoreSettings) -> None:
    rows = [
        (1, "7", 1, "done"),
        (2, "7", 2, "dropped"),
        (3, "7", 3, "wont_do"),
        (4, "7", 4, "open"),
        (5, "8", 1, "open"),
    ]
    with before_the_chain(empty_settings) as tx:
        for number, issue, generation, state in rows:
            values = {"id": number, "issue": issue, "generation": generation, "state": state, "stamp": f"s{number}"}
            tx.execute(_OLD_CLAIM, values)
    with Store.open(empty_settings) as opened:
        assert opened.health().at_head
        claims = opened.read(lambda tx: ledger.all_claims(tx, limit=10))
        assert [(claim.event, claim.previous, claim.root) for claim in claims] == [
            ("", None, None),
            ("", 1, 1),
            ("", 1, 1),
            ("", 3, 1),
            ("", None, None),
        ]
        # What was live still excludes a second one.
        fresh = opened.write(lambda tx: claimed(tx, generation=5))
        assert fresh is None


def claimed(tx: sa.Connection, *, generation: int) -> object:
    route, now = Route("jira", "WB"), datetime(2026, 11, 20, tzinfo=UTC)
    key = IssueKey("default", "7")
    return ledger.claim(tx, issue=key, track="main", generation=generation, route=route, owner="", now=now, as_of=now)


@contextmanager
def before_the_chain(settings: StoreSettings) -> Iterator[sa.Connection]:
    """A transaction on a store whose claims know no chain yet."""
    if settings.url.startswith("sqlite"):
        engine = sqlite.writing_engine(sqlite.path_of(settings.url))
    else:
        engine = postgres.writing_engine(settings.url, connections=1, name="test")
    place = next(at for at, name in enumerate(migrating.revisions()) if name.endswith("_chain"))
    with engine.begin() as tx:
        migrating.upgrade(tx, to=migrating.revisions()[place - 1])
        yield tx
    engine.dispose()
