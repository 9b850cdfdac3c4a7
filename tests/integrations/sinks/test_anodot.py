"""Anodot: the suite of sinks, and what only Anodot does."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from tests.conformance.sinks import FIVE, NOON, POINT, SinkCase, SinkConformance, at, push
from tests.house.sources import ROOT
from tests.integrations.sinks import cases
from vedette.errors import Refused
from vedette.model.metrics import Lack
from vedette.ports.http import Fence, Talker
from vedette.sandbox.sinks.anodot import AnodotStandIn


@pytest.fixture
def desk() -> Iterator[AnodotStandIn]:
    with AnodotStandIn(key=cases.KEY, now=cases.now) as desk:
        yield desk


class TestCounter(SinkConformance):
    """Counters, folded by how often they were told."""

    @pytest.fixture
    def case(self, desk: AnodotStandIn) -> Iterator[SinkCase]:
        with closing(cases.of_anodot(desk)) as case:
            yield case


class TestGauge(SinkConformance):
    """Gauges, folded by Anodot itself."""

    @pytest.fixture
    def case(self, desk: AnodotStandIn) -> Iterator[SinkCase]:
        with closing(cases.of_anodot(desk, target_type="gauge", values=("event_count",))) as case:
            yield case


def test_the_record_of_old_is_as_it_was(desk: AnodotStandIn) -> None:
    with closing(cases.made_anodot(desk)) as sink:
        ((record, told),) = sink.render([POINT])
    tags = record.pop("tags")
    assert record == {
        "properties": {
            "what": "sentry_events",
            "project": "web",
            "filter": "checkout",
            "type": "event_count",
            "target_type": "counter",
        },
        "timestamp": int(NOON.timestamp()),
        "value": 42,
    }
    assert isinstance(record["timestamp"], int)
    assert tags["vedette_point_id"] == [POINT.id]
    assert (told["properties"]["type"], told["value"]) == ("times_told", 1)


def test_a_series_stays_one_from_window_to_window(desk: AnodotStandIn) -> None:
    with closing(cases.made_anodot(desk)) as sink:
        push(sink, *(at(n) for n in range(5)))
    assert len({sample.series for sample in desk.samples}) == 2


def test_twins_of_a_counter_add_up_in_a_chart_and_are_one_in_the_composite(desk: AnodotStandIn) -> None:
    with closing(cases.made_anodot(desk)) as sink:
        push(sink, POINT)
        push(sink, POINT)
    assert list(desk.chart("event_count").values()) == [84]
    assert list(desk.ratio("event_count", "times_told").values()) == [42]


def test_what_came_late_is_dropped_there_and_what_anodot_has_no_place_for_is_told(desk: AnodotStandIn) -> None:
    missing = replace(at(0, total=0), lack=Lack.NOT_COUNTED)
    with closing(cases.made_anodot(desk)) as sink:
        assert not push(sink, POINT)
        assert not push(sink, at(1))
        assert desk.dropped == 2
        assert push(sink, replace(POINT, revision=1), missing, missing) == (
            "1 of the points are left out: counted anew, and what Anodot holds of a window cannot be changed",
            "2 of the points are left out: of windows that were not counted, and Anodot would take them for quiet ones",
        )
        assert sink.render([missing]) == ()
    assert len(desk.bodies) == 2


def test_a_yes_with_errors_is_a_no_once_everything_else_was_sent(desk: AnodotStandIn) -> None:
    bad = replace(at(9), window=replace(POINT.window, start=POINT.window.start - 10**4 * 2000 * FIVE))
    bad = replace(bad, window=replace(bad.window, end=bad.window.start + FIVE))
    with closing(cases.made_anodot(desk)) as sink:
        with pytest.raises(Refused, match="refused 2 of the samples: the timestamp is not in whole seconds") as told:
            push(sink, bad, *(at(n % 10, filter_=f"filter-{n}") for n in range(600)))
        assert cases.KEY not in str(told.value)
    assert len(desk.bodies) == 2
    assert len(desk.samples) == 1200


def test_more_values_are_gauges_of_their_own_by_choice(desk: AnodotStandIn) -> None:
    values = ("event_count", "issues", "users", "new", "regressed", "complete")
    with closing(cases.made_anodot(desk, values=values)) as sink:
        push(sink, POINT)
    shown = {dict(each.series)["type"]: (dict(each.series)["target_type"], each.value) for each in desk.samples}
    assert shown == {
        "event_count": ("counter", 42),
        "issues": ("gauge", 1),
        "users": ("gauge", 9),
        "new": ("gauge", 0),
        "complete": ("gauge", 1),
    }


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"timestamp": 1772366400.5}, "whole seconds"),
        ({"timestamp": 1772366400000}, "whole seconds"),
        ({"value": "1"}, "no number"),
        ({"properties": {"project": "web"}}, "what is missing"),
        ({"properties": {"what": "a b"}}, "characters"),
        ({"properties": {"what": "a.b"}}, "characters"),
        ({"properties": {"what": "é"}}, "characters"),
        ({"properties": {"what": "x" * 151}}, "characters"),
        ({"properties": {"what": "x", "k" * 51: "v"}}, "characters"),
        ({"properties": {"what": "x"} | {f"p{n}": "v" for n in range(20)}}, "too many"),
        ({"properties": {"what": "x", "target_type": "summary"}}, "neither"),
    ],
)
def test_the_stand_in_refuses_what_anodot_refuses(desk: AnodotStandIn, change: dict[str, object], why: str) -> None:
    sample = {"properties": {"what": "x"}, "timestamp": int(NOON.timestamp()), "value": 1} | change
    with closing(Talker("anodot", base_url=desk.url)) as talker:
        params = {"token": desk.key, "protocol": "anodot20"}
        answer = talker.write("POST", "/api/v1/metrics", params=params, json=[sample], fence=Fence.after(5))
    assert why in answer.json()["errors"][0]["description"]
    assert desk.samples == []


def test_a_name_that_anodot_does_not_take_becomes_what_the_page_says(desk: AnodotStandIn) -> None:
    with closing(cases.made_anodot(desk)) as sink:
        ((record, _),) = sink.render([replace(POINT, projects=("web.shop",))])
    made = record["properties"]["project"]
    page = ROOT / "docs" / "how-to" / "send-to-anodot.md"
    assert f"`web.shop` is `{made}`" in page.read_text(encoding="utf-8")
