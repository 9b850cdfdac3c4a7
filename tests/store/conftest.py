"""A fresh store of each kind for a test, and the words to fill it with."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.databases import PostgresServer, fresh_database, lay_tables
from vedette.model.deliveries import DeliveryKind, NewDelivery
from vedette.model.issues import IssueKey
from vedette.model.jobs import JobKind, Lease, NewJob
from vedette.model.settings import StoreSettings
from vedette.model.tickets import Route
from vedette.store import queue
from vedette.store.database import Store
from vedette.store.tables import metadata

NOW = datetime(2031, 3, 4, 5, 6, 7, 891011, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
ISSUE = IssueKey("default", "4711")
ROUTE = Route(tracker="jira", project="WB", type="Bug", labels=("sentry",), fields={"Team": {"id": 7}})

Opener = Callable[[], Store]


@pytest.fixture(params=["sqlite", "postgres"])
def empty_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreSettings]:
    """Settings of a store without tables, once per engine."""
    if request.param == "sqlite":
        yield StoreSettings(url=f"sqlite:///{tmp_path}/vedette.db")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with fresh_database(server) as url:
        yield StoreSettings(url=url)


@pytest.fixture(scope="session")
def postgres_tables(postgres_server: PostgresServer) -> Iterator[str]:
    """A database with tables, which each test empties first, for the same reason."""
    with fresh_database(postgres_server) as url:
        Store.open(StoreSettings(url=url)).close()
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def store_settings(request: pytest.FixtureRequest) -> StoreSettings:
    """Settings of a store with tables and without rows, once per engine."""
    if request.param == "sqlite":
        settings: StoreSettings = request.getfixturevalue("sqlite_settings")
        return settings
    url: str = request.getfixturevalue("postgres_tables")
    with psycopg.connect(url) as connection:
        _empty(connection)
    return StoreSettings(url=url)


def _empty(connection: psycopg.Connection) -> None:
    """Delete every row and begin every number anew; only tables with rows are truncated, since each costs files."""
    has_rows = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
    names = [table.name for table in metadata.sorted_tables]
    asked = sql.SQL(" UNION ALL ").join(has_rows.format(name, sql.Identifier(name)) for name in names)
    full = sql.SQL(", ").join(sql.Identifier(name) for (name,) in connection.execute(asked))
    if full.as_string():
        connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(full))
    connection.execute(
        "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)"
        " FROM pg_sequences WHERE last_value IS NOT NULL"
    )


@pytest.fixture
def sqlite_settings(tmp_path: Path) -> StoreSettings:
    """Settings of a SQLite store, for what only SQLite can do wrong."""
    lay_tables(tmp_path / "vedette.db")
    return StoreSettings(url=f"sqlite:///{tmp_path}/vedette.db")


@pytest.fixture
def opener(store_settings: StoreSettings) -> Iterator[Opener]:
    """Opens the same store any number of times, as several processes would, and closes them all."""
    opened: list[Store] = []

    def open_store() -> Store:
        opened.append(Store.open(store_settings))
        return opened[-1]

    yield open_store
    for store in opened:
        store.close()


@pytest.fixture
def store(opener: Opener) -> Store:
    """One open store."""
    return opener()


def a_delivery(number: int = 1, *, body: bytes | None = None) -> NewDelivery:
    """A delivery like any other; the same number gives the same one."""
    content = body if body is not None else b'{"number": %d}' % number
    return NewDelivery(
        kind=DeliveryKind.SENTRY,
        instance="default",
        request_id=f"request-{number}",
        sha256=hashlib.sha256(content).hexdigest(),
        headers=(("sentry-hook-resource", "event_alert"),),
        body=content,
        received_at=NOW,
    )


def a_job(*, to: str = "jira", order: str = "", unique: str = "", kind: JobKind = JobKind.OPEN_TICKET) -> NewJob:
    """A job for a destination."""
    return NewJob(kind=kind, destination=to, order_key=order, unique_key=unique, issue=ISSUE, payload={"n": 1})


def enqueue(store: Store, *jobs: NewJob, now: datetime = NOW) -> list[int | None]:
    """Enqueue in one transaction."""
    return store.write(lambda tx: [queue.enqueue(tx, job, now=now) for job in jobs])


def lease(
    store: Store, *, limit: int = 20, now: datetime = NOW, worker: str = "w1", lasting: timedelta = MINUTE
) -> list[Lease]:
    """Lease in one transaction."""
    return store.write(lambda tx: queue.lease(tx, worker=worker, limit=limit, lease=lasting, now=now))
