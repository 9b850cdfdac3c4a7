"""View: how one request wants issues shown: whose dialect, from which address, when, and of which window."""

from dataclasses import dataclass, field
from zlib import crc32

from vedette.sandbox.sentry import dates
from vedette.sandbox.sentry.query import Window
from vedette.sandbox.sentry.records import Issue
from vedette.sandbox.sentry.settings import Dialect, StandInConfig


@dataclass(frozen=True, slots=True)
class View:
    """How one request wants issues shown."""

    base: str
    config: StandInConfig
    now: float
    window: Window = field(default_factory=Window)
    stats: str = ""
    expand: frozenset[str] = frozenset()

    @property
    def dialect(self) -> Dialect:
        """Whose answers are imitated."""
        return self.config.dialect

    def permalink(self, issue: Issue) -> str:
        """The page of an issue, as the dialect writes it."""
        match self.dialect:
            case Dialect.SENTRY:
                return f"{self.base}/organizations/{self.config.organization}/issues/{issue.id}/"
            case Dialect.SENTRY9:
                return f"{self.base}/{self.config.organization}/{issue.project.slug}/issues/{issue.id}/"
            case Dialect.GLITCHTIP:
                return f"{self.base}/{issue.project.slug}/issues/{issue.id}"

    def stamp(self, at: float) -> str:
        """A date in the dialect's usual form."""
        return dates.stamp(at, self.dialect)

    def seen(self, issue: Issue, at: float) -> str:
        """lastSeen: by the dice of the issue, with its fraction or (from ClickHouse) without."""
        plain = crc32(f"{self.config.dice}:{issue.id}:{issue.times_seen}".encode()) & 1
        return dates.whole(at) if plain and self.dialect is Dialect.SENTRY else self.stamp(at)
