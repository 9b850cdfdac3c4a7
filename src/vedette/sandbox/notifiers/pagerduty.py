"""A stand-in PagerDuty: the Events API v2, and the incidents that come of it."""

import json
from typing import Any

from vedette.sandbox.notifiers.inbox import Inbox, Post, Reply

_SEVERITIES = ("critical", "error", "warning", "info")
_ACTIONS = ("trigger", "acknowledge", "resolve")


class PagerDutyStandIn(Inbox):
    """One service with one integration key."""

    def __init__(self, *, routing_key: str = "0" * 32, port: int = 0) -> None:
        super().__init__(port=port)
        self.routing_key = routing_key
        self.incidents: dict[str, str] = {}  # dedup_key → triggered or resolved
        self.pages = 0  # how often somebody's telephone rang

    def judge(self, post: Post) -> Reply:
        """Take a well-formed event for the service; an incident that stands rings nobody a second time."""
        if (post.method, post.path) != ("POST", "/v2/enqueue"):
            return _said(404, "Not Found")
        try:
            event = json.loads(post.body)
        except ValueError:
            return _said(400, "Event object format is unrecognized", "JSON parse error")
        if wrong := self._wrong(event):
            return _said(400, "Event object is invalid", *wrong)
        key = str(event["dedup_key"])
        if event["event_action"] == "trigger" and self.incidents.get(key) != "triggered":
            self.pages += 1
            self.incidents[key] = "triggered"
        if event["event_action"] == "resolve" and key in self.incidents:
            self.incidents[key] = "resolved"
        body = json.dumps({"status": "success", "message": "Event processed", "dedup_key": key}).encode()
        return Reply(202, body, {"Content-Type": "application/json"}, taken=event)

    def _wrong(self, event: Any) -> list[str]:
        if not isinstance(event, dict):
            return ["the event is no object"]
        key, action = str(event.get("routing_key") or ""), event.get("event_action")
        wrong = []
        if len(key) != 32:
            wrong.append("Length of 'routing_key' is incorrect (should be 32 characters)")
        elif key != self.routing_key:
            wrong.append(f"Invalid routing key {key}")
        if action not in _ACTIONS:
            wrong.append("'event_action' is invalid")
        if not 1 <= len(str(event.get("dedup_key") or "")) <= 255:
            wrong.append("'dedup_key' must have 1 to 255 characters")
        return wrong + (_wrong_payload(event.get("payload")) if action == "trigger" else [])


def _wrong_payload(payload: Any) -> list[str]:
    if not isinstance(payload, dict):
        return ["'payload' is missing or blank"]
    wrong = [f"'payload.{name}' is missing or blank" for name in ("summary", "source") if not payload.get(name)]
    if len(str(payload.get("summary"))) > 1024:
        wrong.append("'payload.summary' is longer than 1024 characters")
    if payload.get("severity") not in _SEVERITIES:
        wrong.append("'payload.severity' is invalid (must be one of critical, warning, error, info)")
    return wrong


def _said(status: int, message: str, *errors: str) -> Reply:
    body = json.dumps({"status": "invalid event", "message": message, "errors": list(errors)}).encode()
    return Reply(status, body, {"Content-Type": "application/json"})
