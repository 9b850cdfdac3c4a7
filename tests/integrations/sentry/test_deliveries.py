"""Deliveries become events; odd ones are ignored with a reason, and nothing ever raises."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.integrations.sentry.fixtures import (
    HOOKS,
    RECEIVED_AT,
    SECRET,
    as_delivery,
    delivery,
    hook,
    load,
    needs_samples,
    samples,
)
from vedette.integrations.sentry.deliveries import read
from vedette.model.deliveries import Delivery, DeliveryKind
from vedette.model.events import Change, ErrorOccurred, Event, Ignored, IssueAlerted, IssueChanged
from vedette.model.issues import IssueKey
from vedette.model.secret import Secret
from vedette.ports.signatures import verify_hex_hmac_sha256

KEY = IssueKey("main", "4711")
HAPPENED = datetime(2031, 3, 14, 9, 26, 53, 589793, tzinfo=UTC)
HOOK_SENT = datetime.fromtimestamp(1931246820, UTC)


def only(found: tuple[Event, ...]) -> Event:
    assert len(found) == 1
    return found[0]


def read_hook(name: str) -> Event:
    return only(read(delivery(*hook(name))))


def test_an_alert_names_its_issue_rule_project_and_occurrence() -> None:
    event = read_hook("hook_event_alert_triggered")
    assert isinstance(event, IssueAlerted)
    assert (event.issue, event.occurred_at, event.rule) == (KEY, HAPPENED, "New in production")
    assert event.project == "merchant-backend"
    assert event.title == "PaymentRefused: card refused – café"
    assert event.occurrence is not None
    assert [fault.type for fault in event.occurrence.faults] == ["TimeoutError", "PaymentRefused"]
    assert event.occurrence.faults[-1].frames[-1].filename == "shop/payment/gateway.py"


def test_a_created_error_is_an_occurrence_of_its_issue() -> None:
    event = read_hook("hook_error_created")
    assert isinstance(event, ErrorOccurred)
    assert (event.issue, event.occurred_at) == (KEY, HAPPENED)
    assert event.occurrence is not None
    assert event.occurrence.environment == "production"


@pytest.mark.parametrize(
    ("name", "change", "by"),
    [
        ("hook_issue_created", Change.CREATED, "Sentry"),
        ("hook_issue_resolved", Change.RESOLVED, "Ada Admin"),
        ("hook_issue_unresolved", Change.UNRESOLVED, "Sentry"),
        ("hook_issue_archived", Change.IGNORED, "Ada Admin"),
        ("hook_issue_assigned", Change.ASSIGNED, "Ada Admin"),
    ],
)
def test_an_issue_hook_tells_the_change_who_made_it_and_when_it_was_sent(name: str, change: Change, by: str) -> None:
    event = read_hook(name)
    assert isinstance(event, IssueChanged)
    assert (event.issue, event.change, event.by, event.project) == (KEY, change, by, "merchant-backend")
    assert event.occurred_at == HOOK_SENT


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("hook_comment_created", "comment.created"),
        ("hook_installation_created", "installation.created"),
        ("hook_metric_alert_critical", "metric_alert.critical"),
        ("hook_seer_root_cause_started", "seer.root_cause_started"),
    ],
)
def test_a_hook_about_anything_else_is_ignored_by_its_name(name: str, kind: str) -> None:
    event = read_hook(name)
    assert isinstance(event, Ignored)
    assert event.kind == kind
    assert event.why


@pytest.mark.parametrize("header", [{}, {"Sentry-Hook-Resource": "banana"}, {"sentry-hook-resource": "issue"}])
def test_the_body_tells_what_the_header_does_not(header: dict[str, str]) -> None:
    body, _ = hook("hook_event_alert_triggered")
    assert isinstance(only(read(delivery(body, header))), IssueAlerted)


def test_a_foreign_header_does_not_turn_a_comment_into_something_else() -> None:
    body, _ = hook("hook_comment_created")
    assert only(read(delivery(body, {"Sentry-Hook-Resource": "error"}))).__class__ is Ignored


@pytest.mark.parametrize("resource", ["seer", "comment", "installation", "metric_alert", "activity_alert"])
def test_a_resource_that_sentry_knows_is_never_read_as_another(resource: str) -> None:
    body, _ = hook("hook_error_created")
    event = only(read(delivery(body, {"Sentry-Hook-Resource": resource})))
    assert isinstance(event, Ignored)
    assert event.kind == f"{resource}.created"


def test_a_new_resource_that_merely_carries_an_issue_is_ignored() -> None:
    said = {"action": "triggered", "data": {"issue": {"id": "1"}}}
    event = only(read(as_delivery(said, resource="activity_alert")))
    assert event == Ignored("activity_alert.triggered", event.why)  # type: ignore[union-attr]


def test_an_unknown_action_of_a_known_resource_is_ignored() -> None:
    event = only(read(as_delivery({"action": "deleted", "data": {"issue": {"id": "1"}}}, resource="issue")))
    assert isinstance(event, Ignored)
    assert event.kind == "issue.deleted"


@pytest.mark.parametrize("name", ["issue_url", "web_url", "url"])
def test_without_an_id_the_addresses_of_the_event_name_the_issue(name: str) -> None:
    address = "https://sentry.example.test/organizations/acme/issues/4711/events/aa/"
    said = {"action": "triggered", "data": {"event": {name: address, "datetime": "2031-03-14T09:26:53Z"}}}
    event = only(read(as_delivery(said, resource="event_alert")))
    assert isinstance(event, IssueAlerted)
    assert event.issue == KEY


def test_an_alert_without_an_issue_is_ignored_with_the_reason() -> None:
    event = only(read(as_delivery({"action": "triggered", "data": {"event": {"title": "x"}}}, resource="event_alert")))
    assert isinstance(event, Ignored)
    assert "no issue id" in event.why


def alert_at(**dates: Any) -> datetime:
    said = {"action": "triggered", "data": {"event": {"issue_id": "1", **dates}}}
    event = only(read(as_delivery(said, resource="event_alert")))
    assert isinstance(event, IssueAlerted)
    return event.occurred_at


def test_an_event_without_a_date_happened_when_the_hook_was_sent() -> None:
    assert alert_at() == HOOK_SENT
    assert alert_at(datetime=["odd"], timestamp=float("nan")) == HOOK_SENT


def test_an_event_from_the_future_is_not_believed() -> None:
    assert alert_at(datetime="2099-01-01T00:00:00Z") == RECEIVED_AT + timedelta(minutes=5)


def test_a_hook_without_any_date_happened_when_it_was_received() -> None:
    body = json.dumps({"action": "resolved", "data": {"issue": {"id": "1"}}}).encode()
    event = only(read(delivery(body, {"Sentry-Hook-Resource": "issue", "Sentry-Hook-Timestamp": "soon"})))
    assert isinstance(event, IssueChanged)
    assert event.occurred_at == RECEIVED_AT


def test_the_plugin_of_old_tells_issue_rules_and_occurrence() -> None:
    event = only(read(as_delivery(load("legacy_plugin"), kind=DeliveryKind.LEGACY)))
    assert isinstance(event, IssueAlerted)
    assert (event.issue, event.rule, event.project) == (KEY, "New in production, Every hour", "merchant-backend")
    assert event.occurrence is not None
    assert event.occurrence.culprit == "shop.payment.gateway in charge"


def test_the_plugin_of_version_9_names_its_interfaces_in_full() -> None:
    event = only(read(as_delivery(load("legacy_plugin_9"), kind=DeliveryKind.LEGACY)))
    assert isinstance(event, IssueAlerted)
    assert event.occurrence is not None
    assert event.occurrence.faults[0].frames[2].function == "charge"
    assert event.title == "PaymentRefused: card refused"


def test_the_plugins_address_names_the_issue_where_the_id_is_missing() -> None:
    said = {key: value for key, value in load("legacy_plugin").items() if key != "id"}
    event = only(read(as_delivery(said, kind=DeliveryKind.LEGACY)))
    assert isinstance(event, IssueAlerted)
    assert event.issue == KEY


def test_each_attachment_of_a_glitchtip_alert_is_an_event() -> None:
    events = read(as_delivery(load("glitchtip_alert"), kind=DeliveryKind.GLITCHTIP))
    assert [event.issue.id for event in events if isinstance(event, IssueAlerted)] == ["81", "82"]
    first, second = events
    assert isinstance(first, IssueAlerted)
    assert (first.title, first.project, first.occurred_at) == ("KeyError: 'sku'", "Merchant Backend", RECEIVED_AT)
    assert first.occurrence is not None
    assert (first.occurrence.environment, first.occurrence.release) == ("production", "shop@2.4.0")
    assert isinstance(second, IssueAlerted)
    assert second.project == ""


def test_an_attachment_without_an_issue_is_ignored_and_the_others_are_not() -> None:
    said = load("glitchtip_alert")
    said["attachments"][0]["title_link"] = "https://glitchtip.example.test/acme/uptime-monitors/3"
    ignored, alerted = read(as_delivery(said, kind=DeliveryKind.GLITCHTIP))
    assert isinstance(ignored, Ignored)
    assert isinstance(alerted, IssueAlerted)


@pytest.mark.parametrize("said", [{}, {"attachments": None}, {"attachments": []}, {"text": None, "attachments": {}}])
def test_a_glitchtip_alert_without_attachments_is_ignored(said: Any) -> None:
    assert isinstance(only(read(as_delivery(said, kind=DeliveryKind.GLITCHTIP))), Ignored)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe\x00", "no JSON"),
        (b"{", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"null", "NoneType"),
        (b"[1]", "list"),
        (b'"x"', "str"),
        (b"9" * 5000, "no JSON object"),
    ],
)
@pytest.mark.parametrize("kind", list(DeliveryKind))
def test_a_body_that_is_no_json_object_is_ignored_with_the_reason(body: bytes, why: str, kind: DeliveryKind) -> None:
    event = only(read(delivery(body, kind=kind)))
    assert isinstance(event, Ignored)
    assert why in event.why


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"lineno":88', b'"lineno":' + b"9" * 5000),
        (b'"lineno":88', b'"lineno":NaN'),
        (b'"lineno":88', b'"lineno":-1e999'),
        (b"card refused", rb"card \ud800 refused"),
        (b"card refused", rb"card \u0000 refused"),
        (b"card refused", b"card \xff refused"),
        (b'{"action"', b'\xef\xbb\xbf{"action"'),
    ],
)
def test_odd_values_do_not_lose_an_authentic_alert(old: bytes, new: bytes) -> None:
    body, headers = hook("hook_event_alert_triggered")
    assert old in body
    event = only(read(delivery(body.replace(old, new), headers | {"Content-Type": "text/plain"})))
    assert isinstance(event, IssueAlerted)
    assert event.issue == KEY
    assert "\0" not in event.title
    event.title.encode("utf-8")


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(body=st.binary(max_size=200), kind=st.sampled_from(DeliveryKind), resource=st.text(max_size=12))
def test_arbitrary_bytes_never_raise(body: bytes, kind: DeliveryKind, resource: str) -> None:
    assert read(delivery(body, {"Sentry-Hook-Resource": resource}, kind=kind))


@st.composite
def mutated(draw: st.DrawFn) -> Delivery:
    """A real delivery with a few of its values replaced by anything, or taken away."""
    name = draw(st.sampled_from([*HOOKS, "legacy_plugin", "legacy_plugin_9", "glitchtip_alert"]))
    if name.startswith("hook_"):
        raw, headers = hook(name)
        said, kind = json.loads(raw), DeliveryKind.SENTRY
    else:
        said, headers = load(name), {}
        kind = DeliveryKind.GLITCHTIP if name.startswith("glitchtip") else DeliveryKind.LEGACY
    for _ in range(draw(st.integers(1, 4))):
        mutate(draw, said)
    return delivery(json.dumps(said).encode(), headers, kind=kind)


def mutate(draw: st.DrawFn, said: Any) -> None:
    """Walk down at random and change what is there."""
    place = said
    for _ in range(draw(st.integers(0, 9))):
        keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return
        key = draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or draw(st.booleans()) is False:
            break
        place = place[key]
    keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
    if keys:
        key = draw(st.sampled_from(keys))
        place[key] = draw(JSON)


@given(stored=mutated())
def test_mutated_deliveries_never_raise_and_never_come_from_the_future(stored: Delivery) -> None:
    events = read(stored)
    assert events
    for event in events:
        if isinstance(event, Ignored):
            assert event.why
            continue
        assert event.occurred_at <= RECEIVED_AT + timedelta(minutes=5)
        assert event.occurred_at.tzinfo is not None
        assert event.issue.id.isdigit()
        repr(event).encode("utf-8")


@pytest.mark.parametrize("name", HOOKS)
def test_every_invented_hook_verifies_and_one_changed_byte_does_not(name: str) -> None:
    body, headers = hook(name)
    signature = headers["Sentry-Hook-Signature"]
    assert verify_hex_hmac_sha256(body, signature, SECRET)
    assert not verify_hex_hmac_sha256(body.replace(b"created", b"Created", 1) + b" ", signature, SECRET)


RECORDED = {
    "hook_comment_created": Ignored,
    "hook_error_created": ErrorOccurred,
    "hook_event_alert_triggered": IssueAlerted,
    "hook_issue_assigned": IssueChanged,
    "hook_issue_created": IssueChanged,
    "hook_issue_ignored": IssueChanged,
    "hook_issue_resolved": IssueChanged,
}


@needs_samples
@pytest.mark.parametrize(("name", "expected"), RECORDED.items())
def test_the_recorded_hooks_verify_and_read_rightly(name: str, expected: type) -> None:
    body = (samples() / f"{name}.raw").read_bytes()
    headers = json.loads((samples() / f"{name}.json").read_text())["headers"]
    secret = Secret((json.loads((samples() / "hook_client_secret.json").read_text())["client_secret"],))
    assert verify_hex_hmac_sha256(body, headers["Sentry-Hook-Signature"], secret)
    assert not verify_hex_hmac_sha256(body[:-1] + b" ", headers["Sentry-Hook-Signature"], secret)
    stored = replace(delivery(body, headers), received_at=datetime(2026, 11, 20, 21, 9, tzinfo=UTC))
    event = only(read(stored))
    assert type(event) is expected
    if not isinstance(event, Ignored):
        assert event.issue == IssueKey("main", "21")
        assert event.title == "ZeroDivisionError: boom 1795208898"
        assert event.project == "shop"
