"""What a stand-in Linear says when misfortune strikes: its own limits and errors, or a page of somebody else."""

import time

from vedette.sandbox.linear.answers import Refusal, error, json_answer
from vedette.sandbox.linear.faults import Kind
from vedette.sandbox.stage.answers import Answer
from vedette.sandbox.stage.wire import date_after

HTML = {"content-type": "text/html; charset=utf-8"}


def _page(status: int, title: str) -> Answer:
    text = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Answer(status=status, body=text.encode(), headers=HTML)


_BROKEN = Refusal("INTERNAL_SERVER_ERROR", "Internal server error")
_FIXED = {
    Kind.ERROR_500: json_answer({"errors": [error("INTERNAL_SERVER_ERROR", "Internal server error")]}, status=500),
    Kind.INTERNAL: _BROKEN.answer(),
    Kind.COMMIT_INTERNAL: _BROKEN.answer(),
    Kind.CONFLICT: json_answer({"errors": [error("CONFLICT", "The entity is being changed.")]}, status=409),
    Kind.FORBIDDEN: Refusal("FORBIDDEN", "You do not have access to this.", status=403).answer(),
    Kind.MAINTENANCE: _page(503, "Down for maintenance"),
    Kind.LOGIN_PAGE: _page(200, "Log in to your workspace"),
    Kind.COMMIT_502: _page(502, "502 Bad Gateway"),
}


def instead(kind: Kind, *, seconds: int) -> Answer:
    """The answer that a fault gives in place of the right one."""
    match kind:
        case Kind.LIMITED:
            return _limited("Requests", seconds)
        case Kind.COMPLEX:
            return _limited("Complexity", seconds)
        case Kind.LIMIT_DATE:
            after = {"retry-after": date_after(seconds)}
            return Answer(status=429, body=b"Too many requests", headers={"content-type": "text/plain", **after})
        case Kind.UNAUTHORISED:
            return unauthorised()
        case _:
            return _FIXED[kind]


def unauthorised() -> Answer:
    """The refusal of wrong or revoked credentials."""
    return Refusal("AUTHENTICATION_ERROR", "Authentication required, not authenticated", status=401).answer()


def budgets(*, spent: str = "", reset_in: float = 3600.0) -> dict[str, str]:
    """The headers of both budgets; moments are milliseconds since 1970. The budget that is `spent` has nothing left."""
    found: dict[str, str] = {}
    for name, limit in (("Requests", 5000), ("Complexity", 250_000)):
        found[f"x-ratelimit-{name.lower()}-limit"] = str(limit)
        found[f"x-ratelimit-{name.lower()}-remaining"] = "0" if name == spent else str(limit - 1)
        ends = reset_in if name == spent or not spent else 3600.0
        found[f"x-ratelimit-{name.lower()}-reset"] = str(int((time.time() + ends) * 1000))
    return found


def _limited(budget: str, seconds: int) -> Answer:
    refusal = Refusal("RATELIMITED", "Rate limit exceeded. Only 5000 requests are allowed per 1 hour.", status=400)
    return refusal.answer(budgets(spent=budget, reset_in=seconds))
