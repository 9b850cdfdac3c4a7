"""Dialects: which addresses and which words a server understands; a table, and no calls.

The organisation-scoped addresses are the default, since sentry.io takes the others away for a minute a day (410).
9.1.2 and GlitchTip know issues, events and comments only without the organisation.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from vedette.model.settings import Dialect, SentryInstance


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where things are on one server, below `/api/0/`."""

    dialect: Dialect
    organization: str

    @classmethod
    def of(cls, instance: SentryInstance) -> "Addresses":
        """The addresses of an instance."""
        return cls(instance.dialect, quote(instance.organization, safe=""))

    @property
    def home(self) -> str:
        """The organisation itself."""
        return f"organizations/{self.organization}/"

    def issue(self, number: str) -> str:
        """One issue."""
        return f"{self.home}issues/{number}/" if self.dialect is Dialect.SENTRY else f"issues/{number}/"

    def latest_event(self, number: str) -> str:
        """Its newest event."""
        return f"{self.issue(number)}events/latest/"

    def comments(self, number: str) -> str:
        """Its notes."""
        return f"{self.issue(number)}comments/"

    def external_issues(self, number: str) -> str:
        """Its links to tickets elsewhere."""
        return f"{self.home}issues/{number}/external-issues/"

    @property
    def issues(self) -> str:
        """The organisation's issues."""
        return f"{self.home}issues/"

    def project_issues(self, slug: str) -> str:
        """A project's issues; all that 9.1.2 knows."""
        return f"projects/{self.organization}/{quote(slug, safe='')}/issues/"

    def project_events(self, slug: str) -> str:
        """A project's events."""
        return f"projects/{self.organization}/{quote(slug, safe='')}/events/"

    def project_event(self, slug: str, number: str) -> str:
        """One of them."""
        return f"{self.project_events(slug)}{quote(number, safe='')}/"

    @property
    def projects(self) -> str:
        """The organisation's projects."""
        return f"{self.home}projects/"

    @property
    def installations(self) -> str:
        """Which integrations are installed in the organisation."""
        return f"{self.home}sentry-app-installations/"

    def short_id(self, short: str) -> str:
        """Which issue a short id is."""
        return f"{self.home}shortids/{quote(short, safe='')}/"

    def link_of(self, installation: str) -> str:
        """Where an integration puts its links to tickets."""
        return f"sentry-app-installations/{quote(installation, safe='')}/external-issues/"

    def note(self, text: str) -> dict[str, Any]:
        """The body of a new note; GlitchTip refuses Sentry's with 422."""
        return {"data": {"text": text}} if self.dialect is Dialect.GLITCHTIP else {"text": text}

    @property
    def has_windows(self) -> bool:
        """Whether lists take `start` and `end`, and count within them."""
        return self.dialect is Dialect.SENTRY
