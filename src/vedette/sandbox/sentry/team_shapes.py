"""Team shapes: a team in a list, alone, and as a part of a project."""

from typing import Any

from vedette.sandbox.sentry import organization_shapes, rights, roles
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.rights import Rights
from vedette.sandbox.sentry.rows import ProjectRow, TeamRow
from vedette.sandbox.sentry.settings import Dialect

_AVATAR = {"avatarType": "letter_avatar", "avatarUuid": None}


def alone(found: TeamRow, ask: Ask, caller: Rights) -> dict[str, Any]:
    """A team without its projects, as most answers have it."""
    inside = caller.member is not None and found.id in caller.member.teams
    body = {
        "id": str(found.id),
        "slug": found.slug,
        "name": found.name,
        "dateCreated": ask.world.view().stamp(found.born),
        "isMember": inside,
        "hasAccess": True,
        "isPending": False,
        "memberCount": len(found.members),
        "avatar": _AVATAR,
    }
    if ask.dialect is not Dialect.SENTRY:
        return body
    role = rights.effective(caller.member, found) if caller.member is not None and inside else None
    return body | {
        "teamRole": role,
        "flags": {"idp:provisioned": found.provisioned},
        "access": list(roles.TEAM_SCOPES[role or "contributor"]),
        "orgRole": None,
    }


def in_list(found: TeamRow, ask: Ask, caller: Rights, projects: list[ProjectRow]) -> dict[str, Any]:
    """A team in the organisation's list, with its projects."""
    view, roster = ask.world.view(), ask.world.roster
    shaped = [organization_shapes.project(row, roster, view) for row in projects]
    return alone(found, ask, caller) | {"externalTeams": [], "projects": shaped}


def whole(found: TeamRow, ask: Ask, caller: Rights) -> dict[str, Any]:
    """A team by itself, with the organisation."""
    shaped = organization_shapes.organization(ask.world.view(), ask.world.roster.choices)
    return alone(found, ask, caller) | {"organization": shaped}
