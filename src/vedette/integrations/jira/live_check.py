"""Live check: asks Jira whether everything that the routes name exists, and says what was probably meant."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import partial

from vedette.errors import VedetteError
from vedette.integrations.jira.client import JiraClient, Json
from vedette.integrations.jira.fields import allowed, field_id, fields_of
from vedette.integrations.jira.reading import name_of
from vedette.integrations.jira.screens import Screens
from vedette.model.document import Document
from vedette.model.ownership import Finding
from vedette.model.tickets import Route, TicketDraft

_NEEDED = {
    "BROWSE_PROJECTS": "Browse Projects",
    "CREATE_ISSUES": "Create Issues",
    "EDIT_ISSUES": "Edit Issues",
    "ADD_COMMENTS": "Add Comments",
    "TRANSITION_ISSUES": "Transition Issues",
}


class LiveCheck:
    """The questions of `check --live` to one Jira."""

    def __init__(self, client: JiraClient, screens: Screens) -> None:
        self._client = client
        self._screens = screens

    def check(self, routes: Sequence[tuple[str, Route]]) -> Iterator[Finding]:
        """Findings for the credentials, then for each route; what cannot be asked is a finding too."""
        try:
            me = self._client.myself()
        except VedetteError as problem:
            yield Finding(self._client.name, ok=False, message=str(problem), cure="check url, email and token")
            return
        yield Finding(self._client.name, ok=True, message=f"signed in as {me.get('displayName') or me.get('name')}")
        for where, route in routes:
            yield from self._guarded(f"{where}: {route.project}", partial(self._route, where, route))

    def _guarded(self, subject: str, ask: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
        try:
            yield from ask()
        except VedetteError as problem:
            yield Finding(subject, ok=False, message=str(problem), cure="try again when Jira answers")

    def _route(self, where: str, route: Route) -> Iterator[Finding]:
        project = self._client.project(route.project)
        if project is None:
            yield _unknown(where, "project", route.project, self._client.project_keys())
            return
        yield Finding(f"{where}: project {route.project}", ok=True, message="exists and can be seen")
        yield from self._permissions(where, route)
        known = [name_of(each) for each in project.get("components") or ()]
        yield from self._named(where, "component", route.components, known)
        yield from self._assignee(where, route)
        yield from self._of_the_type(where, route)

    def _of_the_type(self, where: str, route: Route) -> Iterator[Finding]:
        """What hangs on the issue type: its statuses and its create screen."""
        kind = self._screens.type_of(route.project, route.type)
        if kind is None:
            names = [str(each.get("name")) for each in self._screens.types(route.project)]
            yield _unknown(where, "type", route.type, names)
            return
        yield _known(where, "type", str(kind.get("name")))
        yield from self._status(where, route, str(kind.get("id")))
        yield from self._fields(where, route, str(kind.get("id")))

    def _permissions(self, where: str, route: Route) -> Iterator[Finding]:
        held = self._client.permissions(route.project, list(_NEEDED))
        for name, title in _NEEDED.items():
            ok = name in held
            cure = "" if ok else f"add the bot to a role with {title} in the permission scheme of {route.project}"
            message = "granted" if ok else f"the bot may not: {title}"
            yield Finding(f"{where}: permission {name} in {route.project}", ok=ok, message=message, cure=cure)

    def _named(self, where: str, what: str, wanted: Iterable[str], known: Sequence[str]) -> Iterator[Finding]:
        folded = {each.casefold() for each in known}
        for each in wanted:
            yield _known(where, what, each) if each.casefold() in folded else _unknown(where, what, each, known)

    def _status(self, where: str, route: Route, type_id: str) -> Iterator[Finding]:
        if not route.status:
            return
        types = self._client.statuses(route.project)
        known = [
            name_of(each) for kind in types if str(kind.get("id")) == type_id for each in kind.get("statuses") or ()
        ]
        for finding in self._named(where, "status", [route.status], known):
            # Only an existing ticket shows the names of transitions, so a name may be right though no status bears it.
            hint = "" if finding.ok else "; or it is the name of a transition, which only a ticket can show"
            yield Finding(finding.subject, ok=finding.ok, message=finding.message, cure=finding.cure + hint)

    def _assignee(self, where: str, route: Route) -> Iterator[Finding]:
        if not route.assignee:
            return
        found = self._client.assignable(route.project, route.assignee)
        subject = f"{where}: assignee {route.assignee}"
        if found:
            yield Finding(subject, ok=True, message=f"can be assigned in {route.project}")
            return
        cure = "make the person assignable there, or name another; until then tickets are cut unassigned"
        yield Finding(subject, ok=False, message=f"nobody of that name can be assigned in {route.project}", cure=cure)

    def _fields(self, where: str, route: Route, type_id: str) -> Iterator[Finding]:
        screen = self._screens.fields(route.project, type_id)
        if not screen:
            return
        if route.priority:
            yield from self._named(where, "priority", [route.priority], allowed(screen.get("priority") or {}))
        if "labels" not in screen:
            cure = "put the field Labels on the create screen; until then tickets are found by their title alone"
            yield Finding(f"{where}: labels", ok=False, message="not on the create screen", cure=cure)
        names = {each: str(field.get("name")) for each, field in screen.items()}
        for name in route.fields:
            found = field_id(name, screen) in screen
            yield _known(where, "field", name) if found else _unknown(where, "field", name, list(names.values()))
        yield from self._values(where, route, screen)
        yield self._mandatory(where, route)

    def _values(self, where: str, route: Route, screen: Mapping[str, Json]) -> Iterator[Finding]:
        for name, value in route.fields.items():
            known = allowed(screen.get(field_id(name, screen)) or {})
            if known and isinstance(value, str):
                yield from self._named(where, f"value of {name}", [value], known)

    def _mandatory(self, where: str, route: Route) -> Finding:
        draft = TicketDraft(route=route, title="check", body=Document(), stamp="", link="")
        subject = f"{where}: mandatory fields of {route.project}"
        try:
            fields_of(draft, screens=self._screens, cloud=self._client.cloud)
        except VedetteError as problem:
            return Finding(subject, ok=False, message=str(problem), cure="give them values under the route's `fields:`")
        return Finding(subject, ok=True, message="all have values")


def _known(where: str, what: str, name: str) -> Finding:
    return Finding(f"{where}: {what} {name}", ok=True, message="exists")


def _unknown(where: str, what: str, name: str, known: Sequence[str]) -> Finding:
    folded = {each.casefold(): each for each in known}
    close = get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.5)
    cure = f"did you mean {folded[close[0]]}?" if close else f"known are: {', '.join(known[:10]) or 'none'}"
    return Finding(f"{where}: {what} {name}", ok=False, message="does not exist, or the bot may not see it", cure=cure)
