"""Misfortunes of the stand-in Linear: each strikes what it is aimed at, and the log says what really happened."""

import time

import httpx2
import pytest

from tests.sandbox.linear.asking import CREATE, Asking
from tests.waiting import until
from vedette.sandbox.jira.judge import judge
from vedette.sandbox.linear import Kind, LinearStandIn

COMMITTED = (Kind.COMMIT_HANG, Kind.COMMIT_RESET, Kind.COMMIT_TRUNCATE, Kind.COMMIT_LATE)


@pytest.mark.parametrize("kind", COMMITTED, ids=str)
def test_an_answer_that_is_lost_was_done_nevertheless(linear: LinearStandIn, kind: Kind) -> None:
    linear.fault(kind, on="create", seconds=0.1)
    with Asking(linear, timeout=0.5) as asking, pytest.raises(httpx2.TransportError):
        asking.create(7)
    assert until(linear.tickets)[0]["key"] == "ENG-1"
    until(lambda: len(linear.log()) == 2)
    verdict = judge(linear.log())
    assert (verdict.tickets, dict(verdict.faults)) == (1, {kind.value: 1})
    assert verdict.late == (kind is Kind.COMMIT_LATE)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (Kind.COMMIT_INTERNAL, 200, "INTERNAL_SERVER_ERROR"),
        (Kind.INTERNAL, 200, "INTERNAL_SERVER_ERROR"),
        (Kind.ERROR_500, 500, "INTERNAL_SERVER_ERROR"),
        (Kind.LIMITED, 400, "RATELIMITED"),
        (Kind.COMPLEX, 400, "RATELIMITED"),
        (Kind.UNAUTHORISED, 401, "AUTHENTICATION_ERROR"),
        (Kind.FORBIDDEN, 403, "FORBIDDEN"),
        (Kind.CONFLICT, 409, "CONFLICT"),
    ],
    ids=str,
)
def test_a_refusal_has_its_status_and_its_code(asking: Asking, kind: Kind, status: int, code: str) -> None:
    asking.linear.fault(kind)
    answer = asking.post(CREATE, input={"teamId": asking.team, "title": "x"})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code)
    assert len(asking.linear.tickets()) == (kind is Kind.COMMIT_INTERNAL)


@pytest.mark.parametrize(("kind", "budget"), [(Kind.LIMITED, "requests"), (Kind.COMPLEX, "complexity")], ids=str)
def test_a_spent_budget_says_in_milliseconds_when_it_is_filled_again(asking: Asking, kind: Kind, budget: str) -> None:
    asking.linear.fault(kind, seconds=3)
    headers = asking.post(CREATE, input={"teamId": asking.team, "title": "x"}).headers
    assert headers[f"x-ratelimit-{budget}-remaining"] == "0"
    assert 0 < int(headers[f"x-ratelimit-{budget}-reset"]) / 1000 - time.time() <= 3


def test_a_fault_strikes_only_what_it_is_aimed_at(asking: Asking) -> None:
    asking.linear.fault(Kind.INTERNAL, on="comment")
    asking.linear.fault(Kind.INTERNAL, on="create", match="issues/2/")
    assert asking.create(1)["identifier"] == "ENG-1"
    title = "boom https://acme.sentry.io/issues/2/"
    assert asking.code(CREATE, input={"teamId": asking.team, "title": title}) == "INTERNAL_SERVER_ERROR"
    assert asking.client.get(f"{asking.linear.url}/_standin/state").json()["queued"] == 1


def test_the_judge_of_a_storm_reads_the_log(asking: Asking) -> None:
    first, second = asking.create(7), asking.create(7)
    asking.pull("transition", key=first["identifier"], status="Done")
    asking.pull("move", key=second["identifier"], project="PAY")
    other = asking.create(8)
    asking.pull("delete", key=other["identifier"])
    verdict = judge(asking.linear.log())
    assert verdict.duplicates == ("https://acme.sentry.io/issues/7",)
    assert verdict.standing_duplicates == ()
    assert verdict.histories["https://acme.sentry.io/issues/8"].open_now == 0
    assert dict(verdict.operations) == {"create": 3, "transition": 1, "move": 1, "delete": 1}


def test_wrong_credentials_are_refused_and_so_are_revoked_ones(asking: Asking) -> None:
    query = {"query": "{ viewer { id } }"}
    wrong = httpx2.post(asking.linear.endpoint, json=query, headers={"authorization": "Bearer lin_api_sandbox"})
    assert wrong.status_code == 401
    asking.pull("config", revoked=True)
    assert asking.post("{ viewer { id } }").status_code == 401


def test_a_fault_that_does_not_exist_is_refused(asking: Asking) -> None:
    answer = asking.client.post(f"{asking.linear.url}/_standin/faults", json={"kind": "reset", "on": "creat"})
    assert answer.status_code == 400
    assert "creat" in answer.json()["error"]
