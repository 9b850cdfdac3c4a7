"""Key routes: the DSNs of a project, and of all of them; the first key is the project's from its beginning."""

from hashlib import sha256
from typing import Any
from uuid import UUID

from starlette.responses import Response

from vedette.sandbox.sentry import answers, key_shapes, listing, rights
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.project_routes import row_of
from vedette.sandbox.sentry.rows import KeyRow, ProjectRow
from vedette.sandbox.sentry.settings import Dialect


def keys(ask: Ask) -> Response:
    """GET a project's keys; `status=` picks the active or the others."""
    rights.need(ask, "project:read")
    found, view = row_of(ask), ask.world.view()
    return listing.listed(ask, _filtered(ask, found.keys), lambda key: key_shapes.key(key, found, view))


def all_keys(ask: Ask) -> Response:
    """GET the keys of every project, or of those of one team."""
    rights.need(ask, "org:read", "project:read")
    roster, view, wanted = ask.world.roster, ask.world.view(), ask.arg("team")
    team = roster.team(wanted) if wanted else None
    if wanted and team is None:
        raise answers.not_found(ask.dialect)
    rows = sorted(roster.projects.values(), key=lambda row: row.project.id)
    rows = [row for row in rows if team is None or team.slug in row.project.teams]
    pairs = [(row, key) for row in rows for key in _filtered(ask, row.keys)]
    return listing.listed(ask, pairs, lambda pair: key_shapes.key(pair[1], pair[0], view))


def _filtered(ask: Ask, rows: list[KeyRow]) -> list[KeyRow]:
    match ask.arg("status"):
        case "":
            return rows
        case "active" | "inactive" as wanted:
            return [key for key in rows if key.active is (wanted == "active")]
        case _:
            raise answers.refuse(400, {"status": [f'"{ask.arg("status")}" is not a valid choice.']})


def key(ask: Ask) -> Response:
    """GET one key."""
    rights.need(ask, "project:read")
    found, row = _key(ask)
    return answers.reply(key_shapes.key(found, row, ask.world.view()))


def create(ask: Ask) -> Response:
    """POST a key."""
    rights.need(ask, "project:write", "project:admin")
    row, body, number = row_of(ask), ask.json(), ask.world.roster.next_row()
    public = sha256(f"key:{number}:{row.project.id}".encode()).hexdigest()[:32]
    made = KeyRow(public, str(body.get("name") or "Default"), ask.world.clock(), limit=_limit(body))
    row.keys.append(made)
    return answers.reply(key_shapes.key(made, row, ask.world.view()), 201)


def change(ask: Ask) -> Response:
    """PUT a key: its name, whether it counts, its limit; GlitchTip answers with what was before."""
    rights.need(ask, "project:write", "project:admin")
    found, row = _key(ask)
    body, view = ask.json(), ask.world.view()
    before = key_shapes.key(found, row, view)
    found.name = str(body.get("name", found.name))
    found.active = bool(body.get("isActive", found.active))
    found.limit = _limit(body) if "rateLimit" in body else found.limit
    return answers.reply(before if ask.dialect is Dialect.GLITCHTIP else key_shapes.key(found, row, view))


def remove(ask: Ask) -> Response:
    """DELETE a key: events that show it are refused from now on."""
    rights.need(ask, "project:admin")
    found, row = _key(ask)
    row.keys.remove(found)
    return answers.empty(204)


def _key(ask: Ask) -> tuple[KeyRow, ProjectRow]:
    row, wanted = row_of(ask), _plain(ask.path("key"))
    for found in row.keys:
        if found.public == wanted:
            return found, row
    raise answers.not_found(ask.dialect)


def _plain(name: str) -> str:
    try:
        return UUID(name).hex
    except ValueError:
        return name


def _limit(body: dict[str, Any]) -> dict[str, int] | None:
    given = body.get("rateLimit")
    if not isinstance(given, dict) or not given.get("count") or not given.get("window"):
        return None
    return {"window": int(given["window"]), "count": int(given["count"])}
