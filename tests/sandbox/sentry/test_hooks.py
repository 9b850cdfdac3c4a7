"""Webhooks leave as a running Sentry sent them."""

import hmac
import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import httpx2
import pytest
import sentry_sdk

from tests.sandbox.sentry.receiving import Received, Receiver
from tests.waiting import until
from vedette.sandbox.sentry import (
    AlertRule,
    Hook,
    HookKind,
    Project,
    RuleKind,
    SentryStandIn,
    StandInConfig,
    Subject,
    payloads,
)
from vedette.sandbox.sentry.hooks import tls

SECRET = "a-client-secret"
FRAMES = ({"module": "checkout.payment", "filename": "checkout/payment.py", "function": "charge", "in_app": True},)


def hooked(receiver: Receiver, *rules: AlertRule, **words: Any) -> StandInConfig:
    hook = Hook(receiver.url, SECRET, **words)
    return StandInConfig(hooks=(hook,), rules=rules or StandInConfig().rules)


def crash(sentry: SentryStandIn, *, value: str = "boom", times: int = 1) -> None:
    """Send errors of one kind through the real SDK."""
    client = sentry_sdk.Client(
        sentry.dsn("checkout"), default_integrations=False, auto_enabling_integrations=False, environment="production"
    )
    for _ in range(times):
        client.capture_event({"exception": {"values": [{"type": "BoomError", "value": value}]}})
    client.close(timeout=5)
    assert sentry.flush()


def api(sentry: SentryStandIn, method: str, path: str, body: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {sentry.token}"}
    httpx2.request(
        method, f"{sentry.url}/api/0/{path}", json=body, headers=headers, trust_env=False, verify=tls()
    ).raise_for_status()
    assert sentry.flush()


def only(receiver: Receiver, kind: str) -> Received:
    (found,) = [each for each in receiver.received if each.kind == kind]
    return found


def test_a_new_error_fires_created_error_and_alert_all_signed_over_the_raw_bytes(receiver: Receiver) -> None:
    with SentryStandIn(hooked(receiver)) as sentry:
        crash(sentry, value="naïve ☃")
    assert receiver.kinds() == ["error.created", "event_alert.triggered", "issue.created"]
    for each in receiver.received:
        signature = hmac.new(SECRET.encode(), each.body, sha256).hexdigest()
        assert each.headers["Sentry-Hook-Signature"] == signature
        assert len(each.headers["Request-ID"]) == 32
        assert each.headers["Sentry-Hook-Timestamp"].isdecimal()
        assert each.body.isascii()
        assert b'": ' not in each.body


def test_an_alert_names_one_event_and_the_rule_and_sentry_as_its_actor(receiver: Receiver) -> None:
    with SentryStandIn(hooked(receiver)) as sentry:
        crash(sentry)
        (event,) = sentry.memory.occurrences
        (issue,) = sentry.memory.issues
        body = only(receiver, "event_alert.triggered").json
        assert body["data"]["triggered_rule"] == "A new issue is created"
        assert body["data"]["event"]["web_url"] == f"{sentry.url}/organizations/acme/issues/{issue}/events/{event}/"
        assert body["data"]["event"]["issue_id"] == str(issue)
        assert body["actor"]["id"] == "sentry"
        assert body["installation"]["uuid"] == sentry.config.installation


def test_a_repeat_is_an_error_but_neither_created_nor_an_alert(receiver: Receiver) -> None:
    with SentryStandIn(hooked(receiver)) as sentry:
        crash(sentry, times=3)
    assert receiver.kinds() == ["error.created"] * 3 + ["event_alert.triggered", "issue.created"]


def test_an_issue_hook_has_no_permalink(receiver: Receiver) -> None:
    with SentryStandIn(hooked(receiver)) as sentry:
        crash(sentry)
    issue = only(receiver, "issue.created").json["data"]["issue"]
    assert issue["permalink"] is None
    assert issue["count"] == "1"


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"status": "resolved"}, "issue.resolved"),
        ({"status": "ignored"}, "issue.ignored"),
        ({"assignedTo": "user:2"}, "issue.assigned"),
    ],
)
def test_a_change_by_a_person_is_told_with_a_numeric_actor(
    receiver: Receiver, change: dict[str, str], kind: str
) -> None:
    with SentryStandIn(hooked(receiver, resources=("issue",))) as sentry:
        number = sentry.seed({"project": "checkout"})[0]
        api(sentry, "PUT", f"organizations/acme/issues/{number}/", change)
        api(sentry, "PUT", f"organizations/acme/issues/{number}/", change)
    body = only(receiver, kind).json
    assert body["actor"] == {"type": "user", "id": 1, "name": "Ada Admin"}
    assert body["data"]["issue"]["id"] == str(number)
    assert len(receiver.received) == 1


def test_a_regression_reopens_the_issue_and_fires_unresolved(receiver: Receiver) -> None:
    rule = AlertRule(2, "It is back", RuleKind.REGRESSED)
    with SentryStandIn(hooked(receiver, rule, resources=("issue", "event_alert"))) as sentry:
        crash(sentry)
        (number,) = sentry.memory.issues
        sentry.resolve(number, hooks=False)
        crash(sentry)
        assert sentry.memory.issues[number].substatus == "regressed"
    assert receiver.kinds() == ["event_alert.triggered", "issue.created", "issue.unresolved"]


def test_a_comment_is_told_with_a_numeric_issue(receiver: Receiver) -> None:
    with SentryStandIn(hooked(receiver)) as sentry:
        number = sentry.seed({"project": "checkout"})[0]
        api(sentry, "POST", f"issues/{number}/comments/", {"text": "looking"})
    assert only(receiver, "comment.created").json["data"]["issue_id"] == number


def test_seen_more_than_fires_above_its_count_and_then_rests(receiver: Receiver) -> None:
    rule = AlertRule(3, "Busy", RuleKind.SEEN_MORE, count=2, minutes=5)
    with SentryStandIn(hooked(receiver, rule, resources=("event_alert",))) as sentry:
        crash(sentry, times=2)
        assert receiver.received == []
        crash(sentry, times=3)
    assert [each.json["data"]["triggered_rule"] for each in receiver.received] == ["Busy"]


def test_a_rule_of_another_project_stays_quiet(receiver: Receiver) -> None:
    rule = AlertRule(4, "Search only", projects=("search",))
    with SentryStandIn(hooked(receiver, rule, resources=("event_alert",))) as sentry:
        crash(sentry)
    assert receiver.received == []


def test_a_slow_receiver_has_lost_the_event(receiver: Receiver) -> None:
    receiver.hold.clear()
    with SentryStandIn(hooked(receiver, resources=("issue",), timeout=0.1)) as sentry:
        crash(sentry)
        (sent,) = sentry.hooks
        assert (sent.status, sent.attempt) == (None, 1)
        assert "Timeout" in sent.error
    receiver.hold.set()
    assert len(receiver.received) == 1


def test_a_retry_carries_a_new_request_id(receiver: Receiver) -> None:
    receiver.statuses = [503, 500]
    with SentryStandIn(hooked(receiver, resources=("issue",), retries=3, retry_delay=0.01)) as sentry:
        crash(sentry)
        assert [sent.status for sent in sentry.hooks] == [503, 500, 202]
    assert len({each.headers["Request-ID"] for each in receiver.received}) == 3
    assert len({each.body for each in receiver.received}) == 1


def test_a_4xx_is_not_retried(receiver: Receiver) -> None:
    receiver.statuses = [401]
    with SentryStandIn(hooked(receiver, resources=("issue",), retries=3, retry_delay=0.01)) as sentry:
        crash(sentry)
    assert len(receiver.received) == 1


def test_the_log_at_the_control_door_says_status_and_latency_and_no_secret(receiver: Receiver) -> None:
    with SentryStandIn(hooked(receiver, resources=("issue",))) as sentry:
        crash(sentry)
        text = httpx2.get(f"{sentry.url}/_standin/hooks", trust_env=False, verify=tls()).text
    (sent,) = json.loads(text)
    assert (sent["resource"], sent["action"], sent["status"]) == ("issue", "created", 202)
    assert sent["latency_ms"] > 0
    assert SECRET not in text


def test_a_receiver_may_subscribe_while_the_server_runs(receiver: Receiver, sentry: SentryStandIn) -> None:
    sentry.subscribe(Hook(receiver.url, SECRET, resources=("issue",)))
    crash(sentry)
    assert receiver.kinds() == ["issue.created"]


def test_the_plugin_posts_unsigned(receiver: Receiver) -> None:
    with SentryStandIn(hooked(receiver, kind=HookKind.PLUGIN)) as sentry:
        crash(sentry)
        (issue,) = sentry.memory.issues
    (each,) = receiver.received
    assert "Sentry-Hook-Signature" not in each.headers
    assert (each.json["id"], each.json["project_slug"]) == (str(issue), "checkout")
    assert each.json["url"].endswith(f"/issues/{issue}/?referrer=webhooks_plugin")
    assert each.json["triggering_rules"] == ["A new issue is created"]


def test_glitchtips_alert_holds_several_issues(receiver: Receiver) -> None:
    with SentryStandIn(hooked(receiver, kind=HookKind.GLITCHTIP)) as sentry:
        first, second = sentry.seed({"project": "checkout"}, {"project": "search"})
        sentry.alert(first, second)
        assert sentry.flush()
        until(lambda: receiver.received, saying="the alert")
    (each,) = receiver.received
    links = [part["title_link"] for part in each.json["attachments"]]
    assert links == [f"{sentry.url}/acme/issues/{number}" for number in (first, second)]


BUILDERS: list[Callable[[Subject], dict[str, Any]]] = [
    payloads.event_alert,
    payloads.error_created,
    payloads.issue_created,
    payloads.legacy,
    lambda subject: payloads.glitchtip([subject]),
    lambda subject: payloads.issue_changed(subject, "resolved"),
]


@pytest.mark.parametrize("build", BUILDERS)
def test_a_payload_is_built_without_a_server_and_names_its_issue(build: Callable[[Subject], dict[str, Any]]) -> None:
    subject = Subject(issue_id=7001, at=1_900_000_000.0, frames=FRAMES, project=Project(10, "checkout"))
    assert b"7001" in payloads.encode(build(subject))


@pytest.mark.parametrize("build", [payloads.event_alert, payloads.error_created, payloads.legacy])
def test_a_payload_can_be_as_large_as_a_real_one(build: Callable[[Subject], dict[str, Any]]) -> None:
    body = payloads.encode(build(Subject(issue_id=1, at=1_900_000_000.0, frames=FRAMES, size=24_000)))
    assert 22_000 < len(body) < 27_000


def test_the_same_subject_gives_the_same_bytes() -> None:
    subject = Subject(issue_id=1, at=1_900_000_000.0, event_id="b" * 32, size=24_000)
    assert payloads.encode(payloads.event_alert(subject)) == payloads.encode(payloads.event_alert(subject))
