"""A stand-in IMAP server, strict: what a state does not allow is refused, and sequence numbers are not UIDs."""

import re
import socketserver
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Self

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


@dataclass
class ImapStandIn:
    """A server in threads with one folder; `refused` tells every command that it did not take."""

    password: str = PASSWORD
    user: str = "owner"
    folder: str = "INBOX"
    validity: int = 7
    mails: list[Mail] = field(default_factory=list)
    said: list[str] = field(default_factory=list)  # every command, without the password
    refused: list[str] = field(default_factory=list)
    silent: bool = False

    def __post_init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _Session)
        self._server.desk = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.port = int(self._server.server_address[1])
        self.closing = threading.Event()

    def put(self, text: str, *, subject: str = "Sentry Access Request", on: date, html: bool = False) -> Mail:
        """Lay a mail into the folder; UIDs have gaps, as where mails were deleted."""
        made = Mail(max((each.uid for each in self.mails), default=40) + 3, subject, text, on, html)
        self.mails.append(made)
        return made

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
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
