"""A short torture: the storm of bench/torture.py, small enough for every run; its judge is the tracker's own log."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench import torture
from bench.torture import Size

SMALL = Size(deliveries=120, issues=15, seconds=3.0, scale=24.0, kill_every=1.5, workers=2)


def test_under_the_policy_of_events_a_storm_leaves_one_ticket_per_event(
    tmp_path: Path, say: Callable[[str], None]
) -> None:
    size = replace(SMALL, deliveries=90, issues=6, events=24)
    with torture.database("sqlite", tmp_path) as url:
        result = torture.storm(tmp_path, url=url, size=size, per="event")
    assert result["kills"] > 0
    assert (result["expected"], result["tickets"]) == (size.events, size.events), result
    assert (result["lost"], result["duplicates"], result["dead"], result["uncertain"]) == (0, 0, 0, 0), result
    say(f"storm by events: {result['deliveries']} deliveries, {result['tickets']} tickets, {result['faults']} faults")


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_storm_of_repeats_faults_kills_and_freezes_leaves_one_ticket_per_issue(
    kind: str, tmp_path: Path, say: Callable[[str], None]
) -> None:
    with torture.database(kind, tmp_path) as url:
        result = torture.storm(tmp_path, url=url, size=SMALL)
    assert result["kills"] > 0
    assert result["faults"] >= 6
    assert result["expected"] == SMALL.issues
    assert result["tickets"] == result["expected"], result
    assert (result["lost"], result["duplicates"], result["dead"], result["uncertain"]) == (0, 0, 0, 0), result
    assert result["integrity"] in ("ok", "n/a")
    told = ("deliveries", "expected", "tickets", "faults", "kills", "stops", "lost", "duplicates")
    say(f"storm on {kind}: {', '.join(f'{result[key]} {key}' for key in told)}")
