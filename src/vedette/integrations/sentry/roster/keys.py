"""Keys: what projects' events come in with, by their public addresses only; calls, and no decisions.

https://docs.sentry.io/api/projects/list-a-projects-client-keys/. The secret address is deprecated, and is not kept even
for the length of a call's reading. The list over all projects is new; where it is not there, each project is asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from vedette.errors import Refused
from vedette.integrations.sentry.lists import Params
from vedette.integrations.sentry.roster.errands import Errands
from vedette.integrations.sentry.roster.places import Places
from vedette.integrations.sentry.roster.whole import whole
from vedette.integrations.sentry.talker import NoSuchAddress
from vedette.integrations.sentry.untrusted import first_text, mapping, text
from vedette.model.org import ProjectKey
from vedette.model.settings import Dialect


@dataclass(slots=True)
class Keys:
    """The keys of one server's projects."""

    errands: Errands
    places: Places
    dialect: Dialect

    def of(self, project: str) -> Sequence[ProjectKey]:
        """The keys of one project. Raises `Refused` where there is no such project."""
        return tuple(_key(row, project) for row in self._list(self.places.keys(project)) if _public(row))

    def all(self) -> Sequence[ProjectKey]:
        """The keys of every project, by its slug."""
        projects = self._list(self.places.projects)
        rows = self._at_once()
        if rows is None:
            slugs = sorted({text(row.get("slug")) for row in projects} - {""})
            return tuple(key for keys in self.errands.each(self._of_one, slugs) for key in keys)
        slug_of = {text(row.get("id")): text(row.get("slug")) for row in projects}
        named = ((slug_of.get(text(row.get("projectId")), ""), row) for row in rows if _public(row))
        # A key of a project that came after the projects were listed is told next time.
        return tuple(sorted((_key(row, slug) for slug, row in named if slug), key=lambda key: (key.project, key.id)))

    def _at_once(self) -> list[Mapping[str, Any]] | None:
        if self.dialect is not Dialect.SENTRY:
            return None
        try:
            return self._list(self.places.all_keys)
        except Refused as refused:
            if refused.status != 404:
                raise
            return None

    def _of_one(self, slug: str) -> Sequence[ProjectKey]:
        try:
            return self.of(slug)
        except NoSuchAddress:
            raise
        except Refused as refused:
            if refused.status != 404:
                raise
            return ()

    def _list(self, path: str) -> list[Mapping[str, Any]]:
        params: Params = {"limit": 100} if self.dialect is Dialect.GLITCHTIP else {}
        return whole(self.errands, path, params)


def _public(row: Mapping[str, Any]) -> str:
    """The public address; "" for one that holds a password, whatever the server calls it."""
    dsn = text(mapping(row.get("dsn")).get("public"))
    try:
        return "" if urlsplit(dsn).password else dsn
    except ValueError:
        return ""


def _key(row: Mapping[str, Any], project: str) -> ProjectKey:
    return ProjectKey(
        project=project,
        id=first_text(row.get("id"), row.get("public")),
        label=first_text(row.get("label"), row.get("name")),
        dsn=_public(row),
        security=text(mapping(row.get("dsn")).get("security")),
        # GlitchTip's keys cannot be switched off, and do not say so.
        active=row.get("isActive") is not False,
    )
