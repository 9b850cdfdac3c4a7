"""`vedette tickets preview`: what would have been cut, by both files, beside a running Vedette and without a trace."""

import json
import time

import pytest

from tests.cli.conftest import Place
from vedette.flows.pacing import Pacer
from vedette.sandbox.sentry import payloads

DAY = 86_400.0


def seed(place: Place, number: int, path: str, *days: int, project: str = "checkout") -> None:
    """An issue with so many events at noon of each of the last days, today's being the last."""
    noon = time.time() // DAY * DAY - DAY / 2
    arrivals = [{"at": noon - back * DAY, "count": count} for back, count in enumerate(reversed(days)) if count]
    place.ground.sentry.seed(
        {"id": number, "project": project, "frames": [path], "title": f"Broke {number}", "arrivals": arrivals}
    )


def preview(place: Place, *words: str) -> tuple[int, str, str]:
    """The command; `--config` names the other file, so the settings in force have an option of their own."""
    return place.run("tickets", "preview", "--present", str(place.config), *words, config=False)


@pytest.fixture
def other(place: Place) -> str:
    """A second file beside the settings."""
    text = place.config.read_text(encoding="utf-8")
    assert "events_over: 50" in text
    (place.home / "other.yaml").write_text(text.replace("events_over: 50", "events_over: 20"), encoding="utf-8")
    return str(place.home / "other.yaml")


def test_sentrys_history_is_weighed_day_by_day_and_nothing_is_written(place: Place) -> None:
    seed(place, 1, "checkout/cart.py", 10, 60, 0, 70)
    seed(place, 2, "checkout/cart.py", 30, 30, 30)
    with place.working():
        pass
    before, asked = place.remembered(), len(place.ground.jira.tickets())
    code, said, _ = preview(place, "--json")
    told = json.loads(said)
    assert code == 0
    assert [(cut["issue"], cut["owner"], cut["reason"]) for cut in told["present"]["cuts"]] == [
        ("default/1", "@acme/checkout", "first_ticket")
    ]
    assert told["present"]["reasons"] == {"below_threshold": 4, "first_ticket": 1, "ticket_open": 1}
    assert told["issues"] == 2
    assert (place.remembered(), len(place.ground.jira.tickets())) == (before, asked)
    assert preview(place, "--json")[1].partition('"issues"')[2] == said.partition('"issues"')[2]


def test_another_file_is_compared_team_by_team_and_issue_by_issue(place: Place, other: str) -> None:
    seed(place, 1, "checkout/cart.py", 60)
    seed(place, 2, "checkout/cart.py", 30)
    code, said, _ = preview(place, "--since", "7d", "--config", other)
    assert code == 0
    assert "2 issues from sentry" in said
    (line,) = [line.split() for line in said.splitlines() if line.startswith("@acme/checkout")]
    assert line[-3:] == ["1", "2", "+1"]
    assert "default/2  Broke 2" in said
    assert "  present:       @acme/checkout → jira PAY: below_threshold" in said
    assert "  with --config: @acme/checkout → jira PAY: first_ticket" in said
    assert "default/1  Broke 1" not in said
    assert "approximations:" in said


def test_the_journal_is_weighed_again_without_a_call(place: Place) -> None:
    seed(place, 1, "checkout/cart.py", 60)
    seed(place, 2, "checkout/cart.py", 30)
    with place.working() as desk:
        for number in (1, 2):
            subject = desk.subject(issue=number, path="checkout/cart.py")
            desk.deliver(payloads.event_alert(subject), request_id=str(number))
        desk.settle()
    text = place.config.read_text(encoding="utf-8")
    (place.home / "polls.yaml").write_text(text.replace("on: [alert, poll]", "on: [poll]"), encoding="utf-8")
    place.change(place.ground.sentry.url, "http://127.0.0.1:9")  # nobody answers there
    code, said, _ = preview(
        place, "--from", "journal", "--since", "1d", "--json", "--config", str(place.home / "polls.yaml")
    )
    told = json.loads(said)
    assert code == 0
    assert (told["present"]["tickets"], told["candidate"]["tickets"]) == (2, 0)
    assert told["per_team"] == {"@acme/checkout": {"present": 2, "candidate": 0}}
    assert [each["candidate"] for each in told["changed"]] == ["@acme/checkout → jira PAY: not_asked"] * 2


def test_more_than_sentry_knows_is_refused_with_the_cure(place: Place) -> None:
    code, _, told = preview(place, "--since", "90d")
    assert code == 1
    assert "write --since 30d, or --from journal" in told


def test_readings_keep_to_the_rate() -> None:
    naps: list[float] = []
    pacer = Pacer(10.0, sleep=naps.append)
    for _ in range(5):
        pacer.wait()
    assert len(naps) == 4
    assert sum(naps) >= 0.9
