"""Outcomes: which answers of Linear's mean that nothing was done, and how long it wants to be left alone."""

import json
import time
from typing import Any

import httpx2
import pytest

from vedette.errors import RateLimited, Refused, Unauthorised, Unavailable, Uncertain, VedetteError
from vedette.integrations.linear.outcomes import NOTHING_DONE, failed_read, failed_write, wait_of, words_of
from vedette.ports.http import Answer


def refusal(*codes: str, data: Any = None, key: str = "code") -> dict[str, Any]:
    """An answer with errors of these codes."""
    return {"data": data, "errors": [{"message": "no", "extensions": {key: each} if each else {}} for each in codes]}


def answer(headers: dict[str, str] | None = None) -> Answer:
    return Answer(status=200, headers=httpx2.Headers(headers or {}), body=b"")


def written(body: dict[str, Any]) -> VedetteError:
    return failed_write("linear: Create", answer(), body, told="no")


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        (("INPUT_ERROR",), Refused),
        (("INVALID_INPUT",), Refused),
        (("GRAPHQL_VALIDATION_FAILED",), Refused),
        (("FORBIDDEN",), Refused),
        (("FEATURE_NOT_ACCESSIBLE",), Refused),
        (("AUTHENTICATION_ERROR",), Unauthorised),
        (("RATELIMITED",), RateLimited),
        (("RATELIMITED", "INPUT_ERROR"), RateLimited),
        (("INTERNAL_SERVER_ERROR",), Uncertain),
        (("LOCK_TIMEOUT",), Uncertain),
        (("SOMETHING_NEW",), Uncertain),
        (("",), Uncertain),
        (("INPUT_ERROR", "INTERNAL_SERVER_ERROR"), Uncertain),
    ],
)
def test_a_write_is_not_done_only_under_a_code_that_says_so(codes: tuple[str, ...], kind: type[VedetteError]) -> None:
    assert type(written(refusal(*codes))) is kind


@pytest.mark.parametrize("code", sorted(NOTHING_DONE))
def test_a_write_that_gave_data_beside_its_errors_is_uncertain_whatever_the_code(code: str) -> None:
    assert type(written(refusal(code, data={"issueCreate": {"success": True}}))) is Uncertain
    assert type(written(refusal(code, data={"issueCreate": None}))) is not Uncertain


def test_an_older_answer_that_names_only_the_type_is_understood() -> None:
    assert type(written(refusal("invalid input", key="type"))) is Refused


def test_a_forbidden_write_is_told_apart_from_a_wrong_one() -> None:
    forbidden, wrong = written(refusal("FORBIDDEN")), written(refusal("INPUT_ERROR"))
    assert isinstance(forbidden, Refused)
    assert isinstance(wrong, Refused)
    assert (forbidden.status, wrong.status) == (403, 400)


def test_a_read_is_never_uncertain() -> None:
    found = failed_read("linear: Team", answer(), refusal("INTERNAL_SERVER_ERROR")["errors"], told="no")
    assert type(found) is Unavailable


def test_the_words_are_linears_own_without_the_token() -> None:
    error = {"message": "conflict", "extensions": {"userPresentableMessage": "the key lin_1 is\n used"}}
    assert words_of([error, error], secrets=("lin_1",)) == "conflict (the key … is used)"
    assert words_of([{"message": "x" * 900}], secrets=()) == "x" * 500


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ratelimit-requests-remaining": "0", "x-ratelimit-requests-reset": "1000030000"}, 30.0),
        ({"x-ratelimit-complexity-remaining": "0", "x-ratelimit-complexity-reset": "1000040000"}, 40.0),
        (
            {
                "x-ratelimit-requests-remaining": "9",
                "x-ratelimit-requests-reset": "1003600000",
                "x-ratelimit-complexity-remaining": "0",
                "x-ratelimit-complexity-reset": "1000020000",
            },
            20.0,
        ),
        ({"x-ratelimit-requests-reset": "1000050000"}, 50.0),
        ({"x-ratelimit-requests-reset": "999"}, 1.0),
        ({"x-ratelimit-requests-reset": "99999999999999"}, 24 * 3600.0),
        ({"x-ratelimit-requests-reset": "soon"}, None),
        ({"retry-after": "7", "x-ratelimit-requests-reset": "1000050000"}, 7.0),
        ({}, None),
    ],
)
def test_the_wait_is_that_of_the_spent_budget(headers: dict[str, str], seconds: float | None) -> None:
    assert wait_of(answer(headers), now=1_000_000.0) == seconds


def test_the_clock_is_milliseconds_since_1970() -> None:
    reset = str(int((time.time() + 5) * 1000))
    found = wait_of(answer({"x-ratelimit-requests-reset": reset}), now=time.time())
    assert found is not None
    assert 3 < found <= 5
    assert json.loads(reset) > 10**12
