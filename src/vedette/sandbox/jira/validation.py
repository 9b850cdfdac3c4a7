"""What a Jira refuses on create and edit: each field becomes a stored value or the sentence Jira gives for it.

Wording follows the two products' own answers; only the field names are meant to be relied upon.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vedette.sandbox.jira.answers import Refusal
from vedette.sandbox.jira.documents import body_fault
from vedette.sandbox.jira.settings import CustomField, Face, Fate, Project
from vedette.sandbox.jira.state import State
from vedette.sandbox.jira.tickets import Ticket

LONGEST_SUMMARY = 255
LONGEST_LABEL = 255
IDENTITY = ("project", "issuetype")


class WrongField(Exception):
    """One field's value is not acceptable; the message is Jira's sentence."""


def off_screen(name: str) -> str:
    return f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."


def named(value: Any, *keys: str) -> tuple[str, str]:
    """Return which of `keys` an object uses to name something, and the name."""
    if not isinstance(value, dict):
        raise WrongField("data was not an object")
    for key in keys:
        if isinstance(value.get(key), str) and value[key]:
            return key, value[key]
    raise WrongField(f"expected one of {', '.join(keys)}")


@dataclass(slots=True)
class Reading:
    """The fields of one request, read one by one; `wrong` gathers every refusal, as Jira reports them together."""

    state: State
    project: Project
    creating: bool
    values: dict[str, Any] = field(default_factory=dict)
    custom: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)

    def take(self, name: str, raw: Any) -> None:
        """Read one field; a refusal is kept under the field's name."""
        try:
            self._take(name, raw)
        except WrongField as wrong:
            self.wrong[name] = str(wrong)

    def _take(self, name: str, raw: Any) -> None:
        if name in IDENTITY:
            return
        custom = next((each for each in self.project.custom_fields if each.id == name), None)
        if custom is not None:
            self.custom[name] = _custom(custom, raw)
            return
        reader = _READERS.get(name)
        if reader is None or not self._on_screen(name):
            raise WrongField(off_screen(name))
        if self._fate(name) is not Fate.DROPPED:
            self.values[name] = reader(self, raw)

    def _fate(self, name: str) -> Fate:
        if name != "labels":
            return Fate.KEPT
        return self.project.labels_on_create if self.creating else self.project.labels_on_edit

    def _on_screen(self, name: str) -> bool:
        return name in self.project.screen and self._fate(name) is not Fate.REFUSED

    def summary(self, raw: Any) -> str:
        if not isinstance(raw, str):
            raise WrongField("Operation value must be a string")
        if not raw.strip():
            raise WrongField("You must specify a summary of the issue.")
        if "\n" in raw or "\r" in raw:
            raise WrongField("The summary is invalid because it contains newline characters.")
        if len(raw) > LONGEST_SUMMARY:
            raise WrongField("Summary must be less than 255 characters.")
        return raw.strip()

    def description(self, raw: Any) -> Any:
        if raw is None:
            return None
        fault = body_fault(raw, as_document=self.state.config.face is Face.CLOUD)
        if fault:
            raise WrongField(fault)
        return raw

    def labels(self, raw: Any) -> tuple[str, ...]:
        if not isinstance(raw, list):
            raise WrongField("data was not an array")
        for label in raw:
            if not isinstance(label, str) or not label:
                raise WrongField("string expected at index 0")
            if any(character.isspace() for character in label):
                raise WrongField(f"The label '{label}' contains spaces which is invalid.")
            if len(label) > LONGEST_LABEL:
                raise WrongField(f"The label '{label}' exceeds the maximum length of 255 characters.")
        return tuple(dict.fromkeys(raw))

    def components(self, raw: Any) -> tuple[str, ...]:
        if not isinstance(raw, list):
            raise WrongField("data was not an array")
        return tuple(dict.fromkeys(self._component(each) for each in raw))

    def _component(self, raw: Any) -> str:
        way, name = named(raw, "id", "name")
        if way == "id":
            known = {component_id(self.project, each): each for each in self.project.components}
            if name not in known:
                raise WrongField(f"Component id '{name}' is not valid.")
            return known[name]
        if name not in self.project.components:
            raise WrongField(f"Component name '{name}' is not valid")
        return name

    def priority(self, raw: Any) -> str | None:
        if raw is None:
            return None
        way, name = named(raw, "id", "name")
        known = {priority_id(self.project, each): each for each in self.project.priorities}
        if way == "id" and name in known:
            return known[name]
        if way == "name" and name in self.project.priorities:
            return name
        raise WrongField(f"Priority {way} '{name}' is not valid")

    def assignee(self, raw: Any) -> str | None:
        if raw is None:
            return None
        if self.state.config.face is Face.CLOUD:
            _, account = named(raw, "accountId", "id")
            person = self.state.accounts.get(account)
            missing = f"Account ID '{account}' does not exist for the field 'assignee'."
        else:
            _, handle = named(raw, "name")
            person = self.state.people.get(handle)
            missing = f"User '{handle}' does not exist."
        if person is None:
            raise WrongField(missing)
        if person.username not in self.project.assignable:
            raise WrongField(f"User '{person.name}' cannot be assigned issues.")
        return person.username

    def finish(self) -> dict[str, Any]:
        """Return what is to be stored; raises the one 400 that names every wrong field."""
        if self.wrong:
            raise Refusal(400, fields=self.wrong)
        return self.values


_READERS = {
    "summary": Reading.summary,
    "description": Reading.description,
    "labels": Reading.labels,
    "components": Reading.components,
    "priority": Reading.priority,
    "assignee": Reading.assignee,
}


def component_id(project: Project, name: str) -> str:
    return f"{int(project.id) + 1 + project.components.index(name)}"


def priority_id(project: Project, name: str) -> str:
    return str(project.priorities.index(name) + 1)


def type_id(project: Project, name: str) -> str:
    return str(10_500 + project.types.index(name))


def _custom(known: CustomField, raw: Any) -> Any:
    if not known.options or raw is None:
        return raw
    way, name = named(raw, "value", "id")
    if way == "value" and name not in known.options:
        raise WrongField(f"Option value '{name}' is not valid")
    if way == "id" and not (name.isdecimal() and int(name) < len(known.options)):
        raise WrongField(f"Option id '{name}' is not valid")
    chosen = name if way == "value" else known.options[int(name)]
    return {"id": str(known.options.index(chosen)), "value": chosen}


def _target(state: State, fields: Mapping[str, Any]) -> tuple[Project, str]:
    raw = fields.get("project")
    if not isinstance(raw, dict):
        raise Refusal(400, fields={"project": "project is required" if raw is None else "data was not an object"})
    project = state.project(str(raw.get("key") or raw.get("id") or ""))
    if project is None:
        raise Refusal(400, fields={"project": "valid project is required"})
    kind = fields.get("issuetype")
    known = {type_id(project, name): name for name in project.types}
    wanted = kind.get("id") or kind.get("name") if isinstance(kind, dict) else None
    name = known.get(str(wanted), str(wanted))
    if name not in project.types:
        raise Refusal(400, fields={"issuetype": "valid issue type is required"})
    return project, name


def read_create(state: State, fields: Mapping[str, Any]) -> tuple[Project, dict[str, Any]]:
    """Read the fields of a create into a project and what to store; raises `Refusal` naming every wrong field."""
    project, kind = _target(state, fields)
    reading = Reading(state, project, creating=True)
    for name, raw in fields.items():
        reading.take(name, raw)
    if "summary" not in fields:
        reading.wrong["summary"] = "You must specify a summary of the issue."
    for custom in project.custom_fields:
        if custom.required and reading.custom.get(custom.id) in (None, "", []):
            reading.wrong.setdefault(custom.id, f"{custom.name} is required.")
    return project, {**reading.finish(), "type": kind, "custom": reading.custom}


def read_edit(state: State, ticket: Ticket, fields: Mapping[str, Any], update: Mapping[str, Any]) -> dict[str, Any]:
    """Read an edit's `fields` and `update` into what to store; raises `Refusal` naming every wrong field."""
    reading = Reading(state, state.projects[ticket.project], creating=False)
    for name, raw in fields.items():
        reading.take(name, raw)
    for name, operations in update.items():
        if name in fields:
            reading.wrong[name] = f"Field '{name}' cannot appear in both 'fields' and 'update'"
        else:
            reading.take(name, _updated(ticket, name, operations))
    values = reading.finish()
    return {**values, "custom": {**ticket.custom, **reading.custom}} if reading.custom else values


def _updated(ticket: Ticket, name: str, operations: Any) -> Any:
    """Apply `add`, `remove` and `set` verbs to a field's present value, giving the raw value it would have."""
    listed = name in {"labels", "components"}
    present: Any = getattr(ticket, name, None)
    value: Any = [{"name": each} for each in present] if name == "components" else list(present or ())
    for operation in operations if isinstance(operations, list) else [operations]:
        if not isinstance(operation, dict) or len(operation) != 1:
            raise Refusal(400, "Can not instantiate value of type [simple type] from JSON: one verb each")
        ((verb, argument),) = operation.items()
        if verb == "set":
            value = argument
        elif listed and verb == "add":
            value = [*(each for each in value if each != argument), argument]
        elif listed and verb == "remove":
            value = [each for each in value if each != argument]
        else:
            raise Refusal(400, fields={name: f"Field with id '{name}' does not support operation '{verb}'"})
    return value
