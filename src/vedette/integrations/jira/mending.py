"""Mending: reading a new ticket back, putting right what its screen dropped, and telling what stays wrong."""

from collections.abc import Iterator
from typing import Any

from vedette.errors import Refused
from vedette.integrations.jira.client import STAMP_PROPERTY, JiraClient, Json
from vedette.integrations.jira.fields import field_id, labels
from vedette.integrations.jira.reading import has_link, name_of
from vedette.integrations.jira.screens import Screens
from vedette.model.tickets import TicketDraft, TicketRef
from vedette.ports.http import Fence


class Mender:
    """Reads back and repairs tickets of one Jira."""

    def __init__(self, client: JiraClient, screens: Screens) -> None:
        self._client = client
        self._screens = screens

    def mend(self, ref: TicketRef, draft: TicketDraft, *, fence: Fence) -> list[str]:
        """Put label and stamp right; a sentence for each thing of the draft that the ticket does not have."""
        issue = self._read(ref)
        mended = self._put_right(ref, draft, issue, fence=fence)
        return [*mended, *_unlinked(draft, issue), *_absent(draft, issue), *self._unset(draft, issue)]

    def _put_right(self, ref: TicketRef, draft: TicketDraft, issue: Json, *, fence: Fence) -> Iterator[str]:
        words = [*self._mend_labels(ref, draft, issue, fence=fence), *self._mend_stamp(ref, draft, issue, fence=fence)]
        # A property is a resource of its own, whose 2xx says that it is kept; an edit's 2xx says nothing of the kind.
        if words or _lacking(draft, issue):
            yield from self._judge(ref, draft, words)

    def _read(self, ref: TicketRef) -> Json:
        issue = self._client.issue(ref.id or ref.key)
        if issue is None:
            raise Refused(f"{ref.key} is not there, or not for this account", status=404)
        return issue

    def _mend_labels(self, ref: TicketRef, draft: TicketDraft, issue: Json, *, fence: Fence) -> Iterator[str]:
        lacking = _lacking(draft, issue)
        if not lacking:
            return
        try:
            added = [{"add": each} for each in lacking]
            self._client.edit(ref.id or ref.key, {"update": {"labels": added}}, fence=fence)
        except Refused as refusal:
            yield str(refusal)

    def _mend_stamp(self, ref: TicketRef, draft: TicketDraft, issue: Json, *, fence: Fence) -> Iterator[str]:
        if _property(issue) == draft.stamp:
            return
        try:
            self._client.put_stamp(ref.id or ref.key, draft.stamp, fence=fence)
        except Refused as refusal:
            yield str(refusal)

    def _judge(self, ref: TicketRef, draft: TicketDraft, words: list[str]) -> Iterator[str]:
        """Read back what was mended: Jira drops some edits as silently as it drops fields of a create."""
        issue = self._read(ref)
        why = f" ({'; '.join(words)})" if words else ""
        lacking = _lacking(draft, issue)
        if lacking:
            yield f"labels: {', '.join(lacking)} not kept{why}: put the field Labels on the project's screens"
        if _property(issue) != draft.stamp:
            yield f"property {STAMP_PROPERTY}: not kept{why}"

    def _unset(self, draft: TicketDraft, issue: Json) -> Iterator[str]:
        """What the create left out because the screen does not have it."""
        route = draft.route
        kind = str(((issue.get("fields") or {}).get("issuetype") or {}).get("id") or "")
        screen = self._screens.fields(route.project, kind) if kind else {}
        for name in route.fields:
            if screen and field_id(name, screen) not in screen:
                yield f"{name}: left out, it is not on the create screen of {route.project}"


def _lacking(draft: TicketDraft, issue: Json) -> list[str]:
    present = (issue.get("fields") or {}).get("labels") or ()
    return [each for each in labels(draft) if each not in present]


def _property(issue: Json) -> Any:
    return (issue.get("properties") or {}).get(STAMP_PROPERTY)


def _unlinked(draft: TicketDraft, issue: Json) -> Iterator[str]:
    if not has_link(str((issue.get("fields") or {}).get("summary")), draft.link):
        yield "title: the Sentry link does not stand in it"


def _absent(draft: TicketDraft, issue: Json) -> Iterator[str]:
    """What of the route the ticket does not have, since losing it was better than losing the ticket."""
    fields, route = issue.get("fields") or {}, draft.route
    components = {name_of(each).casefold() for each in fields.get("components") or ()}
    for each in route.components:
        if each.casefold() not in components:
            yield f"component {each}: left out, {route.project} has none of that name"
    present = name_of(fields.get("priority"))
    if route.priority and present.casefold() != route.priority.casefold():
        yield f"priority {route.priority}: left out, the ticket has {present or 'none'}"
    if route.assignee and not fields.get("assignee"):
        yield f"assignee {route.assignee}: left out, nobody of that name can be assigned in {route.project}"
