"""PostgreSQL: engines, and one transaction run to its end, again where the server asks for it.

Law: what was sent to be committed is never sent twice; only an attempt that surely did not commit is repeated.
"""

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, RootTransaction, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from vedette.store.failures import StoreUnavailable
from vedette.store.tables import ONE_LEASED, ONE_LIVE, ONE_PER_EVENT

T = TypeVar("T")

ATTEMPTS = 8
# Serialization failure and deadlock: https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html
PASSING = frozenset({"40001", "40P01"})
# Two transactions met at an index that keeps us honest; the one that lost reads again and decides anew.
RACES = frozenset({ONE_LEASED, ONE_LIVE, ONE_PER_EVENT})


def writing_engine(url: str, *, connections: int, name: str) -> Engine:
    """An engine whose connections commit durably, whatever the server's default is; the server lists it by `name`."""
    arguments = {"application_name": f"vedette {name}"}
    engine = create_engine(url, pool_size=connections, max_overflow=2, pool_timeout=10, connect_args=arguments)
    event.listen(engine, "connect", _promise)
    return engine


def reading_engine(engine: Engine) -> Engine:
    """The same pool, for transactions that see one snapshot and cannot write."""
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def transact(engine: Engine, work: Callable[[Connection], T], *, done: Callable[[Connection], None]) -> T:
    """Run `work` in one transaction and commit; `done` is called with the connection after the commit.

    Raises StoreUnavailable when the server cannot be reached or cannot commit, and whatever `work` raises.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _once(engine, work, done=done)
        except PoolTimeout as problem:
            raise StoreUnavailable(
                "every connection to PostgreSQL is in use; is the pool smaller than the workers?"
            ) from problem
        except DBAPIError as problem:
            if attempt == ATTEMPTS or not _worth_repeating(problem, first=attempt == 1):
                raise _told(problem) from problem
            time.sleep(random.uniform(0, 0.002 * 2**attempt))  # noqa: S311 - jitter, not a secret
    raise AssertionError("unreachable")


def _once(engine: Engine, work: Callable[[Connection], T], *, done: Callable[[Connection], None]) -> T:
    with engine.connect() as connection:
        transaction = connection.begin()
        try:
            result = work(connection)
        except BaseException:
            transaction.rollback()
            raise
        _commit(connection, transaction)
        done(connection)
        return result


def _commit(connection: Connection, transaction: RootTransaction) -> None:
    try:
        transaction.commit()
    except BaseException as problem:
        connection.invalidate()  # what it holds is not known any more; the pool opens another
        if isinstance(problem, DBAPIError) and _state(problem) not in PASSING:
            raise StoreUnavailable(f"PostgreSQL did not confirm a commit: {_first_line(problem)}") from problem
        raise


def _worth_repeating(problem: DBAPIError, *, first: bool) -> bool:
    if isinstance(problem, IntegrityError):
        return _constraint(problem) in RACES
    # A pooled connection may have died unnoticed; the pool is emptied by then, so once more with a fresh one.
    return _state(problem) in PASSING or (first and problem.connection_invalidated)


def _told(problem: DBAPIError) -> Exception:
    if isinstance(problem.orig, psycopg.OperationalError):
        return StoreUnavailable(f"PostgreSQL is not available: {_first_line(problem)}; is it up, and is its disk full?")
    return problem


def _state(problem: DBAPIError) -> str:
    return getattr(problem.orig, "sqlstate", None) or ""


def _constraint(problem: DBAPIError) -> str:
    return problem.orig.diag.constraint_name or "" if isinstance(problem.orig, psycopg.Error) else ""


def _first_line(problem: DBAPIError) -> str:
    return str(problem.orig).strip().partition("\n")[0]


def _promise(connection: Any, _: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        if cursor.fetchone()[0] == "off":  # a crash of the server would lose what was acknowledged
            cursor.execute("SET synchronous_commit = on")
    connection.commit()
