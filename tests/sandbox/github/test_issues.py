"""The stand-in GitHub refuses what GitHub refuses, drops what it drops in silence, and redirects what was moved."""

from typing import Any

import httpx2
import pytest

from tests.sandbox.github.asking import WORKBENCH, Asking
from vedette.sandbox.github import GitHubStandIn, amended, demo


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"title": ""}, '"code":"missing_field","field":"title"'),
        ({"title": None}, '"code":"missing_field","field":"title"'),
        ({"title": 7}, "is not a string"),
        ({"title": "x" * 257}, "title is too long (maximum is 256 characters)"),
        ({"body": "x" * 65_537}, "body is too long (maximum is 65536 characters)"),
        ({"labels": "bug"}, "an array of strings was expected"),
        ({"labels": ["x" * 51]}, '"resource":"Label","code":"invalid","field":"name"'),
        ({"labels": [" "]}, '"resource":"Label","code":"invalid","field":"name"'),
        ({"assignees": "lena-lead"}, "an array was expected"),
        ({"assignees": ["nobody"]}, '"code":"invalid","field":"assignees","value":"nobody"'),
        ({"milestone": 9}, '"code":"invalid","field":"milestone","value":9'),
        ({"milestone": "Autumn"}, '"field":"milestone"'),
        ({"type": "Epic"}, '"field":"type","value":"Epic"'),
        ({"state": "closed"}, '\\"state\\" is not a permitted key'),
    ],
    ids=str,
)
def test_a_wrong_issue_is_refused(asking: Asking, fields: dict[str, Any], words: str) -> None:
    answer = asking.creating(**fields)
    assert (answer.status_code, words in answer.text) == (422, True), answer.text
    assert answer.json()["documentation_url"].startswith("https://docs.github.com/")
    assert httpx2.get(f"{asking.url}/_standin/issues").json() == []


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"'])
def test_a_body_that_is_no_object_is_refused(asking: Asking, body: bytes) -> None:
    assert asking.ask("POST", f"{WORKBENCH}/issues", content=body).status_code == 400


def test_what_a_repository_does_not_show_is_not_there(asking: Asking) -> None:
    asking.create()
    asking.rights(visible=False)
    for method, path in (
        ("GET", ""),
        ("GET", "/issues"),
        ("POST", "/issues"),
        ("GET", "/issues/1"),
        ("GET", "/labels/bug"),
    ):
        answer = asking.ask(method, WORKBENCH + path, json={"title": "x"} if method == "POST" else None)
        assert (answer.status_code, answer.json()["message"]) == (404, "Not Found")


def test_issues_that_are_switched_off_are_gone_and_so_are_deleted_ones(asking: Asking) -> None:
    asking.create()
    asking.create()
    asking.control("delete", key="acme/workbench#1")
    assert asking.ask("GET", f"{WORKBENCH}/issues/1").status_code == 410
    asking.rights(has_issues=False)
    answer = asking.creating()
    assert (answer.status_code, answer.json()["message"]) == (410, "Issues has been disabled in this repository.")
    assert asking.ask("GET", f"{WORKBENCH}/issues/2").status_code == 410


def test_an_archived_repository_takes_no_issues(asking: Asking) -> None:
    asking.rights(archived=True)
    assert asking.creating().status_code == 403


@pytest.mark.parametrize(
    ("role", "labels", "assignees", "milestone", "kind"),
    [
        ("read", [], [], "", ""),
        ("triage", ["bug"], ["lena-lead"], "", ""),
        ("write", ["bug", "fresh"], ["lena-lead"], "Autumn", "Bug"),
    ],
)
def test_what_the_bot_has_no_right_to_is_dropped_in_silence(
    asking: Asking, role: str, labels: list[str], assignees: list[str], milestone: str, kind: str
) -> None:
    asking.rights(role=role)
    made = asking.create(labels=["BUG", "fresh"], assignees=["Lena-Lead"], milestone=1, type="bug")
    (kept,) = httpx2.get(f"{asking.url}/_standin/issues").json()
    assert [each["name"] for each in made["labels"]] == kept["labels"]
    assert (kept["assignees"], kept["milestone"], kept["type"]) == (assignees, milestone, kind)
    assert set(kept["labels"]) >= set(labels)
    assert ("fresh" in kept["labels"]) is (role == "write")


def test_labels_cannot_be_added_without_the_right(asking: Asking) -> None:
    asking.create()
    asking.rights(role="read")
    answer = asking.ask("POST", f"{WORKBENCH}/issues/1/labels", json={"labels": ["bug"]})
    assert (answer.status_code, "permission" in answer.text) == (403, True)


def test_a_label_that_is_new_is_made_with_the_right_to_push_and_then_known(asking: Asking) -> None:
    assert asking.ask("GET", f"{WORKBENCH}/labels/fresh").status_code == 404
    asking.create(labels=["fresh"])
    assert asking.ok("GET", f"{WORKBENCH}/labels/FRESH")["name"] == "fresh"


def test_a_locked_issue_takes_comments_of_those_only_who_may_push(asking: Asking) -> None:
    asking.create()
    asking.control("edit", key="acme/workbench#1", locked=True)
    path = f"{WORKBENCH}/issues/1/comments"
    assert asking.ask("POST", path, json={"body": "x"}).status_code == 201
    asking.rights(role="triage")
    answer = asking.ask("POST", path, json={"body": "x"})
    assert (answer.status_code, "locked" in answer.text) == (403, True)


@pytest.mark.parametrize("body", [{}, {"body": " "}, {"body": 7}, {"body": "x", "title": "y"}, {"body": "x" * 65_537}])
def test_a_wrong_comment_is_refused(asking: Asking, body: dict[str, Any]) -> None:
    asking.create()
    assert asking.ask("POST", f"{WORKBENCH}/issues/1/comments", json=body).status_code == 422


def test_a_transferred_issue_redirects_reads_and_writes_to_its_new_place(asking: Asking) -> None:
    asking.create(body="words", labels=["bug"])
    asking.control("move", key="acme/workbench#1", project="acme/payments")
    moved = asking.ask("GET", f"{WORKBENCH}/issues/1")
    assert moved.status_code == 301
    there = asking.client.get(moved.headers["location"]).json()
    assert (there["number"], there["body"], there["html_url"]) == (1, "words", f"{asking.url}/acme/payments/issues/1")
    assert asking.ask("PATCH", f"{WORKBENCH}/issues/1", json={"title": "x"}).status_code == 307
    assert asking.ok("GET", f"{WORKBENCH}/issues", params={"state": "all"}) == []


def test_states_and_their_reasons(asking: Asking) -> None:
    asking.create()
    path = f"{WORKBENCH}/issues/1"

    def edited(**body: Any) -> tuple[str, str | None]:
        answer = asking.ok("PATCH", path, json=body)
        return answer["state"], answer["state_reason"]

    assert edited(state="closed") == ("closed", "completed")
    # A reason is ignored unless the state changes.
    assert edited(state="closed", state_reason="not_planned") == ("closed", "completed")
    assert edited(state="open") == ("open", "reopened")
    assert edited(state="closed", state_reason="not_planned") == ("closed", "not_planned")
    assert asking.ask("PATCH", path, json={"state": "done"}).status_code == 422
    assert asking.ask("PATCH", path, json={"state_reason": "bored"}).status_code == 422


def test_lists_hold_pull_requests_and_are_paged_and_filtered(asking: Asking) -> None:
    for number in range(5):
        asking.create(title=f"Boom {number}", labels=["bug"] if number else [])
    asking.control("pull", project="acme/workbench")
    asking.ok("PATCH", f"{WORKBENCH}/issues/1", json={"state": "closed"})

    def numbers(**query: str) -> list[int]:
        return [each["number"] for each in asking.ok("GET", f"{WORKBENCH}/issues", params=query)]

    assert numbers() == [6, 5, 4, 3, 2]
    assert numbers(state="all", per_page="2", page="3") == [2, 1]
    assert numbers(state="closed") == [1]
    assert numbers(creator="vedette-bot", direction="asc") == [2, 3, 4, 5]
    assert numbers(labels="BUG", state="all", sort="created", direction="asc") == [2, 3, 4, 5]
    first = asking.ask("GET", f"{WORKBENCH}/issues", params={"per_page": "4"})
    assert 'rel="next"' in first.headers["link"]
    assert "pull_request" in first.json()[0]


def test_the_search_lags_and_is_rationed() -> None:
    with GitHubStandIn(amended(demo(), {"searches_per_minute": 2})) as github, Asking.of(github) as asking:
        asking.create(title="Boom")
        assert asking.ok("GET", "/search/issues", params={"q": "Boom"})["total_count"] == 0
        asking.control("config", index_lag=0)
        assert asking.ok("GET", "/search/issues", params={"q": "Boom repo:acme/workbench"})["total_count"] == 1
        spent = asking.ask("GET", "/search/issues", params={"q": "Boom"})
        assert (spent.status_code, spent.headers["x-ratelimit-remaining"]) == (403, "0")


def test_a_stranger_is_told_so(asking: Asking) -> None:
    for header in ({"authorization": "Bearer x"}, {"authorization": "Basic x"}, {}):
        answer = httpx2.get(f"{asking.url}{WORKBENCH}", headers=header)
        assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")
