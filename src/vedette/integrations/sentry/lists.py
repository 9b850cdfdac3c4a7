"""Lists: every row of a paged answer, patiently.

A page that is empty ends the list even where the header promises more, and so does a cursor that repeats itself: both
were seen. A limit in the middle is waited out here, since a sweep that began anew each time would never end.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import structlog

from vedette.errors import RateLimited
from vedette.integrations.sentry.paging import next_cursor
from vedette.integrations.sentry.talker import SentryTalker
from vedette.integrations.sentry.untrusted import items

# 20,000 rows: a sweep that finds more is a threshold that is too low, not a list to be worked through.
PAGES = 200
_PATIENCE = 5
# Sentry limits lists per second, and does not always say when the window ends.
_USUAL_WAIT = 1.0
_LONGEST_NAP = 5.0

log: structlog.stdlib.BoundLogger = structlog.get_logger("vedette")

Params = dict[str, str | int | list[str] | list[int]]


def rows(
    talker: SentryTalker, path: str, params: Params, *, pages: int = PAGES, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Any]:
    """The rows of all pages, in order; a list longer than `pages` ends there, and the log says so."""
    seen: set[str] = set()
    cursor: str | None = None
    for _ in range(pages):
        asked: Params = params if cursor is None else {**params, "cursor": cursor}
        body, link = _page(talker, path, asked, sleep=sleep)
        yield from body
        cursor = next_cursor(link)
        if not body or cursor is None or cursor in seen:
            return
        seen.add(cursor)
    cure = "raise the policy's threshold or name fewer projects"
    log.warning("list_cut_short", source=talker.name, path=path, pages=pages, cure=cure)


def _page(talker: SentryTalker, path: str, params: Params, *, sleep: Callable[[float], None]) -> tuple[list[Any], str]:
    left = _PATIENCE
    while True:
        try:
            body, answer = talker.fetch(path, **params)
        except RateLimited as limited:
            wait = _USUAL_WAIT if limited.wait is None else limited.wait
            left -= 1
            if left == 0 or wait > _LONGEST_NAP:
                raise
            sleep(wait)
        else:
            return list(items(body)), answer.headers.get("link", "")
