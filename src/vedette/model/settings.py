"""Settings as rules and flows read them: frozen, complete, checked; `config` makes them from YAML."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from vedette.model.events import Trigger
from vedette.model.issues import CountSpan
from vedette.model.secret import Secret
from vedette.model.tickets import MAIN_TRACK, Route


class Mode(StrEnum):
    """Where this Vedette stands; outside production only sandboxed destinations are used."""

    PRODUCTION = "production"
    STAGING = "staging"
    DEVELOPMENT = "development"


class Dialect(StrEnum):
    """How a Sentry server speaks."""

    SENTRY = "sentry"  # sentry.io and self-hosted since 10: organisation-scoped paths
    SENTRY9 = "sentry9"  # self-hosted 9.x: project-scoped paths, no search back end
    GLITCHTIP = "glitchtip"


@dataclass(frozen=True, slots=True)
class SentryInstance:
    """One Sentry server and organisation; `name` is the first half of every issue's identity."""

    name: str
    url: str
    organization: str
    token: Secret
    client_secret: Secret | None = None
    path_tokens: Secret | None = None  # for /hooks/sentry/legacy/{token} and /hooks/glitchtip/{token}
    dialect: Dialect = Dialect.SENTRY
    rate_per_s: float = 5.0
    concurrency: int = 4
    timeout: timedelta = timedelta(seconds=10)
    link_back: bool = True


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """One tracker: `kind` chose the vendor, `config` is that vendor's own typed settings."""

    name: str
    kind: str
    config: Any
    rate_per_s: float = 5.0
    concurrency: int = 4
    timeout: timedelta = timedelta(seconds=20)


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
    """An owner as CODEOWNERS names it, and where its tickets go."""

    name: str
    route: Route | None = None


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


class ClosedTicket(StrEnum):
    """What a closed ticket with a live issue means."""

    NEW = "new"
    REOPEN = "reopen"
    COMMENT = "comment"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Rest:
    """An answer to a closed ticket; `days` belongs to QUIET: how long nothing is done after the closing."""

    what: ClosedTicket
    days: int = 0


@dataclass(frozen=True, slots=True)
class When:
    """Thresholds of a policy; None = not asked. Strictly more than `events_over` / `users_over`."""

    last_seen_within: timedelta | None = timedelta(hours=24)
    events_over: int | None = None
    users_over: int | None = None
    span: CountSpan = CountSpan.WINDOW
    levels: frozenset[str] = frozenset()
    environments: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Policy:
    """When a ticket is cut for issues of these projects, on this track, and what a closed one means."""

    name: str
    projects: tuple[str, ...] = ()  # () = every project
    instances: tuple[str, ...] = ()
    on: frozenset[Trigger] = frozenset({Trigger.ALERT, Trigger.POLL})
    every: timedelta = timedelta(minutes=15)
    when: When = field(default_factory=When)
    closed_ticket: Rest = Rest(ClosedTicket.NEW)
    wont_do: Rest = Rest(ClosedTicket.QUIET, 90)
    track: str = MAIN_TRACK
    on_resolve: str = "comment"  # or "nothing": what Sentry's "resolved" does to an open ticket


# What holds where the settings name no policy. Without a threshold the first sweep of an old organisation would cut a
# ticket for every unresolved issue in it.
USUAL_POLICY = Policy(name="default", when=When(events_over=50))


@dataclass(frozen=True, slots=True)
class Mute:
    """An exception that a person agreed to; `until` None = for good. Exactly one of issue, title is set."""

    reason: str
    issue: str = ""  # "instance/id" or "id"
    title: str = ""  # glob over the title, case-sensitive
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TicketSettings:
    """The ledger's patience. Times are shortened together in benchmarks, never one alone."""

    settle: timedelta = timedelta(seconds=120)
    looks: tuple[timedelta, ...] = (timedelta(seconds=5), timedelta(seconds=30))
    search_lag: timedelta = timedelta(seconds=90)  # a search's silence counts only after this
    refresh: timedelta = timedelta(minutes=5)  # a ticket's state is re-read when older
    audit_every: timedelta = timedelta(hours=24)
    runbook: str = ""
    base_url: str = ""  # address of our pages, for links in tickets


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """The worker's manners."""

    workers: int = 4  # threads in one process
    lease: timedelta = timedelta(seconds=60)
    idle: timedelta = timedelta(milliseconds=250)  # between looks at an empty queue
    first_retry: timedelta = timedelta(seconds=30)
    longest_retry: timedelta = timedelta(hours=1)
    attempts: int = 10
    breaker_after: int = 5  # failures in a row that open a destination's breaker
    breaker_rest: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where memory lies, and how long each table is kept (None = for good)."""

    url: str = field(default="sqlite:///vedette.db", repr=False)  # may carry a password
    retention: Mapping[str, timedelta | None] = field(
        default_factory=lambda: {
            "deliveries": timedelta(days=30),
            "journal": timedelta(days=365),
            "jobs": timedelta(days=14),
        }
    )


@dataclass(frozen=True, slots=True)
class Listen:
    """Host and port of a listener."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class WebSettings:
    """The two listeners, and the login that must exist before pages leave loopback."""

    hooks: Listen = Listen("127.0.0.1", 8080)
    pages: Listen = Listen("127.0.0.1", 8081)
    login_secret: Secret | None = None  # signs login links and cookies
    max_body: int = 5 * 1024 * 1024  # bytes
    refusals_alarm: int = 20  # refused deliveries within ten minutes that count as a surge


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator asked for."""

    mode: Mode
    instances: Mapping[str, SentryInstance]
    trackers: Mapping[str, TrackerSettings]
    codeowners: tuple[CodeownersSource, ...] = ()
    codeowners_refresh: timedelta = timedelta(minutes=10)
    entities: tuple[Entity, ...] = ()
    resolvers: tuple[Resolver, ...] = (Resolver.CODEOWNERS, Resolver.ENTITIES)
    teams: Mapping[str, Team] = field(default_factory=dict)
    default_route: Route | None = None
    policies: tuple[Policy, ...] = (USUAL_POLICY,)
    mutes: tuple[Mute, ...] = ()
    tickets: TicketSettings = TicketSettings()
    queue: QueueSettings = QueueSettings()
    store: StoreSettings = StoreSettings()
    web: WebSettings = WebSettings()
    where: Mapping[str, str] = field(default_factory=dict)  # dotted setting → file:line:column, for explain and check
