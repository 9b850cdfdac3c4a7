"""Requests for access wait for an answer, and are answered as Sentry answers them."""

from typing import Any

import httpx2
import pytest

from tests.sandbox.sentry.test_members import told
from vedette.sandbox.sentry import SentryStandIn

AROUND = "/api/0/organizations/acme/"
WISHES, PROPOSALS = f"{AROUND}access-requests/", f"{AROUND}invite-requests/"
TEAM = "/api/0/teams/acme/checkout/members/"


@pytest.fixture
def wish(sentry: SentryStandIn) -> str:
    """The number of a request: Tor would like to be in Checkout, and Ada asked for him."""
    orders = [{"email": "tor@example.test", "team": "checkout", "requester": "ada@example.test"}]
    return str(sentry.roster(accessRequests=orders)["accessRequests"][0])


def test_a_request_says_who_where_and_for_whom(wish: str, call: httpx2.Client) -> None:
    (row,) = call.get(WISHES).json()
    told_by = (row["id"], row["member"]["email"], row["team"]["slug"], row["requester"]["email"])
    assert told_by == (wish, "tor@example.test", "checkout", "ada@example.test")
    assert call.get(AROUND).json()["pendingAccessRequests"] == 1


@pytest.mark.parametrize(("approved", "inside"), [(True, ["tor@example.test"]), (False, [])])
def test_yes_and_no_are_both_204_and_the_request_is_gone(
    wish: str, call: httpx2.Client, approved: bool, inside: list[str]
) -> None:
    assert told(call, f"{WISHES}{wish}/", {"isApproved": approved})[0] == 204
    assert call.get(WISHES).json() == []
    assert [row["email"] for row in call.get(TEAM).json()] == inside
    assert told(call, f"{WISHES}{wish}/", {"isApproved": approved})[0] == 404


def test_an_answer_that_is_none_is_refused(wish: str, call: httpx2.Client) -> None:
    assert told(call, f"{WISHES}{wish}/", {})[0] == 400
    assert len(call.get(WISHES).json()) == 1


def test_a_request_of_somebody_who_is_in_by_now_is_not_listed(
    wish: str, sentry: SentryStandIn, call: httpx2.Client
) -> None:
    call.post(f"{AROUND}members/2/teams/checkout/")
    assert call.get(WISHES).json() == []
    assert sentry.roster()["accessRequests"] == [wish]


def test_asking_by_joining_makes_one_request_however_often(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.roster(choices={"joins_are_requests": True})
    assert [call.post(f"{AROUND}members/2/teams/checkout/").status_code for _ in range(2)] == [202, 202]
    assert len(call.get(WISHES).json()) == 1


def test_people_who_ask_to_be_invited_are_no_members_yet(sentry: SentryStandIn, call: httpx2.Client) -> None:
    people: list[dict[str, Any]] = [
        {"email": "joe@example.test", "status": "requested_to_join"},
        {"email": "amy@example.test", "status": "requested_to_be_invited", "teams": ["search"]},
    ]
    ids = sentry.roster(members=people)["members"]
    assert len(call.get(f"{AROUND}members/").json()) == 2
    assert call.get(f"{AROUND}members/{ids['amy@example.test'][0]}/").status_code == 404
    rows = call.get(PROPOSALS).json()
    assert [(row["email"], row["inviteStatus"], row["teams"]) for row in rows] == [
        ("amy@example.test", "requested_to_be_invited", ["search"]),
        ("joe@example.test", "requested_to_join", []),
    ]
    told(call, AROUND, {"allowJoinRequests": False})
    assert [row["email"] for row in call.get(PROPOSALS).json()] == ["amy@example.test"]


def test_an_approved_proposal_is_an_invitation_and_a_rejected_one_nothing(call: httpx2.Client) -> None:
    first, second = (
        told(call, PROPOSALS, {"email": f"{name}@example.test", "role": "member"}, "POST")[1]["id"]
        for name in ("amy", "joe")
    )
    status, row = told(call, f"{PROPOSALS}{first}/", {"approve": True, "orgRole": "manager"})
    assert (status, row["inviteStatus"], row["orgRole"], row["pending"]) == (200, "approved", "manager", True)
    assert call.delete(f"{PROPOSALS}{second}/").status_code == 204
    assert [row["email"] for row in call.get(f"{AROUND}members/").json()][2:] == ["amy@example.test"]
    assert call.get(PROPOSALS).json() == []


def test_an_invitation_takes_the_place_of_a_request(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.roster(members=[{"email": "joe@example.test", "status": "requested_to_join"}])
    assert told(call, f"{AROUND}members/", {"email": "joe@example.test"}, "POST")[0] == 201
    assert call.get(PROPOSALS).json() == []
