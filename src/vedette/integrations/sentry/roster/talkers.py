"""Talkers: events by project within a span, accepted and dropped; calls, and no decisions.

https://docs.sentry.io/api/organizations/retrieve-event-counts-for-an-organization-v2/. GlitchTip adds up no projects,
so that each is asked for by itself; 9.1 has no such address.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from vedette.errors import Refused, Unavailable
from vedette.integrations.sentry import dates
from vedette.integrations.sentry.lists import Params
from vedette.integrations.sentry.outcomes import groups
from vedette.integrations.sentry.roster.errands import Errands
from vedette.integrations.sentry.roster.places import Places
from vedette.integrations.sentry.roster.whole import whole
from vedette.integrations.sentry.untrusted import items, mapping, number, text
from vedette.model.org import Talkativeness
from vedette.model.settings import Dialect

_FIELD = "sum(quantity)"
_ACCEPTED = "accepted"
_SECOND = timedelta(seconds=1)
#: Every project, not only those of the token's own teams.
_ALL = "-1"


@dataclass(slots=True)
class Talkers:
    """The talkers of one server's organisation."""

    errands: Errands
    places: Places
    dialect: Dialect

    def within(self, *, since: datetime, until: datetime, every: timedelta) -> Sequence[Talkativeness]:
        """Every project that there is, the loudest first; 0 where it said nothing. The server rounds to `every`."""
        if self.dialect is Dialect.SENTRY9:
            raise Refused(f"{self.errands.talker.name}: Sentry 9 does not count events by project; ask a newer one")
        limit: Params = {"limit": 100} if self.dialect is Dialect.GLITCHTIP else {}
        rows = whole(self.errands, self.places.projects, limit)
        slugs = {text(row.get("id")): text(row.get("slug")) for row in rows}
        asked: Params = {
            "field": _FIELD,
            "category": "error",
            "interval": f"{max(int(every.total_seconds()) // 3600, 1)}h",
            "start": dates.written(since),
            # The server counts its end in.
            "end": dates.written(until - _SECOND),
        }
        told = self._alone(asked, slugs) if self.dialect is Dialect.GLITCHTIP else self._together(asked, slugs)
        return tuple(sorted(told, key=lambda each: (-each.accepted - each.dropped, each.project)))

    def _together(self, asked: Params, slugs: Mapping[str, str]) -> list[Talkativeness]:
        more: Params = {"groupBy": ["project", "outcome"], "project": _ALL}
        body = self.errands.ask(self.places.stats, asked | more)[0]
        rows = groups(body)
        if rows is None:
            raise Unavailable(f"{self.errands.talker.name}: the counts of events cannot be read whole; ask again")
        accepted, dropped = Counter[str](), Counter[str]()
        for by, quantity in rows:
            heap = accepted if text(by.get("outcome")) == _ACCEPTED else dropped
            heap[text(by.get("project"))] += quantity
        return [Talkativeness(slug, accepted[key], dropped[key]) for key, slug in slugs.items() if slug]

    def _alone(self, asked: Params, slugs: Mapping[str, str]) -> list[Talkativeness]:
        def count(key: str) -> Talkativeness:
            body = self.errands.ask(self.places.stats, asked | {"project": key})[0]
            return Talkativeness(slugs[key], sum(_series(group) for group in items(mapping(body).get("groups"))))

        return self.errands.each(count, [key for key, slug in slugs.items() if slug])


def _series(group: Any) -> int:
    """All that a group tells, by its steps; its total is not always there."""
    steps = items(mapping(mapping(group).get("series")).get(_FIELD))
    return sum(number(step) or 0 for step in steps)
