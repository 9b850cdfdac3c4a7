"""The issue API answers and changes as a running 23.7.1 did."""

from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from vedette.sandbox.sentry import SentryStandIn, StandInConfig
from vedette.sandbox.sentry.hooks import tls

ISSUES = "/api/0/organizations/acme/issues/"


def ago(hours: float) -> float:
    return datetime.now(UTC).timestamp() - hours * 3600


def heaped(sentry: SentryStandIn) -> int:
    heaps = [{"at": ago(50), "count": 60}, {"at": ago(1), "count": 5}]
    return sentry.seed({"project": "checkout", "arrivals": heaps})[0]


def test_a_count_is_text_and_a_user_count_a_number(sentry: SentryStandIn, call: httpx2.Client) -> None:
    heaped(sentry)
    (row,) = call.get(ISSUES).json()
    assert (row["count"], row["userCount"]) == ("65", 0)


@pytest.mark.parametrize("way", ["statsPeriod", "start and end"])
def test_the_count_is_of_the_window_and_the_lifetime_stands_beside_it(
    sentry: SentryStandIn, call: httpx2.Client, way: str
) -> None:
    heaped(sentry)
    start, end = (datetime.fromtimestamp(ago(hours), UTC).isoformat() for hours in (24, 0))
    window = {"statsPeriod": "24h"} if way == "statsPeriod" else {"start": start, "end": end}
    (row,) = call.get(ISSUES, params=window).json()
    assert (row["count"], row["lifetime"]["count"]) == ("5", "65")


def test_an_issue_without_occurrences_in_the_window_is_not_listed(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.seed({"project": "checkout", "lastSeen": ago(50)})
    assert call.get(ISSUES, params={"statsPeriod": "24h"}).json() == []
    assert len(call.get(ISSUES).json()) == 1


def test_a_projects_own_list_has_lifetime_counts_and_no_lifetime_block(
    sentry: SentryStandIn, call: httpx2.Client
) -> None:
    heaped(sentry)
    (row,) = call.get("/api/0/projects/acme/checkout/issues/", params={"statsPeriod": "24h"}).json()
    assert row["count"] == "65"
    assert "lifetime" not in row


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"project": "checkout"}, 1),
        ({"project": ["10", "12"]}, 2),
        ({"project": "-1"}, 2),
        ({"environment": "staging"}, 1),
        ({"query": "is:resolved"}, 0),
        ({"query": ""}, 2),
    ],
)
def test_projects_and_environments_narrow_the_list(
    sentry: SentryStandIn, call: httpx2.Client, params: dict[str, Any], found: int
) -> None:
    sentry.seed({"project": "checkout", "environment": "staging"}, {"project": "search"})
    assert len(call.get(ISSUES, params=params).json()) == found


def walk(call: httpx2.Client, params: dict[str, Any]) -> list[list[str]]:
    pages, cursor, more = [], "", True
    while more:
        answer = call.get(ISSUES, params=params | ({"cursor": cursor} if cursor else {}))
        pages.append([row["id"] for row in answer.json()])
        following = answer.headers["Link"].split(", ")[1]
        more = 'results="true"' in following
        cursor = following.split('cursor="')[1].rstrip('"')
    return pages


def test_pages_follow_the_link_header(sentry: SentryStandIn, call: httpx2.Client) -> None:
    made = sentry.seed(*({"project": "search", "count": number + 1} for number in range(7)))
    pages = walk(call, {"limit": 3, "sort": "freq"})
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [int(number) for page in pages for number in page] == made[::-1]


def test_a_promised_page_may_be_empty(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.seed({"project": "search"})
    sentry.faults(hollow_pages=True)
    assert [len(page) for page in walk(call, {"limit": 5})] == [1, 0]


@pytest.mark.parametrize(
    ("params", "detail"),
    [
        ({"sort": "bogus"}, "Sort key 'bogus' not supported."),
        ({"cursor": "zzz"}, "Invalid cursor parameter."),
        ({"statsPeriod": "bogus"}, "Invalid statsPeriod: 'bogus'"),
        ({"start": "2031-01-01T00:00:00Z"}, "start and end are both required"),
    ],
)
def test_a_bad_argument_is_a_400_in_sentrys_words(call: httpx2.Client, params: dict[str, str], detail: str) -> None:
    answer = call.get(ISSUES, params=params)
    assert (answer.status_code, answer.json()) == (400, {"detail": detail})


@pytest.mark.parametrize(
    ("method", "path", "token", "status", "body"),
    [
        ("GET", ISSUES, "wrong", 401, '{"detail":"Invalid token"}'),
        ("GET", ISSUES, "", 401, '{"detail":"Authentication credentials were not provided."}'),
        ("GET", "/api/0/organizations/other/issues/", None, 404, '{"detail":"The requested resource does not exist"}'),
        ("GET", f"{ISSUES}4999/", None, 404, '{"detail":"The requested resource does not exist"}'),
        ("GET", "/api/0/nosuch/", None, 404, ""),
        ("GET", "/api/0/organizations/acme/issues", None, 404, ""),
        ("PATCH", ISSUES, None, 403, '{"detail":"You do not have permission to perform this action."}'),
        ("PUT", ISSUES, "stand-in-reader", 403, '{"detail":"You do not have permission to perform this action."}'),
    ],
)
def test_refusals_have_their_real_shapes(
    sentry: SentryStandIn, method: str, path: str, token: str | None, status: int, body: str
) -> None:
    shown = sentry.token if token is None else token
    headers = {"Authorization": f"Bearer {shown}"} if shown else {}
    answer = httpx2.request(method, sentry.url + path, headers=headers, trust_env=False, verify=tls())
    assert (answer.status_code, answer.text) == (status, body)
    assert answer.headers["content-type"].startswith("application/json" if body else "text/html")


def test_more_rows_than_a_page_holds_are_cut_down_or_refused(sentry: SentryStandIn, call: httpx2.Client) -> None:
    number = sentry.seed(*({"project": "search"} for _ in range(101)))[0]
    assert len(call.get(ISSUES, params={"limit": 1000}).json()) == 100
    refused = call.get(f"{ISSUES}{number}/events/", params={"per_page": 101})
    assert (refused.status_code, refused.json()["detail"]) == (
        400,
        "Invalid per_page value. Must be between 1 and 100.",
    )


def test_a_resolved_issue_leaves_the_default_list_and_returns_when_reopened(
    sentry: SentryStandIn, call: httpx2.Client
) -> None:
    number = heaped(sentry)
    for status, listed in (("resolved", 0), ("unresolved", 1), ("ignored", 0)):
        assert call.put(f"{ISSUES}{number}/", json={"status": status}).json()["status"] == status
        assert len(call.get(ISSUES).json()) == listed


@pytest.mark.parametrize(
    ("assigned", "shown"),
    [
        ("ada@example.test", {"type": "user", "id": "1", "name": "Ada Admin", "email": "ada@example.test"}),
        ("user:2", {"type": "user", "id": "2", "name": "Tor Triage", "email": "tor@example.test"}),
        ("team:1", {"type": "team", "id": "1", "name": "checkout"}),
        ("", None),
    ],
)
def test_an_issue_is_given_to_a_person_or_a_team(
    sentry: SentryStandIn, call: httpx2.Client, assigned: str, shown: Any
) -> None:
    number = heaped(sentry)
    assert call.put(f"{ISSUES}{number}/", json={"assignedTo": assigned}).json()["assignedTo"] == shown


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"status": "banana"}, {"status": ['"banana" is not a valid choice.']}),
        ({"assignedTo": "team:99"}, {"assignedTo": ["Team does not exist"]}),
        ({"assignedTo": "team:3"}, {"assignedTo": ["Team does not exist"]}),
    ],
)
def test_a_change_that_cannot_be_made_changes_nothing(
    sentry: SentryStandIn, call: httpx2.Client, change: dict[str, str], said: dict[str, list[str]]
) -> None:
    number = heaped(sentry)
    answer = call.put(f"{ISSUES}{number}/", json={"status": "resolved"} | change)
    assert (answer.status_code, answer.json()) == (400, said)
    assert sentry.memory.issues[number].status == "unresolved"


def test_a_bulk_change_answers_the_changed_fields_or_204(sentry: SentryStandIn, call: httpx2.Client) -> None:
    numbers = sentry.seed({"project": "search"}, {"project": "search"})
    answer = call.put(ISSUES, params={"id": numbers}, json={"status": "resolved"})
    assert answer.json() == {"status": "resolved", "statusDetails": {}, "inbox": None}
    nothing = call.put(ISSUES, params={"id": 99}, json={"status": "resolved"})
    assert (nothing.status_code, nothing.content) == (204, b"")


def test_a_merged_issue_answers_with_its_parent_and_can_be_torn_off_again(
    sentry: SentryStandIn, call: httpx2.Client
) -> None:
    parent, child = sentry.seed({"project": "search", "count": 9}, {"project": "search"})
    hashes = sentry.memory.issues[child].hashes
    answer = call.put(ISSUES, params={"id": [parent, child]}, json={"merge": 1})
    assert answer.json() == {"merge": {"parent": str(parent), "children": [str(child)]}}
    merged = call.get(f"{ISSUES}{child}/").json()
    assert (merged["id"], merged["count"]) == (str(parent), "10")
    assert call.delete(f"{ISSUES}{parent}/hashes/", params={"id": hashes}).status_code == 202
    assert len(call.get(ISSUES).json()) == 2


def test_a_deleted_issue_is_gone_at_once(sentry: SentryStandIn, call: httpx2.Client) -> None:
    number = heaped(sentry)
    assert call.delete(f"{ISSUES}{number}/").status_code == 202
    assert call.get(f"{ISSUES}{number}/").status_code == 404


def test_the_same_comment_within_the_hour_is_refused(sentry: SentryStandIn, call: httpx2.Client) -> None:
    path = f"{ISSUES}{heaped(sentry)}/comments/"
    assert call.post(path, json={"text": "WB-1"}).status_code == 201
    again = call.post(path, json={"text": "WB-1"})
    assert (again.status_code, again.json()) == (400, {"detail": "You have already posted that comment."})
    assert call.post(path, json={"text": "WB-2"}).status_code == 201
    assert [row["data"]["text"] for row in call.get(path).json()] == ["WB-2", "WB-1"]


def test_an_external_issue_is_made_once_and_then_brought_up_to_date(sentry: SentryStandIn, call: httpx2.Client) -> None:
    number = heaped(sentry)
    path = f"/api/0/sentry-app-installations/{sentry.config.installation}/external-issues/"
    bodies = [
        {"issueId": number, "webUrl": f"https://j.example.test/{n}", "project": "WB", "identifier": str(n)}
        for n in (1, 2)
    ]
    first, second = (call.post(path, json=body).json() for body in bodies)
    assert first["id"] == second["id"]
    assert second["displayName"] == "WB#2"
    assert call.post(path, json=bodies[0] | {"issueId": str(number)}).status_code == 404


def test_events_are_counted_by_issue_within_the_window(sentry: SentryStandIn, call: httpx2.Client) -> None:
    number = heaped(sentry)
    quiet = sentry.seed({"project": "search", "count": 2})[0]
    params = {"dataset": "errors", "field": ["issue", "count()"], "sort": "-count()", "statsPeriod": "24h"}
    rows = call.get("/api/0/organizations/acme/events/", params=params).json()["data"]
    assert [(row["issue.id"], row["count()"]) for row in rows] == [(number, 5), (quiet, 2)]
    only = call.get("/api/0/organizations/acme/events/", params=params | {"query": f"issue.id:{quiet}"}).json()
    assert [row["issue"] for row in only["data"]] == ["SEARCH-1"]


def test_a_timeseries_is_aligned_and_adds_up(sentry: SentryStandIn, call: httpx2.Client) -> None:
    heaped(sentry)
    params = {"dataset": "errors", "statsPeriod": "2h", "interval": "5m"}
    (line,) = call.get("/api/0/organizations/acme/events-timeseries/", params=params).json()["timeSeries"]
    assert sum(value["value"] for value in line["values"]) == 5
    assert {value["timestamp"] % 300_000 for value in line["values"]} == {0}
    assert line["values"][-1]["incomplete"] is True


def test_last_seen_comes_with_and_without_a_fraction(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.seed(*({"project": "search", "count": number + 1} for number in range(20)))
    forms = {"." in row["lastSeen"] for row in call.get(ISSUES).json()}
    assert forms == {True, False}


def test_an_issue_answers_on_the_older_path_too(sentry: SentryStandIn, call: httpx2.Client) -> None:
    number = heaped(sentry)
    assert call.get(f"/api/0/issues/{number}/").json()["shortId"] == "CHECKOUT-1"
    assert call.get(f"/api/0/issues/{number}/events/latest/").json()["groupID"] == str(number)


def test_the_clock_is_the_callers() -> None:
    with SentryStandIn(StandInConfig(), clock=lambda: 2_000_000_000.0) as sentry:
        number = sentry.seed({"project": "search"})[0]
        assert sentry.memory.issues[number].last_seen == 2_000_000_000.0
