"""Retention: what is over and old goes, in small steps; what is live stays, however old."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.store.conftest import ISSUE, MINUTE, NOW, ROUTE, a_delivery, a_job, enqueue, lease
from vedette.model.deliveries import DeliveryState
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.recall import Hook, Sighting
from vedette.rules.recall import hour_of
from vedette.store import counters, deliveries, journal, ledger, queue, recall, retention
from vedette.store.archive import count
from vedette.store.database import Store, StoreRefused, Tx
from vedette.store.deliveries import NewMention

DAY = timedelta(days=1)
LATER = NOW + 40 * DAY
KEPT = {"deliveries": 30 * DAY, "journal": 30 * DAY, "jobs": 30 * DAY}


def mentioned(tx: Tx, number: int, *, decided: bool) -> None:
    """Sort a delivery with one mention."""
    one = NewMention(issue=ISSUE, kind="IssueAlerted", occurred_at=NOW, delivery=number)
    deliveries.sorted_(tx, number, [one], state=DeliveryState.SORTED, reason="", now=NOW)
    if decided:
        open_ = [one.id for one in deliveries.waiting(tx, ISSUE) if one.delivery == number]
        deliveries.settle(tx, open_, now=NOW)


def test_what_is_over_and_old_goes(store: Store) -> None:
    for number in range(7):
        accepted = store.accept(a_delivery(number)).result(10)
        store.write(lambda tx, n=accepted.id: mentioned(tx, n, decided=True))  # type: ignore[misc]
    polled = NewMention(issue=ISSUE, kind="IssuePolled", occurred_at=NOW)
    store.write(lambda tx: deliveries.mention(tx, polled, now=NOW))
    waits = store.read(lambda tx: deliveries.waiting(tx, ISSUE))
    store.write(lambda tx: deliveries.settle(tx, [waits[0].id], now=NOW))
    enqueue(store, *[a_job()] * 5)
    for held in lease(store):
        store.write(lambda tx, h=held: queue.finish(tx, h, now=NOW))  # type: ignore[misc]
    store.write(lambda tx: journal.write(tx, NewEntry(EntryKind.ALARM, reason="surge", sentence="many"), now=NOW))
    store.write(lambda tx: counters.add(tx, "refused", {}, 1, now=NOW))
    store.write(lambda tx: recall.see(tx, [Sighting(ISSUE, Hook.ERROR, hour_of(NOW), "shop")]))
    gone = retention.prune(store, KEPT, now=LATER, step=2)
    assert gone == {"counters": 1, "sightings": 1, "issues": 0, "deliveries": 8, "journal": 1, "jobs": 5}
    left = store.read(count)
    assert {name for name, rows in left.items() if rows} == {"destinations"}


def test_what_is_live_stays_however_old(store: Store) -> None:
    numbers = [store.accept(a_delivery(number)).result(10).id for number in range(2)]
    store.write(lambda tx: mentioned(tx, numbers[0], decided=False))
    polled = NewMention(issue=ISSUE, kind="IssuePolled", occurred_at=NOW)
    store.write(lambda tx: deliveries.mention(tx, polled, now=NOW))
    enqueue(store, a_job(), a_job(), a_job())
    dead, _leased = lease(store, limit=2)
    store.write(lambda tx: queue.bury(tx, dead, reason="refused", detail="", now=NOW))
    store.write(
        lambda tx: ledger.claim(tx, issue=ISSUE, track="main", generation=1, route=ROUTE, owner="", now=NOW, as_of=NOW)
    )
    before = store.read(count)
    gone = retention.prune(store, KEPT, now=NOW + 9999 * DAY)
    assert gone == {"counters": 0, "sightings": 0, "issues": 0, "deliveries": 0, "journal": 0, "jobs": 0}
    assert store.read(count) == before


def test_what_is_young_stays_and_none_means_for_good(store: Store) -> None:
    number = store.accept(a_delivery()).result(10).id
    store.write(lambda tx: mentioned(tx, number, decided=True))
    assert retention.prune(store, KEPT, now=NOW + 29 * DAY)["deliveries"] == 0
    assert retention.prune(store, {"deliveries": None}, now=LATER) == {"counters": 0, "sightings": 0, "issues": 0}
    assert retention.prune(store, KEPT, now=LATER)["deliveries"] == 1


def test_each_step_is_a_short_transaction_of_its_own(store: Store) -> None:
    enqueue(store, *[a_job()] * 25)
    for held in lease(store, limit=25):
        store.write(lambda tx, h=held: queue.finish(tx, h, now=NOW))  # type: ignore[misc]
    deleted: list[int] = []

    @sa.event.listens_for(store.writing, "after_cursor_execute")
    def note(_c: object, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("DELETE FROM jobs"):
            deleted.append(cursor.rowcount)  # type: ignore[attr-defined]

    retention.prune(store, {"jobs": MINUTE}, now=LATER, step=10)
    assert deleted == [10, 10, 5]


def test_a_table_without_retention_is_named(store: Store) -> None:
    with pytest.raises(StoreRefused, match=r"retention\.claims is no table to prune; there are deliveries"):
        retention.prune(store, {"claims": DAY}, now=NOW)
