"""What a stand-in Asana says when misfortune strikes: its own limits and errors, or a page that is not Asana at all."""

from collections.abc import Mapping

from vedette.sandbox.asana.answers import Refusal
from vedette.sandbox.asana.faults import Kind
from vedette.sandbox.stage.answers import Answer
from vedette.sandbox.stage.wire import GATEWAY, HTML, LOGIN, MAINTENANCE, date_after


def _said(status: int, message: str, *, headers: Mapping[str, str] | None = None) -> Answer:
    return Refusal(status, message).answer(headers=headers)


_FIXED = {
    Kind.ERROR_500: _said(500, "Server Error"),
    Kind.ERROR_503: _said(503, "Service unavailable"),
    Kind.CONFLICT: _said(409, "This object is being changed by another request."),
    Kind.MAINTENANCE: Answer(status=503, body=MAINTENANCE, headers=HTML),
    Kind.LOGIN_PAGE: Answer(status=200, body=LOGIN, headers=HTML),
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
    """The 401 of a wrong or revoked token."""
    return _said(401, "Not Authorized", headers={"www-authenticate": 'Bearer realm="asana"'})


def _limited(retry_after: str) -> Answer:
    message = "You have made too many requests recently. Please, be chill."
    return _said(429, message, headers={"retry-after": retry_after})
