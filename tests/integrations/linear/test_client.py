"""The client takes no answer for data or for success that does not say so itself."""

import time

import pytest

from tests.conformance.trackers import fence
from tests.integrations.linear.canned import answering, fixture
from vedette.errors import RateLimited, Refused, Unauthorised, Unavailable, Uncertain, VedetteError

ODD = (
    b"",
    b"[]",
    b"null",
    b"not json",
    b'{"data": null}',
    b'{"data": {"issueCreate": null}}',
    b'{"data": {"issueCreate": {"success": false, "issue": {"id": "x", "identifier": "ENG-1"}}}}',
    b'{"data": {"issueCreate": {"success": true, "issue": null}}}',
    b'{"data": {"issueCreate": {"success": true, "issue": {"id": "x"}}}}',
)


@pytest.mark.parametrize("body", ODD)
def test_a_create_that_is_not_said_to_be_done_is_uncertain(body: bytes) -> None:
    with answering(body) as client, pytest.raises(Uncertain):
        client.create({}, fence=fence())


@pytest.mark.parametrize("body", ODD[:5])
def test_a_read_without_data_is_not_taken_for_nothing_there(body: bytes) -> None:
    with answering(body) as client, pytest.raises(Unavailable) as told:
        client.issues(["x"])
    assert not isinstance(told.value, Uncertain)


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    ("name", "kind"),
    [("duplicate_id.json", Refused), ("rate_limited.json", RateLimited), ("not_signed_in.json", Unauthorised)],
)
def test_a_refusal_is_what_its_code_says_under_either_status(name: str, kind: type[VedetteError], status: int) -> None:
    with answering(fixture(name), status=status) as client:
        with pytest.raises(kind) as told:
            client.create({}, fence=fence())
        with pytest.raises(kind):
            client.team("ENG")
    assert "linear: Create was refused: " in str(told.value)


def test_a_refused_id_is_told_in_linears_words() -> None:
    with answering(fixture("duplicate_id.json")) as client, pytest.raises(Refused, match="already exists") as told:
        client.create({}, fence=fence())
    assert told.value.status == 400


def test_a_spent_budget_rests_until_its_reset() -> None:
    reset = str(int((time.time() + 90) * 1000))
    headers = {"X_RateLimit_Requests_Remaining": "0", "X_RateLimit_Requests_Reset": reset}
    with (
        answering(fixture("rate_limited.json"), status=400, **headers) as client,
        pytest.raises(RateLimited) as told,
    ):
        client.team("ENG")
    assert told.value.wait is not None
    assert 60 < told.value.wait <= 90


@pytest.mark.parametrize(
    ("status", "kind"),
    [(302, Unauthorised), (401, Unauthorised), (404, Refused), (410, Unavailable), (502, Unavailable)],
)
def test_an_answer_that_is_not_linears_is_judged_by_its_status(status: int, kind: type[VedetteError]) -> None:
    with answering(b"", status=status) as client, pytest.raises(kind) as told:
        client.team("ENG")
    assert "hidden" not in str(told.value)
