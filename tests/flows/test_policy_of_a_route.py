"""A team's tickets may live otherwise than the policy says, and the journal says from which setting."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.flows.conftest import Desk
from vedette.app import App
from vedette.model.policies import ClosedTicket, PolicyChange, Rest
from vedette.model.settings import Settings
from vedette.model.tickets import ClaimState
from vedette.sandbox.jira.server import JiraStandIn
from vedette.sandbox.sentry import payloads
from vedette.sandbox.sentry.server import SentryStandIn

OF_TEAM = PolicyChange("teams.@acme/checkout.policy", closed_ticket=Rest(ClosedTicket.REOPEN))


@pytest.fixture
def desk(settings: Settings, sentry: SentryStandIn, jira: JiraStandIn) -> Iterator[Desk]:
    team = replace(settings.teams["@acme/checkout"], changes=(OF_TEAM,))
    app = App.build(replace(settings, teams={**settings.teams, "@acme/checkout": team}))
    try:
        yield Desk(app, sentry, jira)
    finally:
        app.close()


def closed_and_seen_again(desk: Desk, path: str) -> None:
    desk.deliver(payloads.event_alert(desk.seed(path=path)), request_id="first")
    desk.settle()
    desk.close(desk.tickets()[0]["key"])
    desk.deliver(payloads.event_alert(desk.seed(path=path)), request_id="again")
    desk.settle()


def test_a_team_reopens_where_the_policy_would_cut_a_new_ticket(desk: Desk) -> None:
    closed_and_seen_again(desk, "shop/cart.py")
    (claim,) = desk.claims()
    assert claim.state is ClaimState.OPEN
    told = next(entry for entry in desk.told() if entry.reason == "reopened" and entry.kind == "decision")
    place = "teams.@acme/checkout.policy.closed_ticket"
    assert told.details["changed"] == [{"setting": "closed_ticket", "value": "reopen", "place": place}]


def test_who_has_no_route_lives_by_the_default_routes_word(desk: Desk) -> None:
    closed_and_seen_again(desk, "elsewhere/cart.py")
    assert [claim.state for claim in desk.claims()] == [ClaimState.DONE, ClaimState.OPEN]
    assert all(not entry.details.get("changed") for entry in desk.told())
