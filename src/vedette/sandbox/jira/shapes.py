"""The JSON shapes of both faces: tickets, people, projects, statuses, as Cloud v3 and Data Center v2 write them."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from vedette.sandbox.jira.settings import Category, CustomField, Face, Person, Project, Status, Transition
from vedette.sandbox.jira.state import State
from vedette.sandbox.jira.tickets import Comment, Remote, Ticket
from vedette.sandbox.jira.validation import component_id, priority_id, type_id

_CATEGORIES = {
    Category.NEW: (2, "To Do", "blue-gray"),
    Category.INDETERMINATE: (4, "In Progress", "yellow"),
    Category.DONE: (3, "Done", "green"),
}


class Shapes:
    """Shapes for one server: they carry its address, as every `self` does."""

    def __init__(self, state: State, *, url: str) -> None:
        self.state = state
        self.url = url

    @property
    def cloud(self) -> bool:
        return self.state.config.face is Face.CLOUD

    @property
    def base(self) -> str:
        return f"{self.url}/rest/api/{'3' if self.cloud else '2'}"

    def person(self, person: Person) -> dict[str, Any]:
        shared = {
            "active": True,
            "displayName": person.name,
            "timeZone": "Etc/UTC",
            "avatarUrls": {},
            **({} if person.email_hidden else {"emailAddress": person.email}),
        }
        if self.cloud:
            link = f"{self.base}/user?accountId={person.account_id}"
            return {"self": link, "accountId": person.account_id, "accountType": "atlassian", **shared}
        link = f"{self.base}/user?username={person.username}"
        return {"self": link, "key": person.username, "name": person.username, **shared}

    def status(self, status: Status) -> dict[str, Any]:
        number, name, colour = _CATEGORIES[status.category]
        return {
            "self": f"{self.base}/status/{status.id}",
            "description": "",
            "iconUrl": f"{self.url}/",
            "name": status.name,
            "id": status.id,
            "statusCategory": {
                "self": f"{self.base}/statuscategory/{number}",
                "id": number,
                "key": status.category.value,
                "colorName": colour,
                "name": name,
            },
        }

    def transition(self, transition: Transition, status: Status) -> dict[str, Any]:
        shape: dict[str, Any] = {"id": transition.id, "name": transition.name, "to": self.status(status)}
        if self.cloud:
            shape |= {"hasScreen": False, "isGlobal": not transition.sources, "isInitial": False}
            shape |= {"isAvailable": True, "isConditional": False, "looped": False}
        return shape

    def project(self, project: Project, *, whole: bool = False) -> dict[str, Any]:
        shape: dict[str, Any] = {
            "self": f"{self.base}/project/{project.id}",
            "id": project.id,
            "key": project.key,
            "name": project.name,
            "avatarUrls": {},
            "projectTypeKey": "software",
        }
        if self.cloud:
            shape |= {"simplified": False, "style": "classic", "isPrivate": False}
        if not whole:
            return shape
        shape |= {"description": "", "issueTypes": [self.type(project, name) for name in project.types]}
        shape |= {"components": self.components(project), "assigneeType": "UNASSIGNED", "versions": [], "roles": {}}
        if lead := self.state.people.get(project.lead):
            shape["lead"] = self.person(lead)
        return shape

    def type(self, project: Project, name: str) -> dict[str, Any]:
        number = type_id(project, name)
        return {
            "self": f"{self.base}/issuetype/{number}",
            "id": number,
            "description": "",
            "iconUrl": f"{self.url}/",
            "name": name,
            "subtask": False,
        }

    def components(self, project: Project) -> list[dict[str, Any]]:
        return [self.component(project, name) for name in project.components]

    def component(self, project: Project, name: str) -> dict[str, Any]:
        number = component_id(project, name)
        return {"self": f"{self.base}/component/{number}", "id": number, "name": name, "project": project.key}

    def priority(self, project: Project, name: str) -> dict[str, Any]:
        number = priority_id(project, name)
        return {
            "self": f"{self.base}/priority/{number}",
            "iconUrl": f"{self.url}/",
            "name": name,
            "id": number,
            "statusColor": "#999999",
            "description": "",
        }

    def ticket(self, ticket: Ticket, *, wanted: Iterable[str], properties: Iterable[str] = ()) -> dict[str, Any]:
        """A ticket's shape with the fields asked for (`*all`, `*navigable`, names, `-name`)."""
        shape: dict[str, Any] = {"id": str(ticket.id)}
        chosen = frozenset(wanted)
        # Cloud's search answers nothing but the id when nothing else is asked for.
        if chosen == {"id"}:
            return shape
        shape |= {
            "expand": "operations,versionedRepresentations,editmeta,changelog,renderedFields",
            "self": f"{self.base}/issue/{ticket.id}",
            "key": ticket.key,
            "fields": self._chosen(ticket, chosen),
        }
        kept = self.state.attached.get(ticket.id)
        if names := frozenset(properties):
            known = kept.properties if kept else {}
            every = "*all" in names
            shape["properties"] = {key: value for key, value in known.items() if every or key in names}
        return shape

    def _chosen(self, ticket: Ticket, chosen: frozenset[str]) -> dict[str, Any]:
        dropped = {name[1:] for name in chosen if name.startswith("-")}
        every = bool(chosen & {"*all", "*navigable"}) or len(chosen) == len(dropped)
        named = (_FIELDS.keys() | ticket.custom.keys()) if every else chosen
        return {name: self._field(ticket, name) for name in named - dropped if name in _FIELDS or name in ticket.custom}

    def _field(self, ticket: Ticket, name: str) -> Any:
        reader = _FIELDS.get(name)
        return reader(self, ticket) if reader else ticket.custom[name]

    def home(self, ticket: Ticket) -> Project:
        return self.state.projects[ticket.project]

    def components_of(self, ticket: Ticket) -> list[dict[str, Any]]:
        project = self.home(ticket)
        return [self.component(project, name) for name in ticket.components]

    def priority_of(self, ticket: Ticket) -> dict[str, Any] | None:
        project = self.home(ticket)
        known = ticket.priority if ticket.priority in project.priorities else None
        return self.priority(project, known) if known else None

    def assignee_of(self, ticket: Ticket) -> dict[str, Any] | None:
        assignee = self.state.people.get(ticket.assignee or "")
        return self.person(assignee) if assignee else None

    def bot(self, _: Ticket) -> dict[str, Any]:
        return self.person(self.state.people[self.state.config.bot])

    def comment(self, ticket: Ticket, comment: Comment) -> dict[str, Any]:
        author = self.person(self.state.people[comment.author])
        shape = {
            "self": f"{self.base}/issue/{ticket.id}/comment/{comment.id}",
            "id": str(comment.id),
            "author": author,
            "updateAuthor": author,
            "body": comment.body,
            "created": instant(comment.created),
            "updated": instant(comment.created),
        }
        return shape | ({"properties": list(comment.properties)} if comment.properties else {})

    def remote(self, ticket: Ticket, remote: Remote) -> dict[str, Any]:
        shape = {
            "id": remote.id,
            "self": f"{self.base}/issue/{ticket.key}/remotelink/{remote.id}",
            "globalId": remote.global_id,
            "application": remote.payload.get("application") or {},
            "object": remote.payload["object"],
        }
        relationship = remote.payload.get("relationship")
        return shape | ({"relationship": relationship} if relationship else {})

    def create_fields(self, project: Project) -> list[dict[str, Any]]:
        """The fields of the create screen, as `createmeta` lists them."""
        listed = [self._system_field(project, name) for name in project.screen if name in _SYSTEM]
        return listed + [self._custom_field(custom) for custom in project.custom_fields]

    def _system_field(self, project: Project, name: str) -> dict[str, Any]:
        label, kind, items = _SYSTEM[name]
        shape: dict[str, Any] = {
            "required": name in {"summary", "issuetype", "project"},
            "schema": {"type": kind, "system": name, **({"items": items} if items else {})},
            "name": label,
            "hasDefaultValue": name == "priority",
            "operations": ["add", "set", "remove"] if items else ["set"],
            "fieldId": name,
        }
        allowed = {
            "issuetype": [self.type(project, each) for each in project.types],
            "components": self.components(project),
            "priority": [self.priority(project, each) for each in project.priorities],
            "project": [self.project(project)],
        }.get(name)
        return self._keyed(shape | ({"allowedValues": allowed} if allowed is not None else {}))

    def _custom_field(self, custom: CustomField) -> dict[str, Any]:
        shape: dict[str, Any] = {
            "required": custom.required,
            "schema": custom_schema(custom),
            "name": custom.name,
            "hasDefaultValue": False,
            "operations": ["set"],
            "fieldId": custom.id,
        }
        if custom.options:
            numbered = enumerate(custom.options)
            shape["allowedValues"] = [{"id": str(place), "value": value} for place, value in numbered]
        return self._keyed(shape)

    def _keyed(self, shape: dict[str, Any]) -> dict[str, Any]:
        return shape | ({"key": shape["fieldId"]} if self.cloud else {})


_SYSTEM = {
    "summary": ("Summary", "string", ""),
    "issuetype": ("Issue Type", "issuetype", ""),
    "project": ("Project", "project", ""),
    "description": ("Description", "string", ""),
    "labels": ("Labels", "array", "string"),
    "components": ("Components", "array", "component"),
    "priority": ("Priority", "priority", ""),
    "assignee": ("Assignee", "user", ""),
}
SYSTEM_FIELDS = _SYSTEM

# Functions rather than values, since a probe of a hundred tickets asks for two fields of each.
_FIELDS: dict[str, Callable[[Shapes, Ticket], Any]] = {
    "summary": lambda _, ticket: ticket.summary,
    "issuetype": lambda shapes, ticket: shapes.type(shapes.home(ticket), ticket.type),
    "project": lambda shapes, ticket: shapes.project(shapes.home(ticket)),
    "status": lambda shapes, ticket: shapes.status(shapes.state.status(ticket)),
    "resolution": lambda _, ticket: {"name": ticket.resolution} if ticket.resolution else None,
    "resolutiondate": lambda _, ticket: instant(ticket.updated) if ticket.resolution else None,
    "labels": lambda _, ticket: list(ticket.labels),
    "components": Shapes.components_of,
    "priority": Shapes.priority_of,
    "assignee": Shapes.assignee_of,
    "reporter": Shapes.bot,
    "creator": Shapes.bot,
    "created": lambda _, ticket: instant(ticket.created),
    "updated": lambda _, ticket: instant(ticket.updated),
    "description": lambda _, ticket: ticket.description,
}


def custom_schema(custom: CustomField) -> dict[str, Any]:
    """The schema part of a custom field."""
    return {
        "type": "option" if custom.options else custom.kind,
        "custom": f"com.example.plugin:{'select' if custom.options else 'textfield'}",
        "customId": int(custom.id.removeprefix("customfield_")),
    }


def instant(seconds: float) -> str:
    """A moment as Jira writes it: milliseconds and an offset without a colon."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"
