"""What people see in New Relic, Anodot and Datadog while these are down, deaf or refuse the key, and afterwards."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from tests.conformance.sinks import SinkCase
from tests.flows.conftest import Desk
from tests.flows.monitoring import FIVE, SHOP, START, Watch, settings_with, window
from tests.integrations.sinks import cases
from vedette.model.jobs import JobState
from vedette.model.settings import QueueSettings, Settings
from vedette.sandbox.notifiers.inbox import Ill
from vedette.sandbox.sinks.anodot import AnodotStandIn
from vedette.sandbox.sinks.datadog import DatadogStandIn
from vedette.sandbox.sinks.desk import SinkDesk
from vedette.sandbox.sinks.newrelic import NewRelicStandIn

VENDORS = ("newrelic", "anodot", "datadog")


@dataclass
class Market:
    """The desk, and three places where people look."""

    watch: Watch
    desks: Mapping[str, SinkDesk]
    cases: Mapping[str, SinkCase]

    def totals(self, vendor: str) -> dict[datetime, float]:
        """What people see there of the filter, by the end of the window."""
        return {at: value for (name, at), value in self.cases[vendor].chart().items() if name == SHOP.name}

    def pass_windows(self, first: int, last: int) -> None:
        """Let time go by, with as many errors in each window as its number says, and one more."""
        for number in range(first, last):
            self.watch.arrive(window(number).start, count=number + 1, issue=500 + number)
            self.watch.run(window(number).end)

    def wait(self, length: timedelta) -> None:
        """Let time go by in which nothing is counted, but retried."""
        self.watch.now += length
        self.watch.work()


@pytest.fixture
def market(desk: Desk, settings: Settings) -> Iterator[Market]:
    patient = replace(settings, queue=replace(QueueSettings(), workers=1, lease=timedelta(seconds=5)))
    desk.app.reload(settings_with(patient, SHOP))
    watch = Watch(desk)

    def clock() -> datetime:
        return watch.now

    with ExitStack() as stack:
        relic = stack.enter_context(NewRelicStandIn(key=cases.KEY, now=clock))
        anodot = stack.enter_context(AnodotStandIn(key=cases.KEY, now=clock))
        dog = stack.enter_context(DatadogStandIn(key=cases.KEY, now=clock))
        dog.historical = True
        made = {
            "newrelic": cases.of_newrelic(relic, clock=clock, timeout=0.5),
            "anodot": cases.of_anodot(anodot, clock=clock, timeout=0.5),
            "datadog": cases.of_datadog(dog, clock=clock, timeout=0.5, historical=True),
        }
        for case in made.values():
            stack.callback(case.close)
        watch.sinks = {vendor: case.sink for vendor, case in made.items()}  # type: ignore[misc]
        yield Market(watch, {"newrelic": relic, "anodot": anodot, "datadog": dog}, made)


def whole(windows: int) -> dict[datetime, float]:
    return {window(number).end: number + 1 for number in range(windows)}


def test_an_hour_without_trouble_is_seen_as_it_was_everywhere(market: Market) -> None:
    market.pass_windows(0, 12)
    for vendor in VENDORS:
        assert market.totals(vendor) == whole(12)


def test_sinks_that_are_down_for_an_hour_show_every_window_afterwards(market: Market) -> None:
    market.pass_windows(0, 1)
    for desk in market.desks.values():
        desk.down = True
    market.pass_windows(1, 13)
    for vendor in VENDORS:
        assert market.totals(vendor) == whole(1)
    for desk in market.desks.values():
        desk.down = False
    for _ in range(13):  # the first push waits for up to an hour by now, and everything after it for the first
        market.wait(FIVE)
    for vendor in VENDORS:
        assert market.totals(vendor) == whole(13)


def test_a_wrong_key_loses_nothing_and_a_good_one_brings_everything(market: Market) -> None:
    for desk in market.desks.values():
        desk.revoke()
    market.pass_windows(0, 4)
    assert market.watch.desk.jobs(JobState.DEAD) == []
    for desk in market.desks.values():
        assert desk.bodies == []
        desk.mend()
    market.wait(2 * FIVE)
    for vendor in VENDORS:
        assert market.totals(vendor) == whole(4)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_key_revoked_in_mid_run_stops_that_sink_only_and_nothing_is_missing_afterwards(
    market: Market, vendor: str
) -> None:
    market.pass_windows(0, 2)
    market.desks[vendor].revoke()
    market.pass_windows(2, 5)
    for each in VENDORS:
        assert market.totals(each) == whole(2 if each == vendor else 5)
    market.desks[vendor].mend()
    market.wait(2 * FIVE)
    assert market.totals(vendor) == whole(5)


def test_what_was_taken_without_an_answer_is_seen_once(market: Market) -> None:
    for desk in market.desks.values():
        desk.ills.append(Ill.DEAF)
    market.pass_windows(0, 3)
    market.wait(FIVE)
    for vendor in VENDORS:
        assert market.totals(vendor) == whole(3)
        assert len(market.desks[vendor].bodies) == 4


def test_a_late_event_is_seen_where_a_count_can_be_corrected_and_the_first_count_stands_where_not(
    market: Market,
) -> None:
    market.pass_windows(0, 2)
    market.watch.arrive(START + timedelta(seconds=1), count=9, issue=77)
    market.pass_windows(2, 4)
    late = whole(4) | {window(0).end: 1 + 9}
    assert {vendor: market.totals(vendor) for vendor in VENDORS} == {
        "newrelic": late,
        "anodot": whole(4),
        "datadog": late,
    }
