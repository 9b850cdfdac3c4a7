"""Hooks: the webhooks that a Linear sends when an issue changed, signed where there is a secret.

https://linear.app/developers/webhooks
"""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from vedette.sandbox.linear.state import State
from vedette.sandbox.stage.telling import Telling, signature

_ACTIONS = {
    "create": "create",
    "edit": "update",
    "transition": "update",
    "move": "update",
    "archive": "update",
    "delete": "remove",
}


def tellings(state: State, entry: Mapping[str, Any]) -> Iterable[Telling]:
    """What is sent for one line of the log: one webhook for each address."""
    action = _ACTIONS.get(str(entry["op"]))
    if action is None:
        return
    for hook in state.config.hooks:
        body = msgspec.json.encode(payload(state, entry, action=action))
        yield Telling(url=hook.url, body=body, headers=headers(body, secret=hook.secret))


def payload(state: State, entry: Mapping[str, Any], *, action: str) -> dict[str, Any]:
    """The body: the issue in a few words, and when it is sent."""
    return {
        "action": action,
        "type": "Issue",
        "data": {"id": entry["uuid"], "identifier": entry["key"], "state": {"name": entry["status"]}},
        "organizationId": state.organization_id,
        "webhookTimestamp": int(float(entry["wall"]) * 1000),
        "webhookId": str(uuid.uuid5(uuid.NAMESPACE_URL, state.organization_id)),
    }


def headers(body: bytes, *, secret: str, delivery: str = "") -> dict[str, str]:
    """The headers over exactly these bytes."""
    made = {"content-type": "application/json; charset=utf-8", "linear-delivery": delivery or str(uuid.uuid4())}
    made["linear-event"] = "Issue"
    return made | ({"linear-signature": signature(secret, body)} if secret else {})
