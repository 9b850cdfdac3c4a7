"""Mending: reading a new ticket back, putting right what it lacks, and telling what stays wrong."""

from collections.abc import Iterator

from vedette.errors import Refused
from vedette.integrations.linear.catalogue import Catalogue, priority
from vedette.integrations.linear.client import LinearClient
from vedette.integrations.linear.drafting import Drafting, labels
from vedette.integrations.linear.identity import bears, stamp_line
from vedette.integrations.linear.outcomes import Json
from vedette.integrations.linear.reading import nodes
from vedette.model.tickets import Route, TicketDraft, TicketRef
from vedette.ports.http import Fence


class Mender:
    """Reads back and repairs tickets of one workspace."""

    def __init__(self, client: LinearClient, catalogue: Catalogue, drafting: Drafting) -> None:
        self._client = client
        self._catalogue = catalogue
        self._drafting = drafting

    def mend(self, ref: TicketRef, draft: TicketDraft, *, fence: Fence) -> list[str]:
        """Put labels and stamp right; a sentence for each thing of the draft that the ticket does not have."""
        issue = self._client.issue(ref.id or ref.key)
        changes = self._changes(draft, issue, fence=fence)
        words = []
        if changes:
            try:
                issue = self._client.update(ref.id or ref.key, changes, fence=fence) or issue
            except Refused as refusal:
                words.append(str(refusal))
        return [*words, *self._lacking(draft, issue), *_unset(draft.route, issue), *_unknown(draft.route)]

    def _changes(self, draft: TicketDraft, issue: Json, *, fence: Fence) -> Json:
        changes: Json = {}
        text = str(issue.get("description") or "")
        if not bears(text, draft.stamp):
            changes["description"] = f"{text}\n\n{stamp_line(draft.stamp)}".strip()
        if _without_labels(draft.route, issue):
            # A person may have moved the ticket: only labels of the team that it is in now can be put on it.
            team = self._catalogue.team(str((issue.get("team") or {}).get("key") or draft.route.project))
            present = {str(each["id"]) for each in nodes(issue.get("labels"))}
            wanted = [each for each in self._drafting.label_ids(draft.route, team, fence=fence) if each not in present]
            changes |= {"addedLabelIds": wanted} if wanted else {}
        return changes

    def _lacking(self, draft: TicketDraft, issue: Json) -> Iterator[str]:
        for each in _without_labels(draft.route, issue):
            yield f"label {each}: left out, {draft.route.project} has none of that name"
        if not bears(str(issue.get("description") or ""), draft.stamp):
            yield "description: the stamp was not kept"


def _without_labels(route: Route, issue: Json) -> list[str]:
    present = {str(each.get("name")).casefold() for each in nodes(issue.get("labels"))}
    return [each for each in labels(route) if each.casefold() not in present]


def _unset(route: Route, issue: Json) -> Iterator[str]:
    """What of the route the ticket does not have, since losing it was better than losing the ticket."""
    status = str((issue.get("state") or {}).get("name") or "")
    if route.status and status.casefold() != route.status.casefold():
        yield f"status {route.status}: left out, the ticket is in {status or 'none'}"
    if route.priority and priority(route.priority) != issue.get("priority"):
        yield f"priority {route.priority}: left out"
    if route.assignee and not issue.get("assignee"):
        yield f"assignee {route.assignee}: left out, no single active account has that e-mail or name"
    if route.section and not issue.get("project"):
        yield f"section {route.section}: left out, {route.project} has no project of that name"


def _unknown(route: Route) -> Iterator[str]:
    if route.type:
        yield f"type {route.type}: left out, Linear has no types"
    for each in route.components:
        yield f"component {each}: left out, Linear has no components"
    for name in route.fields:
        yield f"{name}: left out, Linear has no custom fields"
