"""Handlers of what surrounds tickets: projects, screens, people, priorities, fields, permissions, the server itself."""

import time
from typing import Any

from vedette.sandbox.jira.answers import Call, Refusal, json_answer
from vedette.sandbox.jira.settings import Project
from vedette.sandbox.jira.shapes import SYSTEM_FIELDS, Shapes, custom_schema, instant
from vedette.sandbox.jira.validation import type_id
from vedette.sandbox.stage.answers import Answer

EVERYWHERE = ("BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "ADD_COMMENTS", "TRANSITION_ISSUES", "DELETE_ISSUES")


def _project(shapes: Shapes, key: str, *, to_create: bool = False) -> Project:
    project = shapes.state.project(key)
    if project is None or not (project.browsable or to_create):
        raise Refusal(404, f"No project could be found with key '{key}'.")
    return project


def _page(shapes: Shapes, call: Call, name: str, listed: list[Any]) -> Answer:
    """One page of a list; Data Center calls the list `values` and says whether it is the last."""
    start, size = max(call.whole("startAt", 0), 0), call.whole("maxResults", 50)
    shown = listed[start : start + size]
    page: dict[str, Any] = {"maxResults": size, "startAt": start, "total": len(listed)}
    if shapes.cloud and name != "values":
        return json_answer({**page, name: shown})
    return json_answer({**page, "isLast": start + size >= len(listed), "values": shown})


def issue_types(shapes: Shapes, call: Call) -> Answer:
    project = _project(shapes, call.parts["project"], to_create=True)
    return _page(shapes, call, "issueTypes", [shapes.type(project, name) for name in project.types])


def issue_type_fields(shapes: Shapes, call: Call) -> Answer:
    project = _project(shapes, call.parts["project"], to_create=True)
    if call.parts["type"] not in {type_id(project, name) for name in project.types}:
        raise Refusal(400, f"The issue type '{call.parts['type']}' is not valid for this project.")
    return _page(shapes, call, "fields", shapes.create_fields(project))


def project(shapes: Shapes, call: Call) -> Answer:
    return json_answer(shapes.project(_project(shapes, call.parts["project"]), whole=True))


def projects(shapes: Shapes, call: Call) -> Answer:
    wanted = {key.upper() for key in call.query.get("keys", "").split(",") if key}
    text = call.query.get("query", "").casefold()
    listed = [
        shapes.project(each)
        for each in shapes.state.config.projects
        if each.browsable
        and (not wanted or each.key in wanted)
        and (text in each.name.casefold() or text in each.key.casefold())
    ]
    return _page(shapes, call, "values", listed)


def project_list(shapes: Shapes, call: Call) -> Answer:  # noqa: ARG001 - every handler is called alike
    return json_answer([shapes.project(each) for each in shapes.state.config.projects if each.browsable])


def components(shapes: Shapes, call: Call) -> Answer:
    return json_answer(shapes.components(_project(shapes, call.parts["project"])))


def statuses(shapes: Shapes, call: Call) -> Answer:
    project = _project(shapes, call.parts["project"])
    listed = [shapes.status(status) for status in project.workflow.statuses]
    return json_answer(
        [
            {
                "self": f"{shapes.base}/issuetype/{type_id(project, name)}",
                "id": type_id(project, name),
                "name": name,
                "subtask": False,
                "statuses": listed,
            }
            for name in project.types
        ]
    )


def priorities(shapes: Shapes, call: Call) -> Answer:  # noqa: ARG001
    return json_answer(_priorities(shapes))


def priority_page(shapes: Shapes, call: Call) -> Answer:
    return _page(shapes, call, "values", [{**each, "isDefault": False} for each in _priorities(shapes)])


def _priorities(shapes: Shapes) -> list[dict[str, Any]]:
    first = shapes.state.config.projects[0]
    return [shapes.priority(first, name) for name in first.priorities]


def fields(shapes: Shapes, call: Call) -> Answer:  # noqa: ARG001
    listed = [
        _field(name, label, {"type": kind, "system": name, **({"items": items} if items else {})}, custom=False)
        for name, (label, kind, items) in SYSTEM_FIELDS.items()
    ]
    known = {each.id: each for project in shapes.state.config.projects for each in project.custom_fields}
    listed += [_field(each.id, each.name, custom_schema(each), custom=True) for each in known.values()]
    if shapes.cloud:
        listed = [{**each, "key": each["id"]} for each in listed]
    return json_answer(listed)


def _field(name: str, label: str, schema: dict[str, Any], *, custom: bool) -> dict[str, Any]:
    return {
        "id": name,
        "name": label,
        "custom": custom,
        "orderable": True,
        "navigable": True,
        "searchable": True,
        "clauseNames": [f"cf[{name.removeprefix('customfield_')}]"] if custom else [name],
        "schema": schema,
    }


def assignable(shapes: Shapes, call: Call) -> Answer:
    """People of a project whose name, address or handle begins like the query, as both products match."""
    ticket = shapes.state.find(call.query.get("issueKey", ""))
    key = ticket.project if ticket else call.query.get("project", "")
    if not key:
        raise Refusal(400, "Neither 'project' nor 'issueKey' was given.")
    project = _project(shapes, key, to_create=True)
    text = call.query.get("query" if shapes.cloud else "username", "").casefold()
    account = call.query.get("accountId") if shapes.cloud else None
    people = [shapes.state.people[each] for each in project.assignable if each in shapes.state.people]
    # A hidden address is still matched by Cloud, it is only not shown.
    matched = [
        each
        for each in people
        if (account is None or each.account_id == account)
        and any(part.casefold().startswith(text) for part in (*each.name.split(), each.name, each.email, each.username))
    ]
    start, size = call.whole("startAt", 0), call.whole("maxResults", 50)
    return json_answer([shapes.person(each) for each in matched[start : start + size]])


def myself(shapes: Shapes, call: Call) -> Answer:  # noqa: ARG001
    return json_answer(shapes.person(shapes.state.people[shapes.state.config.bot]))


def server_info(shapes: Shapes, call: Call) -> Answer:  # noqa: ARG001
    version = [1001, 0, 0] if shapes.cloud else [10, 3, 6]
    return json_answer(
        {
            "baseUrl": shapes.url,
            "version": "1001.0.0-SNAPSHOT" if shapes.cloud else "10.3.6",
            "versionNumbers": version,
            "deploymentType": "Cloud" if shapes.cloud else "Server",
            "buildNumber": 100_300 if shapes.cloud else 10_030_006,
            "serverTime": instant(time.time()),
            "scmInfo": "stand-in",
            "serverTitle": "Practice Jira",
        }
    )


def permissions(shapes: Shapes, call: Call) -> Answer:
    """What the bot may do; Cloud wants the permissions named, Data Center lists all."""
    asked = [name for name in call.query.get("permissions", "").split(",") if name]
    if shapes.cloud and not asked:
        raise Refusal(400, "The 'permissions' query parameter is required.")
    unknown = [name for name in asked if name not in EVERYWHERE]
    if unknown:
        raise Refusal(400, f"Unrecognized permission keys: {', '.join(unknown)}.")
    browsable = _browsable(shapes, call)
    listed = {
        name: {
            "id": str(10 + place),
            "key": name,
            "name": name.replace("_", " ").capitalize(),
            "type": "PROJECT",
            "description": "",
            "havePermission": browsable or name == "CREATE_ISSUES",
        }
        for place, name in enumerate(EVERYWHERE)
        if not asked or name in asked
    }
    return json_answer({"permissions": listed})


def _browsable(shapes: Shapes, call: Call) -> bool:
    key = call.query.get("projectKey") or call.query.get("projectId")
    if key:
        # A project that cannot be browsed is still known here, so that its missing permission can be told.
        return _project(shapes, key, to_create=True).browsable
    issue = call.query.get("issueKey") or call.query.get("issueId")
    return not issue or shapes.state.find(issue) is not None
