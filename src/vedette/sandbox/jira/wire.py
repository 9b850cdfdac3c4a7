"""What a stand-in Jira says when misfortune strikes: its own limits and errors, or a page that is not Jira at all."""

from vedette.sandbox.jira.answers import json_answer
from vedette.sandbox.jira.faults import Kind
from vedette.sandbox.stage.answers import Answer
from vedette.sandbox.stage.wire import GATEWAY, HTML, LOGIN, MAINTENANCE, date_after


def _said(status: int, message: str) -> Answer:
    return json_answer({"errorMessages": [message], "errors": {}}, status=status)


_LOGIN_HEADERS = {**HTML, "x-seraph-loginreason": "AUTHENTICATED_FAILED"}
_FIXED = {
    Kind.ERROR_500: _said(500, "Internal server error"),
    Kind.ERROR_503: _said(503, "Service unavailable"),
    Kind.CONFLICT: _said(409, "The issue is being changed by another request."),
    Kind.MAINTENANCE: Answer(status=503, body=MAINTENANCE, headers=HTML),
    Kind.LOGIN_PAGE: Answer(status=200, body=LOGIN, headers=_LOGIN_HEADERS),
    Kind.COMMIT_502: Answer(status=502, body=GATEWAY, headers=HTML),
}


def instead(kind: Kind, *, seconds: int) -> Answer:
    """Return the answer that a fault gives in place of the right one."""
    match kind:
        case Kind.LIMIT_SECONDS:
            return _limited(str(seconds))
        case Kind.LIMIT_DATE:
            return _limited(date_after(seconds))
        case Kind.UNAUTHORISED:
            return unauthorised()
        case _:
            return _FIXED[kind]


def unauthorised() -> Answer:
    """The 401 of wrong or revoked credentials."""
    return json_answer(
        {"errorMessages": ["Client must be authenticated to access this resource."], "errors": {}},
        status=401,
        headers={"www-authenticate": 'OAuth realm="jira"', "x-seraph-loginreason": "AUTHENTICATED_FAILED"},
    )


def _limited(retry_after: str) -> Answer:
    return json_answer(
        {"errorMessages": ["Rate limit exceeded."], "errors": {}},
        status=429,
        headers={
            "retry-after": retry_after,
            "ratelimit-reason": "jira-burst-based",
            "x-ratelimit-limit": "100",
            "x-ratelimit-remaining": "0",
        },
    )
