"""New Relic: the suite of sinks over both of its interfaces, and what only New Relic does."""

import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest
from pydantic import ValidationError

from tests.conformance.sinks import FIVE, ISSUE, NOON, POINT, SinkCase, SinkConformance, at, push
from tests.integrations.sinks import cases
from vedette.integrations.newrelic.events import records
from vedette.integrations.newrelic.settings import Config
from vedette.ports.http import Fence, Talker
from vedette.ports.packing import PACKED, packed
from vedette.sandbox.notifiers.inbox import Ill
from vedette.sandbox.sinks import nrql
from vedette.sandbox.sinks.newrelic import NewRelicStandIn

PAGE = "send-to-new-relic.md"


@pytest.fixture
def desk() -> Iterator[NewRelicStandIn]:
    with NewRelicStandIn(key=cases.KEY, now=cases.now) as desk:
        yield desk
        assert desk.errors == []  # nothing of ours was dropped after the yes


class TestEvents(SinkConformance):
    """The Event API."""

    @pytest.fixture
    def case(self, desk: NewRelicStandIn) -> Iterator[SinkCase]:
        with closing(cases.of_newrelic(desk)) as case:
            yield case


class TestMetrics(SinkConformance):
    """The Metric API."""

    @pytest.fixture
    def case(self, desk: NewRelicStandIn) -> Iterator[SinkCase]:
        with closing(cases.of_newrelic(desk, api="metrics", account="")) as case:
            yield case


def test_the_records_of_old_are_as_they_were() -> None:
    total, issue = records(POINT)
    old = ("eventType", "project", "filter", "type", "value", "timestamp")
    assert {key: total[key] for key in old} == {
        "eventType": "SentryMonitoring",
        "project": "web",
        "filter": "checkout",
        "type": "event_count",
        "value": 42,
        "timestamp": int(NOON.timestamp()) * 1000,
    }
    assert {key: value for key, value in issue.items() if not key.startswith("vedette.")} == {
        "eventType": "SentryMonitoring",
        "project": "web",
        "filter": "checkout",
        "type": "sentry_issue",
        "sentryIssueId": "4512",
        "sentryUrl": ISSUE.link,
        "message": "KeyError: 'sku'",
        "count": 30,
        "timestamp": int(NOON.timestamp()) * 1000,
    }
    assert (issue["vedette.owner"], issue["vedette.ticket"]) == ("@acme/checkout", "WB-12")


def test_tags_make_a_record_a_group_and_can_overwrite_nothing_of_ours() -> None:
    groups = (
        ((("type", "evil"), ("customer_tier", "gold_2")), 20),
        ((("type", None), ("customer_tier", "free")), 4),
    )
    _, *made = records(replace(POINT, trending=(replace(ISSUE, groups=groups),)))
    assert [(each["type"], each["count"], each.get("tag.type"), each.get("tag.customer_tier")) for each in made] == [
        ("sentry_issue", 20, "evil", "gold_2"),
        ("sentry_issue", 4, None, "free"),
        ("sentry_issue", 6, None, None),
    ]


def test_a_chart_of_old_that_sums_event_count_never_counts_a_corrected_window_twice(desk: NewRelicStandIn) -> None:
    old = "FROM SentryMonitoring SELECT sum(value) AS total WHERE type = 'event_count' FACET filter SINCE 1 day ago"
    issues = "FROM SentryMonitoring SELECT sum(count) AS total WHERE type = 'sentry_issue' FACET filter"
    with closing(cases.made_newrelic(desk)) as sink:
        push(sink, POINT, at(1, total=5))
        push(sink, replace(POINT, revision=1, total=50))
    assert desk.ask(old) == [{"filter": "checkout", "begin": None, "total": 47}]
    assert desk.ask(issues) == [{"filter": "checkout", "begin": None, "total": 30}]


@pytest.mark.parametrize(
    ("api", "heading"),
    [("events", "A total over many windows"), ("metrics", "A total of metrics over many windows")],
)
def test_the_shipped_total_takes_twins_and_revisions_as_one(desk: NewRelicStandIn, api: str, heading: str) -> None:
    points = [at(n, filter_=name, total=n) for n in range(6) for name in ("checkout", "search")]
    with closing(cases.made_newrelic(desk, api=api)) as sink:
        desk.ills.append(Ill.DEAF)
        with pytest.raises(Exception, match="no whole answer"):
            push(sink, *points, within=0.5)
        push(sink, *points)
        push(sink, replace(at(2, total=20), revision=1))
        push(sink, replace(at(2, total=10), revision=2))
    assert {row["filter"]: row["total"] for row in desk.ask(cases.shipped(PAGE, heading))} == {
        "checkout": 0 + 1 + 10 + 3 + 4 + 5,
        "search": 15,
    }


def test_the_shipped_list_of_trending_issues_takes_twins_and_revisions_as_one(desk: NewRelicStandIn) -> None:
    with closing(cases.made_newrelic(desk)) as sink:
        push(sink, POINT)
        push(sink, POINT)
        push(sink, replace(POINT, revision=1, trending=(replace(ISSUE, count=33),)))
        push(sink, replace(at(1), trending=(replace(ISSUE, count=7),)))
    (row,) = desk.ask(cases.shipped(PAGE, "Trending issues"))
    assert (row["sentryUrl"], row["vedette.owner"], row["total"]) == (ISSUE.link, "@acme/checkout", 40)


def test_both_interfaces_take_what_they_take_and_what_is_too_old_is_told_of_each(desk: NewRelicStandIn) -> None:
    day = 24 * 12
    with closing(cases.made_newrelic(desk, api="both")) as sink:
        words = push(sink, POINT, at(day), at(2 * day))
        assert [word.rpartition("(")[2] for word in words] == ["Event API)", "Metric API)"]
        assert words[0].startswith("2 of the points")
        assert words[1].startswith("1 of the points")
        assert len(sink.render([POINT])) == 2
    assert sum(each["eventType"] == "SentryMonitoring" for each in desk.stored) == 2
    assert sum("vedette.errors" in each for each in desk.stored) == 2


def test_a_resend_of_metrics_has_the_id_of_the_first(desk: NewRelicStandIn) -> None:
    with closing(cases.made_newrelic(desk, api="metrics")) as sink:
        push(sink, POINT)
        push(sink, POINT)
        push(sink, at(1))
    first, again, other = desk.request_ids
    assert first == again != other
    assert uuid.UUID(first).version == 4


def test_events_want_an_account_and_metrics_do_not() -> None:
    with pytest.raises(ValidationError, match="events need account"):
        Config(license_key=cases.secret(cases.KEY))
    assert Config(license_key=cases.secret(cases.KEY), api="metrics").region == "us"


@pytest.mark.parametrize(
    ("region", "events", "metrics"),
    [
        ("us", "https://insights-collector.newrelic.com", "https://metric-api.newrelic.com"),
        ("eu", "https://insights-collector.eu01.nr-data.net", "https://metric-api.eu.newrelic.com"),
    ],
)
def test_a_region_has_its_own_addresses(region: Literal["us", "eu"], events: str, metrics: str) -> None:
    config = Config(license_key=cases.secret(cases.KEY), account="1", region=region)
    assert (config.events_url, config.metrics_url) == (events, metrics)
    proxied = Config(license_key=cases.secret(cases.KEY), account="1", region=region, url="https://proxy.example.test/")
    assert (proxied.events_url, proxied.metrics_url) == ("https://proxy.example.test",) * 2


@pytest.mark.parametrize("account", ["12 34", "acme", "../1", "1" * 21])
def test_an_account_is_a_number(account: str) -> None:
    with pytest.raises(ValidationError, match="expected the number of the account"):
        Config(license_key=cases.secret(cases.KEY), account=account)


def test_the_check_says_what_it_sent(desk: NewRelicStandIn) -> None:
    with closing(cases.made_newrelic(desk, api="both")) as sink:
        said = [finding.message for finding in sink.check()]
    assert said == ["took an event of type VedetteCheck", "took a gauge named vedette.check"]
    assert [each["eventType"] for each in desk.stored] == ["VedetteCheck", "Metric"]


def test_of_two_records_of_one_moment_the_stand_in_takes_the_first_as_new_relic_may() -> None:
    told = [{"eventType": "X", "timestamp": 1, "value": value} for value in (1, 2)]
    assert nrql.ask("FROM X SELECT latest(value) AS v", told) == [{"begin": None, "v": 1}]


@pytest.mark.parametrize("query", ["DROP TABLE x", "FROM X SELECT median(y)", "FROM X SELECT sum(y) WHERE y > 4"])
def test_a_query_that_the_stand_in_does_not_know_is_no_answer(query: str) -> None:
    with pytest.raises(ValueError, match=r"known here|can be selected here"):
        nrql.ask(query, [{"eventType": "X", "timestamp": 1, "y": 1}])


@pytest.mark.parametrize(
    ("event", "why"),
    [
        ({"eventType": "Metric", "value": 1}, "eventType"),
        ({"eventType": "X", "v": "x" * 4097}, "maximum length"),
        ({"eventType": "X", "v": True}, "float or string"),
        ({"eventType": "X", "v": [1]}, "float or string"),
        ({"eventType": "X", "a b": 1}, "name of an attribute"),
        ({"eventType": "X"} | {f"a{n}": n for n in range(255)}, "number of attributes"),
        ({"eventType": "X", "timestamp": int((NOON - timedelta(hours=25)).timestamp())}, "range"),
    ],
)
def test_the_stand_in_drops_what_new_relic_drops(event: dict[str, object], why: str) -> None:
    desk = NewRelicStandIn(key=cases.KEY, now=cases.now)
    with desk:
        _post(desk, [event, {"eventType": "Good", "accountId": 4, "log": "x", "gone": None}])
    assert [list(each) for each in desk.stored] == [["eventType", "timestamp"]]
    assert why in desk.errors[0]


def _post(desk: NewRelicStandIn, body: object) -> None:
    with closing(Talker("relic", base_url=desk.url, headers={"Api-Key": desk.key})) as talker:
        path = f"/v1/accounts/{desk.account}/events"
        assert talker.write("POST", path, content=packed(body), headers=PACKED, fence=Fence.after(5)).status == 200


def test_windows_of_other_lengths_keep_their_length() -> None:
    hour = replace(POINT, window=replace(POINT.window, start=POINT.window.end - 12 * FIVE))
    assert next(records(hour))["vedette.window_s"] == 3600
