"""The JSON shapes of Asana, and `opt_fields`: an answer holds the gid and what was asked for, and no more."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from vedette.sandbox.asana import richtext
from vedette.sandbox.asana.settings import CustomField, Kind, Option, Person, Portfolio, Project, Section, Tag
from vedette.sandbox.asana.state import State, Story, Task

Json = dict[str, Any]
COMPACT = ("name", "resource_type", "resource_subtype")
_OPT_IN = frozenset({"html_notes", "html_text", "external", "email"})


def instant(seconds: float) -> str:
    """A moment as Asana writes it, milliseconds and Z."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def chosen(shape: Json, wanted: Iterable[str] | None) -> Json:
    """The shape with the named fields (dotted for what lies deeper); everything but the opt-in ones without names."""
    if wanted is None:
        return {name: value for name, value in shape.items() if name not in _OPT_IN}
    tree: dict[str, list[str]] = {}
    for path in wanted:
        head, _, rest = path.partition(".")
        tree.setdefault(head, []).extend([rest] if rest else [])
    kept = {name: _deeper(shape[name], tree[name]) for name in tree if name in shape}
    return {"gid": shape["gid"], **kept} if "gid" in shape else kept


def _deeper(value: Any, wanted: list[str]) -> Any:
    if not wanted:
        return value
    if isinstance(value, list):
        return [_deeper(each, wanted) for each in value]
    return chosen(value, wanted) if isinstance(value, dict) else value


class Shapes:
    """Shapes for one server: they carry its address, as every permalink does."""

    def __init__(self, state: State, *, url: str) -> None:
        self.state = state
        self.url = url

    def named(self, thing: Person | Section | Tag | Portfolio | Project, kind: str) -> Json:
        return {"gid": thing.gid, "resource_type": kind, "name": thing.name}

    def person(self, person: Person) -> Json:
        return {**self.named(person, "user"), "email": person.email}

    def project(self, project: Project) -> Json:
        return {
            **self.named(project, "project"),
            "archived": project.archived,
            "created_at": instant(project.created),
            "permalink_url": f"{self.url}/1/{self.state.config.workspace}/project/{project.gid}",
        }

    def option(self, option: Option) -> Json:
        return {"gid": option.gid, "resource_type": "enum_option", "name": option.name, "enabled": option.enabled}

    def field(self, field: CustomField) -> Json:
        shape: Json = {
            "gid": field.gid,
            "resource_type": "custom_field",
            "name": field.name,
            "resource_subtype": field.kind.value,
            "type": field.kind.value,
            "is_formula_field": field.formula,
            "is_value_read_only": field.formula,
        }
        if field.kind in (Kind.ENUM, Kind.MULTI_ENUM):
            shape["enum_options"] = [self.option(each) for each in field.options]
        return shape

    def value(self, field: CustomField, value: Any) -> Json:
        """A field of a task with its value, as its kind has it."""
        options = {each.gid: self.option(each) for each in field.options}
        listed = value or []
        match field.kind:
            case Kind.TEXT | Kind.NUMBER:
                held = {f"{field.kind.value}_value": value}
            case Kind.ENUM:
                held = {"enum_value": options.get(value)}
            case Kind.MULTI_ENUM:
                held = {"multi_enum_values": [options[each] for each in listed]}
            case Kind.DATE:
                held = {"date_value": {"date": value} if value else None}
            case Kind.PEOPLE:
                held = {"people_value": [self.named(self.state.people[each], "user") for each in listed]}
            case Kind.REFERENCE:
                held = {"reference_value": [{"gid": each, "resource_type": "task"} for each in listed]}
        return {**self.field(field), **held, "display_value": self._shown(field, value)}

    def _shown(self, field: CustomField, value: Any) -> str | None:
        if value in (None, []):
            return None
        names = {each.gid: each.name for each in field.options} | {
            each.gid: each.name for each in self.state.config.people
        }
        listed = value if isinstance(value, list) else [value]
        return ", ".join(names.get(str(each), str(each)) for each in listed)

    def section(self, section: Section) -> Json:
        return self.named(section, "section")

    def task(self, task: Task) -> Json:
        """A whole task."""
        state = self.state
        places = [(state.projects[project], state.sections[section][0]) for project, section in task.places]
        fields = dict.fromkeys(gid for project, _ in places for gid in project.fields)
        shape: Json = {
            "gid": task.gid,
            "resource_type": "task",
            "name": task.name,
            "resource_subtype": "default_task",
            "created_at": instant(task.created),
            "modified_at": instant(task.modified),
            "completed": task.completed_at is not None,
            "completed_at": instant(task.completed_at) if task.completed_at is not None else None,
            "assignee": self.named(state.people[task.assignee], "user") if task.assignee else None,
            "due_on": task.due_on,
            "notes": richtext.plain(task.html_notes),
            "html_notes": task.html_notes,
            "custom_fields": [self.value(state.fields[gid], task.values.get(gid)) for gid in fields],
            "memberships": [
                {"project": self.named(project, "project"), "section": self.section(section)}
                for project, section in places
            ],
            "projects": [self.named(project, "project") for project, _ in places],
            "tags": [self.named(state.tags[gid], "tag") for gid in task.tags],
            "permalink_url": self.permalink(task),
        }
        return shape | ({"external": task.external} if task.external else {})

    def permalink(self, task: Task) -> str:
        """The address for people."""
        project = task.places[0][0] if task.places else "0"
        return f"{self.url}/1/{self.state.config.workspace}/project/{project}/task/{task.gid}"

    def story(self, story: Story) -> Json:
        """A comment or a line of Asana's own."""
        return {
            "gid": str(story.id),
            "resource_type": "story",
            "resource_subtype": "comment_added" if story.comment else "section_changed",
            "type": "comment" if story.comment else "system",
            "created_at": instant(story.created),
            "created_by": self.named(self.state.people[story.author], "user"),
            "text": richtext.plain(story.html_text),
            "html_text": story.html_text,
        }
