"""What a stand-in Asana is told before it starts: people, projects, fields, and how badly it should behave."""

from enum import StrEnum

from vedette.sandbox.stage.settings import Manners, Setting


class Kind(StrEnum):
    """The kinds of custom fields, as Asana's `resource_subtype` has them."""

    TEXT = "text"
    NUMBER = "number"
    ENUM = "enum"
    MULTI_ENUM = "multi_enum"
    DATE = "date"
    PEOPLE = "people"
    REFERENCE = "reference"


class Person(Setting, frozen=True, kw_only=True):
    """An account of the workspace."""

    gid: str
    name: str
    email: str


class Option(Setting, frozen=True, kw_only=True):
    """One choice of an enum; a disabled one stays on old tasks and can be set on none."""

    gid: str
    name: str
    enabled: bool = True


class CustomField(Setting, frozen=True, kw_only=True):
    """One custom field of the workspace."""

    gid: str
    name: str
    kind: Kind
    options: tuple[Option, ...] = ()
    formula: bool = False


class Section(Setting, frozen=True, kw_only=True):
    """One section of a project: a column of its board."""

    gid: str
    name: str


class Project(Setting, frozen=True, kw_only=True):
    """One project. `visible: false` answers 403, as a private project does to a stranger."""

    gid: str
    name: str
    sections: tuple[Section, ...]
    fields: tuple[str, ...] = ()
    archived: bool = False
    created: float = 1_760_000_000.0
    visible: bool = True


class Portfolio(Setting, frozen=True, kw_only=True):
    """One portfolio and what is in it: projects, archived ones too, and other portfolios, by gid."""

    gid: str
    name: str
    items: tuple[str, ...] = ()


class Tag(Setting, frozen=True, kw_only=True):
    """One tag of the workspace."""

    gid: str
    name: str


class Config(Manners, frozen=True, kw_only=True):
    """All of a stand-in. Durations are seconds of the pretended Asana and are multiplied by `time_scale`.

    `oauth` says that the token belongs to an app, which alone may use `external`; `premium` opens the lagging search.
    """

    projects: tuple[Project, ...]
    people: tuple[Person, ...]
    fields: tuple[CustomField, ...] = ()
    portfolios: tuple[Portfolio, ...] = ()
    tags: tuple[Tag, ...] = ()
    workspace: str = "1200"
    token: str = "sandbox-token"  # noqa: S105 - the stand-in's door is on loopback and its key is public
    bot: str = "900"
    oauth: bool = False
    premium: bool = False
    search_lag: float = 30.0
