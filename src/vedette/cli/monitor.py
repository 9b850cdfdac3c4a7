"""`vedette monitor`: what was counted, and the hands to count a window now or the windows of days gone by."""

import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from vedette.cli.opened import opened_to_look
from vedette.cli.options import DEFAULT_CONFIG, ConfigFile
from vedette.cli.paper import written
from vedette.config.durations import duration
from vedette.config.nearest import suggestion
from vedette.errors import VedetteError
from vedette.flows.context import wall_clock
from vedette.model.metrics import Filter, Lack, Point, Trending
from vedette.model.settings import Settings
from vedette.rules.point_data import point_data, why
from vedette.store import windows
from vedette.store.database import Tx

monitor = App(name="monitor", help="Counts of errors: show them, count a window now, make up for days gone by.")
monitor.command("vedette.cli.monitor_run:run", name="run", help="Count a window now, and send its points.")
monitor.command("vedette.cli.monitor_run:backfill", name="backfill", help="Count the windows of days gone by.")
monitor.command(
    "vedette.cli.monitor_conditions:conditions", name="conditions", help="Say what every condition comes to now."
)
AsJson = Annotated[bool, Parameter(negative=(), help="Print one JSON object.")]
FilterName = Annotated[str, Parameter(name="--filter", help="Only this filter.")]

_TITLE = 60


@monitor.command
def show(only: FilterName = "", *, since: str = "1h", json: AsJson = False, config: ConfigFile = DEFAULT_CONFIG) -> int:
    """Print what every filter counted, window by window, how whole each count is, and what was trending in the last.

    Parameters
    ----------
    since
        How far back, such as 24h or 7d.
    """
    back = _back(since)
    with opened_to_look(config) as app:
        named = chosen(app.settings, [only] if only else [])
        now = wall_clock()
        told = app.store.read(lambda tx: {each: _points(tx, each, since=now - back, now=now) for each in named})
    if json:
        data = {"points": [point_data(point) for points in told.values() for point in points]}
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(data)).decode() + "\n")
        return 0
    console = Console(highlight=False, soft_wrap=True)
    for each, points in told.items():
        _print(console, each, points)
    return 0


def chosen(settings: Settings, names: Sequence[str]) -> list[Filter]:
    """The filters of these names, or every one; raises `VedetteError` for a name that is none's."""
    filters = {each.name: each for each in settings.monitor.filters}
    if not filters:
        raise VedetteError("there is no filter to count by; add one under monitor.filters")
    for name in names:
        if name not in filters:
            raise VedetteError(f"there is no filter {name}; {suggestion(name, filters)}")
    return [filters[name] for name in names] or list(filters.values())


def _back(since: str) -> timedelta:
    try:
        return duration(since)
    except ValueError as error:
        raise VedetteError(f"--since {error}") from None


def _points(tx: Tx, each: Filter, *, since: datetime, now: datetime) -> list[Point]:
    """The filter's points, oldest first; the last one with its trending issues."""
    points = windows.between(tx, each.instance, each.name, since=since, until=now)
    last = windows.get(tx, each.instance, each.name, points[-1].window.start) if points else None
    return [*points[:-1], last] if last else points


def _print(console: Console, each: Filter, points: Sequence[Point]) -> None:
    console.print(written((each.name, "bold"), f"  (instance {each.instance})"))
    if not points:
        console.print("  nothing was counted in that time\n")
        return
    table = Table("window (UTC)", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for head in ("errors", "issues", "users", "new", "back"):
        table.add_column(head, justify="right")
    table.add_column("", overflow="fold")
    for point in points:
        span = f"{point.window.start:%Y-%m-%d %H:%M} – {point.window.end:%H:%M}"
        table.add_row(span, *cells(point), written(remark(point)))
    console.print(table)
    if points[-1].trending:
        console.print(written("  trending in the last window", style="bold"))
        for issue in points[-1].trending:
            console.print(_trending(issue))
    console.print()


def cells(point: Point) -> tuple[str, ...]:
    """Errors, issues, users, new ones and those that came back; ? for what is not known."""
    known = point.lack not in (Lack.NOT_COUNTED, Lack.REFUSED)
    numbers = (point.total if known else None, point.issues, point.users, point.new, point.regressed)
    return tuple(map(_number, numbers))


def _number(value: int | None) -> str:
    return "?" if value is None else str(value)


def remark(point: Point) -> str:
    """How whole the count is, and whether it was revised, in words."""
    told = [f"not complete: {why(point)}" if not point.is_complete else why(point)]
    told.append(f"revised {point.revision} times" if point.revision > 1 else "revised" if point.revision else "")
    return "; ".join(filter(None, told))


def _trending(issue: Trending) -> Any:
    title = issue.title if len(issue.title) <= _TITLE else f"{issue.title[: _TITLE - 1]}…"
    then = f"before {_number(issue.before)}, yesterday {_number(issue.yesterday)}, last week {_number(issue.last_week)}"
    marks = [word for word, meant in (("new", issue.is_new), ("came back", issue.is_regressed)) if meant]
    beside = "  ".join(filter(None, (*marks, issue.owner, issue.ticket)))
    return written(
        f"  {issue.count:>7}  ", (issue.short_id or str(issue.issue), "bold"), f"  {title}  ({then})  {beside}"
    )
