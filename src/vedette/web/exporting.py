"""Exporting: a filter's windows and errors as CSV (RFC 4180), a stretch at a time, for spreadsheets and scripts.

Law: what is not known is an empty field, never 0; a text from outside never becomes a formula: it gets an apostrophe
before it (https://owasp.org/www-community/attacks/CSV_Injection); numbers and times stay plain.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from vedette.flows.context import Context
from vedette.model.metrics import Lack, Point, Trending, Window
from vedette.rules.charting import Grid, known
from vedette.store import windows
from vedette.store.charted import Name, stretches
from vedette.store.database import Store, Tx
from vedette.web.looking import Look
from vedette.web.monitoring import grid_of, known_filter, trends_of

_STRETCH = timedelta(days=1)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Cell = str | int | bool | datetime | None

WINDOWS = (
    "instance", "filter", "start", "end", "total", "complete", "lack", "issues", "issues_complete", "issues_lack",
    "users", "new", "regressed", "revision", "counted_at", "detail", "point_id",
)  # fmt: skip
ISSUES = (
    "instance", "filter", "start", "end", "complete", "lack", "issue", "short_id", "project", "title", "count", "users",
    "before", "yesterday", "last_week", "first_seen", "new", "regressed", "owner", "ticket", "ticket_url", "link",
)  # fmt: skip


class Exporting:
    """The handlers of the downloads."""

    def __init__(self, context: Callable[[], Context]) -> None:
        self._context = context

    def windows(self, request: Request) -> Response:
        """A row for every window of the range: also for those that should have been counted and were not."""
        context, look, name = self._context(), Look.of(request.query_params), _name(request)
        now, monitor = context.clock(), context.settings.monitor

        def where(tx: Tx) -> Grid:
            known_filter(tx, context.settings, name)
            return grid_of(tx, name, look, monitor, now=now)

        grid = context.store.read(where)
        return _file(_window_rows(context.store, name, grid), f"{'-'.join(name)}-{look.range}.csv")

    def issues(self, request: Request) -> Response:
        """A row for every error of the table that the page shows."""
        context, look, name = self._context(), Look.of(request.query_params), _name(request)
        now = context.clock()
        rows = context.store.read(lambda tx: list(_issue_rows(tx, context, name, look, now=now)))
        return _file(iter([_lines([ISSUES, *rows])]), f"{'-'.join(name)}-issues.csv")


def line(cells: Sequence[Cell]) -> str:
    """One line, with its end."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow([_plain(cell) for cell in cells])
    return written.getvalue()


def _lines(rows: Sequence[Sequence[Cell]]) -> str:
    return "".join(line(row) for row in rows)


def _plain(cell: Cell) -> str | int:
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case datetime():
            return f"{cell.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        case int():
            return cell
        case _:
            return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _window_rows(store: Store, name: Name, grid: Grid) -> Iterator[str]:
    yield line(WINDOWS)
    for since, until in stretches(grid.frame.start, grid.frame.end, step=_STRETCH):
        points = store.read(lambda tx, s=since, u=until: windows.between(tx, *name, since=s, until=u))  # type: ignore[misc]
        yield _lines([window_row(point) for point in _with_missing(points, name, Window(since, until), grid)])


def _with_missing(points: Sequence[Point], name: Name, stretch: Window, grid: Grid) -> Iterator[Point]:
    """The points, and one that says so for each due window between them that was never counted."""
    at = max(stretch.start, grid.begun)
    for point in points:
        yield from _missing(name, at, point.window.start, grid)
        yield point
        at = max(at, point.window.end)
    yield from _missing(name, at, min(stretch.end, grid.due), grid)


def _missing(name: Name, since: datetime, until: datetime, grid: Grid) -> Iterator[Point]:
    for start, end in stretches(since, until, step=grid.every):
        if end - start == grid.every:
            yield Point(name[1], name[0], Window(start, end), 0, lack=Lack.NOT_COUNTED)


def window_row(point: Point) -> list[Cell]:
    """The fields of a window, in the order of `WINDOWS`."""
    told = known(point)
    rows_lack = point.rows_lack if told else point.lack
    return [
        point.instance, point.filter, point.window.start, point.window.end, point.total if told else None,
        point.is_complete, point.lack.value, point.issues if told else None, rows_lack is Lack.NONE, rows_lack.value,
        point.users, point.new, point.regressed, point.revision, point.counted_at, point.detail, point.id,
    ]  # fmt: skip


def _issue_rows(tx: Tx, context: Context, name: Name, look: Look, *, now: datetime) -> Iterator[list[Cell]]:
    asked = known_filter(tx, context.settings, name)

    def read() -> tuple[list[Point], Grid]:
        grid = grid_of(tx, name, look, context.settings.monitor, now=now)
        return windows.between(tx, *name, since=grid.frame.start, until=grid.frame.end), grid

    trends = trends_of(tx, name, look, read, asked=asked)
    if trends is None:
        return
    whole = not trends.lack and not trends.missing
    lack = trends.lack.value or (Lack.NOT_COUNTED.value if trends.missing else "")
    for row in trends.rows:
        yield [*name, trends.window.start, trends.window.end, whole, lack, *_issue(row.of)]


def _issue(each: Trending) -> list[Cell]:
    return [
        each.issue.id, each.short_id, each.project, each.title, each.count, each.users, each.before, each.yesterday,
        each.last_week, each.first_seen, each.is_new, each.is_regressed, each.owner, each.ticket, each.ticket_url,
        each.link,
    ]  # fmt: skip


def _name(request: Request) -> Name:
    return request.path_params["instance"], request.path_params["filter"]


def _file(pieces: Iterator[str], name: str) -> Response:
    plain = "".join(each if each.isascii() and (each.isalnum() or each in "-_.") else "_" for each in name)
    told = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return StreamingResponse(pieces, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": told})
