"""Remarks: comments and remote links, each left once however often it is asked for."""

import hashlib

from vedette.integrations.jira import wiki
from vedette.integrations.jira.client import MARKER_PROPERTY, JiraClient, Json
from vedette.integrations.jira.fields import body
from vedette.integrations.jira.text import units
from vedette.model.document import Document
from vedette.model.tickets import TicketRef
from vedette.ports.http import Fence
from vedette.rules.fitting import one_line

_LONGEST_GLOBAL_ID = 255
_LONGEST_LINK_TITLE = 255


class Remarks:
    """Comments and links of one Jira."""

    def __init__(self, client: JiraClient) -> None:
        self._client = client

    def comment(self, ref: TicketRef, text: Document, *, marker: str, fence: Fence) -> None:
        """Add a comment unless one with the marker is there.

        Cloud keeps the marker as a property that nobody sees; Data Center as a quiet last line.
        """
        if self._said(ref, marker):
            return
        content = body(text, cloud=self._client.cloud)
        if not self._client.cloud:
            content = f"{content}\n\n{wiki.marker_line(marker)}"
        self._client.comment(ref.id or ref.key, content, marker=marker, fence=fence)

    def _said(self, ref: TicketRef, marker: str) -> bool:
        present = list(self._client.comments(ref.id or ref.key))
        if not self._client.cloud:
            line = wiki.marker_line(marker)
            return any(str(each.get("body")).rstrip().endswith(line) for each in present)
        if any(_marked(each, marker) for each in present):
            return True
        silent = [str(each.get("id")) for each in present if not each.get("properties")]
        return bool(silent) and any(_marked(each, marker) for each in self._client.with_properties(silent))

    def link(self, ref: TicketRef, *, url: str, title: str, fence: Fence) -> None:
        """Link the ticket to an address; Jira replaces the link of the same global id."""
        linked: Json = {"url": url, "title": one_line(title)[:_LONGEST_LINK_TITLE] or url}
        call: Json = {"globalId": global_id(url), "application": {"name": "Sentry"}, "object": linked}
        self._client.link(ref.id or ref.key, call, fence=fence)


def global_id(url: str) -> str:
    """The identity of a remote link: its address, hashed where Jira could not hold it."""
    whole = url.rstrip("/")
    return whole if units(whole) <= _LONGEST_GLOBAL_ID else f"sha256:{hashlib.sha256(whole.encode()).hexdigest()}"


def _marked(comment: Json, marker: str) -> bool:
    properties = comment.get("properties") or ()
    return any(each.get("key") == MARKER_PROPERTY and each.get("value") == marker for each in properties)
