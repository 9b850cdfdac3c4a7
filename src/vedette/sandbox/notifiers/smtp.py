"""A stand-in mail server: STARTTLS, sign-in, recipients that it knows, and the mails that it took."""

import base64
import socketserver
import ssl
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import default
from enum import StrEnum

from vedette.sandbox.stage.listening import Line, Listening

PASSWORD = "a-password-of-nobody"  # noqa: S105 - the stand-in's own


class Ill(StrEnum):
    """What can go wrong with one session."""

    BUSY = "busy"  # 421 at the door
    GREYLISTED = "greylisted"  # 451 for each recipient
    FULL = "full"  # 552 for the message
    SILENT = "silent"  # nothing is said, ever
    DEAF = "deaf"  # the message is taken, and then nothing is said
    DRIPPING = "dripping"  # one byte now and then


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that was taken."""

    sender: str
    to: tuple[str, ...]
    message: Message
    raw: bytes
    safe: bool  # by TLS
    login: str


class SmtpStandIn(Listening):
    """A server in threads. With `tls` it offers STARTTLS, with `at_once` it speaks TLS from the first byte."""

    def __init__(
        self,
        *,
        password: str = PASSWORD,
        username: str = "vedette",
        known: tuple[str, ...] = ("ops@example.test", "lead@example.test"),
        tls: ssl.SSLContext | None = None,
        at_once: bool = False,
    ) -> None:
        self.username, self.password, self.known = username, password, known
        self.tls, self.at_once = tls, at_once
        self.mails: list[Mail] = []
        self.sessions = 0
        self.ills: deque[Ill] = deque()
        server = _Server(("127.0.0.1", 0), _Session)
        server.desk = self
        super().__init__(server)


class _Server(Line):
    desk: SmtpStandIn


class _Session(socketserver.StreamRequestHandler):
    """One connection; commands are methods named after them."""

    server: _Server

    def handle(self) -> None:
        """Speak until QUIT."""
        desk = self.server.desk
        desk.sessions += 1
        self.login, self.sender, self.safe = "", "", False
        self.to: list[str] = []
        self.ill = desk.ills.popleft() if desk.ills else None
        try:
            if desk.at_once and desk.tls:
                self._secure(desk.tls)
            if self._welcome():
                while self._command():
                    pass
        except (OSError, ssl.SSLError):
            return

    def finish(self) -> None:
        """Close what TLS wrapped; whoever hung up has nothing to be told."""
        for end in (self.wfile, self.rfile, self.connection):
            with suppress(OSError):
                end.close()

    def _welcome(self) -> bool:
        match self.ill:
            case Ill.SILENT:
                self.server.desk.closing.wait(30)
                return False
            case Ill.DRIPPING:
                while not self.server.desk.closing.wait(0.05):
                    self.wfile.write(b"2")
                return False
            case Ill.BUSY:
                self._say("421 too busy, come again")
                return False
        self._say("220 mail.example.test ESMTP")
        return True

    def _command(self) -> bool:
        line = self.rfile.readline(2000)
        if not line:
            return False
        verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
        act = getattr(self, f"do_{verb.upper()}", None)
        if act is None:
            self._say("502 not known here")
            return True
        return act(rest) is not False

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def _secure(self, context: ssl.SSLContext) -> None:
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self.safe = True

    def do_EHLO(self, _rest: str) -> None:
        desk = self.server.desk
        self._say("250-mail.example.test")
        if desk.tls and not self.safe:
            self._say("250-STARTTLS")
        self._say("250 AUTH PLAIN LOGIN")

    def do_STARTTLS(self, _rest: str) -> None:
        tls = self.server.desk.tls
        if tls is None or self.safe:
            self._say("454 no TLS here")
            return
        self._say("220 go ahead")
        self._secure(tls)

    def do_AUTH(self, rest: str) -> None:
        desk = self.server.desk
        way, _, given = rest.partition(" ")
        if way.upper() != "PLAIN":
            self._say("504 PLAIN only")
            return
        _, name, password = base64.b64decode(given).decode().split("\0")
        if (name, password) != (desk.username, desk.password):
            self._say(f"535 5.7.8 not a good password: {password}")
            return
        self.login = name
        self._say("235 welcome")

    def do_MAIL(self, rest: str) -> None:
        if not self.login:
            self._say("530 5.7.0 sign in first")
            return
        self.sender, self.to = _address(rest), []
        self._say("250 ok")

    def do_RCPT(self, rest: str) -> None:
        address = _address(rest)
        if self.ill is Ill.GREYLISTED:
            self._say("451 4.7.1 come again later")
        elif address not in self.server.desk.known:
            self._say("550 5.1.1 no such mailbox")
        else:
            self.to.append(address)
            self._say("250 ok")

    def do_DATA(self, _rest: str) -> bool | None:
        if not self.to:
            self._say("503 no recipients")
            return None
        self._say("354 end with a dot")
        lines: list[bytes] = []
        while (line := self.rfile.readline(2000)) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        if self.ill is Ill.FULL:
            self._say("552 5.2.2 the mailbox is full")
            return None
        raw = b"".join(lines)
        message = message_from_bytes(raw, policy=default)
        self.server.desk.mails.append(Mail(self.sender, tuple(self.to), message, raw, self.safe, self.login))
        if self.ill is Ill.DEAF:
            self.server.desk.closing.wait(30)
            return False
        self._say("250 taken")
        return None

    def do_RSET(self, _rest: str) -> None:
        self.sender, self.to = "", []
        self._say("250 ok")

    def do_NOOP(self, _rest: str) -> None:
        self._say("250 ok")

    def do_QUIT(self, _rest: str) -> bool:
        self._say("221 bye")
        return False


def _address(rest: str) -> str:
    return rest.partition("<")[2].partition(">")[0]
