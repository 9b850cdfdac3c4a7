"""Rule words: the alert rules that a project has without anybody having posted them; pure."""

from typing import Any

from vedette.sandbox.sentry.settings import AlertRule, RuleKind

_CONDITIONS: dict[RuleKind, str] = {
    RuleKind.NEW: "sentry.rules.conditions.first_seen_event.FirstSeenEventCondition",
    RuleKind.REGRESSED: "sentry.rules.conditions.regression_event.RegressionEventCondition",
    RuleKind.SEEN_MORE: "sentry.rules.conditions.event_frequency.EventFrequencyCondition",
}
_LETTER = {
    "id": "sentry.mail.actions.NotifyEmailAction",
    "targetType": "IssueOwners",
    "targetIdentifier": None,
    "fallthroughType": "ActiveMembers",
}
_SERVICE = {"id": "sentry.rules.actions.notify_event_service.NotifyEventServiceAction", "service": "vedette"}


def default() -> dict[str, Any]:
    """The rule that every new project is given unless `default_rules` is false."""
    return _body("Send a notification for new issues", {"id": _CONDITIONS[RuleKind.NEW]}, _LETTER, every=30)


def settled(rule: AlertRule) -> dict[str, Any]:
    """A rule of the settings, in the words of the API."""
    condition: dict[str, Any] = {"id": _CONDITIONS[rule.kind]}
    if rule.kind is RuleKind.SEEN_MORE:
        condition |= {"value": rule.count, "interval": f"{rule.minutes}m"}
    return _body(rule.name, condition, _SERVICE, every=rule.every) | {"environment": rule.environment or None}


def _body(name: str, condition: dict[str, Any], action: dict[str, Any], *, every: int) -> dict[str, Any]:
    return {
        "name": name,
        "conditions": [condition],
        "filters": [],
        "actions": [dict(action)],
        "actionMatch": "all",
        "filterMatch": "all",
        "frequency": every,
    }
