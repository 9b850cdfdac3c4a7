"""Datadog: the suite of sinks, and what only Datadog does."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from pydantic import ValidationError

from tests.conformance.sinks import FIVE, NOON, POINT, SinkCase, SinkConformance, at, push
from tests.integrations.sinks import cases
from vedette.errors import Refused
from vedette.integrations.datadog import Config
from vedette.sandbox.sinks.datadog import DatadogStandIn


@pytest.fixture
def desk() -> Iterator[DatadogStandIn]:
    with DatadogStandIn(key=cases.KEY, now=cases.now) as desk:
        yield desk


class TestDatadog(SinkConformance):
    """Counts."""

    @pytest.fixture
    def case(self, desk: DatadogStandIn) -> Iterator[SinkCase]:
        with closing(cases.of_datadog(desk)) as case:
            yield case


def test_a_count_tells_its_interval_and_a_gauge_has_none(desk: DatadogStandIn) -> None:
    with closing(cases.made_datadog(desk, tags=("env:prod",))) as sink:
        (body,) = sink.render([POINT])
    total, *others = body["series"]
    assert total == {
        "metric": "vedette.errors",
        "type": 1,
        "interval": 300,
        "points": [{"timestamp": int(NOON.timestamp()), "value": 42.0}],
        "tags": ["filter:checkout", "instance:default", "env:prod"],
    }
    assert [each["type"] for each in others] == [3] * 4
    assert not [each for each in others if "interval" in each]


def test_the_total_is_a_gauge_by_choice(desk: DatadogStandIn) -> None:
    with closing(cases.made_datadog(desk, type="gauge")) as sink:
        push(sink, POINT)
        (body,) = sink.render([POINT])
    assert {each["type"] for each in body["series"]} == {3}
    assert not desk.dropped


def test_points_older_than_an_hour_are_left_out_in_words_unless_historical_metrics_are_ingested(
    desk: DatadogStandIn,
) -> None:
    old = at(13, total=3)
    with closing(cases.made_datadog(desk)) as sink:
        (words,) = push(sink, POINT, old)
        assert "1 of the points" in words
        assert "older than 1 h" in words
        assert (desk.dropped, len(desk.bodies)) == (0, 1)
        assert push(sink, old)
        assert len(desk.bodies) == 1
    desk.historical = True
    with closing(cases.made_datadog(desk, historical=True)) as sink:
        assert not push(sink, old)
        assert (
            desk.charts[(("vedette.errors", ("filter:checkout", "instance:default")), int(old.window.end.timestamp()))]
            == 3
        )


def test_the_stand_in_drops_what_is_too_old_without_a_word_as_datadog_does(desk: DatadogStandIn) -> None:
    with closing(cases.made_datadog(desk, historical=True)) as sink:
        assert not push(sink, at(13))
    assert desk.dropped
    assert not desk.charts


def test_a_yes_with_errors_is_a_no(desk: DatadogStandIn) -> None:
    desk.complaint = "some points were not good"
    with closing(cases.made_datadog(desk)) as sink, pytest.raises(Refused, match="some points were not good"):
        push(sink, POINT)


def test_names_that_datadog_makes_one_stay_two(desk: DatadogStandIn) -> None:
    with closing(cases.made_datadog(desk)) as sink:
        push(sink, at(0, filter_="CRM", total=1), at(0, filter_="crm", total=2))
        push(sink, replace(at(1, filter_="crm"), window=POINT.window.earlier(FIVE)))
    shown = {tags[0] for (_, tags), _ in desk.charts}
    assert len(shown) == 2
    assert "filter:crm" in shown


@pytest.mark.parametrize("site", ["https://datadoghq.eu", "api.datadoghq.eu", "datadoghq", "datadoghq.eu/x", ""])
def test_a_site_is_a_name_and_no_address(site: str) -> None:
    with pytest.raises(ValidationError, match="expected the name of a site"):
        Config(api_key=cases.secret(cases.KEY), site=site)


def test_bodies_are_cut_by_bytes_too(desk: DatadogStandIn) -> None:
    tags = tuple(f"tag{n}:{'v' * 50}" for n in range(20))
    with closing(cases.made_datadog(desk, tags=tags)) as sink:
        assert not push(sink, *(at(0, filter_=f"filter-{n}", total=n) for n in range(1500)))
    assert len(desk.bodies) > 10
    assert len(desk.charts) == 3 * 1500
