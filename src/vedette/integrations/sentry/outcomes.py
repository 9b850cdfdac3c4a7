"""Outcomes: accepted events against dropped and filtered ones, by project and hour; calls, and no decisions.

https://docs.sentry.io/api/organizations/retrieve-event-counts-for-an-organization-v2/. The server tells nothing finer
than an hour, and no series by project: every hour is a question of its own. Its `end` counts itself in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from vedette.errors import Refused
from vedette.integrations.sentry import dates
from vedette.integrations.sentry.dialects import Addresses
from vedette.integrations.sentry.directory import Directory
from vedette.integrations.sentry.lists import Params
from vedette.integrations.sentry.patience import Reader
from vedette.integrations.sentry.talker import Forbidden
from vedette.integrations.sentry.untrusted import items, mapping, number, text
from vedette.model.metrics import OutcomeHour, Window

_ADDRESS = "stats_v2"
_FIELD = "sum(quantity)"
_HOUR = timedelta(hours=1)
_SECOND = timedelta(seconds=1)
# What the server's own limit of rows is; an answer that reaches it may lack some.
_MOST_ROWS = 10_000

log: structlog.stdlib.BoundLogger = structlog.get_logger("vedette")


@dataclass(slots=True)
class Ledgers:
    """Asks one server."""

    reader: Reader
    addresses: Addresses
    directory: Directory

    def outcomes(self, *, projects: Sequence[str], within: Window) -> Sequence[OutcomeHour] | None:
        """Every full hour of the span; None where the server, or the token's scopes, will not tell."""
        if self.directory.lacks(_ADDRESS):
            return None
        try:
            hours = [self._hour(hour, projects) for hour in _hours(within)]
        except Refused as refused:
            # An old server has no such address; a plan without it answers 404, too.
            if refused.status != 404:
                raise
            self.directory.note_lack(_ADDRESS)
            self._say("this server keeps no outcomes")
            return None
        except Forbidden:
            self._say("the token may not read them; give it org:read")
            return None
        told = [rows for rows in hours if rows is not None]
        if len(told) < len(hours):
            self._say("the server answered with other hours than were asked for, or with too many rows")
            return None
        return [row for rows in told for row in rows]

    def _hour(self, hour: datetime, projects: Sequence[str]) -> list[OutcomeHour] | None:
        ids = self.directory.ids((), self.reader.pace)
        slugs = {number_: slug for slug, number_ in ids.items()}
        params: Params = {
            "field": _FIELD,
            "groupBy": ["project", "outcome", "reason"],
            "category": "error",
            "interval": "1h",
            "start": dates.written(hour),
            "end": dates.written(hour + _HOUR - _SECOND),
        }
        rows: list[OutcomeHour] = []
        for group in self.directory.groups(projects, self.reader.pace):
            body, _ = self.reader.read(f"{self.addresses.home}{_ADDRESS}/", params | {"project": group})
            found = None if not _is_of(body, hour) else groups(body)
            if found is None:
                return None
            rows += [self._row(hour, each, slugs) for each in found]
        return rows

    def _row(self, hour: datetime, told: tuple[Mapping[str, Any], int], slugs: Mapping[str, str]) -> OutcomeHour:
        by, quantity = told
        project, reason = text(by.get("project")), text(by.get("reason"))
        return OutcomeHour(
            instance=self.directory.sweeper.instance,
            project=slugs.get(project, project),
            hour=hour,
            outcome=text(by.get("outcome")),
            reason="" if reason == "none" else reason,
            quantity=quantity,
        )

    def _say(self, why: str) -> None:
        log.warning("no_outcomes", source=self.reader.talker.name, why=why)


def _hours(within: Window) -> Iterator[datetime]:
    hour = datetime.fromtimestamp(-(-within.start.timestamp() // 3600) * 3600, UTC)
    while hour + _HOUR <= within.end:
        yield hour
        hour += _HOUR


def _is_of(body: Any, hour: datetime) -> bool:
    """Whether the answer speaks of this hour and of no other; the server rounds spans as it likes."""
    start, end = (dates.parse(mapping(body).get(name)) for name in ("start", "end"))
    return start == hour and end is not None and hour < end <= hour + _HOUR


def groups(body: Any) -> list[tuple[Mapping[str, Any], int]] | None:
    """What each row is by, and its number; None where one has none, or where rows may be left out."""
    rows = [mapping(row) for row in items(mapping(body).get("groups"))]
    told = [(mapping(row.get("by")), number(mapping(row.get("totals")).get(_FIELD))) for row in rows]
    clear = [(by, quantity) for by, quantity in told if quantity is not None]
    return clear if len(clear) == len(rows) < _MOST_ROWS else None
