"""Backup: one file that holds the whole store at one moment, taken while it works, and given back to an empty one.

The file is a zip archive: `manifest.json`, and `store.db` (SQLite) or `<table>.copy` for each table (PostgreSQL).
Law: a backup that cannot be read back is none: it is checked before it gets its name.
"""

import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from sqlalchemy.engine import make_url

from vedette.model.settings import StoreSettings
from vedette.store import backup_postgres, backup_sqlite, migrating
from vedette.store.archive import MANIFEST, Manifest
from vedette.store.failures import StoreRefused

_ENGINES = {"sqlite": backup_sqlite, "postgresql": backup_postgres}


@dataclass(frozen=True, slots=True)
class Copied:
    """What a backup holds, or what was restored."""

    file: Path
    engine: str
    revision: str
    rows: Mapping[str, int]
    bytes: int


def backup(settings: StoreSettings, target: Path) -> Copied:
    """Write the store, as it is now, to `target`; others may go on working meanwhile.

    Raises StoreRefused when `target` exists, StoreUnavailable when the database or the disk fails.
    """
    if target.exists():
        raise StoreRefused(f"{target} exists already; name another file")
    kind = _kind(settings)
    part = target.with_name(target.name + ".part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            manifest = _ENGINES[kind].save(settings.url, archive, scratch=part.with_suffix(".db"))
            archive.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
        _read_back(part)
        _kept(part, target)
    finally:
        part.unlink(missing_ok=True)
    return _copied(target, manifest)


def restore(source: Path, settings: StoreSettings) -> Copied:
    """Fill an empty store from a backup of the same engine and bring its tables up to date.

    Raises StoreRefused when the file is no backup, is damaged, is of another engine or a newer Vedette, when the store
    holds anything already, or when a Vedette runs on it.
    """
    kind = _kind(settings)
    manifest = _read_back(source)
    if manifest.engine != kind:
        raise StoreRefused(
            f"{source} is a backup of {manifest.engine}, and store.url names {kind}; restore into its like"
        )
    if manifest.revision not in migrating.revisions():
        raise StoreRefused(
            f"{source} is at revision {manifest.revision}, which this Vedette does not know; "
            "install the version that wrote it"
        )
    with zipfile.ZipFile(source) as archive:
        _ENGINES[kind].load(settings.url, archive, manifest)
    return _copied(source, manifest)


def _kind(settings: StoreSettings) -> str:
    kind = make_url(settings.url).get_backend_name()
    if kind not in _ENGINES:
        raise StoreRefused(f"store.url begins with {kind!r}; write sqlite:///path or postgresql://user@host/database")
    return kind


def _read_back(file: Path) -> Manifest:
    try:
        with zipfile.ZipFile(file) as archive:
            damaged = archive.testzip()
            manifest = msgspec.json.decode(archive.read(MANIFEST), type=Manifest)
    except FileNotFoundError:
        raise StoreRefused(f"{file} does not exist") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, msgspec.MsgspecError) as problem:
        raise StoreRefused(f"{file} is not a backup of Vedette, or was cut short: {problem}") from problem
    if damaged is not None:
        raise StoreRefused(f"{file} is damaged: {damaged} does not match its checksum")
    return manifest


def _kept(part: Path, target: Path) -> None:
    # The name appears only when the bytes are on the disk, and stays after a power cut.
    _flush(part)
    part.rename(target)
    _flush(target.parent)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copied(file: Path, manifest: Manifest) -> Copied:
    return Copied(
        file=file,
        engine=manifest.engine,
        revision=manifest.revision,
        rows=manifest.rows,
        bytes=file.stat().st_size,
    )
