"""Membership routes: one member in one team: joined, already there, or only asked for.

202 means that nobody joined: so answers a server whose organisation does not let people join, to a caller that runs
neither the organisation nor the team. A token counts as running the organisation only with org:write or team:write.
"""

from collections.abc import Callable

from starlette.responses import Response

from vedette.sandbox.sentry import answers, member_routes, member_shapes, rights, roles, team_shapes
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.rights import Rights
from vedette.sandbox.sentry.rows import MemberRow, TeamRow
from vedette.sandbox.sentry.settings import Dialect

_MANAGED = "This team is managed through your organization's identity provider."
_NOT_YOURS = "You do not have permission to edit that user's membership."


def team_of(ask: Ask) -> TeamRow:
    """The team of the path, by slug or id, or 404."""
    found = ask.world.roster.team(ask.path("team"))
    if found is None:
        raise answers.not_found(ask.dialect)
    return found


def join(ask: Ask) -> Response:
    """POST: 201 with the team, 204 when there already, 202 when it is only asked for."""
    if ask.dialect is Dialect.GLITCHTIP:
        return _move(ask, ask.world.roster.join, status=201)
    caller = rights.need(ask, "org:read", "org:write", "team:write")
    found, team = member_routes.chosen(ask), team_of(ask)
    if not roles.on_teams(found.role):
        raise answers.refuse(403, f"The user with a '{found.role}' role cannot have team-level permissions.")
    if team.id in found.teams:
        return answers.empty(204)
    if team.provisioned:
        raise answers.refuse(403, _MANAGED)
    if not _may_add(ask, caller, team):
        other = caller.member.person if caller.member and caller.member is not found else None
        ask.world.roster.wish(found, team, requester=other)
        return answers.empty(202)
    ask.world.roster.join(found, team)
    return answers.reply(team_shapes.answered(team, ask, caller), 201)


def _move(ask: Ask, move: Callable[[MemberRow, TeamRow], None], *, status: int) -> Response:
    """GlitchTip's way in and out: no requests; open doors are for oneself only, all else wants a role."""
    caller = rights.need(ask, "team:write", "team:admin")
    team, found = team_of(ask), member_routes.chosen(ask)
    within = caller.member is not None and team.id in caller.member.teams
    enough = ("admin", "manager", "owner") if within else ("manager", "owner")
    if not (ask.world.roster.choices.open_membership and found is caller.member) and caller.role not in enough:
        raise answers.refuse(403, "Must be admin to modify teams")
    move(found, team)
    return answers.reply(team_shapes.answered(team, ask, caller), status)


def _may_add(ask: Ask, caller: Rights, team: TeamRow) -> bool:
    choices = ask.world.roster.choices
    if choices.joins_are_requests:
        return False
    if choices.open_membership or caller.runs(team):
        return True
    return (roles.is_global(caller.role) or caller.integration) and caller.has("org:write", "team:write")


def change(ask: Ask) -> Response:
    """PUT a team role; one that the organisation's role brings along anyway is kept as none."""
    if ask.dialect is not Dialect.SENTRY:
        return answers.wrong_method(ask.dialect)
    caller = rights.need(ask, "org:read", "org:write", "member:write", "member:admin", "team:admin", "team:write")
    found, team = member_routes.chosen(ask), team_of(ask)
    if team.id not in found.teams:
        raise answers.not_found(ask.dialect)
    role = ask.json().get("teamRole")
    if role not in roles.TEAM_ORDER:
        raise answers.refuse(400, {"teamRole": [f'"{role}" is not a valid choice.']})
    if not (roles.least_team_role(caller.role) == "admin" or caller.integration or caller.runs(team)):
        raise answers.refuse(400, _NOT_YOURS)
    least = roles.least_team_role(found.role)
    found.teams[team.id] = role if (role, least) == ("admin", "contributor") else None
    return answers.reply(member_shapes.membership(found, team))


def leave(ask: Ask) -> Response:
    """DELETE: 200 with the team, also for one who was not in it."""
    if ask.dialect is Dialect.GLITCHTIP:
        return _move(ask, ask.world.roster.leave, status=200)
    caller = rights.need(ask, "org:read", "org:write", "org:admin", "team:admin")
    found, team = member_routes.chosen(ask), team_of(ask)
    if not (found is caller.member or caller.has("org:write") or caller.runs(team)):
        raise answers.refuse(400, _NOT_YOURS)
    if team.provisioned:
        raise answers.refuse(403, _MANAGED)
    ask.world.roster.leave(found, team)
    return answers.reply(team_shapes.answered(team, ask, caller))
