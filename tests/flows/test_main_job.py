"""The main job: an error becomes one ticket of the team that owns the failing code."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.flows.conftest import Desk
from vedette.model.jobs import JobKind, JobState
from vedette.model.journal import EntryKind
from vedette.model.policies import ClosedTicket, Rest, When
from vedette.model.settings import Settings
from vedette.model.tickets import ClaimState
from vedette.sandbox.jira.faults import Kind
from vedette.sandbox.jira.settings import Status
from vedette.sandbox.jira.state import State
from vedette.sandbox.sentry import payloads


def test_an_alert_becomes_one_ticket_of_the_owning_team(desk: Desk) -> None:
    subject = desk.seed()
    desk.deliver(payloads.event_alert(subject, rule="Checkout errors"))
    desk.settle()
    (ticket,) = desk.tickets()
    assert ticket["project"] == "PAY"
    assert ticket["status"] == "Need Triage"
    assert ticket["components"] == ["Checkout"]
    assert ticket["summary"].endswith(f"{desk.sentry.url}/organizations/acme/issues/4512/")
    assert {"sentry", "vedette", "vedette-default-4512-main-1"} <= set(ticket["labels"])
    (claim,) = desk.claims()
    assert claim.state is ClaimState.OPEN
    assert claim.owner == "@acme/checkout"
    assert not desk.jobs(JobState.DEAD)
    assert [job.kind for job in reversed(desk.jobs(JobState.DONE))] == [
        JobKind.DECIDE,
        JobKind.OPEN_TICKET,
        JobKind.MEND_TICKET,
        JobKind.LINK_TICKET,
        JobKind.SET_STATUS,
        JobKind.LINK_BACK,
    ]


def test_a_hundred_deliveries_of_one_issue_cost_one_decision_and_one_ticket(desk: Desk) -> None:
    subject = desk.seed()
    for number in range(100):
        desk.deliver(payloads.event_alert(subject), request_id=f"r{number}")
    desk.settle()
    assert len(desk.tickets()) == 1
    assert desk.reasons().count("first_ticket") == 1
    assert len([reason for reason in desk.reasons() if reason == "ticket_open"]) <= 1


def test_an_error_and_an_alert_of_one_issue_end_as_one_ticket(desk: Desk) -> None:
    subject = desk.seed()
    desk.deliver(payloads.error_created(subject), "error", request_id="a")
    desk.settle()
    desk.deliver(payloads.event_alert(subject), request_id="b")
    desk.settle()
    assert len(desk.tickets()) == 1


@pytest.mark.parametrize(
    ("path", "project", "ownership"),
    [
        ("shop/cart.py", "PAY", "owned"),
        ("shop/shared/lock.py", "TRIAGE", "explicitly_unowned"),
        ("lib/other.py", "TRIAGE", "unmatched"),
        ("api/views.py", "TRIAGE", "owner_without_route"),
    ],
)
def test_each_outcome_of_ownership_has_its_project_and_its_word(
    desk: Desk, path: str, project: str, ownership: str
) -> None:
    subject = desk.seed(path=path)
    desk.deliver(payloads.event_alert(subject))
    desk.settle()
    (ticket,) = desk.tickets()
    assert ticket["project"] == project
    decision = next(entry for entry in desk.told() if entry.kind == "decision")
    assert decision.details["ownership"] == ownership


def test_a_delivery_that_is_no_news_is_kept_with_a_journal_line(desk: Desk) -> None:
    number = desk.deliver({"action": "created", "installation": {"uuid": "u"}, "data": {}}, "seer")
    desk.settle()
    from vedette.store import deliveries, journal  # noqa: PLC0415

    stored = desk.app.store.read(lambda tx: deliveries.get(tx, number))
    assert stored is not None
    assert stored.state == "ignored"
    (line,) = desk.app.store.read(lambda tx: journal.search(tx, kind=EntryKind.IGNORED, limit=10))
    assert line.delivery == number


def test_a_closed_ticket_with_a_live_issue_is_followed_by_exactly_one_more(desk: Desk) -> None:
    subject = desk.seed()
    desk.deliver(payloads.event_alert(subject), request_id="a")
    desk.settle()
    key = desk.tickets()[0]["key"]
    desk.jira.on_loop(lambda state: state.enter(state.tickets[state.keys[key]], _status(state, key, "Done")))
    later = replace(subject, at=subject.at + 60)
    desk.sentry.seed({"id": 4513, "project": "checkout"})
    for number in range(5):
        desk.deliver(payloads.event_alert(later), request_id=f"b{number}")
    desk.settle()
    assert [ticket["category"] for ticket in desk.tickets()] == ["done", "new"]
    assert [claim.generation for claim in desk.claims()] == [1, 2]


def test_a_ticket_moved_to_another_project_is_followed_and_not_doubled(desk: Desk) -> None:
    subject = desk.seed()
    desk.deliver(payloads.event_alert(subject), request_id="a")
    desk.settle()
    key = desk.tickets()[0]["key"]
    desk.jira.on_loop(lambda state: state.move(state.tickets[state.keys[key]], state.projects["WB"]))
    desk.deliver(payloads.event_alert(subject), request_id="b")
    desk.settle()
    (ticket,) = desk.tickets()
    (claim,) = desk.claims()
    assert claim.ticket is not None
    assert claim.ticket.key == ticket["key"] != key


def test_a_refused_create_is_a_dead_letter_with_the_trackers_own_words(desk: Desk, settings: Settings) -> None:
    routes = {
        name: replace(team, route=replace(team.route, type="Epic") if team.route else None)
        for name, team in settings.teams.items()
    }
    desk.app.reload(replace(settings, teams=routes))
    subject = desk.seed()
    desk.deliver(payloads.event_alert(subject), request_id="a")
    desk.settle()
    (dead,) = desk.jobs(JobState.DEAD)
    assert dead.reason == "refused"
    assert "issue type" in dead.detail.lower()
    assert desk.claims()[0].state is ClaimState.DROPPED
    # More news does not hammer the tracker with the same refusal ...
    desk.deliver(payloads.event_alert(subject), request_id="b")
    desk.settle()
    assert "refused_before" in desk.reasons()
    # ... and a mended route is tried at once.
    desk.app.reload(settings)
    desk.deliver(payloads.event_alert(subject), request_id="c")
    desk.settle()
    assert len(desk.tickets()) == 1


def test_resolved_in_sentry_is_said_once_on_the_ticket(desk: Desk) -> None:
    subject = desk.seed()
    desk.deliver(payloads.event_alert(subject), request_id="a")
    desk.settle()
    desk.sentry.resolve(4512, hooks=False)
    sent_at = f"{datetime.now(UTC).timestamp():.0f}"
    for number in range(3):
        # The same news again has the time of the first; that of its arrival would make it another.
        desk.deliver(payloads.issue_changed(subject, "resolved"), "issue", request_id=f"r{number}", sent_at=sent_at)
        desk.settle()
    ticket = desk.jira.on_loop(lambda state: next(iter(state.tickets)))
    comments = desk.jira.on_loop(lambda state: state.attached[ticket].comments)
    assert len(comments) == 1


def test_a_reopening_that_waits_is_not_joined_by_a_second(desk: Desk, settings: Settings) -> None:
    policy = replace(settings.policies[0], closed_ticket=Rest(ClosedTicket.REOPEN))
    desk.app.reload(replace(settings, policies=(policy,)))
    subject = desk.seed()
    desk.deliver(payloads.event_alert(subject), request_id="a")
    desk.settle()
    key = desk.tickets()[0]["key"]
    desk.close(key)
    desk.jira.fault(Kind.ERROR_503, on="transition", times=3)
    for number in range(1, 4):
        later = replace(subject, at=subject.at + 60 * number)
        desk.deliver(payloads.event_alert(later), request_id=f"b{number}")
        desk.advance(lambda n=number: desk.reasons().count("reopened") >= n)  # type: ignore[misc]
    desk.settle()
    comments = desk.jira.on_loop(lambda state: state.attached[state.keys[key]].comments)
    assert len(comments) == 1
    assert desk.claims()[0].state is ClaimState.OPEN


def test_the_poll_and_the_webhook_cannot_cut_two(desk: Desk, settings: Settings) -> None:
    from vedette.flows.context import wall_clock  # noqa: PLC0415
    from vedette.flows.poll import poll_job  # noqa: PLC0415
    from vedette.store import queue  # noqa: PLC0415

    subject = desk.seed()
    policy = replace(settings.policies[0], when=When(events_over=50))
    desk.app.store.write(lambda tx: queue.enqueue(tx, poll_job(policy, "default", slot=wall_clock()), now=wall_clock()))
    desk.deliver(payloads.event_alert(subject))
    desk.settle()
    assert len(desk.tickets()) == 1


def _status(state: State, key: str, name: str) -> Status:
    ticket = state.tickets[state.keys[key]]
    statuses = state.projects[ticket.project].workflow.statuses
    return next(status for status in statuses if status.name == name)
