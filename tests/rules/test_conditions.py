"""Conditions: counts against a seasonal median, new errors and silence; whatever is not known changes nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.conditions import Condition, ConditionKind, Judged, Outcome, Season, Usual, Verdict
from vedette.model.issues import IssueKey
from vedette.model.metrics import Lack, Point, Trending, Window
from vedette.rules.behind import behind, usual_of_issues
from vedette.rules.conditions import (
    Seen,
    flat_line,
    growth,
    new_errors,
    seasons_of,
    seen_in,
    span_of,
    still_going,
    when,
)
from vedette.rules.releases import counts_in, release_seen, releases_in

MINUTES = timedelta(minutes=5)
AT = Window(datetime(2026, 11, 20, 10, tzinfo=UTC), datetime(2026, 11, 20, 10, 5, tzinfo=UTC))
BEFORE = AT.earlier(MINUTES)
GROWS = Condition("grows", ConditionKind.GROWTH, count_over=100, percent_over=200, floor=50)
FLAT = Condition("flat", ConditionKind.FLAT_LINE, windows=3, usual_at_least=5)
NEW = Condition("new", ConditionKind.NEW_ERROR, count_over=10, windows=2)
USUAL = (102, 98, 110, 90)

TRIPS, CALM, UNKNOWN = Outcome.TRIPS, Outcome.CALM, Outcome.UNKNOWN


def saw(count: int, past: tuple[int, ...] = USUAL, *, window: Window = AT, whole: bool = True) -> Seen:
    return Seen(window, count, count if whole else None, past)


def point(total: int, *issues: Trending, window: Window = AT, lack: Lack = Lack.NONE, more: int = 0) -> Point:
    return Point("checkout", "default", window, total, len(issues) + more, lack=lack, rows_lack=lack, trending=issues)


def issue(number: int, count: int, *, seen: datetime | None = None, releases: dict[str, int] | None = None) -> Trending:
    groups = tuple(((("release", name),), share) for name, share in (releases or {}).items())
    key = IssueKey("default", str(number))
    return Trending(key, count, "checkout", f"SHOP-{number}", "KeyError: 'sku'", first_seen=seen, groups=groups)


def said(verdict: Verdict) -> tuple[Outcome, Judged]:
    return verdict.outcome, verdict.reason


@pytest.mark.parametrize(
    ("seen", "outcome", "reason"),
    [
        (saw(420), TRIPS, Judged.GREW),
        (saw(300), CALM, Judged.NOT_OVER_PERCENT),  # exactly 200 % over is not over
        (saw(301), TRIPS, Judged.GREW),
        (saw(49), CALM, Judged.BELOW_FLOOR),
        (saw(100), CALM, Judged.NOT_OVER_COUNT),  # exactly 100 is not over
        (saw(0), CALM, Judged.BELOW_FLOOR),
        (saw(149, (0, 0, 0, 0)), CALM, Judged.NOT_OVER_PERCENT),  # a usual below the floor counts as the floor
        (saw(151, (0, 0, 0, 0)), TRIPS, Judged.GREW),
        (saw(420, (100, 100)), UNKNOWN, Judged.NOT_ENOUGH_HISTORY),
        (saw(420, (100, 100, 100)), TRIPS, Judged.GREW),
        (saw(420, ()), UNKNOWN, Judged.NOT_ENOUGH_HISTORY),
        (saw(20, ()), CALM, Judged.BELOW_FLOOR),  # calm whatever is usual
        (saw(420, (10, 12, 9000, 11)), TRIPS, Judged.GREW),  # one odd week moves no median
        (saw(420, whole=False), TRIPS, Judged.GREW),  # at least that many is enough
        (saw(20, whole=False), UNKNOWN, Judged.INCOMPLETE),  # and too few may be more
        (saw(0, whole=False), UNKNOWN, Judged.INCOMPLETE),
    ],
)
def test_a_growth_is_over_count_and_percentage_and_floor(seen: Seen, outcome: Outcome, reason: Judged) -> None:
    assert said(growth(GROWS, "checkout", [seen])) == (outcome, reason)


def test_the_sentence_has_the_numbers() -> None:
    assert growth(GROWS, "checkout", [saw(420, (102, 101, 103, 102))]).sentence == (
        "checkout: 420 errors in [2026-11-20 10:00, 10:05) UTC, 312 % over the usual 102 (median of 4 weeks), floor 50"
    )
    low = growth(GROWS, "checkout", [saw(420, (3, 4, 3, 200))]).sentence
    assert low.endswith("740 % over the floor 50, above the usual 3.5 (median of 4 weeks)")
    cut = growth(GROWS, "checkout", [saw(420, whole=False)]).sentence
    assert cut.startswith("checkout: at least 420 errors in ")
    short = growth(GROWS, "checkout", [saw(420, (1, 2))]).sentence
    assert short.endswith("not enough history: 2 of the last 4 weeks have this window whole, 3 are needed")


@pytest.mark.parametrize(
    ("before", "outcome", "reason"),
    [
        (saw(500, window=BEFORE), TRIPS, Judged.GREW),
        (saw(200, window=BEFORE), CALM, Judged.NOT_IN_A_ROW),
        (saw(200, window=BEFORE, whole=False), UNKNOWN, Judged.INCOMPLETE),
        (saw(500, (), window=BEFORE), UNKNOWN, Judged.NOT_ENOUGH_HISTORY),
    ],
)
def test_a_growth_asked_for_in_a_row_needs_every_window(before: Seen, outcome: Outcome, reason: Judged) -> None:
    verdict = growth(replace(GROWS, windows=2), "checkout", [saw(420), before])
    assert said(verdict) == (outcome, reason)
    assert verdict.window == AT
    assert "2 windows in a row" in verdict.sentence


def test_a_newest_window_that_is_calm_ends_a_row_whatever_was_before() -> None:
    verdict = growth(replace(GROWS, windows=2), "checkout", [saw(60), saw(0, window=BEFORE, whole=False)])
    assert said(verdict) == (CALM, Judged.NOT_OVER_COUNT)


counts = st.integers(0, 10_000)
pasts = st.lists(counts, max_size=8).map(tuple)
rules = st.builds(
    Condition,
    st.just("c"),
    st.just(ConditionKind.GROWTH),
    count_over=counts,
    percent_over=st.integers(0, 1000),
    floor=st.integers(1, 1000),
    usual=st.builds(Usual, st.sampled_from(Season), st.just(8), st.integers(1, 8)),
)


@given(rules, counts, pasts, st.integers(0, 1000))
def test_more_errors_never_make_a_growth_calm(rule: Condition, count: int, past: tuple[int, ...], more: int) -> None:
    if growth(rule, "f", [saw(count, past)]).outcome is TRIPS:
        assert growth(rule, "f", [saw(count + more, past)]).outcome is TRIPS


@given(rules, counts, pasts, st.integers(1, 50))
def test_a_growth_is_the_same_in_every_scale(rule: Condition, count: int, past: tuple[int, ...], by: int) -> None:
    larger = replace(rule, count_over=rule.count_over * by, floor=rule.floor * by)
    scaled = saw(count * by, tuple(each * by for each in past))
    assert said(growth(larger, "f", [scaled])) == said(growth(rule, "f", [saw(count, past)]))


@given(rules, counts, pasts, st.booleans())
def test_nothing_is_said_below_the_floor_nor_without_history(
    rule: Condition, count: int, past: tuple[int, ...], whole: bool
) -> None:
    if count < rule.floor or len(past) < rule.usual.at_least:
        assert growth(rule, "f", [saw(count, past, whole=whole)]).outcome is not TRIPS


@given(rules, counts, pasts, st.randoms(use_true_random=False))
def test_the_order_of_the_weeks_says_nothing(
    rule: Condition, count: int, past: tuple[int, ...], random: object
) -> None:
    mixed = list(past)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    for whole in (True, False):
        same = growth(rule, "f", [saw(count, tuple(mixed), whole=whole)])
        assert same == growth(rule, "f", [saw(count, past, whole=whole)])


@given(rules, counts, pasts)
def test_a_window_that_is_not_whole_is_never_calm(rule: Condition, count: int, past: tuple[int, ...]) -> None:
    assert growth(rule, "f", [saw(count, past, whole=False)]).outcome is not CALM
    assert flat_line(rule, "f", [saw(count, past, whole=False)]).outcome is UNKNOWN


@given(rules, st.lists(st.tuples(counts, st.booleans(), pasts), min_size=1, max_size=4))
def test_a_line_is_flat_only_where_every_window_is_whole_and_silent(
    rule: Condition, windows: list[tuple[int, bool, tuple[int, ...]]]
) -> None:
    span = [saw(count, past, whole=whole) for count, whole, past in windows]
    if flat_line(rule, "f", span).outcome is TRIPS:
        assert all(whole and count == 0 for count, whole, _ in windows)


@pytest.mark.parametrize(
    ("span", "outcome", "reason"),
    [
        ([saw(0), saw(0), saw(0)], TRIPS, Judged.FLAT_LINE),
        ([saw(1), saw(0), saw(0)], CALM, Judged.EVENTS_SEEN),
        ([saw(0), saw(0), saw(7)], CALM, Judged.EVENTS_SEEN),
        ([saw(0), saw(0, whole=False), saw(0)], UNKNOWN, Judged.INCOMPLETE),
        ([saw(0, whole=False), saw(7), saw(7)], UNKNOWN, Judged.INCOMPLETE),
        ([saw(9, whole=False), saw(0), saw(0)], UNKNOWN, Judged.INCOMPLETE),
        ([saw(0), saw(0), saw(0, (9, 9))], UNKNOWN, Judged.NOT_ENOUGH_HISTORY),
        ([saw(0), saw(0), saw(0, (0, 9, 0, 9))], UNKNOWN, Judged.USUALLY_QUIET),
        ([saw(0), saw(0), saw(0, (5, 5, 5, 0))], TRIPS, Judged.FLAT_LINE),  # one silent week moves no median
    ],
)
def test_a_flat_line_is_silence_where_there_always_are_some(span: list[Seen], outcome: Outcome, reason: Judged) -> None:
    assert said(flat_line(FLAT, "checkout", span)) == (outcome, reason)


def test_the_sentence_of_a_flat_line_says_how_long_and_what_is_usual() -> None:
    span = [saw(0, window=window) for window in span_of(AT, windows=3)]
    assert flat_line(FLAT, "checkout", span).sentence == (
        "checkout: no error in [2026-11-20 09:50, 10:05) UTC, "
        "where each window usually has 100 or more (median of 4 weeks)"
    )


def test_what_is_usual_is_of_the_same_hour_of_the_weeks_or_days_before() -> None:
    week = timedelta(days=7)
    assert seasons_of(AT, Usual(last=2)) == (AT.start - week, AT.start - 2 * week)
    assert seasons_of(AT, Usual(Season.DAY, last=2)) == (AT.start - timedelta(days=1), AT.start - timedelta(days=2))


@pytest.mark.parametrize(
    ("found", "low", "high"),
    [
        (point(7), 7, 7),
        (point(7, lack=Lack.ROW_LIMIT), 7, None),
        (point(7, lack=Lack.EVENT_LIMIT), 7, None),
        (point(7, lack=Lack.SHIFTING), 0, None),  # what was read may stand there twice
        (point(0, lack=Lack.NOT_COUNTED), 0, None),
        (point(0, lack=Lack.REFUSED), 0, None),
        (None, 0, None),
    ],
)
def test_what_is_known_of_a_window_is_its_least_and_its_most(found: Point | None, low: int, high: int | None) -> None:
    past = [point(5), point(6, lack=Lack.ROW_LIMIT), point(7)]
    assert seen_in(AT, found, past) == Seen(AT, low, high, (5, 7))


def test_a_window_over_midnight_names_both_days() -> None:
    night = AT.earlier(timedelta(hours=10, minutes=5))
    assert when(night) == "[2026-11-19 23:55, 2026-11-20 00:00) UTC"
    assert when(AT) == "[2026-11-20 10:00, 10:05) UTC"


SINCE = AT.start + timedelta(minutes=1)
LATE = BEFORE.end - timedelta(seconds=9)
BOTH = (AT, BEFORE)


def test_a_new_error_is_one_first_seen_within_the_windows_with_more_events_than_that() -> None:
    counts = {"1": 11, "2": 10, "3": 12, "4": 90}
    told = [issue(1, 1, seen=SINCE), issue(2, 9, seen=SINCE), issue(3, 12), issue(4, 90, seen=AT.end), issue(5, 9)]
    (verdict,) = new_errors(NEW, "checkout", BOTH, counts, told)
    assert (verdict.issue, verdict.window) == (IssueKey("default", "1"), AT)
    assert verdict.sentence == (
        "checkout: a new error with 11 events in [2026-11-20 09:55, 10:05) UTC, over 10: SHOP-1 KeyError: 'sku', "
        "first seen 2026-11-20 10:01:00 UTC"
    )


def test_a_new_error_born_at_a_windows_end_is_new_in_the_next_one_too() -> None:
    born = [issue(1, 3, seen=LATE)]
    assert len(new_errors(NEW, "checkout", BOTH, {"1": 11}, born)) == 1
    assert new_errors(NEW, "checkout", BOTH[:1], {"1": 11}, born) == []


def test_the_largest_of_several_new_errors_comes_first() -> None:
    told = [issue(number, 1, seen=SINCE) for number in (1, 2, 3)]
    found = new_errors(NEW, "f", BOTH, {"1": 20, "2": 30, "3": 20}, told)
    assert [verdict.issue and verdict.issue.id for verdict in found] == ["2", "1", "3"]


@pytest.mark.parametrize(
    ("now", "counts", "outcome", "reason"),
    [
        (point(0), {}, CALM, Judged.QUIET_AGAIN),
        (point(4), {"1": 4}, UNKNOWN, Judged.GOES_ON),
        (point(4), {"2": 4}, CALM, Judged.QUIET_AGAIN),
        (point(9, lack=Lack.ROW_LIMIT), {"2": 9}, UNKNOWN, Judged.INCOMPLETE),  # it may be behind the limit
        (replace(point(9), rows_lack=Lack.ROW_LIMIT), {"2": 8}, UNKNOWN, Judged.INCOMPLETE),
        (point(0, lack=Lack.NOT_COUNTED), {}, UNKNOWN, Judged.INCOMPLETE),
    ],
)
def test_a_new_error_is_over_with_the_first_window_that_has_none_of_it(
    now: Point, counts: dict[str, int], outcome: Outcome, reason: Judged
) -> None:
    assert said(still_going("checkout", now, IssueKey("default", "1"), counts)) == (outcome, reason)


def test_the_issues_behind_a_growth_are_as_few_as_make_up_half_of_it() -> None:
    assert behind({"1": 300, "2": 200, "3": 60, "4": 5}, {"1": 290.0, "3": 5.0}, at_most=3) == {"2": 200}
    assert list(behind({"1": 5, "2": 5, "3": 5}, {}, at_most=9)) == ["1", "2"]
    assert list(behind({str(number): 5 for number in range(9)}, {}, at_most=2)) == ["0", "1"]
    assert behind({"1": 5}, {"1": 5.0, "2": 9.0}, at_most=3) == {}


def test_what_an_issue_usually_has_counts_its_absence_as_none() -> None:
    assert usual_of_issues([{"1": 9, "2": 4}, {"1": 7}, {"1": 8}]) == {"1": 8, "2": 0}


def of_releases(**shares: int) -> Point:
    total = sum(shares.values())
    return point(total, issue(1, total, releases=shares))


def test_a_release_is_held_against_itself_where_it_was_there_before() -> None:
    past = [of_releases(old=5, busy=100), of_releases(old=6, busy=100), of_releases(old=7, busy=100)]
    seen = release_seen(GROWS, "old", AT, of_releases(old=300, busy=100), past)
    assert (seen.low, seen.high, seen.past, seen.whose) == (300, 300, (5, 6, 7), "")


def test_a_release_younger_than_a_season_is_held_against_the_busiest_of_then() -> None:
    past = [of_releases(old=100, beta=3), of_releases(old=102), of_releases(older=104)]
    seen = release_seen(GROWS, "new", AT, of_releases(new=420), past)
    assert seen.past == (100, 102, 104)
    assert growth(GROWS, "checkout, release new", [seen]).sentence.endswith(
        "312 % over the usual 102 of the busiest release (median of 3 weeks), floor 50"
    )


def test_a_release_that_was_there_too_seldom_has_no_usual_of_its_own() -> None:
    past = [of_releases(old=100, new=2), of_releases(old=102, new=2), of_releases(old=104)]
    assert release_seen(GROWS, "new", AT, of_releases(new=420), past).past == (100, 102, 104)
    past[2] = of_releases(old=104, new=1)
    assert release_seen(GROWS, "new", AT, of_releases(new=420), past).past == (2, 2, 1)


def test_events_of_which_nobody_knows_the_release_make_no_growth() -> None:
    told = issue(1, 10, releases={"new": 10})
    past = [point(500, told, more=9)] * 3
    seen = release_seen(GROWS, "new", AT, point(500, told, more=9), past)
    assert (seen.low, seen.high, seen.past) == (10, 500, (500, 500, 500))
    assert growth(GROWS, "f", [seen]).outcome is CALM


def test_a_window_whose_rows_did_not_stand_still_says_nothing_of_releases() -> None:
    shifting = replace(of_releases(new=900), rows_lack=Lack.SHIFTING)
    assert release_seen(GROWS, "new", AT, shifting, [shifting] * 4) == Seen(AT, 0, None, (), " of the busiest release")


def test_an_event_without_a_release_is_no_releases() -> None:
    nobody = replace(issue(1, 9), groups=(((("release", None),), 9),))
    assert releases_in(point(9, nobody)) == {}


def test_what_the_issues_had_in_a_release_is_told_apart() -> None:
    both = point(30, issue(1, 20, releases={"a": 15, "b": 5}), issue(2, 10, releases={"b": 10}))
    assert (counts_in(both, "a"), counts_in(both, "b")) == ({"1": 15, "2": 0}, {"1": 5, "2": 10})
