"""Drafting: a draft → the data of a task.

The law: what can be left out never costs the ticket. A field, option, tag, section or assignee that Asana does not know
is left out here and told by `mend`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vedette.integrations.asana import markup
from vedette.integrations.asana.client import Json
from vedette.integrations.asana.config import Config
from vedette.integrations.asana.places import Places, meant
from vedette.integrations.asana.reading import PRIORITY, footer
from vedette.integrations.asana.values import Unfit, day, value_of
from vedette.model.tickets import Route, TicketDraft

_CUSTOM = "custom_fields"
# What Asana calls a section that went since it was read.
_SECTION = frozenset({"memberships", "section"})
DROPPABLE = frozenset({"assignee", "due_on", "tags", _CUSTOM, "html_notes"}) | _SECTION
_DUE = frozenset({"due_on", "due_in", "due"})


@dataclass(slots=True)
class Drafted:
    """The data of a task, and a sentence for each thing of the route that is not in it."""

    data: Json
    lost: list[str] = field(default_factory=list)


class Drafting:
    """Makes tasks' data for one workspace."""

    def __init__(self, places: Places, config: Config) -> None:
        self._places = places
        self._config = config

    def drafted(
        self, draft: TicketDraft, *, project: str, now: datetime, without: frozenset[str] = frozenset()
    ) -> Drafted:
        """The task in a project, without the fields that Asana refused before."""
        made = Drafted(data={"name": markup.fit_title(draft.title, link=draft.link)})
        self._place(made, draft.route, project)
        stamped = self._custom(made, draft, project, now=now) if _CUSTOM not in without else False
        self._due(made, draft.route, now=now)
        self._person(made, draft.route)
        self._tags(made, draft.route)
        if self._config.oauth:
            made.data["external"] = {"gid": draft.stamp}
        made.data["html_notes"] = notes_of(draft, stamped=stamped)
        return _less(made, without)

    def _place(self, made: Drafted, route: Route, project: str) -> None:
        made.data["projects"] = [project]
        name = route.section or route.status
        if not name:
            return
        section = self._places.section(project, name)
        if section is None:
            known = [str(each.get("name")) for each in self._places.sections(project)]
            made.lost.append(f"section {name}: left out, project {project} has none of that name; {meant(name, known)}")
            return
        # `memberships` names project and section at once, and can be said at creation only.
        made.data["memberships"] = [{"project": project, "section": section["gid"]}]
        del made.data["projects"]

    def _custom(self, made: Drafted, draft: TicketDraft, project: str, *, now: datetime) -> bool:
        """Fill the custom fields; whether the stamp stands in one of them."""
        values: Json = {}
        for name, wanted in wanted_fields(draft.route):
            found = self._places.field(project, name)
            if found is None:
                known = [str(each.get("name")) for each in self._places.fields(project)]
                made.lost.append(f"{name}: left out, project {project} has no such field; {meant(name, known)}")
                continue
            try:
                values[str(found["gid"])] = value_of(found, wanted, person=self._places.person, now=now)
            except Unfit as problem:
                made.lost.append(f"{name}: left out, {problem}")
        stamp = self.stamp_field(project)
        if stamp:
            values[stamp] = draft.stamp
        if values:
            made.data[_CUSTOM] = values
        return bool(stamp)

    def stamp_field(self, project: str) -> str:
        """The gid of the text field for the stamp where the project has it, else ""."""
        found = self._places.field(project, self._config.stamp_field) if self._config.stamp_field else None
        return str(found["gid"]) if found and found.get("resource_subtype") == "text" else ""

    def _due(self, made: Drafted, route: Route, *, now: datetime) -> None:
        for name, wanted in route.fields.items():
            if name not in _DUE:
                continue
            try:
                made.data["due_on"] = day(wanted, now=now)
            except Unfit as problem:
                made.lost.append(f"{name}: left out, {problem}")

    def _person(self, made: Drafted, route: Route) -> None:
        if not route.assignee:
            return
        found = self._places.person(route.assignee)
        if found is None:
            made.lost.append(f"assignee {route.assignee}: left out, nobody of that name is in the workspace")
        else:
            made.data["assignee"] = str(found["gid"])

    def _tags(self, made: Drafted, route: Route) -> None:
        known = {name: self._places.tag(name) for name in route.labels}
        made.lost += [f"tag {name}: left out, make it in Asana first" for name, tag in known.items() if tag is None]
        gids = [str(tag["gid"]) for tag in known.values() if tag is not None]
        if gids:
            made.data["tags"] = gids


def wanted_fields(route: Route) -> Iterator[tuple[str, Any]]:
    """Custom fields by name: those of the route, and Priority, Type and Components where it names such."""
    said: Mapping[str, Any] = {
        PRIORITY: route.priority,
        "Type": route.type,
        "Components": list(route.components),
    }
    named = {name.casefold() for name in route.fields}
    yield from ((name, wanted) for name, wanted in said.items() if wanted and name.casefold() not in named)
    yield from ((name, wanted) for name, wanted in route.fields.items() if name not in _DUE and wanted is not None)


def notes_of(draft: TicketDraft, *, stamped: bool) -> str:
    """The body with the link and, where no field holds it, the stamp."""
    return markup.notes(draft.body, footer=footer(link=draft.link, stamp="" if stamped else draft.stamp))


def _less(made: Drafted, without: frozenset[str]) -> Drafted:
    if "html_notes" in without:
        made.data["notes"] = markup.plain(made.data["html_notes"])
    if without & _SECTION and "memberships" in made.data:
        made.data["projects"] = [each["project"] for each in made.data["memberships"]]
    for name in without & made.data.keys():
        del made.data[name]
    made.lost += [f"{name}: left out, Asana refused it" for name in sorted(without)]
    return made
