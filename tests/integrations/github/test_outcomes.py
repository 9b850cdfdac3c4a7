"""GitHub's ways of saying no, each sorted by its remedy, in words that hold no secret."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.conformance.trackers import Trouble, draft_of, fence
from tests.integrations.github.standing import GitHubCase, standing, with_repository
from vedette.errors import RateLimited, Refused, Unauthorised, Unavailable, Uncertain, VedetteError
from vedette.integrations.github.outcomes import GitHubTalker, Moved, Stranger, words
from vedette.ports.http import Answer
from vedette.sandbox.github import Kind

TOKEN = "ghp_very-secret"
UNICORN = b"<html><head><title>Unicorn! &middot; GitHub</title></head><body>No server is available</body></html>"


@pytest.fixture
def talker() -> Iterator[GitHubTalker]:
    made = GitHubTalker("github", base_url="http://127.0.0.1:9", headers={}, timeout=1.0, secrets=(TOKEN,))
    yield made
    made.close()


def answer(status: int, body: Any = None, **headers: str) -> Answer:
    """An answer of GitHub's, or a page; header names are given with underscores."""
    kind = "text/html" if isinstance(body, bytes) and body.startswith(b"<") else "application/json; charset=utf-8"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    raw = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    return Answer(status=status, headers=httpx2.Headers({"content-type": kind, **named}), body=raw)


SECONDARY = {"message": "You have exceeded a secondary rate limit."}
SPENT = {"message": "API rate limit exceeded for installation ID 1."}


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (answer(403, SECONDARY, retry_after="7"), RateLimited),
        (answer(403, SECONDARY), RateLimited),
        (answer(403, SPENT), RateLimited),
        (answer(403, {}, x_ratelimit_remaining="0"), RateLimited),
        (answer(429, SECONDARY), RateLimited),
        (answer(403, {"message": "You have triggered an abuse detection mechanism."}), RateLimited),
        (answer(403, {"message": "Resource not accessible by personal access token"}), Refused),
        (answer(403, {"message": "Sorry. Your account was suspended"}), Unauthorised),
        (answer(401, {"message": "Bad credentials"}), Stranger),
        (answer(200, b"<html>log in</html>"), Unauthorised),
        (answer(404, {"message": "Not Found"}), Refused),
        (answer(410, {"message": "This issue was deleted"}), Refused),
        (answer(410), Refused),
        (answer(422, {"message": "Validation Failed"}), Refused),
        (answer(451, {"message": "Repository access blocked"}), Refused),
        (answer(409, {"message": "Conflict"}), Unavailable),
        (answer(408), Unavailable),
        (answer(500, {"message": "Server Error"}), Unavailable),
        (answer(502, UNICORN), Unavailable),
        (answer(503, b"<html>maintenance</html>"), Unavailable),
        (answer(301, {"message": "Moved Permanently"}, location="http://x.test/1"), Moved),
    ],
    ids=lambda value: f"{value.status} {value.body[:40]!r}" if isinstance(value, Answer) else value.__name__,
)
def test_each_status_is_sorted_by_its_remedy(talker: GitHubTalker, said: Answer, error: type[Exception]) -> None:
    with pytest.raises(VedetteError) as told:
        talker.judge(said, method="GET", path="/repos/acme/workbench")
    assert type(told.value) is error
    assert "GET /repos/acme/workbench" in str(told.value)
    assert str(said.status) in str(told.value) or said.status == 200


def test_a_redirected_write_was_not_done_and_comes_back(talker: GitHubTalker) -> None:
    moved = answer(307, {"message": "Moved"}, location="http://x.test/1")
    with pytest.raises(Unavailable, match="moved or renamed just now"):
        talker.judge(moved, method="PATCH", path="/repos/acme/workbench/issues/1")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7"}, (7, 7)),
        ({}, (60, 60)),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "+900"}, (800, 900)),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "+9000000"}, (3600, 3600)),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "1"}, (1, 1)),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "soon"}, (60, 60)),
        ({"x_ratelimit_remaining": "12", "x_ratelimit_reset": "+900"}, (60, 60)),
    ],
    ids=str,
)
def test_the_wait_is_what_github_asks_for(
    talker: GitHubTalker, headers: dict[str, str], seconds: tuple[float, float]
) -> None:
    since = {
        name: str(int(time.time()) + int(text)) if text.startswith("+") else text for name, text in headers.items()
    }
    with pytest.raises(RateLimited) as told:
        talker.judge(answer(403, SECONDARY, **since), method="POST", path="/x")
    assert told.value.wait is not None
    assert seconds[0] <= told.value.wait <= seconds[1]


def test_a_refusal_carries_githubs_words_per_field() -> None:
    errors = [
        {"resource": "Issue", "code": "invalid", "field": "assignees", "value": "nobody"},
        {"resource": "Issue", "code": "custom", "field": "body", "message": "body is too long"},
        {"resource": "Issue", "code": "unprocessable"},
        "and in plain words",
        None,
    ]
    message, fields = words(answer(422, {"message": "Validation Failed", "errors": errors}))
    assert fields == {"assignees": "assignees: invalid ('nobody')", "body": "body: body is too long"}
    assert message == (
        "Validation Failed; assignees: invalid ('nobody'); body: body is too long; Issue: unprocessable; "
        "and in plain words"
    )


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'"x"', b'{"errors": "x"}', b'{"message": null}'])
def test_words_that_are_none_are_borne(body: bytes) -> None:
    assert words(answer(422, body)) == ("", {})


def test_no_token_and_no_query_stands_in_a_message() -> None:
    message, fields = words(
        answer(422, {"message": f"at /x?token={TOKEN}", "errors": [{"field": "a", "code": TOKEN}]}), secrets=(TOKEN,)
    )
    assert TOKEN not in message + str(fields)
    assert "?" not in message


def test_words_without_end_are_cut() -> None:
    assert len(words(answer(422, {"message": "x" * 9000}))[0]) == 500


# What a person reads of each trouble: it says what happened, where, and what to change.
@pytest.fixture
def case() -> Iterator[GitHubCase]:
    with standing(timeout=5.0) as running:
        yield running


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"visible": False}, r"POST /repos/acme/workbench/issues answered 404: Not Found"),
        ({"has_issues": False}, r"answered 410: Issues has been disabled in this repository"),
        ({"archived": True}, r"answered 403: Repository was archived so is read-only"),
    ],
)
def test_a_place_that_takes_no_tickets_ends_in_githubs_own_sentence(
    case: GitHubCase, changes: dict[str, bool], sentence: str
) -> None:
    case.github.on_loop(lambda state: state.configure(with_repository(state.config, **changes)))
    with pytest.raises(Refused, match=sentence):
        case.tracker.create(draft_of(case), fence=fence())
    assert case.held() == []


@pytest.mark.parametrize(
    ("kind", "error"),
    [(Kind.LIMIT_SECONDS, RateLimited), (Kind.UNAUTHORISED, Unauthorised), (Kind.COMMIT_502, Uncertain)],
)
def test_a_write_that_failed_says_whether_it_may_have_been_done(
    case: GitHubCase, kind: Kind, error: type[Exception]
) -> None:
    case.github.fault(kind, on="create")
    with pytest.raises(error):
        case.tracker.create(draft_of(case), fence=fence())
    assert len(case.held()) == (kind is Kind.COMMIT_502)


def test_a_comment_on_a_locked_issue_is_refused_in_githubs_words(case: GitHubCase) -> None:
    ref = case.tracker.create(draft_of(case), fence=fence())
    case.behind("edit", key=ref.key, locked=True)
    case.github.on_loop(lambda state: state.configure(with_repository(state.config, role="triage")))
    with pytest.raises(Refused, match="403: Unable to create comment because issue is locked"):
        case.tracker.comment(ref, draft_of(case).body, marker="m-1", fence=fence())


def test_an_answer_that_is_no_issue_is_uncertain_and_never_a_ticket(case: GitHubCase) -> None:
    case.trouble(Trouble.TRUNCATED_AFTER_COMMIT)
    with pytest.raises(Uncertain):
        case.tracker.create(draft_of(case), fence=fence())
    assert len(case.held()) == 1
