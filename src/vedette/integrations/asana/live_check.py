"""Live check: asks Asana whether everything that the routes name exists, and says what was probably meant."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial

from vedette.errors import Refused, VedetteError
from vedette.integrations.asana.client import AsanaClient
from vedette.integrations.asana.config import Config
from vedette.integrations.asana.drafting import Drafting
from vedette.integrations.asana.places import PORTFOLIO, Places
from vedette.model.document import Document
from vedette.model.ownership import Finding
from vedette.model.tickets import Route, TicketDraft


class LiveCheck:
    """The questions of `check --live` to one workspace."""

    def __init__(self, client: AsanaClient, places: Places, drafting: Drafting, config: Config) -> None:
        self._client = client
        self._places = places
        self._drafting = drafting
        self._config = config

    def check(self, routes: Sequence[tuple[str, Route]]) -> Iterator[Finding]:
        """Findings for the token and workspace, then for each route; what cannot be asked is a finding too."""
        self._places.forget()
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
            yield from _guarded(f"{where}: {route.project}", partial(self._route, where, route))

    def _route(self, where: str, route: Route) -> Iterator[Finding]:
        subject = f"{where}: project {route.project}"
        try:
            gid = self._places.project(route.project)
        except Refused as refusal:
            yield Finding(subject, ok=False, message=str(refusal), cure="name a project, its gid, or portfolio:GID")
            return
        found = self._client.project(gid)
        if found is None:
            cure = f"share it with the token's account, or name another: {', '.join(self._places.project_names()[:10])}"
            yield Finding(subject, ok=False, message="does not exist, or the token may not see it", cure=cure)
            return
        latest = f", now {found.get('name')}" if route.project.startswith(PORTFOLIO) else ""
        yield Finding(
            subject, ok=not found.get("archived"), message=f"exists{latest}", cure=_archived(found.get("archived"))
        )
        yield from self._contents(where, route, gid)

    def _contents(self, where: str, route: Route, gid: str) -> Iterator[Finding]:
        """Whatever a draft would leave out, before there is one."""
        draft = TicketDraft(route=route, title="check", body=Document(), stamp="", link="")
        lost = self._drafting.drafted(draft, project=gid, now=datetime.now(UTC)).lost
        for each in lost:
            what, _, told = each.partition(": left out, ")
            message, _, cure = told.partition("; ")
            yield Finding(
                f"{where}: {what}", ok=False, message=message, cure=cure or "make it in Asana, or name another"
            )
        if not lost:
            yield Finding(f"{where}: section, fields, tags, assignee", ok=True, message="all exist")
        yield from self._stamp(where, gid)

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


def _archived(archived: object) -> str:
    return "it is archived: bring it back, or name another" if archived else ""


def _guarded(subject: str, ask: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    try:
        yield from ask()
    except VedetteError as problem:
        yield Finding(subject, ok=False, message=str(problem), cure="try again when Asana answers")
