"""What a stand-in GitHub says when misfortune strikes: its own limits and errors, or a page of somebody else."""

import time
from collections.abc import Mapping

from vedette.sandbox.github.answers import Refusal
from vedette.sandbox.github.faults import Kind
from vedette.sandbox.stage.answers import Answer
from vedette.sandbox.stage.wire import GATEWAY, HTML, LOGIN, MAINTENANCE, date_after

_SECONDARY = (
    "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. "
    "Please retry your request again later."
)


def _said(status: int, message: str, *, headers: Mapping[str, str] | None = None) -> Answer:
    return Refusal(status, message, headers=headers).answer()


_FIXED = {
    Kind.ERROR_500: _said(500, "Server Error"),
    Kind.ERROR_503: _said(503, "Service unavailable"),
    Kind.CONFLICT: _said(409, "Conflict"),
    Kind.MAINTENANCE: Answer(status=503, body=MAINTENANCE, headers=HTML),
    Kind.LOGIN_PAGE: Answer(status=200, body=LOGIN, headers=HTML),
    Kind.COMMIT_502: Answer(status=502, body=GATEWAY, headers=HTML),
}


def instead(kind: Kind, *, seconds: int) -> Answer:
    """The answer that a fault gives in place of the right one; GitHub's own limit is a 403, a proxy's a 429."""
    match kind:
        case Kind.LIMIT_SECONDS:
            return _said(403, _SECONDARY, headers={"retry-after": str(seconds), **budget(left=4321)})
        case Kind.LIMIT_DATE:
            return _said(429, _SECONDARY, headers={"retry-after": date_after(seconds), **budget(left=4321)})
        case Kind.UNAUTHORISED:
            return unauthorised()
        case _:
            return _FIXED[kind]


def unauthorised() -> Answer:
    """The 401 of a wrong, ended or revoked token."""
    return _said(401, "Bad credentials")


def budget(*, left: int, limit: int = 5000, resource: str = "core", ends: float | None = None) -> dict[str, str]:
    """The headers of a budget; the moment of its end is in seconds since 1970."""
    reset = time.time() + 3600 if ends is None else ends
    return {
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-remaining": str(left),
        "x-ratelimit-used": str(limit - left),
        "x-ratelimit-reset": str(int(reset)),
        "x-ratelimit-resource": resource,
    }


def spent(*, limit: int, resource: str, ends: float) -> Refusal:
    """The 403 of a budget that is used up."""
    headers = budget(left=0, limit=limit, resource=resource, ends=ends)
    return Refusal(403, "API rate limit exceeded for user ID 1.", headers=headers)
