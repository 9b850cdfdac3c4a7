"""Hooks: Asana's webhooks, which tell that tasks changed; what they became is for a reading to say.

They begin with a handshake: a secret in `X-Hook-Secret` is sent back, and signs every delivery from then on, with the
hex HMAC-SHA256 of the raw body in `X-Hook-Signature`. An empty list of events is a heartbeat, every eight hours.
https://developers.asana.com/docs/webhooks-guide
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from vedette.integrations.asana.subscribing import ACTIONS, subscribe
from vedette.model.deliveries import Delivery
from vedette.model.events import Ignored, TicketsTouched
from vedette.ports.hooks import Hooks


def read(delivery: Delivery) -> TicketsTouched | Ignored:
    """The tasks that the events speak of, each once."""
    try:
        body: Any = msgspec.json.decode(delivery.body)
    except (msgspec.DecodeError, RecursionError):
        return Ignored("asana.unreadable", "the body is no JSON")
    events = body.get("events") if isinstance(body, Mapping) else None
    if not isinstance(events, list):
        return Ignored("asana.unknown", "the hook holds no list of events")
    if not events:
        return Ignored("asana.heartbeat", "Asana says that the webhook is alive")
    tasks = tuple(dict.fromkeys(_tasks(events)))
    return TicketsTouched(tasks) if tasks else Ignored("asana.no_task", "no event in it is about a task")


def _tasks(events: list[Any]) -> Iterator[str]:
    for event in events:
        resource = event.get("resource") if isinstance(event, Mapping) else None
        if not isinstance(resource, Mapping) or resource.get("resource_type") != "task":
            continue
        gid = resource.get("gid")
        if isinstance(gid, str) and gid.isdecimal() and event.get("action") in ACTIONS:
            yield gid


HOOKS = Hooks(
    signature="x-hook-signature",
    handshake="x-hook-secret",
    read=read,
    choose="Asana has no page for webhooks: `vedette trackers hooks --register` makes them",
    subscribe=subscribe,
)
