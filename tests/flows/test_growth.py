"""An open ticket is told how far its issue has grown, once a multiple, and its priority is raised and never lowered."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.flows.conftest import Desk
from tests.flows.test_poll import sweep
from vedette.flows.context import wall_clock
from vedette.flows.poll import poll_job
from vedette.model.growth import Growth
from vedette.model.jobs import JobKind, JobState
from vedette.model.policies import Mute, Policy, PolicyChange, When
from vedette.model.settings import Settings
from vedette.sandbox.jira.faults import Kind
from vedette.sandbox.jira.state import State
from vedette.sandbox.sentry import payloads
from vedette.store import queue

GROWTH = Growth(priorities=("High", "Highest"))
POLICY = Policy("default", when=When(events_over=50), growth=GROWTH)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    route = replace(settings.teams["@acme/checkout"].route, priority="Medium")  # type: ignore[type-var]
    team = replace(settings.teams["@acme/checkout"], route=route)
    return replace(settings, policies=(POLICY,), teams={**settings.teams, "@acme/checkout": team})


def polled(desk: Desk, *counts: int, policy: Policy = POLICY) -> dict[str, Any]:
    """The ticket after one sweep at each of these counts."""
    for count in counts:
        desk.seed(count=count)
        sweep(desk, policy)
    (ticket,) = desk.tickets()
    return ticket


def comments(ticket: dict[str, Any]) -> list[str]:
    return [str(each) for each in ticket["comments"] if "has grown" in str(each)]


def outcome(desk: Desk) -> str:
    return next(entry.sentence for entry in desk.told() if entry.reason == "grown_told")


def by_hand(desk: Desk, key: str, priority: str) -> None:
    desk.jira.on_loop(lambda state: state.change(state.tickets[state.keys[key]], priority=priority))


def test_a_sweep_tells_of_each_multiple_once_and_raises_the_priority(desk: Desk) -> None:
    ticket = polled(desk, 60, 100, 179)
    assert (comments(ticket), ticket["priority"]) == ([], "Medium")
    ticket = polled(desk, 180, 200, 400)
    assert (len(comments(ticket)), ticket["priority"]) == (1, "High")
    assert "×3" in comments(ticket)[0]
    assert "from 60 events" in comments(ticket)[0]
    assert "Priority raised from Medium to High." in comments(ticket)[0]
    ticket = polled(desk, 600, 90, 700)
    assert (len(comments(ticket)), ticket["priority"]) == (2, "Highest")
    assert desk.claims()[0].grown == 10


def test_a_jump_past_both_multiples_tells_of_the_higher_one_alone(desk: Desk) -> None:
    ticket = polled(desk, 60, 720, 200)
    (comment,) = comments(ticket)
    assert "×10" in comment
    assert ticket["priority"] == "Highest"


def test_a_webhook_tells_of_it_too_and_the_sweep_after_it_does_not_again(desk: Desk) -> None:
    desk.deliver(payloads.event_alert(desk.seed(count=60)), request_id="1")
    desk.settle()
    desk.deliver(payloads.event_alert(desk.seed(count=200)), request_id="2")
    desk.settle()
    (ticket,) = desk.tickets()
    assert (len(comments(ticket)), ticket["priority"]) == (1, "High")
    assert "grown" in desk.reasons()
    assert len(comments(polled(desk, 200))) == 1


def test_a_priority_that_a_person_changed_is_left_alone_and_the_journal_says_why(desk: Desk) -> None:
    ticket = polled(desk, 60)
    sweep(desk, POLICY)
    by_hand(desk, ticket["key"], "Low")
    ticket = polled(desk, 200)
    assert (len(comments(ticket)), ticket["priority"]) == (1, "Low")
    assert "Priority" not in comments(ticket)[0]
    assert outcome(desk).endswith("the priority stays Low: a person changed it from Medium")


def test_a_person_who_lowers_what_we_raised_has_the_last_word(desk: Desk) -> None:
    ticket = polled(desk, 60, 200)
    assert ticket["priority"] == "High"
    by_hand(desk, ticket["key"], "Medium")
    ticket = polled(desk, 700)
    assert (len(comments(ticket)), ticket["priority"]) == (2, "Medium")
    assert "a person changed it from High" in outcome(desk)


def test_a_priority_is_never_lowered(desk: Desk, settings: Settings) -> None:
    low = replace(POLICY, growth=Growth(priorities=("Lowest", "Low")))
    desk.app.reload(replace(settings, policies=(low,)))
    ticket = polled(desk, 60, 200, 700, policy=low)
    assert (len(comments(ticket)), ticket["priority"]) == (2, "Medium")


@pytest.mark.parametrize("fault", [Kind.COMMIT_RESET, Kind.COMMIT_502, Kind.ERROR_503], ids=str)
def test_a_raise_whose_answer_was_lost_is_ours_and_not_a_persons(desk: Desk, fault: Kind) -> None:
    polled(desk, 60)
    sweep(desk, POLICY)
    desk.jira.fault(fault, on="edit", times=1)
    ticket = polled(desk, 200)
    assert (len(comments(ticket)), ticket["priority"]) == (1, "High")
    ticket = polled(desk, 700)
    assert (len(comments(ticket)), ticket["priority"]) == (2, "Highest")
    assert desk.jobs(JobState.DEAD) == []


def test_a_priority_that_the_tracker_does_not_have_costs_no_comment_and_names_those_it_has(
    desk: Desk, settings: Settings
) -> None:
    dire = replace(POLICY, growth=Growth(priorities=("Dire", "Direst")))
    desk.app.reload(replace(settings, policies=(dire,)))
    ticket = polled(desk, 60, 200, policy=dire)
    assert (len(comments(ticket)), ticket["priority"]) == (1, "Medium")
    (alarm,) = [entry for entry in desk.told() if entry.reason == "priority_not_raised"]
    assert "no priority 'Dire': it has Highest, High, Medium, Low, Lowest" in alarm.sentence


def test_a_priority_that_the_project_refuses_costs_no_comment(desk: Desk) -> None:
    polled(desk, 60)

    def without_the_field(state: State) -> None:
        project = state.projects["PAY"]
        screen = tuple(name for name in project.screen if name != "priority")
        state.projects["PAY"] = msgspec.structs.replace(project, screen=screen)

    desk.jira.on_loop(without_the_field)
    ticket = polled(desk, 200)
    assert (len(comments(ticket)), ticket["priority"]) == (1, "Medium")
    (alarm,) = [entry for entry in desk.told() if entry.reason == "priority_not_raised"]
    assert "priority could not be raised to High" in alarm.sentence
    assert "not on the appropriate screen" in alarm.sentence
    assert desk.claims()[0].raising == ""


def test_a_ticket_that_was_closed_meanwhile_is_not_told(desk: Desk) -> None:
    ticket = polled(desk, 60)
    desk.seed(count=200)
    sweep_only(desk)
    desk.close(ticket["key"])
    desk.settle()
    assert comments(desk.tickets()[0]) == []
    assert "not_open" in desk.reasons()


def sweep_only(desk: Desk) -> None:
    now = wall_clock()
    desk.app.store.write(lambda tx: queue.enqueue(tx, poll_job(POLICY, "default", slot=now), now=now))
    desk.advance(lambda: any(job.kind is JobKind.GROW_TICKET for job in desk.live_jobs()))


def test_a_muted_issue_grows_in_peace(desk: Desk, settings: Settings) -> None:
    polled(desk, 60)
    desk.app.reload(replace(settings, mutes=(Mute("known flake", title="KeyError*"),)))
    assert comments(polled(desk, 700)) == []


def test_a_team_that_wants_to_hear_nothing_of_growth_hears_nothing(desk: Desk, settings: Settings) -> None:
    quiet = PolicyChange("teams.@acme/checkout.policy", growth=Growth(at=()))
    team = replace(settings.teams["@acme/checkout"], changes=(quiet,))
    desk.app.reload(replace(settings, teams={**settings.teams, "@acme/checkout": team}))
    assert comments(polled(desk, 60, 700)) == []


def test_another_window_is_a_new_beginning_that_is_said_once(desk: Desk, settings: Settings) -> None:
    polled(desk, 60)
    week = replace(POLICY, when=When(timedelta(days=7), events_over=50))
    desk.app.reload(replace(settings, policies=(week,)))
    assert comments(polled(desk, 700, 700, policy=week)) == []
    (entry,) = [entry for entry in desk.told() if entry.reason == "measured_anew"]
    assert "growth is measured from now on, from 700 events" in entry.sentence
    assert len(comments(polled(desk, 2100, policy=week))) == 1


def test_each_new_ticket_is_measured_from_its_own_beginning(desk: Desk) -> None:
    first = polled(desk, 60, 700)
    desk.close(first["key"])
    desk.seed(count=900)
    sweep(desk, POLICY)
    desk.seed(count=1000)
    sweep(desk, POLICY)
    assert [len(comments(each)) for each in desk.tickets()] == [1, 0]
