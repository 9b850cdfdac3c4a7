"""Undo holds: what stands against an inverse change; protected things, the token's own account, what no flag names.

Law: taking back is no way round what a plan would not touch.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from vedette.model.changes import (
    Change,
    CreateProject,
    DeleteDuplicate,
    DeleteMember,
    DeleteProject,
    DeleteTeam,
    InviteMember,
    JoinTeam,
    LeaveTeam,
    LinkTeam,
    RenewInvitation,
    SetOwnership,
    SetRole,
    SetTeamRole,
)
from vedette.model.org import Lack, Member, MemberFlag
from vedette.model.plan import Hold
from vedette.rules.access.leaving import MAY_BE_CALLER
from vedette.rules.access.naming import folded, listed, named
from vedette.rules.access.scene import Scene
from vedette.rules.access.still import account

Held = tuple[Hold, str]

_PROVIDED = "an identity provider keeps this account"


@dataclass(frozen=True, slots=True)
class Places:
    """The teams and projects that there will be before anything is deleted."""

    teams: frozenset[str]
    projects: frozenset[str]


def held(change: Change, scene: Scene, places: Places) -> Held | None:
    """Why the change is not done, and what would have to be for it; None where nothing stands against it."""
    return (
        _protected(change, scene)
        or _missing(change, places)
        or _unnamed(change, scene)
        or _lacking(change, scene)
        or _provided(change, scene)
        or _of_member(change, scene)
    )


def _protected(change: Change, scene: Scene) -> Held | None:
    team, project, email = (str(getattr(change, name, "")) for name in ("team", "project", "email"))
    if team in scene.protected_teams:
        return Hold.PROTECTED, f"team {team} is protected"
    if project in scene.protected_projects:
        return Hold.PROTECTED, f"project {project} is protected"
    member = account(str(getattr(change, "member", "")), scene.current)
    if folded(email) in scene.protected_people or (member is not None and scene.spares(member)):
        return Hold.PROTECTED, f"{email} is protected"
    return None


def _missing(change: Change, places: Places) -> Held | None:
    match change:
        case CreateProject(team=team) | LinkTeam(team=team) | JoinTeam(team=team) if team not in places.teams:
            return Hold.NOT_THERE, f"there is no team {team} any more"
        case LinkTeam(project=project) if project not in places.projects:
            return Hold.NOT_THERE, f"project {project} is not there any more"
    return None


def _unnamed(change: Change, scene: Scene) -> Held | None:
    orders, instance = scene.orders, scene.desired.instance
    match change:
        case DeleteProject(project=slug) if not named(slug, orders.delete_projects, instance=instance):
            return Hold.NOT_NAMED, f"it is deleted, with its events, only with --delete-project {slug}"
        case DeleteTeam(team=slug) if not named(slug, orders.delete_teams, instance=instance):
            return Hold.NOT_NAMED, f"it is deleted only with --delete-team {slug}"
        case DeleteTeam(team=slug):
            kept = sorted(_protected_in(slug, scene))
            return (Hold.PROTECTED, f"{listed(kept)} in it is protected") if kept else None
    return None


def _protected_in(team: str, scene: Scene) -> Iterable[str]:
    yield from (each.email for each in scene.members if team in each.teams and scene.spares(each))
    for project in scene.current.projects:
        if team in project.teams and (project.internal or project.slug in scene.protected_projects):
            yield project.slug


def _lacking(change: Change, scene: Scene) -> Held | None:
    match change:
        case SetTeamRole() if scene.lacks(Lack.TEAM_ROLES):
            return Hold.NOT_THERE, "this server has no roles in teams"
        case SetOwnership() if scene.lacks(Lack.OWNERSHIP):
            return Hold.NOT_THERE, "this server has no ownership rules"
        case InviteMember(role=role) | SetRole(after=role) if role not in scene.current.roles:
            return Hold.NOT_THERE, f"this server has no role {role}"
    return None


def _provided(change: Change, scene: Scene) -> Held | None:
    """What an identity provider keeps, or the server itself."""
    match change:
        case DeleteProject(project=slug) if (found := scene.current.project(slug)) and found.internal:
            return Hold.NOT_MINE, "it is the server's own"
        case DeleteTeam(team=slug) | JoinTeam(team=slug) | LeaveTeam(team=slug) | SetTeamRole(team=slug):
            team = scene.current.team(slug)
            if team is not None and team.idp_provisioned:
                return Hold.NOT_MINE, f"an identity provider keeps team {slug}"
    return None


def _of_member(change: Change, scene: Scene) -> Held | None:
    if isinstance(change, InviteMember):
        return _too_strong(scene, change.role)
    member = account(str(getattr(change, "member", "")), scene.current)
    if member is None:
        return None
    if MemberFlag.IDP_PROVISIONED in member.flags:
        return Hold.NOT_MINE, _PROVIDED
    match change:
        case SetRole(after=role):
            return _role_provided(member) or _own(scene, member) or _too_strong(scene, role, member.role)
        case DeleteMember() | DeleteDuplicate() | RenewInvitation():
            return _own(scene, member) or _too_strong(scene, member.role)
    return None


def _role_provided(member: Member) -> Held | None:
    if MemberFlag.IDP_ROLE_RESTRICTED in member.flags:
        return Hold.NOT_MINE, "an identity provider keeps the role of this account"
    return None


def _own(scene: Scene, member: Member) -> Held | None:
    if scene.is_caller(member):
        return Hold.OWN_ACCOUNT, "it is the token's own user"
    return (Hold.OWN_ACCOUNT, MAY_BE_CALLER) if scene.may_be_caller(member) else None


def _too_strong(scene: Scene, *roles: str) -> Held | None:
    why = scene.too_strong(*roles)
    return (Hold.NOT_MINE, why) if why else None
