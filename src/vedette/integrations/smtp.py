"""E-mail, by SMTP: https://www.rfc-editor.org/rfc/rfc5321.

Law: nothing is sent before the connection is as safe as `tls` says; a connection that ends while the message is on its
way leaves the outcome unknown. The Message-ID is made of the notice, so that a mail that comes twice is known as one.
"""

import hashlib
import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime
from enum import StrEnum
from threading import Timer
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from vedette.errors import Refused, Unauthorised, Unavailable, Uncertain, VedetteError
from vedette.model.alarms import Notice, NoticeState
from vedette.model.ownership import Finding
from vedette.model.secret import Secret
from vedette.model.settings import NotifierSettings
from vedette.ports.addresses import Private, resolved
from vedette.ports.calling import hidden
from vedette.ports.http import Fence, LeaseSpent
from vedette.ports.roles import Integration
from vedette.rules.telling import headline, one_line, plain

_LEAST_TIME = 0.2  # seconds; with fewer a mail could only end as uncertain


class Tls(StrEnum):
    """How the connection is made safe."""

    STARTTLS = "starttls"
    TLS = "tls"  # from the first byte, usually port 465
    NONE = "none"


def _mailbox(text: str) -> str:
    local, _, domain = text.rpartition("@")
    if not local or not domain or not text.isprintable() or any(sign in text for sign in ' <>,;"'):
        raise ValueError("expected a bare mail address such as ops@example.org")
    return text


Mailbox = Annotated[str, AfterValidator(_mailbox)]


class Config(BaseModel):
    """A mail server, and who writes to whom."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True, populate_by_name=True
    )

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    tls: Tls = Tls.STARTTLS
    sender: Mailbox = Field(alias="from")
    to: Annotated[tuple[Mailbox, ...], Field(min_length=1)]
    username: str = ""
    password: Secret | None = None
    allow_private: bool = False


class Smtp:
    """Sends one plain mail for each notice."""

    def __init__(self, name: str, config: Config, *, timeout: float, trust: ssl.SSLContext | None = None) -> None:
        self.name = name
        self._config = config
        self._timeout = timeout
        self._trust = trust

    @classmethod
    def from_settings(cls, settings: NotifierSettings) -> "Smtp":
        """The notifier that the settings describe."""
        return cls(settings.name, settings.config, timeout=settings.timeout.total_seconds())

    def notify(self, notice: Notice, *, fence: Fence) -> Sequence[str]:
        """Send the mail; the recipients that the server refused, with its words, where it took others."""
        mail = mail_of(notice, sender=self._config.sender, to=self._config.to)
        with self._session(fence) as client, self._told(sending=True):
            refused = client.send_message(mail, self._config.sender, list(self._config.to))
        return [f"{address} was refused: {self._words(code, said)}" for address, (code, said) in refused.items()]

    def check(self) -> Iterator[Finding]:
        """Sign in and name sender and recipients, and send nothing."""
        try:
            with self._session(Fence.after(self._timeout)) as client, self._told(sending=False):
                self._try_recipients(client)
        except VedetteError as problem:
            yield Finding(self.name, ok=False, message=str(problem), cure="correct the notifier's settings")
            return
        yield Finding(self.name, ok=True, message=f"takes mail for {', '.join(self._config.to)}")

    def close(self) -> None:
        """No connection outlives its mail."""

    def _try_recipients(self, client: smtplib.SMTP) -> None:
        code, said = client.mail(self._config.sender)
        if code >= 400:
            raise smtplib.SMTPSenderRefused(code, said, self._config.sender)
        for address in self._config.to:
            code, said = client.rcpt(address)
            if code >= 400:
                raise smtplib.SMTPRecipientsRefused({address: (code, said)})
        client.rset()

    @contextmanager
    def _session(self, fence: Fence) -> Iterator[smtplib.SMTP]:
        """A connection that is safe and signed in, and ends by the fence whatever the server does."""
        left = min(self._timeout, fence.left())
        if left < _LEAST_TIME:
            raise LeaseSpent(f"{self.name}: not sent: too little of the lease is left")
        with self._told(sending=False):
            client = self._connected(left)
        # A time-out of the socket is one for each read; only this ends a server that drips.
        alarm = Timer(left, _break, [client])
        alarm.start()
        try:
            with self._told(sending=False):
                self._sign_in(client)
            yield client
        finally:
            alarm.cancel()
            with suppress(OSError, smtplib.SMTPException):
                client.quit()
            client.close()

    def _connected(self, left: float) -> smtplib.SMTP:
        config = self._config
        address = config.host if config.allow_private else self._public()
        if config.tls is Tls.TLS:
            client: smtplib.SMTP = smtplib.SMTP_SSL(timeout=left, context=self._context())
        else:
            client = smtplib.SMTP(timeout=left)
        client._host = config.host  # type: ignore[attr-defined]  # noqa: SLF001 - the name that the certificate must bear
        client.connect(address, config.port)
        return client

    def _public(self) -> str:
        try:
            return resolved(self._config.host, self._config.port)
        except Private:
            cure = "set `allow_private: true` if that is meant"
            raise Refused(f"{self.name}: {self._config.host} leads into a private network; {cure}") from None

    def _sign_in(self, client: smtplib.SMTP) -> None:
        client.ehlo()
        if self._config.tls is Tls.STARTTLS:
            client.starttls(context=self._context())
            client.ehlo()
        if self._config.username and self._config.password is not None:
            client.login(self._config.username, self._config.password.reveal())

    def _context(self) -> ssl.SSLContext:
        return self._trust or ssl.create_default_context()

    @contextmanager
    def _told(self, *, sending: bool) -> Iterator[None]:
        """Turn what smtplib raises into the families, in words without a secret."""
        try:
            yield
        except smtplib.SMTPResponseException as problem:
            raise self._answered(problem.smtp_code, problem.smtp_error, problem) from None
        except smtplib.SMTPRecipientsRefused as problem:
            raise self._nobody(problem) from None
        except smtplib.SMTPNotSupportedError as problem:
            raise Unauthorised(f"{self.name}: {problem}; correct tls, username and password") from None
        except ssl.SSLError as problem:
            said = problem.reason or type(problem).__name__
            raise Unauthorised(f"{self.name}: TLS failed ({said}); correct host, port and tls") from None
        except (smtplib.SMTPException, OSError) as problem:
            kind = Uncertain if sending else Unavailable
            raise kind(f"{self.name}: {self._config.host} lost the connection ({_name(problem)})") from None

    def _answered(self, code: int, said: bytes | str, problem: Exception) -> VedetteError:
        words = f"{self.name}: {self._config.host} answered {self._words(code, said)}"
        if code < 500:
            return Unavailable(words)
        if isinstance(problem, smtplib.SMTPAuthenticationError) or code in (530, 534, 535, 538):
            return Unauthorised(f"{words}; correct username and password")
        if isinstance(problem, smtplib.SMTPSenderRefused):
            return Refused(f"{words}; the server does not let {self._config.sender} send: correct from", status=code)
        return Refused(words, status=code)

    def _nobody(self, problem: smtplib.SMTPRecipientsRefused) -> VedetteError:
        fields = {address: self._words(code, said) for address, (code, said) in problem.recipients.items()}
        told = "; ".join(f"{address}: {words}" for address, words in fields.items())
        words = f"{self.name}: {self._config.host} takes mail for none of the recipients: {told}"
        if any(code < 500 for code, _ in problem.recipients.values()):
            return Unavailable(words)
        return Refused(f"{words}; correct to", status=550, fields=fields)

    def _words(self, code: int, said: bytes | str) -> str:
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        return f"{code} {one_line(hidden(text, self._config.password))[:300]}"


def mail_of(notice: Notice, *, sender: str, to: Sequence[str]) -> EmailMessage:
    """The mail, the same for every sending of the notice; later ones on the cause answer the first."""
    domain = sender.rpartition("@")[2]
    mail = EmailMessage(policy=WIRE)
    mail["From"], mail["To"] = sender, ", ".join(to)
    mail["Subject"] = f"[Vedette] {headline(notice)}"[:250]
    mail["Date"] = format_datetime(notice.at)
    mail["Message-ID"] = _message_id(notice.id, domain)
    if notice.state is not NoticeState.OPENED:
        mail["In-Reply-To"] = mail["References"] = _message_id(notice.first_id, domain)
    mail["Auto-Submitted"] = "auto-generated"  # nobody's absence note answers it (RFC 3834)
    mail.set_content(plain(notice))
    return mail


def _message_id(notice: str, domain: str) -> str:
    return f"<{hashlib.sha256(notice.encode('utf-8', 'replace')).hexdigest()[:40]}@{domain}>"


def _break(client: smtplib.SMTP) -> None:
    if client.sock is not None:
        with suppress(OSError):
            client.sock.shutdown(socket.SHUT_RDWR)


def _name(problem: Exception) -> str:
    return "time-out" if isinstance(problem, TimeoutError) else type(problem).__name__


INTEGRATION = Integration(config=Config, notifier=Smtp.from_settings)
