"""Paging: one page of a sorted list, with the cursors of each server; pure.

Sentry's cursor is `value:offset:is_previous`, where the value is the sort score, so that rows that appear or
vanish in between shift nothing; GlitchTip's is opaque.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Generic, NamedTuple, TypeVar

Row = TypeVar("Row")


class BadCursor(Exception):
    """The cursor does not parse."""


class Cursor(NamedTuple):
    """Where a page begins."""

    value: int
    offset: int
    back: bool

    def __str__(self) -> str:
        return f"{self.value}:{self.offset}:{int(self.back)}"


class Page(NamedTuple, Generic[Row]):
    """Rows, and the cursors before and after them with whether they lead anywhere."""

    rows: list[Row]
    previous: tuple[str, bool]
    following: tuple[str, bool]


def parse(text: str) -> Cursor | None:
    """Sentry's cursor; raises `BadCursor`."""
    if not text:
        return None
    parts = text.split(":")
    try:
        return Cursor(int(float(parts[0])), int(parts[1]), bool(int(parts[2])))
    except (ValueError, IndexError) as broken:
        raise BadCursor(text) from broken


def by_score(rows: Sequence[Row], score: Callable[[Row], int], *, cursor: str, limit: int, hollow: bool) -> Page[Row]:
    """A page of rows, best score first; `hollow` promises one page more than there is."""
    ordered = sorted(rows, key=score, reverse=True)
    at = parse(cursor)
    if at is not None and at.back:
        before = [row for row in ordered if score(row) > at.value][-limit:]
        return _page(before, score, at=None, more=True, earlier=False, hollow=False)
    rest = ordered if at is None else [row for row in ordered if score(row) <= at.value][at.offset :]
    return _page(rest[:limit], score, at=at, more=len(rest) > limit, earlier=at is not None, hollow=hollow)


def _page(
    rows: list[Row], score: Callable[[Row], int], *, at: Cursor | None, more: bool, earlier: bool, hollow: bool
) -> Page[Row]:
    if not rows:
        value = at.value if at else 0
        return Page([], (str(Cursor(value, 0, back=True)), earlier), (str(Cursor(value, 0, back=False)), False))
    first, last = score(rows[0]), score(rows[-1])
    alike = sum(score(row) == last for row in rows) + (at.offset if at and at.value == last else 0)
    following = str(Cursor(last, alike, back=False))
    return Page(rows, (str(Cursor(first, 0, back=True)), earlier), (following, more or hollow))


def by_offset(rows: Sequence[Row], *, cursor: str, limit: int) -> Page[Row]:
    """A page by position, as lists of events have."""
    at = parse(cursor) or Cursor(0, 0, back=False)
    start = max(0, at.offset)
    following = Cursor(0, start + limit, back=False)
    previous = Cursor(0, max(0, start - limit), back=True)
    page = list(rows[start : start + limit])
    return Page(page, (str(previous), start > 0), (str(following), start + limit < len(rows)))


def by_page(rows: Sequence[Row], *, cursor: str, limit: int) -> Page[Row]:
    """A page by number, as lists of members, teams and projects have: the cursor is `size:number:is_previous`."""
    at = parse(cursor) or Cursor(limit, 0, back=False)
    size, number = at.value or limit, max(0, at.offset)
    start = number * size
    following, previous = Cursor(size, number + 1, back=False), Cursor(size, number - 1, back=True)
    page = list(rows[start : start + size])
    return Page(page, (str(previous), number > 0), (str(following), start + size < len(rows)))


def slipping(rows: Iterable[Row], *, cursor: str, limit: int, opaque: bool) -> Page[Row]:
    """A page by position of rows that are too many to make; what is put in front pushes the rest down."""
    start = _start(cursor, opaque=opaque) if cursor else 0
    page = list(islice(rows, start, start + limit + 1))
    following = _hide(start + limit) if opaque else str(Cursor(0, start + limit, back=False))
    previous = "" if opaque else str(Cursor(0, max(0, start - limit), back=True))
    return Page(page[:limit], (previous, start > 0), (following, len(page) > limit))


def _start(cursor: str, *, opaque: bool) -> int:
    return _reveal(cursor) if opaque else max(0, (parse(cursor) or Cursor(0, 0, back=False)).offset)


def opaque(rows: Sequence[Row], *, cursor: str, limit: int) -> Page[Row]:
    """GlitchTip's page: a cursor that says nothing to its reader."""
    start = _reveal(cursor) if cursor else 0
    page = list(rows[start : start + limit])
    return Page(page, ("", start > 0), (_hide(start + limit), start + limit < len(rows)))


def _hide(start: int) -> str:
    return base64.urlsafe_b64encode(f"o={start}".encode()).decode()


def _reveal(cursor: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor).removeprefix(b"o="))
    except (ValueError, binascii.Error) as broken:
        raise BadCursor(cursor) from broken
