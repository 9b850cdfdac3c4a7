"""Member shapes: members, invitations and requests as each server writes them; pure."""

from typing import Any

from vedette.sandbox.sentry import roles
from vedette.sandbox.sentry.part_shapes import user
from vedette.sandbox.sentry.roster import Roster
from vedette.sandbox.sentry.rows import Flag, MemberRow, TeamRow
from vedette.sandbox.sentry.settings import Dialect
from vedette.sandbox.sentry.view import View


def member(found: MemberRow, view: View) -> dict[str, Any]:
    """A member in a list: `user` is null while the invitation waits."""
    if view.dialect is Dialect.GLITCHTIP:
        return _glitchtip(found, view)
    body = {
        "id": str(found.id),
        "email": found.email,
        "name": found.name,
        "user": _account(found, view),
        "role": found.role,
        "roleName": found.role.title(),
        "pending": found.person is None,
        "expired": found.expired(view.now),
        "flags": _flags(found),
        "dateCreated": view.stamp(found.born),
        "inviteStatus": found.standing.value,
        "inviterName": found.inviter.name if found.inviter else None,
    }
    return body if view.dialect is Dialect.SENTRY9 else body | {"orgRole": found.role, "groupOrgRoles": []}


def _glitchtip(found: MemberRow, view: View) -> dict[str, Any]:
    """GlitchTip's row has the role under the old name only."""
    return {
        "id": str(found.id),
        "role": found.role,
        "roleName": found.role.title(),
        "dateCreated": view.stamp(found.born),
        "email": found.email,
        "user": _account(found, view),
        "pending": found.person is None,
    }


def _account(found: MemberRow, view: View) -> dict[str, Any] | None:
    if found.person is None:
        return None
    seen, body = found.last_active, user(found.person, view)
    more = [{"id": f"{found.person.id}{place}", "email": email} for place, email in enumerate(found.other_emails)]
    return body | {
        "emails": [*body["emails"], *(each | {"is_verified": True} for each in more)],
        "lastLogin": None if found.last_login is None else view.stamp(found.last_login),
        "lastActive": None if seen is None else view.stamp(seen),
    }


def _flags(found: MemberRow) -> dict[str, bool]:
    return {flag.value: flag in found.flags for flag in Flag}


def detail(found: MemberRow, roster: Roster, view: View, *, gives: tuple[str, ...]) -> dict[str, Any]:
    """A member alone: with teams, and `user` an empty object while the invitation waits."""
    teams = sorted(roster.teams[team].slug for team in found.teams)
    body = member(found, view) | {"teams": teams}
    if view.dialect is Dialect.GLITCHTIP:
        return body
    body |= {"user": body["user"] or {}, "isOnlyOwner": roster.owners() == [found]}
    body["invite_link"] = _invitation(found, view)
    if view.dialect is Dialect.SENTRY9:
        allowed = [{"role": _old_role(role), "allowed": role in gives} for role in roles.OLD_ORDER]
        return body | {"roles": allowed}
    return body | _modern(found, roster, gives)


def _modern(found: MemberRow, roster: Roster, gives: tuple[str, ...]) -> dict[str, Any]:
    given = roles.organization_roles(gives, retired=roster.choices.team_roles)
    teams = {roster.teams[number].slug: role for number, role in found.teams.items()}
    return {
        "teamRoles": [{"teamSlug": slug, "role": role} for slug, role in sorted(teams.items())],
        "orgRoleList": given,
        "roles": given,
        "teamRoleList": roles.team_roles(),
    }


def _old_role(role: str) -> dict[str, str]:
    return {"id": role, "name": role.title(), "desc": ""}


def _invitation(found: MemberRow, view: View) -> str | None:
    if found.person is not None or not found.token:
        return None
    return f"{view.base}/accept/{found.id}/{found.token}/"


def on_team(found: MemberRow, team: TeamRow, view: View) -> dict[str, Any]:
    """A member in the list of a team; the role is the one that was given, not the one that counts."""
    body = member(found, view)
    if view.dialect is not Dialect.SENTRY:
        return body
    return body | {"teamRole": found.teams.get(team.id), "teamSlug": team.slug}


def membership(found: MemberRow, team: TeamRow) -> dict[str, Any]:
    """What changing a team role answers."""
    return {"isActive": True, "teamRole": found.teams.get(team.id)}
