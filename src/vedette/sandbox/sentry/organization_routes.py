"""Organisation routes: organisation, projects, teams, members, installations, external issues, short ids."""

from starlette.responses import Response

from vedette.sandbox.sentry import answers, organization_shapes, shapes
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.issue_routes import offset_page


def root(_: Ask) -> Response:
    """GET /api/0/: who is asking."""
    return answers.reply({"version": "0", "auth": None, "user": None})


def organizations(ask: Ask) -> Response:
    """GET organizations/: what a person's token sees."""
    return offset_page(ask, [organization_shapes.organization(ask.world.view())])


def organization(ask: Ask) -> Response:
    """GET the organisation."""
    return answers.reply(organization_shapes.organization(ask.world.view()))


def projects(ask: Ask) -> Response:
    """GET its projects."""
    view = ask.world.view()
    return offset_page(ask, [organization_shapes.project(project, view) for project in ask.memory.projects.values()])


def project(ask: Ask) -> Response:
    """GET one project, by slug or id."""
    return answers.reply(organization_shapes.project_detail(ask.project(), ask.world.view()))


def keys(ask: Ask) -> Response:
    """GET a project's DSNs."""
    found, base = ask.project(), ask.world.url
    dsn = base.replace("://", f"://{found.key}@") + f"/{found.id}"
    body = {"id": found.key, "name": "Default", "label": "Default", "public": found.key, "isActive": True}
    return answers.reply([body | {"projectId": found.id, "dsn": {"public": dsn}}])


def teams(ask: Ask) -> Response:
    """GET the teams, with their projects."""
    view = ask.world.view()
    return offset_page(ask, [organization_shapes.team(team, view) for team in ask.world.config.teams])


def members(ask: Ask) -> Response:
    """GET the members."""
    view = ask.world.view()
    return offset_page(ask, [organization_shapes.member(person, view) for person in ask.world.config.people])


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
