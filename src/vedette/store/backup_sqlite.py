"""Backup of a SQLite file by SQLite's own online copy, in one step, so that writers never make it begin anew."""

import os
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from vedette import __version__
from vedette.store import archive as archives
from vedette.store import locks, migrating, sqlite
from vedette.store.archive import Manifest
from vedette.store.failures import StoreRefused, StoreUnavailable

_INSIDE = "store.db"
_CHUNK = 1024 * 1024


def save(url: str, archive: zipfile.ZipFile, *, scratch: Path) -> Manifest:
    """Copy the file into the archive, by way of `scratch`, and prove the copy whole."""
    path = sqlite.path_of(url)
    if not path.exists():
        raise StoreRefused(f"{path} does not exist; correct store.url")
    try:
        _copy(path, scratch)
        _prove(scratch)
        archive.write(scratch, _INSIDE)
        return _manifest(scratch)
    finally:
        _remove(scratch)


def load(url: str, archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """Put the archive's file in the place of an empty store that nobody uses."""
    path = sqlite.path_of(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = locks.process_lock(path)
    if not lock.take():
        raise StoreRefused(f"a Vedette runs on {path}; stop it before a restore")
    part = path.with_name(path.name + ".restore")
    try:
        _refuse_unless_empty(path)
        _extract(archive, part)
        _prove(part)
        if (found := _manifest(part).rows) != manifest.rows:
            raise StoreRefused(f"the backup holds {found}, and says that it holds {manifest.rows}")
        _remove(path)  # with its log: a log of another file would be replayed into this one
        part.rename(path)
    finally:
        _remove(part)
        lock.release()
    engine = sqlite.writing_engine(path)
    migrating.bring_up(engine, looking=engine)
    engine.dispose()


def _copy(path: Path, target: Path) -> None:
    driver: Any = sqlite.driver()
    try:
        with closing(driver.connect(path)) as source, closing(driver.connect(target)) as copy:
            sqlite.promise(source, wait_ms=sqlite.READER_WAIT_MS)
            source.backup(copy)  # every page in one step: one snapshot, while others go on writing
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    except driver.Error as problem:
        raise StoreUnavailable(f"{path} could not be copied to {target}: {problem}") from problem


def _prove(path: Path) -> None:
    driver: Any = sqlite.driver()
    try:
        with closing(driver.connect(path)) as connection:
            answer = [row[0] for row in connection.execute("PRAGMA integrity_check")]
    except driver.Error as problem:
        answer = [str(problem)]
    if answer != ["ok"]:
        raise StoreRefused(f"{path.name} is damaged: {'; '.join(answer[:3])}")


def _manifest(path: Path) -> Manifest:
    engine = create_engine(sqlite.url_of(path), module=sqlite.driver(), poolclass=NullPool)
    with engine.connect() as tx:
        return Manifest(
            engine="sqlite",
            revision=migrating.revision(tx) or "",
            vedette=__version__,
            taken_at=datetime.now(UTC).isoformat(timespec="seconds"),
            rows=archives.count(tx),
            columns={},
        )


def _refuse_unless_empty(path: Path) -> None:
    if not path.exists():
        return
    engine = create_engine(sqlite.url_of(path), module=sqlite.driver(), poolclass=NullPool)
    with engine.connect() as tx:
        if migrating.revision(tx) is not None:
            archives.refuse_unless_empty(tx, str(path))


def _extract(archive: zipfile.ZipFile, target: Path) -> None:
    with archive.open(_INSIDE) as packed, target.open("wb") as file:
        while chunk := packed.read(_CHUNK):
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
