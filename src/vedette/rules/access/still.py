"""Still: what of an inverse change there is left to do in an organisation as it is now, with its ids of now.

Law: what is so already is left out; what it was about and is gone is told, and never made up.
"""

from collections.abc import Mapping
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
from vedette.model.org import AlertRule, Member, Organization
from vedette.model.plan import Hold, Withheld
from vedette.rules.access.alerts import covers
from vedette.rules.access.matching import age, keys_of, members_of
from vedette.rules.access.memberships import team_role
from vedette.rules.access.naming import counted_up, folded
from vedette.rules.access.projects import ownership_difference, same_field, told_field

Left = Change | Withheld

_CHANGED = "; somebody has changed it since"


@dataclass(frozen=True, slots=True)
class Now:
    """The organisation as it is, and what an undo knows besides.

    `roles`: by account, the role in the organisation that it will have; `rules`: by project, the alert rules before the
    run; `going`: alert rules that another change deletes, by id.
    """

    current: Organization
    roles: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, tuple[AlertRule, ...]] = field(default_factory=dict)
    going: frozenset[str] = frozenset()


def still(change: Change, now: Now) -> tuple[Left, ...]:
    """What is left of it: nothing where all is so already; held back where what it is about is not there any more."""
    match change:
        case SetOrganization() | CreateTeam() | RenameTeam() | DeleteTeam():
            return _of_team(change, now.current)
        case CreateProject() | LinkTeam() | UnlinkTeam() | DeleteProject():
            return _of_project(change, now.current)
        case UpdateProject() | SetOwnership():
            return _of_fields(change, now.current)
        case CreateAlertRule() | DeleteAlertRule():
            return _of_rule(change, now)
        case InviteMember() | RenewInvitation() | SetRole() | DeleteDuplicate() | DeleteMember():
            return _of_account(change, now.current)
        case JoinTeam() | SetTeamRole() | LeaveTeam():
            return _of_membership(change, now)


def lost(change: Change, what: str) -> tuple[Withheld]:
    """Held back, since what it is about is not there."""
    return (Withheld(change, Hold.NOT_THERE, f"{what} is not there any more"),)


def _of_team(change: SetOrganization | CreateTeam | RenameTeam | DeleteTeam, current: Organization) -> tuple[Left, ...]:
    if isinstance(change, SetOrganization):
        return _of_setting(change, current)
    team = current.team(change.team)
    match change:
        case CreateTeam():
            return (change,) if team is None else ()
        case DeleteTeam():
            return () if team is None else (replace(change, id=team.id),)
        case RenameTeam():
            if team is None:
                return lost(change, f"team {change.team}")
            if team.name == change.after:
                return ()
            return (replace(change, before=team.name, reason=_since(change.reason, team.name != change.before)),)


def _of_setting(change: SetOrganization, current: Organization) -> tuple[Left, ...]:
    there: bool | None = getattr(current, change.setting, None)
    if there is None:
        return (Withheld(change, Hold.NOT_THERE, "this server does not tell this setting"),)
    # Of two values the one that is not wanted is the one that the run left: nobody else can have set a third.
    return () if there == change.after else (replace(change, before=there),)


def _since(reason: str, is_changed: bool) -> str:  # noqa: FBT001 - a fact, not a switch
    return f"{reason}{_CHANGED}" if is_changed else reason


def _of_project(
    change: CreateProject | LinkTeam | UnlinkTeam | DeleteProject, current: Organization
) -> tuple[Left, ...]:
    project = current.project(change.project)
    match change:
        case CreateProject():
            return (change,) if project is None else ()
        case DeleteProject():
            return () if project is None else (replace(change, id=project.id, teams=tuple(sorted(project.teams))),)
        case LinkTeam():
            return () if project is not None and change.team in project.teams else (change,)
        case UnlinkTeam():
            return (change,) if project is not None and change.team in project.teams else ()


def _of_fields(change: UpdateProject | SetOwnership, current: Organization) -> tuple[Left, ...]:
    project = current.project(change.project)
    if project is None:
        return lost(change, f"project {change.project}")
    if isinstance(change, UpdateProject):
        now = {name: told_field(project, name) for name in change.after}
        unread = {name: change.after[name] for name, told in now.items() if told is None}
        differing = [name for name, told in now.items() if name not in unread and not _so(change, name, told)]
        left = _partly(change, {name: now[name] for name in differing}, change.after)
        return left + ((_unread(replace(change, before={}, after=unread)),) if unread else ())
    if project.ownership is None:
        return (_unread(change),)
    wish = replace(project.ownership, **change.after)  # type: ignore[arg-type]
    return _partly(change, *ownership_difference(project.ownership, wish))


def _so(change: UpdateProject, name: str, told: object) -> bool:
    return same_field(name, told, change.after[name])


def _unread(change: Change) -> Withheld:
    return Withheld(change, Hold.NOT_THERE, "this server does not tell these fields, or not any more")


def _partly(
    change: UpdateProject | SetOwnership, before: Mapping[str, object], after: Mapping[str, object]
) -> tuple[Left, ...]:
    """The fields of `before` alone; () where there is none."""
    if not before:
        return ()
    is_changed = any(change.before.get(name, told) != told for name, told in before.items())
    wanted = {name: after[name] for name in before}
    return (replace(change, before=dict(before), after=wanted, reason=_since(change.reason, is_changed)),)


def _of_rule(change: CreateAlertRule | DeleteAlertRule, now: Now) -> tuple[Left, ...]:
    project = now.current.project(change.project)
    if project is None:
        return lost(change, f"project {change.project}") if isinstance(change, CreateAlertRule) else ()
    if project.alert_rules is None:
        return (Withheld(change, Hold.NOT_THERE, "this server does not tell alert rules"),)
    alike = [rule for rule in project.alert_rules if _alike(change, rule) and rule.id not in now.going]
    were = sum(_alike(change, rule) for rule in now.rules.get(change.project, ()))
    if isinstance(change, DeleteAlertRule):
        # The newest is the one that was made last: what was there before the run stays.
        newest = max(alike, key=lambda rule: counted_up(rule.id), default=None)
        return (replace(change, id=newest.id, body=newest.body),) if newest and len(alike) > were else ()
    if not alike:
        return (change,)
    why = "there were more of them; one that is alike in everything is there, and no second one is made"
    return (Withheld(change, Hold.AMBIGUOUS, why),) if len(alike) < were else ()


def _alike(change: CreateAlertRule | DeleteAlertRule, rule: AlertRule) -> bool:
    return rule.name == change.name and covers(rule.body, change.body)


def _of_account(
    change: InviteMember | RenewInvitation | SetRole | DeleteDuplicate | DeleteMember, current: Organization
) -> tuple[Left, ...]:
    match change:
        case InviteMember():
            key = folded(change.email)
            return () if any(key in keys_of(member) for member in members_of(current.members)) else (change,)
        case DeleteMember():
            return _of_deletion(change, current)
        case DeleteDuplicate():
            return _second(change, account(change.member, current))
        case RenewInvitation() | SetRole():
            member = account(change.member, current)
            return lost(change, f"account {change.member}") if member is None else _of_standing(change, member)


def _of_standing(change: RenewInvitation | SetRole, member: Member) -> tuple[Left, ...]:
    if isinstance(change, RenewInvitation):
        return (change,) if member.pending and member.expired else ()
    if member.role == change.after:
        return ()
    return (replace(change, before=member.role, reason=_since(change.reason, member.role != change.before)),)


def _second(change: DeleteDuplicate, member: Member | None) -> tuple[Left, ...]:
    if member is not None and member.logged_in:
        return (Withheld(change, Hold.AMBIGUOUS, "somebody logged in to it: a person has to decide"),)
    return () if member is None else (replace(change, role=member.role, teams=dict(sorted(member.teams.items()))),)


def account(number: str, current: Organization) -> Member | None:
    """The account of that id."""
    return next((member for member in current.members if number and member.id == number), None)


def _of_deletion(change: DeleteMember, current: Organization) -> tuple[Left, ...]:
    """The account by its id, or, of one that the run made, by its address."""
    members, key = members_of(current.members), folded(change.email)
    found = [each for each in members if (each.id == change.member if change.member else each.key == key)]
    if len(found) > 1:
        return (Withheld(change, Hold.AMBIGUOUS, "several accounts have this address: a person has to decide"),)
    return tuple(_deletion(change, member) for member in sorted(found, key=age))


def _deletion(change: DeleteMember, member: Member) -> DeleteMember:
    reason = f"{change.reason}; somebody has come in by it since" if member.logged_in else change.reason
    teams = dict(sorted(member.teams.items()))
    return replace(change, member=member.id, role=member.role, teams=teams, reason=reason)


def _of_membership(change: JoinTeam | SetTeamRole | LeaveTeam, now: Now) -> tuple[Left, ...]:
    member = account(change.member, now.current)
    if member is None:
        return () if isinstance(change, LeaveTeam) else lost(change, f"account {change.member} of {change.email}")
    is_in, role = change.team in member.teams, now.roles.get(member.id, member.role)
    had = member.teams.get(change.team, "")
    match change:
        case LeaveTeam():
            return (replace(change, role=had),) if is_in else ()
        case JoinTeam() if not is_in:
            return (change,)
        case SetTeamRole() if not is_in:
            why = f"{change.email} is not in team {change.team} any more"
            return (Withheld(change, Hold.NOT_THERE, why),)
        case JoinTeam(role=wish) | SetTeamRole(after=wish):
            before, after = team_role(had, org_role=role), team_role(wish, org_role=role)
            if before == after:
                return ()
            return (SetTeamRole(member.id, member.email, change.team, before, after, change.reason),)
