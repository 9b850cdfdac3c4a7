"""`vedette poll --once`: a sweep without a server, and a dry run that says the same and writes nothing."""

import re

import pytest

from tests.cli.conftest import Place
from vedette.sandbox.jira.settings import Status
from vedette.sandbox.jira.state import State
from vedette.sandbox.jira.tickets import Ticket
from vedette.sandbox.sentry import payloads
from vedette.sandbox.sentry.tides import Arrival, Traits


def seeded(place: Place) -> None:
    """Three issues above the threshold, of three kinds of owner, and one below."""
    place.ground.sentry.seed(
        {"id": 1, "project": "checkout", "count": 120, "frames": ["checkout/cart.py"], "title": "Cart broke"},
        {"id": 2, "project": "search", "count": 90, "frames": ["legacy/report.py"], "title": "Report broke"},
        {"id": 3, "project": "search", "count": 80, "frames": ["tools/cleanup.py"], "title": "Cleanup broke"},
        {"id": 4, "project": "search", "count": 50, "frames": ["search/index.py"], "title": "Rarely broke"},
    )


def decisions(said: str) -> list[str]:
    """The decisions' reasons and sentences."""
    told = re.findall(
        r"(?:^|  )((?:first_ticket|ticket_open|muted|below_threshold): [^\n]*?)(?: ─▶[^\n]*)?$", said, re.M
    )
    return sorted(told)


def test_a_dry_run_says_what_the_run_then_does_in_the_same_words_and_writes_nothing(place: Place) -> None:
    seeded(place)
    with place.working():
        pass
    before = place.remembered()
    code, foretold, _ = place.run("poll", "--once", "--dry-run")
    assert code == 0
    assert "dry run: nothing was written" in foretold
    assert (place.remembered(), place.ground.jira.tickets()) == (before, [])
    assert not any(issue.activity for issue in place.ground.sentry.memory.issues.values())
    code, said, _ = place.run("poll", "--once")
    assert code == 0
    assert decisions(foretold) == decisions(said)
    assert len(decisions(said)) == 3
    assert "Rarely broke" not in foretold


def test_a_dry_run_names_owner_route_and_policy_with_their_places(place: Place) -> None:
    seeded(place)
    _, said, _ = place.run("poll", "--once", "--dry-run")
    assert re.search(rf"policy every alert \({place.config}:\d+:\d+\), instance default", said)
    assert "default/1  Cart broke" in said
    assert "checkout/cart.py:12 is owned by @acme/checkout: line 2 `/checkout/` of CODEOWNERS@" in said
    assert "120 events in the window" in said
    assert "─▶ would open a ticket in jira PAY" in said
    assert "legacy/report.py:12 is explicitly unowned" in said
    assert "first_ticket 3" in said


def test_before_the_first_start_a_dry_run_works_and_leaves_no_store(place: Place) -> None:
    seeded(place)
    code, said, _ = place.run("poll", "--dry-run")
    assert code == 0
    assert "first_ticket 3" in said
    assert not (place.home / "vedette.db").exists()


def test_a_sweep_without_a_server_cuts_each_ticket_once(place: Place) -> None:
    seeded(place)
    code, said, _ = place.run("poll", "--once")
    assert code == 0
    assert sorted(ticket["project"] for ticket in place.ground.jira.tickets()) == ["PAY", "TRIAGE", "TRIAGE"]
    assert "default/1  ticket_opened: PAY-1 stands for generation 1" in said
    code, said, _ = place.run("poll", "--once")
    assert code == 0
    assert len(place.ground.jira.tickets()) == 3
    assert "first_ticket" not in said


def test_a_dry_run_sees_a_ticket_that_was_closed_a_moment_ago(place: Place) -> None:
    with place.working() as desk:
        desk.deliver(payloads.event_alert(desk.seed(path="checkout/cart.py", count=120)))
        desk.settle()
        jira = place.ground.jira
        (key,) = [ticket["key"] for ticket in jira.tickets()]
        jira.on_loop(lambda state: state.delete(state.tickets[state.keys[key]]))
    before = place.remembered()
    _, said, _ = place.run("poll", "--dry-run")
    assert "nothing_newer_than_closing: PAY-1 was closed" in said
    assert place.remembered() == before


def test_a_dry_run_knows_what_was_seen_after_a_ticket_was_closed(place: Place) -> None:
    sentry, jira = place.ground.sentry, place.ground.jira
    with place.working() as desk:
        desk.deliver(payloads.event_alert(desk.seed(path="checkout/cart.py", count=120)))
        desk.settle()
    jira.on_loop(lambda state: state.enter(*_done(state)))
    again = Arrival(sentry.world.clock(), 1, Traits("production"))
    issue = sentry.memory.issue(4512)
    assert issue is not None
    sentry.memory.count(issue, [again])
    _, foretold, _ = place.run("poll", "--dry-run")
    assert "─▶ would open a ticket in jira PAY" in foretold
    (sentence,) = re.findall(r"new_after_closed: [^\n]*?(?= ─▶)", foretold)
    _, said, _ = place.run("poll", "--once")
    assert sentence in said
    assert [ticket["key"] for ticket in jira.tickets()] == ["PAY-1", "PAY-2"]


def _done(state: State) -> tuple[Ticket, Status]:
    ticket = next(iter(state.tickets.values()))
    statuses = state.projects[ticket.project].workflow.statuses
    return ticket, next(status for status in statuses if status.name == "Done")


def test_a_policy_is_chosen_by_name(place: Place) -> None:
    seeded(place)
    code, said, _ = place.run("poll", "--dry-run", "--policy", "every alert")
    assert (code, "first_ticket 3" in said) == (0, True)
    code, _, told = place.run("poll", "--dry-run", "--policy", "nightly")
    assert code == 1
    assert "there is no policy nightly; there are every alert" in told


def test_it_wants_to_be_asked_for_once(place: Place) -> None:
    code, _, told = place.run("poll")
    assert code == 1
    assert "say --once" in told


def test_a_policy_that_is_not_polled_is_told(place: Place) -> None:
    place.change("on: [alert, poll]", "on: [alert]")
    code, _, told = place.run("poll", "--once")
    assert code == 1
    assert "no policy is to be polled; add poll to its on:" in told


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_a_sentry_that_is_down_is_a_failure_in_its_own_words(place: Place, dry: list[str]) -> None:
    place.change(f"url: {place.ground.sentry.url}", "url: http://127.0.0.1:9")
    code, said, told = place.run("poll", "--once", *dry)
    assert code == 1
    assert "sentry default: " in said + told


def test_a_mute_is_told_with_its_reason(place: Place) -> None:
    seeded(place)
    place.change("  policies:\n", '  mutes:\n    - {title: "Cart*", reason: known and harmless}\n  policies:\n')
    _, said, _ = place.run("poll", "--dry-run")
    assert "muted: muted: known and harmless" in said
    assert "first_ticket 2, muted 1" in said
