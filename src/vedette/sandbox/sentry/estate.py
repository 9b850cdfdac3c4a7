"""Estate: what a team or a project changes in two places, in the roster and in what was recorded."""

from dataclasses import replace

from vedette.sandbox.sentry.desk import World
from vedette.sandbox.sentry.rows import ProjectRow, TeamRow
from vedette.sandbox.sentry.settings import Project


def rename_team(world: World, team: TeamRow, slug: str) -> None:
    """Another slug; projects name teams by it."""
    old = team.slug
    if slug == old:
        return
    world.roster.rename_team(team, slug)
    for row in _of_team(world, old):
        redraw(world, row, teams=tuple(slug if each == old else each for each in row.project.teams))


def drop_team(world: World, team: TeamRow) -> None:
    """Forget a team; its projects stay."""
    for row in _of_team(world, team.slug):
        redraw(world, row, teams=tuple(each for each in row.project.teams if each != team.slug))
    world.roster.drop_team(team)


def add_project(world: World, project: Project) -> ProjectRow:
    """A project that records from now on."""
    world.memory.register(project)
    return world.roster.add_project(project, now=world.clock())


def redraw(
    world: World,
    row: ProjectRow,
    *,
    slug: str | None = None,
    title: str | None = None,
    platform: str | None = None,
    teams: tuple[str, ...] | None = None,
) -> None:
    """Other words for a project; its DSN stays what it was."""
    old = row.project
    row.project = replace(
        old,
        slug=old.slug if slug is None else slug,
        title=old.title if title is None else title,
        platform=old.platform if platform is None else platform,
        teams=old.teams if teams is None else teams,
        public=old.key,
    )
    world.memory.register(row.project, instead_of=old)


def drop_project(world: World, row: ProjectRow) -> None:
    """Forget a project and all that it recorded."""
    del world.roster.projects[row.project.id]
    world.memory.unregister(row.project)


def _of_team(world: World, slug: str) -> list[ProjectRow]:
    return [row for row in world.roster.projects.values() if slug in row.project.teams]
