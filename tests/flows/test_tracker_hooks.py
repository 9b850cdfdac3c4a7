"""A person moves a ticket; the tracker tells by a signed hook; the ledger knows after one reading."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx2
import pytest

from tests.flows.conftest import Desk
from tests.flows.doors import door
from vedette.flows.poll import poll_job
from vedette.model.jobs import JobKind, JobState
from vedette.model.secret import Secret
from vedette.model.settings import Settings
from vedette.model.tickets import ClaimState
from vedette.sandbox.jira import hooks as jira_hooks
from vedette.sandbox.jira.faults import Kind
from vedette.sandbox.jira.server import JiraStandIn
from vedette.sandbox.sentry import payloads
from vedette.sandbox.stage.settings import amended
from vedette.sandbox.stage.telling import signature
from vedette.store import counters, deliveries, hearing, journal, ledger, queue

SECRET, OLD, TOKEN = "jira-hook-secret-0001", "jira-hook-secret-0000", "jira-path-token-0001"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    jira = settings.trackers["jira"]
    secret, token = Secret((SECRET, OLD), "env/H"), Secret((TOKEN,), "env/P")
    return replace(settings, trackers={"jira": replace(jira, webhook_secret=secret, path_tokens=token)})


@pytest.fixture
def jira() -> Iterator[JiraStandIn]:
    with JiraStandIn(recording=True) as stand_in:
        yield stand_in


@pytest.fixture
def hooks(desk: Desk) -> Iterator[str]:
    """The address of the door."""
    with door(desk.app) as url:
        yield url


def tell(desk: Desk, url: str, *, secret: str = SECRET) -> None:
    """Have the stand-in Jira send its webhooks there."""
    changes = {"hooks": [{"url": url, "secret": secret}]}
    desk.jira.on_loop(lambda state: state.configure(amended(state.config, changes)))


def opened(desk: Desk) -> str:
    desk.deliver(payloads.event_alert(desk.seed()))
    desk.settle()
    (ticket,) = desk.tickets()
    return str(ticket["key"])


def reads(desk: Desk) -> int:
    return sum(1 for call in desk.jira.exchanges() if "bulkfetch" in call.path)


def post(url: str, body: bytes, headers: dict[str, str]) -> httpx2.Response:
    return _client().post(url, content=body, headers=headers)


@cache
def _client() -> httpx2.Client:
    return httpx2.Client(timeout=10, trust_env=False)


@pytest.fixture(scope="module", autouse=True)
def _hung_up() -> Iterator[None]:
    yield
    _client().close()


def changed(number: str, *, event: str = "jira:issue_updated", **more: Any) -> bytes:
    return json.dumps({"webhookEvent": event, "issue": {"id": number}, **more}).encode()


def signed(body: bytes, *, secret: str = SECRET, identifier: str = "") -> dict[str, str]:
    return jira_hooks.headers(body, secret=secret, identifier=identifier)


def states(desk: Desk) -> list[ClaimState]:
    return [claim.state for claim in desk.claims()]


def refused(desk: Desk, reason: str) -> int:
    since, labels = datetime(2000, 1, 1, tzinfo=UTC), {"source": "tracker/jira", "outcome": reason}
    return desk.app.store.read(lambda tx: counters.total(tx, "deliveries", since=since, labels=labels))


def test_a_ticket_that_a_person_closes_is_known_as_done_after_one_reading(desk: Desk, hooks: str) -> None:
    key = opened(desk)
    tell(desk, f"{hooks}/hooks/jira")
    before = reads(desk)
    desk.close(key)
    assert [told.status for told in desk.jira.told()] == [202]
    desk.settle()
    assert states(desk) == [ClaimState.DONE]
    assert reads(desk) - before == 1


def test_a_burst_of_hooks_costs_few_readings(desk: Desk, hooks: str) -> None:
    opened(desk)
    (claim,) = desk.claims()
    assert claim.ticket is not None
    body, before = changed(claim.ticket.id), reads(desk)
    for number in range(200):
        post(f"{hooks}/hooks/jira/jira", body, signed(body, identifier=str(number)))
    desk.settle()
    assert reads(desk) - before <= 2
    assert len([job for job in desk.jobs(JobState.DONE) if job.kind is JobKind.REFRESH_TICKETS]) <= 3


def test_hooks_of_tickets_that_are_not_ours_cost_no_reading(desk: Desk, hooks: str) -> None:
    opened(desk)
    before, body = reads(desk), changed("999999")
    answer = post(f"{hooks}/hooks/jira", body, signed(body))
    desk.settle()
    assert answer.status_code == 202
    assert reads(desk) == before
    kept = desk.app.store.read(lambda tx: deliveries.get(tx, answer.json()["delivery"]))
    assert kept is not None
    assert (kept.state, kept.reason) == ("ignored", "not_ours")


def test_a_secret_path_does_for_a_jira_that_signs_nothing(desk: Desk, hooks: str) -> None:
    key = opened(desk)
    tell(desk, f"{hooks}/hooks/jira/jira/{TOKEN}", secret="")
    desk.close(key)
    assert [told.status for told in desk.jira.told()] == [202]
    desk.settle()
    assert states(desk) == [ClaimState.DONE]


@pytest.mark.parametrize("secret", [SECRET, OLD])
def test_either_secret_verifies_while_they_rotate(hooks: str, secret: str) -> None:
    body = changed("1")
    assert post(f"{hooks}/hooks/jira", body, signed(body, secret=secret)).status_code == 202


@pytest.mark.parametrize(
    ("path", "headers", "reason"),
    [
        ("jira", {}, "no_signature"),
        ("jira", {"x-hub-signature": "sha256=" + "0" * 64}, "bad_signature"),
        ("jira", {"x-hub-signature": signature(SECRET, changed("1"))}, "no_signature"),
        ("jira", {"x-hub-signature-256": "sha256=" + signature(SECRET, changed("1"))}, "no_signature"),
        ("jira", signed(changed("1"), secret="somebody else's"), "bad_signature"),
        ("jira", signed(changed("2")), "bad_signature"),
        ("jira/jira/not-the-token", signed(changed("1")), "unknown_token"),
    ],
)
def test_a_forged_hook_is_refused_and_counted(desk: Desk, path: str, headers: dict[str, str], reason: str) -> None:
    with door(desk.app) as url:
        answer = post(f"{url}/hooks/{path}", changed("1"), headers)
    assert (answer.status_code, answer.json()) == (401, {"error": "not authenticated"})
    assert refused(desk, reason) == 1


def test_strangers_do_not_learn_which_trackers_and_kinds_exist(hooks: str) -> None:
    paths = ["jira", "jira/jira", "jira/nobody", "asana", "linear/x", "nonsense", f"linear/jira/{TOKEN}"]
    answers = [post(f"{hooks}/hooks/{path}", b"{}", {}) for path in paths]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1


def test_a_replayed_hook_is_the_same_delivery(hooks: str) -> None:
    body = changed("1")
    first, second = (post(f"{hooks}/hooks/jira", body, signed(body, identifier="once")).json() for _ in range(2))
    assert second == {"delivery": first["delivery"], "repeat": True}


def test_a_hook_that_is_older_than_the_last_reading_costs_nothing_and_undoes_nothing(desk: Desk, hooks: str) -> None:
    key = opened(desk)
    (claim,) = desk.claims()
    assert claim.ticket is not None
    body = changed(claim.ticket.id, issue_event_type_name="issue_generic")
    post(f"{hooks}/hooks/jira", body, signed(body))
    # Somebody else reads the ticket before the hook is sorted.
    desk.close(key)
    ticket = desk.app.context.tracker("jira").read([claim.ticket])[claim.ticket.id]
    desk.app.store.write(lambda tx: ledger.refreshed(tx, claim.id, ticket, now=datetime.now(UTC)))
    before = reads(desk)
    desk.settle()
    assert reads(desk) == before
    assert states(desk) == [ClaimState.DONE]


def test_hooks_that_overtake_one_another_end_in_what_the_tracker_says(desk: Desk, hooks: str) -> None:
    key = opened(desk)
    desk.close(key)
    desk.reopen(key)
    number = desk.claims()[0].ticket.id  # type: ignore[union-attr]
    for identifier, status in (("2", "To Do"), ("1", "Done")):
        body = changed(number, changelog={"items": [{"field": "status", "toString": status}]})
        post(f"{hooks}/hooks/jira", body, signed(body, identifier=identifier))
    desk.settle()
    assert states(desk) == [ClaimState.OPEN]


def test_a_hook_that_was_lost_is_made_good_by_the_poll(desk: Desk, settings: Settings) -> None:
    key = opened(desk)
    tell(desk, "http://127.0.0.1:9/hooks/jira")
    desk.close(key)
    assert [told.status for told in desk.jira.told()] == [None]
    assert states(desk) == [ClaimState.OPEN]
    now = datetime.now(UTC)
    job = poll_job(settings.policies[0], "default", slot=now)
    desk.app.store.write(lambda tx: queue.enqueue(tx, job, now=now))
    desk.settle()
    assert states(desk)[0] is ClaimState.DONE


def test_what_is_heard_while_the_tracker_is_down_waits_for_it(desk: Desk, hooks: str) -> None:
    key = opened(desk)
    tell(desk, f"{hooks}/hooks/jira")
    desk.jira.fault(Kind.ERROR_503, on="read", times=2)
    desk.close(key)
    desk.jira.told()
    desk.settle()
    assert states(desk) == [ClaimState.DONE]
    assert desk.app.store.read(lambda tx: hearing.count(tx, "jira")) == 0


def test_a_deleted_ticket_is_known_as_gone(desk: Desk, hooks: str) -> None:
    key = opened(desk)
    tell(desk, f"{hooks}/hooks/jira")
    desk.jira.on_loop(lambda state: state.delete(state.tickets[state.keys[key]]))
    desk.jira.told()
    desk.settle()
    assert states(desk) == [ClaimState.GONE]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"no json", "jira.unreadable"),
        (b"[" * 5000, "jira.unreadable"),
        (b"[]", "jira.unknown"),
        (b'{"webhookEvent":"comment_created"}', "jira.comment_created"),
        (b'{"webhookEvent":"jira:issue_updated"}', "jira.issue_updated"),
        (b'{"webhookEvent":"jira:issue_updated","issue":{"id":["1"]}}', "jira.issue_updated"),
    ],
)
def test_an_authentic_hook_that_says_nothing_is_kept_and_told_of(
    desk: Desk, hooks: str, body: bytes, reason: str
) -> None:
    number = post(f"{hooks}/hooks/jira", body, signed(body)).json()["delivery"]
    desk.settle()
    kept = desk.app.store.read(lambda tx: deliveries.get(tx, number))
    assert kept is not None
    assert (kept.state, kept.reason) == ("ignored", reason)
    assert [entry.reason for entry in desk.app.store.read(lambda tx: journal.search(tx, limit=5))] == [reason]
