"""Places: projects, sections, fields, tags and people by the names that people use, each read kept for a while."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from vedette.errors import Refused
from vedette.integrations.asana.client import AsanaClient, Json
from vedette.integrations.asana.kept import Kept
from vedette.integrations.asana.reading import folded, moment

PORTFOLIO = "portfolio:"
# Boards change by hand, a few times a day; a sprint's change may be seen five minutes late.
KEPT_FOR = 300.0
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a field; one that is not enabled stands on old tasks and can be set on none."""

    gid: str
    name: str
    enabled: bool


class Places:
    """What one workspace holds, read when first asked for; `further` are the projects named in the settings."""

    def __init__(self, client: AsanaClient, *, further: Iterable[str] = ()) -> None:
        self._client = client
        self._further = tuple(further)
        self._kept = Kept(seconds=KEPT_FOR)
        self._once = self._kept.once
        self._ours: set[str] = set()

    def forget(self) -> None:
        """Read everything anew: something that we believed was refused."""
        self._kept.forget()

    def ours(self, gid: str) -> str:
        """Remembers a project as one that our tickets go to."""
        self._ours.add(gid)
        return gid

    def project(self, text: str) -> str:
        """The gid of a project given as gid, by name, or as `portfolio:` and a gid; raises `Refused` with the cure."""
        if text.startswith(PORTFOLIO):
            gid = self.latest(text.removeprefix(PORTFOLIO).strip())
        else:
            gid = text if text.isdecimal() else self._by_name(text)
        return self.ours(gid)

    def _by_name(self, text: str) -> str:
        found = [each for each in self.projects() if folded(each.get("name")) == folded(text)]
        if len(found) == 1:
            return str(found[0]["gid"])
        if found:
            raise Refused(f"Asana has {len(found)} projects named {text}: write the gid of the one that is meant")
        raise Refused(f"Asana has no project named {text} that the token sees; {meant(text, self.project_names())}")

    def projects(self) -> list[Json]:
        """Every project of the workspace that is not archived."""
        return self._once("projects", ask=self._client.projects)

    def project_names(self) -> list[str]:
        """Their names."""
        return [str(each.get("name")) for each in self.projects()]

    def latest(self, portfolio: str) -> str:
        """The newest project of a portfolio that is not archived."""
        newest = newest_of(self._items(portfolio))
        if newest is None:
            raise Refused(
                f"portfolio {portfolio} holds no project that is not archived: put one into it, or name a project"
            )
        return str(newest["gid"])

    def _items(self, portfolio: str) -> list[Json]:
        return open_projects(self._once("portfolio", portfolio, ask=lambda: self._client.portfolio(portfolio)))

    def everywhere(self) -> list[str]:
        """Gids of all projects in which a ticket of ours may stand, those of our own routes first."""
        return list(dict.fromkeys((*sorted(self._ours), *self._named())))

    def _named(self) -> list[str]:
        if not self._further:
            return [str(each["gid"]) for each in self.projects()]
        gids: list[str] = []
        for text in self._further:
            whole = text.startswith(PORTFOLIO)
            items = self._items(text.removeprefix(PORTFOLIO).strip()) if whole else ()
            gids += [str(each["gid"]) for each in items] if whole else [self.project(text)]
        return gids

    def sections(self, project: str) -> list[Json]:
        """The sections of a project, in its order."""
        return self._once("sections", project, ask=lambda: self._client.sections(project))

    def section(self, project: str, name: str) -> Json | None:
        """The section of that name (in any case) or gid."""
        return _named(self.sections(project), name)

    def fields(self, project: str) -> list[Json]:
        """The definitions of a project's custom fields."""
        return self._once("fields", project, ask=lambda: self._client.custom_fields(project))

    def field(self, project: str, name: str) -> Json | None:
        """The custom field of that name (in any case) or gid."""
        return _named(self.fields(project), name)

    def options(self, project: str, *, field: str) -> list[Option]:
        """The choices of an enum field; raises `Refused` where the project has no such field."""
        found = self.field(project, field)
        if found is None or "enum" not in str(found.get("resource_subtype")):
            known = [str(each.get("name")) for each in self.fields(project) if each.get("enum_options")]
            raise Refused(f"Asana: project {project} has no field {field} with options; {meant(field, known)}")
        return [
            Option(str(each.get("gid")), str(each.get("name")), enabled=bool(each.get("enabled", True)))
            for each in found.get("enum_options") or ()
        ]

    def tag(self, name: str) -> Json | None:
        """The tag of that name (in any case) or gid."""
        return _named(self.tags(), name)

    def tags(self) -> list[Json]:
        """The tags of the workspace."""
        return self._once("tags", ask=self._client.tags)

    def person(self, text: str) -> Mapping[str, Any] | None:
        """An account by gid, e-mail address or `me`."""
        return self._once("person", text, ask=lambda: self._client.user(text))


def open_projects(items: Iterable[Json]) -> list[Json]:
    """The projects among a portfolio's items that are not archived; it may hold other portfolios too."""
    return [each for each in items if each.get("resource_type") == "project" and not each.get("archived")]


def newest_of(items: Iterable[Json]) -> Json | None:
    """The open project that was created last; one without a date is the oldest."""
    return max(open_projects(items), key=lambda each: moment(each.get("created_at")) or _NEVER, default=None)


def _named(listed: Iterable[Json], name: str) -> Json | None:
    wanted = folded(name)
    return next((each for each in listed if wanted and wanted in (each.get("gid"), folded(each.get("name")))), None)


def meant(word: str, known: Iterable[str]) -> str:
    """What was probably meant by an unknown name, else what is known."""
    names = {folded(each): each for each in known}
    # Names with a typing error at most; "Sprint 41" must not be offered for every other board.
    close = get_close_matches(folded(re.sub(r"\s+", " ", word)), list(names), n=1, cutoff=0.5)
    return (
        f"perhaps {names[close[0]]} was meant"
        if close
        else f"known are: {', '.join(list(names.values())[:10]) or 'none'}"
    )
