"""`access.requests:`, who hears of requests for access, and what becomes of them."""

from datetime import timedelta

from pydantic import Field

from vedette.config.schema.base import Block, Filled, Flag, Whole
from vedette.model.requests import AnswerPolicy, Mailbox, MailTls, RequestSettings
from vedette.model.secret import Secret

_USUAL = RequestSettings()


class MailboxBlock(Block):
    """A folder, read by IMAP, to which Sentry's mails about requests come."""

    host: Filled = Field(description="The mail server.")
    port: Whole = Field(default=993, ge=1, le=65535, description="Its port; 143 with starttls.")
    user: Filled = Field(description="Who signs in.")
    password: Secret = Field(description="Their password, or one for programs.")
    folder: Filled = Field(default="INBOX", description="The folder; it is read, and nothing in it is changed.")
    tls: MailTls = Field(
        default=MailTls.TLS,
        description="tls from the first byte, starttls, or none: the password in the clear, on this machine only.",
    )
    allow_private: Flag = Field(default=False, description="Whether the host may be in a private network.")
    instance: Filled | None = Field(
        default=None, description="The Sentry instance whose mails they are; may be left out where one is managed."
    )

    def frozen(self) -> Mailbox:
        """The block as rules read it."""
        return Mailbox(**(self.values() | {"instance": self.instance or ""}))


class RequestsBlock(Block):
    """Who hears of requests for access, and what becomes of them."""

    poll: Flag = Field(
        default=_USUAL.poll, description="Whether `vedette serve` reads every five minutes who asks for access."
    )
    notify: tuple[Filled, ...] = Field(
        default=_USUAL.notify, description="Names of notifiers under notifiers: that are told of each request."
    )
    repeat: timedelta = Field(
        default=_USUAL.repeat,
        ge=timedelta(hours=1),
        le=timedelta(days=365),
        description="How long after a notifier took it a request that stays open is told again.",
    )
    answer: AnswerPolicy = Field(
        default=_USUAL.answer,
        description="What becomes of it in Sentry once everybody was told: leave (open, for a person) or deny.",
    )

    imap: MailboxBlock | None = Field(
        default=None, description="A mailbox to which Sentry's mails about requests come, beside what its API tells."
    )

    def frozen(self) -> RequestSettings:
        """The block as rules read it."""
        given = {"notify": tuple(dict.fromkeys(self.notify)), "imap": self.imap and self.imap.frozen()}
        return RequestSettings(**(self.values() | given))
