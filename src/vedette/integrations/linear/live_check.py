"""Live check: asks Linear whether everything that the routes name exists, and says what was probably meant."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from vedette.errors import Refused, VedetteError
from vedette.integrations.linear.catalogue import Catalogue, Team, priority
from vedette.integrations.linear.client import LinearClient
from vedette.integrations.linear.drafting import OUR_LABEL, labels
from vedette.integrations.linear.reading import PRIORITIES
from vedette.model.ownership import Finding
from vedette.model.tickets import Route


class LiveCheck:
    """The questions of `check --live` to one workspace."""

    def __init__(self, client: LinearClient, catalogue: Catalogue) -> None:
        self._client = client
        self._catalogue = catalogue

    def check(self, routes: Sequence[tuple[str, Route]]) -> Iterator[Finding]:
        """Findings for the token, then for each route; what cannot be asked is a finding too."""
        self._catalogue.forget()
        try:
            me = self._client.viewer()
        except VedetteError as problem:
            yield Finding(self._client.name, ok=False, message=str(problem), cure="check url, token and oauth")
            return
        told = f"signed in to {me['organization']['name']} as {me['viewer']['displayName']}"
        yield Finding(self._client.name, ok=True, message=told)
        for where, route in routes:
            try:
                yield from self._route(where, route)
            except VedetteError as problem:
                yield Finding(where, ok=False, message=str(problem), cure="try again; if it stays so, check the token")

    def _route(self, where: str, route: Route) -> Iterator[Finding]:
        try:
            team = self._catalogue.team(route.project)
        except Refused as refusal:
            if refusal.status != 404:
                raise
            yield _unknown(where, "team", route.project, self._client.team_keys())
            return
        yield _known(where, "team", team.key)
        yield from self._names(where, route, team)
        yield from self._labels(where, route, team)
        yield from self._people(where, route)
        yield from _unsupported(where, route)

    def _names(self, where: str, route: Route, team: Team) -> Iterator[Finding]:
        statuses = [str(each["name"]) for each in team.states]
        if route.status:
            known = team.state(route.status) is not None
            yield _known(where, "status", route.status) if known else _unknown(where, "status", route.status, statuses)
        if route.priority:
            known = priority(route.priority) is not None
            what = (where, "priority", route.priority)
            yield _known(*what) if known else _unknown(*what, PRIORITIES)
        if route.section:
            found = self._catalogue.project(team, route.section) is not None
            names = [str(each["name"]) for each in self._client.projects(route.section)]
            what = (where, "section", route.section)
            yield _known(*what) if found else _unknown(*what, names)

    def _labels(self, where: str, route: Route, team: Team) -> Iterator[Finding]:
        wanted = labels(route)
        found = self._catalogue.labels(team, wanted)
        absent = [each for each in wanted if each not in found]
        known = self._client.team_labels(team.key) if absent else []
        for name in wanted:
            if name not in absent:
                yield _known(where, "label", name)
            elif name == OUR_LABEL:
                yield Finding(f"{where}: label {name}", ok=True, message="will be made with the first ticket")
            else:
                yield _unknown(where, "label", name, known)

    def _people(self, where: str, route: Route) -> Iterator[Finding]:
        if not route.assignee:
            return
        subject = f"{where}: assignee {route.assignee}"
        if self._catalogue.person(route.assignee):
            yield Finding(subject, ok=True, message="exists")
            return
        cure = "name one active account by its e-mail; until then tickets are cut unassigned"
        yield Finding(subject, ok=False, message="no single active account has that e-mail or name", cure=cure)


def _unsupported(where: str, route: Route) -> Iterator[Finding]:
    given = {"type": route.type, "components": route.components, "fields": route.fields}
    for name in (name for name, value in given.items() if value):
        cure = f"remove `{name}:`; use labels instead"
        yield Finding(f"{where}: {name}", ok=False, message="Linear has no such thing", cure=cure)


def _known(where: str, what: str, name: str) -> Finding:
    return Finding(f"{where}: {what} {name}", ok=True, message="exists")


def _unknown(where: str, what: str, name: str, known: Sequence[str]) -> Finding:
    folded = {each.casefold(): each for each in known}
    close = get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.5)
    cure = f"did you mean {folded[close[0]]}?" if close else f"known are: {', '.join(known[:10]) or 'none'}"
    return Finding(
        f"{where}: {what} {name}", ok=False, message="does not exist, or the token may not see it", cure=cure
    )
