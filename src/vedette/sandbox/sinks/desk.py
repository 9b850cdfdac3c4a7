"""A desk on loopback that takes gzipped JSON with a key: what all the stand-ins of sinks have in common.

Law: it refuses what the vendor refuses, and drops without a word what the vendor drops without a word.
"""

import gzip
import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from vedette.sandbox.notifiers.inbox import Inbox, Post, Reply


class SinkDesk(Inbox):
    """`key` is what callers must show; while it is `down` nothing is taken; `refusing` are words for the next body."""

    #: Bytes of a body as it comes, and unpacked.
    most_packed = 10**6
    most_plain = 10**8

    def __init__(self, *, key: str, now: Callable[[], datetime] | None = None, port: int = 0) -> None:
        super().__init__(port=port)
        self.key = key
        self.good_key = key
        self.refusing = ""
        self.down = False
        self.bodies: list[Any] = []  # that were taken, decoded
        self.now = now or (lambda: datetime.now(UTC))

    def revoke(self) -> None:
        """From now on the key is not good."""
        self.key = ""

    def mend(self) -> None:
        """The key is good again."""
        self.key = self.good_key

    def judge(self, post: Post) -> Reply:
        """Refuse what has no business here, then let the vendor look at the body."""
        early = Reply(503, b"down") if self.down else self.at_the_door(post)
        if early is not None:
            return early
        if len(post.body) > self.most_packed:
            return self.refusal(413, "Payload Too Large")
        try:
            plain = gzip.decompress(post.body) if post.headers.get("content-encoding") == "gzip" else post.body
            body = json.loads(plain)
        except (ValueError, OSError, EOFError, zlib.error):
            return self.refusal(400, "the body is no JSON")
        if len(plain) > self.most_plain:
            return self.refusal(413, "Payload Too Large")
        if self.refusing:
            words, self.refusing = self.refusing, ""
            return self.refusal(400, words)
        return self.take(body, post)

    def at_the_door(self, post: Post) -> Reply | None:
        """The answer that needs no look at the body: a wrong address, a wrong key."""
        raise NotImplementedError

    def take(self, body: Any, post: Post) -> Reply:
        """Keep what the vendor keeps of the body."""
        raise NotImplementedError

    def refusal(self, status: int, words: str) -> Reply:
        """The vendor's way to say no."""
        return said(status, {"errors": [words]})


def said(status: int, body: Any, *, taken: Any = None) -> Reply:
    """An answer in JSON."""
    return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/json"}, taken=taken)


def number(value: Any) -> bool:
    """Whether the value is a number in JSON."""
    return isinstance(value, int | float) and not isinstance(value, bool)
