"""Application: every path of the stand-in, and who may walk it."""

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vedette.sandbox.sentry import (
    answers,
    control_routes,
    event_routes,
    event_tables,
    ingest_routes,
    issue_routes,
    organization_routes,
    outcome_routes,
    pages,
    roster_orders,
    roster_paths,
    searching,
    shifting,
)
from vedette.sandbox.sentry.desk import Ask, Handler, World
from vedette.sandbox.sentry.faults import App, Gate
from vedette.sandbox.sentry.records import Exchange
from vedette.sandbox.sentry.settings import Dialect

Endpoint = Callable[[Request], Awaitable[Response]]
Methods = dict[str, Handler]

_ORGANIZATION = "/api/0/organizations/{organization}"
_PROJECT = "/api/0/projects/{organization}/{project}"
_ISSUE: Methods = {"GET": issue_routes.detail, "PUT": issue_routes.change, "DELETE": issue_routes.remove}
_NOTES: Methods = {"GET": issue_routes.comments, "POST": issue_routes.add_comment}
_HASHES: Methods = {"GET": issue_routes.hashes, "DELETE": issue_routes.unmerge}
_BULK: Methods = {"PUT": issue_routes.bulk_change, "DELETE": issue_routes.bulk_remove}

#: What hangs on one issue, below `organizations/{o}/` and, as the older form, right below /api/0/.
_OF_ISSUE: dict[str, Methods] = {
    "/issues/{issue}/": _ISSUE,
    "/issues/{issue}/events/": {"GET": event_routes.of_issue},
    "/issues/{issue}/events/{event}/": {"GET": event_routes.one},
    "/issues/{issue}/hashes/": _HASHES,
    "/issues/{issue}/tags/": {"GET": issue_routes.tags},
    "/issues/{issue}/tags/{key}/": {"GET": issue_routes.tag},
    "/issues/{issue}/tags/{key}/values/": {"GET": issue_routes.tag_values},
    "/issues/{issue}/comments/": _NOTES,
    "/issues/{issue}/notes/": _NOTES,
    "/issues/{issue}/external-issues/": {"GET": issue_routes.external_issues},
}

_COMMON: dict[str, Methods] = {
    "/api/0/": {"GET": organization_routes.root},
    "/api/0/organizations/": {"GET": organization_routes.organizations},
    f"{_ORGANIZATION}/": {"GET": organization_routes.organization, "PUT": organization_routes.change},
    f"{_ORGANIZATION}/issues/": _BULK | {"GET": searching.in_organization},
    f"{_PROJECT}/issues/": _BULK | {"GET": searching.in_project},
    f"{_PROJECT}/events/": {"GET": event_routes.of_project},
    f"{_PROJECT}/events/{{event}}/": {"GET": event_routes.by_project},
    **{f"/api/0{path}": methods for path, methods in _OF_ISSUE.items()},
    **roster_paths.COMMON,
}

#: What only Sentry has, from 9 on; GlitchTip answers these with its single page.
_SENTRY_ONLY: dict[str, Methods] = {
    f"{_ORGANIZATION}/eventids/{{event}}/": {"GET": event_routes.by_id},
    f"{_ORGANIZATION}/shortids/{{short}}/": {"GET": organization_routes.short_id},
    f"{_ORGANIZATION}/sentry-app-installations/": {"GET": organization_routes.installations},
    "/api/0/sentry-app-installations/{uuid}/external-issues/": {"POST": organization_routes.add_external_issue},
    **roster_paths.SENTRY_ONLY,
}

#: What came after 9.1.2.
_MODERN_ONLY: dict[str, Methods] = {
    f"{_ORGANIZATION}/events/": {"GET": event_tables.table},
    f"{_ORGANIZATION}/events-timeseries/": {"GET": event_tables.timeseries},
    f"{_ORGANIZATION}/stats_v2/": {"GET": outcome_routes.stats},
    **{f"{_ORGANIZATION}{path}": methods for path, methods in _OF_ISSUE.items()},
    **roster_paths.MODERN_ONLY,
}

#: No token: SDKs show a DSN key, people look, tests command.
_OPEN: dict[str, Methods] = {
    "/api/{project:int}/envelope/": {"POST": ingest_routes.receive_envelope},
    "/api/{project:int}/store/": {"POST": ingest_routes.receive_event},
    "/": {"GET": pages.home},
    "/organizations/{organization}/issues/{issue:int}/": {"GET": pages.issue},
    "/organizations/{organization}/issues/{issue:int}/events/{event}/": {"GET": pages.issue},
    "/{organization}/{project}/issues/{issue:int}/": {"GET": pages.issue},
    "/{project}/issues/{issue:int}": {"GET": pages.issue},
    "/_standin/issues": {"POST": control_routes.seed},
    "/_standin/resolve": {"POST": control_routes.change_status},
    "/_standin/alert": {"POST": control_routes.alert},
    "/_standin/unmerge": {"POST": control_routes.unmerge},
    "/_standin/arrivals": {"POST": control_routes.pour, "DELETE": control_routes.drop},
    "/_standin/outcomes": {"POST": control_routes.outcomes},
    "/_standin/shifts": {"POST": control_routes.shifts},
    "/_standin/faults": {"POST": control_routes.faults, "GET": control_routes.show_faults},
    "/_standin/roster": {"POST": roster_orders.obey, "GET": roster_orders.show},
    "/_standin/hooks": {"GET": control_routes.hooks, "POST": control_routes.subscribe},
}


def build(world: World) -> App:
    """The ASGI application of one stand-in, its faults in front."""
    guarded = {**_COMMON, **_extra(world.config.dialect)}
    routes = [_route(world, path, methods, guard=True) for path, methods in guarded.items()]
    routes += [_route(world, path, methods, guard=False) for path, methods in _OPEN.items()]
    application = Starlette(routes=routes, exception_handlers={404: _unknown(world), Exception: _broken})
    # A path without its final slash is an unknown path, as it is there.
    application.router.redirect_slashes = False
    return Gate(application, world.switchboard)


def _extra(dialect: Dialect) -> dict[str, Methods]:
    match dialect:
        case Dialect.SENTRY:
            return _SENTRY_ONLY | _MODERN_ONLY
        case Dialect.SENTRY9:
            return _SENTRY_ONLY
        case Dialect.GLITCHTIP:
            # The issue's path exists there, but not for reading.
            return {
                f"{_ORGANIZATION}/issues/{{issue}}/": {},
                f"{_ORGANIZATION}/stats_v2/": {"GET": outcome_routes.glitchtip_stats},
            }


def _route(world: World, path: str, methods: Methods, *, guard: bool) -> Route:
    async def endpoint(request: Request) -> Response:
        ask = Ask(world, request, await request.body(), _token(request))
        response = _answer(ask, methods, guard=guard)
        if world.exchanges is not None:
            world.exchanges.append(_exchange(ask, response))
        if guard:
            shifting.shift(world.memory, world.shifts, request.url.path, now=world.clock())
        return response

    return Route(path, endpoint, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])


def _answer(ask: Ask, methods: Methods, *, guard: bool) -> Response:
    try:
        if guard:
            _admit(ask)
        handler = methods.get("GET" if ask.request.method == "HEAD" else ask.request.method)
        return answers.wrong_method(ask.dialect) if handler is None else handler(ask)
    except answers.Refusal as refusal:
        return refusal.response


def _exchange(ask: Ask, response: Response) -> Exchange:
    request = ask.request
    return Exchange(
        request.method,
        request.url.path,
        request.url.query,
        dict(request.headers),
        ask.raw,
        response.status_code,
        dict(response.headers),
        bytes(response.body),
    )


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _admit(ask: Ask) -> None:
    """Token, then right to change, then organisation: the order in which Sentry refuses."""
    config = ask.world.config
    known = config.tokens + config.read_only_tokens + config.integration_tokens
    if ask.world.switchboard.denied or ask.token not in known:
        raise answers.unauthorised(ask.dialect, token=ask.token)
    if ask.request.method not in {"GET", "HEAD"} and ask.token in config.read_only_tokens:
        raise answers.forbidden(ask.dialect)
    organization = ask.request.path_params.get("organization", config.organization)
    if organization not in {config.organization, "2"}:
        raise answers.not_found(ask.dialect)


def _unknown(world: World) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, _: Exception) -> Response:
        return answers.unknown_path(request.url.path, world.config.dialect)

    return answer


async def _broken(_: Request, failure: Exception) -> Response:
    return answers.reply({"detail": "Internal Error", "errorId": type(failure).__name__}, 500)
