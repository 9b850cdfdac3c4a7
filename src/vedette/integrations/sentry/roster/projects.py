"""Projects: made, linked to teams, changed and deleted, and whether that holds; calls only.

https://docs.sentry.io/api/projects/. GlitchTip answers a slug that is taken by making a project of another slug.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vedette.errors import Refused
from vedette.integrations.sentry.roster import shapes
from vedette.integrations.sentry.roster.fields import body_of, differing
from vedette.integrations.sentry.roster.hand import DONE, Done, Hand, taken
from vedette.integrations.sentry.roster.refusals import with_cure
from vedette.integrations.sentry.untrusted import text
from vedette.model.changes import CreateProject, DeleteProject, LinkTeam, UnlinkTeam, UpdateProject
from vedette.model.plan import Fate
from vedette.model.settings import Dialect
from vedette.ports.http import Fence

ProjectChange = CreateProject | LinkTeam | UnlinkTeam | UpdateProject | DeleteProject


@dataclass(slots=True)
class Projects:
    """The projects of one server's organisation."""

    hand: Hand

    def perform(self, change: ProjectChange, *, fence: Fence) -> Done:
        """Do one change. Raises the families of errors."""
        match change:
            case CreateProject():
                return self._create(change, fence)
            case LinkTeam():
                return self._link(change, fence)
            case UnlinkTeam():
                return self._unlink(change, fence)
            case UpdateProject():
                return self._update(change, fence)
            case DeleteProject():
                return self._delete(change, fence)

    def holds(self, change: ProjectChange) -> bool:
        """Whether the server is as the change would make it."""
        found = self.hand.look(self.hand.places.project(change.project))
        match change:
            case CreateProject() | LinkTeam():
                return found is not None and change.team in self._teams(found)
            case UnlinkTeam():
                return found is None or change.team not in self._teams(found)
            case UpdateProject():
                return found is not None and not differing(found, change.after)
            case DeleteProject():
                return found is None or _is_another(found, change)

    def _teams(self, found: Mapping[str, Any]) -> tuple[str, ...]:
        """Whose it is; GlitchTip's page of a project does not say, its list does."""
        if "teams" in found:
            return shapes.project(found).teams
        rows = self.hand.all(self.hand.places.projects)
        return next((shapes.project(row).teams for row in rows if row.get("slug") == found.get("slug")), ())

    def _create(self, change: CreateProject, fence: Fence) -> Done:
        body: dict[str, Any] = {"name": change.name or change.project, "slug": change.project}
        if change.platform:
            body["platform"] = change.platform
        if not change.default_rules and self.hand.dialect is Dialect.SENTRY:
            body["default_rules"] = False
        try:
            told, _ = self.hand.send("POST", self.hand.places.team_projects(change.team), body, fence=fence)
        except Refused as refused:
            return self._there(change, refused)
        made = text(told.get("slug"))
        if made and made != change.project:
            cure = f"the slug {change.project} is taken: delete {made} by hand, or declare it"
            raise self.hand.not_held(f"made the project {made} instead of {change.project}", cure)
        if not change.default_rules and self.hand.dialect is Dialect.SENTRY9:
            self._bare(change.project, fence)
        return DONE

    def _bare(self, slug: str, fence: Fence) -> None:
        """Take away the alert rule that a new project has; 9.1 knows no word against it."""
        for row in self.hand.all(self.hand.places.alert_rules(slug)):
            path = self.hand.places.alert_rule(slug, shapes.identity(row, "id"))
            self.hand.take_away(path, fence=fence)

    def _there(self, change: CreateProject, refused: Refused) -> Done:
        if not taken(refused):
            raise refused
        if not self.holds(change):
            cure = "it is there under other teams, or on its way to be deleted; plan again later"
            raise Refused(with_cure(str(refused), cure), status=refused.status, fields=refused.fields)
        return Fate.ALREADY, "a project of that slug was there already"

    def _link(self, change: LinkTeam, fence: Fence) -> Done:
        path = self.hand.places.project_team(change.project, change.team)
        told, _ = self.hand.send("POST", path, fence=fence)
        if change.team not in shapes.project({**told, "slug": change.project}).teams and not self.holds(change):
            raise self.hand.not_held(f"did not give {change.team} the project", "link them by hand")
        return DONE

    def _unlink(self, change: UnlinkTeam, fence: Fence) -> Done:
        path = self.hand.places.project_team(change.project, change.team)
        try:
            self.hand.send("DELETE", path, fence=fence)
        except Refused as refused:
            if refused.status != 404 or not self.holds(change):
                raise
            return Fate.ALREADY, "the team did not have the project"
        return DONE

    def _update(self, change: UpdateProject, fence: Fence) -> Done:
        path = self.hand.places.project(change.project)
        body = body_of(change.after, dialect=self.hand.dialect, name=self.hand.talker.name)
        if self.hand.dialect is Dialect.GLITCHTIP and "name" not in body:
            # It requires the name with whatever is changed.
            body |= {"name": text((self.hand.look(path) or {}).get("name")) or change.project}
        told, _ = self.hand.send("PUT", path, body, fence=fence)
        wrong = differing(told, change.after)
        if wrong and (wrong := differing(self.hand.look(path) or {}, change.after)):
            raise self.hand.not_held(f"does not hold it: {'; '.join(wrong)}", "declare a value that it takes")
        return DONE

    def _delete(self, change: DeleteProject, fence: Fence) -> Done:
        path = self.hand.places.project(change.project)
        found = self.hand.look(path)
        if found is not None and _is_another(found, change):
            who = self.hand.talker.name
            raise Refused(f"{who}: the project {change.project} is another than was planned; plan again")
        return self.hand.take_away(path, fence=fence)


def _is_another(found: Mapping[str, Any], change: DeleteProject) -> bool:
    """Whether a slug has come to mean another project since it was planned from."""
    return bool(change.id) and text(found.get("id")) != change.id
