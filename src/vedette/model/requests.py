"""Requests for access: who asks, what was made of it, and how people are told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from vedette.model.org import AccessRequest, Ask
from vedette.model.plan import Diagnosis
from vedette.model.secret import Secret

FROM_MAIL = "imap"  # a request's source


class AnswerPolicy(StrEnum):
    """What becomes of a request in Sentry once people were told of it."""

    LEAVE = "leave"  # it stays open there, until a person answers it or the access is there
    DENY = "deny"  # access comes from the settings alone


class MailTls(StrEnum):
    """How the connection to a mailbox is made safe."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"  # on loopback only


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A folder, read by IMAP, to which Sentry's mails about requests come; `instance`: whose they are."""

    host: str
    user: str
    password: Secret
    port: int = 993
    folder: str = "INBOX"
    tls: MailTls = MailTls.TLS
    allow_private: bool = False  # whether the host may be in a private network
    instance: str = ""  # "" where there is one


@dataclass(frozen=True, slots=True)
class RequestSettings:
    """Where requests for access are read, and who hears of them."""

    poll: bool = False
    notify: tuple[str, ...] = ()  # names of notifiers
    repeat: timedelta = timedelta(days=7)  # while it stays open
    answer: AnswerPolicy = AnswerPolicy.LEAVE
    imap: Mailbox | None = None


def request_id(request: AccessRequest) -> str:
    """team-7, invite-7 or mail-7."""
    if request.source == FROM_MAIL:
        return f"mail-{request.id}"
    return f"{'team' if request.ask is Ask.JOIN_TEAM else 'invite'}-{request.id}"


@dataclass(frozen=True, slots=True)
class Weighed:
    """A request with what it is about in words, the lines that grant it, and what is wrong with the person's access."""

    instance: str
    request: AccessRequest
    text: str
    person: str = ""  # their name in the settings; "" where nobody was found
    lines: str = ""  # YAML to add; "" where nothing is to be added
    where: str = ""  # file:line:column
    advice: str = ""
    findings: tuple[Diagnosis, ...] = ()

    @property
    def id(self) -> str:
        """What people call it by; Sentry counts requests for teams and for invitations apart."""
        return request_id(self.request)

    @property
    def key(self) -> str:
        """The same for the same request of any instance."""
        return f"{self.instance}/{self.id}"


@dataclass(frozen=True, slots=True)
class RequestSeen:
    """A request as remembered; `told`: when each notifier last took a notice of it."""

    weighed: Weighed
    first_at: datetime
    last_at: datetime
    closed_at: datetime | None = None
    told: tuple[tuple[str, datetime], ...] = ()
