"""Caps are exact under concurrent workers, and a held issue has one row whatever happens to it; on both databases."""

import threading
from dataclasses import replace
from datetime import timedelta
from functools import partial

from sqlalchemy import text

from tests.store.conftest import ISSUE, NOW, ROUTE
from vedette.model.flood import Counted, HeldState, NewHeld, Place, place_of
from vedette.model.issues import IssueKey
from vedette.store import flood
from vedette.store.database import Store, Tx

PLACE = place_of(ROUTE)
NEW = NewHeld(ISSUE, "main", ROUTE, "@acme/pay", "KeyError", "shop", "https://x.test/", 5, 2, "held back")
OTHER = IssueKey("default", "4712")


def test_of_many_that_find_room_at_once_as_many_get_it_as_there_is(store: Store) -> None:
    start = threading.Barrier(8)

    def cut(tx: Tx, number: int) -> None:
        flood.turn(tx)
        if flood.counted(tx, PLACE, run=0, now=NOW).route >= 5:
            return
        if tx.dialect.name == "postgresql":
            tx.execute(text("SELECT pg_sleep(0.01)"))  # long enough for all the others to count meanwhile
        flood.cut(tx, number, PLACE, run=0, now=NOW)

    def work(worker: int) -> None:
        start.wait()
        for attempt in range(3):
            store.write(partial(cut, number=10 * worker + attempt))

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.read(lambda tx: flood.counted(tx, PLACE, run=0, now=NOW)) == Counted(run=0, route=5, hour=5)


def test_a_cut_counts_for_an_hour_in_its_place_and_for_good_in_its_sweep(store: Store) -> None:
    elsewhere = Place("jira", "OTHER")
    store.write(lambda tx: flood.cut(tx, 1, PLACE, run=7, now=NOW - timedelta(minutes=61)))
    store.write(lambda tx: flood.cut(tx, 2, PLACE, run=7, now=NOW - timedelta(minutes=59)))
    store.write(lambda tx: flood.cut(tx, 3, elsewhere, run=8, now=NOW))
    assert store.read(lambda tx: flood.counted(tx, PLACE, run=7, now=NOW)) == Counted(run=2, route=1, hour=2)
    assert store.read(lambda tx: flood.counted(tx, elsewhere, run=0, now=NOW)) == Counted(run=0, route=1, hour=2)
    assert store.write(lambda tx: flood.forget_cuts(tx, before=NOW - timedelta(hours=1))) == 1


def test_an_issue_that_is_held_again_keeps_its_row_and_its_place_in_time(store: Store) -> None:
    store.write(lambda tx: flood.hold(tx, NEW, now=NOW))
    store.write(lambda tx: flood.told(tx, [1], digest=9, now=NOW))
    store.write(lambda tx: flood.hold(tx, replace(NEW, events=50), now=NOW + timedelta(minutes=1)))
    (row,) = store.read(flood.listing)
    assert (row.events, row.news, row.first_at, row.digest, row.told_at) == (50, 2, NOW, 9, NOW)


def test_an_issue_that_was_split_and_is_held_once_more_begins_anew(store: Store) -> None:
    store.write(lambda tx: flood.hold(tx, NEW, now=NOW))
    store.write(lambda tx: flood.released(tx, ISSUE, "main", claim=3))
    later = NOW + timedelta(hours=2)
    store.write(lambda tx: flood.hold(tx, NEW, now=later))
    (row,) = store.read(flood.listing)
    assert (row.state, row.claim, row.digest, row.told_at, row.first_at) == (HeldState.HELD, None, None, None, later)


def test_a_ticket_that_was_asked_for_stays_asked_for_when_a_cap_stands_in_its_way(store: Store) -> None:
    store.write(lambda tx: flood.hold(tx, NEW, now=NOW))
    assert store.write(lambda tx: flood.ask(tx, [1], over_caps=False, now=NOW)) == 1
    store.write(lambda tx: flood.let_go(tx, [1], now=NOW))
    assert store.read(lambda tx: flood.asked(tx, stale=NOW, limit=9)) == []
    assert store.read(lambda tx: flood.under_way(tx, PLACE, stale=NOW)) == 1
    store.write(lambda tx: flood.hold(tx, NEW, now=NOW))
    (row,) = store.read(lambda tx: flood.asked(tx, stale=NOW, limit=9))
    assert (row.state, row.released_at) == (HeldState.ASKED, None)


def test_a_merged_issue_that_the_other_one_has_a_row_for_is_closed(store: Store) -> None:
    store.write(lambda tx: flood.hold(tx, NEW, now=NOW))
    store.write(lambda tx: flood.hold(tx, replace(NEW, issue=OTHER), now=NOW))
    store.write(lambda tx: flood.follow_merge(tx, ISSUE, OTHER))
    (row,) = store.read(flood.listing)
    assert row.issue == OTHER
    (closed,) = store.read(lambda tx: flood.listing(tx, states=[HeldState.CLOSED]))
    assert "merged the issue into 4712" in closed.sentence


def test_a_place_is_restless_until_its_digest_has_spoken_of_everything(store: Store) -> None:
    store.write(lambda tx: flood.hold(tx, NEW, now=NOW))
    assert store.read(lambda tx: flood.restless(tx, until=NOW - timedelta(seconds=1))) == []
    assert store.read(lambda tx: flood.restless(tx, until=NOW)) == [PLACE]
    store.write(lambda tx: flood.told(tx, [1], digest=9, now=NOW))
    assert store.read(lambda tx: flood.restless(tx, until=NOW)) == []
    store.write(lambda tx: flood.released(tx, ISSUE, "main", claim=3))
    assert store.read(lambda tx: flood.restless(tx, until=NOW)) == [PLACE]
