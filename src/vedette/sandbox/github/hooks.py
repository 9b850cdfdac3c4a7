"""Hooks: the webhooks that a GitHub sends when an issue changed, signed where there is a secret.

https://docs.github.com/en/webhooks/webhook-events-and-payloads#issues
"""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from vedette.sandbox.github.shapes import Shapes
from vedette.sandbox.github.state import State
from vedette.sandbox.stage.telling import Telling, signature

_ACTIONS = {"create": "opened", "edit": "edited", "move": "transferred", "delete": "deleted"}


def tellings(state: State, shapes: Shapes, entry: Mapping[str, Any]) -> Iterable[Telling]:
    """What is sent for one line of the log: one webhook for each address."""
    if entry["op"] == "fault":
        return  # a fault is no change of an issue, and its line has neither key nor category
    event = "issue_comment" if entry["op"] == "comment" else "issues"
    action = "created" if event == "issue_comment" else _action(entry)
    for hook in state.config.hooks:
        body = msgspec.json.encode(payload(shapes, entry, action=action))
        yield Telling(url=hook.url, body=body, headers=headers(body, secret=hook.secret, event=event))


def _action(entry: Mapping[str, Any]) -> str:
    known = _ACTIONS.get(str(entry["op"]))
    return known or ("closed" if entry["category"] == "done" else "reopened")


def payload(shapes: Shapes, entry: Mapping[str, Any], *, action: str) -> dict[str, Any]:
    """The body: the issue's address, and what was done."""
    repository, _, number = str(entry["key"]).rpartition("#")
    home = f"{shapes.url}/repos/{repository}"
    issue = {"id": entry["id"], "number": int(number), "repository_url": home, "url": f"{home}/issues/{number}"}
    return {"action": action, "issue": issue, "repository": {"full_name": repository}}


def headers(body: bytes, *, secret: str, event: str = "issues", delivery: str = "") -> dict[str, str]:
    """The headers over exactly these bytes."""
    made = {"content-type": "application/json", "x-github-event": event}
    made["x-github-delivery"] = delivery or str(uuid.uuid4())
    return made | ({"x-hub-signature-256": f"sha256={signature(secret, body)}"} if secret else {})
