"""Hooks: the webhooks that a Jira sends when an issue changed, signed as WebSub has it where there is a secret.

https://developer.atlassian.com/cloud/jira/platform/webhooks/
"""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from vedette.sandbox.jira.shapes import Shapes
from vedette.sandbox.jira.state import State
from vedette.sandbox.stage.telling import Telling, signature

_EVENTS = {
    "create": "jira:issue_created",
    "edit": "jira:issue_updated",
    "transition": "jira:issue_updated",
    "move": "jira:issue_updated",
    "delete": "jira:issue_deleted",
    "comment": "comment_created",
}


def tellings(state: State, shapes: Shapes, entry: Mapping[str, Any]) -> Iterable[Telling]:
    """What is sent for one line of the log: one webhook for each address."""
    event = _EVENTS.get(str(entry["op"]))
    if event is None:
        return
    for hook in state.config.hooks:
        body = msgspec.json.encode(payload(state, shapes, entry, event=event))
        yield Telling(url=hook.url, body=body, headers=headers(body, secret=hook.secret))


def payload(state: State, shapes: Shapes, entry: Mapping[str, Any], *, event: str) -> dict[str, Any]:
    """The body: the issue as it is, and for a change what changed."""
    ticket = state.tickets.get(int(entry["id"]))
    issue = shapes.ticket(ticket, wanted=("*all",)) if ticket else {"id": str(entry["id"]), "key": entry["key"]}
    told: dict[str, Any] = {"timestamp": int(float(entry["wall"]) * 1000), "webhookEvent": event, "issue": issue}
    if event == "jira:issue_updated":
        told["issue_event_type_name"] = "issue_generic"
        told["changelog"] = {"id": str(entry["seq"]), "items": [{"field": "status", "toString": entry["status"]}]}
    return told


def headers(body: bytes, *, secret: str, identifier: str = "") -> dict[str, str]:
    """The headers over exactly these bytes."""
    made = {"content-type": "application/json", "x-atlassian-webhook-identifier": identifier or str(uuid.uuid4())}
    return made | ({"x-hub-signature": f"sha256={signature(secret, body)}"} if secret else {})
