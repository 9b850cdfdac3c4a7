"""Outcomes: what an answer with `errors` means, whatever its status; a 200 may be a failure.

The law: a write counts as not done only under a code by which Linear says that it refused before it began. Every other
code, and none at all, leaves a write uncertain.
"""

import time
from collections.abc import Sequence
from typing import Any

import msgspec

from vedette.errors import RateLimited, Refused, Unauthorised, Unavailable, Uncertain, VedetteError
from vedette.ports.http import Answer, retry_after

Json = dict[str, Any]

LIMITED = "RATELIMITED"
_STRANGER = frozenset({"AUTHENTICATION_ERROR", "UNAUTHENTICATED"})
_FORBIDDEN = frozenset({"FORBIDDEN", "FEATURE_NOT_ACCESSIBLE", "USAGE_LIMIT_EXCEEDED"})
# The reading, the checking and the look-up of what an input names all come before the first change.
_WRONG = frozenset(
    {"INPUT_ERROR", "INVALID_INPUT", "USER_ERROR", "BAD_USER_INPUT", "BAD_REQUEST"}
    | {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"}
)
NOTHING_DONE = frozenset({LIMITED}) | _STRANGER | _FORBIDDEN | _WRONG
_BUDGETS = ("requests", "complexity", "endpoint-requests")
_LONGEST_WORDS = 500
_LONGEST_WAIT = 24 * 3600.0


def body_of(answer: Answer) -> Json | None:
    """The answer's JSON object, or None where it is none."""
    try:
        body = answer.json()
    except msgspec.DecodeError:
        return None
    return body if isinstance(body, dict) else None


def errors_of(body: Json | None) -> list[Json]:
    """The entries of `errors`; [] where there are none."""
    listed = (body or {}).get("errors")
    return [each if isinstance(each, dict) else {} for each in listed] if isinstance(listed, list) else []


def words_of(errors: Sequence[Json], *, secrets: Sequence[str]) -> str:
    """Linear's own words, those that it means for people first."""
    told = "; ".join(dict.fromkeys(" ".join(_words(each).split()) for each in errors))
    for secret in secrets:
        told = told.replace(secret, "…")
    return told[:_LONGEST_WORDS]


def _words(error: Json) -> str:
    message, shown = str(error.get("message") or ""), str(_extensions(error).get("userPresentableMessage") or "")
    return f"{message} ({shown})" if message and shown and shown != message else shown or message


def _extensions(error: Json) -> Json:
    found = error.get("extensions")
    return found if isinstance(found, dict) else {}


def _code(error: Json) -> str:
    # An older interface wrote the type alone: "invalid input".
    found = _extensions(error)
    return str(found.get("code") or found.get("type") or "").upper().replace(" ", "_")


def failed_read(what: str, answer: Answer, errors: Sequence[Json], *, told: str) -> VedetteError:
    """The error of a read that was answered with errors."""
    codes = {_code(each) for each in errors}
    return _clear(what, answer, codes, told=told) or Unavailable(f"{what} failed: {told or 'without a reason'}")


def failed_write(what: str, answer: Answer, body: Json, *, told: str) -> VedetteError:
    """The error of a write that was answered with errors: `Uncertain` unless every code says that nothing was done."""
    data = body.get("data")
    began = isinstance(data, dict) and any(value is not None for value in data.values())
    codes = {_code(each) for each in errors_of(body)}
    clear = None if began else _clear(what, answer, codes, told=told)
    return clear or Uncertain(f"{what} ended in an error, and may have been done: {told or 'without a reason'}")


def _clear(what: str, answer: Answer, codes: set[str], *, told: str) -> VedetteError | None:
    if not codes or not codes <= NOTHING_DONE:
        return None
    message = f"{what} was refused: {told}"
    if LIMITED in codes:
        return RateLimited(message, wait=wait_of(answer, now=time.time()))
    if codes & _STRANGER:
        return Unauthorised(f"{message}: check the token")
    return Refused(message, status=403 if codes & _FORBIDDEN else 400)


def wait_of(answer: Answer, *, now: float) -> float | None:
    """Seconds until the spent budget is filled again; None where the answer does not say.

    Each budget has its own headers, its reset in milliseconds since 1970: https://linear.app/developers/rate-limiting
    """
    named = retry_after(answer)
    if named is not None:
        return named
    resets = [_reset(answer, each) for each in _BUDGETS if answer.headers.get(f"x-ratelimit-{each}-remaining") == "0"]
    known = [each for each in resets or [_reset(answer, _BUDGETS[0])] if each is not None]
    return min(max(1.0, max(known) / 1000 - now), _LONGEST_WAIT) if known else None


def _reset(answer: Answer, budget: str) -> int | None:
    text = answer.headers.get(f"x-ratelimit-{budget}-reset", "").strip()
    return int(text) if text.isdecimal() else None
