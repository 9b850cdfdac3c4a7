"""The stand-in counts as the real server does, at any rate, and refuses what that refuses, in its words."""

import time
from typing import Any

import httpx2
import pytest

from vedette.integrations.sentry.paging import next_cursor
from vedette.sandbox.sentry import Dialect, SentryStandIn, StandInConfig
from vedette.sandbox.sentry.hooks import tls

AT = 1_900_000_200.0
EVENTS = "/api/0/organizations/acme/events/"
SERIES = "/api/0/organizations/acme/events-timeseries/"
STATS = "/api/0/organizations/acme/stats_v2/"
LIST = "/api/0/projects/acme/checkout/events/"
WINDOW = {"start": "2030-03-17T17:50:00Z", "end": "2030-03-17T17:55:00Z"}
COUNTED: dict[str, Any] = {"dataset": "errors", "field": ["issue", "count()", "count_unique(user)"]} | WINDOW
SUMS: dict[str, Any] = WINDOW | {"field": "sum(quantity)", "groupBy": ["project", "outcome"]}


def issue(sentry: SentryStandIn, *pours: dict[str, Any], **seed: Any) -> int:
    (number,) = sentry.seed({"arrivals": [{"at": AT - 90_000}], **seed})
    if pours:
        sentry.pour(*({"issue": number, "at": AT} | pour for pour in pours))
    return number


def rows(call: httpx2.Client, **asked: Any) -> list[dict[str, Any]]:
    answer = call.get(EVENTS, params=COUNTED | asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def counts(call: httpx2.Client, **asked: Any) -> list[int]:
    return [row["count()"] for row in rows(call, **asked)]


def test_heaps_are_counted_within_the_half_open_window(sentry: SentryStandIn, call: httpx2.Client) -> None:
    number = issue(sentry, {"at": AT - 1, "weights": [7, 1, 2]}, {"at": AT + 299, "weights": [4, 100]})
    assert rows(call) == [{"issue.id": number, "issue": "CHECKOUT-1", "count()": 7, "count_unique(user)": 0}]


def test_what_comes_late_belongs_to_the_time_it_names(sentry: SentryStandIn, call: httpx2.Client) -> None:
    number = issue(sentry, {"at": AT + 200})
    assert counts(call) == [1]
    assert sentry.pour({"issue": number, "at": AT + 10, "weights": [2]}, {"issue": number, "at": AT + 200}) == 3
    assert counts(call) == [4]
    sentry.drop({"issue": number, "start": AT + 200, "end": AT + 201})
    assert counts(call) == [2]


def test_users_take_turns_within_the_pool_of_their_issue(sentry: SentryStandIn, call: httpx2.Client) -> None:
    issue(sentry, {"weights": [2, 9], "users": 5}, {"weights": [3], "users": 5})
    issue(sentry, {"weights": [1], "users": 5})
    assert [row["count_unique(user)"] for row in rows(call, sort="-count()")] == [5, 1]
    (all_of_them,) = rows(call, field=["count()", "count_unique(user)"])
    assert all_of_them == {"count()": 15, "count_unique(user)": 6}


def test_rows_are_told_apart_by_tags_title_and_level(sentry: SentryStandIn, call: httpx2.Client) -> None:
    gold, own = {"tags": {"tier": "a_b"}, "level": "fatal"}, {"title": "Other: words", "release": "shop@2"}
    issue(sentry, gold, {"weights": [2]} | own, title="Its own")
    found = rows(call, field=["title", "tags[tier]", "level", "release", "count()"], sort="count()")
    assert [tuple(row.values()) for row in found] == [
        ("Its own", "a_b", "fatal", None, 1),
        ("Other: words", None, "error", "shop@2", 2),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [1, 2, 4]),
        ("level:fatal", [2]),
        ("level:[error, fatal]", [1, 2, 4]),
        ('(release:"a b" OR level:fatal) tier:gold', [2]),
        ('release:"a b" OR level:fatal tier:gold', [2, 4]),
        ("!level:fatal", [1, 4]),
        ("has:tier", [2]),
        ("!has:tier", [1, 4]),
        ('release:["a b", x]', [4]),
        (r'release:"a\*"', []),
        ("release:a*", [4]),
        ("odd", [1]),
        ('title:"An odd title"', [1]),
        ("environment:staging", [1]),
        ("(level:error AND (tier:gold OR odd))", [1]),
    ],
)
def test_a_query_means_what_it_says(sentry: SentryStandIn, call: httpx2.Client, query: str, found: list[int]) -> None:
    issue(sentry, {"weights": [1], "title": "An odd title", "environment": "staging"})
    issue(sentry, {"weights": [2], "level": "fatal", "tags": {"tier": "gold"}})
    issue(sentry, {"weights": [4], "release": "a b"})
    assert counts(call, query=query, sort="count()") == found


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ({"query": "(a"}, 400, "Parse error at"),
        ({"query": "a) b"}, 400, "Parse error at"),
        ({"query": "level:[a b]"}, 400, "Parse error at"),
        ({"query": "is:unresolved"}, 400, "is: queries are not supported"),
        ({"field": [f"tags[{number}]" for number in range(21)]}, 400, "You can view up to 20 fields"),
        ({"field": ["p95x()"]}, 400, "not a valid function"),
        ({"per_page": 101}, 400, "Invalid per_page value"),
        ({"sort": "-last_seen"}, 400, "Cannot order by a field"),
        ({"cursor": "nonsense"}, 400, "Invalid cursor parameter"),
        ({"dataset": "mistakes"}, 400, "dataset must be one of"),
        ({"environment": "nowhere"}, 404, "does not exist"),
        ({"start": WINDOW["end"], "end": WINDOW["start"]}, 400, "start must be before end"),
        ({"start": "yesterday"}, 400, "not a valid ISO8601 date"),
        ({"project": "77"}, 403, "do not have permission"),
    ],
)
def test_a_wrong_question_is_refused(call: httpx2.Client, asked: dict[str, Any], status: int, words: str) -> None:
    refused = call.get(EVENTS, params=COUNTED | asked)
    assert (refused.status_code, words in refused.text) == (status, True), refused.text


def test_counts_over_several_projects_may_be_refused(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.faults(one_project=True)
    assert call.get(EVENTS, params=COUNTED | {"project": "10"}).status_code == 200
    for path in (EVENTS, SERIES):
        refused = call.get(path, params=COUNTED | {"project": "-1"})
        assert refused.json() == {"detail": "You cannot view events from multiple projects."}


def test_a_series_holds_every_bucket_and_a_senseless_interval_becomes_the_usual(
    sentry: SentryStandIn, call: httpx2.Client
) -> None:
    issue(sentry, {"at": AT, "weights": [5]}, {"at": AT + 120, "weights": [2], "level": "fatal"})
    asked = {"dataset": "errors", "yAxis": "count()"} | WINDOW
    (line,) = call.get(SERIES, params=asked | {"interval": 60}).json()["timeSeries"]
    assert [value["value"] for value in line["values"]] == [5, 0, 2, 0, 0]
    assert line["values"][0]["timestamp"] == AT * 1000
    (line,) = call.get(SERIES, params=asked | {"interval": 60, "query": "level:fatal"}).json()["timeSeries"]
    assert [value["value"] for value in line["values"]] == [0, 0, 2, 0, 0]
    (line,) = call.get(SERIES, params=asked | {"interval": "often"}).json()["timeSeries"]
    assert line["meta"]["interval"] == 300_000


def test_outcomes_are_summed_by_project_and_hour(sentry: SentryStandIn, call: httpx2.Client) -> None:
    issue(sentry, {"weights": [5]})
    sentry.outcomes({"project": 10, "at": AT, "outcome": "filtered", "quantity": 3, "reason": "crawler"})
    asked = SUMS | {"groupBy": ["project", "outcome", "reason"], "end": "2030-03-17T17:59:59Z"}
    told = call.get(STATS, params=asked | {"category": "error"}).json()
    assert (told["start"], told["end"]) == ("2030-03-17T17:00:00Z", "2030-03-17T18:00:00Z")
    found = {tuple(group["by"].values()): group["totals"]["sum(quantity)"] for group in told["groups"]}
    assert found == {(10, "accepted", "none"): 5, (10, "filtered", "crawler"): 3}
    # A full hour as the end counts itself in, and so begins another.
    assert call.get(STATS, params=asked | {"end": "2030-03-17T18:00:00Z"}).json()["end"] == "2030-03-17T19:00:00Z"
    (group,) = call.get(STATS, params=asked | {"groupBy": "outcome", "outcome": "accepted"}).json()["groups"]
    assert group["series"] == {"sum(quantity)": [5]}


@pytest.mark.parametrize("asked", [{"groupBy": "who"}, {"field": "sum(x)"}, {"field": ""}, {"category": "news"}])
def test_a_wrong_question_about_outcomes_is_refused(call: httpx2.Client, asked: dict[str, Any]) -> None:
    assert call.get(STATS, params=SUMS | asked).status_code == 400
    assert call.get(STATS, params=SUMS).status_code == 200


@pytest.mark.parametrize("dialect", list(Dialect))
def test_every_event_of_a_heap_is_listed_once_newest_first(dialect: Dialect) -> None:
    with SentryStandIn(StandInConfig(dialect=dialect)) as sentry, calling(sentry) as call:
        issue(sentry, {"weights": [130, 120], "users": 3})
        pages: list[list[dict[str, Any]]] = []
        cursor: str | None = ""
        while cursor is not None:
            answer = call.get(LIST, params={"cursor": cursor} if cursor else {})
            pages.append(answer.json())
            cursor = next_cursor(answer.headers["link"])
    found = [row.get("eventID") or row["event_id"] for page in pages for row in page]
    assert [len(page) for page in pages] == [100, 100, 51]
    assert len(set(found)) == 251
    created = [row.get("dateCreated") or row["date_received"] for page in pages for row in page]
    assert created == sorted(created, reverse=True)


def calling(sentry: SentryStandIn) -> httpx2.Client:
    # A kept connection is a stale one to 9.1.2.
    headers = {"Authorization": f"Bearer {sentry.token}", "Connection": "close"}
    return httpx2.Client(base_url=sentry.url, headers=headers, trust_env=False, verify=tls())


def test_a_list_takes_a_window_and_full_bodies_where_the_server_does(
    sentry: SentryStandIn, call: httpx2.Client
) -> None:
    issue(sentry, {"at": AT - 1}, {"at": AT}, {"at": AT + 300}, frames=["checkout/cart.py"])
    (row,) = call.get(LIST, params=WINDOW | {"full": "true"}).json()
    assert row["entries"][0]["data"]["values"][0]["stacktrace"]["frames"][0]["filename"] == "checkout/cart.py"
    assert call.get(f"{LIST}{row['id']}/").json()["id"] == row["id"]
    sentry.faults(dateless=True)
    assert len(call.get(LIST, params=WINDOW).json()) == 4


@pytest.mark.parametrize(("name", "path", "seconds"), [("project_events", LIST, 60), ("events", EVENTS, 300)])
def test_a_limit_of_minutes_says_when_the_next_ones_begin(name: str, path: str, seconds: int) -> None:
    with SentryStandIn(StandInConfig(rate_limits={name: 2})) as sentry, calling(sentry) as call:
        answers = [call.get(path, params=COUNTED) for _ in range(5)]
    # The next minutes may begin in between.
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert f"Limit is 2 requests in {seconds} seconds" in refused[0].text
    assert int(refused[0].headers["x-sentry-rate-limit-reset"]) % seconds == 0
    assert int(refused[0].headers["x-sentry-rate-limit-reset"]) > time.time() - 1


def test_more_calls_at_once_than_are_allowed_are_refused(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.faults(concurrency={"project_events": 0})
    refused = call.get(LIST)
    assert (refused.status_code, "Concurrency limit is 0" in refused.text) == (429, True)


def test_what_is_read_may_change_between_two_answers(sentry: SentryStandIn, call: httpx2.Client) -> None:
    number, other = issue(sentry, {"weights": [1]}), issue(sentry, {"weights": [5]})
    more, less = [{"issue": number, "at": AT, "weights": [9]}], [{"issue": other}]
    sentry.shifts({"path": "acme/events/$", "after": 2, "pour": more, "drop": less})
    assert [sorted(counts(call)) for _ in range(4)] == [[1, 5], [1, 5], [10], [10]]


def test_a_resolved_issue_that_comes_again_has_regressed(sentry: SentryStandIn, call: httpx2.Client) -> None:
    number = issue(sentry)
    sentry.resolve(number, hooks=False)
    sentry.pour({"issue": number, "at": AT})
    found = call.get("/api/0/organizations/acme/issues/", params={"query": f"is:regressed issue.id:[{number}, 1]"})
    assert [(row["id"], row["substatus"]) for row in found.json()] == [(str(number), "regressed")]


def test_a_token_may_be_revoked_and_a_clock_wrong(sentry: SentryStandIn, call: httpx2.Client) -> None:
    before = sentry.world.clock()
    sentry.faults(denied=True, skew=3600.0)
    assert call.get(EVENTS, params=COUNTED).status_code == 401
    assert sentry.world.clock() - before > 3599
    sentry.faults(denied=False, skew=0.0)
    assert call.get(EVENTS, params=COUNTED).status_code == 200


def test_a_busy_month_is_kept_and_a_window_of_it_counted_at_once(sentry: SentryStandIn, call: httpx2.Client) -> None:
    number = issue(sentry)
    for day in range(3):
        sentry.pour({"issue": number, "at": AT + 300 - 86_400 * (day + 1), "weights": [200] * 86_400})
    begun = time.monotonic()
    assert counts(call) == [60_000]
    asked: dict[str, Any] = {
        "dataset": "errors",
        "interval": 300,
        "start": "2030-03-16T17:55:00Z",
        "end": WINDOW["end"],
    }
    (line,) = call.get(SERIES, params=asked).json()["timeSeries"]
    assert {value["value"] for value in line["values"]} == {60_000}
    assert time.monotonic() - begun < 2.0
