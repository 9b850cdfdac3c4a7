"""Points are kept once per window, change only by a revision, and are read back as they were told."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from vedette.model.issues import IssueKey
from vedette.model.metrics import Fresh, Lack, OutcomeHour, Point, Trending, Window
from vedette.store import known, windows
from vedette.store.database import Store
from vedette.store.retention import prune

NOW = datetime(2026, 3, 2, 10, 6, tzinfo=UTC)
FIVE = timedelta(minutes=5)
START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
FIRST = Trending(IssueKey("default", "7"), 3, title="Boom", groups=(((("customer", "a_b"), ("plan", None)), 3),))
POINT = Point("checkout", "default", Window(START, START + FIVE), 3, issues=1, users=2, trending=(FIRST,))


def save(store: Store, point: Point, counts: dict[str, int] | None = None) -> Point | None:
    return store.write(lambda tx: windows.save(tx, point, counts=counts or {"7": point.total}, now=NOW))


def kept(store: Store, start: datetime = START) -> Point | None:
    return store.read(lambda tx: windows.get(tx, "default", "checkout", start))


def test_a_point_is_read_back_as_it_was_told(store: Store) -> None:
    saved = save(store, POINT)
    assert saved == replace(POINT, revision=0, counted_at=NOW)
    assert kept(store) == saved


def test_the_same_count_again_changes_nothing_and_tells_nobody(store: Store) -> None:
    save(store, POINT)
    assert save(store, POINT) is None
    assert kept(store) == replace(POINT, counted_at=NOW)


def test_a_late_event_makes_the_next_revision_under_the_same_id(store: Store) -> None:
    first = save(store, POINT)
    second = save(store, replace(POINT, total=4))
    assert first is not None
    assert second is not None
    assert (second.revision, second.total, second.id) == (1, 4, first.id)


def test_an_owner_found_later_is_kept_without_a_revision(store: Store) -> None:
    save(store, POINT)
    owned = replace(POINT, trending=(replace(FIRST, owner="@acme/checkout"),))
    assert save(store, owned) is None
    found = kept(store)
    assert found is not None
    assert (found.revision, found.trending[0].owner) == (0, "@acme/checkout")


def test_a_count_that_is_less_whole_never_takes_the_place_of_a_whole_one(store: Store) -> None:
    save(store, POINT)
    assert save(store, replace(POINT, total=1, lack=Lack.EVENT_LIMIT)) is None
    found = kept(store)
    assert found is not None
    assert (found.total, found.is_complete) == (3, True)


def test_a_whole_count_takes_the_place_of_a_part(store: Store) -> None:
    save(store, replace(POINT, total=1, lack=Lack.EVENT_LIMIT, detail="10,000 events read"))
    saved = save(store, POINT)
    assert saved is not None
    assert (saved.revision, saved.total, saved.lack) == (1, 3, Lack.NONE)


def test_the_first_number_after_a_refusal_is_no_correction(store: Store) -> None:
    save(store, replace(POINT, total=0, lack=Lack.REFUSED, rows_lack=Lack.REFUSED, detail="no such field"))
    saved = save(store, POINT)
    assert saved is not None
    assert (saved.revision, saved.total) == (0, 3)


def test_many_who_count_the_same_window_at_once_tell_it_once(store: Store) -> None:
    with ThreadPoolExecutor(4) as threads:
        told = list(threads.map(lambda _: save(store, POINT), range(8)))
    assert len([each for each in told if each is not None]) == 1


def test_a_span_is_half_open(store: Store) -> None:
    for number in range(3):
        window = Window(START + number * FIVE, START + (number + 1) * FIVE)
        save(store, replace(POINT, window=window, total=number))
    found = store.read(
        lambda tx: windows.between(tx, "default", "checkout", since=START + FIVE, until=START + 2 * FIVE)
    )
    assert [point.total for point in found] == [1]


def test_counts_of_every_issue_are_kept_beside_the_largest(store: Store) -> None:
    save(store, POINT, {"7": 3, "9": 1})
    found = store.read(lambda tx: windows.counts(tx, "default", "checkout", [START, START - FIVE]))
    assert found == {START: {"7": 3, "9": 1}}


def test_the_newest_point_of_each_filter_is_at_hand(store: Store) -> None:
    save(store, POINT)
    later = replace(POINT, window=Window(START + FIVE, START + 2 * FIVE), total=0)
    save(store, later)
    save(store, replace(POINT, filter="orders"))
    newest = store.read(windows.latest)
    assert [(point.filter, point.total) for point in newest] == [("checkout", 0), ("orders", 3)]


def test_only_whole_windows_of_the_same_length_need_no_counting(store: Store) -> None:
    save(store, POINT)
    save(store, replace(POINT, filter="half", rows_lack=Lack.ROW_LIMIT))
    names = ["checkout", "half", "other"]
    same = store.read(lambda tx: windows.whole(tx, "default", window=POINT.window, names=names))
    longer = Window(START, START + 2 * FIVE)
    other = store.read(lambda tx: windows.whole(tx, "default", window=longer, names=names))
    assert (same, other) == (frozenset({"checkout"}), frozenset())


def test_progress_goes_only_forwards(store: Store) -> None:
    def advance(until: datetime) -> bool:
        return store.write(lambda tx: windows.advance(tx, "default", until=until))

    assert store.read(lambda tx: windows.counted_until(tx, "default")) is None
    assert [advance(START), advance(START), advance(START - FIVE), advance(START + FIVE)] == [True, False, False, True]
    assert store.read(lambda tx: windows.counted_until(tx, "default")) == START + FIVE


def test_what_was_asked_is_kept_by_question(store: Store) -> None:
    for total in (1, 2):
        store.write(lambda tx, total=total: windows.note_asked(tx, "default", "q", {START: total}))  # type: ignore[misc]
    asked = store.read(lambda tx: windows.asked_before(tx, "default", "q", since=START, until=START + FIVE))
    assert asked == {START: 2}
    assert store.read(lambda tx: windows.asked_before(tx, "default", "r", since=START, until=START + FIVE)) == {}


def test_an_owner_outlives_what_a_list_tells_anew(store: Store) -> None:
    key = IssueKey("default", "7")
    store.write(lambda tx: known.note(tx, [Fresh(key, "SHOP-1", "Boom", "shop", first_seen=START)], now=NOW))
    store.write(lambda tx: known.note_owner(tx, key, "@acme/checkout", now=NOW))
    store.write(
        lambda tx: known.note(tx, [Fresh(key, "SHOP-1", "Boom!", "shop", substatus="regressed")], now=NOW + FIVE)
    )
    found = store.read(lambda tx: known.issues(tx, "default", ["7", "8"]))
    assert set(found) == {"7"}
    assert (found["7"].fresh.title, found["7"].fresh.substatus) == ("Boom!", "regressed")
    assert (found["7"].owner, found["7"].owned_at, found["7"].asked_at) == ("@acme/checkout", NOW, NOW + FIVE)


def test_outcomes_of_an_hour_are_the_newest_told(store: Store) -> None:
    hour = OutcomeHour("default", "shop", START, "filtered", "browser-extensions", 4)
    for quantity in (4, 6):
        store.write(lambda tx, q=quantity: known.note_outcomes(tx, [replace(hour, quantity=q)]))  # type: ignore[misc]
    found = store.read(lambda tx: known.outcomes(tx, since=START, until=START + timedelta(hours=1)))
    assert found == [replace(hour, quantity=6)]
    assert store.read(lambda tx: known.outcomes(tx, since=START, until=START + FIVE, instance="other")) == []


@pytest.fixture
def old(store: Store) -> Store:
    save(store, POINT)
    save(store, replace(POINT, window=Window(NOW - timedelta(days=500), NOW - timedelta(days=500) + FIVE)))
    return store


def test_old_windows_are_forgotten(old: Store) -> None:
    gone = prune(old, {"windows": timedelta(days=400)}, now=NOW)
    assert gone["windows"] == 1
    assert kept(old) is not None
