"""Ownership routes: the rules of a project that say whose an issue is; GlitchTip has none."""

from typing import Any

from starlette.responses import Response

from vedette.sandbox.sentry import answers, rights
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.project_routes import row_of
from vedette.sandbox.sentry.rows import Ownership, ProjectRow
from vedette.sandbox.sentry.settings import Dialect

_ASSIGNMENTS = ("Auto Assign to Issue Owner", "Auto Assign to Suspect Commits", "Turn off Auto-Assignment")
_CODEOWNERS = "Codeowner type paths can only be added by importing CODEOWNERS files"


def ownership(ask: Ask) -> Response:
    """GET the rules: null while nobody wrote any."""
    rights.need(ask, "project:read")
    return answers.reply(_shaped(ask, row_of(ask).ownership))


def change(ask: Ask) -> Response:
    """PUT the rules: 400 for a line that is none, and for owners who have no part in the project."""
    rights.need(ask, "project:write", "project:admin", "project:read")
    row, body = row_of(ask), ask.json()
    assignment = body.get("autoAssignment", row.ownership.assignment)
    if assignment not in (*_ASSIGNMENTS, True, False):
        raise answers.refuse(400, {"autoAssignment": ["Invalid selection."]})
    raw = row.ownership.raw if "raw" not in body else str(body["raw"] or "").strip()
    if "raw" in body:
        _check(ask, row, str(raw))
    kept, now = row.ownership, ask.world.clock()
    row.ownership = Ownership(
        raw,
        bool(body.get("fallthrough", kept.fallthrough)),
        str(assignment),
        bool(body.get("codeownersAutoSync", kept.synced)),
        kept.born or now,
        now,
    )
    status = ask.world.roster.choices.ownership_status if ask.dialect is Dialect.SENTRY else 200
    return answers.reply(_shaped(ask, row.ownership), status)


def _check(ask: Ask, row: ProjectRow, raw: str) -> None:
    wrong: set[str] = set()
    for number, line in enumerate(raw.splitlines(), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0].startswith("codeowners:"):
            raise answers.refuse(400, {"raw": [_CODEOWNERS]})
        if len(words) < 2:
            raise answers.refuse(400, {"raw": [f"Parse error: '{line[:20]}' (line {number}, column 1)"]})
        wrong |= {word for word in words[1:] if not _takes_part(ask, row, word)}
    if wrong:
        raise answers.refuse(400, {"raw": [f"Invalid rule owners: {', '.join(sorted(wrong))}"]})


def _takes_part(ask: Ask, row: ProjectRow, owner: str) -> bool:
    """A team of the project, or somebody with an account in one."""
    roster = ask.world.roster
    if owner.startswith("#"):
        return owner[1:] in row.project.teams
    teams = {team.id for slug in row.project.teams if (team := roster.team(slug)) is not None}
    return any(member.person and teams & set(member.teams) for member in roster.by_email(owner))


def _shaped(ask: Ask, found: Ownership) -> dict[str, Any]:
    view = ask.world.view()
    born, written = ((view.stamp(at) if at else None) for at in (found.born, found.written))
    body = {
        "raw": found.raw,
        "fallthrough": found.fallthrough,
        "dateCreated": born,
        "lastUpdated": written,
        "isActive": True,
        "autoAssignment": found.assignment,
    }
    if ask.dialect is Dialect.SENTRY9:
        return body | {"autoAssignment": found.assignment == _ASSIGNMENTS[0]}
    return body | {"codeownersAutoSync": found.synced}
