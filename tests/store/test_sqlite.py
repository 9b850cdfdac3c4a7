"""SQLite: what every connection promises, the locks beside the file, the full disk."""

import random
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.store.conftest import a_delivery, a_job, enqueue, lease
from tests.store.test_durability import PATIENCE, eventually
from vedette.model.settings import StoreSettings
from vedette.store import locks, queue, sqlite
from vedette.store.archive import count
from vedette.store.database import Store, StoreRefused, StoreUnavailable, Tx

PROMISES = {"synchronous": 2, "journal_mode": "wal", "wal_autocheckpoint": 0, "foreign_keys": 1}


def asked(tx: Tx) -> dict[str, Any]:
    """What a connection says of itself."""
    return {name: tx.exec_driver_sql(f"PRAGMA {name}").scalar() for name in PROMISES}


def file_of(settings: StoreSettings) -> Path:
    """The file of a store."""
    return sqlite.path_of(settings.url)


def intact(settings: StoreSettings) -> bool:
    """Whether SQLite finds the file whole."""
    driver: Any = sqlite.driver()
    with closing(driver.connect(file_of(settings))) as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)])


def test_every_connection_is_in_wal_mode_with_full_synchronous(sqlite_settings: StoreSettings) -> None:
    with Store.open(sqlite_settings) as store:
        assert store.write(asked) == PROMISES
        assert store.read(asked) == PROMISES
        for engine in (store.writing, store.reading):
            with engine.connect() as another:
                assert asked(another) == PROMISES
        assert store.write(lambda tx: tx.exec_driver_sql("PRAGMA busy_timeout").scalar_one()) > 0


def test_the_shipped_sqlite_may_be_shared(sqlite_settings: StoreSettings) -> None:
    if sys.platform == "linux":
        assert sqlite.may_share()
    with Store.open(sqlite_settings) as store:
        assert store.health().engine.startswith("SQLite 3.")


def test_an_old_sqlite_is_used_by_one_process_alone(
    sqlite_settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(sqlite_settings):  # a newer one runs already
        monkeypatch.setattr(sqlite, "FIXED", (99, 0, 0))
        with pytest.raises(StoreRefused, match=r"`vedette work` cannot open .* use PostgreSQL"):
            Store.open(sqlite_settings, role="work")
    with Store.open(sqlite_settings) as alone:
        assert not alone.health().may_share
        with pytest.raises(StoreRefused, match=r"another process has it\. SQLite before 99\.0\.0 can corrupt"):
            Store.open(sqlite_settings, role="work")
        with Store.open(sqlite_settings, role="read") as reader:
            assert reader.health().ok


def test_without_the_wheel_the_standard_library_serves(
    sqlite_settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pysqlite3", None)
    monkeypatch.setitem(sys.modules, "pysqlite3.dbapi2", None)
    assert sqlite.driver().__name__ == "sqlite3"
    with Store.open(sqlite_settings) as store:
        assert store.write(asked) == PROMISES
        assert not store.accept(a_delivery()).result(PATIENCE).repeat
        enqueue(store, a_job(order="k"), a_job(order="k"))
        assert len(lease(store)) == 1


def test_only_the_holder_of_the_lock_checkpoints_and_another_takes_over(sqlite_settings: StoreSettings) -> None:
    first = Store.open(sqlite_settings)
    with Store.open(sqlite_settings, role="work") as second:
        enqueue(first, a_job())
        eventually(lambda: first.health().checkpoints)
        enqueue(second, a_job())
        assert not second.health().checkpoints
        first.close()
        eventually(lambda: second.health().checkpoints)


def test_the_log_is_checkpointed_and_stays_small(sqlite_settings: StoreSettings) -> None:
    source = random.Random(7)
    log = file_of(sqlite_settings).with_name("vedette.db-wal")
    with Store.open(sqlite_settings) as store:
        for number in range(40):
            futures = [store.accept(a_delivery(64 * number + n, body=source.randbytes(20_000))) for n in range(64)]
            for future in futures:
                future.result(PATIENCE)
        eventually(lambda: file_of(sqlite_settings).stat().st_size > 48_000_000)
        # Without checkpoints it would hold all 51 MB; a busy machine checkpoints late, so the bound is wide.
        assert log.stat().st_size < 40_000_000
    assert intact(sqlite_settings)


def test_a_full_disk_is_told_and_recovers_without_repair(sqlite_settings: StoreSettings) -> None:
    source, most = random.Random(7), [1_000_000]
    with Store.open(sqlite_settings) as store:

        @sa.event.listens_for(store.writing, "connect")
        def disk(connection: Any, _: object) -> None:
            connection.execute(f"PRAGMA max_page_count={most[0]}")

        most[0] = store.write(lambda tx: tx.exec_driver_sql("PRAGMA page_count").scalar_one()) + 60
        store.write(lambda tx: tx.exec_driver_sql(f"PRAGMA max_page_count={most[0]}").scalar())
        kept, refused = [], 0
        for number in range(40):
            future = store.accept(a_delivery(number, body=source.randbytes(20_000)))
            if isinstance(future.exception(PATIENCE), StoreUnavailable):
                assert "full" in str(future.exception())
                refused += 1
            else:
                kept.append(future.result().id)
        assert kept
        assert refused
        health = store.health()
        assert not health.ok
        assert "make room" in health.trouble
        assert store.read(count)["deliveries"] == len(kept)
        most[0] = 1_000_000
        eventually(lambda: store.health().ok)
        assert store.accept(a_delivery(99, body=source.randbytes(20_000))).result(PATIENCE).id
        assert store.read(count)["deliveries"] == len(kept) + 1
    assert intact(sqlite_settings)


def test_a_file_that_another_process_holds_too_long_is_told(
    sqlite_settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "PATIENCE_S", 0.2)
    driver: Any = sqlite.driver()
    with Store.open(sqlite_settings) as store:
        with closing(driver.connect(file_of(sqlite_settings), isolation_level=None)) as stopped:
            stopped.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailable, match=r"another process has held the SQLite file for 0\.2 s"):
                enqueue(store, a_job())
            stopped.execute("ROLLBACK")
        assert enqueue(store, a_job()) == [1]


def test_a_work_that_calls_the_writer_it_runs_on_is_told_so(sqlite_settings: StoreSettings) -> None:
    with Store.open(sqlite_settings) as store, pytest.raises(RuntimeError, match="use the tx it was given"):
        store.write(lambda _: enqueue(store, a_job()))


def test_works_that_wait_share_one_commit(sqlite_settings: StoreSettings) -> None:
    commits = 0
    with Store.open(sqlite_settings) as store:
        entered, release = threading.Event(), threading.Event()

        def hold(_: Tx) -> None:
            entered.set()
            assert release.wait(PATIENCE)

        @sa.event.listens_for(store.writing, "commit")
        def counting(_: object) -> None:
            nonlocal commits
            commits += 1

        threads = [threading.Thread(target=store.write, args=(hold,))]
        threads[0].start()
        assert entered.wait(PATIENCE)
        threads += [threading.Thread(target=enqueue, args=(store, a_job())) for _ in range(20)]
        for thread in threads[1:]:
            thread.start()
        eventually(lambda: store.health().waiting == 20)
        release.set()
        for thread in threads:
            thread.join()
        assert commits == 2
        assert store.read(count)["jobs"] == 20


def test_a_lock_is_gone_with_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    first, second = locks.checkpoint_lock(path), locks.checkpoint_lock(path)
    assert first.take()
    assert first.take()
    assert not second.take()
    first.release()
    assert second.take()
    second.release()


def test_leasing_uses_the_partial_indexes(sqlite_settings: StoreSettings) -> None:
    with Store.open(sqlite_settings) as store:
        plans = {}
        for name, statement in (("ready", queue._READY), ("lapsed", queue._LAPSED), ("alike", queue._ALIKE)):
            words = str(statement.compile(store.writing))
            values = ("x",) * words.count("?")
            steps = store.read(lambda tx, w=words, v=values: tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {w}", v).all())  # type: ignore[misc]
            plans[name] = " ".join(str(step[3]) for step in steps)
    assert "jobs_ready" in plans["ready"]
    assert "jobs_in_order" in plans["ready"]
    assert "jobs_leased" in plans["lapsed"]
    assert "jobs_unique_key" in plans["alike"]
    assert "SCAN" not in "".join(plans.values())


def test_who_is_next_to_write_is_let_in_and_a_stopped_one_is_passed_by(
    sqlite_settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    next_one = locks.turn_lock(file_of(sqlite_settings))
    with Store.open(sqlite_settings) as store:
        assert next_one.take()
        thread = threading.Thread(target=enqueue, args=(store, a_job()))
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
        next_one.release()
        thread.join(PATIENCE)
        assert store.read(count)["jobs"] == 1
        monkeypatch.setattr(sqlite, "PATIENCE_S", 0.2)
        assert next_one.take()
        assert enqueue(store, a_job()) == [2]
        next_one.release()
