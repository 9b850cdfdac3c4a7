"""Handlers of what surrounds tasks: people, projects, sections, fields, portfolios, tags."""

from vedette.sandbox.asana.answers import Call, Refusal
from vedette.sandbox.asana.shapes import Json, Shapes
from vedette.sandbox.asana.tasks import one, page, project_of
from vedette.sandbox.asana.values import person
from vedette.sandbox.stage.answers import Answer


def user(shapes: Shapes, call: Call) -> Answer:
    """One account, by gid, by e-mail address, or as `me`."""
    try:
        gid = person(shapes.state, call.parts["user"], "user")
    except Refusal:
        raise Refusal(404, f"user: Unknown object: {call.parts['user']}") from None
    return one(call, shapes.person(shapes.state.people[gid]))


def users(shapes: Shapes, call: Call) -> Answer:
    """Every account of the workspace."""
    _workspace(shapes, call.query.get("workspace", ""))
    return page(call, map(shapes.person, shapes.state.config.people), url=shapes.url)


def workspace(shapes: Shapes, call: Call) -> Answer:
    """The workspace."""
    gid = _workspace(shapes, call.parts["workspace"])
    return one(call, {"gid": gid, "resource_type": "workspace", "name": "Acme", "is_organization": True})


def _workspace(shapes: Shapes, gid: str) -> str:
    if gid != shapes.state.config.workspace:
        raise Refusal(404, f"workspace: Unknown object: {gid}")
    return gid


def projects(shapes: Shapes, call: Call) -> Answer:
    """The projects that the account sees; archived ones only where they are asked for."""
    _workspace(shapes, call.parts["workspace"])
    seen = [each for each in shapes.state.config.projects if each.visible]
    if "archived" in call.query:
        seen = [each for each in seen if each.archived == (call.query["archived"].lower() == "true")]
    return page(call, map(shapes.project, seen), url=shapes.url)


def project(shapes: Shapes, call: Call) -> Answer:
    """One project."""
    return one(call, shapes.project(project_of(shapes.state, call.parts["project"])))


def sections(shapes: Shapes, call: Call) -> Answer:
    """The sections of a project, in the order of its board."""
    there = project_of(shapes.state, call.parts["project"])
    return page(call, map(shapes.section, there.sections), url=shapes.url)


def field_settings(shapes: Shapes, call: Call) -> Answer:
    """The custom fields of a project."""
    there = project_of(shapes.state, call.parts["project"])
    listed = [
        {
            "gid": f"{there.gid}{gid}",
            "resource_type": "custom_field_setting",
            "custom_field": shapes.field(shapes.state.fields[gid]),
            "parent": shapes.named(there, "project"),
            "is_important": False,
        }
        for gid in there.fields
    ]
    return page(call, listed, url=shapes.url)


def portfolio_items(shapes: Shapes, call: Call) -> Answer:
    """What is in a portfolio, in the order in which it was put there: archived projects and other portfolios too."""
    state = shapes.state
    found = state.portfolios.get(call.parts["portfolio"])
    if found is None:
        raise Refusal(404, f"portfolio: Unknown object: {call.parts['portfolio']}")
    return page(call, [_item(shapes, gid) for gid in found.items], url=shapes.url)


def _item(shapes: Shapes, gid: str) -> Json:
    state = shapes.state
    return (
        shapes.named(state.portfolios[gid], "portfolio")
        if gid in state.portfolios
        else shapes.project(state.projects[gid])
    )


def tags(shapes: Shapes, call: Call) -> Answer:
    """The tags of the workspace."""
    _workspace(shapes, call.parts["workspace"])
    return page(call, [shapes.named(each, "tag") for each in shapes.state.config.tags], url=shapes.url)
