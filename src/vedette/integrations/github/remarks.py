"""Remarks: comments and the link to Sentry, each left once however often it is asked for."""

from vedette.integrations.github import markdown
from vedette.integrations.github.client import GitHubClient, Json
from vedette.integrations.github.marker import read_remark, read_ticket, remark_line, ticket_line
from vedette.integrations.github.reading import address, author_of, body_of, key_of
from vedette.integrations.github.text import has_link
from vedette.integrations.github.workflow import Workflow
from vedette.model.document import Document
from vedette.model.tickets import TicketRef
from vedette.ports.http import Fence
from vedette.rules.fitting import is_web, one_line


class Remarks:
    """Comments and links of one GitHub."""

    def __init__(self, client: GitHubClient, workflow: Workflow) -> None:
        self._client = client
        self._workflow = workflow

    def comment(self, ref: TicketRef, text: Document, *, marker: str, fence: Fence) -> None:
        """Add a comment unless one of ours with the marker is there."""
        place = address(key_of(self._workflow.issue(ref)))
        login = self._client.login()
        present = self._client.comments(*place)
        if any(_is_said(each, marker, login=login) for each in present):
            return
        self._client.comment(*place, f"{markdown.render(text)}\n\n{remark_line(marker)}", fence=fence)

    def link(self, ref: TicketRef, *, url: str, title: str, fence: Fence) -> None:
        """See that the link stands in the body, where the create put it; add it where a person took it out."""
        issue = self._workflow.issue(ref)
        body = body_of(issue)
        if has_link(body, url) or not is_web(url):
            return
        linked = markdown.link(url, text=one_line(title))
        self._client.edit(*address(key_of(issue)), {"body": with_line(body, linked)}, fence=fence)


def with_line(body: str, line: str) -> str:
    """A body with one line more, before its marker, which stays the last."""
    stamp, ticket_id = read_ticket(body)
    marker = ticket_line(stamp, ticket_id) if stamp else ""
    words = body.rstrip().removesuffix(marker).rstrip() if marker else body.rstrip()
    return "\n\n".join(filter(None, [words, line, marker]))


def _is_said(comment: Json, marker: str, *, login: str) -> bool:
    # Anyone may write a marker into a comment of a public repository, and would silence ours.
    return read_remark(body_of(comment)) == marker and (not login or author_of(comment) == login)
