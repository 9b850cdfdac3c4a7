"""Leafing: a project's events read one by one, newest first, and counted here; calls, and no decisions.

https://docs.sentry.io/api/events/list-a-projects-error-events/. Servers of one's own, 9.1.2 and GlitchTip take no start
and end: the list is read until a whole page is older than the window, so that events slightly out of order are met.
GlitchTip orders by when events came and not by the time that they name, so there that decides how far to read.
The list is paged by position and shifts: it is read until two readings hold the same events. The second may stop at the
first's last page, since what stood before it at both times stood there when that page was read.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Any

from vedette.errors import Refused, Unavailable
from vedette.integrations.sentry import dates, wording
from vedette.integrations.sentry.asker import Asker
from vedette.integrations.sentry.lists import Params
from vedette.integrations.sentry.occurrences import occurrence
from vedette.integrations.sentry.paging import next_cursor
from vedette.integrations.sentry.sheaves import Leaf, Sheaf, is_asked, leaf
from vedette.integrations.sentry.untrusted import mapping, text
from vedette.model.issues import Occurrence
from vedette.model.metrics import Lack, Part, Question, Reading, Window
from vedette.model.settings import Dialect
from vedette.ports.roles import Needed

_READINGS = 3
#: What is newer than the window is passed over; so many times what may be counted is read at most.
_REACH = 2


class _End(Enum):
    """Why a reading ended."""

    LAST = auto()  # the list's end, or the window's
    AGREED = auto()  # as far as the last page of the reading before, it was that
    CUT = auto()  # more events than may be read


@dataclass(slots=True)
class _Look:
    """One reading of a list: the window's events in its order, and how many of them came before the last page."""

    order: dict[str, None] = field(default_factory=dict)
    settled: int = 0
    pages: int = 0
    read: int = 0
    end: _End | None = None

    def agrees(self, before: "_Look") -> bool:
        """Whether all that came before the last page of the reading before came again, and nothing else did."""
        many = len(self.order)
        if self.pages < before.pages - 1 or many < before.settled:
            return False
        return list(self.order) == list(before.order)[:many]


@dataclass(slots=True)
class Leafer:
    """Reads one server's lists; `turn` keeps to the number of calls that it takes at once."""

    asker: Asker
    needed: Needed
    most_events: int
    turn: AbstractContextManager[Any]

    def count(self, question: Question, window: Window) -> Reading:
        """The window by issue, of the events that are needed; `Refused` where the server cannot search events."""
        dialect = self.asker.addresses.dialect
        if question.query.strip() and dialect is not Dialect.SENTRY:
            cure = "leave out the filter's `query:`; `terms:`, `levels:` and `releases:` are matched here"
            raise Refused(f"{self.asker.name}: a server of {dialect} cannot be searched for events; {cure}")
        ids = self.asker.directory.ids(question.projects, self.asker.reader.pace)
        sheaf = Sheaf(question)
        lacks = [self._project(slug, ids[slug], window, sheaf) for slug in ids]
        lack = next((each for each in lacks if each), Lack.NONE)
        rows = sheaf.rows()
        total = sum(row.count for row in rows)
        return Reading(rows, total, sheaf.users(), lack=lack, total_lack=lack, pages=self.asker.reader.calls)

    def _project(self, slug: str, number: str, window: Window, sheaf: Sheaf) -> Lack:
        among, lack = self._searched(number, window, sheaf.question)
        list_ = _List(self, slug, window, sheaf.question, among)
        look, own_lack = list_.settle()
        sheaf.add(slug, (list_.leaves[event] for event in look.order))
        return own_lack or lack

    def _searched(self, number: str, window: Window, question: Question) -> tuple[frozenset[str] | None, Lack]:
        """The ids of the events that the filter's own query means, None where it has none."""
        if not question.query.strip():
            return None, Lack.NONE
        before: frozenset[str] | None = None
        for _ in range(_READINGS):
            found = frozenset(self._ids(number, window, question))
            if len(found) > self.most_events:
                return found, Lack.EVENT_LIMIT
            if found == before or len(found) < wording.PAGE:
                return found, Lack.NONE
            before = found
        return before, Lack.SHIFTING

    def _ids(self, number: str, window: Window, question: Question) -> Iterator[str]:
        more: Params = {"field": ["id", "timestamp"], "sort": "-timestamp", "per_page": wording.PAGE}
        cursor: str | None = None
        seen: set[str | None] = set()
        for _ in range(self.most_events // wording.PAGE + 2):
            asked = more | ({"cursor": cursor} if cursor else {})
            body, link = self.asker.ask("events", question, window, projects=[number], more=asked)
            rows = wording.rows_of(body, self.asker.name)
            yield from (text(mapping(row).get("id")).replace("-", "").lower() for row in rows)
            cursor = next_cursor(link)
            if not rows or cursor is None or cursor in seen:
                return
            seen.add(cursor)


@dataclass(slots=True)
class _List:
    """One project's list, read for one window."""

    leafer: Leafer
    slug: str
    window: Window
    question: Question
    among: frozenset[str] | None
    #: By id: what is to be counted, or None for an event that is not needed.
    leaves: dict[str, Leaf | None] = field(default_factory=dict)

    def settle(self) -> tuple[_Look, Lack]:
        """A reading that stood still, or the last one and why it is not whole."""
        before: _Look | None = None
        for _ in range(_READINGS):
            look = self._look(before)
            if look.end is _End.CUT:
                return look, Lack.EVENT_LIMIT
            if before is not None and (look.end is _End.AGREED or look.order.keys() == before.order.keys()):
                return before, Lack.NONE
            if look.pages == 1:
                return look, Lack.NONE
            before = look
        return look, Lack.SHIFTING

    def _look(self, before: _Look | None) -> _Look:
        """The list from its beginning, as far as the window reaches, or until it is seen to be what it was before."""
        look, cursor = _Look(), None
        seen: set[str] = set()
        while look.end is None:
            rows, cursor = self._page(cursor)
            look.settled, look.pages, look.read = len(look.order), look.pages + 1, look.read + len(rows)
            ats = [self._take(row, look) for row in rows]
            if before is not None and look.agrees(before):
                look.end = _End.AGREED
            # A whole page of older events: none of the window's can be so far out of order.
            elif cursor is None or cursor in seen or all(at < self.window.start for at in ats):
                look.end = _End.LAST
            elif len(look.order) > self.leafer.most_events or look.read >= _REACH * self.leafer.most_events:
                look.end = _End.CUT
            else:
                seen.add(cursor)
        return look

    def _take(self, raw: Any, look: _Look) -> datetime:
        """By what the list has the event in its place; one of the window's is kept, once."""
        told = mapping(raw)
        event, at = occurrence(told), _dated(told, "dateCreated", "date_created")
        if at is None or not event.identity:
            raise Unavailable(f"{self.leafer.asker.name}: an event of {self.slug} came without its id or its date")
        if self.window.holds(at):
            look.order[event.identity] = None
            if event.identity not in self.leaves:
                self.leaves[event.identity] = self._leaf(told, event)
        return max(at, _dated(told, "date_received") or at)

    def _leaf(self, raw: Mapping[str, Any], event: Occurrence) -> Leaf | None:
        if self.among is not None and event.identity not in self.among:
            return None
        if not is_asked(event, self.question):
            return None
        whole = occurrence(self._whole(event)) if self._is_full and "entries" not in raw else event
        return leaf(raw, whole, self.question) if self.leafer.needed(whole) else None

    def _whole(self, event: Occurrence) -> Any:
        """The event itself, where the list has none with its stack."""
        path = self.leafer.asker.addresses.project_event(self.slug, event.event_id)
        try:
            return self.leafer.asker.reader.read(path, {})[0]
        except Refused as refused:
            if refused.status != 404:
                raise
            raise Unavailable(
                f"{self.leafer.asker.name}: an event of {self.slug} is listed and cannot be read"
            ) from None

    def _page(self, cursor: str | None) -> tuple[list[Any], str | None]:
        addresses, params = self.leafer.asker.addresses, dict[str, Any]()
        if addresses.dialect is Dialect.SENTRY:
            params |= wording.within(self.window)
        if self._is_full:
            params["full"] = "true"
        if cursor:
            params["cursor"] = cursor
        with self.leafer.turn:
            body, link = self.leafer.asker.reader.read(addresses.project_events(self.slug), params)
        if not isinstance(body, list):
            raise Unavailable(f"{self.leafer.asker.name}: the events of {self.slug} came as something else than a list")
        return body, next_cursor(link)

    @property
    def _is_full(self) -> bool:
        """Whether the bodies must come with their stacks; tags come with the short ones, too."""
        return Part.STACK in self.question.parts


def _dated(told: Mapping[str, Any], *names: str) -> datetime | None:
    return next((at for name in names if (at := dates.parse(told.get(name)))), None)
