"""Organisation routes: the organisation, installations, external issues, short ids."""

from typing import Any

from starlette.responses import Response

from vedette.sandbox.sentry import answers, organization_shapes, rights, roles, shapes, team_shapes
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.issue_routes import offset_page
from vedette.sandbox.sentry.rights import Rights
from vedette.sandbox.sentry.settings import Dialect

#: What a PUT may switch, and where it is kept.
_SWITCHES = {
    "openMembership": "open_membership",
    "allowJoinRequests": "allow_join_requests",
    "require2FA": "require_2fa",
    "requireEmailVerification": "require_email_verification",
}


def root(_: Ask) -> Response:
    """GET /api/0/: who is asking."""
    return answers.reply({"version": "0", "auth": None, "user": None})


def organizations(ask: Ask) -> Response:
    """GET organizations/: what a person's token sees; an integration's sees none, though it works in its own."""
    shaped = organization_shapes.organization(ask.world.view(), ask.world.roster.choices)
    return offset_page(ask, [] if rights.of(ask).integration else [shaped])


def organization(ask: Ask) -> Response:
    """GET the organisation: with its choices and roles."""
    return _whole(ask, rights.need(ask, "org:read"))


def change(ask: Ask) -> Response:
    """PUT the organisation: its name, and who may join and how; all is checked before anything is stored."""
    caller, body, choices = rights.need(ask, "org:write", "org:admin"), ask.json(), ask.world.roster.choices
    switches = {} if ask.dialect is Dialect.GLITCHTIP else _SWITCHES
    errors = {name: ["Must be a valid boolean."] for name in switches if not isinstance(body.get(name, True), bool)}
    role = body.get("defaultRole", choices.default_role)
    if role not in roles.OLD_ORDER:
        errors["defaultRole"] = [f'"{role}" is not a valid choice.']
    if errors:
        raise answers.refuse(400, errors)
    for name, field in switches.items():
        setattr(choices, field, body.get(name, getattr(choices, field)))
    choices.default_role, choices.name = role, str(body.get("name") or choices.name)
    return _whole(ask, caller)


def _whole(ask: Ask, caller: Rights) -> Response:
    choices, view = ask.world.roster.choices, ask.world.view()
    body = organization_shapes.organization(view, choices) | {"access": sorted(caller.scopes)}
    if ask.dialect is Dialect.GLITCHTIP:
        return answers.reply(body | {"openMembership": choices.open_membership} | _inside(ask, caller))
    more = organization_shapes.whole(choices, caller.gives) | {"role": caller.role, "orgRole": caller.role}
    return answers.reply(body | more | {"pendingAccessRequests": len(ask.world.roster.wishes)})


def _inside(ask: Ask, caller: Rights) -> dict[str, Any]:
    """GlitchTip tells the teams and the projects along with the organisation."""
    roster, view = ask.world.roster, ask.world.view()
    return {
        "teams": [team_shapes.alone(team, ask, caller) for team in roster.team_rows()],
        "projects": [organization_shapes.project(row, roster, view) for row in roster.project_rows()],
    }


def installations(ask: Ask) -> Response:
    """GET the installed integrations: one."""
    return offset_page(ask, [organization_shapes.installation(ask.world.view())])


def add_external_issue(ask: Ask) -> Response:
    """POST a ticket that belongs to an issue: made, or brought up to date; `issueId` is a number."""
    if ask.path("uuid") != ask.world.config.installation:
        raise answers.not_found(ask.dialect)
    body = ask.json()
    missing = [name for name in ("issueId", "webUrl", "project", "identifier") if not body.get(name)]
    if missing:
        raise answers.refuse(400, {name: ["This field is required."] for name in missing})
    issue = ask.memory.issue(body["issueId"])
    if issue is None or not isinstance(body["issueId"], int):
        raise answers.refuse(404, "Could not find the corresponding issue for the given issueId")
    display = f"{body['project']}#{body['identifier']}"
    return answers.reply(
        shapes.external(ask.memory.link(issue, service="vedette", display=display, url=body["webUrl"]))
    )


def short_id(ask: Ask) -> Response:
    """GET shortids/SHOP-3: the issue behind it."""
    found = ask.memory.by_short_id(ask.path("short"))
    if found is None:
        raise answers.not_found(ask.dialect)
    body = {
        "organizationSlug": ask.world.config.organization,
        "projectSlug": found.project.slug,
        "groupId": str(found.id),
        "group": shapes.issue(found, ask.world.view()),
        "shortId": found.short_id,
    }
    return answers.reply(body)
