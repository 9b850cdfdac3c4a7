"""Statuses that count as open, by name: moving among them is safe, leaving them is a closing."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.flows.conftest import Desk
from vedette.app import App
from vedette.model.policies import ClosedTicket, Rest
from vedette.model.settings import Settings
from vedette.model.tickets import ClaimState
from vedette.sandbox.jira.server import JiraStandIn
from vedette.sandbox.sentry import payloads
from vedette.sandbox.sentry.server import SentryStandIn

ACTIVE = ("need triage", "Ready for Eng")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, policies=tuple(replace(each, active=ACTIVE) for each in settings.policies))


@pytest.fixture
def desk(settings: Settings, sentry: SentryStandIn, jira: JiraStandIn) -> Iterator[Desk]:
    app = App.build(settings)
    try:
        yield Desk(app, sentry, jira)
    finally:
        app.close()


def alert(desk: Desk, request_id: str) -> None:
    desk.deliver(payloads.event_alert(desk.seed()), request_id=request_id)
    desk.settle()


def test_moving_between_active_statuses_cuts_nothing_and_leaving_them_does(desk: Desk) -> None:
    alert(desk, "a")
    desk.enter("PAY-1", "Ready for Eng")
    alert(desk, "b")
    assert len(desk.tickets()) == 1
    desk.enter("PAY-1", "In Progress")
    alert(desk, "c")
    assert len(desk.tickets()) == 2
    assert [claim.state for claim in desk.claims()] == [ClaimState.DONE, ClaimState.OPEN]
    assert "new_after_closed" in desk.reasons()
    alert(desk, "d")
    assert len(desk.tickets()) == 2


def test_a_ticket_that_left_the_active_statuses_is_reopened_into_one_of_them(desk: Desk, settings: Settings) -> None:
    reopening = tuple(replace(each, closed_ticket=Rest(ClosedTicket.REOPEN)) for each in settings.policies)
    desk.app.reload(replace(settings, policies=reopening))
    alert(desk, "a")
    desk.enter("PAY-1", "In Progress")
    alert(desk, "b")
    (ticket,) = desk.tickets()
    assert ticket["status"] == "Need Triage"
    assert [claim.state for claim in desk.claims()] == [ClaimState.OPEN]


def test_the_live_check_names_a_status_that_does_not_exist(desk: Desk, settings: Settings) -> None:
    wrong = tuple(replace(each, active=("Need Triage", "Redy for Eng")) for each in settings.policies)
    desk.app.reload(replace(settings, policies=wrong))
    told = [f"{each.subject} {each.cure}" for each in desk.app.check_routes() if not each.ok]
    assert [line for line in told if "status Redy for Eng" in line and "Ready for Eng" in line], told
