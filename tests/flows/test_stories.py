"""Stories: what other bridges between errors and tickets were caught at, each as a test of its own.

Those that are proven elsewhere stand in `docs/explanation/failures-we-learnt-from.md` with these.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from tests.databases import lay_tables
from tests.flows.conftest import Desk, settings_for
from vedette.app import App
from vedette.flows.context import wall_clock
from vedette.flows.poll import poll_job
from vedette.model.deliveries import DeliveryKind, NewDelivery
from vedette.model.issues import IssueKey
from vedette.model.jobs import JobKind, JobState
from vedette.model.policies import ClosedTicket, Rest
from vedette.model.settings import Settings
from vedette.model.tickets import ClaimState
from vedette.sandbox.jira.demo import demo
from vedette.sandbox.jira.faults import Kind
from vedette.sandbox.jira.server import JiraStandIn
from vedette.sandbox.jira.settings import Face, Fate
from vedette.sandbox.jira.state import State
from vedette.sandbox.sentry import payloads
from vedette.sandbox.sentry.faults import FaultKind
from vedette.sandbox.sentry.server import SentryStandIn
from vedette.store import ledger, queue


@pytest.fixture
def forgetful(sentry: SentryStandIn, tmp_path: Path) -> Iterator[Desk]:
    """A desk whose Jira has a screen that forgets labels, when a ticket is created and when it is edited."""
    company = demo(Face.CLOUD)
    projects = tuple(
        msgspec.structs.replace(project, labels_on_create=Fate.DROPPED, labels_on_edit=Fate.DROPPED)
        for project in company.projects
    )
    with JiraStandIn(msgspec.structs.replace(company, projects=projects)) as jira:
        lay_tables(tmp_path / "vedette.db")
        app = App.build(settings_for(sentry.url, jira.url, tmp_path))
        try:
            yield Desk(app, sentry, jira)
        finally:
            app.close()


def test_status_component_label_and_title_changed_by_a_person_make_no_second_ticket(desk: Desk) -> None:
    subject = desk.seed()
    desk.deliver(payloads.event_alert(subject), request_id="a")
    desk.settle()
    key = desk.tickets()[0]["key"]

    def work(state: State) -> None:
        ticket = state.tickets[state.keys[key]]
        state.change(ticket, labels=(), components=(), summary="Cart is broken")

    desk.jira.on_loop(work)
    desk.deliver(payloads.event_alert(replace(subject, at=subject.at + 60)), request_id="b")
    desk.settle()
    assert len(desk.tickets()) == 1
    assert desk.reasons().count("ticket_open") == 1


def test_a_label_that_the_screen_forgets_makes_no_ticket_every_few_hours(forgetful: Desk) -> None:
    subject = forgetful.seed()
    for number in range(4):
        forgetful.deliver(payloads.event_alert(replace(subject, at=subject.at + number)), request_id=f"r{number}")
        forgetful.settle()
    (ticket,) = forgetful.tickets()
    assert ticket["labels"] == []
    # The property still carries the stamp, so that the audit knows it; what the screen forgot is told.
    assert "ticket_lacks" in forgetful.reasons()


def test_linking_back_that_fails_ten_times_leaves_one_ticket(desk: Desk) -> None:
    subject = desk.seed()
    desk.sentry.faults(faults=[{"kind": FaultKind.STATUS, "path": "(comments|external-issues)/$", "status": 503}])
    for number in range(3):
        desk.deliver(payloads.event_alert(replace(subject, at=subject.at + number)), request_id=f"r{number}")
        desk.settle(within=30)
    assert len(desk.tickets()) == 1
    letters = desk.jobs(JobState.DEAD)
    assert [(job.kind, job.attempt) for job in letters] == [(JobKind.LINK_BACK, 10)]


def test_a_ticket_closed_as_wont_do_is_neither_reopened_nor_followed(desk: Desk, settings: Settings) -> None:
    policy = replace(settings.policies[0], closed_ticket=Rest(ClosedTicket.REOPEN))
    desk.app.reload(replace(settings, policies=(policy,)))
    subject = desk.seed()
    desk.deliver(payloads.event_alert(subject), request_id="a")
    desk.settle()
    desk.enter(desk.tickets()[0]["key"], "Won't Do")
    desk.deliver(payloads.event_alert(replace(subject, at=subject.at + 60)), request_id="b")
    desk.settle()
    (ticket,) = desk.tickets()
    assert ticket["category"] == "done"
    assert "resting_after_wont_do" in desk.reasons()
    assert desk.claims()[0].state is ClaimState.WONT_DO


@pytest.mark.parametrize(
    "address",
    [
        "/acme/checkout/issues/4512/",
        "/organizations/acme/issues/4512/?project=10&referrer=alert",
        "/organizations/acme/issues/4512/events/0123456789abcdef0123456789abcdef/?referrer=webhooks",
        "/issues/4512",
    ],
)
def test_every_form_of_an_issues_address_means_the_same_ticket(desk: Desk, address: str) -> None:
    subject = desk.seed()
    desk.deliver(payloads.event_alert(subject), request_id="a")
    desk.settle()
    body = payloads.event_alert(subject)
    body["data"]["event"]["web_url"] = desk.sentry.url + address
    desk.deliver(body, request_id="b")
    desk.settle()
    assert len(desk.tickets()) == 1
    found = desk.app.context.source("default").resolve_reference(desk.sentry.url + address)
    assert found == IssueKey("default", "4512")


@pytest.mark.parametrize(
    "missing",
    [("environment",), ("level",), ("title",), ("tags",), ("environment", "level", "title", "tags", "release")],
)
def test_an_alert_without_what_others_could_not_do_without_becomes_a_ticket(
    desk: Desk, missing: tuple[str, ...]
) -> None:
    body = payloads.event_alert(desk.seed())
    for name in missing:
        body["data"]["event"].pop(name, None)
    desk.deliver(body)
    desk.settle()
    assert len(desk.tickets()) == 1
    assert not desk.jobs(JobState.DEAD)


def test_an_alert_with_keys_and_nulls_that_nobody_foresaw_becomes_a_ticket(desk: Desk) -> None:
    body = payloads.event_alert(desk.seed())
    body["data"]["event"] |= {"message": None, "culprit": None, "user": None, "extra": None, "_meta": {"a": {"": {}}}}
    body["data"]["alias"] = body["added_last_night"] = {"by": ["the", "sender"]}
    desk.deliver(body)
    desk.settle()
    assert len(desk.tickets()) == 1


def test_a_quote_in_a_title_and_in_an_address_asks_jira_for_nothing_else(desk: Desk) -> None:
    title = 'x" OR project = HR OR summary ~ "\\'
    body = payloads.event_alert(replace(desk.seed(), value=title))
    body["data"]["event"]["web_url"] = desk.sentry.url + '/organizations/acme/issues/4512/" OR key is not EMPTY OR "/'
    desk.jira.fault(Kind.COMMIT_RESET, on="create")  # so that the index is asked for what the attempt left
    desk.deliver(body)
    desk.settle(within=30)
    assert len(desk.tickets()) == 1
    (claim,) = desk.claims()
    assert claim.state is ClaimState.OPEN


def test_a_tag_with_an_underscore_a_prefix_or_a_null_is_only_a_tag(desk: Desk) -> None:
    body = payloads.event_alert(desk.seed())
    body["data"]["event"]["tags"] = [["zap_service", "log_sources"], ["server_name", None], ["", "x"], ["alone"], None]
    desk.deliver(body)
    desk.settle()
    assert len(desk.tickets()) == 1


def test_a_body_that_is_no_canonical_json_is_the_bytes_that_were_signed(desk: Desk) -> None:
    body = payloads.event_alert(desk.seed())
    raw = json.dumps(body, ensure_ascii=False, indent=2, sort_keys=True).replace("KeyError", "Kéy\\u0045rror").encode()
    head = (("sentry-hook-resource", "event_alert"), ("content-type", "application/json"))
    made = NewDelivery(DeliveryKind.SENTRY, "default", "r", sha256(raw).hexdigest(), head, raw, datetime.now(UTC))
    desk.app.store.accept(made).result(10)
    desk.settle()
    assert len(desk.tickets()) == 1


def test_one_failing_issue_does_not_end_the_batch_of_a_sweep(desk: Desk, settings: Settings) -> None:
    for number in range(5):
        desk.seed(issue=4600 + number, count=100)
    desk.sentry.faults(faults=[{"kind": FaultKind.STATUS, "path": "issues/4602/", "status": 400}])
    now = wall_clock()
    sweep = poll_job(settings.policies[0], "default", slot=now)
    desk.app.store.write(lambda tx: queue.enqueue(tx, sweep, now=now))
    desk.settle()
    stamps = {label for ticket in desk.tickets() for label in ticket["labels"] if label.startswith("vedette-")}
    assert stamps == {f"vedette-default-{number}-main-1" for number in (4600, 4601, 4603, 4604)}


def test_two_sentries_may_number_their_issues_alike(desk: Desk, settings: Settings) -> None:
    second = replace(settings.instances["default"], name="europe")
    desk.app.reload(replace(settings, instances={**settings.instances, "europe": second}))
    subject = desk.seed()
    desk.deliver(payloads.event_alert(subject), request_id="a")
    raw = payloads.encode(payloads.event_alert(subject))
    head = (("sentry-hook-resource", "event_alert"), ("content-type", "application/json"))
    made = NewDelivery(DeliveryKind.SENTRY, "europe", "r", sha256(raw).hexdigest(), head, raw, datetime.now(UTC))
    desk.app.store.accept(made).result(10)
    desk.settle()
    assert len(desk.tickets()) == 2
    europe = desk.app.store.read(lambda tx: ledger.history(tx, IssueKey("europe", "4512")))
    assert len(europe) == len(desk.claims()) == 1


def test_reopening_goes_where_the_route_says_and_not_through_the_first_transition(
    desk: Desk, settings: Settings
) -> None:
    policy = replace(settings.policies[0], closed_ticket=Rest(ClosedTicket.REOPEN))
    desk.app.reload(replace(settings, policies=(policy,)))
    subject = desk.seed()
    desk.deliver(payloads.event_alert(subject), request_id="a")
    desk.settle()
    key = desk.tickets()[0]["key"]
    desk.close(key)
    desk.deliver(payloads.event_alert(replace(subject, at=subject.at + 60)), request_id="b")
    desk.settle()
    (ticket,) = desk.tickets()
    assert ticket["status"] == "Need Triage"
    assert [claim.generation for claim in desk.claims()] == [1]


def test_a_glitchtip_alert_of_three_issues_with_nulls_and_without_alias_becomes_three_tickets(
    desk: Desk,
) -> None:
    subjects = [desk.seed(issue=number) for number in (4701, 4702, 4703)]
    body = payloads.glitchtip(subjects)
    del body["alias"]
    body["text"] = body["attachments"][0]["text"] = body["attachments"][1]["fields"] = None
    raw = payloads.encode(body)
    head = (("content-type", "application/json"),)
    made = NewDelivery(DeliveryKind.GLITCHTIP, "default", "r", sha256(raw).hexdigest(), head, raw, datetime.now(UTC))
    desk.app.store.accept(made).result(10)
    desk.settle()
    assert [len(desk.claims(number)) for number in (4701, 4702, 4703)] == [1, 1, 1]
    assert len(desk.tickets()) == 3
