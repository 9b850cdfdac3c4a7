"""Database: opens the store, and runs work in transactions that are durable when the call returns.

Law: nothing is acknowledged before its COMMIT; no transaction spans I/O of any other kind.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Self, TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from vedette.model.deliveries import NewDelivery
from vedette.model.settings import StoreSettings
from vedette.store import (  # noqa: F401 - their tables
    accesstables,
    floodtables,
    locks,
    migrating,
    monitortables,
    postgres,
    requesttables,
    sqlite,
    watchtables,
)
from vedette.store.batches import Batch, PostgresBatch, SqliteBatch
from vedette.store.checkpoint import Checkpointer
from vedette.store.failures import LeaseLost, StoreBusy, StoreRefused, StoreUnavailable
from vedette.store.intake import Accepted
from vedette.store.waking import Waker
from vedette.store.writer import Writer

__all__ = ["Accepted", "Health", "LeaseLost", "Store", "StoreBusy", "StoreRefused", "StoreUnavailable", "Tx"]

Tx = Connection
T = TypeVar("T")

READ = "read"  # the role of commands that only look


@dataclass(frozen=True, slots=True)
class Health:
    """How the store does; `trouble` is empty when all is well, else a sentence with the cure."""

    ok: bool
    trouble: str
    writer_alive: bool
    last_commit_at: datetime | None
    waiting: int  # deliveries and works that wait for the disk
    at_head: bool
    engine: str  # "SQLite 3.53.4", "PostgreSQL 18.4"
    may_share: bool  # whether several processes may use it
    checkpoints: bool  # whether this process is the one that checkpoints (SQLite)


class Store:
    """One process's door to the database; thread-safe, opened once and passed down."""

    def __init__(
        self,
        *,
        writing: Engine,
        reading: Engine,
        writer: Writer | None,
        waker: Waker,
        process: locks.FileLock | None = None,
        checkpointer: Checkpointer | None = None,
    ) -> None:
        self.writing = writing
        self.reading = reading
        self._writer = writer
        self._waker = waker
        self._process = process
        self._checkpointer = checkpointer
        self._sqlite = writing.dialect.name == "sqlite"

    @classmethod
    def open(
        cls, settings: StoreSettings, *, migrate: bool = True, role: str = "serve", connections: int = 8
    ) -> "Store":
        """Open the store that `settings.url` names and bring its tables up to date.

        `role` is `serve`, `work`, another command's name, or `read`: a reader starts no writer, migrates nothing and
        may always stand beside others. `connections`: PostgreSQL's pool, the number of worker threads plus four.
        Raises StoreRefused (wrong URL, too new, a SQLite that may not be shared) and StoreUnavailable (no database).
        """
        kind = make_url(settings.url).get_backend_name()
        try:
            if kind == "sqlite":
                return cls._open_sqlite(settings.url, migrate=migrate, role=role)
            if kind == "postgresql":
                return cls._open_postgres(settings.url, migrate=migrate, role=role, connections=connections)
        except DBAPIError as problem:
            raise StoreUnavailable(f"the store could not be opened: {problem.orig}") from problem
        raise StoreRefused(f"store.url begins with {kind!r}; write sqlite:///path or postgresql://user@host/database")

    @classmethod
    def _open_sqlite(cls, url: str, *, migrate: bool, role: str) -> "Store":
        path = sqlite.path_of(url)
        if role == READ and not path.exists():
            raise StoreRefused(f"{path} does not exist yet; start `vedette serve` once, or correct store.url")
        path.parent.mkdir(parents=True, exist_ok=True)
        process = None if role == READ else sqlite.enter(path, role=role)
        writing, reading, waker = sqlite.writing_engine(path), sqlite.reading_engine(path), Waker()
        try:
            _prepare(writing, reading, migrate=migrate and role != READ)
        except BaseException:
            if process is not None:
                process.release()
            raise
        if process is None:
            return cls(writing=writing, reading=reading, writer=None, waker=waker)
        tending = Checkpointer(path)
        writer = _started(SqliteBatch(writing, checkpointer=tending), waker=waker)
        return cls(writing=writing, reading=reading, writer=writer, waker=waker, process=process, checkpointer=tending)

    @classmethod
    def _open_postgres(cls, url: str, *, migrate: bool, role: str, connections: int) -> "Store":
        writing, waker = postgres.writing_engine(url, connections=connections, name=role), Waker()
        _prepare(writing, writing, migrate=migrate and role != READ)
        writer = None if role == READ else _started(PostgresBatch(writing), waker=waker)
        return cls(writing=writing, reading=postgres.reading_engine(writing), writer=writer, waker=waker)

    def write(self, work: Callable[[Tx], T]) -> T:
        """Run `work` in one transaction; returns its result once that is durable.

        Raises whatever `work` raises (nothing of it is kept), StoreUnavailable when the database could not commit.
        On PostgreSQL `work` may run again after a deadlock or a race: it must have no effect but its SQL.
        """
        writer = self._must_write()
        if self._sqlite:
            return writer.run(work)
        return postgres.transact(self.writing, work, done=self._waker.after)

    def read(self, work: Callable[[Tx], T]) -> T:
        """Run `work` on one snapshot, from any thread; it cannot write.

        Raises StoreUnavailable when the database does not answer.
        """
        try:
            return self._read(work)
        except DBAPIError as problem:
            if not problem.connection_invalidated:
                raise _told(problem) from problem
        try:
            return self._read(work)  # a pooled connection had died unnoticed; the pool is emptied by now
        except DBAPIError as problem:
            raise _told(problem) from problem

    def _read(self, work: Callable[[Tx], T]) -> T:
        try:
            connection = self.reading.connect()
        except PoolTimeout as problem:
            raise StoreUnavailable("every connection for reading is in use") from problem
        with connection as tx, tx.begin():
            return work(tx)

    def accept(self, delivery: NewDelivery) -> "Future[Accepted]":
        """Store a delivery; the future resolves after its COMMIT, or carries StoreUnavailable.

        Raises StoreBusy at once when too much waits already.
        """
        return self._must_write().accept(delivery)

    async def accept_async(self, delivery: NewDelivery) -> Accepted:
        """The same from an asyncio loop, which is woken once per commit, not once per delivery."""
        return await self._must_write().accept_on(delivery, loop=asyncio.get_running_loop())

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` (from any thread, it must be quick) after each commit that gave workers something to do."""
        self._waker.add(callback)

    def health(self) -> Health:
        """How the store does now; asks the database whether its tables are up to date."""
        trouble, at_head, version = self._look()
        writer = self._writer
        alive = writer is None or writer.alive
        if not alive:
            trouble = "the writer thread is gone; restart this process"
        elif writer is not None and writer.trouble:
            trouble = writer.trouble
        return Health(
            ok=not trouble and at_head,
            trouble=trouble,
            writer_alive=alive,
            last_commit_at=writer.last_commit_at if writer else None,
            waiting=writer.waiting if writer else 0,
            at_head=at_head,
            engine=version,
            may_share=sqlite.may_share() if self._sqlite else True,
            checkpoints=self._checkpointer is not None and self._checkpointer.holder,
        )

    def close(self) -> None:
        """Commit what waits, then let go of everything."""
        if self._writer is not None:
            self._writer.close()
        self.reading.dispose()
        self.writing.dispose()
        if self._process is not None:
            self._process.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _must_write(self) -> Writer:
        if self._writer is None:
            raise StoreRefused("the store was opened for reading only")
        return self._writer

    def _look(self) -> tuple[str, bool, str]:
        version = f"SQLite {'.'.join(map(str, sqlite.version()))}" if self._sqlite else "PostgreSQL"
        try:
            with self.reading.connect() as tx:
                if not self._sqlite:
                    version = f"PostgreSQL {tx.execute(text('SHOW server_version')).scalar()}"
                at_head = migrating.at_head(tx)
        except DBAPIError as problem:
            return f"the database does not answer: {problem.orig}", False, version
        return "" if at_head else "the tables are not up to date; start `vedette serve` once", at_head, version


def _told(problem: DBAPIError) -> Exception:
    if problem.connection_invalidated or "OperationalError" in type(problem.orig).__name__:
        return StoreUnavailable(f"the store could not be read: {problem.orig}")
    return problem


def _prepare(writing: Engine, looking: Engine, *, migrate: bool) -> None:
    try:
        if migrate:
            migrating.bring_up(writing, looking=looking)
        else:
            migrating.check(looking)
    except BaseException:
        writing.dispose()
        looking.dispose()
        raise


def _started(batch: Batch, *, waker: Waker) -> Writer:
    writer = Writer(batch, waker=waker)
    writer.start()
    return writer
