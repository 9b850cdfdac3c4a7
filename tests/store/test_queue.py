"""The queue: order, fences, snoozes, dead letters."""

from datetime import timedelta

import pytest

from tests.store.conftest import ISSUE, MINUTE, NOW, SECOND, Opener, a_job, enqueue, lease
from vedette.model.jobs import JobKind, JobState
from vedette.store import queue
from vedette.store.database import Store


def test_a_job_is_leased_once_and_its_words_come_back(store: Store) -> None:
    (number,) = enqueue(store, a_job(order="issue"))
    (held,) = lease(store)
    assert (held.job.id, held.job.payload, held.job.issue, held.takeover) == (number, {"n": 1}, ISSUE, False)
    assert held.until == NOW + MINUTE
    assert lease(store) == []


def test_a_finished_job_is_done_and_releases_the_next_of_its_order(store: Store) -> None:
    enqueue(store, a_job(order="k"), a_job(order="k"))
    (first,) = lease(store)
    assert lease(store) == []
    assert store.write(lambda tx: queue.finish(tx, first, now=NOW))
    done = store.read(lambda tx: queue.get(tx, first.job.id))
    assert done is not None
    assert (done.state, done.reason, done.finished_at) == (JobState.DONE, "done", NOW)
    assert [held.job.id for held in lease(store)] == [first.job.id + 1]


def test_an_expired_lease_is_taken_over_and_its_former_holder_is_fenced_off(store: Store) -> None:
    enqueue(store, a_job(order="k"))
    (stale,) = lease(store)
    assert lease(store, now=NOW + MINUTE) == []
    (taken,) = lease(store, now=NOW + MINUTE + SECOND, worker="w2")
    assert (taken.takeover, taken.lapsed_at) == (True, NOW + MINUTE)
    later = NOW + MINUTE + 2 * SECOND
    assert not store.write(lambda tx: queue.holds(tx, stale, now=later))
    assert not store.write(lambda tx: queue.finish(tx, stale, now=later))
    assert not store.write(lambda tx: queue.bury(tx, stale, reason="x", detail="", now=later))
    assert store.write(lambda tx: queue.renew(tx, stale, lease_for=MINUTE, now=later)) is None
    assert store.write(lambda tx: queue.finish(tx, taken, now=later))


def test_raising_lease_lost_rolls_the_whole_outcome_back(store: Store) -> None:
    enqueue(store, a_job())
    (stale,) = lease(store)
    lease(store, now=NOW + 2 * MINUTE, worker="w2")

    def outcome(tx: object) -> None:
        queue.enqueue(tx, a_job(unique="follow-up"), now=NOW)  # type: ignore[arg-type]
        if not queue.finish(tx, stale, now=NOW):  # type: ignore[arg-type]
            raise queue.LeaseLost

    with pytest.raises(queue.LeaseLost):
        store.write(outcome)
    assert len(store.read(lambda tx: queue.listing(tx, limit=10))) == 1


def test_a_snooze_does_not_count_and_a_retry_does(store: Store) -> None:
    enqueue(store, a_job())
    (held,) = lease(store)
    at = NOW + 5 * MINUTE
    assert store.write(lambda tx: queue.snooze(tx, held, run_at=at, reason="rate_limited", detail="429", now=NOW))
    assert lease(store, now=at - SECOND) == []
    (again,) = lease(store, now=at)
    assert (again.job.attempt, again.job.reason, again.takeover) == (0, "rate_limited", False)
    assert store.write(lambda tx: queue.retry(tx, again, run_at=at, reason="unavailable", detail="503", now=at))
    assert [held.job.attempt for held in lease(store, now=at)] == [1]


def test_a_job_that_waits_for_its_retry_holds_its_order_and_a_dead_letter_releases_it(store: Store) -> None:
    enqueue(store, a_job(order="k"), a_job(order="k"))
    (first,) = lease(store)
    store.write(lambda tx: queue.retry(tx, first, run_at=NOW + MINUTE, reason="unavailable", detail="", now=NOW))
    assert lease(store) == []
    (first,) = lease(store, now=NOW + MINUTE)
    store.write(lambda tx: queue.bury(tx, first, reason="refused", detail="project WB is gone", now=NOW))
    assert [held.job.id for held in lease(store, now=NOW + MINUTE)] == [first.job.id + 1]


def test_a_job_given_back_is_ready_at_once_and_nothing_is_counted(store: Store) -> None:
    enqueue(store, a_job())
    (held,) = lease(store)
    assert store.write(lambda tx: queue.give_back(tx, held, now=NOW))
    (again,) = lease(store)
    assert (again.job.attempt, again.takeover) == (0, False)


def test_a_renewed_lease_is_not_taken_over(store: Store) -> None:
    enqueue(store, a_job())
    (held,) = lease(store)
    longer = store.write(lambda tx: queue.renew(tx, held, lease_for=10 * MINUTE, now=NOW))
    assert longer is not None
    assert longer.until == NOW + 10 * MINUTE
    assert lease(store, now=NOW + 5 * MINUTE) == []
    assert store.write(lambda tx: queue.holds(tx, longer, now=NOW))


def test_a_unique_key_joins_a_ready_job_and_not_a_leased_one(store: Store) -> None:
    first, second = enqueue(store, a_job(unique="decide"), a_job(unique="decide"))
    assert first is not None
    assert second is None
    (held,) = lease(store)
    (third,) = enqueue(store, a_job(unique="decide"))
    assert third is not None
    assert store.write(lambda tx: queue.give_back(tx, held, now=NOW))
    assert len(lease(store)) == 2


def test_jobs_without_an_order_do_not_wait_for_each_other(store: Store) -> None:
    enqueue(store, a_job(), a_job(), a_job(order="a"), a_job(order="b"))
    assert len(lease(store)) == 4


def test_destinations_take_turns(store: Store) -> None:
    enqueue(store, *[a_job(to="jira")] * 10, a_job(to="sentry"), a_job(to=""))
    assert sorted({held.job.destination for held in lease(store, limit=3)}) == ["", "jira", "sentry"]


def test_only_the_kinds_asked_for_are_leased(store: Store) -> None:
    enqueue(store, a_job(kind=JobKind.DECIDE, to=""), a_job(kind=JobKind.POLL, to=""))
    found = store.write(lambda tx: queue.lease(tx, worker="w", limit=9, lease=MINUTE, now=NOW, kinds=[JobKind.POLL]))
    assert [held.job.kind for held in found] == [JobKind.POLL]


def test_a_revived_dead_letter_waits_for_the_job_of_its_order_that_is_under_way(store: Store, opener: Opener) -> None:
    enqueue(store, a_job(order="k"), a_job(order="k"))
    (first,) = lease(store)
    store.write(lambda tx: queue.bury(tx, first, reason="refused", detail="", now=NOW))
    (second,) = lease(store)
    assert store.write(lambda tx: queue.retry_dead(tx, [first.job.id], now=NOW)) == 1
    assert lease(store) == []
    assert lease(opener()) == []
    (taken,) = lease(store, now=NOW + 2 * MINUTE)
    assert (taken.job.id, taken.takeover) == (second.job.id, True)
    assert store.write(lambda tx: queue.finish(tx, taken, now=NOW))
    (revived,) = lease(store)
    assert (revived.job.id, revived.job.attempt) == (first.job.id, 0)


def test_dead_letters_are_grouped_by_cause_whatever_numbers_they_name(store: Store) -> None:
    enqueue(store, *[a_job()] * 5)
    for number, held in enumerate(lease(store)):
        why = "no such component" if number == 4 else f"issue {number + 100} in 7f3c1a2b9d0e4f5a is too long"
        store.write(lambda tx, h=held, w=why: queue.bury(tx, h, reason="refused", detail=w, now=NOW))  # type: ignore[misc]
    large, small = store.read(queue.dead_groups)
    assert (large.count, large.detail_pattern, len(large.ids)) == (4, "issue … in … is too long", 4)
    assert (small.reason, small.destination, small.detail_pattern) == ("refused", "jira", "no such component")
    assert store.write(lambda tx: queue.drop(tx, small.ids, now=NOW)) == 1
    assert store.write(lambda tx: queue.retry_dead(tx, large.ids, now=NOW)) == 4
    assert store.read(queue.dead_groups) == []
    assert len(lease(store)) == 4


def test_a_leased_job_cannot_be_dropped(store: Store) -> None:
    enqueue(store, a_job())
    (held,) = lease(store)
    assert store.write(lambda tx: queue.drop(tx, [held.job.id], now=NOW)) == 0


def test_depth_tells_ready_from_waiting_and_the_oldest_ready_job_says_how_long(store: Store) -> None:
    enqueue(store, a_job(), a_job(to="sentry"))
    (held,) = lease(store, limit=1)
    store.write(
        lambda tx: queue.snooze(tx, held, run_at=NOW + timedelta(hours=1), reason="rate_limited", detail="", now=NOW)
    )
    soon = NOW + MINUTE
    counted = store.read(lambda tx: queue.depth(tx, soon))
    assert sorted((key.state, count) for key, count in counted.items()) == [("ready", 1), ("waiting", 1)]
    assert store.read(lambda tx: queue.oldest_ready(tx, soon)) == MINUTE
