"""Windows are aligned and half-open; what is owed is counted once, in order, and no further back than is made up."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.metrics import Window
from vedette.rules.windowing import Look, aligned, late, look_back, newest, owed, windows_of

NOW = datetime(2026, 3, 2, 10, 6, 30, tzinfo=UTC)
FIVE = timedelta(minutes=5)
DELAY = timedelta(seconds=45)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)

moments = st.integers(946_684_800, 2_840_140_800).map(lambda second: datetime.fromtimestamp(second, UTC))
lengths = st.sampled_from([timedelta(minutes=each) for each in (1, 5, 10, 15, 60)])


def test_the_newest_window_ended_at_least_the_delay_ago() -> None:
    assert newest(NOW, every=FIVE, delay=DELAY) == Window(START, START + FIVE)
    assert newest(START + FIVE + timedelta(seconds=44), every=FIVE, delay=DELAY) == Window(START - FIVE, START)
    assert newest(START + FIVE + DELAY, every=FIVE, delay=DELAY) == Window(START, START + FIVE)


@given(moments, lengths)
def test_every_moment_is_in_exactly_one_window(at: datetime, every: timedelta) -> None:
    start = aligned(at, every=every)
    assert Window(start, start + every).holds(at)
    assert not Window(start - every, start).holds(at)
    assert not Window(start + every, start + 2 * every).holds(at)


@given(moments, lengths, st.integers(0, 400))
def test_windows_of_a_span_touch_and_never_overlap(start: datetime, every: timedelta, minutes: int) -> None:
    span = Window(start, start + timedelta(minutes=minutes))
    found = list(windows_of(span, every=every))
    assert all(before.end == after.start for before, after in pairwise(found))
    assert all(span.start <= each.start and each.end <= span.end for each in found)


def test_the_first_time_only_the_newest_window_is_owed() -> None:
    found = owed(None, now=NOW, every=FIVE, delay=DELAY, catch_up=DAY)
    assert (found.windows, found.given_up) == ((Window(START, START + FIVE),), 0)


def test_nothing_is_owed_twice() -> None:
    assert owed(START + FIVE, now=NOW, every=FIVE, delay=DELAY, catch_up=DAY).windows == ()


def test_what_was_missed_is_owed_oldest_first() -> None:
    found = owed(START - 2 * FIVE, now=NOW, every=FIVE, delay=DELAY, catch_up=DAY)
    assert [each.start for each in found.windows] == [START - 2 * FIVE, START - FIVE, START]


def test_what_is_older_than_the_catching_up_is_given_up_by_number() -> None:
    found = owed(START - 10 * FIVE, now=NOW, every=FIVE, delay=DELAY, catch_up=3 * FIVE)
    assert found.windows[0].start == START - 2 * FIVE
    assert found.given_up == 8


@given(moments, lengths, st.integers(0, 600), st.integers(1, 300))
def test_owed_and_given_up_are_all_that_was_missed(now: datetime, every: timedelta, behind: int, back: int) -> None:
    last = newest(now, every=every, delay=DELAY)
    until = last.end - behind * every
    found = owed(until, now=now, every=every, delay=DELAY, catch_up=back * every)
    assert len(found.windows) + found.given_up == behind
    assert all(each.start >= until for each in found.windows)


def test_the_last_hour_is_looked_at_each_time_and_the_whole_grace_once_an_hour() -> None:
    ordinary = look_back(NOW, every=FIVE, delay=DELAY, grace=DAY, looked=START)
    assert ordinary == Look(Window(START + FIVE - HOUR, START + FIVE), whole=False)
    hourly = look_back(START + DELAY, every=FIVE, delay=DELAY, grace=DAY, looked=START - HOUR)
    assert hourly == Look(Window(START - HOUR - DAY, START), whole=True)


def test_the_first_look_goes_back_over_the_grace_alone() -> None:
    assert look_back(START + DELAY, every=FIVE, delay=DELAY, grace=DAY).span == Window(START - DAY, START)


@pytest.mark.parametrize(
    ("missed", "back"), [(timedelta(hours=30), timedelta(hours=54)), (timedelta(days=60), timedelta(days=14))]
)
def test_after_an_outage_windows_whose_grace_is_over_have_their_last_look(missed: timedelta, back: timedelta) -> None:
    end = START + FIVE
    found = look_back(NOW, every=FIVE, delay=DELAY, grace=DAY, looked=end - missed)
    assert found == Look(Window(end - back, end), whole=True)


def test_without_a_grace_no_window_is_looked_at_again_whatever_was_missed() -> None:
    found = look_back(NOW, every=FIVE, delay=DELAY, grace=timedelta(0), looked=START - 2 * DAY)
    assert list(found.parts(every=FIVE)) == []


@given(moments, lengths, st.integers(0, 60), st.integers(0, 24 * 14), st.booleans())
def test_every_window_has_a_look_after_its_grace_whatever_was_missed_within_a_day(
    now: datetime, every: timedelta, missed: int, grace: int, looked_before: bool
) -> None:
    looked = now - missed * HOUR if looked_before else None
    look = look_back(now, every=every, delay=DELAY, grace=grace * HOUR, looked=looked)
    parts = list(look.parts(every=every))
    assert all(part.end == following.start for part, following in pairwise(parts))
    if look.whole and looked is not None and grace and missed <= 24:
        assert look.span.start <= looked - grace * HOUR
    if not look.whole and looked is not None:
        assert look.span.end - looked < max(HOUR, every)


def test_only_windows_that_were_counted_and_differ_are_late() -> None:
    told = {START: 5, START + FIVE: 3, START - FIVE: 0}
    before = {START: 4, START + FIVE: 3}
    assert late(told, before, every=FIVE) == (Window(START, START + FIVE),)
