"""Opening: sources that speak to a stand-in, kept until the test is over."""

from datetime import UTC, datetime, timedelta
from typing import Any

from vedette.integrations.sentry import SentryRoster, SentrySource
from vedette.model.issues import IssueKey
from vedette.model.secret import Secret
from vedette.model.settings import Dialect, SentryInstance
from vedette.sandbox.sentry import SentryStandIn

TOKEN = "stand-in-token"
SECRET = Secret((TOKEN,), "env/SENTRY_TOKEN")
#: 105 occurrences, 5 of them within the last day.
OLD_AND_NEW = {
    "arrivals": [
        {"at": (datetime.now(UTC) - timedelta(days=3)).isoformat(), "count": 100},
        {"at": (datetime.now(UTC) - timedelta(hours=2)).isoformat(), "count": 5},
    ]
}
_open: list[SentrySource | SentryRoster] = []


def source_of(sentry: SentryStandIn, **changes: Any) -> SentrySource:
    """A source for the stand-in; `changes` are the instance's settings."""
    source = SentrySource(_instance(sentry, changes))
    _open.append(source)
    return source


def roster_of(sentry: SentryStandIn, **changes: Any) -> SentryRoster:
    """A roster for the stand-in; `changes` are the instance's settings."""
    roster = SentryRoster(_instance(sentry, changes))
    _open.append(roster)
    return roster


def _instance(sentry: SentryStandIn, changes: dict[str, Any]) -> SentryInstance:
    said: dict[str, Any] = {
        "name": "main",
        "url": sentry.url,
        "organization": "acme",
        "token": Secret((TOKEN,), "env/T"),
    }
    return SentryInstance(**(said | {"dialect": Dialect(sentry.config.dialect)} | changes))


def close_all() -> None:
    """Let go of every connection."""
    while _open:
        _open.pop().close()


def ago(**time: float) -> str:
    """An instant in the past, as a seed takes it."""
    return (datetime.now(UTC) - timedelta(**time)).isoformat()


def key(number: int) -> IssueKey:
    """The issue's key on the instance `main`."""
    return IssueKey("main", str(number))
