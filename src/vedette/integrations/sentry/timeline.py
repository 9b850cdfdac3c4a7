"""Timeline: the count of every window of a span in one call, by which late events are found; calls, and no decisions.

https://docs.sentry.io/api/explore/query-explore-events-in-timeseries-format/. The server chooses another interval where
it does not like the one that was asked for: buckets that are not the windows are no answer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from vedette.errors import Refused
from vedette.integrations.sentry.asker import Asker
from vedette.integrations.sentry.lists import Params
from vedette.integrations.sentry.untrusted import items, mapping, number, text
from vedette.model.metrics import Question, Window

_ADDRESS = "events-timeseries"
_MILLISECONDS = 1000

log: structlog.stdlib.BoundLogger = structlog.get_logger("vedette")


@dataclass(slots=True)
class Timeline:
    """Asks one server."""

    asker: Asker

    def totals(self, question: Question, *, within: Window, every: timedelta) -> Mapping[datetime, int] | None:
        """Each window's count by its start, 0 included; None where the server has no such answer to give."""
        step = int(every.total_seconds())
        starts = list(_starts(within, step))
        if self.asker.directory.lacks(_ADDRESS) or not starts:
            return None
        more: Params = {"yAxis": "count()", "interval": step}

        def ask(projects: list[str]) -> Mapping[int, int] | None:
            body, _ = self.asker.ask(_ADDRESS, question, within, projects=projects, more=more)
            return buckets(body, step=step)

        try:
            series = self.asker.directory.over(question.projects, ask, pace=self.asker.reader.pace)
        except Refused as refused:
            # An old server has no such address; a plan without it answers 404, too.
            if refused.status != 404:
                raise
            self.asker.directory.note_lack(_ADDRESS)
            self._say("this server has no series; late events are found by counting again")
            return None
        told = [line for line in series if line is not None and all(start in line for start in starts)]
        if len(told) < len(series):
            self._say("the server's series is not of the windows that were asked for")
            return None
        return {datetime.fromtimestamp(start, UTC): sum(line[start] for line in told) for start in starts}

    def _say(self, why: str) -> None:
        log.warning("no_totals", source=self.asker.name, why=why)


def _starts(within: Window, step: int) -> Iterator[int]:
    """The beginning of every window that lies whole within the span."""
    first = -(-int(within.start.timestamp()) // step) * step
    return iter(range(first, int(within.end.timestamp()) - step + 1, step))


def buckets(body: Any, *, step: int) -> Mapping[int, int] | None:
    """Epoch second and count of every bucket; None where they are of another length, elsewhere, sampled or unclear."""
    lines = items(mapping(body).get("timeSeries"))
    line = mapping(lines[0]) if len(lines) == 1 else mapping(None)
    meta = mapping(line.get("meta"))
    # The documentation's example has seconds here, the server milliseconds.
    if number(meta.get("interval")) not in {step, step * _MILLISECONDS} or text(meta.get("dataScanned")) == "partial":
        return None
    found = [_bucket(value) for value in items(line.get("values"))]
    clear = {start: count for start, count in found if start is not None and count is not None and start % step == 0}
    return clear if len(clear) == len(found) else None


def _bucket(value: Any) -> tuple[int | None, int | None]:
    told = mapping(value)
    at, count = number(told.get("timestamp")), told.get("value")
    whole = number(count) if isinstance(count, int) or (isinstance(count, float) and count.is_integer()) else None
    return (None if at is None or at % _MILLISECONDS else at // _MILLISECONDS), whole
