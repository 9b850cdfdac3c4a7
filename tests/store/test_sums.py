"""What each filter has counted is summed exactly, outlives the windows, and is never shown to fall."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vedette.model.metrics import Lack, Point, Window
from vedette.model.settings import StoreSettings
from vedette.store import migrating, windows
from vedette.store.database import Store
from vedette.store.types import microseconds

NOW = datetime(2026, 3, 2, 10, 6, tzinfo=UTC)
FIVE = timedelta(minutes=5)
START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
AGES_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def at(place: int, total: int, *, name: str = "checkout", lack: Lack = Lack.NONE) -> Point:
    start = START + place * FIVE
    return Point(name, "default", Window(start, start + FIVE), total, lack=lack)


def save(store: Store, *points: Point) -> None:
    for point in points:
        store.write(lambda tx, each=point: windows.save(tx, each, counts={"7": each.total}, now=NOW))  # type: ignore[misc]


def shown(store: Store, *, since: datetime = AGES_AGO) -> dict[str, tuple[datetime, int, int]]:
    """By filter: the start and total of its newest counted window, and its sum."""
    found = store.read(lambda tx: windows.counted(tx, since=since))
    return {point.filter: (point.window.start, point.total, total) for point, total in found}


def test_windows_add_up_in_whatever_order_they_are_counted(store: Store) -> None:
    save(store, at(1, 5), at(0, 3), at(2, 0), at(0, 9, name="orders"))
    assert shown(store) == {"checkout": (START + 2 * FIVE, 0, 8), "orders": (START, 9, 9)}


def test_the_same_count_again_adds_nothing_and_a_late_event_adds_one(store: Store) -> None:
    save(store, at(0, 3), at(0, 3), at(0, 4))
    assert shown(store) == {"checkout": (START, 4, 4)}


def test_a_recount_that_finds_fewer_is_made_good_by_what_follows(store: Store) -> None:
    save(store, at(0, 10), at(0, 7))
    assert shown(store)["checkout"][2] == 10
    save(store, at(1, 2))
    assert shown(store)["checkout"][2] == 10
    save(store, at(2, 5))
    assert shown(store)["checkout"][2] == 14


@pytest.mark.parametrize("lack", [Lack.NOT_COUNTED, Lack.REFUSED])
def test_a_window_that_was_not_counted_is_no_newest_one_and_adds_its_errors_once_it_is(
    store: Store, lack: Lack
) -> None:
    save(store, at(0, 3), at(1, 0, lack=lack))
    assert shown(store) == {"checkout": (START, 3, 3)}
    save(store, at(1, 6))
    assert shown(store) == {"checkout": (START + FIVE, 6, 9)}


def test_a_filter_whose_windows_were_never_counted_has_no_sum(store: Store) -> None:
    save(store, at(0, 0, lack=Lack.NOT_COUNTED))
    assert shown(store) == {}


def test_what_retention_forgets_stays_in_the_sum_until_the_filter_is_forgotten_whole(store: Store) -> None:
    save(store, at(0, 3), at(1, 4))
    store.write(lambda tx: windows.forget(tx, before=START + FIVE, limit=100))
    assert shown(store) == {"checkout": (START + FIVE, 4, 7)}
    store.write(lambda tx: windows.forget(tx, before=START + 9 * FIVE, limit=100))
    assert shown(store) == {}


def test_a_filter_that_is_silent_for_long_is_not_shown(store: Store) -> None:
    save(store, at(0, 3))
    assert shown(store, since=START + FIVE) == {}


def test_several_replicas_add_at_once_and_lose_nothing(store: Store) -> None:
    with ThreadPoolExecutor(4) as several:
        list(several.map(lambda place: save(store, at(place, 1)), range(40)))
    assert shown(store)["checkout"] == (START + 39 * FIVE, 1, 40)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(
    counted=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 9), st.sampled_from([Lack.NONE, Lack.ROW_LIMIT, Lack.NOT_COUNTED])),
        max_size=12,
    ),
    name=st.uuids(),
)
def test_the_sum_is_that_of_the_windows_that_are_kept_or_larger_and_never_falls(
    store: Store, counted: list[tuple[int, int, Lack]], name: object
) -> None:
    seen = [0]
    for place, total, lack in counted:
        save(store, at(place, total, name=str(name), lack=lack))
        seen.append(shown(store).get(str(name), (START, 0, 0))[2])
    kept = store.read(lambda tx: windows.between(tx, "default", str(name), since=START, until=START + 9 * FIVE))
    assert seen == sorted(seen)
    assert seen[-1] >= sum(point.total for point in kept if point.is_counted)


def test_a_store_with_windows_from_before_has_their_sums(empty_settings: StoreSettings) -> None:
    engine = sa.create_engine(empty_settings.url.replace("postgresql://", "postgresql+psycopg://"))
    row = sa.text(
        'INSERT INTO windows (instance, filter, start, "end", total, issues, lack, rows_lack, detail, revision,'
        " counted_at, trending, counts) VALUES ('default', 'checkout', :start, :end, :total, 0, :lack, '', '', 0, :end,"
        " '', '')"
    )
    told = [(START, 3, ""), (START + FIVE, 4, "row_limit"), (START + 2 * FIVE, 0, "not_counted")]
    with engine.begin() as tx:
        migrating.upgrade(tx, to="0012_notify")
        for start, total, lack in told:
            ends = {"start": microseconds(start), "end": microseconds(start + FIVE)}
            tx.execute(row, ends | {"total": total, "lack": lack})
    engine.dispose()
    with Store.open(empty_settings) as store:
        assert shown(store) == {"checkout": (START + FIVE, 4, 7)}
        save(store, at(3, 5))
        assert shown(store) == {"checkout": (START + 3 * FIVE, 5, 12)}
