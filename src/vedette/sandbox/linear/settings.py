"""What a stand-in Linear is told before it starts: teams, people, labels, and how badly it should behave."""

import hashlib
import uuid

from vedette.sandbox.stage.settings import Manners, Setting


def known_id(text: str) -> str:
    """An id of Linear's form that is the same for the same words, so that a restart keeps it."""
    digest = bytearray(hashlib.sha256(text.encode()).digest()[:16])
    digest[6] = (digest[6] & 0x0F) | 0x40
    digest[8] = (digest[8] & 0x3F) | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))


class WorkflowState(Setting, frozen=True, kw_only=True):
    """A status of a team; `type` is Linear's: triage, backlog, unstarted, started, completed, canceled, duplicate."""

    id: str
    name: str
    type: str
    position: float


class Person(Setting, frozen=True, kw_only=True):
    """An account of the workspace."""

    id: str
    name: str
    display_name: str
    email: str
    active: bool = True


class Team(Setting, frozen=True, kw_only=True):
    """A team with its workflow; one that is not `visible` is private and does not exist for the bot."""

    id: str
    key: str
    name: str
    states: tuple[WorkflowState, ...]
    members: tuple[str, ...] = ()
    first: str = "Todo"
    visible: bool = True


class Label(Setting, frozen=True, kw_only=True):
    """A label of one team, or of the whole workspace where `team` is empty."""

    id: str
    name: str
    team: str = ""


class Project(Setting, frozen=True, kw_only=True):
    """A project and the teams that share it."""

    id: str
    name: str
    teams: tuple[str, ...]


class Config(Manners, frozen=True, kw_only=True):
    """All of a stand-in. Durations are seconds of the pretended Linear and are multiplied by `time_scale`."""

    teams: tuple[Team, ...]
    people: tuple[Person, ...]
    labels: tuple[Label, ...] = ()
    projects: tuple[Project, ...] = ()
    organization: str = "acme"
    token: str = "lin_api_sandbox"  # noqa: S105 - the stand-in's door is on loopback and its key is public
    oauth: bool = False
    bot: str = ""
    may_create_labels: bool = True
    most_per_page: int = 250


def credentials(config: Config) -> str:
    """The one `Authorization` header that opens a stand-in: an API key as it is, an OAuth token as Bearer."""
    return f"Bearer {config.token}" if config.oauth else config.token
