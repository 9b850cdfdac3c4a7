"""Drafting: a draft → the input of a create. What can be left out never costs the ticket; mending tells of it."""

from vedette.errors import Refused, Unavailable, Uncertain
from vedette.integrations.linear import markdown
from vedette.integrations.linear.catalogue import Catalogue, Team, priority
from vedette.integrations.linear.client import LinearClient
from vedette.integrations.linear.identity import Identity, stamp_line
from vedette.integrations.linear.outcomes import Json
from vedette.model.tickets import Route, TicketDraft
from vedette.ports.http import Fence
from vedette.rules.fitting import fit_title

OUR_LABEL = "vedette"
NEEDED = frozenset({"id", "teamId", "title", "description"})


class Drafting:
    """Inputs for one workspace."""

    def __init__(self, client: LinearClient, catalogue: Catalogue, identity: Identity) -> None:
        self._client = client
        self._catalogue = catalogue
        self._identity = identity

    def fields(self, draft: TicketDraft, *, fence: Fence) -> Json:
        """The whole input; raises `Refused` where the team is not there."""
        team = self._catalogue.team(draft.route.project)
        needed = {
            "id": self._identity.issue(draft.stamp),
            "teamId": team.id,
            "title": fit_title(draft.title, link=draft.link, longest=markdown.LONGEST_TITLE),
            "description": description(draft),
        }
        return needed | self._optional(draft.route, team) | {"labelIds": self.label_ids(draft.route, team, fence=fence)}

    def _optional(self, route: Route, team: Team) -> Json:
        wanted = {
            "stateId": team.state(route.status) if route.status else None,
            "priority": priority(route.priority) if route.priority else None,
            "assigneeId": self._catalogue.person(route.assignee) if route.assignee else None,
            "projectId": self._catalogue.project(team, route.section) if route.section else None,
        }
        return {name: value for name, value in wanted.items() if value is not None}

    def label_ids(self, route: Route, team: Team, *, fence: Fence) -> list[str]:
        """Ids of the route's labels and of ours, which is made where it is missing: the audit finds tickets by it."""
        known = dict(self._catalogue.labels(team, labels(route)))
        if OUR_LABEL not in known:
            made = self._make_ours(team, fence=fence)
            known |= {OUR_LABEL: made} if made else {}
        return list(dict.fromkeys(known.values()))

    def _make_ours(self, team: Team, *, fence: Fence) -> str | None:
        try:
            return self._client.make_label(OUR_LABEL, fence=fence)
        except Refused:
            # Another worker was faster, or we may not; then the ticket is cut without it and mended later.
            return self._catalogue.labels(team, (OUR_LABEL,)).get(OUR_LABEL)
        except Uncertain as problem:
            # Of the ticket nothing was sent yet, so that it is not the ticket that is uncertain.
            raise Unavailable(str(problem), wait=problem.wait) from None


def labels(route: Route) -> tuple[str, ...]:
    """Names of the labels that a ticket of the route carries."""
    names = {each.casefold(): each for each in (*route.labels, OUR_LABEL) if each.strip()}
    return tuple(names.values())


def description(draft: TicketDraft) -> str:
    """The body with the stamp as its last line."""
    return "\n\n".join(each for each in (markdown.render(draft.body), stamp_line(draft.stamp)) if each)


def minimal(fields: Json) -> Json:
    """What a ticket cannot be without."""
    return {name: value for name, value in fields.items() if name in NEEDED}
