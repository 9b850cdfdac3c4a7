"""Event routes: occurrences, and counts of them."""

from collections import defaultdict
from typing import Any

from starlette.responses import Response

from vedette.sandbox.sentry import answers, dates, event_shapes, query
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.issue_routes import cut, offset_page
from vedette.sandbox.sentry.query import QueryRefused, Window
from vedette.sandbox.sentry.records import Arrival, Issue, Occurrence
from vedette.sandbox.sentry.settings import Dialect

_NAMED = {"latest": -1, "oldest": 0, "recommended": -1}
_AGGREGATES = {"count()", "count_unique(user)", "last_seen()", "max(timestamp)", "min(timestamp)"}
_PLAIN = {"issue", "issue.id", "title", "project", "project.name", "level"}


def of_issue(ask: Ask) -> Response:
    """GET an issue's events, newest first."""
    issue, window, view = ask.issue(), ask.window(), ask.world.view()
    found = [ask.memory.occurrences[event] for event in reversed(issue.occurrences)]
    kept = [event for event in found if _inside(event, window)]
    if ask.arg("full") in {"true", "1"}:
        return offset_page(ask, [event_shapes.detailed(event, view, siblings=issue.occurrences) for event in kept])
    return offset_page(ask, [event_shapes.listed(event, view) for event in kept])


def _inside(event: Occurrence, window: Window) -> bool:
    in_time = (window.start is None or event.at >= window.start) and (window.end is None or event.at < window.end)
    return in_time and (not window.environments or event.data["environment"] in window.environments)


def one(ask: Ask) -> Response:
    """GET one event of an issue, by id or as latest, oldest or recommended."""
    issue, name = ask.issue(), ask.path("event")
    if ask.dialect is Dialect.GLITCHTIP and name == "oldest":
        raise answers.invalid(["path", "event_id"], "Input should be a valid UUID")
    if name in _NAMED and issue.occurrences:
        name = issue.occurrences[_NAMED[name]]
    if name not in issue.occurrences:
        raise answers.not_found(ask.dialect)
    return _detail(ask, ask.memory.occurrences[name])


def of_project(ask: Ask) -> Response:
    """GET a project's events, newest first."""
    project, view = ask.project(), ask.world.view()
    found = [event for event in ask.memory.occurrences.values() if event.project == project]
    ordered = sorted(found, key=lambda event: event.at, reverse=True)
    return offset_page(ask, [event_shapes.listed(event, view) for event in ordered])


def by_project(ask: Ask) -> Response:
    """GET one event of a project: 404 until it is stored."""
    found = ask.memory.occurrences.get(ask.path("event"))
    if found is None or found.project != ask.project():
        raise answers.not_found(ask.dialect)
    return _detail(ask, found)


def by_id(ask: Ask) -> Response:
    """GET eventids/{id}: which project and issue an event belongs to."""
    found = ask.memory.occurrences.get(ask.path("event"))
    if found is None:
        raise answers.not_found(ask.dialect)
    siblings = ask.memory.issues[found.issue].occurrences
    body = {
        "organizationSlug": ask.world.config.organization,
        "projectSlug": found.project.slug,
        "groupId": str(found.issue),
        "eventId": found.id,
        "event": event_shapes.detailed(found, ask.world.view(), siblings=siblings),
    }
    return answers.reply(body)


def _detail(ask: Ask, found: Occurrence) -> Response:
    issue = ask.memory.issue(found.issue)
    siblings = issue.occurrences if issue else []
    return answers.reply(event_shapes.detailed(found, ask.world.view(), siblings=siblings))


def table(ask: Ask) -> Response:
    """GET organizations/{o}/events/: aggregates by issue, project or nothing, within a half-open window."""
    fields = ask.args("field")
    if not fields:
        raise answers.refuse(400, "No columns selected")
    if len(fields) > 20:
        raise answers.refuse(400, "You can view up to 20 fields at a time. Please delete some and try again.")
    for field in fields:
        if field not in _AGGREGATES | _PLAIN and "(" in field:
            raise answers.refuse(400, f"{field} is not a valid function")
    rows = _sorted(ask, fields, _rows(ask, fields))
    page, links = cut(ask, rows)
    kinds = {field: _kind(field) for field in fields} | ({"issue.id": "integer"} if "issue" in fields else {})
    meta = {"fields": kinds, "units": dict.fromkeys(kinds), "isMetricsData": False, "dataset": ask.arg("dataset")}
    return answers.reply({"data": page, "meta": meta}, 200, {"Link": links})


def _kind(field: str) -> str:
    if field in {"count()", "count_unique(user)", "issue.id"}:
        return "integer"
    return "date" if field in _AGGREGATES else "string"


def _rows(ask: Ask, fields: list[str]) -> list[dict[str, Any]]:
    groups: defaultdict[tuple[Any, ...], list[Arrival]] = defaultdict(list)
    plain = [field for field in fields if field in _PLAIN]
    if "issue" in plain and "issue.id" not in plain:
        plain.append("issue.id")
    for issue, arrivals in _counted(ask):
        groups[tuple(_plain(field, issue) for field in plain)] += arrivals
    if not plain and not groups:
        groups[()] = []
    aggregates = [field for field in fields if field in _AGGREGATES]
    return [
        dict(zip(plain, key, strict=True)) | {field: _aggregate(field, arrivals) for field in aggregates}
        for key, arrivals in groups.items()
    ]


def _counted(ask: Ask) -> list[tuple[Issue, list[Arrival]]]:
    """The issues that the query and the projects admit, each with its arrivals in the window."""
    window, projects, now = ask.window(), ask.projects(), ask.world.clock()
    try:
        terms = query.parse(ask.arg("query"))
    except QueryRefused as refused:
        raise answers.refuse(400, str(refused)) from refused
    if any(term.key == "is" for term in terms):
        raise answers.refuse(400, "Error parsing search query: is: queries are not supported in this search.")
    admitted = [
        issue
        for issue in ask.memory.issues.values()
        if issue.project.id in projects and query.matches(terms, issue, window=window, now=now)
    ]
    counted = [(issue, issue.within(window.start, window.end, window.environments)) for issue in admitted]
    return [(issue, arrivals) for issue, arrivals in counted if arrivals]


def _plain(field: str, issue: Issue) -> Any:
    match field:
        case "issue":
            return issue.short_id
        case "issue.id":
            return issue.id
        case "title":
            return issue.title
        case "level":
            return issue.level
        case _:
            return issue.project.slug


def _aggregate(field: str, arrivals: list[Arrival]) -> Any:
    match field:
        case "count()":
            return sum(arrival.weight for arrival in arrivals)
        case "count_unique(user)":
            return len({arrival.user for arrival in arrivals if arrival.user})
        case "min(timestamp)":
            return dates.whole(min(arrival.at for arrival in arrivals)) if arrivals else None
        case _:
            return dates.whole(max(arrival.at for arrival in arrivals)) if arrivals else None


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
    window, now = ask.window(), ask.world.clock()
    step = _interval(ask.arg("interval", "5m"))
    start = int(now - 86400 if window.start is None else window.start) // step * step
    end = now if window.end is None else window.end
    seen: defaultdict[int, int] = defaultdict(int)
    for _, arrivals in _counted(ask):
        for arrival in arrivals:
            seen[int(arrival.at) // step * step] += arrival.weight
    values = [
        {"timestamp": at * 1000, "value": seen[at], "incomplete": at + step > now}
        for at in range(start, int(end) + (end > int(end)), step)
    ]
    line = {
        "yAxis": ask.arg("yAxis", "count()"),
        "values": values,
        "meta": {"valueType": "integer", "valueUnit": None, "interval": step * 1000},
    }
    meta = {"dataset": ask.arg("dataset", "errors"), "start": start * 1000, "end": int(end * 1000)}
    return answers.reply({"meta": meta, "timeSeries": [line]})


def _interval(text: str) -> int:
    """Seconds of 5m, 1h or a bare number."""
    unit = text[-1:] if text[-1:] in query.SECONDS else "s"
    number = text.removesuffix(unit)
    if not number.isdecimal() or int(number) == 0:
        raise answers.refuse(400, f"Invalid interval: '{text}'")
    return int(number) * query.SECONDS[unit]
