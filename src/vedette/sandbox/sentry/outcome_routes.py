"""Outcome routes: what became of events by hour: accepted ones as they were counted, dropped ones as told to us."""

from collections import Counter
from typing import Any

from starlette.responses import Response

from vedette.sandbox.sentry import answers, dates
from vedette.sandbox.sentry.desk import Ask

HOUR = 3600
_GROUPS = {"outcome", "category", "reason", "project"}
_FIELDS = {"sum(quantity)", "sum(times_seen)"}
_CATEGORIES = {"error", "transaction", "attachment", "replay", "profile", "monitor"}

#: Project, hour, outcome, reason.
Key = tuple[int, int, str, str]


def stats(ask: Ask) -> Response:
    """GET stats_v2: sums by the groups asked for; grouped by project without a series, as it is documented."""
    groups = ask.args("groupBy")
    _check(ask, groups)
    start, end = _span(ask)
    hours = range(start, end, HOUR)
    found = _outcomes(ask, start, end)
    sums: Counter[tuple[Any, ...]] = Counter()
    by_hour: Counter[tuple[tuple[Any, ...], int]] = Counter()
    for key, quantity in found.items():
        named = _named(key)
        group = tuple(named[name] for name in groups)
        sums[group] += quantity
        by_hour[group, key[1]] += quantity
    what = ask.arg("field")
    rows = [
        {
            "by": dict(zip(groups, group, strict=True)),
            "totals": {what: total},
            "series": {} if "project" in groups else {what: [by_hour[group, hour] for hour in hours]},
        }
        for group, total in sums.items()
    ]
    body = {"start": dates.whole(start), "end": dates.whole(end), "intervals": [dates.whole(hour) for hour in hours]}
    return answers.reply(body | {"groups": rows})


def glitchtip_stats(ask: Ask) -> Response:
    """GET GlitchTip's stats_v2: one series over the projects asked for, by number; nothing of outcomes or of groups."""
    missing = [name for name in ("start", "end", "field", "category") if not ask.arg(name)]
    if missing:
        raise answers.refuse(422, {"detail": [_lacking(name) for name in missing]})
    numbers = {int(each) for each in ask.args("project") if each.isdecimal()}
    known = {project.id for project in ask.memory.projects.values()}
    wanted = known & numbers if numbers else known
    if not wanted:
        raise answers.not_found(ask.dialect)
    window = ask.window()
    start, end = int(window.start or 0) // HOUR * HOUR, int(window.end or 0) // HOUR * HOUR + HOUR
    sums: Counter[int] = Counter()
    for issue in (issue for issue in ask.memory.issues.values() if issue.project.id in wanted):
        for hour, weight in issue.arrivals.buckets(start, end, HOUR, frozenset(issue.arrivals.kinds)):
            sums[hour] += weight
    hours = range(start, end, HOUR)
    series = {ask.arg("field"): [sums[hour] or None for hour in hours]}
    return answers.reply({"intervals": [dates.zoned(hour) for hour in hours], "groups": [{"series": series}]})


def _lacking(name: str) -> dict[str, Any]:
    return {"type": "missing", "loc": ["query", name], "msg": "Field required"}


def _check(ask: Ask, groups: list[str]) -> None:
    if not ask.arg("field"):
        raise answers.refuse(400, 'At least one "field" is required.')
    for name in ask.args("field"):
        if name not in _FIELDS:
            raise answers.refuse(400, f'Invalid field: "{name}"')
    for name in groups:
        if name not in _GROUPS:
            raise answers.refuse(400, f'Invalid groupBy: "{name}"')
    if not groups:
        raise answers.refuse(400, "At least one groupBy is required.")
    for name in ask.args("category"):
        if name not in _CATEGORIES:
            raise answers.refuse(400, f'Invalid category: "{name}"')


def _span(ask: Ask) -> tuple[int, int]:
    """Whole hours; an `end` that is given counts itself in, so that a full hour begins another."""
    window = ask.window()
    if window.start is None or window.end is None:
        raise answers.refuse(400, "You must either provide a statsPeriod, or a start and end.")
    if window.start > window.end:
        raise answers.refuse(400, "start must be before end")
    end = int(window.end) + 1
    return int(window.start) // HOUR * HOUR, -(-end // HOUR) * HOUR


def _outcomes(ask: Ask, start: int, end: int) -> Counter[Key]:
    projects, wanted = ask.projects(), set(ask.args("outcome"))
    found: Counter[Key] = Counter()
    for issue in ask.memory.issues.values():
        for hour, weight in issue.arrivals.buckets(start, end, HOUR, frozenset(issue.arrivals.kinds)):
            found[issue.project.id, hour, "accepted", "none"] += weight
    found.update({key: many for key, many in ask.memory.dropped.items() if start <= key[1] < end})
    return Counter(
        {key: many for key, many in found.items() if key[0] in projects and (not wanted or key[2] in wanted)}
    )


def _named(key: Key) -> dict[str, Any]:
    return {"project": key[0], "outcome": key[2], "reason": key[3], "category": "error"}
