"""Settings as rules and flows read them: frozen, complete, checked; `config` makes them from YAML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from vedette.model.access import AccessSettings
from vedette.model.alarms import Severity
from vedette.model.conditions import Condition
from vedette.model.flood import Caps
from vedette.model.metrics import Filter
from vedette.model.owners import CodeownersSource, Entity, Resolver, Team
from vedette.model.policies import USUAL_POLICY, Mute, Policy, PolicyChange, TicketSettings
from vedette.model.recall import RecallSettings
from vedette.model.secret import Secret
from vedette.model.tickets import Route


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
    webhook_secret: Secret | None = None  # signs its hooks at /hooks/{kind}/{name}
    path_tokens: Secret | None = None  # for /hooks/{kind}/{name}/{token}
    sandbox: bool = False  # tickets in it bother nobody


@dataclass(frozen=True, slots=True)
class NotifierSettings:
    """One way to tell people: `kind` chose the vendor, `config` is that vendor's own typed settings."""

    name: str
    kind: str
    config: Any
    rate_per_s: float = 1.0
    concurrency: int = 2
    timeout: timedelta = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class SinkSettings:
    """Where points go: `kind` chose the vendor, `config` is that vendor's own typed settings."""

    name: str
    kind: str
    config: Any
    rate_per_s: float = 5.0
    concurrency: int = 1  # series want their points in order
    timeout: timedelta = timedelta(seconds=20)
    sandbox: bool = False  # points in it mislead nobody


@dataclass(frozen=True, slots=True)
class MonitorSettings:
    """What is counted, how often, and for how long a late event still changes it."""

    filters: tuple[Filter, ...] = ()
    conditions: tuple[Condition, ...] = ()
    every: timedelta = timedelta(minutes=5)  # the windows' length; divides a day
    delay: timedelta = timedelta(seconds=45)  # after a window's end, for events that are still on their way
    grace: timedelta = timedelta(hours=24)  # how long after its end a window is looked at again for late events
    catch_up: timedelta = timedelta(hours=24)  # how far back missed windows are made up by themselves
    outcomes: bool = True  # per project and hour: accepted against dropped and filtered
    max_events: int = 10_000  # of one project and window that are read one by one
    max_rows: int = 10_000  # issues (and their tag values) of one question and window
    key: Secret | None = None  # of POST /monitor/run; without it that door is closed
    root: bool = False  # whether POST / does the same, as the original's only address


@dataclass(frozen=True, slots=True)
class AlarmSettings:
    """Who is told when something is wrong, and how often."""

    operators: tuple[str, ...] = ()  # names of notifiers
    quiet: timedelta = timedelta(hours=4)  # between two tellings of one cause
    minimum: Severity = Severity.WARNING  # what is milder is shown on the pages only


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
            "windows": timedelta(days=400),
            "access": timedelta(days=365),
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
    notifiers: Mapping[str, NotifierSettings] = field(default_factory=dict)
    alarms: AlarmSettings = AlarmSettings()
    sinks: Mapping[str, SinkSettings] = field(default_factory=dict)
    monitor: MonitorSettings = MonitorSettings()
    access: AccessSettings = field(default_factory=AccessSettings)
    codeowners: tuple[CodeownersSource, ...] = ()
    codeowners_refresh: timedelta = timedelta(minutes=10)
    entities: tuple[Entity, ...] = ()
    resolvers: tuple[Resolver, ...] = (Resolver.CODEOWNERS, Resolver.ENTITIES)
    teams: Mapping[str, Team] = field(default_factory=dict)
    default_route: Route | None = None
    default_changes: tuple[PolicyChange, ...] = ()  # of the policies, for the tickets of the default route
    policies: tuple[Policy, ...] = (USUAL_POLICY,)
    mutes: tuple[Mute, ...] = ()
    caps: Caps = field(default_factory=Caps)
    tickets: TicketSettings = field(default_factory=TicketSettings)
    recall: RecallSettings = field(default_factory=RecallSettings)
    queue: QueueSettings = QueueSettings()
    store: StoreSettings = StoreSettings()
    web: WebSettings = WebSettings()
    where: Mapping[str, str] = field(default_factory=dict)  # dotted setting → file:line:column, for explain and check
