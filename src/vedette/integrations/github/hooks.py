"""Hooks: GitHub's webhooks, which tell that an issue changed; what it became is for a reading to say.

Signed in `X-Hub-Signature-256: sha256=HEX` over the raw body; a redelivery carries the same `X-GitHub-Delivery`.
https://docs.github.com/en/webhooks/webhook-events-and-payloads#issues
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from vedette.integrations.github.marker import read_ticket
from vedette.integrations.github.reading import body_of, key_of, repository_of
from vedette.model.deliveries import Delivery
from vedette.model.events import Ignored, TicketsTouched
from vedette.ports.hooks import Hooks

#: What to subscribe to; comments say nothing of an issue's state.
EVENTS = ("issues",)
_EVENT = "x-github-event"
# Labels may be statuses; the first three actions of an issue's life are our own doing.
_SILENT = frozenset({"opened", "assigned", "unassigned", "pinned", "unpinned", "locked", "unlocked", "typed"})
_LONGEST_KIND = 60


def read(delivery: Delivery) -> TicketsTouched | Ignored:
    """The issue that was changed, by its address and by the id that its marker has."""
    event = dict(delivery.headers).get(_EVENT, "unknown")
    try:
        body: Any = msgspec.json.decode(delivery.body)
    except (msgspec.DecodeError, RecursionError):
        return Ignored("github.unreadable", "the body is no JSON; let the webhook send application/json")
    told = body if isinstance(body, Mapping) else {}
    action, issue = str(told.get("action") or ""), told.get("issue")
    kind = f"github.{event}{'.' if action else ''}{action}"[:_LONGEST_KIND]
    if event not in EVENTS or action in _SILENT:
        return Ignored(kind, "nothing is done for hooks of this kind")
    if not isinstance(issue, dict) or not repository_of(issue):
        return Ignored(kind, "the hook names no issue")
    names = {key_of(issue), read_ticket(body_of(issue))[1]}
    return TicketsTouched(tuple(sorted(name for name in names if name)))


HOOKS = Hooks(
    signature="x-hub-signature-256",
    prefix="sha256=",
    delivery_id="x-github-delivery",
    kept=(_EVENT,),
    read=read,
    choose="Settings > Webhooks > Add webhook (repository or organisation): application/json, Issues",
)
