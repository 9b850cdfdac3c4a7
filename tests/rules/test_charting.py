"""Charts: sums are exact, nothing lies outside of the frame, more never stands lower, and the unknown is no 0."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.metrics import Lack, Point, Window
from vedette.rules.chart_words import (
    bar_words,
    change_sign,
    change_words,
    length_words,
    point_words,
    span_words,
    summary,
)
from vedette.rules.charting import (
    Against,
    Change,
    Chart,
    Grid,
    Range,
    State,
    apart,
    bar_length,
    bars_of,
    change,
    chart,
    frame_of,
    known,
)
from vedette.rules.plotting import gaps, plot, rungs_to, short, spark, times_of

FIVE, HOUR, DAY = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
EVER = datetime(2026, 1, 1, tzinfo=UTC)


def point(
    start: datetime, total: int = 0, *, lack: Lack = Lack.NONE, length: timedelta = FIVE, revision: int = 0
) -> Point:
    return Point("payments", "default", Window(start, start + length), total, lack=lack, revision=revision)


def grid(
    range_: Range = Range.SIX_HOURS, *, end: datetime = NOON, every: timedelta = FIVE, begun: datetime = EVER
) -> Grid:
    bar = bar_length(range_.bar, every=every)
    return Grid(frame_of(range_.length, bar, end=end), bar, every, end, begun)


def every_window(frame: Window, *, total: int = 1) -> list[Point]:
    return [point(frame.start + place * FIVE, total) for place in range((frame.end - frame.start) // FIVE)]


points = st.builds(
    point,
    st.integers(-400, 3000).map(lambda places: NOON - places * FIVE),
    st.one_of(st.just(0), st.integers(0, 9), st.integers(0, 10**7)),
    lack=st.sampled_from(Lack),
    revision=st.integers(0, 3),
)
series = st.lists(points, max_size=150)
ranges = st.sampled_from(Range)


@given(series, ranges)
def test_no_error_is_lost_or_told_twice_however_long_the_bars_are(told: list[Point], range_: Range) -> None:
    where = grid(range_)
    inside = [each for each in told if where.frame.holds(each.window.start)]
    bars = bars_of(told, where)
    assert sum(bar.total or 0 for bar in bars) == sum(each.total for each in apart(inside) if known(each))
    assert sum(bar.counted for bar in bars) == sum(known(each) for each in apart(inside))
    assert [bar.window.start for bar in bars[1:]] == [bar.window.end for bar in bars[:-1]]
    assert (bars[0].window.start, bars[-1].window.end) == (where.frame.start, where.frame.end)


@given(series, ranges)
def test_a_bar_without_a_known_window_has_no_total_and_every_flaw_is_marked(told: list[Point], range_: Range) -> None:
    for bar in bars_of(told, grid(range_)):
        assert (bar.total is None) == (bar.counted == 0)
        assert 0 <= bar.counted <= bar.due <= bar.windows
        assert (bar.state is State.WHOLE) == (bar.counted == bar.windows and not bar.lacking)
        assert bool(bar.lacks) or bar.state in (State.WHOLE, State.UNDER_WAY, State.NONE)


@given(series, series, series, ranges)
def test_nothing_lies_outside_of_the_frame_and_more_never_stands_lower(
    told: list[Point], day: list[Point], week: list[Point], range_: Range
) -> None:
    where = grid(range_)
    drawn = plot(chart(told, earlier={Against.YESTERDAY: day, Against.LAST_WEEK: week}, grid=where))
    for shape in drawn.shapes:
        assert 0 <= shape.x <= shape.x + shape.width <= 100.001
        assert 0 <= shape.top <= shape.top + shape.height <= 100.001
    for tick in (*drawn.rungs, *drawn.times):
        assert 0 <= tick.at <= 100
    for sign in drawn.signs:
        assert 0 <= sign.x <= 100
        assert 0 <= sign.top <= 100
    drawn_totals = sorted((s.bar.total, s.height) for s in drawn.shapes if s.bar.total is not None)
    heights = [height for _, height in drawn_totals]
    assert heights == sorted(heights)
    assert all((height > 0) == (total > 0) for total, height in drawn_totals)


@given(st.integers(0, 10**12))
def test_the_scale_is_of_a_few_whole_round_numbers_from_0_past_the_most(most: int) -> None:
    rungs = rungs_to(most)
    assert rungs[0] == 0
    assert rungs[-1] >= max(most, 1)
    assert 2 <= len(rungs) <= 6
    assert len({later - earlier for earlier, later in pairwise(rungs)}) == 1
    assert str(rungs[1]).rstrip("0") in {"1", "2", "5"}


@given(st.sampled_from([timedelta(minutes=each) for each in (1, 2, 5, 9, 10, 15, 45, 60, 180, 720, 1440)]), ranges)
def test_bars_hold_whole_windows_and_divide_a_day_however_long_the_windows_are(every: timedelta, range_: Range) -> None:
    length = bar_length(range_.bar, every=every)
    assert length % every == timedelta(0)
    assert DAY % length == timedelta(0)
    assert length >= range_.bar
    frame = frame_of(range_.length, length, end=NOON - timedelta(seconds=7))
    assert frame.holds(NOON - timedelta(seconds=8))
    assert frame.length >= range_.length


def test_a_quiet_window_is_a_bar_of_0_and_a_window_that_nobody_counted_is_not_known() -> None:
    where = grid()
    told = [each for each in every_window(where.frame, total=0) if each.window.start != NOON - HOUR]
    bars = bars_of(told, where)
    assert bars[0].total == 0
    assert bars[0].state is State.WHOLE
    gone = next(bar for bar in bars if bar.window.start == NOON - HOUR)
    assert (gone.total, gone.state, gone.lacks) == (None, State.UNKNOWN, (Lack.NOT_COUNTED,))


@pytest.mark.parametrize("lack", [Lack.NOT_COUNTED, Lack.REFUSED])
def test_a_total_beside_words_that_say_nothing_is_known_is_none(lack: Lack) -> None:
    [bar] = [bar for bar in bars_of([point(NOON - FIVE, 7, lack=lack)], grid()) if bar.window.end == NOON]
    assert (bar.total, bar.state, bar.lacks) == (None, State.UNKNOWN, (lack,))


def test_an_hour_says_how_many_of_its_windows_are_missing_and_how_many_are_not_whole() -> None:
    where = grid(Range.WEEK)
    told = every_window(where.frame)
    told[3], told[5] = replace(told[3], lack=Lack.ROW_LIMIT), replace(told[5], revision=2)
    first = bars_of(told[:3] + told[3:4] + told[5:], where)[0]
    assert (first.windows, first.due, first.counted, first.missing, first.lacking, first.revised) == (
        12,
        12,
        11,
        1,
        1,
        1,
    )
    assert (first.total, first.state) == (11, State.INCOMPLETE)
    assert bar_words(first) == (
        "14 Nov 12:00–13:00 UTC: at least 11 errors; 1 of 12 windows not counted; 1 of 12 windows not complete; "
        "row_limit: more issues than may be read; 1 window revised"
    )


def test_what_is_still_to_come_and_what_was_before_the_first_count_is_not_missed() -> None:
    where = replace(grid(Range.WEEK), due=NOON - 25 * timedelta(minutes=1), begun=NOON - 2 * HOUR)
    told = [point(NOON - 2 * HOUR + place * FIVE, 1) for place in range(19)]
    bars = bars_of(told, where)
    assert {bar.state for bar in bars[:-2]} == {State.NONE}
    assert [(bar.state, bar.due, bar.total) for bar in bars[-2:]] == [(State.WHOLE, 12, 12), (State.UNDER_WAY, 7, 7)]


def test_windows_of_another_length_from_before_a_change_of_the_settings_are_summed_too() -> None:
    where = grid(Range.WEEK)
    told = [point(where.frame.start, 5, length=HOUR), point(where.frame.start + HOUR, 3, length=timedelta(minutes=30))]
    first, second = bars_of(told, where)[:2]
    assert (first.counted, first.total, first.state) == (12, 5, State.WHOLE)
    assert (second.counted, second.total, second.missing) == (6, 3, 6)


def test_windows_that_overlap_are_counted_once() -> None:
    long = point(NOON - HOUR, 100, length=HOUR)
    assert [each.total for each in apart([long, point(NOON - HOUR, 1), point(NOON - HOUR + FIVE, 2)])] == [1, 2]


def test_only_windows_that_are_whole_on_both_days_are_compared() -> None:
    now = [
        point(NOON, 10),
        point(NOON + FIVE, 1000),
        point(NOON + 2 * FIVE, 30),
        point(NOON + 3 * FIVE, 1, lack=Lack.SHIFTING),
    ]
    then = [point(NOON - DAY, 5), point(NOON + 2 * FIVE - DAY, 20, revision=1), point(NOON + 3 * FIVE - DAY, 1)]
    assert change(now, then, by=DAY) == Change(40, 25, 2)
    assert change(now, [], by=DAY) is None


@pytest.mark.parametrize(
    ("lack", "words"),
    [
        (Lack.NONE, "1,200"),
        (Lack.ROW_LIMIT, "at least 1,200"),
        (Lack.EVENT_LIMIT, "at least 1,200"),
        (Lack.SHIFTING, "about 1,200"),
        (Lack.NOT_COUNTED, "not known"),
        (Lack.REFUSED, "not known"),
    ],
)
def test_a_count_says_how_sure_it_is(lack: Lack, words: str) -> None:
    told = point(NOON - FIVE, 1200, lack=lack)
    assert point_words(told) == words
    bar = bars_of([told], grid())[-1]
    assert bar_words(bar).split(": ")[1].split(";")[0].removesuffix(" errors") == words


@pytest.mark.parametrize(
    ("found", "sign", "words"),
    [
        (Change(112, 100, 72), "+12 %", "12 % more than the day before (112 against 100)"),
        (Change(97, 100, 72), "−3 %", "3 % fewer than the day before (97 against 100)"),
        (Change(100_001, 100_000, 72), "+0.001 %", "0.001 % more than the day before (100,001 against 100,000)"),
        (Change(100, 100, 72), "±0 %", "As many as the day before (100)"),
        (Change(0, 0, 72), "±0", "As many as the day before (0)"),
        (Change(14, 0, 72), "+14", "More than the day before (14 against 0)"),
        (Change(0, 14, 72), "−100 %", "100 % fewer than the day before (0 against 14)"),
        (None, "?", "Cannot be compared with the day before: no window is complete both times"),
    ],
)
def test_a_change_is_told_in_words_and_by_a_sign(found: Change | None, sign: str, words: str) -> None:
    assert (change_sign(found), change_words(found, "the day before")) == (sign, words)


def test_the_sentence_of_a_chart_says_what_is_seen_in_it() -> None:
    where = grid()
    told = every_window(where.frame, total=10)
    told[30] = replace(told[30], total=301, revision=1)
    told[40] = replace(told[40], lack=Lack.ROW_LIMIT)
    then = [replace(each, window=each.window.earlier(DAY), total=10) for each in told]
    made = chart(told[:50] + told[51:], earlier={Against.YESTERDAY: then, Against.LAST_WEEK: []}, grid=where)
    assert summary(made, name="payments", range_words="6 hours") == (
        "payments, 6 hours until 21 Nov 12:00 UTC: at least 1,001 errors. The most were 301 errors at "
        "21 Nov 08:30–08:35. 72 windows of 5 min, 1 not counted and 1 not complete; 1 revised. "
        "42 % more than the day before (991 against 700). "
        "Cannot be compared with the week before: no window is complete both times."
    )


@pytest.mark.parametrize("begun", [EVER, NOON - HOUR + 2 * FIVE], ids=["long ago", "within the bar"])
def test_the_sentence_of_a_chart_ends_with_the_last_window_that_is_due(begun: datetime) -> None:
    where = replace(grid(Range.WEEK), due=NOON - 6 * FIVE, begun=begun)
    told = [each for each in every_window(where.frame) if begun <= each.window.start < NOON - 6 * FIVE]
    words = summary(chart(told, earlier={}, grid=where), name="x", range_words="7 days")
    assert words.startswith("x, 7 days until 21 Nov 11:30 UTC: ")


def test_the_sentence_of_a_chart_of_nothing_says_so() -> None:
    nothing = Chart(grid(begun=NOON), bars_of([], grid(begun=NOON)))
    assert "nothing was to be counted" in summary(nothing, name="x", range_words="6 hours")
    lost = Chart(grid(), bars_of([], grid()))
    assert "nothing is known. 72 windows of 5 min, 72 not counted." in summary(lost, name="x", range_words="6 hours")


def test_a_run_of_windows_that_are_not_known_has_one_sign_in_its_middle() -> None:
    where = grid()
    told = [each for each in every_window(where.frame) if not NOON - 3 * HOUR <= each.window.start < NOON - 2 * HOUR]
    signs = plot(Chart(where, bars_of(told, where))).signs
    assert [(sign.state, sign.text, sign.x, sign.top) for sign in signs] == [(State.UNKNOWN, "?", 58.34, 0)]


def test_an_earlier_day_is_a_line_that_breaks_where_nothing_is_known() -> None:
    where = grid()
    then = [each for each in every_window(where.frame.earlier(DAY)) if each.window.start != NOON - DAY - 3 * HOUR]
    [line] = plot(chart(every_window(where.frame, total=2), earlier={Against.YESTERDAY: then}, grid=where)).lines
    assert line.against is Against.YESTERDAY
    assert [path[:10] for path in line.paths] == ["M0 50H1.39", "M51.39 50H"]


@pytest.mark.parametrize(
    ("range_", "all_", "main"),
    [
        (Range.SIX_HOURS, "06:00 07:00 08:00 09:00 10:00 11:00 12:00", "06:00 08:00 10:00 12:00"),
        (Range.DAY, "12:00 15:00 18:00 21:00 21_Nov 03:00 06:00 09:00 12:00", "12:00 18:00 21_Nov 06:00 12:00"),
        (Range.WEEK, "15_Nov 16_Nov 17_Nov 18_Nov 19_Nov 20_Nov 21_Nov", "15_Nov 17_Nov 19_Nov 21_Nov"),
        (Range.MONTH, "24_Oct 29_Oct 3_Nov 8_Nov 13_Nov 18_Nov", "24_Oct 3_Nov 13_Nov"),
    ],
)
def test_the_ticks_of_time_are_whole_hours_and_days_and_half_as_many_on_a_phone(
    range_: Range, all_: str, main: str
) -> None:
    ticks = list(times_of(grid(range_).frame))
    assert [tick.words.replace(" ", "_") for tick in ticks] == all_.split()
    assert [tick.words.replace(" ", "_") for tick in ticks if tick.main] == main.split()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0"),
        (950, "950"),
        (9_500, "9,500"),
        (10_000, "10k"),
        (150_000, "150k"),
        (1_500_000, "1.5M"),
        (10**12, "1,000G"),
    ],
)
def test_a_number_on_the_axis_is_short(number: int, words: str) -> None:
    assert short(number) == words


def test_a_small_chart_leaves_a_gap_where_nothing_is_known_and_none_is_lost() -> None:
    totals = (0, None, 1, 1000, None, None)
    assert spark(totals) == ((2, 18.5, 1.5), (3, 0, 20))
    assert gaps(totals) == ((1, 1), (4, 2))
    assert (spark(()), gaps(())) == ((), ())


def test_times_and_lengths_are_told_as_people_do() -> None:
    assert span_words(Window(NOON, NOON + FIVE)) == "21 Nov 12:00–12:05"
    assert span_words(Window(NOON + 11 * HOUR, NOON + 12 * HOUR)) == "21 Nov 23:00–00:00"
    assert span_words(Window(NOON, NOON + 13 * HOUR)) == "21 Nov 12:00–22 Nov 01:00"
    assert span_words(Window(NOON - 12 * HOUR, NOON + 12 * HOUR)) == "21 Nov"
    assert [length_words(each) for each in (FIVE, HOUR, DAY, timedelta(seconds=90))] == ["5 min", "1 h", "1 d", "90 s"]
