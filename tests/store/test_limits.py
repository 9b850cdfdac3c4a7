"""Limits: they are rows, so two stores on one database hold them together."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

from tests.store.conftest import MINUTE, NOW, SECOND, Opener, a_job, enqueue, lease
from vedette.model.jobs import Lease
from vedette.store import limits, queue
from vedette.store.database import Store

REST = timedelta(seconds=30)


def configure(store: Store, *, rate: float = 0, concurrency: int = 0) -> None:
    """Set the limits of the destination `jira`."""
    store.write(
        lambda tx: limits.configure(tx, "jira", rate_per_s=rate, concurrency=concurrency, now=NOW, probe_every=MINUTE)
    )


def fail(store: Store, *, times: int = 1, now: datetime = NOW) -> None:
    """Tell of failures at `jira`; the third in a row opens the breaker."""
    for _ in range(times):
        store.write(lambda tx: limits.failed(tx, "jira", after=3, rest=REST, now=now))


def done(store: Store, held: Lease) -> bool:
    """Finish a job."""
    return store.write(lambda tx: queue.finish(tx, held, now=NOW))


def state(store: Store) -> limits.DestinationState:
    """How `jira` stands."""
    (found,) = [one for one in store.read(limits.states) if one.name == "jira"]
    return found


def test_concurrency_holds_across_two_stores(store: Store, opener: Opener) -> None:
    configure(store, concurrency=3)
    enqueue(store, *[a_job()] * 10)
    first, second = lease(store, limit=2), lease(opener(), limit=20)
    assert (len(first), len(second)) == (2, 1)
    assert lease(store) == []
    assert done(store, first[0])
    assert len(lease(opener())) == 1


def test_a_lapsed_lease_no_longer_counts(store: Store) -> None:
    configure(store, concurrency=1)
    enqueue(store, a_job(), a_job())
    assert len(lease(store)) == 1
    again = lease(store, now=NOW + 2 * MINUTE)
    assert [held.takeover for held in again] == [True]
    assert lease(store, now=NOW + 2 * MINUTE) == []


def test_rate_holds_across_two_stores(store: Store, opener: Opener) -> None:
    configure(store, rate=5)
    enqueue(store, *[a_job()] * 40)
    stores = (store, opener())
    leased = 0
    for tick in range(41):  # two seconds in steps of 50 ms
        moment = NOW + tick * timedelta(milliseconds=50)
        leased += sum(len(lease(one, now=moment)) for one in stores)
    assert leased == 5 + 2 * 5


def test_a_rate_below_one_a_second_still_lets_one_through(store: Store) -> None:
    configure(store, rate=0.5)
    enqueue(store, *[a_job()] * 5)
    assert [len(lease(store, now=NOW + second * SECOND)) for second in range(5)] == [1, 0, 1, 0, 1]


def test_a_clock_that_is_set_back_starves_no_rate(store: Store) -> None:
    configure(store, rate=2)
    enqueue(store, *[a_job()] * 9)
    assert len(lease(store, now=NOW + 60 * MINUTE)) == 2
    assert [len(lease(store, now=NOW + second * SECOND)) for second in range(4)] == [1, 2, 2, 2]


def test_a_replica_whose_clock_is_a_little_behind_gets_no_more_than_the_rate(store: Store) -> None:
    configure(store, rate=2)
    enqueue(store, *[a_job()] * 9)
    assert len(lease(store, now=NOW + 30 * SECOND)) == 2
    assert [len(lease(store, now=NOW + second * SECOND)) for second in (0, 20, 31)] == [0, 0, 2]


def test_one_full_destination_does_not_keep_another_waiting(store: Store) -> None:
    configure(store, concurrency=1)
    enqueue(store, *[a_job()] * 50, a_job(to="sentry"))
    assert sorted(held.job.destination for held in lease(store)) == ["jira", "sentry"]


def test_configuring_again_keeps_a_pause(store: Store) -> None:
    store.write(lambda tx: limits.pause(tx, "jira", reason="unauthorised", now=NOW))
    configure(store, concurrency=2)
    assert (state(store).concurrency, state(store).paused_reason) == (2, "unauthorised")


def test_a_paused_destination_keeps_its_jobs_and_a_probe_resumes_it(store: Store, opener: Opener) -> None:
    configure(store)
    enqueue(store, *[a_job()] * 4)
    store.write(lambda tx: limits.pause(tx, "jira", reason="the token expired", now=NOW))
    assert (state(store).paused_at, state(store).paused_reason) == (NOW, "the token expired")
    assert lease(store, now=NOW + 59 * SECOND) == []
    (probe,) = lease(store, now=NOW + MINUTE)
    assert lease(opener(), now=NOW + MINUTE) == []
    store.write(lambda tx: limits.pause(tx, "jira", reason="still expired", now=NOW + MINUTE))
    assert state(store).paused_at == NOW
    store.write(lambda tx: queue.snooze(tx, probe, run_at=NOW, reason="unauthorised", detail="", now=NOW))
    (probe,) = lease(store, now=NOW + 2 * MINUTE)
    assert probe.job.attempt == 0
    store.write(lambda tx: limits.succeeded(tx, "jira", now=NOW + 2 * MINUTE))
    assert len(lease(store, now=NOW + 2 * MINUTE)) == 3


def test_an_operator_resumes_a_destination(store: Store) -> None:
    enqueue(store, *[a_job()] * 4)
    store.write(lambda tx: limits.pause(tx, "jira", reason="unauthorised", now=NOW))
    woken: list[int] = []
    store.on_commit(lambda: woken.append(1))
    store.write(lambda tx: limits.resume(tx, "jira", now=NOW))
    assert woken
    assert len(lease(store)) == 4


def test_a_probe_is_due_once_in_a_while_for_one_caller(store: Store) -> None:
    def due(now: datetime) -> bool:
        return store.write(lambda tx: limits.probe_due(tx, "jira", every=MINUTE, now=now))

    configure(store)
    assert not due(NOW)
    store.write(lambda tx: limits.pause(tx, "jira", reason="unauthorised", now=NOW))
    assert [due(NOW + MINUTE), due(NOW + MINUTE), due(NOW + 2 * MINUTE)] == [True, False, True]


def test_the_breaker_opens_rests_lets_one_through_and_closes(store: Store, opener: Opener) -> None:
    enqueue(store, *[a_job()] * 4)
    fail(store, times=2)
    fail(store)
    assert state(store).open_until == NOW + REST
    assert lease(store, now=NOW + REST - SECOND) == []
    half_open = NOW + REST
    assert len(lease(store, now=half_open)) == 1
    assert lease(opener(), now=half_open + SECOND) == []
    fail(store, now=half_open + SECOND)
    assert lease(store, now=half_open + REST) == []
    assert len(lease(store, limit=1, now=half_open + SECOND + REST)) == 1
    store.write(lambda tx: limits.succeeded(tx, "jira", now=NOW))
    assert (state(store).failures, state(store).open_until) == (0, None)
    assert len(lease(store, now=half_open + 2 * SECOND + REST)) == 2


def test_a_success_starts_the_count_of_failures_anew(store: Store) -> None:
    fail(store, times=2)
    store.write(lambda tx: limits.succeeded(tx, "jira", now=NOW))
    fail(store, times=2)
    assert state(store).open_until is None


def test_a_probe_without_a_verdict_is_followed_by_another(store: Store) -> None:
    enqueue(store, *[a_job()] * 4)
    fail(store, times=3)
    (probe,) = lease(store, now=NOW + REST)
    store.write(lambda tx: queue.give_back(tx, probe, now=NOW + REST))
    assert lease(store, now=NOW + REST) == []
    assert len(lease(store, now=NOW + REST + MINUTE)) == 1


def test_a_throttle_closes_the_destination_for_everybody_until_then(store: Store, opener: Opener) -> None:
    enqueue(store, *[a_job()] * 4)
    store.write(lambda tx: limits.throttle(tx, "jira", wait=MINUTE, now=NOW))
    store.write(lambda tx: limits.throttle(tx, "jira", wait=SECOND, now=NOW))
    assert lease(opener(), now=NOW + 59 * SECOND) == []
    assert len(lease(opener(), now=NOW + MINUTE)) == 4


def test_local_work_has_no_limits(store: Store) -> None:
    enqueue(store, *[a_job(to="")] * 15)
    store.write(lambda tx: limits.failed(tx, "", after=1, rest=REST, now=NOW))
    store.write(lambda tx: limits.succeeded(tx, "", now=NOW))
    assert len(lease(store)) == 15
    assert store.read(limits.states) == []


def test_racing_workers_never_lease_more_than_the_limits_allow(store: Store, opener: Opener) -> None:
    stores = (store, opener())
    for round_ in range(6):
        name = f"tracker-{round_}"
        store.write(
            lambda tx, n=name: limits.configure(tx, n, rate_per_s=5, concurrency=3, now=NOW)  # type: ignore[misc]
        )
        enqueue(store, *[a_job(to=name)] * 20)
        start = Barrier(8)

        def race(number: int, start: Barrier = start) -> int:
            start.wait()
            return len(lease(stores[number % 2], limit=2, worker=f"w{number}"))

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(race, range(8))) == 3
