"""Rule routes: the issue alert rules of a project; GlitchTip has none.

Those of the stand-in's settings are in every project that they concern; one that is deleted fires there no more.
"""

from typing import Any

from starlette.responses import Response

from vedette.sandbox.sentry import answers, listing, rights
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.project_routes import row_of
from vedette.sandbox.sentry.rows import ProjectRow, RuleRow
from vedette.sandbox.sentry.settings import Dialect
from vedette.sandbox.sentry.view import View

_MATCHES = ("all", "any", "none")
_NAMES = {
    "sentry.rules.conditions.first_seen_event.FirstSeenEventCondition": "A new issue is created",
    "sentry.rules.conditions.regression_event.RegressionEventCondition": "A resolved issue comes back",
}


def rules(ask: Ask) -> Response:
    """GET the rules of a project, by id."""
    rights.need(ask, "project:read", "alerts:read")
    found, view = row_of(ask), ask.world.view()
    return listing.listed(ask, found.rules, lambda rule: shaped(rule, found, view))


def rule(ask: Ask) -> Response:
    """GET one rule."""
    rights.need(ask, "project:read", "alerts:read")
    found, row = _rule(ask)
    return answers.reply(shaped(found, row, ask.world.view()))


def create(ask: Ask) -> Response:
    """POST a rule: 200, not 201."""
    caller = rights.need(ask, "project:write", "alerts:write")
    row, body = row_of(ask), _checked(ask.json())
    for known in row.rules:
        if _alike(known.body, body):
            said = f"This rule is an exact duplicate of '{known.body['name']}' in this project and may not be created."
            raise answers.refuse(400, {"name": [said], "ruleId": [str(known.id)]})
    maker = caller.member.person if caller.member else None
    made = RuleRow(ask.world.roster.next_row(), body, ask.world.clock(), maker)
    row.rules.append(made)
    return answers.reply(shaped(made, row, ask.world.view()))


def change(ask: Ask) -> Response:
    """PUT a rule: the whole body anew."""
    rights.need(ask, "project:write", "alerts:write")
    found, row = _rule(ask)
    found.body = _checked(ask.json())
    return answers.reply(shaped(found, row, ask.world.view()))


def remove(ask: Ask) -> Response:
    """DELETE a rule: 202, and the rule is gone; 9.1.2 said 202 too."""
    rights.need(ask, "project:write", "alerts:write")
    found, row = _rule(ask)
    row.rules.remove(found)
    if found.settled is not None:
        ask.world.notices.silenced.add((found.settled, row.project.id))
    return answers.empty(202)


def _rule(ask: Ask) -> tuple[RuleRow, ProjectRow]:
    row = row_of(ask)
    for found in row.rules:
        if str(found.id) == ask.path("rule"):
            return found, row
    raise answers.not_found(ask.dialect)


def _checked(body: dict[str, Any]) -> dict[str, Any]:
    errors = {name: ["This field is required."] for name in ("name", "actionMatch", "frequency") if not body.get(name)}
    if not body.get("actions"):
        errors["actions"] = ["You must add an action for this alert to fire."]
    if "actionMatch" not in errors and body["actionMatch"] not in _MATCHES:
        errors["actionMatch"] = [f'"{body["actionMatch"]}" is not a valid choice.']
    if "frequency" not in errors and not 5 <= int(body["frequency"]) <= 43200:
        errors["frequency"] = ["Ensure this value is between 5 and 43200."]
    if errors:
        raise answers.refuse(400, errors)
    return {"conditions": [], "filters": [], "filterMatch": "all", "environment": None, "owner": None} | body


def _alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    compared = ("conditions", "filters", "actions", "actionMatch", "filterMatch", "environment")
    return all(_bare(one.get(name)) == _bare(other.get(name)) for name in compared)


def _bare(parts: object) -> object:
    """Parts without the names that the server writes beside them."""
    if not isinstance(parts, list):
        return parts
    return [{key: value for key, value in part.items() if key != "name"} for part in parts]


def shaped(found: RuleRow, row: ProjectRow, view: View) -> dict[str, Any]:
    """A rule, its parts named."""
    parts = {name: [_named(part) for part in found.body.get(name, [])] for name in ("conditions", "filters", "actions")}
    maker = found.maker
    body = {
        "id": str(found.id),
        **parts,
        "actionMatch": found.body["actionMatch"],
        "filterMatch": found.body.get("filterMatch", "all"),
        "frequency": found.body["frequency"],
        "name": found.body["name"],
        "dateCreated": view.stamp(found.born),
        "owner": found.body.get("owner"),
        "createdBy": {"id": maker.id, "name": maker.name, "email": maker.email} if maker else None,
        "environment": found.body.get("environment"),
        "projects": [row.project.slug],
    }
    return body if view.dialect is Dialect.SENTRY9 else body | {"snooze": False, "status": "active"}


def _named(part: dict[str, Any]) -> dict[str, Any]:
    said = _NAMES.get(str(part.get("id")), str(part.get("id")).rpartition(".")[2])
    return {"name": f"Send a notification via {part['service']}" if "service" in part else said} | part
