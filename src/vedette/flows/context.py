"""Context: what every way needs in hand; made by `app`, replaced whole when settings are reloaded."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from vedette.errors import Unavailable, VedetteError
from vedette.flows.owners import OwnersBook
from vedette.model.settings import Settings
from vedette.ports.access import People, Roster
from vedette.ports.hooks import Hooks
from vedette.ports.mail import Letters
from vedette.ports.roles import Notifier, Sink, Source, Tracker
from vedette.rules.alarming import NOTIFIER
from vedette.store.database import Store

SINK = "sink:"
MAILBOX = "mailbox:requests"  # the destination where requests for access come by mail
Clock = Callable[[], datetime]
log: structlog.stdlib.BoundLogger = structlog.get_logger("vedette")


def wall_clock() -> datetime:
    """The time of day, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Context:
    """Settings, memory and hands, joined."""

    settings: Settings
    store: Store
    sources: Mapping[str, Source]
    trackers: Mapping[str, Tracker]
    owners: OwnersBook
    clock: Clock = wall_clock
    hooks: Mapping[str, Hooks] = field(default_factory=dict)  # by the kind of tracker
    notifiers: Mapping[str, Notifier] = field(default_factory=dict)
    sinks: Mapping[str, Sink] = field(default_factory=dict)
    rosters: Mapping[str, Roster] = field(default_factory=dict)  # by the instance
    people: Mapping[str, People] = field(default_factory=dict)  # who knows addresses: "github", "directory"
    letters: Letters | None = None  # where requests for access come by mail
    dry: bool = False  # look and decide as ever, and write nothing

    def source(self, instance: str) -> Source:
        """The Sentry instance of that name; `Unavailable` while the settings do not name it (jobs wait for them)."""
        try:
            return self.sources[instance]
        except KeyError:
            raise Unavailable(
                f"sentry instance {instance} is not in the settings: put it back, or drop its jobs"
            ) from None

    def tracker(self, name: str) -> Tracker:
        """The tracker of that name; `Unavailable` while the settings do not name it (jobs wait for them)."""
        try:
            return self.trackers[name]
        except KeyError:
            raise Unavailable(f"tracker {name} is not in the settings: put it back, or drop its jobs") from None

    def roster(self, instance: str) -> Roster:
        """Who administers that Sentry instance; `Unavailable` while the settings do not name it."""
        try:
            return self.rosters[instance]
        except KeyError:
            raise Unavailable(f"sentry instance {instance} is not in the settings: put it back") from None

    def sink(self, name: str) -> Sink:
        """The sink of that name; `Unavailable` while the settings do not name it (jobs wait for them)."""
        try:
            return self.sinks[name]
        except KeyError:
            raise Unavailable(f"sink {name} is not in the settings: put it back, or drop its jobs") from None


def sentry_destination(instance: str) -> str:
    """The name under which a Sentry instance's limits, breaker and pause are kept."""
    return f"sentry:{instance}"


def notifier_destination(name: str) -> str:
    """Likewise for a notifier, which may be called as a tracker is."""
    return f"{NOTIFIER}{name}"


def sink_destination(name: str) -> str:
    """Likewise for a sink."""
    return f"{SINK}{name}"


@contextmanager
def blaming(destination: str) -> Iterator[None]:
    """Puts the destination's name on an error that comes from it, where the job's own destination is another."""
    try:
        yield
    except VedetteError as problem:
        problem.destination = destination
        raise
