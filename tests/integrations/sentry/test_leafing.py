"""Events that are read one by one are counted once each, on every dialect, however the list moves meanwhile."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from tests.integrations.sentry.opening import source_of
from vedette.errors import Refused, Unavailable
from vedette.model.issues import Occurrence
from vedette.model.metrics import Lack, Part, Question, Reading, Window
from vedette.sandbox.sentry import Dialect, SentryStandIn, StandInConfig
from vedette.sandbox.sentry.hooks import tls

START = datetime(2031, 3, 14, 9, 25, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(minutes=5))
LIST = "acme/checkout/events/$"
EVENTS = Question("main", projects=("checkout",), parts=frozenset({Part.TAGS}), events=True)
STACKS = Question("main", projects=("checkout",), parts=frozenset({Part.STACK}), events=True)


def at(seconds: float, count: int = 1) -> dict[str, Any]:
    return {"at": (START + timedelta(seconds=seconds)).timestamp(), "count": count}


def poured(sentry: SentryStandIn, *pours: dict[str, Any], **seed: Any) -> int:
    (number,) = sentry.seed({"arrivals": [at(-86_400)], **seed})
    if pours:
        sentry.pour(*({"issue": number, "at": START.timestamp()} | each for each in pours))
    return number


def every(_: Occurrence) -> bool:
    return True


def counted(sentry: SentryStandIn, question: Question = EVENTS, **how: Any) -> Reading:
    return source_of(sentry).count(question, WINDOW, pace=lambda: None, **({"needed": every} | how))


def test_the_window_is_half_open_on_every_dialect(sentry: SentryStandIn) -> None:
    (number,) = sentry.seed({"arrivals": [at(-1), at(0, 2), at(299, 3), at(300, 50)]})
    reading = counted(sentry)
    assert [(row.issue, row.count, row.project) for row in reading.rows] == [(str(number), 5, "checkout")]
    assert (reading.total, reading.lack, reading.total_lack) == (5, Lack.NONE, Lack.NONE)


def test_a_quiet_project_is_a_whole_zero(sentry: SentryStandIn) -> None:
    reading = counted(sentry)
    assert (reading.rows, reading.total, reading.users, reading.lack) == ((), 0, 0, Lack.NONE)


def test_every_page_is_read_twice_but_the_last_and_every_event_counted_once(sentry: SentryStandIn) -> None:
    poured(sentry, {"weights": [150, 0, 0, 120]})
    poured(sentry, {"weights": [7]}, {"at": START.timestamp() + 300, "weights": [40]})
    reading = counted(sentry)
    assert [row.count for row in reading.rows] == [270, 7]
    assert (reading.total, reading.lack) == (277, Lack.NONE)


def test_every_project_is_read_where_none_is_named(sentry: SentryStandIn) -> None:
    poured(sentry, {})
    poured(sentry, {"weights": [2]}, project="search")
    reading = counted(sentry, Question("main", events=True))
    assert {row.project: row.count for row in reading.rows} == {"checkout": 1, "search": 2}


def test_environments_levels_and_releases_are_told_apart_here(sentry: SentryStandIn) -> None:
    words = {"environment": "staging"}, {"level": "fatal", "weights": [2]}, {"release": "a b", "weights": [4]}
    poured(sentry, *words)
    base = {"projects": ("checkout",), "events": True}
    for asked, total in (
        ({}, 7),
        ({"environments": ("staging", "canary")}, 1),
        ({"levels": ("fatal",)}, 2),
        ({"releases": ("a b",)}, 4),
    ):
        assert counted(sentry, Question("main", **base, **asked)).total == total, asked  # type: ignore[arg-type]


def test_only_what_is_needed_becomes_rows_told_apart_by_parts_and_tags(sentry: SentryStandIn) -> None:
    poured(sentry, {"tags": {"tier": "gold_1"}, "weights": [2], "users": 2}, {"title": "Other"}, {"tags": {"x": "y"}})
    question = Question("main", projects=("checkout",), parts=frozenset({Part.TITLE}), tags=("tier",), events=True)
    reading = counted(sentry, question, needed=lambda event: ("x", "y") not in event.tags)
    assert [(row.count, row.tags, row.users) for row in reading.rows] == [
        (2, (("tier", "gold_1"),), 2),
        (1, (("tier", None),), 0),
    ]
    assert reading.rows[1].title == "Other"
    assert (reading.total, reading.users) == (3, 2)


def test_stacks_are_read_where_a_term_looks_into_them(sentry: SentryStandIn) -> None:
    poured(sentry, {"weights": [3]}, frames=["checkout/cart.py"])
    poured(sentry, {"weights": [5]}, frames=["checkout/other.py"])

    def in_cart(event: Occurrence) -> bool:
        return any(frame.filename == "checkout/cart.py" for fault in event.faults for frame in fault.frames)

    assert counted(sentry, STACKS, needed=in_cart).total == 3


def test_a_filters_own_query_is_asked_of_the_search_and_held_against_the_list(modern: SentryStandIn) -> None:
    poured(modern, {"weights": [130], "level": "fatal"}, {"weights": [9]})
    question = Question("main", projects=("checkout",), query="level:fatal OR level:info", events=True)
    assert counted(modern, question).total == 130


@pytest.mark.parametrize("dialect", [Dialect.SENTRY9, Dialect.GLITCHTIP])
def test_a_query_that_the_server_cannot_search_for_is_refused_with_the_cure(dialect: Dialect) -> None:
    with SentryStandIn(StandInConfig(dialect=dialect)) as old, pytest.raises(Refused, match=r"leave out .* `query:`"):
        counted(old, Question("main", query="level:fatal", events=True))


def test_a_server_that_takes_no_dates_is_read_back_to_the_window(modern: SentryStandIn) -> None:
    poured(modern, {"weights": [3]}, {"at": START.timestamp() + 900, "weights": [250]})
    modern.faults(dateless=True)
    assert counted(modern).total == 3


def late(number: int, *, weight: int = 1, seconds: float = 1.0) -> dict[str, Any]:
    return {"issue": number, "at": START.timestamp() + seconds, "weights": [weight]}


def test_an_event_that_comes_in_the_middle_of_the_reading_is_counted(sentry: SentryStandIn) -> None:
    number = poured(sentry, {"weights": [130, 0, 0, 0, 120]})
    # It is of a time that the first page has passed already, and pushes the rest down.
    sentry.shifts({"path": LIST, "after": 1, "pour": [late(number, seconds=200)]})
    reading = counted(sentry)
    assert (reading.total, reading.lack) == (251, Lack.NONE)


def test_events_that_are_newer_than_the_window_push_and_hide_nothing(sentry: SentryStandIn) -> None:
    number = poured(sentry, {"weights": [130, 0, 0, 0, 120]})
    sentry.shifts({"path": LIST, "times": None, "pour": [late(number, weight=3, seconds=600)]})
    reading = counted(sentry)
    assert (reading.total, reading.lack) == (250, Lack.NONE)


def test_what_is_deleted_while_it_is_read_hides_no_other(sentry: SentryStandIn) -> None:
    number = poured(sentry, {"weights": [130, 0, 0, 0, 120]})
    poured(sentry, {"at": START.timestamp() + 290, "weights": [5]})
    other = number + 1
    sentry.shifts({"path": LIST, "after": 1, "drop": [{"issue": other}]})
    reading = counted(sentry)
    assert (reading.total, reading.lack) == (250, Lack.NONE)


def test_what_is_deleted_in_front_of_the_window_hides_nothing_of_it(modern: SentryStandIn) -> None:
    # Two pages of newer events, and the window's five behind them; as soon as the second is read, two of its events go,
    # and two of the five are where nobody looks again. The first page is none the wiser.
    now = START.timestamp()
    number = poured(modern, {"weights": [5]}, {"at": now + 400, "weights": [98]}, {"at": now + 600, "weights": [100]})
    newer = poured(modern, {"at": now + 500, "weights": [2]})
    modern.faults(dateless=True)
    modern.shifts({"path": LIST, "after": 2, "drop": [{"issue": newer}]})
    reading = counted(modern)
    assert [(row.issue, row.count) for row in reading.rows] == [(str(number), 5)]
    assert reading.lack is Lack.NONE


def test_events_slightly_out_of_order_are_met_by_reading_one_page_further(modern: SentryStandIn) -> None:
    def page(*minutes: int, start: int, link: str) -> dict[str, Any]:
        rows = [
            {"id": f"{start + place:032x}", "groupID": "7", "dateCreated": (START + timedelta(minutes=at)).isoformat()}
            for place, at in enumerate(minutes)
        ]
        headers = {"content-type": "application/json", "link": link}
        body = json.dumps(rows)
        return {"kind": "status", "path": LIST, "status": 200, "body": body, "headers": headers, "times": 1}

    follows = '<https://s.example.test/?cursor=0:%d:0>; rel="next"; results="true"; cursor="0:%d:0"'
    pages = [(7, 3, -1), (2, -2, 1), (-3, -4, -5)]
    asked = [page(*minutes, start=10 * at, link=follows % (at, at)) for at, minutes in enumerate(pages)]
    # The second reading is told the same, and ends where the first one's last page begins.
    modern.faults(faults=[*asked, *asked[:2]])
    reading = counted(modern)
    assert (reading.total, reading.lack, reading.pages) == (3, Lack.NONE, 5)


def test_a_heap_of_old_errors_that_came_lately_hides_nothing_behind_it(sentry: SentryStandIn) -> None:
    # A telephone that was without a network for hours sends all it has; GlitchTip has that in front of the window's.
    poured(sentry, {"weights": [5]}, {"at": START.timestamp() - 7200, "weights": [250], "late": 7230.0})
    reading = counted(sentry)
    assert (reading.total, reading.lack) == (5, Lack.NONE)


def test_a_list_without_stacks_has_each_event_read_by_itself(modern: SentryStandIn) -> None:
    poured(modern, {"weights": [2]}, frames=["checkout/cart.py"])
    answer = httpx2.get(
        f"{modern.url}/api/0/projects/acme/checkout/events/",
        headers={"Authorization": f"Bearer {modern.token}"},
        trust_env=False,
        verify=tls(),
    )
    headers = {"content-type": "application/json"}
    modern.faults(faults=[{"kind": "status", "path": LIST, "status": 200, "body": answer.text, "headers": headers}])
    reading = counted(modern, STACKS, needed=lambda event: any(fault.frames for fault in event.faults))
    assert (reading.total, reading.lack, reading.pages) == (2, Lack.NONE, 3)


def test_an_event_that_a_moving_list_tells_twice_is_one(modern: SentryStandIn) -> None:
    number = poured(modern, {"weights": [150]})
    modern.shifts({"path": LIST, "after": 1, "pour": [late(number, seconds=250)]})
    seen: list[str] = []

    def noted(event: Occurrence) -> bool:
        seen.append(event.event_id)
        return True

    assert counted(modern, needed=noted).total == 151
    assert len(seen) == len(set(seen)) == 151


def test_a_list_that_never_stands_still_is_said_to_be_shifting(sentry: SentryStandIn) -> None:
    number = poured(sentry, {"weights": [130, 0, 0, 0, 120]})
    sentry.shifts({"path": LIST, "times": None, "pour": [late(number, seconds=200)]})
    reading = counted(sentry)
    assert (reading.lack, reading.total_lack) == (Lack.SHIFTING, Lack.SHIFTING)
    assert reading.total >= 250


def test_more_events_than_may_be_read_are_a_lower_bound_that_says_so(sentry: SentryStandIn) -> None:
    poured(sentry, {"weights": [400]})
    reading = counted(sentry, most_events=250)
    assert (reading.lack, reading.total_lack) == (Lack.EVENT_LIMIT, Lack.EVENT_LIMIT)
    assert 250 <= reading.total < 400
    assert counted(sentry, most_events=400).lack is Lack.NONE


def test_a_limit_is_waited_out_and_a_failure_leaves_nothing_half(modern: SentryStandIn) -> None:
    poured(modern, {"weights": [150]})
    modern.faults(faults=[{"kind": "rate_limit", "path": LIST, "times": 1}])
    assert counted(modern).total == 150
    first, then = {"kind": "slow", "path": LIST, "seconds": 0, "times": 1}, {"kind": "status", "path": LIST}
    modern.faults(faults=[first, then])
    with pytest.raises(Unavailable, match="502"):
        counted(modern)


def test_an_event_without_a_date_is_no_zero(modern: SentryStandIn) -> None:
    body = '[{"id": "ab", "eventID": "ab"}]'
    modern.faults(
        faults=[{"kind": "status", "path": LIST, "status": 200, "body": body, "headers": {"content-type": "text/json"}}]
    )
    with pytest.raises((Unavailable, Refused), match="without its id or its date"):
        counted(modern)
