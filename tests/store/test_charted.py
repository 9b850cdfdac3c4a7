"""Sums over windows are exact, read on both engines, and cost what they show."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from vedette.model.metrics import Lack, Point, Window
from vedette.rules.charting import Change
from vedette.store import charted, windows
from vedette.store.charted import Sum
from vedette.store.database import Store

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FIVE, HOUR, DAY = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)
SHOP, MAIL = ("default", "shop"), ("eu", "Überlauf & <b>")


def keep(store: Store, name: tuple[str, str], start: datetime, total: int, lack: Lack = Lack.NONE) -> None:
    point = Point(name[1], name[0], Window(start, start + FIVE), total, lack=lack)
    store.write(lambda tx: windows.save(tx, point, counts={"1": total}, now=start + FIVE))


def test_filters_are_listed_once_each_with_their_first_and_newest_window(store: Store) -> None:
    for name, starts in ((MAIL, (NOON,)), (SHOP, (NOON, NOON + HOUR, NOON - DAY))):
        for start in starts:
            keep(store, name, start, 1)
    assert store.read(charted.filters) == [SHOP, MAIL]
    assert store.read(lambda tx: charted.first(tx, SHOP)) == NOON - DAY
    assert store.read(lambda tx: charted.first(tx, ("default", "mail"))) is None
    found = store.read(lambda tx: charted.newest(tx, [SHOP, MAIL, ("eu", "shop")]))
    assert {name: point.window.start for name, point in found.items()} == {SHOP: NOON + HOUR, MAIL: NOON}


def test_an_empty_store_has_no_filters_and_no_sums(store: Store) -> None:
    assert store.read(charted.filters) == []
    assert store.read(lambda tx: charted.newest(tx, [SHOP])) == {}
    assert store.read(lambda tx: charted.sums(tx, since=NOON, until=NOON + DAY, step=HOUR)) == {}
    assert store.read(lambda tx: charted.changes(tx, since=NOON, until=NOON + DAY, by=DAY)) == {}


def test_an_hour_is_the_sum_of_its_known_windows_and_one_of_which_nothing_is_known_is_left_out(store: Store) -> None:
    keep(store, SHOP, NOON, 0)
    keep(store, SHOP, NOON + FIVE, 3, Lack.ROW_LIMIT)
    keep(store, SHOP, NOON + FIVE, 5, Lack.ROW_LIMIT)  # again, with another result
    keep(store, SHOP, NOON + 2 * FIVE, 100, Lack.NOT_COUNTED)
    keep(store, SHOP, NOON + HOUR, 100, Lack.REFUSED)
    keep(store, SHOP, NOON + 2 * HOUR, 2)
    keep(store, SHOP, NOON + 3 * HOUR, 9)  # its window begins where the span ends
    keep(store, MAIL, NOON, 7)
    found = store.read(lambda tx: charted.sums(tx, since=NOON, until=NOON + 3 * HOUR, step=HOUR))
    assert found == {SHOP: [Sum(NOON, 5, 2, 1, 1), Sum(NOON + 2 * HOUR, 2, 1, 0, 0)], MAIL: [Sum(NOON, 7, 1, 0, 0)]}


@pytest.mark.parametrize("by", [DAY, 7 * DAY])
def test_a_change_is_over_the_windows_that_are_whole_both_times(store: Store, by: timedelta) -> None:
    for place, (then, now) in enumerate([(1, 10), (2, 20), (4, 40)]):
        keep(store, SHOP, NOON + place * FIVE - by, then, Lack.SHIFTING if place == 1 else Lack.NONE)
        keep(store, SHOP, NOON + place * FIVE, now)
    keep(store, SHOP, NOON + 3 * FIVE, 1000)  # nothing was counted then
    keep(store, MAIL, NOON - by, 8)  # nothing is counted now
    found = store.read(lambda tx: charted.changes(tx, since=NOON, until=NOON + HOUR, by=by))
    assert found == {SHOP: Change(50, 5, 2)}


def test_a_window_of_another_length_is_not_compared(store: Store) -> None:
    keep(store, SHOP, NOON, 10)
    long = Point("shop", "default", Window(NOON - DAY, NOON - DAY + HOUR), 5)
    store.write(lambda tx: windows.save(tx, long, counts={}, now=NOON))
    assert store.read(lambda tx: charted.changes(tx, since=NOON, until=NOON + HOUR, by=DAY)) == {}


@pytest.mark.parametrize(
    ("length", "ends"),
    [(timedelta(0), []), (HOUR, [HOUR]), (2 * DAY, [DAY, 2 * DAY]), (DAY + HOUR, [DAY, DAY + HOUR])],
)
def test_a_span_is_cut_into_steps_without_a_gap(length: timedelta, ends: Sequence[timedelta]) -> None:
    found = list(charted.stretches(NOON, NOON + length, step=DAY))
    assert [end - NOON for _, end in found] == list(ends)
    assert [start for start, _ in found[1:]] == [end for _, end in found[:-1]]
