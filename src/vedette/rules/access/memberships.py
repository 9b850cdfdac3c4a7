"""Memberships: which teams a member joins and leaves, and with which role in them.

Law: a team role is told "" where the member's role in the organisation gives as much; the two are equal then, or a plan
would never end.
"""

from dataclasses import dataclass

from vedette.model.changes import Change, JoinTeam, LeaveTeam, SetTeamRole
from vedette.model.org import NO_TEAM_ROLE, Lack, Member, MemberFlag, OrgRole, TeamRole
from vedette.model.plan import Hold
from vedette.rules.access.resolving import Wanted
from vedette.rules.access.scene import Scene, Sheet
from vedette.rules.access.teams import TeamEnds

# These are admins of every team that they are in, whatever their role in it.
_ADMINS = frozenset({OrgRole.ADMIN, OrgRole.MANAGER, OrgRole.OWNER})


@dataclass(frozen=True, slots=True)
class Place:
    """The account that stays, and the role in the organisation that it will have."""

    member: Member
    role: str

    @property
    def provisioned(self) -> bool:
        """Whether an identity provider keeps the account."""
        return MemberFlag.IDP_PROVISIONED in self.member.flags


def team_role(role: str, *, org_role: str) -> str:
    """A team role as the server keeps it beside that role in the organisation."""
    if org_role in _ADMINS or role in {NO_TEAM_ROLE, TeamRole.CONTRIBUTOR}:
        return NO_TEAM_ROLE
    return role


def joinable(scene: Scene, sheet: Sheet, wanted: Wanted, ends: TeamEnds) -> dict[str, str]:
    """The teams that an invitation can bring, each with the role in it; the others are held back."""
    found: dict[str, str] = {}
    for slug, role in sorted(wanted.teams.items()):
        kept = team_role(role, org_role=wanted.role)
        held = _held(scene, slug, ends) or no_teams_for(wanted.role)
        if held is not None:
            sheet.hold(JoinTeam("", wanted.email, slug, kept, wanted.reason), *held)
            continue
        if kept and scene.lacks(Lack.TEAM_ROLES):
            sheet.hold(SetTeamRole("", wanted.email, slug, NO_TEAM_ROLE, kept, wanted.reason), *_NO_TEAM_ROLES)
            kept = NO_TEAM_ROLE
        found[slug] = kept
    return found


_NO_TEAM_ROLES = (Hold.NOT_THERE, "this server has no roles in teams")


def no_teams_for(role: str) -> tuple[Hold, str] | None:
    """What stands against any team for whoever has that role in the organisation."""
    if role == OrgRole.BILLING:
        return Hold.NOT_THERE, "the role billing cannot be in a team"
    return None


def _held(scene: Scene, slug: str, ends: TeamEnds) -> tuple[Hold, str] | None:
    """What stands against any change of who is in a team."""
    if slug in scene.protected_teams:
        return Hold.PROTECTED, f"team {slug} is protected: nobody is put into it or taken out of it"
    if slug not in ends.there:
        return Hold.NOT_THERE, f"there is no team {slug} on {scene.desired.instance}"
    team = scene.current.team(slug)
    if team is not None and team.idp_provisioned:
        return Hold.NOT_MINE, f"an identity provider keeps who is in team {slug}"
    return None


def plan_memberships(scene: Scene, sheet: Sheet, wanted: Wanted, place: Place, ends: TeamEnds) -> None:
    """Write which teams the account joins and leaves."""
    for slug in sorted(wanted.teams):
        against = _against(scene, place, slug, ends)
        if slug in place.member.teams:
            _stay(scene, sheet, wanted, place, slug=slug, against=against)
        else:
            _enter(scene, sheet, wanted, place, slug=slug, against=against)
    for slug, role in sorted(place.member.teams.items()):
        if slug not in wanted.teams and slug not in scene.protected_teams and slug not in ends.doomed:
            change = LeaveTeam(place.member.id, place.member.email, slug, role, f"no role of {wanted.person} brings it")
            _write(sheet, change, _against(scene, place, slug, ends))


def _enter(
    scene: Scene, sheet: Sheet, wanted: Wanted, place: Place, *, slug: str, against: tuple[Hold, str] | None
) -> None:
    member, role = place.member, team_role(wanted.teams[slug], org_role=place.role)
    bare = NO_TEAM_ROLE if scene.lacks(Lack.TEAM_ROLES) else role
    change = JoinTeam(member.id, member.email, slug, bare, wanted.reason)
    held = against or no_teams_for(place.role)
    _write(sheet, change, held)
    if bare != role and held is None:
        sheet.hold(SetTeamRole(member.id, member.email, slug, bare, role, wanted.reason), *_NO_TEAM_ROLES)


def _stay(
    scene: Scene, sheet: Sheet, wanted: Wanted, place: Place, *, slug: str, against: tuple[Hold, str] | None
) -> None:
    member, role = place.member, team_role(wanted.teams[slug], org_role=place.role)
    before = team_role(member.teams[slug], org_role=place.role)
    if before == role or slug in scene.protected_teams:
        return
    change = SetTeamRole(member.id, member.email, slug, before, role, wanted.reason)
    _write(sheet, change, _NO_TEAM_ROLES if scene.lacks(Lack.TEAM_ROLES) else against)


def _against(scene: Scene, place: Place, slug: str, ends: TeamEnds) -> tuple[Hold, str] | None:
    if place.provisioned and slug not in scene.protected_teams:
        return Hold.NOT_MINE, "an identity provider keeps this account and its teams"
    return _held(scene, slug, ends)


def _write(sheet: Sheet, change: Change, held: tuple[Hold, str] | None) -> None:
    if held is None:
        sheet.do(change)
    else:
        sheet.hold(change, *held)
