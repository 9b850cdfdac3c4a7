"""Organisation routes: the organisation, installations, external issues, short ids."""

from typing import Any

from starlette.responses import Response

from vedette.sandbox.sentry import (
    answers,
    glitchtip_shapes,
    organization_shapes,
    part_shapes,
    rights,
    roles,
    shapes,
    team_shapes,
)
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


def root(ask: Ask) -> Response:
    """GET /api/0/: who is asking, and what the token may; an integration's token has no person."""
    caller = rights.of(ask)
    person = caller.member.person if caller.member else None
    more: dict[str, Any] = {"options": {}, "flags": {"newsletter_consent_prompt": False}}
    shown = part_shapes.user(person, ask.world.view()) | more if person else None
    return answers.reply({"version": "0", "auth": {"scopes": sorted(caller.scopes)}, "user": shown})


def organizations(ask: Ask) -> Response:
    """GET organizations/: what a person's token sees; an integration's sees none, though it works in its own."""
    return offset_page(ask, [] if rights.of(ask).integration else [_short(ask)])


def organization(ask: Ask) -> Response:
    """GET the organisation: with its choices and roles."""
    return _whole(ask, rights.need(ask, "org:read"))


def change(ask: Ask) -> Response:
    """PUT the organisation: its name, and who may join and how; all is checked before anything is stored."""
    caller, body, choices = rights.need(ask, "org:write", "org:admin"), ask.json(), ask.world.roster.choices
    if ask.dialect is Dialect.GLITCHTIP and not roles.is_global(caller.role):
        raise answers.refuse(403, "forbidden")
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


def _short(ask: Ask) -> dict[str, Any]:
    roster, view = ask.world.roster, ask.world.view()
    if ask.dialect is Dialect.GLITCHTIP:
        return glitchtip_shapes.organization(view, roster)
    return organization_shapes.organization(view, roster.choices)


def _whole(ask: Ask, caller: Rights) -> Response:
    body, roster, view = _short(ask) | {"access": sorted(caller.scopes)}, ask.world.roster, ask.world.view()
    if ask.dialect is Dialect.GLITCHTIP:
        teams = [team_shapes.alone(team, ask, caller) for team in roster.teams.values()]
        projects = [glitchtip_shapes.with_teams(row, roster, view) for row in roster.project_rows()]
        inside = {"teams": teams, "projects": projects, "openMembership": roster.choices.open_membership}
        return answers.reply(body | inside)
    more = organization_shapes.whole(roster.choices, caller.gives) | {"role": caller.role, "orgRole": caller.role}
    return answers.reply(body | more | {"pendingAccessRequests": len(roster.wishes)})


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
