"""Remarks: comments and the Sentry link, each left once however often it is asked for."""

from html import escape

from vedette.errors import Refused
from vedette.integrations.asana import markup
from vedette.integrations.asana.client import AsanaClient
from vedette.integrations.asana.reading import has_link
from vedette.model.document import Document, Link, Paragraph, Text
from vedette.model.tickets import TicketRef
from vedette.ports.http import Fence
from vedette.rules.fitting import one_line

_END = "</body>"


class Remarks:
    """Comments and links of one workspace."""

    def __init__(self, client: AsanaClient) -> None:
        self._client = client

    def comment(self, ref: TicketRef, text: Document, *, marker: str, fence: Fence) -> None:
        """Add a comment unless one that ends in the marker's line is there: a comment has no other room for it."""
        line = marker_line(marker)
        stories = self._client.stories(ref.id or ref.key)
        if any(_last_line(str(each.get("text") or "")) == line for each in stories if each.get("type") == "comment"):
            return
        html = markup.comment(text, footer=f"\n<em>{escape(line)}</em>")
        self._client.comment(ref.id or ref.key, html, fence=fence)

    def link(self, ref: TicketRef, *, url: str, title: str, fence: Fence) -> None:
        """See that the link stands in title or notes; where a person took it out, put it back at the end.

        Asana has no links of its own kind. Notes that Asana will not take back as it gave them are left alone, and
        the link becomes a comment.
        """
        gid = ref.id or ref.key
        if has_link(self._client.task(gid), url):
            return
        whole = self._client.html_notes(gid) or "<body></body>"
        added = f"{whole.removesuffix(_END)}\nSentry issue: {markup.anchor(url, title)}{_END}"
        try:
            self._client.edit(gid, {"html_notes": added}, fence=fence)
        except Refused as refusal:
            if refusal.status != 400:
                raise
            text = Document((Paragraph((Text("Sentry issue: "), Link(url, title))),))
            self.comment(ref, text, marker=f"link {url}", fence=fence)


def marker_line(marker: str) -> str:
    """The last line of a comment of ours."""
    return one_line(f"Vedette's mark: {marker}")


def _last_line(text: str) -> str:
    return text.rstrip().rpartition("\n")[2].strip()
