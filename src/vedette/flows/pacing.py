"""Pacing: calls one after another that keep to a destination's rate, so that other processes get theirs."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from vedette.flows.context import Context, sentry_destination
from vedette.store import limits

#: Of an instance's rate, for readings that may wait: a Vedette that runs beside needs the rest.
SHARE = 0.5
_LONGEST = timedelta(seconds=60)


@dataclass(slots=True)
class Pacer:
    """Lets calls through at a rate, the first at once."""

    rate_per_s: float
    sleep: Callable[[float], None] = time.sleep
    _next: float = 0.0

    def wait(self) -> None:
        """Wait for this call's turn."""
        now = time.monotonic()
        if self._next > now:
            self.sleep(self._next - now)
        self._next = max(self._next, now) + 1 / self.rate_per_s


@dataclass(slots=True)
class SentryPace:
    """Readings of Sentry's instances within the rates that all processes share; in a dry context at half of them."""

    context: Context
    sleep: Callable[[float], None] = time.sleep
    _dry: dict[str, Pacer] = field(default_factory=dict)

    def wait(self, instance: str) -> None:
        """Wait for this call's turn at the instance."""
        if self.context.dry:
            self.of(instance).wait()
            return
        name = sentry_destination(instance)
        wait = self.context.store.write(lambda tx: limits.reserve(tx, name, now=self.context.clock()))
        if wait > timedelta(0):
            self.sleep(min(wait, _LONGEST).total_seconds())

    def of(self, instance: str) -> Pacer:
        """The pace of who writes nothing, and so takes nothing from what is shared."""
        settings = self.context.settings.instances.get(instance)
        rate = max((settings.rate_per_s if settings else 1.0) * SHARE, 0.1)
        return self._dry.setdefault(instance, Pacer(rate, self.sleep))
