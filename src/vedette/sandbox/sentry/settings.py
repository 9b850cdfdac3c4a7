"""Settings: what a stand-in Sentry is told before it starts.

Frozen, and readable from JSON by msgspec, so that a test and a process of its own are configured alike.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256


class Dialect(StrEnum):
    """Whose answers are imitated."""

    SENTRY = "sentry"  # 23.7.1 and sentry.io
    SENTRY9 = "sentry9"  # 9.1.2, the old self-hosted one
    GLITCHTIP = "glitchtip"  # after 5.1.0


class HookKind(StrEnum):
    """Which of the three webhook families an address is sent."""

    APP = "app"  # integration platform: signed
    PLUGIN = "plugin"  # legacy webhooks plugin: unsigned
    GLITCHTIP = "glitchtip"  # Slack-shaped alert: unsigned


class RuleKind(StrEnum):
    """What makes an alert rule fire."""

    NEW = "new"
    REGRESSED = "regressed"
    SEEN_MORE = "seen_more"


@dataclass(frozen=True, slots=True)
class Team:
    """A team of the organisation."""

    id: int
    slug: str


@dataclass(frozen=True, slots=True)
class Person:
    """A person with an account; the first one of the settings owns the organisation and holds the tokens."""

    id: int
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class Project:
    """A project; its DSN key follows from its name, so that it survives a restart."""

    id: int
    slug: str
    #: Empty where nobody said.
    platform: str = "python"
    teams: tuple[str, ...] = ()
    #: The name that a person gave; else it is made of the slug.
    title: str = ""
    #: The public half of the DSN where a new slug must not change it.
    public: str = ""

    @property
    def name(self) -> str:
        """The slug as people write it, or the name that one of them gave."""
        return self.title or self.slug.replace("-", " ").title()

    @property
    def key(self) -> str:
        """The public half of the DSN: 32 hex digits."""
        return self.public or sha256(f"dsn:{self.id}:{self.slug}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Hook:
    """An address that webhooks are sent to."""

    url: str
    secret: str = ""
    kind: HookKind = HookKind.APP
    #: Sentry's resources: issue, error, comment, event_alert.
    resources: tuple[str, ...] = ("issue", "error", "comment", "event_alert")
    timeout: float = 1.0
    #: 0 is what Sentry does for internal apps: a send error is swallowed. Published apps get 3.
    retries: int = 0
    retry_delay: float = 300.0


@dataclass(frozen=True, slots=True)
class AlertRule:
    """A rule that a person wrote; `SEEN_MORE` wants more than `count` occurrences in `minutes`."""

    id: int
    name: str
    kind: RuleKind = RuleKind.NEW
    count: int = 0
    minutes: int = 60
    projects: tuple[str, ...] = ()
    environment: str = ""
    #: Minutes of silence for one issue after the rule has fired for it.
    every: int = 30


TEAMS = (Team(1, "checkout"), Team(2, "partners"), Team(3, "search"))
PEOPLE = (Person(1, "ada@example.test", "Ada Admin"), Person(2, "tor@example.test", "Tor Triage"))
PROJECTS = (
    Project(10, "checkout", teams=("checkout",)),
    Project(11, "external-api", teams=("partners",)),
    Project(12, "search", teams=("search",)),
)
RULES = (AlertRule(1, "A new issue is created"),)

#: The uuid of the one internal integration.
INSTALLATION = "5a0c6a52-9d1e-4b57-8a36-1f2f6f0c7e11"

#: What sentry.io was measured to allow, requests per second of one caller; of counts of events it is known to allow so
#: many in five minutes, of the list of a project's events in one.
SENTRY_IO_LIMITS = {
    "org_issues": 10, "project_issues": 3, "issue": 5, "members": 999, "events": 1000, "project_events": 60,
}  # fmt: skip
SENTRY_IO_CONCURRENCY = {"events": 15, "project_events": 2}


@dataclass(frozen=True, slots=True)
class StandInConfig:
    """Everything a stand-in is told."""

    organization: str = "acme"
    dialect: Dialect = Dialect.SENTRY
    port: int = 0
    projects: tuple[Project, ...] = PROJECTS
    teams: tuple[Team, ...] = TEAMS
    people: tuple[Person, ...] = PEOPLE
    tokens: tuple[str, ...] = ("stand-in-token",)
    #: Tokens that may read and get 403 for every change.
    read_only_tokens: tuple[str, ...] = ("stand-in-reader",)
    #: Tokens of an internal integration: nobody's own, so that they cannot give roles.
    integration_tokens: tuple[str, ...] = ()
    #: What a token may, by token; one that is not named may whatever its holder may.
    scopes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: The address of whoever holds the tokens; the first person when empty.
    caller: str = ""
    hooks: tuple[Hook, ...] = ()
    rules: tuple[AlertRule, ...] = RULES
    #: Requests per second by endpoint, `all` over all of them together; empty means none, as self-hosted Sentry has.
    rate_limits: dict[str, int] = field(default_factory=dict)
    #: Calls of one caller at once, by endpoint.
    concurrency: dict[str, int] = field(default_factory=dict)
    #: Whether the last full page promises another one that turns out empty.
    hollow_pages: bool = False
    #: Whether a reopened issue fires `issue.unresolved`; 23.7.1 did not, sentry.io does.
    unresolved_hooks: bool = True
    installation: str = INSTALLATION
    #: Environments that some event once named; counts refuse any other until an event names it.
    environments: tuple[str, ...] = ("production", "staging", "development")
    #: Seed of the dice that decide which dates lose their fraction.
    dice: int = 7
