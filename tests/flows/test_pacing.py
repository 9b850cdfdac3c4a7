"""Calls that follow one another keep to the rate that all processes share."""

from datetime import timedelta

from tests.flows.conftest import Desk
from vedette.flows.context import wall_clock
from vedette.flows.pacing import SentryPace
from vedette.store import limits


def test_each_call_takes_its_turn_in_the_bucket_that_all_processes_share(desk: Desk) -> None:
    now = wall_clock()
    store = desk.app.store
    store.write(lambda tx: limits.configure(tx, "sentry:default", rate_per_s=2.0, concurrency=4, now=now))
    waits = [store.write(lambda tx: limits.reserve(tx, "sentry:default", now=now)) for _ in range(6)]
    free = waits.count(timedelta(0))
    assert waits[free:] == [timedelta(seconds=0.5) * number for number in range(1, 7 - free)]
    assert 1 <= free < 6


def test_a_destination_that_asked_for_patience_is_waited_for(desk: Desk) -> None:
    now = wall_clock()
    store = desk.app.store
    store.write(lambda tx: limits.throttle(tx, "sentry:default", wait=timedelta(seconds=7), now=now))
    assert store.write(lambda tx: limits.reserve(tx, "sentry:default", now=now)) == timedelta(seconds=7)


def test_a_pace_sleeps_as_long_as_the_bucket_says(desk: Desk) -> None:
    now = wall_clock()
    naps: list[float] = []
    desk.app.store.write(lambda tx: limits.configure(tx, "sentry:default", rate_per_s=0.5, concurrency=1, now=now))
    pace = SentryPace(desk.app.context, sleep=naps.append)
    for _ in range(4):
        pace.wait("default")
    assert len(naps) >= 2
    assert naps[-1] > naps[0] > 0
