"""What a stand-in Jira is told before it starts: people, projects, and how badly it should behave."""

import base64
from enum import StrEnum

from vedette.sandbox.stage.settings import Manners, Setting


class Face(StrEnum):
    """Which Jira the stand-in pretends to be; a real one is never both."""

    CLOUD = "cloud"
    DATACENTER = "datacenter"


class Fate(StrEnum):
    """What becomes of a field that a request names."""

    KEPT = "kept"
    DROPPED = "dropped"  # accepted and silently forgotten, as some screens do with labels
    REFUSED = "refused"  # 400, the field is not on the screen


class Category(StrEnum):
    """Jira's three kinds of status; every status name belongs to one."""

    NEW = "new"
    INDETERMINATE = "indeterminate"
    DONE = "done"


class Person(Setting, frozen=True, kw_only=True):
    """An account: Cloud knows it by `account_id`, Data Center by `username`."""

    account_id: str
    username: str
    name: str
    email: str
    email_hidden: bool = False


class Status(Setting, frozen=True, kw_only=True):
    """One step of the workflow, and the resolution that entering it sets."""

    id: str
    name: str
    category: Category
    resolution: str | None = None


class Transition(Setting, frozen=True, kw_only=True):
    """A named way into a status; an empty `sources` means from every other status."""

    id: str
    name: str
    to: str
    sources: tuple[str, ...] = ()


class Workflow(Setting, frozen=True, kw_only=True):
    """Statuses and the ways between them; a ticket is born in `first`."""

    statuses: tuple[Status, ...]
    transitions: tuple[Transition, ...]
    first: str


class CustomField(Setting, frozen=True, kw_only=True):
    """A field that an administrator added; `required` ones refuse a ticket that leaves them out."""

    id: str
    name: str
    required: bool = False
    kind: str = "string"
    options: tuple[str, ...] = ()


TODO = "To Do"
WORKFLOW = Workflow(
    first=TODO,
    statuses=(
        Status(id="10000", name=TODO, category=Category.NEW),
        Status(id="10001", name="Need Triage", category=Category.NEW),
        Status(id="10002", name="Ready for Eng", category=Category.INDETERMINATE),
        Status(id="10003", name="In Progress", category=Category.INDETERMINATE),
        Status(id="10004", name="Done", category=Category.DONE, resolution="Done"),
        Status(id="10005", name="Won't Do", category=Category.DONE, resolution="Won't Do"),
    ),
    transitions=(
        Transition(id="11", name="Triage", to="Need Triage"),
        Transition(id="21", name="Ready for Eng", to="Ready for Eng"),
        Transition(id="31", name="Start", to="In Progress"),
        Transition(id="41", name="Done", to="Done"),
        Transition(id="51", name="Won't Do", to="Won't Do"),
        Transition(id="61", name="Reopen", to=TODO, sources=("Done", "Won't Do")),
    ),
)

SCREEN = ("summary", "issuetype", "project", "description", "labels", "components", "priority", "assignee")


class Project(Setting, frozen=True, kw_only=True):
    """One project, with the screens and permissions that decide what a bot may do there."""

    id: str
    key: str
    name: str
    lead: str = ""
    types: tuple[str, ...] = ("Bug", "Task", "Story")
    components: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ("Highest", "High", "Medium", "Low", "Lowest")
    assignable: tuple[str, ...] = ()
    screen: tuple[str, ...] = SCREEN
    custom_fields: tuple[CustomField, ...] = ()
    labels_on_create: Fate = Fate.KEPT
    labels_on_edit: Fate = Fate.KEPT
    browsable: bool = True
    workflow: Workflow = WORKFLOW


class Config(Manners, frozen=True, kw_only=True):
    """All of a stand-in. Durations are seconds of the pretended Jira and are multiplied by `time_scale`."""

    projects: tuple[Project, ...]
    people: tuple[Person, ...]
    face: Face = Face.CLOUD
    email: str = "bot@acme.test"
    token: str = "sandbox-token"  # noqa: S105 - the stand-in's door is on loopback and its key is public
    bot: str = "bot"
    index_lag: tuple[float, float] = (0.0, 0.0)
    gap_chance: float = 0.0
    gap_most: int = 4
    default_fields_all: bool = False


def credentials(config: Config) -> str:
    """The one `Authorization` header that opens a stand-in: Basic for Cloud, a bearer token for Data Center."""
    if config.face is Face.DATACENTER:
        return f"Bearer {config.token}"
    return f"Basic {base64.b64encode(f'{config.email}:{config.token}'.encode()).decode()}"
