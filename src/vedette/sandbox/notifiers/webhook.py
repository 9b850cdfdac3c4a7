"""A stand-in receiver of signed notices, which takes each of them once."""

import hashlib
import hmac
import json

from vedette.sandbox.notifiers.inbox import Inbox, Post, Reply

SECRET = "shared-secret-of-the-hook"  # noqa: S105 - the stand-in's own


class WebhookStandIn(Inbox):
    """One address with a secret."""

    def __init__(self, *, path: str = "/vedette/inbox-1f2e3d", secret: str = SECRET, port: int = 0) -> None:
        super().__init__(port=port)
        self.path = path
        self.secret = secret
        self.repeats = 0

    def judge(self, post: Post) -> Reply:
        """Take a notice whose signature is right; one that is there already is answered likewise."""
        if post.path != self.path:
            return Reply(404, b"no such hook")
        if post.method != "POST":
            return Reply(405, b"post it")
        proof = "sha256=" + hmac.new(self.secret.encode(), post.body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(proof, post.headers.get("x-vedette-signature", "")):
            return Reply(401, b"bad signature")
        try:
            notice = json.loads(post.body)
        except ValueError:
            return Reply(400, b"no JSON")
        if any(each["id"] == notice["id"] for each in self.taken):
            self.repeats += 1
            return Reply(200, b"known")
        return Reply(200, b"taken", taken=notice)
