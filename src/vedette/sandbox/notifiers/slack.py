"""A stand-in for Slack's incoming webhooks: one address, and blocks as Slack wants them."""

import json
from typing import Any

from vedette.sandbox.notifiers.inbox import Inbox, Post, Reply

_HTML = {"Content-Type": "text/html"}


class SlackStandIn(Inbox):
    """One channel; `path` is the secret of its webhook."""

    def __init__(self, *, path: str = "/services/T000/B000/secret", port: int = 0) -> None:
        super().__init__(port=port)
        self.path = path
        self.archived = False

    def judge(self, post: Post) -> Reply:
        """Take a message for the channel."""
        if post.path != self.path:
            return Reply(404, b"no_service", _HTML)
        if self.archived:
            return Reply(410, b"channel_is_archived", _HTML)
        try:
            message = json.loads(post.body)
        except ValueError:
            return Reply(400, b"invalid_payload", _HTML)
        if not isinstance(message, dict) or not (message.get("text") or message.get("blocks")):
            return Reply(400, b"no_text", _HTML)
        blocks = message.get("blocks") or []
        if len(blocks) > 50 or not all(_good(block) for block in blocks):
            return Reply(400, b"invalid_blocks", _HTML)
        return Reply(200, b"ok", _HTML, taken=message)


def _good(block: Any) -> bool:
    if not isinstance(block, dict) or block.get("type") not in ("section", "divider", "context", "header"):
        return False
    if block["type"] != "section":
        return True
    text, fields = block.get("text"), block.get("fields")
    if text is None and not fields:
        return False
    if fields is not None and not 1 <= len(fields) <= 10:
        return False
    return all(_good_text(each, 2000) for each in fields or ()) and (text is None or _good_text(text, 3000))


def _good_text(text: Any, longest: int) -> bool:
    words = text.get("text") if isinstance(text, dict) else None
    return isinstance(words, str) and 1 <= len(words) <= longest and text.get("type") in ("mrkdwn", "plain_text")
