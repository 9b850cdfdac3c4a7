"""Deliveries and mentions: accepted once, read once, done when all is decided."""

import asyncio
from datetime import timedelta
from threading import Barrier, Thread

from tests.store.conftest import ISSUE, MINUTE, NOW, SECOND, Opener, a_delivery
from vedette.model.deliveries import Delivery, DeliveryState
from vedette.model.issues import IssueKey
from vedette.store import deliveries
from vedette.store.database import Accepted, Store
from vedette.store.deliveries import NewMention

OTHER = IssueKey("default", "4712")


def take(store: Store, *, limit: int = 100, worker: str = "w1", now: object = NOW) -> list[Delivery]:
    """Lease deliveries for a minute."""
    return store.write(lambda tx: deliveries.take(tx, worker=worker, limit=limit, lease=MINUTE, now=now))  # type: ignore[arg-type]


def sort(store: Store, number: int, *found: NewMention) -> bool:
    """Record what a delivery mentions."""
    return store.write(lambda tx: deliveries.sorted_(tx, number, found, state=DeliveryState.SORTED, reason="", now=NOW))


def of(delivery: int, issue: IssueKey = ISSUE, *, position: int = 0, ago: timedelta = SECOND) -> NewMention:
    """A mention of an issue."""
    return NewMention(
        issue=issue,
        kind="IssueAlerted",
        occurred_at=NOW - ago,
        delivery=delivery,
        position=position,
        detail={"rule": "many \x00 errors \ud800"},
    )


def test_a_delivery_comes_back_byte_for_byte(store: Store) -> None:
    body = bytes(range(256)) * 100
    accepted = store.accept(a_delivery(body=body)).result(10)
    (delivery,) = take(store)
    assert (delivery.id, delivery.body, delivery.state) == (accepted.id, body, DeliveryState.PENDING)
    assert delivery.headers == (("sentry-hook-resource", "event_alert"),)
    assert delivery.received_at == NOW
    assert store.read(lambda tx: deliveries.get(tx, accepted.id)) == delivery


def test_an_empty_body_is_a_delivery_too(store: Store) -> None:
    store.accept(a_delivery(body=b"")).result(10)
    assert [delivery.body for delivery in take(store)] == [b""]


def test_the_same_delivery_is_stored_once_within_a_commit_and_across_commits(store: Store, opener: Opener) -> None:
    futures = [store.accept(a_delivery(number % 3)) for number in range(30)]
    answers = [future.result(10) for future in futures]
    assert sum(not answer.repeat for answer in answers) == 3
    assert len({answer.id for answer in answers}) == 3
    assert opener().accept(a_delivery(1)).result(10) == Accepted(answers[1].id, repeat=True)
    assert len(take(store)) == 3


def test_the_same_request_id_with_another_body_is_another_delivery(store: Store) -> None:
    first = store.accept(a_delivery(1)).result(10)
    second = store.accept(a_delivery(1, body=b"other")).result(10)
    assert first.id != second.id


def test_a_request_id_that_no_database_takes_is_accepted_all_the_same(store: Store) -> None:
    odd = a_delivery(1)
    odd = type(odd)(odd.kind, odd.instance, "a\x00b\ud800", odd.sha256, odd.headers, odd.body, odd.received_at)
    assert not store.accept(odd).result(10).repeat
    assert store.accept(odd).result(10).repeat


def test_a_delivery_that_cannot_be_stored_does_not_refuse_its_neighbours(store: Store) -> None:
    bad = a_delivery(2)
    bad = type(bad)(bad.kind, None, "x", bad.sha256, bad.headers, bad.body, bad.received_at)  # type: ignore[arg-type]
    futures = [store.accept(one) for one in (a_delivery(1), bad, a_delivery(3))]
    assert not futures[0].result(10).repeat
    assert futures[1].exception(10) is not None
    assert not futures[2].result(10).repeat


def test_an_asyncio_caller_gets_the_same_answer(store: Store) -> None:
    async def several() -> list[Accepted]:
        return await asyncio.gather(*(store.accept_async(a_delivery(number % 5)) for number in range(20)))

    answers = asyncio.run(several())
    assert sum(not answer.repeat for answer in answers) == 5


def test_accepted_deliveries_wake_the_workers_and_repeats_do_not(store: Store) -> None:
    woken: list[int] = []
    store.on_commit(lambda: woken.append(1))
    store.accept(a_delivery()).result(10)
    store.write(lambda tx: None)
    assert len(woken) == 1
    store.accept(a_delivery()).result(10)
    store.write(lambda tx: None)
    assert len(woken) == 1


def test_a_delivery_is_read_by_one_at_a_time_and_by_another_when_its_lease_ran_out(store: Store) -> None:
    for number in range(5):
        store.accept(a_delivery(number)).result(10)
    assert [delivery.request_id for delivery in take(store, limit=2)] == ["request-0", "request-1"]
    assert len(take(store, worker="w2")) == 3
    assert take(store, worker="w3") == []
    assert len(take(store, worker="w3", now=NOW + 2 * MINUTE)) == 5


def test_only_the_first_who_sorts_a_delivery_records_its_mentions(store: Store) -> None:
    number = store.accept(a_delivery()).result(10).id
    assert sort(store, number, of(number))
    assert not sort(store, number, of(number))
    (mention,) = store.read(lambda tx: deliveries.waiting(tx, ISSUE))
    assert (mention.delivery, mention.kind, mention.detail["rule"][:5]) == (number, "IssueAlerted", "many ")


def test_waiting_mentions_come_oldest_occurrence_first_with_those_of_polls(store: Store) -> None:
    number = store.accept(a_delivery()).result(10).id
    sort(store, number, of(number, ago=SECOND), of(number, position=1, ago=3 * SECOND), of(number, OTHER))
    poll = NewMention(issue=ISSUE, kind="IssuePolled", occurred_at=NOW - 2 * SECOND)
    store.write(lambda tx: deliveries.mention(tx, poll, now=NOW))
    found = store.read(lambda tx: deliveries.waiting(tx, ISSUE))
    assert [(one.position, one.delivery) for one in found] == [(1, number), (0, None), (0, number)]


def test_a_delivery_is_done_when_its_last_mention_is_decided(store: Store) -> None:
    number = store.accept(a_delivery()).result(10).id
    sort(store, number, of(number), of(number, OTHER, position=1))
    for issue, state in ((ISSUE, DeliveryState.SORTED), (OTHER, DeliveryState.DONE)):
        ids = [one.id for one in store.read(lambda tx, i=issue: deliveries.waiting(tx, i))]  # type: ignore[misc]
        store.write(lambda tx, some=ids: deliveries.settle(tx, some, now=NOW))  # type: ignore[misc]
        delivery = store.read(lambda tx: deliveries.get(tx, number))
        assert delivery is not None
        assert delivery.state is state
    assert store.read(lambda tx: deliveries.waiting(tx, ISSUE)) == []


def test_two_decisions_at_once_still_end_their_common_delivery(store: Store, opener: Opener) -> None:
    other = opener()
    for round_ in range(20):
        number = store.accept(a_delivery(round_)).result(10).id
        sort(store, number, of(number), of(number, OTHER, position=1))
        ids = [store.read(lambda tx, i=i: deliveries.waiting(tx, i))[0].id for i in (ISSUE, OTHER)]  # type: ignore[misc]
        start = Barrier(2)

        def settle(where: Store, one: int, start: Barrier = start) -> None:
            start.wait()
            where.write(lambda tx: deliveries.settle(tx, [one], now=NOW))

        threads = [Thread(target=settle, args=pair) for pair in zip((store, other), ids, strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        delivery = store.read(lambda tx, n=number: deliveries.get(tx, n))  # type: ignore[misc]
        assert delivery is not None
        assert delivery.state is DeliveryState.DONE


def test_a_reopened_delivery_is_pending_without_mentions_and_can_be_sorted_again(store: Store) -> None:
    number = store.accept(a_delivery()).result(10).id
    assert not store.write(lambda tx: deliveries.reopen(tx, number, now=NOW))
    sort(store, number, of(number))
    assert store.write(lambda tx: deliveries.reopen(tx, number, now=NOW))
    assert store.read(lambda tx: deliveries.waiting(tx, ISSUE)) == []
    assert [delivery.id for delivery in take(store)] == [number]
    assert sort(store, number, of(number))
    assert not store.write(lambda tx: deliveries.reopen(tx, 999, now=NOW))


def test_an_ignored_delivery_keeps_its_reason(store: Store) -> None:
    number = store.accept(a_delivery()).result(10).id
    store.write(
        lambda tx: deliveries.sorted_(tx, number, (), state=DeliveryState.IGNORED, reason="unknown_kind", now=NOW)
    )
    delivery = store.read(lambda tx: deliveries.get(tx, number))
    assert delivery is not None
    assert (delivery.state, delivery.reason) == (DeliveryState.IGNORED, "unknown_kind")
    assert take(store) == []


def test_the_deliveries_of_an_issue_are_listed_newest_first(store: Store) -> None:
    numbers = [store.accept(a_delivery(number)).result(10).id for number in range(3)]
    for number in numbers[:2]:
        sort(store, number, of(number))
    found = store.read(lambda tx: deliveries.of_issue(tx, ISSUE, limit=10))
    assert [one.id for one in found] == numbers[1::-1]
    assert found[0].size == len(b'{"number": 0}')
