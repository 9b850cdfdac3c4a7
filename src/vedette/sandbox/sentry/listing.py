"""Listing: a page of rows in the order of the real list, each shaped only when it is on the page."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from starlette.responses import Response

from vedette.sandbox.sentry import answers, paging
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.settings import Dialect

Row = TypeVar("Row")


def listed(ask: Ask, rows: Sequence[Row], shape: Callable[[Row], Any]) -> Response:
    """Up to a hundred rows from where the cursor points."""
    glitchtip = ask.dialect is Dialect.GLITCHTIP
    limit = ask.limit("limit" if glitchtip else "per_page")
    cut = paging.opaque if glitchtip else paging.by_page
    try:
        page = cut(rows, cursor=ask.arg("cursor"), limit=limit)
    except paging.BadCursor as bad:
        raise answers.refuse(400, "Invalid cursor parameter.") from bad
    hollow = ask.world.switchboard.hollow_pages and bool(page.rows)
    following = (page.following[0], page.following[1] or hollow)
    links = answers.link(ask.url_without_cursor(), previous=page.previous, following=following, dialect=ask.dialect)
    head = {"Link": links} | ({"X-Hits": str(len(rows)), "X-Max-Hits": "1000"} if glitchtip else {})
    return answers.reply([shape(row) for row in page.rows], 200, head)
