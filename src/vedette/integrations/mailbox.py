"""A mailbox, by IMAP: https://www.rfc-editor.org/rfc/rfc3501, with the standard library's client.

Law: everything is by UID, and from the bookmark on; the folder is opened to look only, so that no mail becomes read.
"""

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import unescape
from threading import Timer

from vedette.errors import Refused, Unauthorised, Unavailable
from vedette.model.requests import Mailbox, MailTls
from vedette.ports.addresses import Private, resolved
from vedette.ports.calling import hidden
from vedette.ports.mail import Bookmark, Letter

_AT_ONCE = 100  # mails fetched by one command
_MOST_BYTES = 64 * 1024  # of one mail: who asks for what stands at its beginning
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TAG = re.compile(r"<[^>]*>")
_UID = re.compile(rb"\bUID ([0-9]+)")
_FIRST_LINES = f"(UID BODY.PEEK[]<0.{_MOST_BYTES}>)"


class ImapMailbox:
    """One folder, read anew by a session each time."""

    def __init__(self, settings: Mailbox, *, trust: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._trust = trust

    def since(
        self, bookmark: Bookmark | None, *, subject: str, not_before: date, seconds: float
    ) -> tuple[Bookmark, Sequence[Letter]]:
        """See `ports.mail.Letters`."""
        with self._told(), self._session(seconds) as client:
            validity = self._opened(client)
            after = bookmark.uid if bookmark and bookmark.validity == validity else 0
            uids = _searched(client, subject, after=after, not_before=not_before)
            letters = [
                letter
                for start in range(0, len(uids), _AT_ONCE)
                for letter in _fetched(client, uids[start : start + _AT_ONCE])
            ]
        return Bookmark(validity, max([after, *uids])), letters

    @contextmanager
    def _session(self, seconds: float) -> Iterator[imaplib.IMAP4]:
        client = self._connected(seconds)
        # A time-out of the socket is one for each read; only this ends a server that drips.
        alarm = Timer(seconds, _break, [client])
        alarm.start()
        try:
            if self._settings.tls is MailTls.STARTTLS:
                client.starttls(self._context())
            self._sign_in(client)
            yield client
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                client.logout()
            alarm.cancel()

    def _connected(self, seconds: float) -> imaplib.IMAP4:
        host, port = self._settings.host, self._settings.port
        self._refuse_private(host, port)
        if self._settings.tls is MailTls.TLS:
            return imaplib.IMAP4_SSL(host, port, ssl_context=self._context(), timeout=seconds)
        return imaplib.IMAP4(host, port, timeout=seconds)

    def _refuse_private(self, host: str, port: int) -> None:
        try:
            if not self._settings.allow_private:
                resolved(host, port)
        except Private:
            cure = "set `allow_private: true` if that is meant"
            raise Refused(f"{self._name}: it leads into a private network; {cure}") from None

    def _context(self) -> ssl.SSLContext:
        return self._trust or ssl.create_default_context()

    def _sign_in(self, client: imaplib.IMAP4) -> None:
        try:
            client.login(self._settings.user, self._settings.password.reveal())
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as problem:
            cure = "correct user and password of access.requests.imap"
            raise Unauthorised(f"{self._name}: signing in was refused ({self._words(problem)}); {cure}") from None

    def _opened(self, client: imaplib.IMAP4) -> int:
        """Open the folder to look; its UIDVALIDITY."""
        folder = self._settings.folder
        quoted = '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
        status, said = client.select(quoted, readonly=True)
        if status != "OK":
            raise Refused(f"{self._name}: there is no folder {folder} ({self._words(said)}); correct the folder")
        _, found = client.response("UIDVALIDITY")
        text = found[0] if found else None
        return int(text) if isinstance(text, bytes) and text.isdigit() else 0

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what imaplib raises into the families, in words without a secret."""
        try:
            yield
        except ssl.SSLError as problem:
            said = problem.reason or type(problem).__name__
            raise Unauthorised(f"{self._name}: TLS failed ({said}); correct host, port and tls") from None
        except imaplib.IMAP4.abort as problem:
            raise Unavailable(f"{self._name} hung up ({self._words(problem)})") from None
        except imaplib.IMAP4.error as problem:
            raise Refused(f"{self._name} refused: {self._words(problem)}") from None
        except OSError as problem:
            word = "time-out" if isinstance(problem, socket.timeout) else type(problem).__name__
            raise Unavailable(f"{self._name} lost the connection ({word})") from None

    @property
    def _name(self) -> str:
        return f"mailbox {self._settings.host}"

    def _words(self, said: object) -> str:
        text = " ".join(str(said).split())
        return hidden(text, self._settings.password)[:200]


def _searched(client: imaplib.IMAP4, subject: str, *, after: int, not_before: date) -> list[int]:
    """UIDs after that one, in order; a server answers `n:*` with the last mail even where it is older than n."""
    # Months are English in the protocol, whatever the locale says.
    day = f"{not_before.day}-{_MONTHS[not_before.month - 1]}-{not_before.year}"
    status, found = client.uid("SEARCH", f'UID {after + 1}:* SINCE {day} SUBJECT "{subject}"')
    if status != "OK":
        raise imaplib.IMAP4.error("SEARCH failed")
    numbers = b" ".join(each for each in found if isinstance(each, bytes)).split()
    return sorted(uid for uid in map(int, numbers) if uid > after)


def _fetched(client: imaplib.IMAP4, uids: Sequence[int]) -> Iterator[Letter]:
    status, parts = client.uid("FETCH", ",".join(map(str, uids)), _FIRST_LINES)
    if status != "OK":
        raise imaplib.IMAP4.error("FETCH failed")
    for part in parts:
        if not isinstance(part, tuple):
            continue
        told = _UID.search(part[0])
        if told and int(told[1]) in uids:
            yield _letter(int(told[1]), part[1])


def _letter(uid: int, raw: bytes) -> Letter:
    mail = message_from_bytes(raw, policy=default)
    return Letter(uid, _text_of(mail) if isinstance(mail, EmailMessage) else "")


def _text_of(mail: EmailMessage) -> str:
    body = mail.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    try:
        text = str(body.get_content())
    except (LookupError, ValueError):  # a charset that nobody knows
        text = body.get_payload(decode=True).decode("utf-8", "replace")  # type: ignore[union-attr]
    return unescape(_TAG.sub(" ", text)) if body.get_content_subtype() == "html" else text


def _break(client: imaplib.IMAP4) -> None:
    with suppress(OSError):
        client.sock.shutdown(socket.SHUT_RDWR)
