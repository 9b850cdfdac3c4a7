"""Access as declared: teams, projects, roles and people as people wrote them down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from vedette.model.org import OrgRole, OwnershipRules, TeamRole
from vedette.model.requests import RequestSettings

#: Hours after which Sentry can resolve an issue that stays quiet; it silently stores 0 for any other number.
RESOLVE_AGES = (
    0, *range(1, 13), 15, 18, 21, 24, 30, 36, *range(48, 721, 24),
)  # fmt: skip


class Managed(StrEnum):
    """What is brought to what is declared; what is not managed is neither changed nor told as drift."""

    TEAMS = "teams"
    PROJECTS = "projects"
    MEMBERS = "members"
    ORGANIZATION = "organization"


class AlertRules(StrEnum):
    """What becomes of a project's issue alert rules."""

    LEAVE = "leave"  # as they are, unread
    NONE = "none"  # every one is deleted
    DECLARED = "declared"  # exactly those that are written


@dataclass(frozen=True, slots=True)
class DeclaredTeam:
    """A team that should be; no `instances` means every instance that is managed."""

    slug: str
    name: str = ""
    instances: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeclaredProject:
    """A project that should be; None: left as it is."""

    slug: str
    teams: tuple[str, ...]
    name: str | None = None
    platform: str | None = None
    description: str = ""  # for who reads the file; Sentry has no place for it
    subject_prefix: str | None = None
    sensitive_fields: tuple[str, ...] | None = None
    safe_fields: tuple[str, ...] | None = None
    resolve_age: int | None = None  # hours, one of RESOLVE_AGES
    allowed_domains: tuple[str, ...] | None = None
    throttle: int | None = None  # percent, GlitchTip's alone
    ownership: OwnershipRules | None = None
    alerts: AlertRules = AlertRules.LEAVE
    alert_rules: tuple[Mapping[str, object], ...] = ()  # bodies as Sentry takes them, each with its name
    instances: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeclaredRole:
    """What a role brings to whoever has it."""

    name: str
    role: OrgRole = OrgRole.MEMBER
    teams: Mapping[str, TeamRole | None] = field(default_factory=dict)  # slug → role in it, None where none is asked
    expires: date | None = None  # the role is ignored from that day on, in UTC
    instances: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """A person or bot, and how their address is found: the first of email, directory and github that is given."""

    name: str  # the key in the file
    email: str | None = None
    directory: str | None = None  # their id in the directory's file
    github: str | None = None  # their login
    roles: tuple[str, ...] = ()
    expires: date | None = None
    bot: bool = False
    instances: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Protected:
    """What no plan touches."""

    people: tuple[str, ...] = ()  # addresses
    teams: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guards:
    """How much one plan may take away of a kind."""

    share: float = 0.30  # of what there is now
    floor: int = 10  # the share says nothing of so few, or fewer
    deletions: int = 25
    shrink: float = 0.30  # by how much the declared may have become less since the last plan


@dataclass(frozen=True, slots=True)
class OrganizationWish:
    """Settings of the organisation that keep teams apart; None: not looked at."""

    open_membership: bool | None = None
    join_requests: bool | None = None
    sso_required: bool | None = None  # can only be looked at: no public interface sets it


@dataclass(frozen=True, slots=True)
class DirectoryFile:
    """A file of people: CSV with a header, or an LDAP export (LDIF)."""

    file: str
    id: str = "uid"  # column or attribute that `directory:` names
    email: str = "mail"


@dataclass(frozen=True, slots=True)
class AccessSettings:
    """Who should have access to what."""

    instances: tuple[str, ...] = ()  # that are managed
    manage: frozenset[Managed] = frozenset(Managed)
    teams: Mapping[str, DeclaredTeam] = field(default_factory=dict)
    projects: Mapping[str, DeclaredProject] = field(default_factory=dict)
    roles: Mapping[str, DeclaredRole] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    organization: OrganizationWish = OrganizationWish()
    protected: Protected = Protected()
    guards: Guards = Guards()
    grace: timedelta = timedelta(days=7)  # an unmanaged account is seen so long before it may be deleted
    send_invites: bool = True
    directory: DirectoryFile | None = None
    github: str = ""  # name of a tracker of kind github whose token looks logins up
    every: timedelta | None = None  # how often `serve` looks for drift; None never
    apply: bool = False  # whether what adds and changes is applied then; nothing is ever deleted by itself
    rate_per_s: float = 20.0  # calls to one Sentry server
    requests: RequestSettings = field(default_factory=RequestSettings)

    @property
    def declared(self) -> bool:
        """Whether anything is declared at all."""
        return bool(self.teams or self.projects or self.people)
