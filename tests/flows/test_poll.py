"""The sweep: it finds what hooks missed, weighs each policy by its own window, and never cuts a second ticket."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.flows.conftest import Desk
from tests.waiting import until
from vedette.flows.context import wall_clock
from vedette.flows.perform import perform
from vedette.flows.poll import poll_job
from vedette.flows.schedule import tick
from vedette.model.events import Trigger
from vedette.model.jobs import JobKind, JobState, Lease
from vedette.model.policies import Mute, Policy, When
from vedette.model.settings import Settings
from vedette.ports.http import Fence
from vedette.sandbox.jira.faults import Kind
from vedette.sandbox.sentry import payloads
from vedette.store import queue


def sweep(desk: Desk, policy: Policy) -> None:
    now = wall_clock()
    desk.app.store.write(lambda tx: queue.enqueue(tx, poll_job(policy, "default", slot=now), now=now))
    desk.settle()


def test_an_issue_that_no_hook_told_of_gets_its_ticket_from_the_sweep(desk: Desk, settings: Settings) -> None:
    desk.seed(count=51)
    sweep(desk, settings.policies[0])
    (ticket,) = desk.tickets()
    assert ticket["project"] == "PAY"
    assert "first_ticket" in desk.reasons()


@pytest.mark.parametrize(("count", "tickets"), [(50, 0), (51, 1)])
def test_the_threshold_is_strict(desk: Desk, settings: Settings, count: int, tickets: int) -> None:
    desk.seed(count=count)
    sweep(desk, settings.policies[0])
    assert len(desk.tickets()) == tickets


def test_an_issue_last_seen_before_the_window_is_left_alone(desk: Desk, settings: Settings) -> None:
    desk.seed(count=500, lastSeen=(wall_clock() - timedelta(hours=25)).timestamp())
    sweep(desk, settings.policies[0])
    assert desk.tickets() == []


def test_two_sweeps_and_an_alert_make_one_ticket(desk: Desk, settings: Settings) -> None:
    subject = desk.seed()
    sweep(desk, settings.policies[0])
    sweep(desk, settings.policies[0])
    desk.deliver(payloads.event_alert(subject))
    desk.settle()
    assert len(desk.tickets()) == 1


def test_a_muted_title_gets_no_ticket_and_the_reason_says_why(desk: Desk, settings: Settings) -> None:
    desk.app.reload(replace(settings, mutes=(Mute("known flake", title="KeyError*"),)))
    desk.seed()
    sweep(desk, settings.policies[0])
    assert desk.tickets() == []
    (entry,) = [entry for entry in desk.told() if entry.reason == "muted"]
    assert "known flake" in entry.sentence


def test_each_policy_is_weighed_over_its_own_window(desk: Desk, settings: Settings) -> None:
    now = wall_clock()

    def at(ago: timedelta) -> float:
        return (now - ago).timestamp()

    desk.sentry.seed(
        {
            "id": 4512,
            "project": "checkout",
            "type": "KeyError",
            "frames": ["shop/cart.py"],
            "arrivals": [{"at": at(timedelta(hours=20)), "count": 80}, {"at": at(timedelta(minutes=10)), "count": 5}],
        }
    )
    day = Policy("day", when=When(timedelta(hours=24), events_over=50))
    hour = Policy("hour", when=When(timedelta(hours=1), events_over=50), track="hour")
    desk.app.reload(replace(settings, policies=(day, hour)))
    sweep(desk, day)
    told = {entry.details["track"]: entry.reason for entry in desk.told() if entry.kind == "decision"}
    assert told == {"main": "first_ticket", "hour": "below_threshold"}


def test_the_clock_asks_for_one_sweep_a_slot(desk: Desk) -> None:
    for _ in range(5):
        tick(desk.app.context)
    waiting = [job for job in desk.live_jobs() if job.kind is JobKind.POLL]
    assert len(waiting) <= 1
    desk.settle()
    tick(desk.app.context)
    assert not [job for job in desk.live_jobs() if job.kind is JobKind.POLL]


def test_a_policy_that_does_not_poll_is_never_swept(desk: Desk, settings: Settings) -> None:
    desk.app.reload(replace(settings, policies=(Policy("alerts", on=frozenset({Trigger.ALERT})),)))
    tick(desk.app.context)
    assert not [job for job in desk.live_jobs() if job.kind is JobKind.POLL]


def test_an_issue_whose_ticket_is_open_is_not_decided_on_anew_by_each_sweep(desk: Desk, settings: Settings) -> None:
    desk.seed()
    for _ in range(4):
        sweep(desk, settings.policies[0])
    assert [entry.reason for entry in desk.told() if entry.kind == "decision"] == ["first_ticket"]


def test_a_sweep_that_is_begun_twice_ends_once(desk: Desk, settings: Settings) -> None:
    desk.seed()
    now = wall_clock()
    desk.app.store.write(lambda tx: queue.enqueue(tx, poll_job(settings.policies[0], "default", slot=now), now=now))

    def lease(for_: timedelta) -> list[Lease]:
        return desk.app.store.write(lambda tx: queue.lease(tx, worker="w", limit=1, lease=for_, now=wall_clock()))

    (first,) = lease(timedelta(milliseconds=1))
    (second,) = until(lambda: lease(timedelta(seconds=5)), saying="the takeover")
    assert perform(desk.app.context, first, Fence.after(5)) == "lease_lost"
    assert perform(desk.app.context, second, Fence.after(5)) == "swept"
    desk.settle()
    assert len(desk.tickets()) == 1


def test_a_sweep_leaves_issues_to_the_policy_that_names_their_project(desk: Desk, settings: Settings) -> None:
    everything = Policy("everything", when=When(events_over=5))
    named = Policy("checkout", projects=("checkout",), when=When(events_over=500))
    desk.app.reload(replace(settings, policies=(everything, named)))
    desk.seed(count=100)
    sweep(desk, everything)
    assert desk.told() == []
    sweep(desk, named)
    assert desk.tickets() == []


@pytest.mark.parametrize("gone", ["policies", "instances"])
def test_a_sweep_of_what_has_left_the_settings_ends_in_peace(desk: Desk, settings: Settings, gone: str) -> None:
    without = replace(settings, policies=()) if gone == "policies" else replace(settings, instances={})
    desk.app.reload(without)
    sweep(desk, settings.policies[0])
    assert [job.reason for job in desk.jobs(JobState.DONE)] == ["no_such_policy"]


def test_a_tracker_that_is_down_does_not_keep_the_sweep_from_being_heard(desk: Desk, settings: Settings) -> None:
    desk.seed(issue=1)
    sweep(desk, settings.policies[0])
    desk.seed(issue=2)
    desk.jira.fault(Kind.ERROR_503, on="fetch", times=1)
    sweep(desk, settings.policies[0])
    assert len(desk.tickets()) == 2
    assert desk.jobs(JobState.DEAD) == []
