"""Details: what projects have beyond their row in a list, for those that are asked about; calls, and no decisions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vedette.errors import Refused
from vedette.integrations.sentry.roster import lacks, shapes
from vedette.integrations.sentry.roster.errands import Errands
from vedette.integrations.sentry.roster.places import Places
from vedette.integrations.sentry.roster.whole import whole
from vedette.integrations.sentry.talker import Forbidden, NoSuchAddress
from vedette.integrations.sentry.untrusted import mapping
from vedette.model.org import AlertRule, Details, OwnershipRules, Project
from vedette.model.settings import Dialect


class _Gone(Exception):
    """The project was deleted after it was listed."""


@dataclass(slots=True)
class Detailer:
    """Asks one server; what it has not got, or does not show, is added to `lacks`."""

    errands: Errands
    places: Places
    dialect: Dialect
    lacks: set[str]

    def projects(self, rows: Sequence[Mapping[str, Any]], details: Details) -> tuple[Project, ...]:
        """The projects by slug, each once; one that has just gone is left out."""
        by_slug = {shapes.identity(row, "slug"): row for row in rows}
        told = self.errands.each(lambda slug: self._project(by_slug[slug], slug, details), sorted(by_slug))
        return tuple(project for project in told if project is not None)

    def _project(self, row: Mapping[str, Any], slug: str, details: Details) -> Project | None:
        found = shapes.project(row)
        try:
            if _asked(details.options, slug):
                found = self._with_options(row, found)
            return replace(
                found,
                ownership=self._ownership(slug) if _asked(details.ownership, slug) else None,
                alert_rules=self._alert_rules(slug) if _asked(details.alert_rules, slug) else None,
            )
        except _Gone:
            return None

    def _with_options(self, row: Mapping[str, Any], found: Project) -> Project:
        told = shapes.options(row)
        if self.dialect is Dialect.GLITCHTIP and told.throttle is not None:
            # GlitchTip's list has all that its page has.
            return replace(found, options=told)
        page = mapping(self._there(self.places.project(found.slug)))
        return replace(found, options=shapes.options(page), internal=found.internal or page.get("isInternal") is True)

    def _ownership(self, slug: str) -> OwnershipRules | None:
        if self.dialect is Dialect.GLITCHTIP:
            return None
        try:
            return shapes.ownership(mapping(self._there(self.places.ownership(slug))))
        except (Forbidden, NoSuchAddress):
            self.lacks.add(lacks.UNREAD_OWNERSHIP)
            return None

    def _alert_rules(self, slug: str) -> tuple[AlertRule, ...] | None:
        if self.dialect is Dialect.GLITCHTIP:
            return None
        try:
            rows = whole(self.errands, self.places.alert_rules(slug))
        except (Forbidden, NoSuchAddress):
            self.lacks.add(lacks.UNREAD_ALERTS)
            return None
        except Refused as refused:
            raise _gone(refused) from None
        return tuple(sorted(map(shapes.alert_rule, rows), key=lambda rule: (rule.name, rule.id)))

    def _there(self, path: str) -> Any:
        try:
            return self.errands.ask(path)[0]
        except NoSuchAddress:
            raise
        except Refused as refused:
            raise _gone(refused) from None


def _gone(refused: Refused) -> Exception:
    return _Gone() if refused.status == 404 else refused


def _asked(wanted: Iterable[str] | None, slug: str) -> bool:
    return wanted is None or slug in wanted
