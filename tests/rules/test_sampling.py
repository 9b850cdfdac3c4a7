"""Points as numbers: what is known is told, in order, and cut to what a vendor takes at once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.metrics import Lack, Point, Window
from vedette.rules.sampling import COMPLETE, TOTAL, chronological, chunks, project_of, samples, within

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FIVE = timedelta(minutes=5)
POINT = Point("checkout", "default", Window(NOON, NOON + FIVE), total=42, issues=3, users=9, new=1, regressed=2)


def told(point: Point) -> dict[str, float]:
    return {each.name: each.value for each in samples(point)}


def test_a_point_that_knows_everything_is_six_numbers_at_its_windows_end() -> None:
    assert told(POINT) == {
        "vedette.errors": 42,
        "vedette.errors.users": 9,
        "vedette.errors.issues": 3,
        "vedette.errors.new": 1,
        "vedette.errors.regressed": 2,
        "vedette.errors.complete": 1,
    }
    for each in samples(POINT):
        assert (each.at, each.over, each.point) == (NOON + FIVE, FIVE, POINT.id)
        assert each.labels == (("filter", "checkout"), ("instance", "default"))


def test_a_quiet_window_is_an_explicit_nought_and_whole() -> None:
    quiet = Point("checkout", "default", POINT.window, total=0)
    assert told(quiet) == {"vedette.errors": 0, "vedette.errors.issues": 0, "vedette.errors.complete": 1}


@pytest.mark.parametrize("name", ["users", "new", "regressed"])
def test_what_is_not_known_is_left_out_and_not_told_as_nought(name: str) -> None:
    missing = replace(POINT, **{name: None})  # type: ignore[arg-type]
    assert set(told(POINT)) - set(told(missing)) == {f"vedette.errors.{name}"}


@pytest.mark.parametrize("lack", [Lack.ROW_LIMIT, Lack.EVENT_LIMIT, Lack.SHIFTING])
def test_a_total_that_is_not_whole_is_told_and_marked(lack: Lack) -> None:
    marked = told(replace(POINT, lack=lack))
    assert (marked[TOTAL], marked[COMPLETE]) == (42, 0)


def test_issues_that_are_not_whole_leave_the_total_whole() -> None:
    assert told(replace(POINT, rows_lack=Lack.ROW_LIMIT)) == told(POINT)


@pytest.mark.parametrize("lack", [Lack.NOT_COUNTED, Lack.REFUSED])
def test_a_window_that_was_not_counted_tells_no_total(lack: Lack) -> None:
    nothing = Point("checkout", "default", POINT.window, total=0, lack=lack, rows_lack=lack)
    assert told(nothing) == {COMPLETE: 0}


points = st.builds(
    lambda number, name, revision: Point(
        name, "default", Window(NOON + number * FIVE, NOON + (number + 1) * FIVE), total=1, revision=revision
    ),
    st.integers(-5, 5),
    st.sampled_from("abc"),
    st.integers(0, 3),
)


@given(st.lists(points))
def test_chronological_points_lose_none_and_their_newest_revision_comes_last(given_: list[Point]) -> None:
    ordered = chronological(given_)
    assert sorted(ordered, key=repr) == sorted(given_, key=repr)
    for earlier, later in pairwise(ordered):
        assert earlier.window.end <= later.window.end
        if earlier.id == later.id:
            assert earlier.revision <= later.revision


@given(st.lists(points), st.randoms())
def test_the_order_depends_on_nothing_but_the_points(given_: list[Point], chance: object) -> None:
    shuffled = sorted(given_, key=lambda _: chance.random())  # type: ignore[attr-defined]
    assert chronological(shuffled) == chronological(given_)


def encoded(item: object) -> int:
    return len(msgspec.json.encode(item))


@given(st.lists(st.text(max_size=30)), st.integers(1, 8), st.integers(2, 90))
def test_chunks_keep_order_and_both_limits_and_are_as_few_as_that_allows(
    items: list[str], most_items: int, most_bytes: int
) -> None:
    made = list(chunks(items, encoded, most_items=most_items, most_bytes=most_bytes))
    assert [item for chunk in made for item in chunk] == items
    for chunk in made:
        assert 1 <= len(chunk) <= most_items
        assert encoded(chunk) <= most_bytes or len(chunk) == 1
    for chunk, following in pairwise(made):
        fuller = (*chunk, following[0])
        assert len(fuller) > most_items or encoded(fuller) > most_bytes


def test_an_item_that_is_too_large_alone_stands_alone() -> None:
    made = list(chunks(["a", "b" * 50, "c"], encoded, most_items=10, most_bytes=20))
    assert made == [("a",), ("b" * 50,), ("c",)]


def test_points_of_an_age_that_a_vendor_does_not_take_are_left_out_and_told() -> None:
    def at(end: datetime) -> Point:
        return Point("checkout", "default", Window(end - FIVE, end), total=1)

    hour, ten = timedelta(hours=1), timedelta(minutes=10)
    ends = [NOON + ten + FIVE, NOON, NOON - hour, NOON - hour - FIVE, NOON - hour - 2 * FIVE]
    kept, words = within(map(at, ends), now=NOON, past=hour, future=ten)
    assert [point.window.end for point in kept] == [NOON - hour, NOON]
    old, early = words
    assert old == (
        "2 of the points, of windows that end 2026-03-01T10:50:00Z to 2026-03-01T10:55:00Z, "
        "are left out: older than 1 h"
    )
    assert early.startswith("1 of the points, of windows that end 2026-03-01T12:15:00Z")
    assert early.endswith("are left out: more than 10 min ahead of us")


@given(st.lists(points), st.integers(-30, 30))
def test_every_point_is_kept_or_told(given_: list[Point], minutes: int) -> None:
    kept, words = within(given_, now=NOON + timedelta(minutes=minutes), past=FIVE, future=FIVE)
    assert len(kept) + sum(int(each.split()[0]) for each in words) == len(given_)


def test_the_projects_of_a_point_are_one_word() -> None:
    assert project_of(POINT) == "all"
    assert project_of(replace(POINT, projects=("web", "worker"))) == "web,worker"
