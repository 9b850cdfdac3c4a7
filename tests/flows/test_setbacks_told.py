"""Each of the setbacks a team meets ends in a sentence that says what to change, and nothing is lost."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.flows.conftest import Desk
from tests.flows.test_alarms import KEY, Office, notifiers
from vedette.model.jobs import JobState
from vedette.model.journal import Entry, EntryKind
from vedette.model.settings import AlarmSettings, Settings
from vedette.model.tickets import ClaimState
from vedette.sandbox.jira.faults import Fault, Kind
from vedette.sandbox.jira.settings import CustomField
from vedette.sandbox.jira.state import State
from vedette.sandbox.notifiers.pagerduty import PagerDutyStandIn
from vedette.sandbox.notifiers.webhook import WebhookStandIn
from vedette.sandbox.sentry import payloads
from vedette.store import journal

WHERE = {
    "trackers.jira": "vedette.yaml:4:3",
    "teams.@acme/checkout.route": "vedette.yaml:12:5",
    "teams.@acme/checkout.route.project": "vedette.yaml:13:7",
    "teams.@acme/checkout.route.components": "vedette.yaml:14:7",
    "teams.@acme/checkout.route.assignee": "vedette.yaml:15:7",
    "teams.@acme/checkout.route.status": "vedette.yaml:16:7",
    "routes.default": "vedette.yaml:20:3",
}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def office(desk: Desk, settings: Settings) -> Iterator[Office]:
    """The team is told by its own webhook, the operators by a pager."""
    with PagerDutyStandIn(routing_key=KEY) as pager, WebhookStandIn() as team:
        checkout = replace(settings.teams["@acme/checkout"], notify=("team-hook",))
        desk.app.reload(
            replace(
                settings,
                notifiers=notifiers(pager, team),
                alarms=AlarmSettings(("pager",), quiet=timedelta(hours=4)),
                teams={**settings.teams, "@acme/checkout": checkout},
                where=WHERE,
                queue=replace(settings.queue, breaker_after=2, breaker_rest=timedelta(milliseconds=50)),
            )
        )
        yield Office(desk, pager, team)


def with_route(office: Office, **changes: Any) -> None:
    """The team's route, otherwise."""
    settings = office.desk.app.settings
    team = settings.teams["@acme/checkout"]
    assert team.route is not None
    route = replace(team.route, **changes)
    office.desk.app.reload(replace(settings, teams={**settings.teams, team.name: replace(team, route=route)}))


def alert(office: Office, *, request_id: str = "a") -> None:
    office.desk.deliver(payloads.event_alert(office.desk.seed()), request_id=request_id)


def lines(office: Office) -> list[Entry]:
    return office.desk.app.store.read(lambda tx: journal.search(tx, kind=EntryKind.ALARM, limit=100))


def owner_told(office: Office, *words: str) -> None:
    """The owner has a notice with all of these words, and so has the journal."""
    titles = [f"{notice['title']} {notice['cure']}" for notice in office.team.taken if notice["state"] == "opened"]
    assert [title for title in titles if all(word in title for word in words)], titles
    said = [entry.sentence for entry in lines(office)]
    assert [sentence for sentence in said if all(word in sentence for word in words)], said


def nothing_lost(office: Office) -> None:
    """Once it is mended, and what died was brought back, there is one ticket."""
    desk = office.desk
    from vedette.store import limits, queue  # noqa: PLC0415

    def bring_back(tx: Any) -> None:
        limits.resume(tx, "jira", now=office.now())
        queue.retry_dead(tx, [job.id for job in dead], now=office.now())

    dead = desk.jobs(JobState.DEAD)
    desk.app.store.write(bring_back)
    for _ in range(10):  # minutes, in which everything that waits has its turn
        office.look(after=MINUTE)
    assert len(desk.tickets()) == 1
    assert [claim.state for claim in desk.claims()][-1] is ClaimState.OPEN
    assert desk.live_jobs() == []


def change_project(office: Office, **changes: Any) -> None:
    """The project PAY in Jira, otherwise."""

    def work(state: State) -> None:
        state.projects["PAY"] = msgspec.structs.replace(state.projects["PAY"], **changes)

    office.desk.jira.on_loop(work)


def forget_screens(office: Office) -> None:
    """What a tracker has read of Jira's screens is read anew after a reload."""
    office.desk.app.reload(office.desk.app.settings)


def test_bad_credentials(office: Office) -> None:
    good = office.desk.jira.on_loop(lambda state: state.credentials)
    office.desk.jira.on_loop(lambda state: setattr(state, "credentials", "Basic other"))
    alert(office)
    office.desk.settle(until_=lambda: any(job.reason == "paused" for job in office.desk.jobs(JobState.READY)))
    office.look()
    owner_told(office, "jira is paused", "mend the credentials in trackers.jira at vedette.yaml:4:3")
    assert "tickets of @acme/checkout wait" in office.team.taken[0]["title"]
    assert "sandbox-token" not in str(office.team.taken) + str(office.pager.taken) + str(lines(office))
    office.desk.jira.on_loop(lambda state: setattr(state, "credentials", good))
    nothing_lost(office)


def test_a_missing_project(office: Office) -> None:
    with_route(office, project="GONE")
    alert(office)
    office.desk.settle()
    office.look()
    owner_told(office, "GONE", "correct teams.@acme/checkout.route at vedette.yaml:13:7")
    with_route(office, project="PAY")
    nothing_lost(office)


def test_a_missing_mandatory_field(office: Office) -> None:
    change_project(office, custom_fields=(CustomField(id="customfield_10050", name="Severity", required=True),))
    alert(office)
    office.desk.settle()
    office.look()
    owner_told(office, "Severity: add `fields: {Severity: …}`", "teams.@acme/checkout.route at vedette.yaml:12:5")
    with_route(office, fields={"Severity": "high"})
    nothing_lost(office)


def test_an_unknown_assignee_costs_no_ticket(office: Office) -> None:
    with_route(office, assignee="gone@acme.test")
    alert(office)
    office.desk.settle()
    office.look()
    owner_told(office, "assignee gone@acme.test: left out", "correct teams.@acme/checkout.route at vedette.yaml:15:7")
    nothing_lost(office)


def test_a_closed_project(office: Office) -> None:
    change_project(office, browsable=False)
    alert(office)
    office.desk.settle()
    office.look()
    owner_told(office, "PAY", "see whether the project is there and open", "vedette.yaml:13:7")
    change_project(office, browsable=True)
    forget_screens(office)
    nothing_lost(office)


def test_a_rate_limit_that_lasts(office: Office) -> None:
    office.desk.faults().append(Fault(kind=Kind.LIMIT_SECONDS, on="any", times=10_000))
    alert(office)
    office.desk.settle(until_=lambda: any(job.reason == "rate_limited" for job in office.desk.jobs(JobState.READY)))
    for _ in range(12):
        office.look(after=MINUTE)
    owner_told(office, "jira has asked for patience", "lower `rate_per_s` of trackers.jira at vedette.yaml:4:3")
    office.desk.faults().clear()
    office.look(after=MINUTE)
    nothing_lost(office)


def test_a_maintenance_page_in_html(office: Office) -> None:
    office.desk.faults().append(Fault(kind=Kind.MAINTENANCE, on="any", times=10_000))
    alert(office)
    office.desk.settle(until_=lambda: any(job.attempt >= 2 for job in office.desk.jobs(JobState.READY)))
    office.look()
    office.look(after=11 * MINUTE)
    owner_told(office, "jira has failed for more than 10 minutes", "in maintenance or unreachable from here")
    office.desk.faults().clear()
    nothing_lost(office)
