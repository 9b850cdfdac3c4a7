"""`vedette monitor`: windows are counted, shown and made up for from a terminal, and a debug run leaves no trace."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.cli.conftest import Place
from vedette.flows.context import wall_clock
from vedette.rules.windowing import newest

FIVE, NO_DELAY = timedelta(minutes=5), timedelta(0)
MONITOR = """
sinks:
  counts: {kind: jsonl, path: counts.jsonl, sandbox: true}
monitor:
  delay: 0s
  filters:
    everything:
    checkout: {projects: [checkout], terms: {any: [Cart]}}
"""


def last_window() -> datetime:
    return newest(wall_clock(), every=FIVE, delay=NO_DELAY).start


@pytest.fixture
def counting(place: Place) -> Place:
    text = place.config.read_text(encoding="utf-8")
    before = text.partition("\nsinks:")[0]
    place.config.write_text(f"{before}\n{MONITOR}", encoding="utf-8")
    at = (last_window() + timedelta(minutes=1)).timestamp()
    for number, title in ((4001, "CartError"), (4002, "SearchError")):
        heap = {"at": at, "count": 3}
        place.ground.sentry.seed({"id": number, "project": "checkout", "arrivals": [heap], "type": title})
    return place


def test_a_window_is_counted_and_shown(counting: Place) -> None:
    code, said, told = counting.run("monitor", "run")
    assert (code, told) == (0, "")
    rows = {line.split()[0]: line.split()[2:5] for line in said.splitlines()[2:]}
    assert (rows["everything"][:2], rows["checkout"][:2]) == (["6", "2"], ["3", "1"])
    code, said, _ = counting.run("monitor", "show", "checkout")
    assert code == 0
    assert "trending in the last window" in said
    assert "CartError" in said
    assert "SearchError" not in said


def test_a_run_again_changes_nothing(counting: Place) -> None:
    first, second = (counting.run("monitor", "run", "--json") for _ in range(2))
    told = [json.loads(each[1])["filters"] for each in (first, second)]
    assert told[0] == told[1]


def lines(place: Place) -> list[dict[str, Any]]:
    file = place.home / "counts.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def test_the_points_go_to_the_sink_once(counting: Place) -> None:
    code, said, _ = counting.run("monitor", "run")
    assert code == 0
    assert "sink counts  sent (2 points)" in said
    points = {each["filter"]: each["errors"] for each in lines(counting) if each["type"] == "point"}
    assert points == {"everything": 6, "checkout": 3}
    before = lines(counting)
    assert "sink counts  sent (2 points)" in counting.run("monitor", "run")[1]
    assert lines(counting) == before


def test_a_debug_run_shows_what_would_be_sent(counting: Place) -> None:
    said = counting.run("monitor", "run", "--debug", "--filter", "checkout")[1]
    assert "sink counts  would be sent (1 point)" in said
    assert '"errors": 3' in said
    assert lines(counting) == []


def test_check_asks_the_sinks_too(counting: Place) -> None:
    assert "counts (jsonl)" in counting.run("check")[1]
    counting.change("path: counts.jsonl", "path: nowhere/counts.jsonl")
    code, said, _ = counting.run("check", "--live")
    assert code == 1
    assert "counts: cannot write" in said


def test_check_asks_whether_the_projects_of_filters_exist(counting: Place) -> None:
    counting.change("{projects: [checkout], terms", "{projects: [chekout], terms")
    code, said, _ = counting.run("check", "--live")
    assert code == 1
    assert "project chekout" in said


def test_a_debug_run_keeps_nothing(counting: Place) -> None:
    code, said, _ = counting.run("monitor", "run", "--debug")
    assert code == 0
    assert said.splitlines()[-1] == "debug: nothing was kept and nothing was sent"
    assert not (counting.home / "vedette.db").exists()
    assert "nothing was counted in that time" in counting.run("monitor", "show")[1]


def test_the_windows_of_days_gone_by_are_made_up_for_once(counting: Place) -> None:
    since = (last_window() - timedelta(minutes=10)).isoformat()
    code, said, _ = counting.run("monitor", "backfill", "--since", since)
    assert (code, said.splitlines()[-1]) == (0, "3 windows were counted; 6 points are new or changed")
    again = counting.run("monitor", "backfill", "--since", since)[1]
    assert again == "0 windows were counted; 0 points are new or changed\n"
    code, said, _ = counting.run("monitor", "show", "--json", "--since", "30m", "--filter", "everything")
    assert [point["total"] for point in json.loads(said)["points"]] == [0, 0, 6]


def test_a_window_by_name(counting: Place) -> None:
    start = f"{last_window():%Y-%m-%dT%H:%M}"
    told = json.loads(counting.run("monitor", "run", "--window", start, "--filter", "checkout", "--json")[1])
    assert [(each["filter"], each["total"]) for each in told["filters"]] == [("checkout", 3)]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run", "--window", "soon"), "--window soon: a moment is written as"),
        (("run", "--filter", "chekout"), "there is no filter chekout; did you mean checkout?"),
        (("show", "--filter", "chekout"), "there is no filter chekout; did you mean checkout?"),
        (("show", "--since", "monday"), "--since is not a duration such as"),
        (("backfill", "--since", "monday"), "--since monday is neither a time such as 7d nor a moment such as"),
    ],
)
def test_a_mistake_is_told_with_its_cure(counting: Place, words: tuple[str, ...], told: str) -> None:
    code, _, said = counting.run("monitor", *words)
    assert code == 1
    assert told in said


def test_without_a_filter_there_is_nothing_to_count(counting: Place) -> None:
    counting.change("  filters:\n    everything:\n    checkout: {projects: [checkout], terms: {any: [Cart]}}\n", "")
    code, _, said = counting.run("monitor", "run")
    assert (code, said) == (1, "vedette: there is no filter to count by; add one under monitor.filters\n")


def test_where_sentry_does_not_answer_the_run_fails_and_says_why(counting: Place) -> None:
    counting.change(f"url: {counting.ground.sentry.url}", "url: http://127.0.0.1:9")
    code, said, _ = counting.run("monitor", "run")
    assert code == 1
    assert "?" in said
