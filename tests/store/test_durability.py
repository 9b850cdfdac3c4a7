"""Durability: nothing is acknowledged before its COMMIT, and nothing acknowledged is lost."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import pytest
import sqlalchemy as sa

from tests.store.conftest import NOW, Opener, a_delivery, a_job, enqueue, lease
from tests.waiting import until
from vedette.model.settings import StoreSettings
from vedette.store import queue, writer
from vedette.store.archive import count
from vedette.store.database import Accepted, Store, StoreBusy, StoreUnavailable, Tx

PATIENCE = 20.0  # seconds that a condition may take on a busy machine

CHILD = """
import sys
from tests.store.conftest import a_delivery
from vedette.model.settings import StoreSettings
from vedette.store.database import Store
store = Store.open(StoreSettings(url=sys.argv[1]), role="work")
first, last = int(sys.argv[2]), int(sys.argv[3])
for start in range(first, last, 4):
    futures = [store.accept(a_delivery(n, body=b"%d" % n * 500)) for n in range(start, min(start + 4, last))]
    for future in futures:
        print(future.result().id, flush=True)
store.close()
"""


def child(settings: StoreSettings, first: int, last: int) -> "subprocess.Popen[str]":
    """A process of its own that accepts deliveries and prints each number once it is durable."""
    command = [sys.executable, "-c", CHILD, settings.url, str(first), str(last)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(["src", "."])}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def eventually(condition: Callable[[], bool]) -> None:
    """Wait for a condition, and fail when it does not come."""
    until(condition, within=PATIENCE)


class Held:
    """Holds the writer back inside a transaction, so that what comes meanwhile shares the next one."""

    def __init__(self, store: Store) -> None:
        self._entered, self._release = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=store.write, args=(self._wait,))

    def _wait(self, _: Tx) -> None:
        self._entered.set()
        assert self._release.wait(PATIENCE)

    def __enter__(self) -> "Held":
        self._thread.start()
        assert self._entered.wait(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self._release.set()
        self._thread.join()


def test_no_answer_before_the_commit(store: Store, opener: Opener) -> None:
    order: list[str] = []
    commits, may_commit = threading.Semaphore(0), threading.Semaphore(0)

    @sa.event.listens_for(store.writing, "commit")
    def hold(_: object) -> None:
        commits.release()
        assert may_commit.acquire(timeout=PATIENCE)
        order.append("commit")

    other = opener()
    future = store.accept(a_delivery())
    future.add_done_callback(lambda _: order.append("answer"))
    assert commits.acquire(timeout=PATIENCE)
    assert not future.done()
    assert other.read(count)["deliveries"] == 0
    may_commit.release()
    assert future.result(PATIENCE).id
    assert other.read(count)["deliveries"] == 1
    assert order == ["commit", "answer"]

    answered = threading.Event()

    def ask() -> None:
        enqueue(store, a_job())
        answered.set()

    thread = threading.Thread(target=ask)
    thread.start()
    assert commits.acquire(timeout=PATIENCE)
    assert not answered.is_set()
    may_commit.release()
    assert answered.wait(PATIENCE)
    thread.join()


def test_a_commit_that_fails_is_told_to_everyone_and_the_writer_goes_on(store: Store) -> None:
    fail = [True]

    @sa.event.listens_for(store.writing, "commit")
    def refuse(_: object) -> None:
        if fail[0]:
            raise StoreUnavailable("no more disk")

    futures = [store.accept(a_delivery(number)) for number in range(5)]
    assert all(isinstance(future.exception(PATIENCE), StoreUnavailable) for future in futures)
    with pytest.raises(StoreUnavailable):
        store.write(lambda tx: queue.enqueue(tx, a_job(), now=NOW))
    assert not store.health().ok
    assert "no more disk" in store.health().trouble
    fail[0] = False
    assert store.accept(a_delivery(1)).result(PATIENCE).repeat is False
    assert store.health().ok
    assert store.read(count)["jobs"] == 0


def test_health_comes_back_by_itself(store: Store) -> None:
    fail = [True]

    @sa.event.listens_for(store.writing, "commit")
    def refuse(_: object) -> None:
        if fail[0]:
            raise StoreUnavailable("no more disk")

    assert store.accept(a_delivery()).exception(PATIENCE) is not None
    assert not store.health().ok
    fail[0] = False
    eventually(lambda: store.health().ok)


def test_what_was_acknowledged_survives_kill_nine(store_settings: StoreSettings) -> None:
    process = child(store_settings, 0, 100_000)
    assert process.stdout is not None
    acknowledged = [int(process.stdout.readline()) for _ in range(400)]
    process.send_signal(signal.SIGKILL)
    acknowledged += [int(line) for line in process.stdout.read().split("\n")[:-1] if line]
    assert process.wait(PATIENCE) == -signal.SIGKILL
    process.stdout.close()
    with Store.open(store_settings) as store:
        kept = store.read(lambda tx: set(tx.execute(sa.text("SELECT id FROM deliveries")).scalars()))
        assert set(acknowledged) <= kept
        assert len(acknowledged) == len(set(acknowledged))
        assert store.accept(a_delivery(-1)).result(PATIENCE).repeat is False


def test_two_processes_write_at_once_and_lose_nothing(store_settings: StoreSettings, store: Store) -> None:
    children = [child(store_settings, first, first + 200) for first in (0, 100)]
    enqueue(store, *[a_job()] * 10)
    printed = [process.communicate(timeout=60)[0] for process in children]
    assert [process.returncode for process in children] == [0, 0]
    numbers = [int(line) for text in printed for line in text.split()]
    assert len(numbers) == 400
    assert len(set(numbers)) == 300
    assert store.read(count)["deliveries"] == 300


def test_a_work_that_raises_takes_nothing_else_with_it(store: Store) -> None:
    def broken(tx: Tx) -> None:
        queue.enqueue(tx, a_job(unique="broken"), now=NOW)
        raise ValueError("a bug of the caller")

    with ThreadPoolExecutor(8) as pool:
        with Held(store):
            good = [pool.submit(enqueue, store, a_job()) for _ in range(4)]
            bad = [pool.submit(store.write, broken) for _ in range(2)]
            delivery = store.accept(a_delivery())
        assert all(future.result(PATIENCE) for future in good)
        assert all(isinstance(future.exception(PATIENCE), ValueError) for future in bad)
    assert delivery.result(PATIENCE).id
    assert store.read(count)["jobs"] == 4


def test_a_savepoint_of_the_caller_works(store: Store) -> None:
    def work(tx: Tx) -> None:
        queue.enqueue(tx, a_job(), now=NOW)
        with suppress(ZeroDivisionError), tx.begin_nested():
            queue.enqueue(tx, a_job(), now=NOW)
            raise ZeroDivisionError

    store.write(work)
    assert store.read(count)["jobs"] == 1


def test_a_work_that_breaks_a_constraint_raises_that_and_is_undone(store: Store) -> None:
    def twice(tx: Tx) -> None:
        for _ in range(2):
            tx.execute(sa.text("INSERT INTO schedules (name, next_at) VALUES ('poll', 1)"))

    with pytest.raises(sa.exc.IntegrityError):
        store.write(twice)
    assert store.read(count)["schedules"] == 0


def test_when_too_much_waits_the_door_is_told_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MAX_WAITING", 3)
    may_commit = threading.Event()

    @sa.event.listens_for(store.writing, "commit")
    def hold(_: object) -> None:
        assert may_commit.wait(PATIENCE)

    futures = [store.accept(a_delivery(0))]
    eventually(lambda: store.health().waiting == 0)  # the writer has taken it and is held back
    futures += [store.accept(a_delivery(number)) for number in (1, 2, 3)]
    with pytest.raises(StoreBusy, match="3 deliveries wait for the disk"):
        store.accept(a_delivery(4))
    may_commit.set()
    assert [future.result(PATIENCE).repeat for future in futures] == [False] * 4
    assert store.accept(a_delivery(4)).result(PATIENCE).repeat is False


def test_an_asyncio_loop_is_woken_once_a_commit(store: Store) -> None:
    async def many() -> tuple[int, list[Accepted]]:
        loop, woken, may_commit = asyncio.get_running_loop(), 0, threading.Event()

        @sa.event.listens_for(store.writing, "commit")
        def hold(_: object) -> None:
            assert may_commit.wait(PATIENCE)

        original = loop.call_soon_threadsafe

        def counting(*arguments: object) -> object:
            nonlocal woken
            woken += 1
            return original(*arguments)  # type: ignore[arg-type]

        loop.call_soon_threadsafe = counting  # type: ignore[method-assign,assignment]
        first = asyncio.ensure_future(store.accept_async(a_delivery(0)))
        await asyncio.sleep(0)
        await asyncio.to_thread(eventually, lambda: not store.health().waiting)
        rest = [asyncio.ensure_future(store.accept_async(a_delivery(number))) for number in range(1, 51)]
        await asyncio.sleep(0)
        may_commit.set()
        return woken, await asyncio.gather(first, *rest)

    woken, answers = asyncio.run(many())
    assert len({answer.id for answer in answers}) == 51
    assert woken <= 2


def test_a_caller_that_gave_up_harms_nobody(store: Store) -> None:
    async def impatient() -> None:
        waiting = [asyncio.ensure_future(store.accept_async(a_delivery(number))) for number in range(20)]
        await asyncio.sleep(0)
        for task in waiting[::2]:
            task.cancel()
        done = await asyncio.gather(*waiting, return_exceptions=True)
        assert sum(isinstance(one, Accepted) for one in done) == 10

    asyncio.run(impatient())
    cancelled: Future[Accepted] = store.accept(a_delivery(99))
    cancelled.cancel()
    assert store.accept(a_delivery(100)).result(PATIENCE).id


def test_closing_commits_what_waits_and_then_refuses(store: Store, opener: Opener) -> None:
    futures = [store.accept(a_delivery(number)) for number in range(50)]
    store.close()
    assert all(future.done() and not future.exception() for future in futures)
    with pytest.raises(StoreUnavailable, match="closing"):
        store.accept(a_delivery(51))
    assert opener().read(count)["deliveries"] == 50


def test_who_leans_on_a_ready_job_is_seen_by_whoever_leases_it(store: Store, opener: Opener) -> None:
    other = opener()
    enqueue(store, a_job(unique="decide", order="issue"))
    entered, leased = threading.Event(), threading.Event()

    def lean(tx: Tx) -> None:
        tx.execute(sa.text("INSERT INTO schedules (name, next_at) VALUES ('a fact', 1)"))
        assert queue.enqueue(tx, a_job(unique="decide", order="issue"), now=NOW) is None
        entered.set()
        # The time that a worker has to be faster than our commit; it ends at once when one is.
        leased.wait(0.3)

    def taken() -> bool:
        found = bool(lease(other))
        if found:
            leased.set()
        return found

    thread = threading.Thread(target=store.write, args=(lean,))
    thread.start()
    assert entered.wait(PATIENCE)

    eventually(taken)
    assert other.read(count)["schedules"] == 1
    thread.join()


def test_jobs_of_one_order_run_one_at_a_time_in_order_under_concurrent_leasing(store: Store, opener: Opener) -> None:
    keys, each, guard = 12, 6, threading.Lock()
    running: set[str] = set()
    ran: dict[str, list[int]] = {f"k{key}": [] for key in range(keys)}
    enqueue(store, *[a_job(order=f"k{number % keys}", to=f"d{number % 3}") for number in range(keys * each)])

    def worker(where: Store, name: str) -> None:
        deadline = time.monotonic() + 60
        while sum(map(len, ran.values())) < keys * each and time.monotonic() < deadline:
            for held in lease(where, limit=4, worker=name):
                key = held.job.order_key
                with guard:
                    assert key not in running
                    running.add(key)
                    ran[key].append(held.job.id)
                with guard:
                    running.remove(key)
                assert where.write(lambda tx, h=held: queue.finish(tx, h, now=NOW))  # type: ignore[misc]

    stores = [store, opener(), opener(), store]
    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(worker, where, f"w{number}") for number, where in enumerate(stores)]:
            future.result()
    assert all(len(done) == each and done == sorted(done) for done in ran.values())


def test_jobs_of_one_order_become_visible_in_the_order_of_their_numbers(store: Store, opener: Opener) -> None:
    other = opener()
    entered, overtaken = threading.Event(), threading.Event()

    def slow(tx: Tx) -> int | None:
        number = queue.enqueue(tx, a_job(order="issue", to=""), now=NOW)
        entered.set()
        # The time that another has to overtake us; it ends at once when one does.
        overtaken.wait(0.3)
        return number

    def quick() -> list[int | None]:
        numbers = enqueue(other, a_job(order="issue", to=""))
        overtaken.set()
        return numbers

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(store.write, slow)
        assert entered.wait(PATIENCE)
        second = pool.submit(quick)
        eventually(lambda: first.done() or second.done())
        seen = [job.id for job in other.read(lambda tx: queue.listing(tx, limit=9))]
        assert seen in ([1], [2, 1])  # never the younger one alone
        number = first.result(PATIENCE)
        assert second.result(PATIENCE)
        assert [held.job.id for held in lease(store)] == [number]
