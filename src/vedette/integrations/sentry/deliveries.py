"""Deliveries: the bytes of a webhook, as events; pure, and never an exception for odd content.

Integration platform: https://docs.sentry.io/organization/integrations/integration-platform/webhooks/. The resource
stands in an unsigned header, so the body has the last word where the two do not fit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vedette.integrations.sentry import dates, glitchtip_alerts
from vedette.integrations.sentry.occurrences import occurred_at, occurrence, title_of
from vedette.integrations.sentry.references import id_in_address, project_in_address
from vedette.integrations.sentry.untrusted import decode, first_text, issue_id, items, mapping, text
from vedette.model.deliveries import Delivery, DeliveryKind
from vedette.model.events import Change, ErrorOccurred, Event, Ignored, IssueAlerted, IssueChanged
from vedette.model.issues import IssueKey

_CHANGES = {
    "created": Change.CREATED,
    "resolved": Change.RESOLVED,
    "unresolved": Change.UNRESOLVED,
    "ignored": Change.IGNORED,
    "archived": Change.IGNORED,
    "assigned": Change.ASSIGNED,
}
# Which part of `data` a resource carries.
_PARTS = {"event_alert": "event", "error": "error", "issue": "issue"}
# Resources that Sentry knows and that are not about one occurrence or status: never read as something else.
_OTHERS = frozenset({"installation", "comment", "metric_alert", "activity_alert", "seer", "preprod_artifact"})
_LONGEST_KIND = 80
_NO_ISSUE = "no issue id and no address of an issue in it"


def read(delivery: Delivery) -> tuple[Event, ...]:
    """What the delivery says; at least one event, `Ignored` with its reason where nothing can be acted upon."""
    try:
        body = decode(delivery.body)
    except ValueError as problem:
        return (Ignored(str(delivery.kind), f"the body is no JSON: {problem}"),)
    if not isinstance(body, dict):
        return (Ignored(str(delivery.kind), f"the body is no JSON object but {type(body).__name__}"),)
    match delivery.kind:
        case DeliveryKind.SENTRY:
            return (_platform(body, delivery),)
        case DeliveryKind.LEGACY:
            return (_plugin(body, delivery),)
        case DeliveryKind.TRACKER:
            return (Ignored("tracker", "a tracker's own hook is read by the tracker"),)
        case DeliveryKind.GLITCHTIP:
            return glitchtip_alerts.read(body, instance=delivery.instance, received_at=delivery.received_at)


@dataclass(frozen=True, slots=True)
class _Hook:
    """A platform hook, its envelope opened."""

    instance: str
    action: str
    data: Mapping[str, Any]
    by: str
    sent_at: datetime
    received_at: datetime

    def at(self, said: Mapping[str, Any]) -> datetime:
        """When it happened: the event's own word, else when Sentry sent the hook."""
        return dates.believable(occurred_at(said) or self.sent_at, received_at=self.received_at)


def _platform(body: Mapping[str, Any], delivery: Delivery) -> Event:
    headers = {name.lower(): value for name, value in delivery.headers}
    hook = _Hook(
        instance=delivery.instance,
        action=text(body.get("action")),
        data=mapping(body.get("data")),
        by=text(mapping(body.get("actor")).get("name")),
        sent_at=dates.believable(dates.parse(headers.get("sentry-hook-timestamp")), received_at=delivery.received_at),
        received_at=delivery.received_at,
    )
    named = headers.get("sentry-hook-resource", "").strip().lower()
    match _resource(named, hook):
        case "event_alert":
            return _alerted(hook)
        case "error":
            return _occurred(hook)
        case "issue":
            return _changed(hook)
        case other:
            kind = f"{other or 'unknown'}.{hook.action or 'unknown'}"[:_LONGEST_KIND]
            return Ignored(kind, "nothing is done for hooks of this kind")


def _resource(named: str, hook: _Hook) -> str:
    """The resource by the header, or by the body where the header is missing, foreign or does not fit."""
    if named in _OTHERS or (named in _PARTS and mapping(hook.data.get(_PARTS[named]))):
        return named
    for resource, part in _PARTS.items():
        if mapping(hook.data.get(part)) and hook.action in _actions(resource):
            return resource
    return named


def _actions(resource: str) -> frozenset[str]:
    return {"event_alert": frozenset({"triggered"}), "error": frozenset({"created"})}.get(resource, frozenset(_CHANGES))


def _alerted(hook: _Hook) -> Event:
    event = mapping(hook.data.get("event"))
    key = _key(event, hook.instance)
    if hook.action != "triggered" or key is None:
        return _unread("event_alert", hook, has_key=key is not None)
    return IssueAlerted(
        issue=key,
        occurred_at=hook.at(event),
        rule=first_text(hook.data.get("triggered_rule"), mapping(hook.data.get("issue_alert")).get("title")),
        project=project_in_address(text(event.get("url"))),
        title=title_of(event),
        occurrence=occurrence(event),
    )


def _occurred(hook: _Hook) -> Event:
    error = mapping(hook.data.get("error"))
    key = _key(error, hook.instance)
    if hook.action != "created" or key is None:
        return _unread("error", hook, has_key=key is not None)
    return ErrorOccurred(
        issue=key,
        occurred_at=hook.at(error),
        project=project_in_address(text(error.get("url"))),
        title=title_of(error),
        occurrence=occurrence(error),
    )


def _changed(hook: _Hook) -> Event:
    issue = mapping(hook.data.get("issue"))
    number = issue_id(issue.get("id"))
    change = _CHANGES.get(hook.action)
    if change is None or not number:
        return _unread("issue", hook, has_key=bool(number))
    return IssueChanged(
        issue=IssueKey(hook.instance, number),
        # The issue's own dates are those of its occurrences, not of the change.
        occurred_at=hook.sent_at,
        change=change,
        project=text(mapping(issue.get("project")).get("slug")),
        title=title_of(issue),
        by=hook.by,
    )


def _unread(resource: str, hook: _Hook, *, has_key: bool) -> Ignored:
    kind = f"{resource}.{hook.action or 'unknown'}"[:_LONGEST_KIND]
    return Ignored(kind, "nothing is done for this action" if has_key else _NO_ISSUE)


def _key(event: Mapping[str, Any], instance: str) -> IssueKey | None:
    number = issue_id(event.get("issue_id"))
    addresses = (text(event.get(name)) for name in ("issue_url", "web_url", "url"))
    number = number or next(filter(None, map(id_in_address, addresses)), "")
    return IssueKey(instance, number) if number else None


def _plugin(body: Mapping[str, Any], delivery: Delivery) -> Event:
    """The unsigned webhooks plugin: one issue and one event at the top level."""
    number = issue_id(body.get("id")) or id_in_address(text(body.get("url")))
    event = mapping(body.get("event"))
    if not number:
        return Ignored("legacy.alert", _NO_ISSUE)
    return IssueAlerted(
        issue=IssueKey(delivery.instance, number),
        occurred_at=dates.believable(occurred_at(event), received_at=delivery.received_at),
        rule=", ".join(filter(None, map(text, items(body.get("triggering_rules"))))),
        project=first_text(body.get("project_slug"), body.get("project")),
        title=first_text(title_of(event), body.get("message"), body.get("culprit")),
        occurrence=occurrence({"culprit": body.get("culprit"), "level": body.get("level"), **event}) if event else None,
    )
