"""Scene: everything that one organisation's plan is decided from, and the sheet that the decisions are written on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from vedette.model.access import AccessSettings, Managed
from vedette.model.changes import Change
from vedette.model.org import Lack, Member, Organization, OrgRole, rank
from vedette.model.plan import Diagnosis, Hold, Withheld
from vedette.rules.access.matching import keys_of, members_of
from vedette.rules.access.naming import folded
from vedette.rules.access.resolving import Desired


@dataclass(frozen=True, slots=True)
class Sightings:
    """What earlier plans saw of accounts that nobody declared, by the ids of their memberships."""

    first_seen: Mapping[str, datetime] = field(default_factory=dict)
    plans: Mapping[str, int] = field(default_factory=dict)  # how many plans saw each


@dataclass(frozen=True, slots=True)
class Orders:
    """What whoever runs the plan orders by flags; projects and teams by slug or as instance/slug."""

    delete_projects: frozenset[str] = frozenset()
    delete_teams: frozenset[str] = frozenset()
    allow_deletions: bool = False
    allow_empty: bool = False
    allow_shrink: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """What is declared, what is, and everything else that counts."""

    desired: Desired
    current: Organization
    access: AccessSettings
    orders: Orders
    sightings: Sightings
    now: datetime
    members: tuple[Member, ...]
    caller: Member | None  # None where the token is nobody's
    protected_people: frozenset[str]
    protected_teams: frozenset[str]
    protected_projects: frozenset[str]

    def manages(self, kind: Managed) -> bool:
        """Whether that is to be brought to what is declared."""
        return kind in self.access.manage

    def lacks(self, what: Lack) -> bool:
        """Whether the server has no such thing."""
        return what in self.current.lacks

    def spares(self, member: Member) -> bool:
        """Whether an account is protected, by any of its addresses."""
        return not self.protected_people.isdisjoint(keys_of(member))

    def is_caller(self, member: Member) -> bool:
        """Whether it is the account of the token's user."""
        return self.caller is not None and member.id == self.caller.id

    def may_be_caller(self, member: Member) -> bool:
        """Whether it may be the token's own account on a server that does not tell whose the token is.

        Only who may administer members can be; and whoever protects an account by name has answered the question.
        """
        untold = self.lacks(Lack.CALLER) and not self.protected_people
        return untold and member.logged_in and member.role in {OrgRole.MANAGER, OrgRole.OWNER}

    def above_caller(self, role: str) -> bool:
        """Whether a role is stronger than that of the token's user, where both are known."""
        if self.caller is None:
            return False
        own = rank(self.caller.role, roles=self.current.roles)
        return own >= 0 and rank(role, roles=self.current.roles) > own

    def too_strong(self, *roles: str) -> str:
        """Why the token's user can neither give nor take one of these roles; "" where they can."""
        strongest = max(roles, key=lambda role: rank(role, roles=self.current.roles))
        return f"{strongest} is stronger than the role of the token's user" if self.above_caller(strongest) else ""


def scene_of(
    desired: Desired,
    current: Organization,
    *,
    access: AccessSettings,
    orders: Orders,
    sightings: Sightings,
    now: datetime,
) -> Scene:
    """The scene, with what follows from the reading."""
    members = tuple(members_of(current.members))
    return Scene(
        desired,
        current,
        access,
        orders,
        sightings,
        now,
        members,
        _caller(current, members),
        frozenset(folded(address) for address in access.protected.people),
        frozenset(access.protected.teams),
        frozenset(access.protected.projects),
    )


def _caller(current: Organization, members: tuple[Member, ...]) -> Member | None:
    told = current.caller
    if told.user_id:
        return next((member for member in members if member.user_id == told.user_id), None)
    key = folded(told.email)
    if not key:
        return None
    return next((member for member in members if member.logged_in and key in keys_of(member)), None)


@dataclass(slots=True)
class Sheet:
    """A plan while it is written: filled by the parts in turn, read once at the end."""

    changes: list[Change] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)
    diagnoses: list[Diagnosis] = field(default_factory=list)

    def do(self, *changes: Change) -> None:
        """Put changes into the plan."""
        self.changes += changes

    def hold(self, change: Change, hold: Hold, reason: str) -> None:
        """Hold a change back, and say why."""
        self.withheld.append(Withheld(change, hold, reason))

    def tell(self, *diagnoses: Diagnosis) -> None:
        """Tell what is wrong beyond what a change could mend."""
        self.diagnoses += diagnoses
