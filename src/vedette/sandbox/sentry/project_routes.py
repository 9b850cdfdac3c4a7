"""Project routes: make, read, change and remove projects, and say which teams have them."""

from typing import Any

from starlette.responses import Response

from vedette.sandbox.sentry import (
    answers,
    estate,
    glitchtip_shapes,
    listing,
    member_shapes,
    organization_shapes,
    project_words,
    rights,
    rule_words,
    team_shapes,
)
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.membership_routes import team_of
from vedette.sandbox.sentry.roster import Roster
from vedette.sandbox.sentry.rows import ProjectRow, RuleRow
from vedette.sandbox.sentry.settings import Dialect, Project
from vedette.sandbox.sentry.view import View

#: Sentry wraps this object in a JSON string.
_INTERNAL = '{"error": "Cannot remove projects internally used by Sentry."}'
_TAKEN = "A project with this slug already exists."


def row_of(ask: Ask) -> ProjectRow:
    """The project of the path, by slug or id, or 404."""
    found = ask.world.roster.projects.get(ask.project().id)
    if found is None:
        raise answers.not_found(ask.dialect)
    return found


def projects(ask: Ask) -> Response:
    """GET the organisation's projects, by slug."""
    rights.need(ask, "project:read", "org:read")
    roster, view, rows = ask.world.roster, ask.world.view(), ask.world.roster.project_rows()
    if ask.dialect is Dialect.GLITCHTIP:
        rows.sort(key=lambda row: row.project.name)
    return listing.listed(ask, rows, lambda row: _in_list(row, roster, view))


def everywhere(ask: Ask) -> Response:
    """GET every project that the token sees, the newest first, each with its organisation."""
    rights.need(ask, "project:read")
    roster, view = ask.world.roster, ask.world.view()
    if ask.dialect is Dialect.GLITCHTIP:
        rows = sorted(roster.project_rows(), key=lambda row: row.project.name)
        return listing.listed(ask, rows, lambda row: glitchtip_shapes.with_organization(row, roster, view))
    rows = sorted(roster.projects.values(), key=lambda row: (row.born, row.project.id), reverse=True)
    home = {"organization": organization_shapes.organization(view, roster.choices)}
    return listing.listed(ask, rows, lambda row: organization_shapes.project(row, roster, view) | home)


def project(ask: Ask) -> Response:
    """GET one project."""
    rights.need(ask, "project:read")
    return _detail(ask, row_of(ask))


def create(ask: Ask) -> Response:
    """POST a project below a team."""
    team, body = team_of(ask), ask.json()
    rights.ranks(ask, rights.need(ask, "project:write", "project:admin", "org:write", team=team), least="admin")
    words = project_words.creation(ask, body)
    number = ask.world.roster.next_project()
    taken = ask.memory.projects
    if words.slug in taken and words.slug_given and ask.dialect is not Dialect.GLITCHTIP:
        raise answers.refuse(409, _TAKEN)
    slug = project_words.free(words.slug, taken)
    made = estate.add_project(ask.world, Project(number, slug, words.platform, (team.slug,), words.name))
    if ask.dialect is Dialect.GLITCHTIP:
        made.throttle = int(body.get("eventThrottleRate") or 0)
    elif body.get("default_rules", True):
        made.rules.append(RuleRow(ask.world.roster.next_row(), rule_words.default(), ask.world.clock()))
    return answers.reply(_shaped(ask, made, teams=False), 201)


def change(ask: Ask) -> Response:
    """PUT a project: only what is named changes; all is checked before anything is stored."""
    rights.need(ask, "project:write", "project:admin")
    found, body = row_of(ask), ask.json()
    words = project_words.change(ask, found, body)
    estate.redraw(ask.world, found, slug=words.slug, title=words.name, platform=words.platform)
    if ask.dialect is Dialect.GLITCHTIP:
        found.throttle = int(body.get("eventThrottleRate", found.throttle))
    else:
        project_words.store(found, body)
    return _detail(ask, found)


def remove(ask: Ask) -> Response:
    """DELETE a project; the one that the server records itself in stays."""
    rights.ranks(ask, rights.need(ask, "project:admin"), least="admin")
    found = row_of(ask)
    if found.internal:
        raise answers.Refusal(answers.reply(_INTERNAL, 403))
    estate.drop_project(ask.world, found)
    return answers.empty(204)


def teams(ask: Ask) -> Response:
    """GET the teams of a project."""
    caller, roster = rights.need(ask, "project:read"), ask.world.roster
    rows = [team for slug in sorted(row_of(ask).project.teams) if (team := roster.team(slug)) is not None]
    return listing.listed(ask, rows, lambda team: team_shapes.alone(team, ask, caller))


def members(ask: Ask) -> Response:
    """GET whoever is in a team of the project, by id; no pages."""
    rights.need(ask, "project:read")
    roster, view = ask.world.roster, ask.world.view()
    teams = {team.id for slug in row_of(ask).project.teams if (team := roster.team(slug)) is not None}
    rows = [row for row in roster.listed() if row.person and teams & set(row.teams)]
    return answers.reply([member_shapes.member(row, view) for row in rows])


def add_team(ask: Ask) -> Response:
    """POST a team on a project: 201 also when it is there already."""
    rights.ranks(ask, rights.need(ask, "project:write", "project:admin", "project:read"), least="manager")
    found, team = row_of(ask), team_of(ask)
    if team.slug not in found.project.teams:
        estate.redraw(ask.world, found, teams=(*found.project.teams, team.slug))
    return answers.reply(_shaped(ask, found), 201)


def remove_team(ask: Ask) -> Response:
    """DELETE a team from a project; a project may be left without any."""
    rights.ranks(ask, rights.need(ask, "project:write", "project:admin"), least="manager")
    found, team = row_of(ask), team_of(ask)
    if ask.dialect is Dialect.GLITCHTIP and team.slug not in found.project.teams:
        raise answers.not_found(ask.dialect)
    estate.redraw(ask.world, found, teams=tuple(slug for slug in found.project.teams if slug != team.slug))
    return answers.reply(_shaped(ask, found), 200)


def _in_list(found: ProjectRow, roster: Roster, view: View) -> dict[str, Any]:
    shape = glitchtip_shapes.with_teams if view.dialect is Dialect.GLITCHTIP else organization_shapes.project
    return shape(found, roster, view)


def _shaped(ask: Ask, found: ProjectRow, *, teams: bool = True) -> dict[str, Any]:
    roster, view = ask.world.roster, ask.world.view()
    if ask.dialect is Dialect.GLITCHTIP:
        return glitchtip_shapes.with_teams(found, roster, view) if teams else glitchtip_shapes.project(found, view)
    body = organization_shapes.project(found, roster, view)
    return body | {"team": body["team"] or {}}


def _detail(ask: Ask, found: ProjectRow) -> Response:
    glitchtip = ask.dialect is Dialect.GLITCHTIP
    shape = glitchtip_shapes.with_organization if glitchtip else organization_shapes.project_detail
    return answers.reply(shape(found, ask.world.roster, ask.world.view()))
