"""What a task may be told: checks the data of a create or an edit and reads it into a task's own values.

The law: whatever Asana would refuse is refused here, and nothing is silently forgotten.
"""

import re
import time
from collections.abc import Mapping
from datetime import date
from typing import Any

from vedette.sandbox.asana import richtext
from vedette.sandbox.asana.answers import Refusal
from vedette.sandbox.asana.settings import CustomField, Kind
from vedette.sandbox.asana.state import State, Task

_CREATING = frozenset({"projects", "memberships", "workspace", "tags", "followers", "parent", "resource_subtype"})
_EDITING = frozenset(
    {"name", "notes", "html_notes", "assignee", "due_on", "due_at", "completed", "custom_fields", "external"}
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
LONGEST_NAME = LONGEST_TEXT = 1024


def read_create(state: State, data: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a new task; raises the 400 that Asana gives."""
    _refuse_unknown(data, _EDITING | _CREATING)
    places = _places(state, data)
    if not places and not data.get("workspace"):
        raise Refusal(400, "You should specify one of workspace, parent, projects")
    if data.get("workspace", state.config.workspace) != state.config.workspace:
        raise Refusal(400, f"workspace: Not a recognized ID: {data['workspace']}")
    values = _shared(state, data, projects=[project for project, _ in places])
    tags = _gids(data, "tags", known=state.tags)
    return {"name": "", **values, "places": places, "tags": tuple(tags)}


def read_edit(state: State, task: Task, data: Mapping[str, Any]) -> dict[str, Any]:
    """The changed values of a task; what is set at creation only is refused, as Asana refuses it."""
    for name in data.keys() & _CREATING:
        raise Refusal(400, f"{name}: Cannot write this property")
    _refuse_unknown(data, _EDITING)
    values = _shared(state, data, projects=[project for project, _ in task.places])
    if "values" in values:
        values["values"] = {**task.values, **values["values"]}
    if values.get("completed_at") and task.completed_at:
        values["completed_at"] = task.completed_at
    return values


def _refuse_unknown(data: Mapping[str, Any], known: frozenset[str]) -> None:
    for name in data.keys() - known:
        raise Refusal(400, f"{name}: Unknown or read-only field")


def _shared(state: State, data: Mapping[str, Any], *, projects: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if "name" in data:
        values["name"] = _text(data, "name", most=LONGEST_NAME)
    if "notes" in data and "html_notes" in data:
        raise Refusal(400, "You can only provide one of notes, html_notes")
    if "notes" in data:
        values["html_notes"] = richtext.rich(_text(data, "notes", most=richtext.LONGEST))
    if "html_notes" in data:
        wrong = richtext.fault(data["html_notes"], allowed=richtext.NOTES)
        if wrong:
            raise Refusal(400, f"html_notes: {wrong}")
        values["html_notes"] = data["html_notes"]
    if "assignee" in data:
        values["assignee"] = None if data["assignee"] is None else person(state, data["assignee"], "assignee")
    if "due_on" in data:
        values["due_on"] = _date(data["due_on"], "due_on")
    return values | _rest(state, data, projects=projects)


def _rest(state: State, data: Mapping[str, Any], *, projects: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if "completed" in data:
        if not isinstance(data["completed"], bool):
            raise Refusal(400, "completed: Not a boolean")
        values["completed_at"] = time.time() if data["completed"] else None
    if "external" in data:
        values["external"] = _external(state, data["external"])
    if "custom_fields" in data:
        values["values"] = _custom(state, data["custom_fields"], projects=projects)
    return values


def _external(state: State, asked: Any) -> dict[str, str]:
    if not state.config.oauth:
        raise Refusal(403, "external: Custom external data may only be used with OAuth authentication")
    if not isinstance(asked, dict) or set(asked) - {"gid", "data"}:
        raise Refusal(400, "external: Not an object of gid and data")
    return {name: str(value) for name, value in asked.items()}


def _text(data: Mapping[str, Any], name: str, *, most: int) -> str:
    value = data[name]
    if not isinstance(value, str):
        raise Refusal(400, f"{name}: Not a string")
    if len(value) > most:
        raise Refusal(400, f"{name}: Must be no more than {most} characters")
    return value


def _date(value: Any, name: str) -> str | None:
    if value is None:
        return None
    try:
        sound = isinstance(value, str) and _DATE.fullmatch(value) and date.fromisoformat(value)
    except ValueError:
        sound = None
    if not sound:
        raise Refusal(400, f"{name}: Not a valid date: {value}")
    return str(value)


def person(state: State, text: Any, name: str) -> str:
    """The gid of a person named by gid, by e-mail address, or as `me`."""
    known = {"me": state.config.bot} | {each.gid: each.gid for each in state.config.people}
    known |= {each.email: each.gid for each in state.config.people}
    if not isinstance(text, str) or text not in known:
        raise Refusal(400, f"{name}: Not a recognized ID: {text}")
    return known[text]


def _gids(data: Mapping[str, Any], name: str, *, known: Mapping[str, Any]) -> list[str]:
    listed = data.get(name) or []
    if not isinstance(listed, list):
        raise Refusal(400, f"{name}: Not an array")
    for each in listed:
        if each not in known:
            raise Refusal(400, f"{name}: Not a recognized ID: {each}")
    return list(listed)


def _places(state: State, data: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    places: dict[str, str] = {}
    for gid in _gids(data, "projects", known=state.projects):
        places[gid] = state.projects[gid].sections[0].gid
    for each in data.get("memberships") or []:
        project, section = (each.get("project"), each.get("section")) if isinstance(each, dict) else (None, None)
        if project not in state.projects:
            raise Refusal(400, f"memberships: Not a recognized ID: {project}")
        if section is not None and (section not in state.sections or state.sections[section][1].gid != project):
            raise Refusal(400, f"memberships: section {section} is not in project {project}")
        places[project] = section or state.projects[project].sections[0].gid
    for gid in places:
        if not state.projects[gid].visible:
            raise Refusal(403, "Forbidden")
    return tuple(places.items())


def _custom(state: State, asked: Any, *, projects: list[str]) -> dict[str, Any]:
    if not isinstance(asked, dict):
        raise Refusal(400, "custom_fields: Not an object")
    there = {gid for project in projects for gid in state.projects[project].fields}
    for gid in asked:
        if gid not in state.fields or gid not in there:
            raise Refusal(400, f"custom_fields: Custom field with ID {gid} is not on given object")
    return {gid: _value(state, state.fields[gid], value) for gid, value in asked.items()}


def _value(state: State, field: CustomField, value: Any) -> Any:
    if field.formula:
        raise Refusal(400, f"custom_fields: {field.gid}: Cannot write a formula field")
    if value is None:
        return None
    if not _fits(state, field.kind, value):
        raise Refusal(400, f"custom_fields: {field.gid}: not a value of a {field.kind.value} field")
    match field.kind:
        case Kind.ENUM:
            return _option(field, value)
        case Kind.MULTI_ENUM:
            return [_option(field, each) for each in value]
        case Kind.DATE:
            return _date(value["date"], f"custom_fields: {field.gid}")
        case _:
            return value


def _fits(state: State, kind: Kind, value: Any) -> bool:
    match kind:
        case Kind.TEXT:
            return isinstance(value, str) and len(value) <= LONGEST_TEXT
        case Kind.NUMBER:
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case Kind.ENUM:
            return isinstance(value, str)
        case Kind.DATE:
            return isinstance(value, dict) and set(value) == {"date"}
        case Kind.PEOPLE:
            return isinstance(value, list) and all(each in state.people for each in value)
        case Kind.MULTI_ENUM | Kind.REFERENCE:
            return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _option(field: CustomField, value: Any) -> str:
    if not any(each.gid == value and each.enabled for each in field.options):
        raise Refusal(400, f"custom_fields: {field.gid}: Not a recognized, enabled enum option: {value}")
    return str(value)
