"""A Sentry in memory that refuses what the real one refuses and answers as it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count

from vedette.model.access import RESOLVE_AGES
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
from vedette.model.org import (
    AlertRule,
    Caller,
    Member,
    MemberFlag,
    Organization,
    OwnershipRules,
    Project,
    ProjectOptions,
    Team,
    rank,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
# Whoever has one of these roles is an admin of each of their teams; a team role beside it is not kept.
ADMINS = {"admin", "manager", "owner"}
FRESH = ProjectOptions("[Sentry]", (), (), 0, ("*",), None)
DEFAULT_RULE = "Send a notification for high priority issues"


class Refused(AssertionError):
    """The server would refuse this change."""


@dataclass
class World:
    """An organisation that changes."""

    members: dict[str, Member] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    caller: Caller = field(default_factory=Caller)
    settings: dict[str, bool | None] = field(default_factory=lambda: {"open_membership": True, "join_requests": True})
    lacks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._ids = count(1000)

    def copy(self) -> "World":
        """Another world that is the same now."""
        return World(
            dict(self.members), dict(self.teams), dict(self.projects), self.caller, dict(self.settings), self.lacks
        )

    def read(self, *, turned: bool = False) -> Organization:
        """What a reading tells; `turned`: every list the other way round."""
        members, teams = list(self.members.values()), list(self.teams.values())
        projects = list(self.projects.values())
        if turned:
            members, teams = members[::-1], teams[::-1]
            members = [replace(each, teams=dict(sorted(each.teams.items(), reverse=True))) for each in members]
            projects = [_turned(each) for each in reversed(projects)]
        return Organization(
            instance="main",
            slug="acme",
            read_at=NOW,
            members=tuple(members),
            teams=tuple(teams),
            projects=tuple(projects),
            caller=self.caller,
            open_membership=self.settings["open_membership"],
            join_requests=self.settings["join_requests"],
            sso_required=False,
            lacks=self.lacks,
        )

    def apply(self, *changes: Change) -> None:
        """Do changes one after another; `Refused` for what the server refuses."""
        for change in changes:
            self._do(change)

    def _do(self, change: Change) -> None:
        match change:
            case SetOrganization():
                self.settings[change.setting] = change.after
            case CreateTeam() | RenameTeam() | DeleteTeam():
                self._team(change)
            case CreateProject() | LinkTeam() | UnlinkTeam() | UpdateProject() | SetOwnership() | DeleteProject():
                self._project(change)
            case CreateAlertRule() | DeleteAlertRule():
                self._alert(change)
            case InviteMember():
                self._invite(change)
            case _:
                self._member(change)

    def _team(self, change: CreateTeam | RenameTeam | DeleteTeam) -> None:
        slug = change.team
        refuse(isinstance(change, CreateTeam) == (slug in self.teams), change)
        match change:
            case CreateTeam():
                self.teams[slug] = Team(slug, str(next(self._ids)), change.name or slug)
            case RenameTeam():
                self.teams[slug] = replace(self.teams[slug], name=change.after)
            case DeleteTeam():
                refuse(self.teams[slug].idp_provisioned, change)
                refuse(any(each.teams == (slug,) for each in self.projects.values()), change)
                del self.teams[slug]
                for member in list(self.members.values()):
                    self._in_teams(member, {one: role for one, role in member.teams.items() if one != slug})
                for project in list(self.projects.values()):
                    self._linked(project, set(project.teams) - {slug})

    def _project(
        self, change: CreateProject | LinkTeam | UnlinkTeam | UpdateProject | SetOwnership | DeleteProject
    ) -> None:
        slug = change.project
        refuse(isinstance(change, CreateProject) == (slug in self.projects), change)
        if isinstance(change, CreateProject):
            self._make(change)
            return
        project = self.projects[slug]
        match change:
            case LinkTeam():
                refuse(change.team not in self.teams, change)
                self._linked(project, {*project.teams, change.team})
            case UnlinkTeam():
                refuse(project.teams == (change.team,), change)
                self._linked(project, set(project.teams) - {change.team})
            case UpdateProject():
                self.projects[slug] = _updated(project, change.after)
            case SetOwnership():
                rules = replace(project.ownership or OwnershipRules(), **change.after)  # type: ignore[arg-type]
                # Measured: the server cuts blanks at the end of the text.
                self.projects[slug] = replace(project, ownership=replace(rules, raw=rules.raw.strip()))
            case DeleteProject():
                refuse(project.internal, change)
                del self.projects[slug]

    def _make(self, change: CreateProject) -> None:
        refuse(change.team not in self.teams, change)
        rules = (AlertRule(str(next(self._ids)), DEFAULT_RULE, {"name": DEFAULT_RULE}),)
        self.projects[change.project] = Project(
            change.project,
            str(next(self._ids)),
            change.name or change.project,
            change.platform,
            (change.team,),
            options=FRESH,
            ownership=OwnershipRules("", True, "Auto Assign to Issue Owner"),
            alert_rules=rules if change.default_rules else (),
        )

    def _alert(self, change: CreateAlertRule | DeleteAlertRule) -> None:
        refuse(change.project not in self.projects, change)
        project = self.projects[change.project]
        rules = project.alert_rules or ()
        if isinstance(change, CreateAlertRule):
            # The server adds what it knows better.
            body = {**change.body, "dateCreated": "2026-11-20T12:00:00Z", "owner": None}
            rules = (*rules, AlertRule(str(next(self._ids)), change.name, body))
        else:
            refuse(all(rule.id != change.id for rule in rules), change)
            rules = tuple(rule for rule in rules if rule.id != change.id)
        self.projects[change.project] = replace(project, alert_rules=rules)

    def _invite(self, change: InviteMember) -> None:
        # Whoever waits for an answer is asked no more once they are invited.
        waiting = [each.id for each in self.members.values() if each.invite_status != "approved"]
        for number in waiting:
            if self.members[number].key == change.email.casefold():
                del self.members[number]
        known = {key for each in self.members.values() for key in (each.key, *map(str.casefold, each.other_emails))}
        refuse(change.email.casefold() in known, change)
        refuse(self._is_above(change.role) or (change.role == "billing" and bool(change.teams)), change)
        refuse(not set(change.teams) <= set(self.teams), change)
        refuse(any(self.teams[slug].idp_provisioned for slug in change.teams), change)
        member = Member(str(next(self._ids)), change.email, role=change.role, pending=True, created_at=NOW)
        self.members[member.id] = member
        self._in_teams(member, change.teams)

    def _member(self, change: Change) -> None:
        assert isinstance(
            change, (RenewInvitation, SetRole, JoinTeam, SetTeamRole, LeaveTeam, DeleteDuplicate, DeleteMember)
        )
        refuse(change.member not in self.members, change)
        member = self.members[change.member]
        match change:
            case RenewInvitation():
                refuse(not (member.pending and member.expired), change)
                self.members[member.id] = replace(member, expired=False)
            case SetRole():
                refuse(self._is_only_owner(member) or self._is_caller(member), change)
                refuse(self._is_above(change.after) or self._is_above(member.role), change)
                refuse(not member.flags.isdisjoint({"idp:provisioned", "idp:role-restricted"}), change)
                self.members[member.id] = replace(member, role=change.after)
                self._in_teams(self.members[member.id], member.teams)
            case JoinTeam() | SetTeamRole() | LeaveTeam():
                self._membership(member, change)
            case DeleteDuplicate() | DeleteMember():
                refuse(self._is_only_owner(member) or self._is_caller(member), change)
                refuse(self._is_above(member.role) or MemberFlag.IDP_PROVISIONED in member.flags, change)
                del self.members[member.id]

    def _membership(self, member: Member, change: JoinTeam | SetTeamRole | LeaveTeam) -> None:
        refuse(change.team not in self.teams or self.teams[change.team].idp_provisioned, change)
        refuse(isinstance(change, JoinTeam) == (change.team in member.teams), change)
        teams = {slug: role for slug, role in member.teams.items() if slug != change.team}
        match change:
            case JoinTeam(role=role) | SetTeamRole(after=role):
                refuse(member.role == "billing" and isinstance(change, JoinTeam), change)
                teams[change.team] = role
        self._in_teams(member, teams)

    def _in_teams(self, member: Member, teams: Mapping[str, str]) -> None:
        kept = {slug: "" if member.role in ADMINS or role == "contributor" else role for slug, role in teams.items()}
        self.members[member.id] = replace(member, teams=kept)

    def _linked(self, project: Project, teams: set[str]) -> None:
        self.projects[project.slug] = replace(project, teams=tuple(sorted(teams)))

    def _is_only_owner(self, member: Member) -> bool:
        owners = [each.id for each in self.members.values() if each.role == "owner" and each.logged_in]
        return owners == [member.id]

    def _is_caller(self, member: Member) -> bool:
        return bool(member.user_id) and member.user_id == self.caller.user_id

    def _is_above(self, role: str) -> bool:
        own = next((each.role for each in self.members.values() if self._is_caller(each)), None)
        return own is not None and rank(role) > rank(own)


def refuse(wrong: bool, change: Change) -> None:
    if wrong:
        raise Refused(str(change))


def _updated(project: Project, after: Mapping[str, object]) -> Project:
    assert project.options is not None
    given = dict(after)
    if "resolve_age" in given and given["resolve_age"] not in RESOLVE_AGES:
        given["resolve_age"] = 0  # measured: silently
    basic = {name: given.pop(name) for name in ("name", "platform") if name in given}
    options = replace(project.options, **{name: _kept(value) for name, value in given.items()})  # type: ignore[arg-type]
    return replace(project, options=options, **basic)  # type: ignore[arg-type]


def _kept(value: object) -> object:
    return tuple(sorted(value)) if isinstance(value, tuple) else value


def _turned(project: Project) -> Project:
    rules = None if project.alert_rules is None else project.alert_rules[::-1]
    return replace(project, teams=project.teams[::-1], alert_rules=rules)
