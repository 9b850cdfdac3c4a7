"""Event routes: occurrences, one by one and in lists."""

from starlette.responses import Response

from vedette.sandbox.sentry import answers, event_lists, event_shapes, paging
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.issue_routes import offset_page
from vedette.sandbox.sentry.query import Window
from vedette.sandbox.sentry.records import Occurrence
from vedette.sandbox.sentry.settings import Dialect

_NAMED = {"latest": -1, "oldest": 0, "recommended": -1}


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
    """GET a project's events, newest first; only today's Sentry takes start and end, and none a query."""
    project, view = ask.project(), ask.world.view()
    bounded = ask.dialect is Dialect.SENTRY and not ask.world.switchboard.dateless
    window = ask.window() if bounded else Window()
    is_glitchtip = ask.dialect is Dialect.GLITCHTIP
    found = event_lists.newest_first(ask.memory, project, window)
    try:
        page = paging.slipping(
            event_lists.last_come_first(ask.memory, project) if is_glitchtip else found,
            cursor=ask.arg("cursor"),
            limit=100,
            opaque=is_glitchtip,
        )
    except paging.BadCursor as bad:
        raise _bad_cursor(ask) from bad
    # GlitchTip knows no full list, and gives what it has, in which the stacks are.
    full = ask.arg("full") in {"true", "1"} and not is_glitchtip
    events = [event_lists.occurrence(ask.memory, each) for each in page.rows]
    rows = [
        event_shapes.detailed(event, view, siblings=[]) if full else event_shapes.listed(event, view)
        for event in events
    ]
    more = page.following[1] or (ask.world.switchboard.hollow_pages and bool(rows))
    following = (page.following[0], more)
    links = answers.link(ask.url_without_cursor(), previous=page.previous, following=following, dialect=ask.dialect)
    return answers.reply(rows, 200, {"Link": links})


def _bad_cursor(ask: Ask) -> answers.Refusal:
    match ask.dialect:
        case Dialect.SENTRY:
            return answers.refuse(400, "Invalid cursor parameter.")
        case Dialect.SENTRY9:
            return answers.internal_error()
        case Dialect.GLITCHTIP:
            return answers.invalid(["query", "cursor"], "Invalid cursor")


def by_project(ask: Ask) -> Response:
    """GET one event of a project: 404 until it is stored."""
    name = ask.path("event").replace("-", "")
    found = ask.memory.occurrences.get(name) or ask.memory.made_up.get(name)
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
