"""A ticket for each event: each distinct event gets exactly one, chained to the one before it and to the first."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.flows.conftest import Desk
from tests.flows.test_poll import sweep
from vedette.app import App
from vedette.flows.replay import replay
from vedette.model.document import unpack
from vedette.model.issues import IssueKey
from vedette.model.jobs import JobKind, JobState
from vedette.model.policies import Per, PolicyChange
from vedette.model.settings import Settings
from vedette.model.tickets import ClaimState
from vedette.rules.rendering import chained
from vedette.sandbox.jira.faults import Kind
from vedette.sandbox.jira.server import JiraStandIn
from vedette.sandbox.sentry import payloads
from vedette.sandbox.sentry.server import SentryStandIn
from vedette.store import deliveries, ledger, queue


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, policies=tuple(replace(each, per=Per.EVENT) for each in settings.policies))


@pytest.fixture
def desk(settings: Settings, sentry: SentryStandIn, jira: JiraStandIn) -> Iterator[Desk]:
    app = App.build(settings)
    try:
        yield Desk(app, sentry, jira)
    finally:
        app.close()


def happen(desk: Desk, *events: str, earlier: int = 0) -> list[dict[str, Any]]:
    """Alerts about these events of issue 4512, one second apart."""
    subject = desk.seed()
    bodies = [
        payloads.event_alert(replace(subject, event_id=event.ljust(32, "0"), at=subject.at - 60 - earlier + number))
        for number, event in enumerate(events)
    ]
    for event, body in zip(events, bodies, strict=True):
        desk.deliver(body, request_id=event)
    return bodies


def described(desk: Desk, key: str) -> str:
    return json.dumps(next(ticket for ticket in desk.tickets() if ticket["key"] == key)["description"])


def events(desk: Desk) -> list[str]:
    return [claim.event.rstrip("0") for claim in sorted(desk.claims(), key=lambda claim: claim.generation)]


def test_each_event_has_a_ticket_that_names_the_one_before_it_and_the_first(desk: Desk) -> None:
    for event in ("a1", "b2", "c3"):
        happen(desk, event)
        desk.settle()
    assert [ticket["key"] for ticket in desk.tickets()] == ["PAY-1", "PAY-2", "PAY-3"]
    first, second, third = desk.claims()
    assert [(claim.previous, claim.root) for claim in (first, second, third)] == [
        (None, None),
        (first.id, first.id),
        (second.id, first.id),
    ]
    assert "Previous ticket" not in described(desk, "PAY-1")
    assert "browse/PAY-1" in described(desk, "PAY-2")
    assert "First ticket" not in described(desk, "PAY-2")
    assert "Previous ticket: " in described(desk, "PAY-3")
    assert "browse/PAY-2" in described(desk, "PAY-3")
    assert "First ticket: " in described(desk, "PAY-3")
    assert "browse/PAY-1" in described(desk, "PAY-3")
    assert f"/events/{third.event}/" in described(desk, "PAY-3")


def test_several_events_of_one_decision_get_their_tickets_in_the_order_they_happened(desk: Desk) -> None:
    happen(desk, "c3", earlier=0)
    happen(desk, "a1", "b2", earlier=20)
    desk.settle()
    assert [entry.reason for entry in desk.told() if entry.kind == "decision"] == ["first_ticket"]
    assert events(desk) == ["a1", "b2", "c3"]
    # Each was sent when the one before it had its name.
    assert "browse/PAY-1" in described(desk, "PAY-2")
    assert "browse/PAY-2" in described(desk, "PAY-3")


def test_a_redelivery_and_a_replay_of_an_event_give_it_no_second_ticket(desk: Desk) -> None:
    (body,) = happen(desk, "a1")
    desk.settle()
    desk.deliver(body, request_id="sent again under another id")
    desk.settle()
    (first, *_) = desk.app.store.read(lambda tx: deliveries.of_issue(tx, IssueKey("default", "4512")))
    replay(desk.app.context, [first.id])
    desk.settle()
    assert len(desk.tickets()) == 1
    assert desk.reasons().count("ticket_open") == 2


def test_an_event_whose_ticket_was_closed_has_had_its_own_and_the_next_one_is_not_kept_quiet(desk: Desk) -> None:
    (body,) = happen(desk, "a1")
    desk.settle()
    desk.close("PAY-1")
    desk.deliver(body, request_id="again")
    desk.settle()
    assert len(desk.tickets()) == 1
    happen(desk, "b2")
    desk.settle()
    assert len(desk.tickets()) == 2


def test_the_chain_is_the_ledgers_so_that_no_edit_of_a_ticket_breaks_it(desk: Desk) -> None:
    happen(desk, "a1")
    desk.settle()

    def rewrite(state: Any) -> None:
        ticket = state.tickets[state.keys["PAY-1"]]
        state.change(ticket, summary="mine now", description=None)

    desk.jira.on_loop(rewrite)
    happen(desk, "b2")
    desk.settle()
    assert "browse/PAY-1" in described(desk, "PAY-2")


def test_a_ticket_whose_name_is_not_yet_known_is_told_of_as_that(desk: Desk) -> None:
    happen(desk, "a1", "b2")
    desk.advance(lambda: len(desk.claims()) == 2)
    first, second = sorted(desk.claims(), key=lambda claim: claim.generation)
    previous, root = desk.app.store.read(lambda tx: ledger.chain(tx, second))
    assert previous == first
    (job, *_) = [job for job in desk.live_jobs() if job.kind is JobKind.OPEN_TICKET and job.claim == second.id]
    text = chained(unpack(job.payload["body"]), previous=previous, root=root)
    assert "number 1 of this issue, whose name is not yet known" in str(text)
    desk.settle()
    assert len(desk.tickets()) == 2


@pytest.mark.parametrize("kind", [Kind.COMMIT_RESET, Kind.RESET, Kind.COMMIT_502], ids=str)
def test_an_unclear_create_of_one_event_is_not_taken_for_the_ticket_of_another(desk: Desk, kind: Kind) -> None:
    happen(desk, "a1")
    desk.settle()
    desk.jira.fault(kind, on="create")
    happen(desk, "b2", "c3")
    desk.settle()
    assert events(desk) == ["a1", "b2", "c3"]
    keys = [claim.ticket.key for claim in desk.claims() if claim.ticket is not None]
    assert sorted(keys) == sorted(ticket["key"] for ticket in desk.tickets())
    assert len(set(keys)) == 3


def test_the_sweep_cuts_a_ticket_for_the_newest_event_once_and_again_when_there_is_a_newer(
    desk: Desk, settings: Settings
) -> None:
    desk.seed(count=60, lastSeen=desk.app.context.clock().timestamp() - 30)
    for _ in range(3):
        sweep(desk, settings.policies[0])
    assert len(desk.tickets()) == 1
    (claim,) = desk.claims()
    assert len(claim.event) == 32
    # Nothing new: nobody even decided again.
    assert desk.reasons().count("first_ticket") == 1
    assert "ticket_open" not in desk.reasons()
    desk.seed(count=61)
    sweep(desk, settings.policies[0])
    assert len(desk.tickets()) == 2


def test_a_resolution_is_told_to_the_newest_open_ticket_only(desk: Desk) -> None:
    happen(desk, "a1", "b2")
    desk.settle()
    desk.sentry.resolve(4512, hooks=False)
    desk.deliver(payloads.issue_changed(desk.subject(), "resolved"), "issue", request_id="resolved")
    desk.settle()
    said = desk.jira.on_loop(lambda state: [len(state.attached[ticket].comments) for ticket in state.tickets])
    assert said == [0, 1]


def test_only_the_team_that_asks_for_it_has_a_ticket_for_each_event(desk: Desk, settings: Settings) -> None:
    whole = replace(settings.policies[0], per=Per.ISSUE)
    team = replace(
        settings.teams["@acme/checkout"], changes=(PolicyChange("teams.@acme/checkout.policy", per=Per.EVENT),)
    )
    desk.app.reload(replace(settings, policies=(whole,), teams={**settings.teams, "@acme/checkout": team}))
    happen(desk, "a1", "b2")
    other = desk.seed(issue=4600, path="elsewhere/x.py")
    for event in ("d1", "d2"):
        desk.deliver(payloads.event_alert(replace(other, event_id=event.ljust(32, "0"))), request_id=event)
    desk.settle()
    assert len(desk.claims()) == 2
    assert len(desk.claims(4600)) == 1


def test_a_switch_to_events_and_back_leaves_one_chain_and_no_second_ticket(desk: Desk, settings: Settings) -> None:
    whole = replace(settings, policies=tuple(replace(each, per=Per.ISSUE) for each in settings.policies))
    desk.app.reload(whole)
    old = happen(desk, "a1", earlier=600)
    desk.settle()
    desk.app.reload(settings)
    desk.deliver(old[0], request_id="late repeat of an event that the issue's ticket stands for")
    desk.settle()
    assert len(desk.tickets()) == 1
    subject = desk.seed()
    desk.deliver(
        payloads.event_alert(replace(subject, event_id="b2".ljust(32, "0"), at=subject.at + 1)), request_id="b2"
    )
    desk.settle()
    desk.app.reload(whole)
    desk.deliver(
        payloads.event_alert(replace(subject, event_id="c3".ljust(32, "0"), at=subject.at + 2)), request_id="c3"
    )
    desk.settle()
    assert events(desk) == ["", "b2"]
    _, second = desk.claims()
    assert second.previous == desk.claims()[0].id


def test_a_refused_ticket_of_an_event_comes_back_as_that_event_when_a_person_retries(
    desk: Desk, settings: Settings
) -> None:
    routes = {
        name: replace(team, route=replace(team.route, type="Epic") if team.route else None)
        for name, team in settings.teams.items()
    }
    desk.app.reload(replace(settings, teams=routes))
    happen(desk, "a1")
    desk.settle()
    (dead,) = desk.jobs(JobState.DEAD)
    desk.app.reload(settings)
    happen(desk, "b2")
    desk.settle()
    desk.app.store.write(lambda tx: queue.retry_dead(tx, [dead.id], now=desk.app.context.clock()))
    desk.settle()
    assert [(claim.event.rstrip("0"), claim.state) for claim in desk.claims()] == [
        ("a1", ClaimState.DROPPED),
        ("b2", ClaimState.OPEN),
        ("a1", ClaimState.OPEN),
    ]
    assert [claim.previous for claim in desk.claims()] == [None, None, desk.claims()[1].id]
