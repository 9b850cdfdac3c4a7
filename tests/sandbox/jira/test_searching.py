"""Searches: the query language with its quoting, and an index that hears of everything late."""

import random
from dataclasses import replace
from typing import Any

import pytest

from tests.sandbox.jira.asking import Asking
from tests.waiting import until
from vedette.sandbox.jira import Face, JiraStandIn, amended, demo
from vedette.sandbox.jira.index import Index
from vedette.sandbox.jira.tickets import Ticket

# Long enough that no test outlives it by accident, and an index that never catches up by itself.
FOREVER = [3600.0, 3600.0]


def lagging(face: Face, *, lag: list[float], **changes: Any) -> JiraStandIn:
    return JiraStandIn(amended(demo(face), {"index_lag": lag, **changes}))


def catch_up(jira: JiraStandIn) -> None:
    """Let the index hear of everything."""
    jira.on_loop(lambda state: state.index.catch_up(float("inf")))


def test_a_fresh_ticket_is_read_by_key_at_once_and_found_by_search_only_later(face: Face) -> None:
    with lagging(face, lag=FOREVER) as jira, Asking.of(jira) as asking:
        key = asking.create(labels=["sentry-1"])
        assert asking.ok("GET", f"/issue/{key}").json()["key"] == key
        assert asking.search('labels = "sentry-1"') == []
        catch_up(jira)
        assert asking.search('labels = "sentry-1"') == [key]


def test_the_lag_is_a_time_and_is_scaled(face: Face) -> None:
    with lagging(face, lag=[30.0, 30.0], time_scale=0.01) as jira, Asking.of(jira) as asking:
        key = asking.create(labels=["sentry-1"])
        assert asking.search('labels = "sentry-1"') == []
        until(lambda: asking.search('labels = "sentry-1"') == [key])


def test_a_stale_hit_shows_the_old_status_and_labels_until_it_is_indexed_again(face: Face) -> None:
    with lagging(face, lag=FOREVER) as jira, Asking.of(jira) as asking:
        key = asking.create(labels=["old"])
        catch_up(jira)
        asking.control("transition", key=key, status="Done")
        asking.ok("PUT", f"/issue/{key}", json={"fields": {"labels": ["new"]}})
        stale = asking.searching("labels = old AND statusCategory != Done", fields="status,labels").json()["issues"]
        assert [(hit["fields"]["status"]["name"], hit["fields"]["labels"]) for hit in stale] == [("To Do", ["old"])]
        assert asking.search("labels = new") == []
        catch_up(jira)
        assert asking.search("labels = old") == []
        assert asking.search("labels = new AND statusCategory = Done") == [key]


def test_a_stale_hit_of_a_moved_ticket_has_the_old_key_and_project(face: Face) -> None:
    with lagging(face, lag=FOREVER) as jira, Asking.of(jira) as asking:
        key = asking.create()
        catch_up(jira)
        moved = asking.control("move", key=key, project="WB")["key"]
        assert asking.search("project = PAY") == [key]
        assert asking.search("project = WB") == []
        catch_up(jira)
        assert asking.search("project = PAY") == []
        assert asking.search("project = WB") == [moved]


def test_a_deleted_ticket_is_still_found_for_a_while(face: Face) -> None:
    with lagging(face, lag=FOREVER) as jira, Asking.of(jira) as asking:
        key = asking.create()
        catch_up(jira)
        asking.ok("DELETE", f"/issue/{key}")
        assert asking.search("project = PAY") == [key]
        assert asking.ask("GET", f"/issue/{key}").status_code == 404
        catch_up(jira)
        assert asking.search("project = PAY") == []


def test_a_later_change_that_is_indexed_first_is_not_undone_by_the_earlier_one() -> None:
    old = Ticket(
        id=1, key="PAY-1", project="PAY", number=1, type="Bug", summary="s", status="To Do", created=0, updated=0
    )
    new = replace(old, labels=("new",))
    index = Index(lag=(10.0, 10.0), draw=random.Random(0))
    index.tell(1, old, now=0.0)
    index.lag = (2.0, 2.0)
    index.tell(1, new, now=0.0)
    for moment, expected in ((1.0, {}), (3.0, {1: new}), (11.0, {1: new})):
        index.catch_up(moment)
        assert index.documents == expected
    assert (index.by_label["new"], index.waiting) == ({1}, 0)


def test_cloud_reconciles_the_ids_it_is_given() -> None:
    with lagging(Face.CLOUD, lag=FOREVER) as jira, Asking.of(jira) as asking:
        key = asking.create()
        number = jira.tickets()[0]["id"]
        body = {"jql": "project = PAY", "fields": ["status"], "reconcileIssues": [number]}
        assert [hit["key"] for hit in asking.ok("POST", "/search/jql", json=body).json()["issues"]] == [key]


def test_cloud_shows_only_ids_unless_fields_are_asked_for() -> None:
    with JiraStandIn(demo(Face.CLOUD)) as jira, Asking.of(jira) as asking:
        asking.create()
        page = asking.searching("project = PAY").json()
        assert page == {"issues": [{"id": "10001"}], "isLast": True}


@pytest.mark.parametrize("jql", ["", "order by created DESC"])
def test_cloud_refuses_a_query_without_a_bound_and_data_center_does_not(shared: Asking, jql: str) -> None:
    answer = shared.searching(jql)
    assert answer.status_code == (400 if shared.cloud else 200)
    if shared.cloud:
        assert "Unbounded" in answer.json()["errorMessages"][0]


def test_clouds_old_search_is_gone() -> None:
    with JiraStandIn(demo(Face.CLOUD)) as jira, Asking.of(jira) as asking:
        assert asking.ask("GET", "/search", params={"jql": "project = PAY"}).status_code == 410
        assert asking.ask("POST", "/search", json={"jql": "project = PAY"}).status_code == 410


def test_cloud_pages_by_token_and_refuses_a_token_of_another_query() -> None:
    with JiraStandIn(demo(Face.CLOUD)) as jira, Asking.of(jira) as asking:
        keys = [asking.create() for _ in range(5)]
        found, token, pages = [], None, 0
        while pages == 0 or token:
            params = {"fields": "status", "maxResults": 2, **({"nextPageToken": token} if token else {})}
            page = asking.searching("project = PAY ORDER BY key ASC", **params).json()
            found += [hit["key"] for hit in page["issues"]]
            token, pages = page.get("nextPageToken"), pages + 1
            assert page["isLast"] is (token is None)
        assert (found, pages) == (keys, 3)
        token = asking.searching("project = PAY", maxResults=2).json()["nextPageToken"]
        assert asking.searching("project = WB", nextPageToken=token).status_code == 400


def test_data_center_pages_by_offset_and_tells_the_total() -> None:
    with JiraStandIn(demo(Face.DATACENTER)) as jira, Asking.of(jira) as asking:
        keys = [asking.create() for _ in range(3)]
        page = asking.searching("project = PAY ORDER BY key ASC", startAt=1, maxResults=1).json()
        assert (page["total"], page["startAt"], [hit["key"] for hit in page["issues"]]) == (3, 1, [keys[1]])


def test_the_query_language_selects_what_it_says(asking: Asking) -> None:
    one = asking.create(summary="NullPointer in checkout https://acme.test/issues/12", labels=["a", "b"])
    two = asking.create(project={"key": "WB"}, summary="Checkout of NullPointer", labels=["B"])
    asking.control("transition", key=two, status="Won't Do")
    expected: dict[str, set[str]] = {
        "project in (PAY, WB)": {one, two},
        "project = 10100": {two},
        'project = "Merchant workbench"': {two},
        "labels = a": {one},
        "labels in (b)": {one, two},
        "labels is EMPTY": set(),
        "labels != a": {two},
        f"key = {one}": {one},
        f"issuekey in ({one}, {two.lower()})": {one, two},
        'status = "Won\'t Do"': {two},
        "status = 'Won\\'t Do'": {two},
        "status not in (Done)": {one, two},
        "statusCategory = Done": {two},
        'statusCategory != "To Do"': {two},
        "resolution = Unresolved": {one},
        "resolution is EMPTY": {one},
        'resolution = "Won\'t Do"': {two},
        r'summary ~ "\"NullPointer in checkout\""': {one},
        "summary ~ NullPointer": {one, two},
        'summary !~ "in"': {two},
        "created >= -5m": {one, two},
        "created < 2020-01-01": set(),
        "created > '2020/01/01 10:00' AND updated > -1w": {one, two},
        "NOT labels = a": {two},
        "labels = a OR statusCategory = Done": {one, two},
        "project = PAY AND (labels = b OR labels = zzz)": {one},
        "project = PAY and labels = B and not status = Done": {one},
        "assignee is EMPTY && type = Bug": {one, two},
    }
    found = {jql: set(asking.search(jql)) for jql in expected}
    assert found == expected


def test_order_is_newest_first_unless_told(asking: Asking) -> None:
    keys = [asking.create() for _ in range(11)]
    assert asking.search("project = PAY") == keys[::-1]
    assert asking.search("project = PAY ORDER BY key") == keys
    assert asking.search("project = PAY ORDER BY created DESC, key ASC") == keys[::-1]


@pytest.mark.parametrize(
    ("jql", "sentence"),
    [
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("status = Elsewhere", "The value 'Elsewhere' does not exist for the field 'status'."),
        ("key = PAY-99", "An issue with key 'PAY-99' does not exist for field 'key'."),
        ("key = nonsense", "invalid"),
        ("nosuchfield = 1", "Field 'nosuchfield' does not exist"),
        ("labels ~ a", "operator '~' is not supported"),
        ("summary = a", "operator '=' is not supported"),
        ("created = soon", "Date value 'soon'"),
        ("labels = a AND", "before the end of the query"),
        ("labels a", "Expecting operator"),
        ("(labels = a", "Expecting ')'"),
        ("labels in a", "Expecting '('"),
        ('labels = "a', "has not been completed"),
        ("labels = a@b", "reserved JQL character"),
        ("labels = select", "reserved JQL word"),
        (r'labels = "a\x"', "illegal JQL escape"),
        ("labels = currentUser()", "function"),
        ("project = PAY ORDER BY nothing", "sort"),
        ("project = PAY labels = a", "Expecting either 'OR' or 'AND'"),
        ('summary ~ "\\"open"', "Unable to parse the text"),
        ('summary ~ "[WB]"', "Unable to parse the text"),
    ],
)
def test_a_query_that_is_wrong_is_refused_with_the_reason(shared: Asking, jql: str, sentence: str) -> None:
    answer = shared.searching(jql)
    assert answer.status_code == 400, answer.text
    assert sentence in answer.json()["errorMessages"][0]
