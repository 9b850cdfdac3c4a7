"""Whole: every row of a paged list, or an error; calls, and no decisions.

The law: a list that does not end as lists end is refused, never given back by half. An organisation that was read by
half would be planned from as though the other half were gone: https://github.com/app-sre/qontract-reconcile/pull/1303.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from vedette.errors import Unavailable
from vedette.integrations.sentry.lists import Params
from vedette.integrations.sentry.paging import ends, next_cursor
from vedette.integrations.sentry.roster.errands import Errands
from vedette.integrations.sentry.untrusted import mapping, number

#: 100,000 rows; Sentry's largest page is of 100.
PAGES = 1000
# Sizes of pages that servers have been seen to have: a list of just so many rows, and no word on whether more follow,
# may be its first page only.
_A_PAGE = 50


def whole(
    errands: Errands, path: str, params: Params | None = None, *, paged: bool = True, pages: int = PAGES
) -> list[Mapping[str, Any]]:
    """Every row; `Unavailable` where it is not certain that these are all. `paged`: whether the server cuts this list.

    A page that is empty and promises another was seen at the end of lists: one such promise is followed, not two.
    """
    rows: list[Mapping[str, Any]] = []
    hits = 0
    for page, told in _pages(errands, path, params or {}, paged=paged, pages=pages):
        rows += page
        hits = told
    if len(rows) < hits:
        raise _half(errands, path, f"told of {hits} rows and gave {len(rows)}")
    return rows


def _pages(
    errands: Errands, path: str, params: Params, *, paged: bool, pages: int
) -> Iterator[tuple[list[Mapping[str, Any]], int]]:
    cursor, seen, hollow = None, set[str](), 0
    for _ in range(pages):
        body, answer = errands.ask(path, params if cursor is None else params | {"cursor": cursor})
        rows, link = _rows(errands, path, body), answer.headers.get("link", "")
        yield rows, number(answer.headers.get("x-hits")) or 0
        cursor, hollow = next_cursor(link), 0 if rows else hollow + 1
        if cursor is None:
            _end(errands, path, link, rows=len(rows), paged=paged)
            return
        if cursor in seen or hollow > 1:
            raise _half(errands, path, "promises pages that never come")
        seen.add(cursor)
    raise _half(errands, path, f"has more than {pages} pages")


def _rows(errands: Errands, path: str, body: Any) -> list[Mapping[str, Any]]:
    if not isinstance(body, list) or not all(isinstance(row, dict) for row in body):
        raise _half(errands, path, "is no list of objects")
    return [mapping(row) for row in body]


def _end(errands: Errands, path: str, link: str, *, rows: int, paged: bool) -> None:
    """Raise where the end is none: a header that is cut, or none at all after a page that looks full."""
    if ends(link):
        return
    if link:
        raise _half(errands, path, "does not say whether a page follows")
    if paged and rows and rows % _A_PAGE == 0:
        raise _half(errands, path, f"stops at {rows} rows and does not say whether more follow (a proxy's doing?)")


def _half(errands: Errands, path: str, what: str) -> Unavailable:
    cure = "nothing is planned from half a list; read again"
    return Unavailable(f"{errands.talker.name}: GET {path}: the list {what}; {cure}")
