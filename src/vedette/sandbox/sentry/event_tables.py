"""Event tables: errors counted by what is asked for, within a half-open window, as rows or as a series.

https://docs.sentry.io/api/explore/. Distinct users of a heap are those of its issue's pool that it can hold.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from vedette.sandbox.sentry import answers, dates, event_lists, event_query, query
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.event_query import Condition
from vedette.sandbox.sentry.issue_routes import cut
from vedette.sandbox.sentry.query import QueryRefused, Window
from vedette.sandbox.sentry.records import Issue
from vedette.sandbox.sentry.tides import Sum, Traits, users

_AGGREGATES = {
    "count()",
    "count_unique(user)",
    "count_unique(issue)",
    "last_seen()",
    "max(timestamp)",
    "min(timestamp)",
}
_DATASETS = (
    "discover", "errors", "logs", "metrics", "profile_functions", "spans", "tracemetrics", "transactions",
    "uptime_results",
)  # fmt: skip
_COLUMNS = frozenset({
    "issue", "issue.id", "title", "culprit", "message", "project", "project.name", "level", "release", "environment",
    "user", "dist", "transaction", "id", "timestamp",
})  # fmt: skip
_MOST_POINTS = 10_000
_USUAL_INTERVAL = 300


@dataclass(slots=True)
class _Cell:
    """What came of one group."""

    weight: int = 0
    first: float = float("inf")
    last: float = 0.0
    users: set[str] = field(default_factory=set)
    issues: set[int] = field(default_factory=set)

    def add(self, issue: Issue, part: Sum) -> None:
        self.weight += part.weight
        self.first, self.last = min(self.first, part.first), max(self.last, part.last)
        self.users |= users(issue.id, [part])
        self.issues.add(issue.id)


def table(ask: Ask) -> Response:
    """GET organizations/{o}/events/: aggregates by the plain fields that are selected, or of everything."""
    _check_dataset(ask)
    fields = _fields(ask)
    rows = _sorted(ask, fields, _rows(ask, fields))
    page, links = cut(ask, rows, hollow=ask.world.switchboard.hollow_pages)
    kinds = {field: _kind(field) for field in fields} | ({"issue.id": "integer"} if "issue" in fields else {})
    meta = {"fields": kinds, "units": dict.fromkeys(kinds), "isMetricsData": False, "dataset": ask.arg("dataset")}
    return answers.reply({"data": page, "meta": meta}, 200, {"Link": links})


def _check_dataset(ask: Ask) -> None:
    if ask.arg("dataset", "discover") not in _DATASETS:
        raise answers.refuse(400, f"dataset must be one of: {', '.join(_DATASETS)}")


def _fields(ask: Ask) -> list[str]:
    fields = list(dict.fromkeys(ask.args("field")))
    if not fields:
        raise answers.refuse(400, "No columns selected")
    if len(fields) > 20:
        raise answers.refuse(400, "You can view up to 20 fields at a time. Please delete some and try again.")
    for name in fields:
        if name in _AGGREGATES | _COLUMNS or name.startswith("tags["):
            continue
        if "(" in name:
            raise answers.refuse(400, f"{name} is not a valid function")
    return fields


def _kind(name: str) -> str:
    if name in {"count()", "count_unique(user)", "count_unique(issue)", "issue.id"}:
        return "integer"
    return "date" if name in _AGGREGATES | {"timestamp"} else "string"


def _rows(ask: Ask, fields: list[str]) -> list[dict[str, Any]]:
    plain = [name for name in fields if name not in _AGGREGATES]
    aggregates = [name for name in fields if name in _AGGREGATES]
    if not aggregates:
        return _events(ask, plain)
    if "issue" in plain and "issue.id" not in plain:
        plain.append("issue.id")
    groups: defaultdict[tuple[Any, ...], _Cell] = defaultdict(_Cell)
    for issue, parts in _counted(ask):
        for part in parts:
            groups[tuple(_plain(plain, issue, part.traits))].add(issue, part)
    if not plain and not groups:
        groups[()] = _Cell()
    return [
        dict(zip(plain, key, strict=True)) | {name: _aggregate(name, cell) for name in aggregates}
        for key, cell in groups.items()
    ]


def _events(ask: Ask, plain: list[str]) -> list[dict[str, Any]]:
    """Without an aggregate every event is a row of its own, newest first."""
    window, projects, wanted = ask.window(), ask.projects(), _condition(ask)
    rows = []
    for project in (project for project in ask.memory.projects.values() if project.id in projects):
        for listed in event_lists.newest_first(ask.memory, project, window):
            issue, traits = ask.memory.issues[listed.issue], listed.traits
            if _admits(wanted, window, issue, traits):
                event = event_lists.occurrence(ask.memory, listed)
                own = {"id": event.id, "timestamp": dates.whole(event.at)}
                rows.append(dict(zip(plain, _plain(plain, issue, traits), strict=True)) | own)
    return [{name: row[name] for name in plain} for row in rows]


def _admits(wanted: Condition | None, window: Window, issue: Issue, traits: Traits) -> bool:
    if window.environments and traits.environment not in window.environments:
        return False
    return wanted is None or wanted(known(issue, traits))


def _condition(ask: Ask) -> Condition | None:
    """What the query means; the checks of every table and series stand here."""
    if ask.world.switchboard.one_project and len(ask.projects()) > 1:
        raise answers.refuse(400, "You cannot view events from multiple projects.")
    named = set(ask.args("environment"))
    if named and named - _environments(ask):
        raise answers.not_found(ask.dialect)
    try:
        return event_query.parse(ask.arg("query"))
    except QueryRefused as refused:
        raise answers.refuse(400, str(refused)) from refused


def _environments(ask: Ask) -> set[str]:
    """Every environment that an event ever named: another is refused with 404."""
    kinds = (traits for issue in ask.memory.issues.values() for traits in issue.arrivals.kinds)
    return {traits.environment for traits in kinds} | set(ask.world.config.environments)


def known(issue: Issue, traits: Traits) -> dict[str, str]:
    """An occurrence's fields and tags, by the names that a search knows."""
    named = event_lists.tags(traits, issue, traits.user)
    title, culprit = traits.title or issue.title, traits.culprit or issue.culprit
    message = traits.message or str(issue.metadata.get("value", ""))
    return named | {
        "issue": issue.short_id,
        "issue.id": str(issue.id),
        "project": issue.project.slug,
        "project.name": issue.project.slug,
        "title": title,
        "culprit": culprit,
        "message": f"{title} {culprit} {message}",
        "error.type": str(issue.metadata.get("type", "")),
    }


def _counted(ask: Ask) -> list[tuple[Issue, list[Sum]]]:
    """The issues that the projects and the query admit, each with what came within the window."""
    window, projects, wanted = ask.window(), ask.projects(), _condition(ask)
    found = []
    for issue in ask.memory.issues.values():
        if issue.project.id not in projects:
            continue
        sums = issue.arrivals.sums(window.start, window.end)
        parts = [part for part in sums if _admits(wanted, window, issue, part.traits)]
        if parts:
            found.append((issue, parts))
    return found


def _plain(names: list[str], issue: Issue, traits: Traits) -> list[Any]:
    """The values of plain fields and tags; None for a tag that is not there."""
    told: dict[str, Any] = {
        "issue": issue.short_id,
        "issue.id": issue.id,
        "project": issue.project.slug,
        "message": traits.message or str(issue.metadata.get("value", "")),
    }
    if not set(names) <= told.keys():
        told = known(issue, traits) | told
    return [told.get(name[5:-1] if name.startswith("tags[") else name) for name in names]


def _aggregate(name: str, cell: _Cell) -> Any:
    match name:
        case "count()":
            return cell.weight
        case "count_unique(user)":
            return len(cell.users)
        case "count_unique(issue)":
            return len(cell.issues)
        case "min(timestamp)":
            return dates.whole(cell.first) if cell.weight else None
        case _:
            return dates.whole(cell.last) if cell.weight else None


def _sorted(ask: Ask, fields: list[str], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    sort = ask.arg("sort")
    if not sort:
        return rows
    wanted = sort.removeprefix("-")
    # Sentry writes count() as count in a sort, too.
    name = wanted if wanted in fields else f"{wanted}()"
    if name not in fields:
        raise answers.refuse(400, "Cannot order by a field that is not selected.")
    return sorted(rows, key=lambda row: (row[name], row.get("issue.id", 0)), reverse=sort.startswith("-"))


def timeseries(ask: Ask) -> Response:
    """GET events-timeseries: count() by aligned buckets; timestamps are milliseconds."""
    _check_dataset(ask)
    window, now = ask.window(), ask.world.clock()
    start = now - 86400 if window.start is None else window.start
    end = now if window.end is None else window.end
    step = _interval(ask.arg("interval"), length=end - start)
    first = int(start) // step * step
    seen = _by_bucket(ask, Window(start, end, window.environments), step)
    values = [
        {"timestamp": at * 1000, "value": seen[at], "incomplete": at + step > now}
        for at in range(first, int(end) + (end > int(end)), step)
    ]
    line = {
        "yAxis": ask.arg("yAxis", "count()"),
        "values": values,
        "meta": {"valueType": "integer", "valueUnit": None, "interval": step * 1000},
    }
    meta = {"dataset": ask.arg("dataset", "errors"), "start": first * 1000, "end": int(end * 1000)}
    return answers.reply({"meta": meta, "timeSeries": [line]})


def _by_bucket(ask: Ask, window: Window, step: int) -> Counter[int]:
    projects, wanted = ask.projects(), _condition(ask)
    seen: Counter[int] = Counter()
    for issue in ask.memory.issues.values():
        if issue.project.id not in projects:
            continue
        kinds = frozenset(kind for kind in issue.arrivals.kinds if _admits(wanted, window, issue, kind))
        if kinds:
            seen.update(dict(issue.arrivals.buckets(window.start or 0.0, window.end or 0.0, step, kinds)))
    return seen


def _interval(text: str, *, length: float) -> int:
    """Seconds of 300, 5m or 1h; whatever makes no sense or too many points becomes the usual one."""
    unit = text[-1:] if text[-1:] in query.SECONDS else "s"
    number = text.removesuffix(unit)
    step = int(number) * query.SECONDS[unit] if number.isdecimal() else 0
    return step if 0 < step < length and length / step <= _MOST_POINTS else _USUAL_INTERVAL
