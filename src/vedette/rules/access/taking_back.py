"""Taking back: the plan that undoes a run, held against the organisation as it is now; pure.

Law: what is so already is left out, so that a plan of what is left is the rest of the first; no project is left without
a team, nobody is let go whom a plan would keep.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from vedette.model.access import AccessSettings
from vedette.model.changes import (
    Change,
    CreateAlertRule,
    CreateProject,
    CreateTeam,
    DeleteAlertRule,
    DeleteMember,
    DeleteProject,
    DeleteTeam,
    InviteMember,
    JoinTeam,
    LeaveTeam,
    LinkTeam,
    SetOwnership,
    SetRole,
    SetTeamRole,
    UnlinkTeam,
    UpdateProject,
)
from vedette.model.org import Details, Organization
from vedette.model.plan import Hold, OrganizationPlan, Withheld
from vedette.rules.access.guards import deletion_trips
from vedette.rules.access.memberships import no_teams_for
from vedette.rules.access.naming import folded
from vedette.rules.access.ordering import ordered, ordered_withheld
from vedette.rules.access.owners import Takings, settle_owners
from vedette.rules.access.projects import OPTIONS
from vedette.rules.access.resolving import Desired
from vedette.rules.access.scene import Orders, Scene, Sheet, Sightings, scene_of
from vedette.rules.access.still import Left, Now, account, still
from vedette.rules.access.undo_holds import Places, held
from vedette.rules.access.undoing import Undo
from vedette.rules.access.written import canonical

# What may take the last owner; settled before the teams that depend on roles.
_OWNERS = (SetRole, DeleteMember)
_NOWHERE = Places(frozenset(), frozenset())


def undo_for(
    undo: Undo, current: Organization, *, access: AccessSettings, now: datetime, orders: Orders | None = None
) -> OrganizationPlan:
    """One organisation's plan of taking a run back."""
    desired = Desired(current.instance)
    scene = scene_of(desired, current, access=access, orders=orders or Orders(), sightings=Sightings(), now=now)
    sheet = _written(scene, undo)
    changes = ordered({canonical(change): change for change in sheet.changes}.values())
    return OrganizationPlan(
        instance=current.instance,
        organization=current.slug,
        changes=changes,
        withheld=ordered_withheld({canonical(each.change): each for each in sheet.withheld}.values()),
        trips=deletion_trips(scene, changes),
        lacks=current.lacks,
        calls=current.calls,
    )


def details_of(changes: Iterable[Change]) -> Details:
    """What of the projects has to be read for these changes."""
    told = list(changes)
    options = {each.project for each in told if isinstance(each, UpdateProject) and set(each.after) & set(OPTIONS)}
    owned = {each.project for each in told if isinstance(each, SetOwnership)}
    ruled = {each.project for each in told if isinstance(each, (CreateAlertRule, DeleteAlertRule))}
    return Details(frozenset(options), frozenset(owned), frozenset(ruled))


def _written(scene: Scene, undo: Undo) -> Sheet:
    sheet = Sheet()
    roles = _settled(scene, sheet, undo)
    left = [each for each in _left(undo, Now(scene.current, roles, undo.rules)) if not _is_invited(each, undo)]
    places = _places(scene, left)
    able: list[Change] = []
    for each in left:
        if isinstance(each, Withheld):
            sheet.withheld.append(each)
        elif stands := held(each, scene, places) or _billing(each, scene, roles):
            sheet.hold(each, *stands)
        elif isinstance(each, InviteMember):
            _invite(scene, sheet, each, places)
        else:
            able.append(each)
    _end(scene, sheet, able)
    return sheet


def _settled(scene: Scene, sheet: Sheet, undo: Undo) -> Mapping[str, str]:
    """Write the roles and the accounts that go; the roles that there will be, by account."""
    takings, now = Takings(), Now(scene.current)
    for each in (left for change in undo.changes if isinstance(change, _OWNERS) for left in still(change, now)):
        if isinstance(each, Withheld):
            sheet.withheld.append(each)
        elif stands := held(each, scene, _NOWHERE):
            sheet.hold(each, *stands)
        elif isinstance(each, _OWNERS) and (member := account(each.member, scene.current)):
            if isinstance(each, SetRole):
                takings.roles.append((member, each))
            else:
                takings.deletions.append((member, each))
    settle_owners(scene, sheet, takings)
    return {change.member: change.after for change in sheet.changes if isinstance(change, SetRole)}


def _left(undo: Undo, now: Now) -> Iterator[Left]:
    for change in undo.changes:
        if not isinstance(change, (*_OWNERS, DeleteAlertRule)):
            yield from still(change, now)
    # The rule that says most is looked for first: one that says less may be it too.
    deletions = [change for change in undo.changes if isinstance(change, DeleteAlertRule)]
    for deletion in sorted(deletions, key=lambda each: len(canonical(each)), reverse=True):
        for each in still(deletion, now):
            if isinstance(each, DeleteAlertRule):
                now = replace(now, going=now.going | {each.id})
            yield each


def _is_invited(left: Left, undo: Undo) -> bool:
    """Whether it is about an account that the run deleted: whose invitation brings the team."""
    if not isinstance(left, Withheld) or not isinstance(left.change, (JoinTeam, SetTeamRole)):
        return False
    key, team = folded(left.change.email), left.change.team
    return any(
        isinstance(each, InviteMember) and folded(each.email) == key and team in each.teams for each in undo.changes
    )


def _places(scene: Scene, left: Iterable[Left]) -> Places:
    told = list(left)
    teams = {team.slug for team in scene.current.teams}
    teams |= {each.team for each in told if isinstance(each, CreateTeam)} - scene.protected_teams
    projects = {project.slug for project in scene.current.projects}
    open_teams = teams - scene.protected_teams
    made = {each.project for each in told if isinstance(each, CreateProject) and each.team in open_teams}
    return Places(frozenset(teams), frozenset(projects | (made - scene.protected_projects)))


def _billing(change: Change, scene: Scene, roles: Mapping[str, str]) -> tuple[Hold, str] | None:
    if not isinstance(change, JoinTeam) or (member := account(change.member, scene.current)) is None:
        return None
    return no_teams_for(roles.get(member.id, member.role))


def _invite(scene: Scene, sheet: Sheet, change: InviteMember, places: Places) -> None:
    """Write the invitation into the teams that it can bring; it is sent to the person where the settings say so."""
    key = folded(change.email)
    if any(isinstance(each, InviteMember) and folded(each.email) == key for each in sheet.changes):
        sheet.hold(change, Hold.AMBIGUOUS, "several accounts had this address, and it is invited once")
        return
    teams: dict[str, str] = {}
    for slug, role in sorted(change.teams.items()):
        join = JoinTeam("", change.email, slug, role, change.reason)
        if stands := held(join, scene, places) or no_teams_for(change.role):
            sheet.hold(join, *stands)
        else:
            teams[slug] = role
    sheet.do(replace(change, teams=teams, send=scene.access.send_invites))


@dataclass(frozen=True, slots=True)
class _Ends:
    """What goes: projects and accounts; teams, less those that a project needs; links, less those of bare projects."""

    projects: frozenset[str]
    members: frozenset[str]
    teams: frozenset[str]
    needed: Mapping[str, str]  # team → the project that would be without one
    bare: frozenset[str]


def _end(scene: Scene, sheet: Sheet, able: Iterable[Change]) -> None:
    """Write what may be done, less what goes with something greater, and what would leave a project bare."""
    changes = list(able)
    members = frozenset(each.member for each in sheet.changes if isinstance(each, DeleteMember))
    ends = _ends(scene, changes, members)
    made = {(each.project, each.team) for each in changes if isinstance(each, CreateProject)}
    for change in changes:
        match change:
            case DeleteTeam(team=team) if team in ends.needed:
                project = ends.needed[team]
                why = f"project {project} would be without a team: delete it too, with --delete-project {project}"
                sheet.hold(change, Hold.NOT_NAMED, why)
            case UnlinkTeam(project=project, team=team) if project in ends.projects or team in ends.teams:
                continue
            case UnlinkTeam(project=project) if project in ends.bare:
                sheet.hold(change, Hold.NOT_THERE, f"project {project} would be without a team")
            case LeaveTeam(member=member, team=team) if member in ends.members or team in ends.teams:
                continue
            case LinkTeam(project=project, team=team) if (project, team) in made:
                continue
            case _:
                sheet.do(change)


def _ends(scene: Scene, changes: Iterable[Change], members: frozenset[str]) -> _Ends:
    told = list(changes)
    going = frozenset(each.project for each in told if isinstance(each, DeleteProject))
    doomed = {each.team for each in told if isinstance(each, DeleteTeam)}
    needed: dict[str, str] = {}
    bare: set[str] = set()
    for project in sorted(scene.current.projects, key=lambda each: each.slug):
        stays = set(project.teams) | _teams_of(told, LinkTeam, project.slug)
        if project.slug in going or not stays:
            continue
        stays -= _teams_of(told, UnlinkTeam, project.slug)
        if not stays - doomed:
            spared = doomed & (stays or set(project.teams))
            needed |= dict.fromkeys(spared, project.slug)
            doomed -= spared
            if not stays:
                bare.add(project.slug)
    return _Ends(going, members, frozenset(doomed), needed, frozenset(bare))


def _teams_of(changes: Iterable[Change], kind: type[LinkTeam] | type[UnlinkTeam], project: str) -> set[str]:
    return {each.team for each in changes if isinstance(each, kind) and each.project == project}
