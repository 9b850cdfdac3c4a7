"""Pasts: what Sentry still knows of issues' histories, for `vedette tickets preview`; readings only.

A single issue's `stats` hold its occurrences by hour over a day, and by day over thirty: that is all the history there
is (measured on 23.7.1). GlitchTip keeps none, so an issue there comes without buckets.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from vedette.errors import RateLimited, Refused
from vedette.integrations.sentry import facts
from vedette.integrations.sentry.dialects import Addresses
from vedette.integrations.sentry.sweeps import Sweeper
from vedette.integrations.sentry.talker import SentryTalker
from vedette.integrations.sentry.untrusted import mapping
from vedette.model.issues import Issue
from vedette.model.preview import Bucket
from vedette.model.settings import Dialect

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_PATIENCE = 5
_USUAL_WAIT = 1.0


@dataclass(frozen=True, slots=True)
class Historian:
    """Asks one server; `pace` is called before each reading, so that it stays within the instance's rate."""

    talker: SentryTalker
    addresses: Addresses
    sweeper: Sweeper
    pace: Callable[[], None]

    def pasts(
        self, *, projects: Sequence[str], since: datetime, now: datetime
    ) -> Iterator[tuple[Issue, tuple[Bucket, ...]]]:
        """Every issue of the projects that was seen since then, whatever its status, with its buckets, oldest first."""
        asked = facts.Asked(self.sweeper.instance, self.addresses.dialect, now, now - since)
        seen: set[str] = set()
        self.pace()
        for row in self.sweeper.seen_since(projects, asked):
            listed = facts.issue(row, asked)
            if listed is None or listed.key.id in seen:
                continue
            seen.add(listed.key.id)
            if self.addresses.dialect is Dialect.GLITCHTIP:
                yield listed, ()
                continue
            body = self._detail(listed.key.id)
            found = None if body is None else facts.issue(body, asked)
            if found is not None:
                yield found, buckets(body, fine=now - since <= DAY)

    def _detail(self, number: str) -> Any | None:
        for _ in range(_PATIENCE):
            self.pace()
            try:
                return self.talker.fetch(self.addresses.issue(number))[0]
            except RateLimited as limited:
                time.sleep(min(limited.wait or _USUAL_WAIT, 10.0))
            except Refused as refused:
                if refused.status != 404:
                    raise
                return None
        raise RateLimited(f"{self.talker.name}: it asks for patience again and again; try later, or lower rate_per_s")


def buckets(body: Any, *, fine: bool) -> tuple[Bucket, ...]:
    """The hours of the last day, or the days of the last thirty."""
    name, length = ("24h", HOUR) if fine else ("30d", DAY)
    found = facts.buckets(mapping(mapping(body).get("stats")).get(name))
    return tuple(Bucket(datetime.fromtimestamp(at, UTC), length, seen) for at, seen in sorted(found))
