"""Amazon SNS, by its Query API: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html.

Law: signed by hand (docs/decisions: why no SDK), so the signature is held to AWS's published examples.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict

from vedette.errors import RateLimited, Refused, Unauthorised, VedetteError
from vedette.model.alarms import Notice
from vedette.model.ownership import Finding
from vedette.model.secret import Secret
from vedette.model.settings import NotifierSettings
from vedette.ports.calling import hidden, web_address
from vedette.ports.http import Answer, Fence, Talker, retry_after
from vedette.ports.roles import Integration
from vedette.ports.sigv4 import Signer
from vedette.rules.telling import cut, headline, plain

_ARN = re.compile(r"arn:aws[a-z-]*:sns:([a-z0-9-]+):[0-9]{12}:[A-Za-z0-9_.-]+")
_VERSION = "2010-03-31"
_FORM = "application/x-www-form-urlencoded; charset=utf-8"
_LONGEST_SUBJECT = 99  # fewer than 100 characters, ASCII
_ERROR = re.compile(rb"<Code>([^<]{1,100})</Code>(?:.*?<Message>([^<]{1,500})</Message>)?", re.DOTALL)
_CREDENTIALS = frozenset(
    {
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "MissingAuthenticationToken",
        "UnrecognizedClientException",
        "AuthorizationError",
        "AccessDenied",
        "AccessDeniedException",
        "OptInRequired",
    }
)
_SLOWER = frozenset({"Throttling", "ThrottlingException", "ThrottledException", "RequestLimitExceeded"})
_CURE = "check topic, access_key_id and secret_access_key, and allow sns:Publish on the topic"


def _arn(text: str) -> str:
    if not _ARN.fullmatch(text):
        raise ValueError("expected a topic such as arn:aws:sns:eu-west-1:123456789012:alarms")
    return text


class Config(BaseModel):
    """A topic, and a key that may publish to it. `url` is for an endpoint of your own network."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)

    topic: Annotated[str, AfterValidator(_arn)]
    access_key_id: Secret
    secret_access_key: Secret
    session_token: Secret | None = None
    url: Annotated[str, AfterValidator(web_address)] | None = None
    allow_private: bool = False

    @property
    def region(self) -> str:
        """The topic's region."""
        found = _ARN.fullmatch(self.topic)
        return found[1] if found else ""

    @property
    def endpoint(self) -> str:
        """Where the region's SNS answers."""
        return self.url or f"https://sns.{self.region}.amazonaws.com{'.cn' if self.region.startswith('cn-') else ''}"


class Sns:
    """Publishes to one topic."""

    def __init__(self, name: str, config: Config, *, timeout: float) -> None:
        self.name = name
        self._topic = config.topic
        self._secrets = (config.access_key_id, config.secret_access_key, config.session_token)
        self._host = urlsplit(config.endpoint).netloc
        self._signer = Signer(
            config.access_key_id.reveal(),
            config.secret_access_key.reveal(),
            config.region,
            "sns",
            config.session_token.reveal() if config.session_token else "",
        )
        self._talker = _Talker(
            name, base_url=config.endpoint, timeout=timeout, words=self._words, public_only=not config.allow_private
        )

    @classmethod
    def from_settings(cls, settings: NotifierSettings) -> "Sns":
        """The notifier that the settings describe."""
        return cls(settings.name, settings.config, timeout=settings.timeout.total_seconds())

    def notify(self, notice: Notice, *, fence: Fence) -> Sequence[str]:
        """Publish the notice; to a FIFO topic in the order of its cause, and once within its five minutes."""
        asked = {"Subject": subject(notice), "Message": plain(notice)}
        if self._topic.endswith(".fifo"):
            asked |= {"MessageGroupId": _digest(notice.key), "MessageDeduplicationId": _digest(notice.id)}
        self._call("Publish", asked, fence=fence)
        return ()

    def check(self) -> Iterator[Finding]:
        """Ask for the topic's attributes: a key that may only publish is told apart from a bad one."""
        try:
            self._call("GetTopicAttributes", {}, fence=Fence.after(20))
        except VedetteError as problem:
            may_publish_only = "AuthorizationError" in str(problem) or "AccessDenied" in str(problem)
            told = "the key is good; it may not read the topic, so the first notice shows whether it may publish"
            message = told if may_publish_only else str(problem)
            yield Finding(self.name, ok=may_publish_only, message=message, cure="" if may_publish_only else _CURE)
            return
        yield Finding(self.name, ok=True, message="the topic is there")

    def close(self) -> None:
        """Let the connections go."""
        self._talker.close()

    def _call(self, action: str, asked: Mapping[str, str], *, fence: Fence) -> None:
        body = urlencode({"Action": action, "Version": _VERSION, "TopicArn": self._topic, **asked}).encode()
        headers = self._signer.headers(host=self._host, body=body, content_type=_FORM, now=datetime.now(UTC))
        self._talker.write("POST", "/", content=body, headers=headers, fence=fence)

    def _words(self, answer: Answer) -> tuple[str, Mapping[str, str]]:
        code, message = said(answer)
        return hidden(f"{code}: {message}" if message else code, *self._secrets), {}


class _Talker(Talker):
    """The talker, with AWS's codes, which say more than its statuses."""

    def judge(self, answer: Answer, *, method: str, path: str) -> Answer:
        code, _ = said(answer)
        if answer.status >= 400 and code in _CREDENTIALS | _SLOWER:
            told, _ = self._words(answer)
            if code in _SLOWER:
                raise RateLimited(f"{self.name}: SNS answered {told}", wait=retry_after(answer))
            raise Unauthorised(f"{self.name}: SNS answered {told}; {_CURE}")
        if answer.status == 404:
            told, _ = self._words(answer)
            raise Refused(f"{self.name}: SNS answered {told}; correct topic", status=404)
        return super().judge(answer, method=method, path=path)


def said(answer: Answer) -> tuple[str, str]:
    """AWS's code and message; "" where the answer has none."""
    found = _ERROR.search(answer.body)
    if found is None:
        return "", ""
    return found[1].decode("utf-8", "replace"), (found[2] or b"").decode("utf-8", "replace")


def subject(notice: Notice) -> str:
    """The headline as SNS takes it: ASCII, one line, beginning with a letter."""
    return cut(headline(notice).encode("ascii", "replace").decode(), _LONGEST_SUBJECT).replace("…", "~")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


INTEGRATION = Integration(config=Config, notifier=Sns.from_settings)
