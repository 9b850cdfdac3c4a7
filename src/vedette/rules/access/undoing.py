"""Undoing: the changes that take back what a run did, and what no change can take back.

Law: nothing is taken back that the run is not known to have done itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from vedette.model.changes import (
    Change,
    CreateAlertRule,
    CreateProject,
    CreateTeam,
    DeleteAlertRule,
    DeleteDuplicate,
    DeleteMember,
    DeleteProject,
    DeleteTeam,
    InviteMember,
    JoinTeam,
    LeaveTeam,
    LinkTeam,
    RenameTeam,
    RenewInvitation,
    SetOrganization,
    SetOwnership,
    SetRole,
    SetTeamRole,
    UnlinkTeam,
    UpdateProject,
)
from vedette.model.org import NO_TEAM_ROLE, AlertRule, Organization
from vedette.model.plan import Fate, Outcome
from vedette.rules.access.naming import listed
from vedette.rules.access.ordering import ordered

_REASON = "it takes back what a run did"


@dataclass(frozen=True, slots=True)
class Lasting:
    """What was done and stays, wholly or in part, and why."""

    change: Change
    why: str


@dataclass(frozen=True, slots=True)
class Undo:
    """The inverse changes in the order in which they are done, and what cannot be undone."""

    changes: tuple[Change, ...] = ()
    cannot: tuple[Lasting, ...] = ()
    #: By project, the alert rules before the run, where it changed any: they have no names that tell one from another.
    rules: Mapping[str, tuple[AlertRule, ...]] = field(default_factory=dict)


def undo_of(outcomes: Iterable[Outcome], *, before: Organization | None = None) -> Undo:
    """What takes a run back; `before`: the reading that the run began with, for who and what was in a deleted team.

    Inverse changes of things that the run made have no ids yet: `still` finds them.
    """
    told = list(outcomes)
    done = [each.change for each in told if each.fate is Fate.DONE]
    made = {change.project for change in done if isinstance(change, CreateProject)}
    changes = [inverse for change in done if not _within(change, made) for inverse in _inverse(change, before)]
    changes += [] if before is None else _hidden_roles(done, before)
    unsure = [each.change for each in told if each.fate is Fate.ALREADY]
    asked = [each.change for each in told if each.fate is Fate.ASKED]
    cannot = [Lasting(change, why) for change in done for why in _lasting(change, before)]
    cannot += [Lasting(change, "what it was before is not known") for change in done if _is_blind(change, made)]
    cannot += [
        Lasting(change, "it was so already, perhaps by another's hand: it is not taken back") for change in unsure
    ]
    cannot += [Lasting(change, "the server made an access request of it: deny it there") for change in asked]
    return Undo(ordered(changes), tuple(cannot), {} if before is None else _rules(changes, before))


def _rules(changes: Iterable[Change], before: Organization) -> Mapping[str, tuple[AlertRule, ...]]:
    touched = {change.project for change in changes if isinstance(change, (CreateAlertRule, DeleteAlertRule))}
    return {project.slug: project.alert_rules or () for project in before.projects if project.slug in touched}


def _within(change: Change, made: set[str]) -> bool:
    """Whether a change goes with the project that the same run made."""
    return not isinstance(change, (CreateProject, DeleteProject)) and getattr(change, "project", None) in made


def _is_blind(change: Change, made: set[str]) -> bool:
    return isinstance(change, (UpdateProject, SetOwnership)) and not change.before and change.project not in made


def _inverse(change: Change, before: Organization | None) -> Sequence[Change]:
    return _thing(change, before) or _part(change) or _turned(change) or _member_again(change)


def _thing(change: Change, before: Organization | None) -> Sequence[Change]:
    match change:
        case CreateTeam(team=team):
            return (DeleteTeam(team, "", _REASON),)
        case DeleteTeam():
            return _team_again(change, before)
        case CreateProject(project=project, team=team):
            return (DeleteProject(project, "", (team,), _REASON),)
        case DeleteProject():
            return _project_again(change, before)
    return ()


def _part(change: Change) -> Sequence[Change]:
    match change:
        case LinkTeam(project=project, team=team):
            return (UnlinkTeam(project, team, _REASON),)
        case UnlinkTeam(project=project, team=team):
            return (LinkTeam(project, team, _REASON),)
        case CreateAlertRule(project=project, name=name, body=body):
            return (DeleteAlertRule(project, "", name, body, _REASON),)
        case DeleteAlertRule(project=project, name=name, body=body) if body:
            return (CreateAlertRule(project, name, body, _REASON),)
    return ()


def _turned(change: Change) -> Sequence[Change]:
    """Changes from one value to another, the other way round."""
    match change:
        case SetOrganization(setting=setting, before=bool() as before, after=after):
            return (SetOrganization(setting, after, before, _REASON),)
        case RenameTeam() | SetRole() | SetTeamRole():
            return (replace(change, before=change.after, after=change.before, reason=_REASON),)
        case UpdateProject() | SetOwnership() if change.before:
            shared = {name: value for name, value in change.after.items() if name in change.before}
            return (replace(change, before=shared, after=change.before, reason=_REASON),)
    return ()


def _member_again(change: Change) -> Sequence[Change]:
    match change:
        case InviteMember(email=email, role=role, teams=teams):
            return (DeleteMember("", email, role, dict(teams), _REASON),)
        case JoinTeam(member=member, email=email, team=team, role=role):
            return (LeaveTeam(member, email, team, role, _REASON),)
        case LeaveTeam(member=member, email=email, team=team, role=role):
            return (JoinTeam(member, email, team, role, _REASON),)
        case DeleteMember(email=email, role=role, teams=teams):
            return (InviteMember(email, role, dict(teams), reason=_REASON),)
    return ()


def _hidden_roles(done: Sequence[Change], before: Organization) -> list[Change]:
    """Roles in teams that a greater role in the organisation took away, and that do not come back with the lesser."""
    raised = {change.member for change in done if isinstance(change, SetRole)}
    changed = {(each.member, each.team) for each in done if isinstance(each, (LeaveTeam, SetTeamRole))}
    gone = {each.team for each in done if isinstance(each, DeleteTeam)}
    gone |= {team.slug for team in before.teams if team.idp_provisioned}  # nobody but the provider changes them
    return [
        SetTeamRole(member.id, member.email, team, NO_TEAM_ROLE, role, _REASON)
        for member in before.members
        if member.id in raised
        for team, role in sorted(member.teams.items())
        if role and (member.id, team) not in changed and team not in gone
    ]


def _team_again(change: DeleteTeam, before: Organization | None) -> Sequence[Change]:
    team = None if before is None else before.team(change.team)
    name = "" if team is None else team.name
    made: list[Change] = [CreateTeam(change.team, name, _REASON)]
    if before is not None:
        made += [
            JoinTeam(member.id, member.email, change.team, member.teams[change.team], _REASON)
            for member in before.members
            if change.team in member.teams
        ]
        made += [
            LinkTeam(project.slug, change.team, _REASON) for project in before.projects if change.team in project.teams
        ]
    return made


def _project_again(change: DeleteProject, before: Organization | None) -> Sequence[Change]:
    if not change.teams:
        return ()
    project = None if before is None else before.project(change.project)
    name, platform = ("", "") if project is None else (project.name, project.platform)
    made: list[Change] = [CreateProject(change.project, change.teams[0], name, platform, reason=_REASON)]
    return made + [LinkTeam(change.project, team, _REASON) for team in change.teams[1:]]


def _lasting(change: Change, before: Organization | None) -> Iterable[str]:
    match change:
        case DeleteProject():
            yield "its events, issues, keys and settings are gone; a project made anew has other keys"
        case DeleteTeam():
            yield "a team made anew has another id" + ("" if before else ", and who and what was in it is not known")
        case CreateProject():
            yield "events that have come in since go with the project"
        case DeleteAlertRule(body=body):
            yield "a rule made anew has another id" if body else "what the rule was is not known"
        case SetOrganization(before=None):
            yield "what it was before is not known"
        case _:
            yield from _lasting_of_member(change)


def _lasting_of_member(change: Change) -> Iterable[str]:
    match change:
        case DeleteMember():
            yield "the account's link to its login is gone; they have to take a new invitation"
        case DeleteDuplicate(email=email, kept=kept):
            yield f"{email} cannot be invited beside account {kept}, which stays"
        case InviteMember(send=True):
            yield "the invitation's mail was sent"
        case RenewInvitation():
            yield "the invitation's mail was sent, and the link of the old one is dead"


def summary(undo: Undo) -> str:
    """How much can be taken back, in a sentence."""
    parts = [f"{len(undo.changes)} changes take it back"] if undo.changes else []
    parts += [f"{len(undo.cannot)} things stay as they are"] if undo.cannot else []
    return listed(parts) or "nothing was done, and nothing is to be taken back"
