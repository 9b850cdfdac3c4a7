"""SQLite: the driver, the connections and what each of them must promise.

Law: every connection is in WAL mode with `synchronous=FULL`, and none checkpoints by itself; a transaction that
writes begins with BEGIN IMMEDIATE, so that it never has to give up half-way for a lock.
"""

import importlib
import os
import time
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool, QueuePool

from vedette.store import locks
from vedette.store.failures import StoreRefused

# Before this, two connections that write and checkpoint at the same time can corrupt the file:
# https://sqlite.org/wal.html#walresetbug
FIXED = (3, 51, 3)
READERS = 4
# SQLite's own wait grows to 100 ms a sleep, so that a busy neighbour starves us; ours is short and repeated by the
# a BEGIN until its patience ends.
WRITER_WAIT_MS = 1
TURN_WAIT_S = 0.0005
# How long a BEGIN waits for another process's transaction; none of ours takes longer than some 30 ms, so past this a
# process is stopped in the middle of one, or the disk hangs.
PATIENCE_S = 5.0
READER_WAIT_MS = 5_000


def driver() -> ModuleType:
    """pysqlite3, which carries a mended SQLite; the standard library's where there is no wheel."""
    try:
        return importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return importlib.import_module("sqlite3")


def version() -> tuple[int, int, int]:
    """The version of the SQLite at hand."""
    major, minor, patch = driver().sqlite_version_info
    return (major, minor, patch)


def may_share() -> bool:
    """Whether several processes may write to one file."""
    return version() >= FIXED


def locked(problem: BaseException) -> bool:
    """Whether SQLite only says that another connection is at work."""
    return any(word in str(problem) for word in ("locked", "busy"))


def enter(path: Path, *, role: str) -> locks.FileLock:
    """Take the process lock as this SQLite must; raises StoreRefused with the reason and the cure."""
    lock = locks.process_lock(path)
    if lock.take(shared=may_share()):
        return lock
    at_hand, fixed = (".".join(map(str, numbers)) for numbers in (version(), FIXED))
    raise StoreRefused(
        f"{path}: `vedette {role}` cannot open the store, another process has it. SQLite before {fixed} can corrupt a "
        f"file that several processes write to (https://sqlite.org/wal.html#walresetbug); this one is {at_hand}. "
        "Run everything in one `vedette serve`, install the package pysqlite3 for every process, or use PostgreSQL "
        "(store.url: postgresql://...)."
    )


def path_of(url: str) -> Path:
    """The file that a `sqlite:///...` URL names; a store in memory would lose what it acknowledged."""
    database = make_url(url).database
    if not database or database == ":memory:" or database.startswith("file:"):
        raise StoreRefused(f"store.url {url!r} names no file; write sqlite:///path/to/vedette.db")
    return Path(database).absolute()


def obstacle(url: str) -> str:
    """What keeps this user from writing the store's file; "" where nothing does."""
    path = path_of(url)
    try:
        return _obstacle_at(path)
    except OSError as problem:  # a folder on the way that this user may not look into, a name that is too long
        return f"{path}: {problem.strerror}"


def _obstacle_at(path: Path) -> str:
    if path.is_dir():
        return f"{path} is a folder"
    if path.exists():
        return "" if os.access(path, os.W_OK) else f"{path} cannot be written by this user"
    folder = next(each for each in path.parents if each.exists())  # those below it are made
    if not folder.is_dir():
        return f"{folder} is no folder"
    return "" if os.access(folder, os.W_OK | os.X_OK) else f"the folder {folder} cannot be written by this user"


def url_of(path: Path) -> URL:
    """The URL of a file, whatever characters its name has."""
    return URL.create("sqlite", database=str(path))


def writing_engine(path: Path) -> Engine:
    """An engine for one connection that writes."""
    engine = _engine(path, poolclass=NullPool)
    event.listen(engine, "connect", _promise_writer)
    event.listen(engine, "begin", partial(_begin_immediate, turn=locks.turn_lock(path)))
    return engine


def reading_engine(path: Path) -> Engine:
    """An engine whose connections cannot write."""
    engine = _engine(path, poolclass=QueuePool, pool_size=READERS, max_overflow=READERS)
    event.listen(engine, "connect", _promise_reader)
    event.listen(engine, "begin", _begin_deferred)
    return engine


def promise(connection: Any, *, wait_ms: int) -> None:
    """Set on a raw connection what all of ours promise."""
    for pragma in (
        f"busy_timeout={wait_ms}",  # first: changing the journal's mode may have to wait already
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "wal_autocheckpoint=0",
        "journal_size_limit=67108864",  # bytes of WAL file kept after a checkpoint, so that a burst gives space back
    ):
        connection.execute(f"PRAGMA {pragma}")


def _engine(path: Path, **pool: Any) -> Engine:
    # isolation_level None: the driver begins nothing by itself, hence SAVEPOINT works and BEGIN is ours.
    arguments = {"isolation_level": None, "check_same_thread": False}
    return create_engine(url_of(path), module=driver(), connect_args=arguments, **pool)


def _promise_writer(connection: Any, _: Any) -> None:
    # The wait is long while the connection is made: another process may be changing the journal's mode.
    promise(connection, wait_ms=READER_WAIT_MS)
    connection.execute(f"PRAGMA busy_timeout={WRITER_WAIT_MS}")


def _promise_reader(connection: Any, _: Any) -> None:
    promise(connection, wait_ms=READER_WAIT_MS)
    connection.execute("PRAGMA query_only=ON")


def _begin_immediate(connection: Connection, *, turn: locks.FileLock) -> None:
    deadline = time.monotonic() + PATIENCE_S
    _await_turn(turn)
    try:
        while not _begun(connection) and time.monotonic() < deadline:
            continue  # each try waits WRITER_WAIT_MS
    finally:
        turn.release()
    if not connection.connection.driver_connection.in_transaction:  # type: ignore[union-attr]
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # a last try, which raises in SQLAlchemy's own words


def _await_turn(turn: locks.FileLock) -> None:
    # A courtesy and no more: should a process be stopped while it is next, the others go on without a turn.
    deadline = time.monotonic() + PATIENCE_S / 2
    while not turn.take() and time.monotonic() < deadline:
        time.sleep(TURN_WAIT_S)


def _begun(connection: Connection) -> bool:
    raw: Any = connection.connection.driver_connection
    try:
        raw.execute("BEGIN IMMEDIATE")
    except driver().OperationalError as problem:
        return not locked(problem)
    return True


def _begin_deferred(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
