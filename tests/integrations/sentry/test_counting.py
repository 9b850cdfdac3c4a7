"""A window is counted exactly, page by page, and says so where it is not."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.integrations.sentry.opening import source_of
from vedette.errors import Refused, Unavailable
from vedette.model.metrics import Lack, Question, Reading, Window
from vedette.sandbox.sentry import SentryStandIn

START = datetime(2031, 3, 14, 9, 25, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(minutes=5))
EVENTS = "acme/events/$"


def counted(sentry: SentryStandIn, question: Question | None = None, *, most_rows: int = 10_000) -> Reading:
    source = source_of(sentry)
    return source.count(question or Question("main"), WINDOW, pace=lambda: None, most_rows=most_rows)


def at(seconds: float, count: int = 1) -> dict[str, object]:
    return {"at": (START + timedelta(seconds=seconds)).isoformat(), "count": count}


def test_the_window_is_half_open(modern: SentryStandIn) -> None:
    (number,) = modern.seed({"arrivals": [at(-1), at(0, 2), at(299, 3), at(300, 50)]})
    reading = counted(modern)
    assert [(row.issue, row.count) for row in reading.rows] == [(str(number), 5)]
    assert (reading.total, reading.lack, reading.pages) == (5, Lack.NONE, 1)


def test_a_quiet_window_is_a_whole_zero_of_no_user(modern: SentryStandIn) -> None:
    modern.seed({"arrivals": [at(400)]})
    reading = counted(modern)
    assert reading == Reading((), 0, users=0, pages=1)


def test_several_pages_are_held_against_the_servers_own_total(modern: SentryStandIn) -> None:
    modern.seed(*({"arrivals": [at(1, number + 1)]} for number in range(230)))
    reading = counted(modern)
    assert len({row.issue for row in reading.rows}) == 230
    assert reading.total == sum(range(1, 231))
    assert (reading.lack, reading.pages) == (Lack.NONE, 4)


def test_rows_that_shift_between_two_pages_are_read_again(modern: SentryStandIn) -> None:
    numbers = modern.seed(*({"arrivals": [at(1, 2)]} for _ in range(150)))
    # The last row becomes the first when the first page is read: nobody sees it, and what it held is not in the sum.
    late = {"issue": numbers[0], "at": (START + timedelta(seconds=9)).timestamp(), "weights": [500]}
    modern.shifts({"path": EVENTS, "after": 1, "pour": [late]})
    reading = counted(modern)
    assert (reading.total, sum(row.count for row in reading.rows), reading.lack) == (800, 800, Lack.NONE)
    assert reading.pages == 6


def test_what_never_stands_still_is_told_as_shifting_with_the_servers_total(modern: SentryStandIn) -> None:
    numbers = modern.seed(*({"arrivals": [at(1, 2)]} for _ in range(150)))
    late = {"issue": numbers[0], "at": (START + timedelta(seconds=9)).timestamp(), "weights": [1]}
    modern.shifts({"path": EVENTS, "after": 1, "times": None, "pour": [late]})
    reading = counted(modern)
    assert reading.lack is Lack.SHIFTING
    assert (reading.total_lack, reading.total > 300) == (Lack.NONE, True)


def test_projects_are_told_by_themselves_where_that_is_asked(modern: SentryStandIn) -> None:
    for number in range(3):
        modern.seed({"project": "checkout", "arrivals": [at(number, 2)]})
    modern.seed({"project": "search", "arrivals": [at(1, 5)]})
    reading = counted(modern, Question("main", by_project=True))
    assert reading.shares is not None
    assert {slug: share.count for slug, share in reading.shares.items()} == {"checkout": 6, "search": 5}
    assert (reading.total, reading.pages) == (11, 2)


def test_more_rows_than_may_be_read_are_told_and_the_total_stays_whole(modern: SentryStandIn) -> None:
    modern.seed(*({"arrivals": [at(1, 2)]} for _ in range(230)))
    reading = counted(modern, most_rows=100)
    assert (len(reading.rows), reading.total) == (100, 460)
    assert (reading.lack, reading.total_lack) == (Lack.ROW_LIMIT, Lack.NONE)


def test_a_limit_in_the_middle_is_waited_out(modern: SentryStandIn) -> None:
    modern.seed({"arrivals": [at(1)]})
    modern.faults(faults=[{"kind": "rate_limit", "path": EVENTS, "times": 1}])
    assert counted(modern).total == 1


def test_a_failure_in_the_middle_leaves_nothing_half(modern: SentryStandIn) -> None:
    modern.seed(*({"arrivals": [at(1)]} for _ in range(120)))
    first, then = {"kind": "slow", "path": EVENTS, "seconds": 0, "times": 1}, {"kind": "status", "path": EVENTS}
    modern.faults(faults=[first, then])
    with pytest.raises(Unavailable, match="502"):
        counted(modern)


def test_a_bad_query_is_refused_with_sentrys_words(modern: SentryStandIn) -> None:
    with pytest.raises(Refused, match="400: Error parsing search query"):
        counted(modern, Question("main", query="is:unresolved"))


def test_the_named_projects_alone_are_counted_and_an_unknown_one_is_refused(modern: SentryStandIn) -> None:
    one, _ = modern.seed({"arrivals": [at(1)]}, {"arrivals": [at(1)], "project": "search"})
    assert [row.issue for row in counted(modern, Question("main", projects=("checkout",))).rows] == [str(one)]
    with pytest.raises(Refused, match=r"no project chekout .*the token sees: checkout"):
        counted(modern, Question("main", projects=("chekout",)))
