"""Notes: the ticket's address, left on the issue once.

An external issue link where an integration of ours is installed (Sentry shows it beside the issue), else a note. Both
are looked for first: a repeat after a crash finds what the first attempt left.
"""

from dataclasses import dataclass, field

from vedette.errors import Refused
from vedette.integrations.sentry.dialects import Addresses
from vedette.integrations.sentry.talker import Forbidden, SentryTalker
from vedette.integrations.sentry.untrusted import items, mapping, text
from vedette.model.issues import IssueKey
from vedette.model.settings import Dialect
from vedette.model.tickets import TicketRef
from vedette.ports.http import Fence

_OURS = "vedette"
# Sentry refuses the same words by the same author within an hour: then they are there.
_ALREADY = "already posted"


@dataclass(slots=True)
class Notebook:
    """Writes on the issues of one server; remembers which installation takes our links."""

    talker: SentryTalker
    addresses: Addresses
    _installation: str | None = field(default=None)

    def leave(self, key: IssueKey, *, text_: str, ticket: TicketRef, fence: Fence) -> None:
        """Leave the ticket's address, unless it is there."""
        if self._is_linked(key, ticket) or self._is_noted(key, ticket):
            return
        installation = self._ours()
        if installation and self._linked(key, ticket, installation, fence=fence):
            return
        self._note(key, text_ if ticket.url in text_ else f"{text_} {ticket.url}", fence=fence)

    def _is_linked(self, key: IssueKey, ticket: TicketRef) -> bool:
        if self.addresses.dialect is not Dialect.SENTRY:
            return False
        try:
            body, _ = self.talker.fetch(self.addresses.external_issues(key.id))
        except (Refused, Forbidden):
            # Not every self-hosted version lists them; then the note is what is looked for.
            return False
        return any(mapping(link).get("webUrl") == ticket.url for link in items(body))

    def _is_noted(self, key: IssueKey, ticket: TicketRef) -> bool:
        body, _ = self.talker.fetch(self.addresses.comments(key.id))
        notes = [text(mapping(mapping(note).get("data")).get("text")) for note in items(body)]
        return any(ticket.url in note.split() or note.endswith(ticket.url) for note in notes)

    def _ours(self) -> str:
        """The uuid of our installation, "" where there is none: the one named after us, else the only one.

        A link left under another vendor's integration would show that vendor's name, so a doubt means a note.
        """
        if self._installation is None:
            self._installation = self._find_installation() if self.addresses.dialect is Dialect.SENTRY else ""
        return self._installation

    def _find_installation(self) -> str:
        try:
            body, _ = self.talker.fetch(self.addresses.installations)
        except (Refused, Forbidden):
            # A note needs less than this list: its lack must not pause the whole destination.
            return ""
        found = [row for row in map(mapping, items(body)) if row.get("status") == "installed" and text(row.get("uuid"))]
        named = [row for row in found if _OURS in text(mapping(row.get("app")).get("slug"))]
        chosen = named or found
        return text(chosen[0].get("uuid")) if len(chosen) == 1 else ""

    def _linked(self, key: IssueKey, ticket: TicketRef, installation: str, *, fence: Fence) -> bool:
        project, _, number = ticket.key.rpartition("-")
        body = {
            "issueId": int(key.id),
            "webUrl": ticket.url,
            "project": project or ticket.tracker,
            "identifier": number or ticket.key,
        }
        try:
            self.talker.write("POST", self.addresses.link_of(installation), fence=fence, json=body)
        except Refused as refused:
            if refused.status in {403, 404}:
                # The token is not that integration's: a note says the same.
                self._installation = ""
                return False
            raise
        return True

    def _note(self, key: IssueKey, words: str, *, fence: Fence) -> None:
        try:
            self.talker.write("POST", self.addresses.comments(key.id), fence=fence, json=self.addresses.note(words))
        except Refused as refused:
            if _ALREADY in str(refused):
                return
            if refused.status == 403:
                raise Refused(f"{refused}; give the token event:write, or set `link_back: false`", status=403) from None
            raise
