"""A stand-in IMAP server, strict: what a state does not allow is refused, and sequence numbers are not UIDs."""

import re
import socketserver
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from vedette.sandbox.stage.listening import Line, Listening

PASSWORD = "a-password-of-nobody"  # noqa: S105 - the stand-in's own
_LOGIN = re.compile(r'LOGIN (\S+) "((?:[^"\\]|\\.)*)"')
_EXAMINE = re.compile(r'(EXAMINE|SELECT) "((?:[^"\\]|\\.)*)"')
_SEARCH = re.compile(r'UID SEARCH UID ([0-9]+):\* SINCE ([0-9]{1,2}-[A-Z][a-z]{2}-[0-9]{4}) SUBJECT "([^"]*)"')
_FETCH = re.compile(r"UID FETCH ([0-9,]+) \(UID BODY\.PEEK\[\]<0\.([0-9]+)>\)")


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail in the folder."""

    uid: int
    subject: str
    text: str
    on: date
    html: bool = False

    @property
    def raw(self) -> bytes:
        """As it lies there."""
        kind = "html" if self.html else "plain"
        head = f"Subject: {self.subject}\r\nMessage-ID: <{self.uid}@example.test>\r\n"
        body = f"Content-Type: text/{kind}; charset=utf-8\r\n\r\n{self.text}\r\n"
        return (head + body).encode()


class ImapStandIn(Listening):
    """A server in threads with one folder; `refused` tells every command that it did not take."""

    def __init__(
        self, *, password: str = PASSWORD, user: str = "owner", folder: str = "INBOX", validity: int = 7
    ) -> None:
        self.password, self.user, self.folder, self.validity = password, user, folder, validity
        self.mails: list[Mail] = []
        self.said: list[str] = []  # every command, without the password
        self.refused: list[str] = []
        self.silent = False
        server = _Server(("127.0.0.1", 0), _Session)
        server.desk = self
        super().__init__(server)

    def put(self, text: str, *, subject: str = "Sentry Access Request", on: date, html: bool = False) -> Mail:
        """Lay a mail into the folder; UIDs have gaps, as where mails were deleted."""
        made = Mail(max((each.uid for each in self.mails), default=40) + 3, subject, text, on, html)
        self.mails.append(made)
        return made


class _Server(Line):
    desk: ImapStandIn


class _Session(socketserver.StreamRequestHandler):
    """One connection, through the states of the protocol."""

    server: _Server

    def handle(self) -> None:
        """Speak until LOGOUT."""
        self.signed_in = self.opened = False
        if self.server.desk.silent:
            self.server.desk.closing.wait(30)
            return
        with suppress(OSError):
            self._say("* OK ready")
            while line := self.rfile.readline().decode().rstrip("\r\n"):
                tag, _, command = line.partition(" ")
                self.server.desk.said.append(command.replace(self.server.desk.password, "…"))
                if not self._obey(tag, command):
                    return

    def _obey(self, tag: str, command: str) -> bool:
        word = command.partition(" ")[0].upper()
        if word == "LOGOUT":
            self._say("* BYE", f"{tag} OK LOGOUT")
            return False
        answer = {"CAPABILITY": self._capability, "LOGIN": self._login, "EXAMINE": self._examine}.get(word)
        if word == "UID" and self.opened:
            answer = self._search if command.upper().startswith("UID SEARCH") else self._fetch
        lines = answer(command) if answer else None
        if lines is None:
            self.server.desk.refused.append(command)
            self._say(f"{tag} BAD not understood here")
        else:
            self._say(*lines[:-1], f"{tag} {lines[-1]}")
        return True

    def _capability(self, _: str) -> list[str]:
        return ["* CAPABILITY IMAP4rev1", "OK CAPABILITY"]

    def _login(self, command: str) -> list[str]:
        found, desk = _LOGIN.fullmatch(command), self.server.desk
        self.signed_in = bool(found and (found[1].strip('"'), found[2]) == (desk.user, desk.password))
        return ["OK LOGIN"] if self.signed_in else [f"NO [AUTHENTICATIONFAILED] {command} is not good"]

    def _examine(self, command: str) -> list[str] | None:
        found, desk = _EXAMINE.fullmatch(command), self.server.desk
        if not self.signed_in or not found:
            return None
        if found[2] != desk.folder:
            return ["NO [NONEXISTENT] no such folder"]
        self.opened = True
        return [f"* {len(desk.mails)} EXISTS", f"* OK [UIDVALIDITY {desk.validity}] valid", "OK [READ-ONLY] EXAMINE"]

    def _search(self, command: str) -> list[str] | None:
        found, mails = _SEARCH.fullmatch(command), self.server.desk.mails
        if not found:
            return None
        # `n:*` is `*:n` where n is beyond the last one: that one is always in it (RFC 3501, 6.4.8).
        last = max((mail.uid for mail in mails), default=0)
        since = datetime.strptime(found[2], "%d-%b-%Y").date()  # noqa: DTZ007 - a day
        fits = [
            str(mail.uid)
            for mail in mails
            if (mail.uid >= int(found[1]) or mail.uid == last) and mail.on >= since and found[3] in mail.subject
        ]
        return [f"* SEARCH {' '.join(fits)}".rstrip(), "OK SEARCH"]

    def _fetch(self, command: str) -> list[str] | None:
        found = _FETCH.fullmatch(command)
        if not found:
            return None
        wanted = {int(uid) for uid in found[1].split(",")}
        for number, mail in enumerate(self.server.desk.mails, 1):
            if mail.uid in wanted:
                raw = mail.raw[: int(found[2])]
                self.wfile.write(
                    f"* {number} FETCH (UID {mail.uid} BODY[]<0> {{{len(raw)}}}\r\n".encode() + raw + b")\r\n"
                )
        return ["OK FETCH"]

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())
