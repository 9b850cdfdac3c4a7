"""Hooks: Linear's webhooks, which tell that an issue changed; what it became is for a reading to say.

Signed with the hex HMAC-SHA256 of the raw body in `Linear-Signature`; `webhookTimestamp` in the body is the moment of
sending. https://linear.app/developers/webhooks
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from vedette.model.deliveries import Delivery
from vedette.model.events import Ignored, TicketsTouched
from vedette.ports.hooks import Hooks

#: What to subscribe to; comments, attachments and labels say nothing of an issue's state.
RESOURCES = ("Issue",)
# Linear asks for a minute. A replay does no harm, since it only has a ticket read; a clock that is wrong by two minutes
# would have every hook ignored.
_FRESH = timedelta(minutes=5)
_LONGEST_KIND = 60


def read(delivery: Delivery) -> TicketsTouched | Ignored:
    """The issue that was changed or removed, by its id."""
    try:
        body: Any = msgspec.json.decode(delivery.body)
    except (msgspec.DecodeError, RecursionError):
        return Ignored("linear.unreadable", "the body is no JSON")
    told = body if isinstance(body, Mapping) else {}
    resource, action = str(told.get("type") or "unknown"), str(told.get("action") or "unknown")
    kind = f"linear.{resource}.{action}"[:_LONGEST_KIND]
    if resource not in RESOURCES or action not in ("update", "remove"):
        return Ignored(kind, "nothing is done for hooks of this kind")
    if not _is_fresh(told.get("webhookTimestamp"), received_at=delivery.received_at):
        return Ignored("linear.stale", "it was sent long ago, or the clocks differ: a replay?")
    data = told.get("data")
    issue = data.get("id") if isinstance(data, Mapping) else None
    if not isinstance(issue, str) or not issue:
        return Ignored(kind, "the hook names no issue")
    return TicketsTouched((issue,))


def _is_fresh(sent_ms: object, *, received_at: datetime) -> bool:
    if isinstance(sent_ms, bool) or not isinstance(sent_ms, int | float):
        return False
    try:
        sent_at = datetime.fromtimestamp(sent_ms / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return False
    return abs(received_at - sent_at) <= _FRESH


HOOKS = Hooks(
    signature="linear-signature",
    delivery_id="linear-delivery",
    read=read,
    choose="Settings > API > Webhooks > New: Issues",
)
