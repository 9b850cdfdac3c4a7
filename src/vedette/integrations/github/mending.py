"""Mending: reading a new ticket back, putting right what GitHub dropped, and telling what stays wrong.

Without the right to push, GitHub drops labels and assignees of a create and says nothing:
https://docs.github.com/en/rest/issues/issues#create-an-issue
"""

from collections.abc import Iterator

from vedette.errors import Refused
from vedette.integrations.github.client import GitHubClient, Json
from vedette.integrations.github.drafting import MILESTONE, Drafting, milestone_of, unheld
from vedette.integrations.github.marker import fresh_id, ticket_line
from vedette.integrations.github.reading import address, body_of, carries, key_of
from vedette.integrations.github.remarks import with_line
from vedette.integrations.github.statuses import labels_of
from vedette.integrations.github.text import has_link
from vedette.integrations.github.workflow import Workflow
from vedette.model.tickets import TicketDraft, TicketRef
from vedette.ports.http import Fence

_RIGHT = "give the bot the right to push there"
_SINGULAR = {"assignees": "assignee"}


class Mender:
    """Reads back and repairs tickets of one GitHub."""

    def __init__(self, client: GitHubClient, workflow: Workflow, drafting: Drafting) -> None:
        self._client = client
        self._workflow = workflow
        self._drafting = drafting

    def mend(self, ref: TicketRef, draft: TicketDraft, *, fence: Fence) -> list[str]:
        """Put labels, assignee, type, milestone and marker right; a sentence for each thing that stays wrong."""
        issue = self._workflow.issue(ref)
        words: list[str] = []
        if self._wrong(draft, issue):
            words += self._put_right(ref, draft, issue, fence=fence)
            # GitHub drops an edit as silently as it drops fields of a create.
            issue = self._workflow.issue(ref)
        left_out = (f"{each}: left out, GitHub Issues has none" for each in unheld(draft.route))
        return [*self._told(draft, issue, words), *left_out]

    def _put_right(self, ref: TicketRef, draft: TicketDraft, issue: Json, *, fence: Fence) -> Iterator[str]:
        place = address(key_of(issue))
        if lacking := self._lacking(draft, issue):
            try:
                self._client.add_labels(*place, lacking, fence=fence)
            except Refused as refusal:
                yield str(refusal)
        # One by one, since a refused field takes the others with it.
        for name, value in self._changes(ref, draft, issue).items():
            try:
                self._client.edit(*place, {name: value}, fence=fence)
            except Refused as refusal:
                yield str(refusal)

    def _changes(self, ref: TicketRef, draft: TicketDraft, issue: Json) -> Json:
        changes = {
            name: value for name, value in self._drafting.optional(draft.route).items() if name in _amiss(draft, issue)
        }
        if not carries(issue, draft.stamp):
            known = ref.id if len(ref.id) == len(fresh_id()) else fresh_id()
            changes["body"] = with_line(body_of(issue), ticket_line(draft.stamp, known))
        return changes

    def _wrong(self, draft: TicketDraft, issue: Json) -> bool:
        return bool(self._lacking(draft, issue) or _amiss(draft, issue)) or not carries(issue, draft.stamp)

    def _told(self, draft: TicketDraft, issue: Json, words: list[str]) -> Iterator[str]:
        why = f" ({'; '.join(words)})" if words else ""
        place = draft.route.project
        if lacking := self._lacking(draft, issue):
            yield f"labels: {', '.join(lacking)} not kept by {place}{why}: {_RIGHT}"
        for name, wanted in _amiss(draft, issue).items():
            yield f"{_SINGULAR.get(name, name)} {wanted}: not kept by {place}{why}: {_RIGHT}, or name one of {place}"
        if not carries(issue, draft.stamp):
            yield f"marker: not kept{why}: without it the ticket is known by its link alone"
        if not has_link(f"{issue.get('title') or ''}\n{body_of(issue)}", draft.link):
            yield "link: the Sentry link stands neither in the title nor in the body"

    def _lacking(self, draft: TicketDraft, issue: Json) -> list[str]:
        present = {each.casefold() for each in labels_of(issue)}
        return [each for each in self._drafting.labels(draft.route) if each.casefold() not in present]


def _amiss(draft: TicketDraft, issue: Json) -> dict[str, str]:
    """What the route names and the issue has otherwise, by the names of GitHub's fields."""
    route = draft.route
    wanted = {"assignees": route.assignee, "type": route.type, MILESTONE: milestone_of(route)}
    held = {
        "assignees": [str(each.get("login")) for each in issue.get("assignees") or ()],
        "type": [str((issue.get("type") or {}).get("name"))],
        MILESTONE: [str((issue.get(MILESTONE) or {}).get("title"))],
    }
    return {
        name: value for name, value in wanted.items() if value and value.casefold() not in map(str.casefold, held[name])
    }
