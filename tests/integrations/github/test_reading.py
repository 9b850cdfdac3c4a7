"""GitHub's own answers are read tolerantly: keys of next year, texts for labels, line ends of a browser."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from vedette.errors import RateLimited, Refused
from vedette.integrations.github.outcomes import GitHubTalker
from vedette.integrations.github.reading import Reader, address
from vedette.integrations.github.statuses import Statuses
from vedette.model.tickets import TicketState
from vedette.ports.http import Answer

FIXTURES = Path(__file__).parents[2] / "fixtures" / "github"
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def fixture(name: str) -> Any:
    """An answer of GitHub's in its shape, with invented values."""
    return json.loads((FIXTURES / name).read_bytes())


def test_a_closed_issue_is_read_whole() -> None:
    ticket = Reader("github", Statuses()).ticket(fixture("issue_closed_not_planned.json"), as_of=NOW)
    assert (ticket.ref.key, ticket.ref.id) == ("acme/workbench#17", "0123456789abcdef")
    assert ticket.ref.url == "https://github.com/acme/workbench/issues/17"
    assert (ticket.state, ticket.status, ticket.resolution) == (TicketState.WONT_DO, "not_planned", "not_planned")
    assert (ticket.stamp, ticket.labels) == ("vedette-default-4711-main-1", ("sentry", "vedette"))
    assert ticket.closed_at == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def test_an_issue_of_which_hardly_anything_is_told_is_read_too() -> None:
    ticket = Reader("github", Statuses()).ticket({"number": 7, "url": "https://x.test/repos/a/b/issues/7"}, as_of=NOW)
    assert (ticket.ref.key, ticket.state, ticket.created_at) == ("a/b#7", TicketState.OPEN, None)


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("completed", TicketState.DONE),
        ("not_planned", TicketState.WONT_DO),
        ("duplicate", TicketState.WONT_DO),
        (None, TicketState.DONE),
        ("a reason of next year", TicketState.DONE),
    ],
)
def test_the_reason_of_a_closing_tells_done_from_wont_do(reason: str | None, state: TicketState) -> None:
    issue = fixture("issue_closed_not_planned.json") | {"state_reason": reason}
    assert Reader("github", Statuses()).ticket(issue, as_of=NOW).state is state


@pytest.mark.parametrize("key", ["", "acme/workbench", "#7", "acme/workbench#", "acme/workbench#x"])
def test_what_is_no_address_is_refused(key: str) -> None:
    with pytest.raises(Refused, match="is no address of an issue, such as owner/repository#12"):
        address(key)


@pytest.mark.parametrize(
    ("name", "status", "error", "sentence"),
    [
        ("validation_failed.json", 422, Refused, "Validation Failed; assignees: invalid ('nobody')"),
        ("secondary_rate_limit.json", 403, RateLimited, "GitHub asks for patience"),
    ],
)
def test_recorded_refusals_are_sorted(name: str, status: int, error: type[Exception], sentence: str) -> None:
    talker = GitHubTalker("github", base_url="http://127.0.0.1:9", headers={}, timeout=1.0, secrets=())
    headers = httpx2.Headers({"content-type": "application/json"})
    answer = Answer(status=status, headers=headers, body=(FIXTURES / name).read_bytes())
    with pytest.raises(error) as told:
        talker.judge(answer, method="POST", path="/repos/acme/workbench/issues")
    assert sentence in str(told.value)
    talker.close()
