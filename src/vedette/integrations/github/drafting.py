"""Drafting: a draft → the body of a create; and what of a route GitHub Issues cannot hold."""

from collections.abc import Iterable

from vedette.integrations.github import markdown
from vedette.integrations.github.client import Json
from vedette.integrations.github.marker import ticket_line
from vedette.integrations.github.text import fit_title, has_link, label
from vedette.model.tickets import Route, TicketDraft
from vedette.rules.fitting import is_web

OUR_LABEL = "vedette"
LINK_TITLE = "Sentry issue"
# What can be left out never costs the ticket; `mend` tells of it.
_SPARED = {"assignees": "assignees", "assignee": "assignees", "labels": "labels", "label": "labels", "name": "labels"}


def labels(route: Route) -> list[str]:
    """The route's labels and the constant one; each once, in any case."""
    wanted = (label(each) for each in (*route.labels, OUR_LABEL))
    return list({each.casefold(): each for each in wanted if each}.values())


def body_of(draft: TicketDraft, *, ticket_id: str) -> str:
    """The words, the Sentry link where the words do not hold it, and the hidden marker."""
    words = markdown.render(draft.body)
    linked = has_link(words, draft.link) or not is_web(draft.link)
    link = "" if linked else markdown.link(draft.link, text=LINK_TITLE)
    return "\n\n".join(filter(None, [words, link, ticket_line(draft.stamp, ticket_id)]))


def fields_of(draft: TicketDraft, *, ticket_id: str) -> Json:
    """Everything that a create says."""
    fields: Json = {
        "title": fit_title(draft.title, link=draft.link) or draft.stamp,
        "body": body_of(draft, ticket_id=ticket_id),
        "labels": labels(draft.route),
    }
    return fields | ({"assignees": [draft.route.assignee]} if draft.route.assignee else {})


def without(fields: Json, refused: Iterable[str]) -> Json | None:
    """The fields without those that GitHub refused; None where one of them cannot be left out, or none was named."""
    named = list(refused)
    dropped = {_SPARED[each] for each in named if each in _SPARED}
    if not dropped & fields.keys() or len(dropped) < len({_SPARED.get(each, each) for each in named}):
        return None
    return {name: value for name, value in fields.items() if name not in dropped}


def unheld(route: Route) -> list[str]:
    """Keys of a route that GitHub Issues has no place for."""
    given = {
        "type": route.type,
        "components": route.components,
        "priority": route.priority,
        "section": route.section,
        "fields": route.fields,
    }
    return [name for name, value in given.items() if value]
