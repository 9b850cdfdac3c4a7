"""Hooks: Jira's webhooks, which tell that an issue changed; what it became is for a reading to say.

A webhook with a secret is signed as WebSub has it, `X-Hub-Signature: sha256=HEX` over the raw body, on Cloud and on
Data Center alike; one without a secret comes under a secret path. A repeat carries the same identifier.
https://developer.atlassian.com/cloud/jira/platform/webhooks/
https://developer.atlassian.com/server/jira/platform/webhooks/
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from vedette.model.deliveries import Delivery
from vedette.model.events import Ignored, TicketsTouched
from vedette.ports.hooks import Hooks

#: What to subscribe to; other events of an issue (comments, worklogs, links) say nothing of its state.
EVENTS = ("jira:issue_updated", "jira:issue_deleted")
_LONGEST_KIND = 80


def read(delivery: Delivery) -> TicketsTouched | Ignored:
    """The issue that was changed or deleted, by its id, which a move to another project keeps."""
    try:
        body: Any = msgspec.json.decode(delivery.body)
    except (msgspec.DecodeError, RecursionError):
        return Ignored("jira.unreadable", "the body is no JSON")
    told = body if isinstance(body, Mapping) else {}
    kind = str(told.get("webhookEvent") or "unknown")[:_LONGEST_KIND]
    if kind not in EVENTS:
        return Ignored(f"jira.{kind.removeprefix('jira:')}", "nothing is done for hooks of this kind")
    issue = told.get("issue")
    number = str(issue.get("id") or "") if isinstance(issue, Mapping) else ""
    if not number.isdecimal():
        return Ignored(f"jira.{kind.removeprefix('jira:')}", "the hook names no issue")
    return TicketsTouched((number,))


HOOKS = Hooks(
    signature="x-hub-signature",
    prefix="sha256=",
    delivery_id="x-atlassian-webhook-identifier",
    read=read,
    choose="System > WebHooks > Create: Issue updated, deleted; JQL: labels = vedette",
)
