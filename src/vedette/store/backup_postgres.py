"""Backup of PostgreSQL: each of our tables by COPY, all from one snapshot; needs no pg_dump and no superuser."""

import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from vedette import __version__
from vedette.store import archive as archives
from vedette.store import migrating, postgres
from vedette.store.archive import Manifest
from vedette.store.failures import StoreRefused, StoreUnavailable

_CHUNK = 1024 * 1024
_RUNNING = text(
    "SELECT application_name FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid() AND application_name LIKE 'vedette %'"
)
# A process that has closed its connection is listed for a moment longer: its server process ends after it.
_LOOKS = 10
_LATER = text("SELECT pg_stat_clear_snapshot(), pg_sleep(0.1)")


def save(url: str, archive: zipfile.ZipFile, *, scratch: Path) -> Manifest:  # noqa: ARG001 - SQLite's needs one
    """Copy every table into the archive, as of one moment."""
    engine = postgres.writing_engine(url, connections=1, name="backup")
    try:
        with postgres.reading_engine(engine).connect() as tx, tx.begin():
            return _save(tx, archive)
    except (DBAPIError, psycopg.Error) as problem:
        raise StoreUnavailable(f"PostgreSQL could not be copied: {problem}") from problem
    finally:
        engine.dispose()


def load(url: str, archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """Fill an empty database that nobody uses, in one transaction, then bring its tables up to date."""
    engine = postgres.writing_engine(url, connections=1, name="restore")
    try:
        _load(engine, archive, manifest)
        migrating.bring_up(engine, looking=engine)
    except (DBAPIError, psycopg.Error) as problem:
        raise StoreUnavailable(f"PostgreSQL could not be filled: {problem}") from problem
    finally:
        engine.dispose()


def _save(tx: Connection, archive: zipfile.ZipFile) -> Manifest:
    revision = migrating.revision(tx)
    if revision is None:
        raise StoreRefused("the database holds no Vedette; correct store.url")
    columns = {
        table.name: [one["name"] for one in inspect(tx).get_columns(table.name)] for table in archives.present(tx)
    }
    for table, names in columns.items():
        _copy_out(tx, archive, table, names)
    return Manifest(
        engine="postgresql",
        revision=revision,
        vedette=__version__,
        taken_at=datetime.now(UTC).isoformat(timespec="seconds"),
        rows=archives.count(tx),
        columns=columns,
    )


def _load(engine: Engine, archive: zipfile.ZipFile, manifest: Manifest) -> None:
    with engine.begin() as tx:
        if running := _running(tx):
            raise StoreRefused(f"{running!r} is connected to the database; stop it before a restore")
        if migrating.revision(tx) is None:
            migrating.upgrade(tx, to=manifest.revision)
        elif migrating.revision(tx) != manifest.revision:
            raise StoreRefused(
                f"the database is at revision {migrating.revision(tx)}, the backup at {manifest.revision}; "
                "restore into a database without tables"
            )
        archives.refuse_unless_empty(tx, "the database")
        archives.forget_the_start(tx)
        for table, names in manifest.columns.items():
            _copy_in(tx, archive, table, names)
        if (found := archives.count(tx)) != manifest.rows:
            raise StoreRefused(f"the backup holds {found}, and says that it holds {manifest.rows}")


def _running(tx: Connection) -> str:
    """The name of a process of ours that is connected, and stays so; "" where there is none."""
    for _ in range(_LOOKS):
        found = tx.execute(_RUNNING).scalars().first()
        if found is None:
            return ""
        tx.execute(_LATER)
    return str(found)


def _copy_out(tx: Connection, archive: zipfile.ZipFile, table: str, names: list[str]) -> None:
    with archive.open(f"{table}.copy", "w") as packed, _cursor(tx).copy(_copy(table, names, "TO STDOUT")) as copy:
        for block in copy:
            packed.write(block)


def _copy_in(tx: Connection, archive: zipfile.ZipFile, table: str, names: list[str]) -> None:
    with archive.open(f"{table}.copy") as packed, _cursor(tx).copy(_copy(table, names, "FROM STDIN")) as copy:
        while block := packed.read(_CHUNK):
            copy.write(block)
    if "id" in names:  # rows came with their numbers: the next one must be larger
        row = sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), coalesce(max(id), 0) + 1, false) FROM {}")
        _cursor(tx).execute(row.format(sql.Literal(table), sql.Identifier(table)))


def _copy(table: str, names: list[str], where: str) -> sql.Composed:
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    return sql.SQL("COPY {} ({}) {}").format(sql.Identifier(table), columns, sql.SQL(where))


def _cursor(tx: Connection) -> Any:
    driver: Any = tx.connection.driver_connection
    return driver.cursor()
