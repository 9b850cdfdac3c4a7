"""Owners as the settings declare them: teams, CODEOWNERS texts, and the entries known by tags and URL."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from vedette.model.policies import PolicyChange
from vedette.model.secret import Secret
from vedette.model.tickets import Route


@dataclass(frozen=True, slots=True)
class PathMap:
    """A prefix of a frame's path and what stands in the repository instead."""

    prefix: str
    to: str


@dataclass(frozen=True, slots=True)
class CodeownersSource:
    """Where one CODEOWNERS text comes from (exactly one of text, file, url, github) and which projects it serves."""

    name: str
    projects: tuple[str, ...] = ()  # () = every project
    text: str = ""
    file: Path | None = None
    url: str = ""
    github: str = ""  # owner/repository
    ref: str = ""
    path: str = ""  # inside the repository; "" = the three places GitHub looks at
    token: Secret | None = None
    api_url: str = "https://api.github.com"
    allow_private: bool = False
    maps: tuple[PathMap, ...] = ()
    dialect: str = "github"  # or gitlab


@dataclass(frozen=True, slots=True)
class Team:
    """An owner as CODEOWNERS names it, where its tickets go, and which notifiers tell it what is wrong with them."""

    name: str
    route: Route | None = None
    changes: tuple[PolicyChange, ...] = ()  # of the policies, for its tickets; the strongest last
    notify: tuple[str, ...] = ()  # names of notifiers


class Resolver(StrEnum):
    """Who is asked for the owner of an error."""

    CODEOWNERS = "codeowners"  # the paths of its frames
    ENTITIES = "entities"  # its tags and the URL of its request


class EntityKind(StrEnum):
    """What an entry speaks of, the most telling first."""

    TEAM = "team"
    SERVICE = "service"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition, `text` as it was written: on a tag, or on the URL's path where `tag` is empty.

    Without value and pattern the tag need only be there; `value` is the whole value of a tag and a prefix of the path.
    """

    text: str
    tag: str = ""
    value: str | None = None
    pattern: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """Something that a team owns, known by tags and URL; all of `match` must hold. `number` counts from 1."""

    team: str
    match: tuple[Matcher, ...]
    kind: EntityKind = EntityKind.OTHER
    number: int = 0
    place: str = ""  # file:line:column

    @property
    def called(self) -> str:
        """The entry in a sentence."""
        return f"entry {self.number} of {self.place or 'ownership.entities'}"
