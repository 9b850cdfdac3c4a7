"""Hooks: Asana's webhooks: made over the interface, confirmed by a handshake while that call is under way, then signed.

https://developers.asana.com/docs/webhooks-guide
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from vedette.sandbox.asana.answers import Call, Refusal, json_answer
from vedette.sandbox.asana.shapes import Shapes, instant
from vedette.sandbox.asana.state import State, Webhook
from vedette.sandbox.stage.answers import Answer
from vedette.sandbox.stage.telling import Telling, Told, signature

_ACTIONS = {"edit": "changed", "move": "added", "delete": "deleted", "create": "added", "comment": "changed"}
Handler = Callable[[Shapes, Call], Answer]


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The handlers; `post` sends one request now, in the middle of the call that asks for the webhook."""

    post: Callable[[Telling], Told]

    def create(self, shapes: Shapes, call: Call) -> Answer:
        """Make a webhook on a project, where its target sends the secret back; 400 where it does not."""
        data = call.data()
        resource, target = str(data.get("resource", "")), str(data.get("target", ""))
        if resource not in shapes.state.projects:
            raise Refusal(403, "resource: Not a Legal Object")
        secret = secrets.token_hex(32)
        told = self.post(Telling(url=target, body=b"{}", headers={"x-hook-secret": secret}))
        if told.status not in (200, 204) or told.headers.get("x-hook-secret") != secret:
            raise Refusal(400, "The remote server did not respond with the handshake secret.")
        hook = Webhook(gid=str(shapes.state.fresh_id()), resource=resource, target=target, secret=secret)
        shapes.state.webhooks.append(hook)
        return json_answer({"data": shape(hook), "X-Hook-Secret": secret}, status=201)

    def listing(self, shapes: Shapes, call: Call) -> Answer:
        """The webhooks of a workspace, on one resource where that is asked for."""
        wanted = call.query.get("resource")
        found = [hook for hook in shapes.state.webhooks if wanted in (None, hook.resource)]
        return json_answer({"data": [shape(hook) for hook in found], "next_page": None})


def shape(hook: Webhook) -> dict[str, Any]:
    """A webhook as the interface shows it."""
    resource = {"gid": hook.resource, "resource_type": "project"}
    return {"gid": hook.gid, "resource_type": "webhook", "active": True, "resource": resource, "target": hook.target}


def tellings(state: State, entry: Mapping[str, Any]) -> Iterable[Telling]:
    """What is sent for one line of the log, to the webhooks on the task's project."""
    action = _ACTIONS.get(str(entry["op"]))
    if action is None:
        return
    for hook in state.webhooks:
        if hook.resource == entry["project"]:
            body = msgspec.json.encode({"events": [event(entry, action=action)]})
            yield Telling(url=hook.target, body=body, headers=headers(body, secret=hook.secret))


def event(entry: Mapping[str, Any], *, action: str) -> dict[str, Any]:
    """One event: the task by gid, and no more of it."""
    task = {"gid": entry["key"], "resource_type": "task", "resource_subtype": "default_task"}
    told: dict[str, Any] = {"user": None, "created_at": instant(float(entry["wall"])), "action": action}
    change = {"change": {"field": "completed", "action": "changed"}} if action == "changed" else {}
    return told | {"resource": task, "parent": None} | change


def headers(body: bytes, *, secret: str) -> dict[str, str]:
    """The headers over exactly these bytes."""
    return {"content-type": "application/json", "x-hook-signature": signature(secret, body)}
