"""A stand-in Amazon SNS: one topic, and requests signed with Signature Version 4, which it works out anew."""

import hashlib
import hmac
import re
from urllib.parse import parse_qs

from vedette.sandbox.notifiers.inbox import Inbox, Post, Reply

_PROOF = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, "
    r"SignedHeaders=([^,]+), Signature=(\w+)"
)
SECRET = "a-secret-access-key-of-nobody"  # noqa: S105 - the stand-in's own
_XML = {"Content-Type": "text/xml"}


class SnsStandIn(Inbox):
    """One topic and one key; `may_read`: whether the key may look at the topic."""

    def __init__(
        self,
        *,
        topic: str = "arn:aws:sns:eu-west-1:123456789012:alarms",
        key_id: str = "AKIDEXAMPLE",
        secret: str = SECRET,
        port: int = 0,
    ) -> None:
        super().__init__(port=port)
        self.topic = topic
        self.key_id = key_id
        self.secret = secret
        self.may_read = True

    def judge(self, post: Post) -> Reply:
        """Take a message for the topic."""
        if wrong := self._forged(post):
            return _error(403, wrong, "The request signature or key is not good.")
        asked = {name: values[0] for name, values in parse_qs(post.body.decode(), keep_blank_values=True).items()}
        if asked.get("TopicArn") != self.topic:
            return _error(404, "NotFound", "Topic does not exist")
        match asked.get("Action"):
            case "GetTopicAttributes":
                return _done() if self.may_read else _error(403, "AuthorizationError", "not authorized to perform")
            case "Publish":
                return self._publish(asked)
        return _error(400, "InvalidAction", "no such action")

    def _publish(self, asked: dict[str, str]) -> Reply:
        subject, message = asked.get("Subject", ""), asked.get("Message", "")
        if not message or len(message.encode()) > 256 * 1024:
            return _error(400, "InvalidParameter", "Invalid parameter: Message")
        if subject and (len(subject) >= 100 or not subject.isascii() or not subject.isprintable()):
            return _error(400, "InvalidParameter", "Invalid parameter: Subject")
        if self.topic.endswith(".fifo") and not asked.get("MessageGroupId"):
            return _error(400, "InvalidParameter", "The MessageGroupId parameter is required for FIFO topics")
        return _done(asked)

    def _forged(self, post: Post) -> str:
        """AWS's code for what is wrong with the signature; "" for a good one."""
        found = _PROOF.fullmatch(post.headers.get("authorization", ""))
        if found is None:
            return "MissingAuthenticationToken"
        key_id, day, region, service, signed, given = found.groups()
        if key_id != self.key_id:
            return "InvalidClientTokenId"
        names = signed.split(";")
        if service != "sns" or region != self.topic.split(":")[3] or not {"host", "x-amz-date"} <= set(names):
            return "SignatureDoesNotMatch"
        lines = "".join(f"{name}:{' '.join(post.headers.get(name, '').split())}\n" for name in names)
        request = "\n".join([post.method, "/", "", lines, signed, hashlib.sha256(post.body).hexdigest()])
        scope = f"{day}/{region}/{service}/aws4_request"
        said = hashlib.sha256(request.encode()).hexdigest()
        text = "\n".join(["AWS4-HMAC-SHA256", post.headers["x-amz-date"], scope, said])
        key = b"AWS4" + self.secret.encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        proof = hmac.digest(key, text.encode(), "sha256").hex()
        return "" if hmac.compare_digest(proof, given) else "SignatureDoesNotMatch"


def _done(taken: dict[str, str] | None = None) -> Reply:
    body = b"<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"
    return Reply(200, body, _XML, taken=taken)


def _error(status: int, code: str, message: str) -> Reply:
    told = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    return Reply(status, f"<ErrorResponse>{told}</ErrorResponse>".encode(), _XML)
