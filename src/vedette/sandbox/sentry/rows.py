"""Rows: a member, a team, a project, a wish, and the choices of an organisation; mutable, in memory only."""

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any

from vedette.sandbox.sentry.settings import Person, Project

#: When everything of the settings began.
BORN = 1_750_000_000.0


class Flag(StrEnum):
    """Marks of a member."""

    PROVISIONED = "idp:provisioned"
    ROLE_RESTRICTED = "idp:role-restricted"
    LINKED = "sso:linked"
    INVALID = "sso:invalid"
    LIMITED = "member-limit:restricted"
    PARTNERSHIP = "partnership:restricted"


class Standing(StrEnum):
    """How far an invitation is."""

    APPROVED = "approved"
    PROPOSED = "requested_to_be_invited"  # a member asked for somebody else
    ASKED = "requested_to_join"  # somebody asked for themselves


@dataclass(slots=True)
class Choices:
    """What an organisation decides for itself."""

    name: str
    open_membership: bool = True
    allow_join_requests: bool = True
    require_email_verification: bool = False
    require_2fa: bool = False
    default_role: str = "member"
    #: Whether people log in by an identity provider, and whether they must.
    has_auth_provider: bool = False
    requires_sso: bool = False
    #: Teams have roles of their own, and the organisation's role `admin` can no longer be given.
    team_roles: bool = True
    #: Invitations that may still be sent before 429; None is without end.
    invitations: int | None = None
    #: Every join becomes a request, whoever asks.
    joins_are_requests: bool = False
    #: What the second team of a slug is answered; the specification says 404, running servers 409.
    team_conflict: int = 409
    #: Whether a new role without `teamRoles` empties the member's teams: sentry.io does since 2026, 23.7.1 did not.
    role_clears_teams: bool = True
    #: What writing ownership rules is answered: 202 in the specification, 200 on 23.7.1.
    ownership_status: int = 202


@dataclass(slots=True, eq=False)
class TeamRow:
    """A team."""

    id: int
    slug: str
    name: str
    born: float
    #: Managed by the identity provider: nobody joins or leaves by the API.
    provisioned: bool = False
    members: set[int] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class MemberRow:
    """A membership: an account's, or an invitation while `person` is None."""

    id: int
    email: str
    role: str
    born: float
    person: Person | None
    name: str
    #: Team id to the team role that was given; None is the least that the organisation's role implies.
    teams: dict[int, str | None] = field(default_factory=dict)
    flags: set[Flag] = field(default_factory=set)
    standing: Standing = Standing.APPROVED
    inviter: "MemberRow | None" = None
    token: str = ""
    expires: float = 0.0
    other_emails: list[str] = field(default_factory=list)
    last_login: float | None = None
    last_active: float | None = None

    def expired(self, now: float) -> bool:
        """Whether the invitation is too old to be accepted."""
        return self.person is None and bool(self.token) and self.expires < now


@dataclass(slots=True, eq=False)
class Wish:
    """A request to be let into a team; `requester` is somebody else who asked for the member."""

    id: int
    member: MemberRow
    team: TeamRow
    requester: Person | None = None


@dataclass(slots=True, eq=False)
class KeyRow:
    """A key that events come in with."""

    public: str
    name: str
    born: float
    active: bool = True
    limit: dict[str, int] | None = None

    @property
    def secret(self) -> str:
        """The half that the deprecated DSN shows."""
        return sha256(f"secret:{self.public}".encode()).hexdigest()[:32]


@dataclass(slots=True, eq=False)
class RuleRow:
    """An issue alert rule: what was written, by whom; `settled` is its id in the stand-in's settings, if it has one."""

    id: int
    body: dict[str, Any]
    born: float
    maker: Person | None = None
    settled: int | None = None


@dataclass(frozen=True, slots=True)
class Ownership:
    """The ownership rules of a project; `raw` is None while nobody wrote any."""

    raw: str | None = None
    fallthrough: bool = True
    assignment: str = "Auto Assign to Issue Owner"
    synced: bool = True
    born: float | None = None
    written: float | None = None


@dataclass(slots=True, eq=False)
class ProjectRow:
    """A project, and what people chose for it."""

    project: Project
    born: float
    subject_prefix: str = "[Sentry]"
    sensitive_fields: list[str] = field(default_factory=list)
    safe_fields: list[str] = field(default_factory=list)
    allowed_domains: list[str] = field(default_factory=lambda: ["*"])
    resolve_age: int = 0
    throttle: int = 0
    #: The one that the server records its own errors in.
    internal: bool = False
    first_event: float | None = None
    #: Options that no field above stands for, as they were sent.
    more: dict[str, Any] = field(default_factory=dict)
    keys: list[KeyRow] = field(default_factory=list)
    rules: list[RuleRow] = field(default_factory=list)
    ownership: Ownership = Ownership()

    def __post_init__(self) -> None:
        self.keys.append(KeyRow(self.project.key, "Default", self.born))
