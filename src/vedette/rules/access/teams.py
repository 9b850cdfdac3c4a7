"""Teams: which are made, renamed and deleted, and which there will be for projects and members.

Law: a team goes only where a flag names it, and never where a project that stays would be left without a team.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from vedette.model.access import DeclaredProject, Managed
from vedette.model.changes import CreateTeam, DeleteTeam, RenameTeam
from vedette.model.org import Lack, Project, Team
from vedette.model.plan import Hold
from vedette.rules.access.naming import listed, named
from vedette.rules.access.scene import Scene, Sheet


@dataclass(frozen=True, slots=True)
class TeamEnds:
    """The teams that there will be, those that go, and why others that a flag names stay."""

    there: frozenset[str]
    doomed: frozenset[str] = frozenset()
    spared: Mapping[str, tuple[Hold, str]] = field(default_factory=dict)

    def takes(self, slug: str, scene: Scene) -> bool:
        """Whether somebody or something may be put into that team."""
        return slug in self.there and slug not in scene.protected_teams


def ends_of(scene: Scene) -> TeamEnds:
    """What becomes of the teams."""
    current = {team.slug for team in scene.current.teams}
    if not scene.manages(Managed.TEAMS):
        return TeamEnds(frozenset(current))
    declared = {team.slug for team in scene.desired.teams}
    made = declared - scene.protected_teams
    spared: dict[str, tuple[Hold, str]] = {}
    doomed: set[str] = set()
    for team in sorted(_undeclared(scene), key=lambda each: each.slug):
        held = _held(scene, team)
        if held is None:
            doomed.add(team.slug)
        else:
            spared[team.slug] = held
    for slug, why in _last_teams(scene, doomed).items():
        doomed.discard(slug)
        spared[slug] = (Hold.NOT_NAMED, why)
    return TeamEnds(frozenset((current | made) - doomed), frozenset(doomed), spared)


def _undeclared(scene: Scene) -> Iterable[Team]:
    declared = {team.slug for team in scene.desired.teams}
    return (t for t in scene.current.teams if t.slug not in declared and t.slug not in scene.protected_teams)


def _held(scene: Scene, team: Team) -> tuple[Hold, str] | None:
    if team.idp_provisioned:
        return Hold.NOT_MINE, "an identity provider keeps this team"
    if not named(team.slug, scene.orders.delete_teams, instance=scene.desired.instance):
        return Hold.NOT_NAMED, f"nobody declared it; it is deleted only with --delete-team {team.slug}"
    users = _users(scene, team.slug)
    if users:
        return (
            Hold.NOT_NAMED,
            f"--delete-team names it, but it is declared for {listed(users)}: take it out there first",
        )
    kept = [member.email for member in scene.members if team.slug in member.teams and scene.spares(member)]
    kept += [each.slug for each in scene.current.projects if team.slug in each.teams and _is_protected(scene, each)]
    if kept:
        return Hold.PROTECTED, f"--delete-team names it, but {listed(sorted(kept))} in it is protected"
    return None


def _is_protected(scene: Scene, project: Project) -> bool:
    return project.slug in scene.protected_projects or project.internal


def _users(scene: Scene, slug: str) -> list[str]:
    found = []
    if scene.manages(Managed.PROJECTS):
        found += [f"project {each.slug}" for each in scene.desired.projects if slug in each.teams]
    if scene.manages(Managed.MEMBERS):
        found += [each.person for each in scene.desired.wanted if slug in each.teams]
    return found


def _last_teams(scene: Scene, doomed: set[str]) -> dict[str, str]:
    """Doomed teams that are all that a project has, which stays."""
    found: dict[str, str] = {}
    for project in sorted(scene.current.projects, key=lambda each: each.slug):
        stays = set(final_teams(scene, project, gone=doomed))
        if stays and stays <= doomed:
            why = (
                f"project {project.slug} would be without a team: declare it for another, "
                f"or delete it too, with --delete-project {project.slug}"
            )
            found |= dict.fromkeys(stays, why)
    return found


def final_teams(scene: Scene, project: Project, *, gone: Iterable[str] = ()) -> tuple[str, ...]:
    """The teams that a project of now has in the end, before teams are deleted; () for one that goes."""
    if not scene.manages(Managed.PROJECTS) or _is_protected(scene, project):
        return project.teams
    declared = next((each for each in scene.desired.projects if each.slug == project.slug), None)
    if declared is None:
        goes = named(project.slug, scene.orders.delete_projects, instance=scene.desired.instance)
        return () if goes else project.teams
    there = {team.slug for team in scene.current.teams}
    if scene.manages(Managed.TEAMS):
        there |= {team.slug for team in scene.desired.teams} - scene.protected_teams
    return _declared_teams(scene, declared, project, there - set(gone)) or project.teams


def _declared_teams(scene: Scene, declared: DeclaredProject, project: Project, there: set[str]) -> tuple[str, ...]:
    protected = {slug for slug in project.teams if slug in scene.protected_teams}
    usable = {slug for slug in declared.teams if slug in there and slug not in scene.protected_teams}
    return tuple(sorted(protected | usable))


def plan_teams(scene: Scene, sheet: Sheet, *, ends: TeamEnds) -> None:
    """Write what becomes of the teams."""
    if not scene.manages(Managed.TEAMS):
        return
    for declared in scene.desired.teams:
        current = scene.current.team(declared.slug)
        if named(declared.slug, scene.orders.delete_teams, instance=scene.desired.instance):
            change = DeleteTeam(declared.slug, current.id if current else "", "a flag names it")
            sheet.hold(change, Hold.NOT_NAMED, "--delete-team names it, but it is declared: take it out there first")
        if declared.slug in scene.protected_teams:
            if current is None:
                make = CreateTeam(declared.slug, declared.name, "it is declared")
                sheet.hold(make, Hold.PROTECTED, "it is declared, and protected: nothing makes or changes it")
        elif current is None:
            sheet.do(CreateTeam(declared.slug, declared.name, "it is declared, and not there"))
        elif declared.name and declared.name != current.name and not scene.lacks(Lack.TEAM_NAMES):
            sheet.do(RenameTeam(declared.slug, current.name, declared.name, "its declared name is another"))
    for team in _undeclared(scene):
        _end(sheet, team, ends)


def _end(sheet: Sheet, team: Team, ends: TeamEnds) -> None:
    if team.slug in ends.doomed:
        sheet.do(DeleteTeam(team.slug, team.id, "nobody declared it, and --delete-team names it"))
        return
    hold, why = ends.spared[team.slug]
    sheet.hold(DeleteTeam(team.slug, team.id, "nobody declared it"), hold, why)
