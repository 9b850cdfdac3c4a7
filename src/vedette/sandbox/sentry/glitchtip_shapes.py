"""GlitchTip's shapes: organisation, teams and projects; a team has a slug and no name, a project alone has no teams.

Read from the schemas of its own source (apps/projects, apps/teams, apps/organizations_ext); pure.
"""

from typing import Any

from vedette.sandbox.sentry.roster import Roster
from vedette.sandbox.sentry.rows import BORN, ProjectRow, TeamRow
from vedette.sandbox.sentry.view import View

_AVATAR = {"avatarType": "", "avatarUuid": None}


def organization(view: View, roster: Roster) -> dict[str, Any]:
    """The organisation in a list, and inside a project."""
    return {
        "id": "2",
        "slug": view.config.organization,
        "name": roster.choices.name,
        "dateCreated": view.stamp(BORN),
        "status": {"id": "active", "name": "active"},
        "avatar": _AVATAR,
        "isEarlyAdopter": False,
        "require2FA": False,
        "isAcceptingEvents": True,
    }


def project(found: ProjectRow, view: View) -> dict[str, Any]:
    """A project, as every answer has it; which teams it has, some answers add."""
    return {
        "id": str(found.project.id),
        "slug": found.project.slug,
        "name": found.project.name,
        "platform": found.project.platform or None,
        "dateCreated": view.stamp(found.born),
        "firstEvent": None if found.first_event is None else view.stamp(found.first_event),
        "eventThrottleRate": found.throttle,
        "avatar": _AVATAR,
        "color": "",
        "features": [],
        "hasAccess": True,
        "isBookmarked": False,
        "isInternal": False,
        "isMember": True,
        "isPublic": False,
        "scrubIPAddresses": False,
    }


def with_teams(found: ProjectRow, roster: Roster, view: View) -> dict[str, Any]:
    """A project in the organisation's list, and where a team came or went: teams by id and slug alone."""
    teams = [team for slug in found.project.teams if (team := roster.team(slug)) is not None]
    return project(found, view) | {"teams": [{"id": str(team.id), "slug": team.slug} for team in teams]}


def with_organization(found: ProjectRow, roster: Roster, view: View) -> dict[str, Any]:
    """A project by itself: without its teams."""
    return project(found, view) | {"organization": organization(view, roster)}


def team(found: TeamRow, view: View, *, inside: bool) -> dict[str, Any]:
    """A team without its projects."""
    return {
        "id": str(found.id),
        "slug": found.slug,
        "dateCreated": view.stamp(found.born),
        "isMember": inside,
        "memberCount": len(found.members),
    }
