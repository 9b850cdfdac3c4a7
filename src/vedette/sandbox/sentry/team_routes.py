"""Team routes: the organisation's teams, one team, its members and its projects."""

import re
from collections import defaultdict
from typing import Any

from starlette.responses import Response

from vedette.sandbox.sentry import (
    answers,
    estate,
    glitchtip_shapes,
    listing,
    member_shapes,
    organization_shapes,
    rights,
    team_shapes,
)
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.membership_routes import team_of
from vedette.sandbox.sentry.rows import ProjectRow
from vedette.sandbox.sentry.settings import Dialect

SLUG = re.compile(r"(?![0-9]+$)[a-z0-9_\-]+")
BAD_SLUG = "Enter a valid slug consisting of lowercase letters, numbers, underscores or hyphens."
_TAKEN = "A team with this slug already exists."


def slugged(name: str) -> str:
    """A name as a slug: lower case, everything else a hyphen."""
    return re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")


def teams(ask: Ask) -> Response:
    """GET the teams, by slug, each with its projects; `detailed=0` leaves those out."""
    caller, roster = rights.need(ask, "team:read", "org:read"), ask.world.roster
    rows = list(roster.teams.values()) if ask.dialect is Dialect.GLITCHTIP else roster.team_rows()
    if ask.arg("detailed") == "0" and ask.dialect is not Dialect.GLITCHTIP:
        return listing.listed(ask, rows, lambda team: team_shapes.alone(team, ask, caller))
    by_team: defaultdict[str, list[ProjectRow]] = defaultdict(list)
    for row in roster.project_rows():
        for slug in row.project.teams:
            by_team[slug].append(row)
    return listing.listed(ask, rows, lambda team: team_shapes.in_list(team, ask, caller, by_team[team.slug]))


def create(ask: Ask) -> Response:
    """POST a team: its maker is in it from the start."""
    caller, body = rights.need(ask, "org:write", "org:admin", "team:write"), ask.json()
    rights.ranks(ask, caller, least="admin")
    slug, name = _words(ask, body)
    if ask.world.roster.team(slug) is not None:
        raise _taken(ask)
    made = ask.world.roster.add_team(slug, name, now=ask.world.clock())
    if caller.member is not None:
        ask.world.roster.join(caller.member, made)
    return answers.reply(team_shapes.answered(made, ask, caller), 201)


def _words(ask: Ask, body: dict[str, Any]) -> tuple[str, str]:
    """Slug and name, either made of the other."""
    slug, name = body.get("slug"), body.get("name")
    if ask.dialect is Dialect.GLITCHTIP and not slug:
        raise answers.missing("slug")
    if slug is not None and not (isinstance(slug, str) and SLUG.fullmatch(slug) and len(slug) <= 50):
        raise answers.refuse(400, {"slug": [BAD_SLUG]})
    if not slug and not name:
        raise answers.refuse(400, {"non_field_errors": ["Name or slug is required"]})
    return slug or slugged(str(name)), str(name or slug)


def _taken(ask: Ask) -> answers.Refusal:
    match ask.dialect:
        case Dialect.GLITCHTIP:
            return answers.Refusal(Response(b"<h1>Server Error (500)</h1>", 500, media_type="text/html"))
        case Dialect.SENTRY9:
            return answers.refuse(409, {"detail": _TAKEN})
        case Dialect.SENTRY:
            status = ask.world.roster.choices.team_conflict
            return answers.refuse(status, {"non_field_errors": [_TAKEN], "detail": _TAKEN})


def team(ask: Ask) -> Response:
    """GET one team."""
    caller = rights.need(ask, "team:read", "org:read")
    return answers.reply(team_shapes.whole(team_of(ask), ask, caller))


def change(ask: Ask) -> Response:
    """PUT a team: its slug, its name; projects follow the slug."""
    found, body = team_of(ask), ask.json()
    caller = rights.need(ask, "team:write", "team:admin", team=found)
    if ask.dialect is Dialect.GLITCHTIP and "slug" not in body:
        raise answers.missing("slug")
    slug = body.get("slug", found.slug)
    if not isinstance(slug, str) or not SLUG.fullmatch(slug):
        raise answers.refuse(400, {"slug": [BAD_SLUG]})
    other = ask.world.roster.team(slug)
    if other is not None and other is not found:
        raise answers.refuse(400, {"slug": [f'The slug "{slug}" is already in use.']})
    if body.get("name") == "":
        raise answers.refuse(400, {"name": ["This field may not be blank."]})
    estate.rename_team(ask.world, found, slug)
    found.name = str(body.get("name", found.name))
    return answers.reply(team_shapes.answered(found, ask, caller))


def remove(ask: Ask) -> Response:
    """DELETE a team; its projects stay, without it."""
    found = team_of(ask)
    rights.ranks(ask, rights.need(ask, "team:admin", team=found), least="admin")
    estate.drop_team(ask.world, found)
    return answers.empty(204)


def members(ask: Ask) -> Response:
    """GET the members of a team, by id."""
    rights.need(ask, "team:read", "member:read")
    found, roster, view = team_of(ask), ask.world.roster, ask.world.view()
    rows = [roster.members[number] for number in sorted(found.members)]
    return listing.listed(ask, rows, lambda row: member_shapes.on_team(row, found, view))


def projects(ask: Ask) -> Response:
    """GET the projects of a team, by slug."""
    rights.need(ask, "project:read")
    found, roster, view = team_of(ask), ask.world.roster, ask.world.view()
    rows = [row for row in roster.project_rows() if found.slug in row.project.teams]
    if ask.dialect is Dialect.GLITCHTIP:
        return listing.listed(ask, rows, lambda row: glitchtip_shapes.project(row, view))
    return listing.listed(ask, rows, lambda row: organization_shapes.project(row, roster, view))
