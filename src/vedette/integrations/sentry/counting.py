"""Counting: what a window held, as the server itself adds it up; calls, and no decisions.

https://docs.sentry.io/api/explore/query-explore-events-in-table-format/. Rows come a hundred a page, largest first.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from vedette.errors import Refused
from vedette.integrations.sentry import dates
from vedette.integrations.sentry.dialects import Addresses
from vedette.integrations.sentry.lists import Params
from vedette.integrations.sentry.paging import next_cursor
from vedette.integrations.sentry.sweeps import Sweeper
from vedette.integrations.sentry.talker import SentryTalker
from vedette.integrations.sentry.untrusted import issue_id, items, mapping, number, text
from vedette.model.metrics import Question, Reading, Row, Window

_PAGES = 100


@dataclass(frozen=True, slots=True)
class Counter:
    """Asks one server; `pace` is called before each reading, so that it stays within the instance's rate."""

    talker: SentryTalker
    addresses: Addresses
    sweeper: Sweeper
    pace: Callable[[], None]

    def count(self, question: Question, window: Window) -> Reading:
        """The window by issue, aggregated by the server."""
        if not self.addresses.has_windows or question.events:
            raise Refused(f"{self.talker.name}: this server does not add up events")
        rows = tuple(row for row in map(_row, self._rows(question, window)) if row is not None)
        return Reading(rows, sum(row.count for row in rows))

    def _rows(self, question: Question, window: Window) -> Iterator[Any]:
        asked: Params = {
            "dataset": "errors",
            "field": ["issue", "project", "title", "count()", "count_unique(user)"],
            "query": question.query,
            "start": dates.written(window.start),
            "end": dates.written(window.end),
            "sort": "-count()",
            "per_page": 100,
        }
        cursor: str | None = None
        for _ in range(_PAGES):
            self.pace()
            body, answer = self.talker.fetch(
                f"{self.addresses.home}events/", **(asked if cursor is None else {**asked, "cursor": cursor})
            )
            yield from items(mapping(body).get("data"))
            cursor = next_cursor(answer.headers.get("link", ""))
            if cursor is None:
                return


def _row(raw: Any) -> Row | None:
    found = mapping(raw)
    issue = issue_id(found.get("issue.id"))
    return (
        Row(
            issue,
            number(found.get("count()")) or 0,
            users=number(found.get("count_unique(user)")),
            project=text(found.get("project")),
            short_id=text(found.get("issue")),
            title=text(found.get("title")),
        )
        if issue
        else None
    )
