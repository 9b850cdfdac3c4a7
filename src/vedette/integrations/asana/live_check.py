"""Live check: asks Asana whether everything that the routes name exists, and says what was probably meant."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from vedette.errors import Refused, VedetteError
from vedette.integrations.asana.boards import Boards
from vedette.integrations.asana.client import AsanaClient
from vedette.integrations.asana.config import Config
from vedette.integrations.asana.drafting import Drafting
from vedette.integrations.asana.places import Places
from vedette.model.boards import Place
from vedette.model.document import Document
from vedette.model.ownership import Finding
from vedette.model.tickets import Route, TicketDraft
from vedette.rules.boards import own_place


class LiveCheck:
    """The questions of `check --live` to one workspace."""

    def __init__(self, client: AsanaClient, places: Places, boards: Boards, drafting: Drafting, config: Config) -> None:
        self._client = client
        self._places = places
        self._boards = boards
        self._drafting = drafting
        self._config = config

    def check(self, routes: Sequence[tuple[str, Route]]) -> Iterator[Finding]:
        """Findings for the token and workspace, then for each route; what cannot be asked is a finding too."""
        self._places.forget()
        self._boards.forget()
        try:
            me, workspace = self._client.me(), self._client.the_workspace()
        except VedetteError as problem:
            yield Finding(self._client.name, ok=False, message=str(problem), cure="check url and token")
            return
        yield Finding(self._client.name, ok=True, message=f"signed in as {me.get('name')}")
        if workspace is None:
            cure = "write the gid of a workspace that this account belongs to"
            message = "does not exist, or the token may not see it"
            yield Finding(
                f"{self._client.name}: workspace {self._config.workspace}", ok=False, message=message, cure=cure
            )
            return
        for where, route in routes:
            for place in places_of(route):
                yield from _guarded(f"{where}: {place}", partial(self._place, where, route, place))

    def _place(self, where: str, route: Route, place: Place) -> Iterator[Finding]:
        """One place of a route, its fallback, and whatever a ticket there would be told."""
        found = yield from self._found(f"{where}: {place}", replace(place, fallback=""))
        if place.fallback:
            yield from self._found(f"{where}: fallback project {place.fallback}", Place(place.fallback))
        if found:
            yield from self._contents(where, replace(route, section=place.section or route.section), found)

    def _found(self, subject: str, place: Place) -> Generator[Finding, None, str]:
        """The finding; returns the project's gid, or ""."""
        try:
            placed = self._boards.resolve(place)
        except Refused as refusal:
            what, _, cure = str(refusal).partition(": ")
            yield Finding(subject, ok=False, message=what, cure=cure or self._known_projects())
            return ""
        yield Finding(subject, ok=True, message=placed.said or "exists and is open")
        return placed.project

    def _known_projects(self) -> str:
        return f"name a project, its gid, or portfolio:GID; known are: {', '.join(self._places.project_names()[:10])}"

    def _contents(self, where: str, route: Route, gid: str) -> Iterator[Finding]:
        """Whatever a draft would leave out, before there is one."""
        lost = self._lost(route, gid)
        for each in lost:
            what, _, told = each.partition(": left out, ")
            message, _, cure = told.partition("; ")
            yield Finding(
                f"{where}: {what}", ok=False, message=message, cure=cure or "make it in Asana, or name another"
            )
        if not lost:
            yield Finding(f"{where}: section, fields, tags, assignee in {gid}", ok=True, message="all exist")
        yield from self._stamp(where, gid)

    def _lost(self, route: Route, gid: str) -> list[str]:
        lost: dict[str, None] = {}
        for priority in dict.fromkeys(route.priorities.values()) or [route.priority]:
            asked = replace(route, priority=priority)
            draft = TicketDraft(route=asked, title="check", body=Document(), stamp="", link="")
            lost |= dict.fromkeys(self._drafting.drafted(draft, project=gid, now=datetime.now(UTC)).lost)
        return list(lost)

    def _stamp(self, where: str, gid: str) -> Iterator[Finding]:
        name = self._config.stamp_field
        if not name:
            return
        if self._drafting.stamp_field(gid):
            yield Finding(f"{where}: stamp field {name}", ok=True, message="is a text field of the project")
        else:
            message = f"project {gid} has no text field of that name; the key will stand in the notes"
            yield Finding(
                f"{where}: stamp field {name}", ok=False, message=message, cure="add the field to the project"
            )


def places_of(route: Route) -> tuple[Place, ...]:
    """Every place that a ticket of the route may stand in, each once."""
    named = [place for board in route.boards for place in (board.place, *board.also)]
    own = [own_place(route)] if route.project else []
    seen: dict[tuple[str, str, str], Place] = {}
    for place in (*named, *own):
        key = (place.project, place.portfolio, place.section or route.section)
        if key not in seen or place.fallback:
            seen[key] = place
    return tuple(seen.values())


def _guarded(subject: str, ask: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    try:
        yield from ask()
    except VedetteError as problem:
        yield Finding(subject, ok=False, message=str(problem), cure="try again when Asana answers")
