"""Team shapes: a team in a list, alone, and as a part of a project."""

from typing import Any

from vedette.sandbox.sentry import glitchtip_shapes, organization_shapes, rights, roles
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.rights import Rights
from vedette.sandbox.sentry.rows import ProjectRow, TeamRow
from vedette.sandbox.sentry.settings import Dialect

_AVATAR = {"avatarType": "letter_avatar", "avatarUuid": None}


def alone(found: TeamRow, ask: Ask, caller: Rights) -> dict[str, Any]:
    """A team without its projects, as most answers have it."""
    inside, view = caller.member is not None and found.id in caller.member.teams, ask.world.view()
    if ask.dialect is Dialect.GLITCHTIP:
        return glitchtip_shapes.team(found, view, inside=inside)
    body = {
        "id": str(found.id),
        "slug": found.slug,
        "name": found.name,
        "dateCreated": view.stamp(found.born),
        "isMember": inside,
        "hasAccess": True,
        "isPending": False,
        "memberCount": len(found.members),
        "avatar": _AVATAR,
    }
    if ask.dialect is Dialect.SENTRY9:
        return body
    role = rights.effective(caller.member, found) if caller.member is not None and inside else None
    return body | {
        "teamRole": role,
        "flags": {"idp:provisioned": found.provisioned},
        "access": list(roles.TEAM_SCOPES[role or "contributor"]),
        "orgRole": None,
    }


def answered(found: TeamRow, ask: Ask, caller: Rights) -> dict[str, Any]:
    """A team that was made or changed, or that somebody joined or left: GlitchTip adds its projects."""
    if ask.dialect is not Dialect.GLITCHTIP:
        return alone(found, ask, caller)
    rows = [row for row in ask.world.roster.project_rows() if found.slug in row.project.teams]
    return in_list(found, ask, caller, rows)


def in_list(found: TeamRow, ask: Ask, caller: Rights, projects: list[ProjectRow]) -> dict[str, Any]:
    """A team in the organisation's list, with its projects."""
    view, roster = ask.world.view(), ask.world.roster
    if ask.dialect is Dialect.GLITCHTIP:
        return alone(found, ask, caller) | {"projects": [glitchtip_shapes.project(row, view) for row in projects]}
    shaped = [organization_shapes.project(row, roster, view) for row in projects]
    return alone(found, ask, caller) | {"externalTeams": [], "projects": shaped}


def whole(found: TeamRow, ask: Ask, caller: Rights) -> dict[str, Any]:
    """A team by itself, with the organisation."""
    if ask.dialect is Dialect.GLITCHTIP:
        return answered(found, ask, caller)
    shaped = organization_shapes.organization(ask.world.view(), ask.world.roster.choices)
    return alone(found, ask, caller) | {"organization": shaped}
