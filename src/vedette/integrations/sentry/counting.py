"""Counting: what a window held, as the server itself adds it up; calls, and no decisions.

https://docs.sentry.io/api/explore/query-explore-events-in-table-format/. Rows come a hundred a page, largest first.
They may shift while pages are read (a late event, a deleted or merged issue), so they are held against the server's own
totals, which are asked for last and tell distinct users too. Rows that do not add up to them are read again, and then
told as such.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from vedette.integrations.sentry import wording
from vedette.integrations.sentry.asker import Asker
from vedette.integrations.sentry.lists import Params
from vedette.integrations.sentry.paging import next_cursor
from vedette.model.metrics import Lack, Question, Reading, Row, Share, Window

_READINGS = 3


class _End(Enum):
    """Why a reading of pages ended."""

    PLAIN = auto()  # one page that is not full and promises nothing
    LAST = auto()
    CUT = auto()  # more rows than may be read


@dataclass(frozen=True, slots=True)
class Table:
    """What one group of projects answered; `users` is None where nobody was asked for all of them together."""

    rows: tuple[Row, ...]
    total: int
    users: int | None
    shares: Mapping[str, Share]
    lack: Lack = Lack.NONE


@dataclass(slots=True)
class Counter:
    """Asks one server."""

    asker: Asker

    def count(self, question: Question, window: Window, *, most_rows: int) -> Reading:
        """The window by issue, aggregated by the server; `Refused` where it does not take the question."""
        left = most_rows
        tables: list[Table] = []

        def ask(projects: list[str]) -> Table:
            nonlocal left
            table = self._table(question, window, projects, most=left)
            left -= len(table.rows)
            return table

        tables = self.asker.directory.over(question.projects, ask, pace=self.asker.reader.pace)
        lack = next((table.lack for table in tables if table.lack), Lack.NONE)
        rows = tuple(row for table in tables for row in table.rows)
        total = sum(table.total for table in tables)
        shares = {slug: share for table in tables for slug, share in table.shares.items()}
        told = shares if question.by_project else None
        return Reading(rows, total, users=_users(tables), lack=lack, shares=told, pages=self.asker.reader.calls)

    def _table(self, question: Question, window: Window, projects: list[str], *, most: int) -> Table:
        def ask(more: Params, cursor: str | None) -> tuple[Any, str]:
            turned: Params = {"cursor": cursor} if cursor else {}
            return self.asker.ask("events", question, window, projects=projects, more=more | turned)

        return Settling(ask, question, self.asker.name, most).table()


Ask = Callable[[Params, str | None], tuple[Any, str]]


@dataclass(slots=True)
class Settling:
    """Reads one table until it adds up."""

    ask: Ask
    question: Question
    place: str
    most: int

    def table(self) -> Table:
        """The rows and the server's totals of them, or why the rows are not whole."""
        ever: dict[tuple[str, ...], Row] = {}
        for _ in range(_READINGS):
            # An issue in another's place, both counted alike, adds up as well: only totals of before and after tell.
            before = self._totals() if self.question.rows_matter else None
            rows, end = self._pages(wording.fields(self.question), most=self.most)
            ever |= rows
            if len(rows) <= 1 and end is _End.PLAIN:
                return _of_one(tuple(rows.values()))
            one_look = len(rows) < wording.PAGE and end is _End.PLAIN
            shares = before if before is not None and one_look else self._totals()
            if end is _End.CUT:
                return self._told(rows, shares, lack=Lack.ROW_LIMIT)
            adds_up = sum(row.count for row in rows.values()) == sum(share.count for share in shares.values())
            if adds_up and before in (None, shares):
                return self._told(rows, shares, lack=Lack.NONE)
        return self._told(ever, shares, lack=Lack.SHIFTING)

    def _totals(self) -> dict[str, Share]:
        """The server's own totals: by project where the question asks for that, else one by the name of none."""
        by = ["project"] if self.question.by_project else []
        rows, _ = self._pages([*by, wording.COUNT, wording.USERS], most=None)
        return {row.project: Share(row.count, row.users) for row in rows.values()}

    def _told(self, rows: Mapping[tuple[str, ...], Row], shares: Mapping[str, Share], *, lack: Lack) -> Table:
        total = sum(share.count for share in shares.values())
        busy = [share for share in shares.values() if share.count]
        users = 0 if not busy else busy[0].users if len(busy) == 1 else None
        if lack is Lack.ROW_LIMIT and sum(row.count for row in rows.values()) == total:
            lack = Lack.NONE  # the last page that may be read was the last there is
        return Table(tuple(rows.values()), total, users, shares if self.question.by_project else {}, lack)

    def _pages(self, fields: list[str], *, most: int | None) -> tuple[dict[tuple[str, ...], Row], _End]:
        """Every row once (of one that moved to a later page while it was read, the later reading), and the end."""
        asked: Params = {"field": fields, "sort": f"-{wording.COUNT}", "per_page": wording.PAGE}
        found: dict[tuple[str, ...], Row] = {}
        cursor: str | None = None
        seen: set[str | None] = {None}
        while True:
            body, link = self.ask(asked, cursor)
            raw = wording.rows_of(body, self.place)
            found |= {wording.identity(row, self.question): wording.row(row, self.question, self.place) for row in raw}
            first, cursor = cursor is None, next_cursor(link)
            # An empty page ends the list even where more is promised, and so does a cursor that repeats itself.
            if not raw or cursor in seen:
                plain = first and cursor is None and len(raw) < wording.PAGE
                return found, _End.PLAIN if plain else _End.LAST
            if most is not None and len(found) >= most:
                return found, _End.CUT
            seen.add(cursor)


def _of_one(rows: tuple[Row, ...]) -> Table:
    """One row, or none, is its own total, and one look at the server."""
    shares = {row.project: Share(row.count, row.users) for row in rows}
    return Table(rows, sum(row.count for row in rows), rows[0].users if rows else 0, shares)


def _users(tables: list[Table]) -> int | None:
    """Distinct users of several tables cannot be added up: one may have met errors of both."""
    busy = [table for table in tables if table.total]
    return 0 if not busy else busy[0].users if len(busy) == 1 else None
