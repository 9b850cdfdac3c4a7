"""Searching: the issue lists of the organisation and of a project, each dialect in its own words."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from vedette.sandbox.sentry import answers, paging, query, shapes
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.query import QueryRefused, Term, Window
from vedette.sandbox.sentry.records import Issue
from vedette.sandbox.sentry.settings import Dialect, Project
from vedette.sandbox.sentry.view import View

DEFAULT_QUERY = "is:unresolved"
_SORTS = {"date", "freq", "new", "user", "inbox", "trends", "recommended", "priority"}
_GLITCHTIP_SORTS = {"last_seen", "first_seen", "count", "priority"}
_PERIODS = {"", "24h", "14d"}
#: Terms that old servers do not know; they answer an empty list, not an error.
_MODERN = {"times_seen", "last_seen", "first_seen", "issue.id", "issue", "error.type", "title"}

#: What follows `is:` there.
_OLD_IS = {
    Dialect.SENTRY9: {"resolved", "unresolved", "ignored", "assigned", "unassigned"},
    Dialect.GLITCHTIP: {"resolved", "unresolved", "ignored"},
}


def in_organization(ask: Ask) -> Response:
    """GET organizations/{o}/issues/: counts within the window that was asked for."""
    if ask.dialect is Dialect.SENTRY9:
        raise answers.internal_error()
    if ask.dialect is Dialect.GLITCHTIP:
        return _glitchtip(ask, ask.args("project"))
    direct = _direct_hit(ask)
    if direct is not None:
        return direct
    window = ask.window()
    found = _matching(ask, ask.projects(), window, _terms(ask))
    view = ask.world.view(window, stats=ask.arg("groupStatsPeriod", "24h"), expand=_expand(ask))
    page = _sentry_page(ask, found, window)
    return _answer(ask, page, len(found), lambda issue: _collapsed(ask, shapes.listed_in_organization(issue, view)))


def in_project(ask: Ask) -> Response:
    """GET projects/{o}/{p}/issues/: lifetime counts."""
    project = ask.project()
    if ask.dialect is Dialect.GLITCHTIP:
        return _glitchtip(ask, [project.slug])
    period = ask.arg("statsPeriod", "24h")
    if period not in _PERIODS:
        raise answers.refuse(400, "Invalid stats_period. Valid choices are '', '24h', and '14d'")
    direct = _direct_hit(ask)
    if direct is not None:
        return direct
    found = _matching(ask, {project.id}, Window(environments=frozenset(ask.args("environment"))), _terms(ask))
    view = ask.world.view(stats=period)
    page = _sentry_page(ask, found, Window())
    return _answer(ask, page, len(found), lambda issue: shapes.listed(issue, view))


def _terms(ask: Ask) -> tuple[Term, ...] | None:
    """The query's terms; None means that the old server found a word it does not know."""
    text = ask.arg("query", DEFAULT_QUERY)
    try:
        terms = query.parse(text)
    except QueryRefused as refused:
        if ask.dialect is Dialect.SENTRY:
            raise answers.refuse(400, str(refused)) from refused
        return None
    return None if any(_is_unknown(term, ask.dialect) for term in terms) else terms


def _is_unknown(term: Term, dialect: Dialect) -> bool:
    """Whether an older server does not know a word; Sentry's own grammar has already refused what it does not."""
    if dialect is Dialect.SENTRY:
        return False
    return term.key in _MODERN or term.negated or (term.key == "is" and term.values[0] not in _OLD_IS[dialect])


def _matching(ask: Ask, projects: set[int], window: Window, terms: tuple[Term, ...] | None) -> list[Issue]:
    if terms is None:
        return []
    now = ask.world.clock()
    narrow = window.bounded or bool(window.environments)
    return [
        issue
        for issue in ask.memory.issues.values()
        if issue.project.id in projects
        and issue.status != "pending_deletion"
        and query.matches(terms, issue, window=window, now=now)
        # Last, since it adds up hours: a question for one issue by its id adds up those of that one.
        and (not narrow or issue.seen_between(window.start, window.end, window.environments))
    ]


def _sentry_page(ask: Ask, found: list[Issue], window: Window) -> paging.Page[Issue]:
    sort, old = ask.arg("sort", "date"), ask.dialect is Dialect.SENTRY9
    if sort not in _SORTS:
        raise answers.internal_error() if old else answers.refuse(400, f"Sort key '{sort}' not supported.")
    hollow = ask.world.switchboard.hollow_pages and not ask.arg("cursor")
    score = _score(sort, window)
    try:
        return paging.by_score(found, score, cursor=ask.arg("cursor"), limit=ask.limit(), hollow=hollow)
    except paging.BadCursor as bad:
        raise answers.internal_error() if old else answers.refuse(400, "Invalid cursor parameter.") from bad


def _score(sort: str, window: Window) -> Callable[[Issue], int]:
    match sort:
        case "freq" | "priority":
            return lambda issue: issue.seen_between(window.start, window.end, window.environments)
        case "new":
            return lambda issue: int(issue.first_seen * 1000)
        case "user":
            return lambda issue: len(issue.users)
        case _:
            return lambda issue: int(issue.last_seen * 1000)


def _direct_hit(ask: Ask) -> Response | None:
    """`shortIdLookup=1` with a short id as the query answers that issue alone."""
    if ask.arg("shortIdLookup") != "1":
        return None
    found = ask.memory.by_short_id(ask.arg("query").strip())
    if found is None:
        return None
    body = [shapes.listed_in_organization(found, ask.world.view(stats="24h"))]
    return answers.reply(body, 200, {"X-Sentry-Direct-Hit": "1"})


def _expand(ask: Ask) -> frozenset[str]:
    return frozenset(ask.args("expand"))


def _collapsed(ask: Ask, body: dict[str, Any]) -> dict[str, Any]:
    dropped = {"unhandled": "isUnhandled"}
    without = {dropped.get(name, name) for name in ask.args("collapse")}
    return {key: value for key, value in body.items() if key not in without}


def _answer(ask: Ask, page: paging.Page[Issue], hits: int, show: Callable[[Issue], dict[str, Any]]) -> Response:
    links = answers.link(
        ask.url_without_cursor(), previous=page.previous, following=page.following, dialect=ask.dialect
    )
    head = {"Link": links, "X-Hits": str(hits), "X-Max-Hits": "1000"}
    return answers.reply([show(issue) for issue in page.rows], 200, head)


def _glitchtip(ask: Ask, named: list[str]) -> Response:
    sort = ask.arg("sort", "-last_seen")
    if sort.removeprefix("-") not in _GLITCHTIP_SORTS:
        raise answers.invalid(["query", "sort"], "Input should be 'last_seen', 'first_seen', 'count' or 'priority'")
    projects = [ask.memory.project(name) for name in named]  # -1 is no project there: the list is empty
    chosen: list[Project | None] = list(ask.memory.projects.values()) if not named else list(projects)
    ids = {project.id for project in chosen if project is not None}
    span = ask.window()
    found = [issue for issue in _matching(ask, ids, Window(), _terms(ask)) if _last_seen_within(issue, span)]
    ordered = sorted(found, key=_glitchtip_key(sort.removeprefix("-")), reverse=sort.startswith("-"))
    try:
        page = paging.opaque(ordered, cursor=ask.arg("cursor"), limit=ask.limit())
    except paging.BadCursor as bad:
        raise answers.invalid(["query", "cursor"], "Invalid cursor") from bad
    view: View = ask.world.view()
    return _answer(ask, page, len(found), lambda issue: shapes.issue(issue, view))


def _last_seen_within(issue: Issue, span: Window) -> bool:
    return (span.start is None or issue.last_seen >= span.start) and (span.end is None or issue.last_seen < span.end)


def _glitchtip_key(sort: str) -> Callable[[Issue], float]:
    match sort:
        case "first_seen":
            return lambda issue: issue.first_seen
        case "count" | "priority":
            return lambda issue: issue.times_seen
        case _:
            return lambda issue: issue.last_seen
