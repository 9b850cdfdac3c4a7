"""Remarks: comments and links, each left once however often it is asked for."""

from vedette.errors import Refused
from vedette.integrations.linear import markdown
from vedette.integrations.linear.client import LinearClient, missing
from vedette.integrations.linear.identity import Identity
from vedette.model.document import Document
from vedette.model.tickets import TicketRef
from vedette.ports.http import Fence
from vedette.rules.fitting import one_line

_LONGEST_LINK_TITLE = 255


class Remarks:
    """Comments and links of one workspace."""

    def __init__(self, client: LinearClient, identity: Identity) -> None:
        self._client = client
        self._identity = identity

    def comment(self, ref: TicketRef, text: Document, *, marker: str, fence: Fence) -> None:
        """Add a comment whose id comes from the marker, unless it is there."""
        comment_id = self._identity.comment(ref.id or ref.key, marker=marker)
        if self._client.has_comment(comment_id):
            return
        fields = {"id": comment_id, "issueId": ref.id or ref.key, "body": markdown.render(text)}
        try:
            self._client.comment(fields, fence=fence)
        except Refused as refusal:
            # Linear refuses an id that is taken: then an earlier attempt came through after all.
            if not missing(refusal) or not self._client.has_comment(comment_id):
                raise

    def link(self, ref: TicketRef, *, url: str, title: str, fence: Fence) -> None:
        """Attach an address; Linear keeps one attachment per address and issue."""
        fields = {"issueId": ref.id or ref.key, "url": url, "title": one_line(title)[:_LONGEST_LINK_TITLE] or url}
        self._client.attach(fields, fence=fence)
