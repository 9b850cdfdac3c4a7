"""A window is counted exactly, page by page, and says so where it is not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integrations.sentry.opening import source_of
from vedette.errors import Refused, Unauthorised, Unavailable
from vedette.integrations.sentry.counting import Settling
from vedette.integrations.sentry.lists import Params
from vedette.model.metrics import Lack, Part, Question, Reading, Window
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
    with pytest.raises(Refused, match="is: queries are not supported"):
        counted(modern, Question("main", query="is:unresolved"))


def test_the_named_projects_alone_are_counted_and_an_unknown_one_is_refused(modern: SentryStandIn) -> None:
    one, _ = modern.seed({"arrivals": [at(1)]}, {"arrivals": [at(1)], "project": "search"})
    assert [row.issue for row in counted(modern, Question("main", projects=("checkout",))).rows] == [str(one)]
    with pytest.raises(Refused, match=r"no project chekout .*the token sees: checkout"):
        counted(modern, Question("main", projects=("chekout",)))


def test_every_word_of_the_question_narrows_the_count(modern: SentryStandIn) -> None:
    (number,) = modern.seed({"arrivals": [at(-1)]})
    plain = {"issue": number, "at": START.timestamp(), "weights": [1]}
    modern.pour(
        plain | {"weights": [1]},
        plain | {"weights": [2], "level": "fatal"},
        plain | {"weights": [4], "release": "a b"},
        plain | {"weights": [8], "environment": "staging"},
    )
    for question, total in (
        (Question("main"), 15),
        (Question("main", levels=("fatal", "info")), 2),
        (Question("main", levels=("error",), releases=("a b", "c")), 4),
        (Question("main", environments=("staging", "production")), 15),
        (Question("main", environments=("staging",)), 8),
        (Question("main", query="level:fatal OR level:info", environments=("staging",)), 0),
        (Question("main", query='level:fatal OR release:"a b"'), 6),
    ):
        assert counted(modern, question).total == total, question


def test_an_environment_that_nothing_came_from_yet_counts_nothing(modern: SentryStandIn) -> None:
    modern.seed({"arrivals": [at(1)]})
    source, question = source_of(modern), Question("main", environments=("canary", "production"))
    calls = [source.count(question, WINDOW, pace=lambda: None) for _ in range(2)]
    # The server refuses the name once; from then on it is asked in words.
    assert [(reading.total, reading.pages) for reading in calls] == [(1, 2), (1, 1)]


def test_rows_are_told_apart_by_parts_and_tags_whose_values_stay_whole(modern: SentryStandIn) -> None:
    (number,) = modern.seed({"arrivals": [at(-1)], "title": "Its title"})
    plain = {"issue": number, "at": START.timestamp()}
    modern.pour(plain | {"tags": {"tier": "a_b"}, "weights": [2], "users": 2}, plain | {"title": "Other"})
    question = Question("main", parts=frozenset({Part.TITLE, Part.CULPRIT}), tags=("tier", "environment"))
    first, second = counted(modern, question).rows
    assert (first.title, first.count, first.users) == ("Its title", 2, 2)
    assert first.tags == (("tier", "a_b"), ("environment", "production"))
    assert (second.title, second.count) == ("Other", 1)
    assert second.tags == (("tier", None), ("environment", "production"))
    assert (first.project, first.short_id) == ("checkout", "CHECKOUT-1")


def test_users_are_the_servers_own_and_never_added_up(modern: SentryStandIn) -> None:
    one, two = modern.seed({"arrivals": [at(-1)]}, {"arrivals": [at(-1)]})
    modern.pour({"issue": one, "at": START.timestamp(), "weights": [9], "users": 4})
    assert counted(modern).users == 4
    modern.pour({"issue": two, "at": START.timestamp(), "weights": [9], "users": 4})
    assert counted(modern).users == 8


def test_a_server_that_takes_one_project_at_a_time_is_asked_so(modern: SentryStandIn) -> None:
    modern.seed({"arrivals": [at(1, 2)]}, {"arrivals": [at(1, 3)], "project": "search"})
    modern.faults(one_project=True)
    reading = counted(modern)
    assert (reading.total, reading.users, sorted(row.project for row in reading.rows)) == (
        5,
        None,
        ["checkout", "search"],
    )


def test_a_revoked_token_in_mid_run_leaves_nothing_half(modern: SentryStandIn) -> None:
    modern.seed({"arrivals": [at(1)]})
    source = source_of(modern)
    assert source.count(Question("main"), WINDOW, pace=lambda: None).total == 1
    modern.faults(denied=True)
    with pytest.raises(Unauthorised, match="401: Invalid token"):
        source.count(Question("main"), WINDOW, pace=lambda: None)


def busy(sentry: SentryStandIn, many: int = 230) -> list[int]:
    """Issues of which each has one error more than the next; the first has most."""
    return sentry.seed(*({"arrivals": [at(1, many - place)]} for place in range(many)))


def test_what_comes_while_pages_are_read_is_in_the_count(modern: SentryStandIn) -> None:
    numbers = busy(modern)
    # The smallest of all jumps to the front after the first page: the second begins with what the first ended with.
    late = {"issue": numbers[-1], "at": START.timestamp() + 2, "weights": [1000]}
    modern.shifts({"path": EVENTS, "after": 1, "pour": [late]})
    reading = counted(modern)
    assert (reading.total, reading.lack) == (sum(range(1, 231)) + 1000, Lack.NONE)
    assert len({row.issue for row in reading.rows}) == len(reading.rows) == 230
    assert reading.rows[0].count == 1001


def test_what_goes_while_pages_are_read_hides_no_other(modern: SentryStandIn) -> None:
    # All count alike: neither the sum nor the number of rows would tell that one was missed for one that is gone.
    numbers = modern.seed(*({"arrivals": [at(1, 2)]} for _ in range(150)))
    gone = [int(row.issue) for row in counted(modern).rows[:1]]
    modern.shifts({"path": EVENTS, "after": 2, "drop": [{"issue": gone[0]}]})
    reading = counted(modern, Question("main", rows_matter=True))
    # Of the first reading: the total, two pages, the total that tells; then all of it again.
    assert reading.pages == 8
    assert {row.issue for row in reading.rows} == {str(number) for number in numbers if number not in gone}
    assert (reading.total, reading.lack) == (298, Lack.NONE)


def test_what_never_stands_still_is_said_to_be_shifting_and_the_total_is_the_servers(modern: SentryStandIn) -> None:
    numbers = busy(modern)
    front = [{"issue": numbers[-1], "at": START.timestamp() + 2, "weights": [1000]}]
    modern.shifts({"path": EVENTS, "after": 1, "times": None, "pour": front})
    reading = counted(modern)
    assert (reading.lack, reading.total_lack) == (Lack.SHIFTING, Lack.NONE)
    assert reading.total % 1000 == sum(range(1, 231)) % 1000
    assert reading.pages == 12


def test_a_page_that_was_promised_and_is_empty_ends_the_reading(modern: SentryStandIn) -> None:
    modern.seed(*({"arrivals": [at(1, 2)]} for _ in range(200)))
    modern.faults(hollow_pages=True)
    reading = counted(modern)
    # Three pages, the last of them empty; and the total, with an empty page behind it.
    assert (len(reading.rows), reading.total, reading.lack, reading.pages) == (200, 400, Lack.NONE, 5)


def test_a_full_page_that_names_no_next_is_held_against_the_servers_total(modern: SentryStandIn) -> None:
    modern.seed(*({"arrivals": [at(1, 2)]} for _ in range(100)))
    reading = counted(modern)
    assert (reading.total, reading.lack, reading.pages) == (200, Lack.NONE, 2)


def canned(*pages: tuple[Any, str], total: Any = None) -> tuple[Settling, list[Params]]:
    """A table that answers these bodies and Link headers, one after the other and the last for ever; and its total."""
    asked: list[Params] = []

    def ask(params: Params, cursor: str | None) -> tuple[Any, str]:
        asked.append(params | ({"cursor": cursor} if cursor else {}))
        paged = [each for each in asked if "issue" in str(each["field"])]
        return pages[min(len(paged), len(pages)) - 1] if "issue" in str(params["field"]) else (total, "")

    return Settling(ask, Question("main"), "sentry main", 10_000), asked


def page(*counts: int, start: int = 1) -> dict[str, Any]:
    return {"data": [{"issue.id": start + place, "count()": count} for place, count in enumerate(counts)]}


NEXT = '<https://sentry.example.test/?cursor=0:100:0>; rel="next"; results="true"; cursor="0:100:0"'
TOTAL = {"data": [{"count()": 300, "count_unique(user)": 7}]}


def test_a_cursor_that_comes_again_ends_the_reading() -> None:
    total = {"data": [{"count()": 202, "count_unique(user)": 7}]}
    settling, asked = canned((page(*[2] * 100), NEXT), (page(2, start=101), NEXT), total=total)
    table = settling.table()
    assert (table.total, table.lack, len(asked)) == (202, Lack.NONE, 3)


def test_a_server_whose_header_is_lost_cuts_nothing_off_in_silence() -> None:
    settling, _ = canned((page(*[2] * 100), ""), total=TOTAL)
    table = settling.table()
    assert (table.total, table.users, table.lack) == (300, 7, Lack.SHIFTING)


def test_a_first_page_that_is_empty_and_promises_more_is_held_against_the_total() -> None:
    settling, asked = canned((page(), NEXT), total={"data": []})
    table = settling.table()
    assert (table.rows, table.total, table.lack, len(asked)) == ((), 0, Lack.NONE, 2)
