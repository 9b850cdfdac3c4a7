"""Batches: one commit's worth of deliveries and works, on SQLite and on PostgreSQL.

Law: a work that raises takes only its own SAVEPOINT with it; when the transaction itself fails, nothing was done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from vedette.store import intake, postgres, sqlite
from vedette.store.checkpoint import Checkpointer
from vedette.store.failures import StoreUnavailable
from vedette.store.intake import Accepted, Row
from vedette.store.tables import texts
from vedette.store.types import moment_of
from vedette.store.waking import marked

Work = Callable[[Connection], Any]

_PULSE = "store/pulse"


@dataclass(frozen=True, slots=True)
class Failure:
    """What one caller is to be told instead of a result."""

    problem: BaseException


# What each delivery and each work came to, and whether workers have something to do now.
Outcome = tuple[list[Accepted | Failure], list[Any], bool]


class Batch(Protocol):
    """What the writer thread needs of a database."""

    def commit(self, rows: list[Row], works: list[Work]) -> Outcome:
        """Do everything in one transaction; raises when nothing of it was kept."""

    def idle(self, *, pulse: bool) -> None:
        """Called when nothing waits; with `pulse` proves by a real write that writing works."""

    def close(self) -> None:
        """Let go of the connection."""


class SqliteBatch:
    """The writing connection of a SQLite file; used by the writer thread only."""

    def __init__(self, engine: Engine, *, checkpointer: Checkpointer) -> None:
        self._engine = engine
        self._checkpointer = checkpointer
        self._open: Connection | None = None

    def commit(self, rows: list[Row], works: list[Work]) -> Outcome:
        """BEGIN IMMEDIATE, deliveries, each work in its SAVEPOINT, COMMIT; then a checkpoint if one is due."""
        tx = self._connection()
        try:
            transaction = tx.begin()
            accepted = _accept(tx, rows)
            results = [self._worked(tx, work) for work in works]
            transaction.commit()
        except BaseException as problem:
            self._abandon()
            if isinstance(problem, DBAPIError):
                raise _told(problem) from problem
            raise
        ready = marked(tx)
        self._tend(tx)
        return accepted, results, ready

    def idle(self, *, pulse: bool) -> None:
        """Checkpoint what is left, or take over from a process that no longer does."""
        if pulse:
            self.commit([], [_pulse])
        elif self._open is not None:
            self._tend(self._open)

    def close(self) -> None:
        """Close the connection and let another process checkpoint."""
        self._abandon()
        self._checkpointer.release()

    def _connection(self) -> Connection:
        if self._open is None:
            self._open = self._engine.connect()
        return self._open

    def _abandon(self) -> None:
        # After a failed COMMIT or an I/O error the state of the connection is anybody's guess: a new one knows.
        if self._open is not None:
            connection, self._open = self._open, None
            connection.invalidate()
            connection.close()

    def _tend(self, tx: Connection) -> None:
        try:
            self._checkpointer.tend(tx.connection.driver_connection)
        except self._engine.dialect.loaded_dbapi.Error:
            self._abandon()  # a full disk: the log keeps what was committed, and the next commit will tell

    def _worked(self, tx: Connection, work: Work) -> Any:
        try:
            with tx.begin_nested():
                return work(tx)
        except Exception as problem:
            if not _in_transaction(tx):  # SQLite rolled everything back: https://sqlite.org/lang_transaction.html
                raise
            return Failure(_told(problem) if isinstance(problem, OperationalError) else problem)


class PostgresBatch:
    """Deliveries into PostgreSQL, a transaction a batch; works have connections of their own there."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def commit(self, rows: list[Row], works: list[Work]) -> Outcome:
        """One transaction for all deliveries; `works` only ever holds the pulse."""
        ready: list[bool] = []

        def everything(tx: Connection) -> tuple[list[Accepted | Failure], list[Any]]:
            return _accept(tx, rows), [work(tx) for work in works]

        accepted, results = postgres.transact(self._engine, everything, done=lambda tx: ready.append(marked(tx)))
        return accepted, results, any(ready)

    def idle(self, *, pulse: bool) -> None:
        """Nothing to tend."""
        if pulse:
            self.commit([], [_pulse])

    def close(self) -> None:
        """Nothing is held."""


def _accept(tx: Connection, rows: list[Row]) -> list[Accepted | Failure]:
    if not rows:
        return []
    try:
        with tx.begin_nested():
            return list(intake.insert(tx, rows))
    except Exception as problem:
        if isinstance(problem, OperationalError) or not _in_transaction(tx):
            raise
        if len(rows) == 1:
            return [Failure(problem)]
        return [one for row in rows for one in _accept(tx, [row])]  # one that cannot be stored must not refuse all


def _in_transaction(tx: Connection) -> bool:
    return bool(getattr(tx.connection.driver_connection, "in_transaction", True))


def _told(problem: DBAPIError) -> StoreUnavailable:
    words = str(problem.orig)
    if sqlite.locked(problem):
        return StoreUnavailable(
            f"another process has held the SQLite file for {sqlite.PATIENCE_S:g} s; is one stopped, or the disk stuck?"
        )
    if "full" in words:
        return StoreUnavailable(f"the disk of the SQLite file is full ({words}); make room, no restart is needed")
    return StoreUnavailable(f"the SQLite file could not be written ({words}); look at its disk and its permissions")


def _pulse(tx: Connection) -> None:
    # 64 kB, so that it needs room where a delivery would; the row stays, since freed pages would not be written.
    tx.execute(texts.delete().where(texts.c.name == _PULSE))
    tx.execute(texts.insert(), {"name": _PULSE, "body": bytes(65_536), "revision": "", "fetched_at": moment_of(0)})
