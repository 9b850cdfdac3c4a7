"""Hindering: a change that builds on one which was not done is not tried; pure.

Law: in doubt it is not tried. What takes away waits for what was to stand in its place.
"""

from collections.abc import Iterable

from vedette.model.changes import (
    Change,
    CreateAlertRule,
    CreateProject,
    CreateTeam,
    DeleteAlertRule,
    DeleteDuplicate,
    DeleteTeam,
    InviteMember,
    JoinTeam,
    LinkTeam,
    RenameTeam,
    SetOwnership,
    SetRole,
    SetTeamRole,
    UnlinkTeam,
    UpdateProject,
)


def hindrance(change: Change, undone: Iterable[Change]) -> str:
    """Why the change cannot be tried after these were not done; "" where none of them is in its way."""
    return next((why for other in undone if (why := _why(change, other))), "")


def _why(change: Change, other: Change) -> str:
    match other:
        case CreateTeam(team=team) if team in _teams(change):
            return f"team {team} could not be made"
        case CreateProject(project=project) if project == _project(change):
            return f"project {project} could not be made"
        case LinkTeam() | CreateProject():
            return _without_a_team(change, other.project, other.team)
        case CreateAlertRule(project=project, name=name):
            match change:
                case DeleteAlertRule(project=mine, name=gone) if (mine, gone) == (project, name):
                    return f"the rule {name} that was to stand in its place could not be made"
        case JoinTeam() | SetRole() | SetTeamRole():
            if isinstance(change, DeleteDuplicate) and change.kept == other.member:
                return f"the account that stays ({other.email}) has not got everything yet"
    return ""


def _teams(change: Change) -> tuple[str, ...]:
    """The teams that have to be there for the change."""
    match change:
        case CreateProject(team=team) | LinkTeam(team=team) | JoinTeam(team=team) | SetTeamRole(team=team):
            return (team,)
        case RenameTeam(team=team):
            return (team,)
        case InviteMember(teams=teams):
            return tuple(teams)
    return ()


def _project(change: Change) -> str:
    """The project that has to be there for the change."""
    match change:
        case LinkTeam() | UpdateProject() | SetOwnership() | CreateAlertRule():
            return change.project
    return ""


def _without_a_team(change: Change, project: str, team: str) -> str:
    """A project that was not given its new team keeps the old one, and so does that team its life."""
    if isinstance(change, UnlinkTeam) and change.project == project:
        return f"project {project} could not be given team {team}, and would be left without one"
    if isinstance(change, DeleteTeam):
        return f"project {project} could not be given team {team}, and may need team {change.team}"
    return ""
