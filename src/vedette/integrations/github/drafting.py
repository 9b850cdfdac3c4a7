"""Drafting: a draft → the body of a create; and what of a route GitHub Issues cannot hold."""

from collections.abc import Iterable, Iterator

from vedette.errors import Refused
from vedette.integrations.github import markdown
from vedette.integrations.github.client import GitHubClient, Json
from vedette.integrations.github.marker import ticket_line
from vedette.integrations.github.statuses import Statuses
from vedette.integrations.github.text import fit_title, has_link, label
from vedette.model.tickets import Route, TicketDraft
from vedette.rules.fitting import is_web

OUR_LABEL = "vedette"
LINK_TITLE = "Sentry issue"
MILESTONE = "milestone"
# What can be left out never costs the ticket; `mend` tells of it.
_SPARED = {
    "assignees": "assignees",
    "assignee": "assignees",
    "labels": "labels",
    "label": "labels",
    "name": "labels",
    "milestone": "milestone",
    "type": "type",
}


class Drafting:
    """Creates for one GitHub."""

    def __init__(self, client: GitHubClient, statuses: Statuses) -> None:
        self._client = client
        self._statuses = statuses

    def fields(self, draft: TicketDraft, *, ticket_id: str) -> Json:
        """Everything that a create says."""
        fields: Json = {
            "title": fit_title(draft.title, link=draft.link) or draft.stamp,
            "body": body_of(draft, ticket_id=ticket_id),
            "labels": self.labels(draft.route),
        }
        return fields | self.optional(draft.route)

    def labels(self, route: Route) -> list[str]:
        """The route's labels, that of its status, and the constant one; each once, in any case."""
        status = self._statuses.label(route.status)
        wanted = (label(each) for each in (*route.labels, status, OUR_LABEL))
        return list({each.casefold(): each for each in wanted if each}.values())

    def optional(self, route: Route) -> Json:
        """Assignee, type and milestone as far as the route names them and they are there."""
        given: Json = {"assignees": [route.assignee] if route.assignee else None, "type": route.type or None}
        given[MILESTONE] = self._milestone(route)
        return {name: value for name, value in given.items() if value is not None}

    def _milestone(self, route: Route) -> int | None:
        title = milestone_of(route)
        if not title:
            return None
        try:
            known = self._client.milestones(route.project)
            found = next((each for each in known if str(each.get("title")).casefold() == title.casefold()), None)
        except Refused:
            # What is wrong with the repository, the create itself will say.
            return None
        return int(found["number"]) if found else None


def milestone_of(route: Route) -> str:
    """The title of the milestone that a route names; "" where none."""
    return str(route.fields.get(MILESTONE) or "").strip()


def body_of(draft: TicketDraft, *, ticket_id: str) -> str:
    """The words, the Sentry link where the words do not hold it, and the hidden marker."""
    words = markdown.render(draft.body)
    linked = has_link(words, draft.link) or not is_web(draft.link)
    link = "" if linked else markdown.link(draft.link, text=LINK_TITLE)
    return "\n\n".join(filter(None, [words, link, ticket_line(draft.stamp, ticket_id)]))


def without(fields: Json, refused: Iterable[str]) -> Json | None:
    """The fields without those that GitHub refused; None where one of them cannot be left out, or none was named."""
    named = list(refused)
    dropped = {_SPARED[each] for each in named if each in _SPARED}
    if not dropped & fields.keys() or len(dropped) < len({_SPARED.get(each, each) for each in named}):
        return None
    return {name: value for name, value in fields.items() if name not in dropped}


def unheld(route: Route) -> Iterator[str]:
    """Keys of a route that GitHub Issues has no place for."""
    given = {"components": route.components, "priority": route.priority, "section": route.section}
    yield from (name for name, value in given.items() if value)
    yield from (f"fields.{name}" for name in route.fields if name != MILESTONE)
