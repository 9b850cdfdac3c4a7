"""`vedette monitor conditions` says what each condition comes to, with the numbers, and tells nobody."""

import json
from datetime import timedelta

import pytest

from tests.cli.conftest import Place
from vedette.flows.context import wall_clock
from vedette.model.metrics import Point, Window
from vedette.model.settings import StoreSettings
from vedette.rules.windowing import newest
from vedette.store import alarms, windows
from vedette.store.database import Store

FIVE = timedelta(minutes=5)
MONITOR = """
monitor:
  filters:
    checkout: {projects: [checkout]}
  conditions:
    grows: {kind: growth, count_over: 10, floor: 5}
    silent: {kind: flat_line}
    fresh: {kind: new_error}
"""


@pytest.fixture
def watched(place: Place) -> Place:
    before = place.config.read_text(encoding="utf-8").partition("\nmonitor:")[0]
    place.config.write_text(f"{before}\n{MONITOR}", encoding="utf-8")
    return place


def keep(place: Place, total: int, *, weeks: int = 0) -> Window:
    """A count of the newest window, or of the same one so many weeks before."""
    start = newest(wall_clock(), every=FIVE, delay=timedelta(0)).start - timedelta(weeks=weeks)
    within = Window(start, start + FIVE)
    with Store.open(StoreSettings(url=f"sqlite:///{place.home / 'vedette.db'}")) as store:
        point = Point("checkout", "default", within, total, 1)
        store.write(lambda tx: windows.save(tx, point, counts={"1": total}, now=wall_clock()))
    return within


def test_each_condition_is_told_with_its_reason_and_numbers_and_nobody_is_told(watched: Place) -> None:
    for week in range(1, 5):
        keep(watched, 20, weeks=week)
    keep(watched, 90)
    code, said, told = watched.run("monitor", "conditions")
    assert (code, told) == (0, "")
    grows, why, silent, _, fresh = said.splitlines()
    assert grows.split() == ["grows", "checkout", "trips", "grew_over_usual"]
    assert why.endswith("350 % over the usual 20 (median of 4 weeks), floor 5")
    assert silent.split() == ["silent", "checkout", "calm", "events_seen"]
    assert fresh == "fresh  checkout  no error is new"
    with Store.open(StoreSettings(url=f"sqlite:///{watched.home / 'vedette.db'}")) as store:
        assert store.read(alarms.standing) == []


def test_where_nothing_was_counted_lately_that_is_said(watched: Place) -> None:
    assert watched.run("monitor", "conditions")[1].count("nothing was counted lately") == 3


def test_the_same_as_json(watched: Place) -> None:
    within = keep(watched, 90)
    code, said, _ = watched.run("monitor", "conditions", "--json", "--filter", "checkout")
    grows = json.loads(said)["conditions"][0]
    assert (code, grows["condition"], grows["verdicts"][0]["reason"]) == (0, "grows", "not_enough_history")
    assert grows["verdicts"][0]["start"].startswith(f"{within.start:%Y-%m-%dT%H:%M}")


def test_without_conditions_the_cure_is_told(watched: Place) -> None:
    text = watched.config.read_text(encoding="utf-8").partition("  conditions:")[0]
    watched.config.write_text(text, encoding="utf-8")
    code, _, told = watched.run("monitor", "conditions")
    assert code != 0
    assert "add one under monitor.conditions" in told
