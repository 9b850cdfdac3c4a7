"""An organisation as it is: its members, teams and projects, as one reading of a server told them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class OrgRole(StrEnum):
    """Sentry's roles in an organisation, the weakest first; a server may have others, which are left as they are."""

    BILLING = "billing"
    MEMBER = "member"
    ADMIN = "admin"
    MANAGER = "manager"
    OWNER = "owner"


class TeamRole(StrEnum):
    """Sentry's roles in a team."""

    CONTRIBUTOR = "contributor"
    ADMIN = "admin"


class MemberFlag(StrEnum):
    """What the server says of how an account came to be."""

    IDP_PROVISIONED = "idp:provisioned"
    IDP_ROLE_RESTRICTED = "idp:role-restricted"
    SSO_LINKED = "sso:linked"
    SSO_INVALID = "sso:invalid"
    LIMIT_RESTRICTED = "member-limit:restricted"


class Lack(StrEnum):
    """What a server may not have, as `Organization.lacks` names it; other words there are only shown."""

    ORGANIZATION = "organization settings"
    TEAM_ROLES = "team roles"
    OPTIONS = "project options"
    OWNERSHIP = "ownership rules"
    ALERT_RULES = "alert rules"
    TEAM_NAMES = "team names"
    CALLER = "whose token it is: the server does not tell; protect its account by name"


#: A team role as the server tells it; one that it does not tell is an ordinary contributor's.
NO_TEAM_ROLE = ""


@dataclass(frozen=True, slots=True)
class Member:
    """One account in an organisation, or one invitation to it."""

    id: str  # of the membership, not of the user
    email: str  # as the server writes it
    name: str = ""
    username: str = ""
    role: str = OrgRole.MEMBER
    teams: Mapping[str, str] = field(default_factory=dict)  # slug → team role, NO_TEAM_ROLE where none is told
    user_id: str = ""  # "" while nobody has taken the invitation
    pending: bool = False
    expired: bool = False
    flags: frozenset[str] = frozenset()
    created_at: datetime | None = None
    last_login: datetime | None = None
    last_active: datetime | None = None
    inviter: str = ""
    other_emails: tuple[str, ...] = ()  # verified addresses of the same user
    invite_status: str = "approved"  # requested_to_join and requested_to_be_invited wait for an owner

    @property
    def key(self) -> str:
        """The address as addresses are compared."""
        return self.email.strip().casefold()

    @property
    def logged_in(self) -> bool:
        """Whether somebody has ever come in by this account."""
        return not self.pending and self.user_id != ""


@dataclass(frozen=True, slots=True)
class Team:
    """One team."""

    slug: str
    id: str = ""
    name: str = ""
    idp_provisioned: bool = False  # its members come from an identity provider; nobody else may change them


@dataclass(frozen=True, slots=True)
class ProjectOptions:
    """What a project's own page has besides a list; None where the server does not tell it."""

    subject_prefix: str | None = None
    sensitive_fields: tuple[str, ...] | None = None
    safe_fields: tuple[str, ...] | None = None
    resolve_age: int | None = None  # hours; 0 is never
    allowed_domains: tuple[str, ...] | None = None
    throttle: int | None = None  # percent of events refused; GlitchTip's alone


@dataclass(frozen=True, slots=True)
class OwnershipRules:
    """Sentry's own ownership rules of a project."""

    raw: str = ""
    fallthrough: bool = True
    auto_assignment: str = ""


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One issue alert rule, by its whole body where it is to be made again."""

    id: str
    name: str
    body: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Project:
    """One project; what was not asked for is None."""

    slug: str
    id: str = ""
    name: str = ""
    platform: str = ""
    teams: tuple[str, ...] = ()  # slugs, sorted
    internal: bool = False  # the server's own, which cannot be deleted
    options: ProjectOptions | None = None
    ownership: OwnershipRules | None = None
    alert_rules: tuple[AlertRule, ...] | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token it is; both "" where it belongs to an integration and not to a person."""

    user_id: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Organization:
    """One reading of an organisation, whole: a list that could not be read to its end raises instead."""

    instance: str
    slug: str
    read_at: datetime
    members: tuple[Member, ...] = ()
    teams: tuple[Team, ...] = ()
    projects: tuple[Project, ...] = ()
    caller: Caller = Caller()
    #: None where the server does not tell.
    open_membership: bool | None = None
    join_requests: bool | None = None
    sso_required: bool | None = None
    roles: tuple[str, ...] = tuple(OrgRole)  # the weakest first
    lacks: tuple[str, ...] = ()  # what this server has not got, or its token may not see, in words
    calls: int = 0

    def team(self, slug: str) -> Team | None:
        """The team of that slug."""
        return next((team for team in self.teams if team.slug == slug), None)

    def project(self, slug: str) -> Project | None:
        """The project of that slug."""
        return next((project for project in self.projects if project.slug == slug), None)


@dataclass(frozen=True, slots=True)
class Details:
    """Projects, by slug, that are read one by one, and what of them; None means every project."""

    options: frozenset[str] | None = frozenset()
    ownership: frozenset[str] | None = frozenset()
    alert_rules: frozenset[str] | None = frozenset()


class Ask(StrEnum):
    """Who wants what of an access request."""

    JOIN_TEAM = "join_team"
    JOIN_ORGANIZATION = "join_organization"
    INVITE = "invite"  # a member asks that somebody be invited


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """Somebody waits for access."""

    id: str
    ask: Ask
    email: str  # of whom it is about; "" where only a name is known
    name: str = ""
    team: str = ""
    role: str = ""
    requester: str = ""  # who asked for them
    asked_at: datetime | None = None
    source: str = "api"  # or imap


@dataclass(frozen=True, slots=True)
class ProjectKey:
    """A key that a project's events come in with; the deprecated secret address is never kept."""

    project: str
    id: str
    label: str
    dsn: str  # the public one
    security: str = ""  # where reports of browsers go
    active: bool = True


@dataclass(frozen=True, slots=True)
class Talkativeness:
    """Events of one project within a span."""

    project: str
    accepted: int
    dropped: int = 0


def rank(role: str, *, roles: Sequence[str] = tuple(OrgRole)) -> int:
    """How strong a role is, 0 for the weakest; -1 for one that is not known."""
    return list(roles).index(role) if role in roles else -1
