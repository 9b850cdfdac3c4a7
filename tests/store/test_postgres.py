"""PostgreSQL: lost connections, deadlocks, and servers that would rather not flush."""

import threading
from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa

from tests.store.conftest import NOW, a_delivery, a_job, enqueue
from tests.store.test_durability import PATIENCE
from vedette.model.settings import StoreSettings
from vedette.store.database import Store, StoreUnavailable, Tx


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[Store]:
    """A store in a database of this test alone."""
    with Store.open(StoreSettings(url=postgres_url)) as store:
        yield store


def end_connections(url: str) -> None:
    """What a restart of the server does to everybody."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_connections_that_died_unnoticed_cost_nobody_anything(postgres_store: Store, postgres_url: str) -> None:
    enqueue(postgres_store, a_job())
    postgres_store.accept(a_delivery(1)).result(PATIENCE)
    end_connections(postgres_url)
    assert enqueue(postgres_store, a_job()) == [2]
    end_connections(postgres_url)
    assert postgres_store.accept(a_delivery(2)).result(PATIENCE).id
    end_connections(postgres_url)
    assert postgres_store.read(lambda tx: tx.execute(sa.text("SELECT count(*) FROM jobs")).scalar()) == 2


def test_a_deadlock_is_run_again(postgres_store: Store) -> None:
    meeting, runs = threading.Barrier(2), []

    def crossing(first: str, second: str) -> None:
        def work(tx: Tx) -> None:
            runs.append(first)
            insert = sa.text("INSERT INTO schedules VALUES (:name, 1) ON CONFLICT (name) DO UPDATE SET next_at = 2")
            tx.execute(insert, {"name": first})
            if len(runs) <= 2:
                meeting.wait(PATIENCE)
            tx.execute(insert, {"name": second})

        postgres_store.write(work)

    threads = [threading.Thread(target=crossing, args=pair) for pair in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)
    assert len(runs) >= 3  # the one that ran again may meet the other once more
    assert postgres_store.read(lambda tx: tx.execute(sa.text("SELECT count(*) FROM schedules")).scalar()) == 2


def test_a_server_that_need_not_flush_is_asked_to(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {connection.info.dbname} SET synchronous_commit = off")
    with Store.open(StoreSettings(url=postgres_url)) as store:
        assert store.write(lambda tx: tx.execute(sa.text("SHOW synchronous_commit")).scalar()) == "on"


def test_a_server_that_is_not_there_is_told(tmp_path: object) -> None:
    with pytest.raises(StoreUnavailable, match="could not be opened"):
        Store.open(StoreSettings(url=f"postgresql://vedette@/vedette?host={tmp_path}"))


def test_a_server_that_goes_away_is_told_and_seen_in_health(postgres_store: Store, postgres_url: str) -> None:
    enqueue(postgres_store, a_job())
    name = postgres_url.removeprefix("postgresql://postgres@/").partition("?")[0]
    with psycopg.connect(postgres_url.replace(f"/{name}?", "/postgres?"), autocommit=True) as elsewhere:
        elsewhere.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        elsewhere.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        with pytest.raises(StoreUnavailable):
            enqueue(postgres_store, a_job())
        assert isinstance(postgres_store.accept(a_delivery()).exception(PATIENCE), StoreUnavailable)
        assert not postgres_store.health().ok
        elsewhere.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert postgres_store.accept(a_delivery()).result(PATIENCE).repeat is False
    assert postgres_store.health().ok
    assert postgres_store.write(lambda tx: NOW) == NOW
