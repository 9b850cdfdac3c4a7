"""Mending: reading a new ticket back, putting right what GitHub dropped, and telling what stays wrong.

Without the right to push, GitHub drops labels and assignees of a create and says nothing:
https://docs.github.com/en/rest/issues/issues#create-an-issue
"""

from collections.abc import Iterator

from vedette.errors import Refused
from vedette.integrations.github.client import GitHubClient, Json
from vedette.integrations.github.drafting import labels, unheld
from vedette.integrations.github.marker import fresh_id, ticket_line
from vedette.integrations.github.reading import address, body_of, carries, key_of, labels_of
from vedette.integrations.github.remarks import with_line
from vedette.integrations.github.text import has_link
from vedette.integrations.github.workflow import Workflow
from vedette.model.tickets import TicketDraft, TicketRef
from vedette.ports.http import Fence

_RIGHT = "give the bot the right to triage there"


class Mender:
    """Reads back and repairs tickets of one GitHub."""

    def __init__(self, client: GitHubClient, workflow: Workflow) -> None:
        self._client = client
        self._workflow = workflow

    def mend(self, ref: TicketRef, draft: TicketDraft, *, fence: Fence) -> list[str]:
        """Put labels, assignee and marker right; a sentence for each thing of the draft that the ticket lacks."""
        issue = self._workflow.issue(ref)
        words = [*self._put_right(ref, draft, issue, fence=fence)]
        if words or _wrong(draft, issue):
            # GitHub drops an edit as silently as it drops fields of a create.
            issue = self._workflow.issue(ref)
        left_out = (f"{each}: left out, GitHub Issues has none" for each in unheld(draft.route))
        return [*_told(draft, issue, words), *left_out]

    def _put_right(self, ref: TicketRef, draft: TicketDraft, issue: Json, *, fence: Fence) -> Iterator[str]:
        place = address(key_of(issue))
        lacking = _lacking(draft, issue)
        try:
            if lacking:
                self._client.add_labels(*place, lacking, fence=fence)
            changes = _changes(ref, draft, issue)
            if changes:
                self._client.edit(*place, changes, fence=fence)
        except Refused as refusal:
            yield str(refusal)


def _changes(ref: TicketRef, draft: TicketDraft, issue: Json) -> Json:
    changes: Json = {}
    if not carries(issue, draft.stamp):
        known = ref.id if len(ref.id) == len(fresh_id()) else fresh_id()
        changes["body"] = with_line(body_of(issue), ticket_line(draft.stamp, known))
    if not _is_assigned(draft, issue):
        changes["assignees"] = [draft.route.assignee]
    return changes


def _wrong(draft: TicketDraft, issue: Json) -> bool:
    return bool(_lacking(draft, issue)) or not carries(issue, draft.stamp) or not _is_assigned(draft, issue)


def _told(draft: TicketDraft, issue: Json, words: list[str]) -> Iterator[str]:
    why = f" ({'; '.join(words)})" if words else ""
    place = draft.route.project
    if lacking := _lacking(draft, issue):
        yield f"labels: {', '.join(lacking)} not kept by {place}{why}: {_RIGHT}"
    if not _is_assigned(draft, issue):
        yield f"assignee {draft.route.assignee}: not kept by {place}{why}: {_RIGHT}, or name somebody of {place}"
    if not carries(issue, draft.stamp):
        yield f"marker: not kept{why}: without it the ticket is known by its link alone"
    if not has_link(f"{issue.get('title') or ''}\n{body_of(issue)}", draft.link):
        yield "link: the Sentry link stands neither in the title nor in the body"


def _lacking(draft: TicketDraft, issue: Json) -> list[str]:
    present = {each.casefold() for each in labels_of(issue)}
    return [each for each in labels(draft.route) if each.casefold() not in present]


def _is_assigned(draft: TicketDraft, issue: Json) -> bool:
    wanted = draft.route.assignee.casefold()
    return not wanted or any(str(each.get("login")).casefold() == wanted for each in issue.get("assignees") or ())
