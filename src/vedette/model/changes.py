"""Changes: what a plan does, one typed change for one call, in the order in which they are done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """Of what a change takes away, for the guards' numbers."""

    ORGANIZATION = "organization settings"
    TEAM = "teams"
    PROJECT = "projects"
    LINK = "teams of projects"
    OWNERSHIP = "ownership rules"
    ALERT = "alert rules"
    MEMBER = "members"
    MEMBERSHIP = "team memberships"


@dataclass(frozen=True, slots=True)
class SetOrganization:
    """Set one setting of the organisation: open_membership or join_requests."""

    setting: str
    before: bool | None
    after: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CreateTeam:
    """Make a team."""

    team: str
    name: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RenameTeam:
    """Change the name that people read; the slug stays."""

    team: str
    before: str
    after: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CreateProject:
    """Make a project, owned by one team; its others are linked afterwards."""

    project: str
    team: str
    name: str = ""
    platform: str = ""
    default_rules: bool = True  # whether the server adds the alert rule that it gives to every new project
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LinkTeam:
    """Give a team a project."""

    project: str
    team: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class UpdateProject:
    """Change fields of a project, in one call; fields by the names of `model.access.DeclaredProject`."""

    project: str
    before: Mapping[str, object]
    after: Mapping[str, object]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SetOwnership:
    """Change a project's ownership rules; fields by the names of `model.org.OwnershipRules`."""

    project: str
    before: Mapping[str, object]
    after: Mapping[str, object]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CreateAlertRule:
    """Make an issue alert rule."""

    project: str
    name: str
    body: Mapping[str, object] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DeleteAlertRule:
    """Delete an issue alert rule; `body` is what it was, for the undo file."""

    project: str
    id: str
    name: str
    body: Mapping[str, object] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class InviteMember:
    """Invite a person, with a role and teams; `teams`: slug → team role, "" for the usual one."""

    email: str
    role: str
    teams: Mapping[str, str] = field(default_factory=dict)
    send: bool = True  # whether Sentry writes to them
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RenewInvitation:
    """Make an invitation that has expired new, and send it again."""

    member: str
    email: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SetRole:
    """Change a member's role in the organisation."""

    member: str
    email: str
    before: str
    after: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class JoinTeam:
    """Put a member into a team; `role` "" for the usual one."""

    member: str
    email: str
    team: str
    role: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SetTeamRole:
    """Change a member's role in a team."""

    member: str
    email: str
    team: str
    before: str
    after: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class UnlinkTeam:
    """Take a project from a team; never its last one."""

    project: str
    team: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LeaveTeam:
    """Take a member out of a team; `role` is what they had there."""

    member: str
    email: str
    team: str
    role: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DeleteDuplicate:
    """Delete a second account of a person; `kept` is the id of the one that stays."""

    member: str
    email: str
    kept: str
    role: str = ""
    teams: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DeleteMember:
    """Take an account out of the organisation; role and teams are what it had."""

    member: str
    email: str
    role: str = ""
    teams: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DeleteProject:
    """Delete a project with all of its events."""

    project: str
    id: str = ""
    teams: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DeleteTeam:
    """Delete a team."""

    team: str
    id: str = ""
    reason: str = ""


Change = (
    SetOrganization
    | CreateTeam
    | RenameTeam
    | CreateProject
    | LinkTeam
    | UpdateProject
    | SetOwnership
    | CreateAlertRule
    | DeleteAlertRule
    | InviteMember
    | RenewInvitation
    | SetRole
    | JoinTeam
    | SetTeamRole
    | UnlinkTeam
    | LeaveTeam
    | DeleteDuplicate
    | DeleteMember
    | DeleteProject
    | DeleteTeam
)

#: The order in which changes are done: what adds first, what takes away last, so that an interrupted run leaves too
#: much rather than too little; a project is never without a team, a person never without the account that stays.
ORDER: tuple[type[Change], ...] = (
    SetOrganization,
    CreateTeam,
    RenameTeam,
    CreateProject,
    LinkTeam,
    UpdateProject,
    SetOwnership,
    CreateAlertRule,
    InviteMember,
    RenewInvitation,
    SetRole,
    JoinTeam,
    SetTeamRole,
    DeleteAlertRule,
    UnlinkTeam,
    LeaveTeam,
    DeleteDuplicate,
    DeleteMember,
    DeleteProject,
    DeleteTeam,
)

#: What takes away, and of which kind; the guards count these.
TAKES_AWAY: Mapping[type[Change], Kind] = {
    DeleteAlertRule: Kind.ALERT,
    UnlinkTeam: Kind.LINK,
    LeaveTeam: Kind.MEMBERSHIP,
    DeleteDuplicate: Kind.MEMBER,
    DeleteMember: Kind.MEMBER,
    DeleteProject: Kind.PROJECT,
    DeleteTeam: Kind.TEAM,
}
