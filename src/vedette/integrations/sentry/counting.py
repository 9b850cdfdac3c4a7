"""Counting: what a window held, as the server itself adds it up; calls, and no decisions.

https://docs.sentry.io/api/explore/query-explore-events-in-table-format/. Rows come a hundred a page, largest first. One
page is one look at the server, and whole. Several may shift while they are read (a late event, a deleted or merged
issue): they are read until two readings agree, all but the last page of the second being enough, since what stood there
before and after stood there when the last was read. What still moves is held against the server's own total.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Any

from vedette.errors import Refused
from vedette.integrations.sentry import wording
from vedette.integrations.sentry.dialects import Addresses
from vedette.integrations.sentry.directory import Directory
from vedette.integrations.sentry.lists import Params
from vedette.integrations.sentry.paging import next_cursor
from vedette.integrations.sentry.patience import Reader
from vedette.integrations.sentry.talker import NoSuchAddress
from vedette.model.metrics import Lack, Question, Reading, Row, Window

_READINGS = 3

Page = Mapping[tuple[str, ...], Row]


class _End(Enum):
    """Why a reading of pages ended."""

    PLAIN = auto()  # one page that is not full and promises nothing
    LAST = auto()
    AGREED = auto()  # as far as the last page but one it was the reading before
    CUT = auto()  # more rows than may be read


@dataclass(frozen=True, slots=True)
class Table:
    """What one group of projects answered; `users` is None where nobody was asked for all of them together."""

    rows: tuple[Row, ...]
    total: int
    users: int | None
    lack: Lack = Lack.NONE


@dataclass(slots=True)
class Counter:
    """Asks one server."""

    reader: Reader
    addresses: Addresses
    directory: Directory

    def count(self, question: Question, window: Window, *, most_rows: int) -> Reading:
        """The window by issue, aggregated by the server; `Refused` where it does not take the question."""
        left = most_rows
        tables: list[Table] = []

        def ask(projects: list[str]) -> Table:
            nonlocal left
            table = self._table(question, window, projects, most=left)
            left -= len(table.rows)
            return table

        tables = self.directory.over(question.projects, ask, pace=self.reader.pace)
        lack = next((table.lack for table in tables if table.lack), Lack.NONE)
        rows = tuple(row for table in tables for row in table.rows)
        total = sum(table.total for table in tables)
        return Reading(rows, total, users=_users(tables), lack=lack, pages=self.reader.calls)

    def _table(self, question: Question, window: Window, projects: list[str], *, most: int) -> Table:
        ask = partial(self._ask, question, window, projects)
        return _Settling(ask, question, self.reader.talker.name, most).table()

    def _ask(
        self, question: Question, window: Window, projects: list[str], more: Params, cursor: str | None
    ) -> tuple[Any, str]:
        """One page; environments that the server does not know are refused with 404, and then said in the query."""
        spelled = question.environments in self.directory.spelled
        params = wording.asked(question, window, projects=projects, spelled=spelled) | more
        try:
            return self.reader.read(f"{self.addresses.home}events/", params | ({"cursor": cursor} if cursor else {}))
        except NoSuchAddress:
            raise
        except Refused as refused:
            if refused.status != 404 or spelled or not question.environments:
                raise
            self.directory.spelled.add(question.environments)
            return self._ask(question, window, projects, more, cursor)


Ask = Callable[[Params, str | None], tuple[Any, str]]


@dataclass(slots=True)
class _Settling:
    """Reads one table until it stands still."""

    ask: Ask
    question: Question
    place: str
    most: int

    def table(self) -> Table:
        """The rows and their total, or why the rows are not whole."""
        before: list[Page] | None = None
        ever: dict[tuple[str, ...], Row] = {}
        for _ in range(_READINGS):
            pages, end = self._pages(before)
            if end is _End.AGREED and before is not None:
                return _summed(before)
            ever |= _merged(pages)
            if end is _End.PLAIN:
                return _summed(pages)
            if end is _End.CUT:
                return self._against_total(_merged(pages), lack=Lack.ROW_LIMIT)
            if len(pages) == 1 and not (found := self._against_total(_merged(pages), lack=Lack.SHIFTING)).lack:
                return found
            before = pages
        return self._against_total(ever, lack=Lack.SHIFTING)

    def _against_total(self, rows: Page, *, lack: Lack) -> Table:
        """The rows where they add up to the server's own total; else they lack something, and the total stands."""
        body, _ = self.ask({"field": [wording.COUNT, wording.USERS]}, None)
        found = wording.rows_of(body, self.place)[:1] or [{wording.COUNT: 0, wording.USERS: 0}]
        told = wording.row(found[0], Question(self.question.instance), self.place)
        whole = sum(row.count for row in rows.values()) == told.count
        return Table(tuple(rows.values()), told.count, told.users, Lack.NONE if whole else lack)

    def _pages(self, before: list[Page] | None) -> tuple[list[Page], _End]:
        asked: Params = {
            "field": wording.fields(self.question),
            "sort": f"-{wording.COUNT}",
            "per_page": wording.PAGE,
        }
        pages: list[Page] = []
        seen: set[str] = set()
        cursor: str | None = None
        while True:
            body, link = self.ask(asked, cursor)
            raw = wording.rows_of(body, self.place)
            pages.append({wording.identity(row, self.question): self._row(row) for row in raw})
            cursor = next_cursor(link)
            if before is not None and len(pages) == len(before) - 1 and pages == before[:-1]:
                return pages, _End.AGREED
            if not raw or cursor is None or cursor in seen:
                plain = len(pages) == 1 and cursor is None and len(raw) < wording.PAGE
                return pages, _End.PLAIN if plain else _End.LAST
            if sum(map(len, pages)) >= self.most:
                return pages, _End.CUT
            seen.add(cursor)

    def _row(self, raw: Any) -> Row:
        return wording.row(raw, self.question, self.place)


def _merged(pages: list[Page]) -> dict[tuple[str, ...], Row]:
    """Every row once; of one that moved to a later page while it was read, the later reading."""
    return {identity: row for page in pages for identity, row in page.items()}


def _summed(pages: list[Page]) -> Table:
    rows = tuple(_merged(pages).values())
    # Nobody met no error; of several rows the users cannot be added up, as one may have met more than one of them.
    users = rows[0].users if len(rows) == 1 else None if rows else 0
    return Table(rows, sum(row.count for row in rows), users)


def _users(tables: list[Table]) -> int | None:
    """Distinct users of several tables cannot be added up: one may have met errors of both."""
    busy = [table for table in tables if table.total]
    return 0 if not busy else busy[0].users if len(busy) == 1 else None
