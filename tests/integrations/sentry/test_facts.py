"""Issues of every dialect: what is said, and above all which count speaks of which span."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.integrations.sentry.fixtures import load, needs_samples, samples
from vedette.integrations.sentry import facts
from vedette.integrations.sentry.facts import FROM_LIFETIME, FROM_LIST, Asked
from vedette.model.issues import Count, CountSpan, Issue, IssueKey, IssueStatus
from vedette.model.settings import Dialect

NOW = datetime(2031, 3, 14, 9, 27, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def asked(dialect: Dialect = Dialect.SENTRY, *, window: timedelta | None = DAY, bounded: bool = False) -> Asked:
    return Asked("main", dialect, NOW, window, bounded)


def issue(said: Any, how: Asked) -> Issue:
    found = facts.issue(said, how)
    assert found is not None
    return found


def test_a_bounded_list_counts_in_the_window_and_over_the_whole_life() -> None:
    found = issue(load("api_issue_in_list"), asked(bounded=True))
    assert found.count(CountSpan.WINDOW) == Count(7, 2, CountSpan.WINDOW, FROM_LIST)
    assert found.count(CountSpan.LIFETIME) == Count(310, 41, CountSpan.LIFETIME, FROM_LIFETIME)


def test_a_lists_dates_are_those_of_the_whole_life() -> None:
    found = issue(load("api_issue_in_list"), asked(bounded=True))
    assert found.first_seen == datetime(2031, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    assert found.last_seen == datetime(2031, 3, 14, 9, 26, 53, tzinfo=UTC)


def test_an_issue_says_who_it_is() -> None:
    found = issue(load("api_issue_in_list"), asked(bounded=True))
    assert (found.key, found.short_id, found.project) == (
        IssueKey("main", "4711"),
        "MERCHANT-BACKEND-3F",
        "merchant-backend",
    )
    assert (found.status, found.level, found.assignee) == (IssueStatus.UNRESOLVED, "error", "#merchant")
    assert found.permalink == "https://sentry.example.test/organizations/acme/issues/4711/"


def test_version_9_counts_the_hours_that_the_window_touches() -> None:
    found = issue(load("api_issue_detail_9"), asked(Dialect.SENTRY9))
    window = found.count(CountSpan.WINDOW)
    # 25 buckets of one hour: the window of 24 h touches every one of them, the oldest with its second half.
    assert window == Count(25, None, CountSpan.WINDOW, "stats[24h], whole hours")
    assert found.count(CountSpan.LIFETIME) == Count(310, 41, CountSpan.LIFETIME, FROM_LIFETIME)


def test_a_window_of_a_week_is_counted_in_days() -> None:
    found = issue(load("api_issue_detail_9"), asked(Dialect.SENTRY9, window=timedelta(days=7)))
    assert found.count(CountSpan.WINDOW) == Count(80, None, CountSpan.WINDOW, "stats[30d], whole days")


def test_a_short_window_counts_few_buckets() -> None:
    found = issue(load("api_issue_detail_9"), asked(Dialect.SENTRY9, window=timedelta(hours=1)))
    window = found.count(CountSpan.WINDOW)
    assert window is not None
    assert window.events == 2


def test_glitchtip_knows_the_lifetime_only_and_its_zero_users_say_nothing() -> None:
    found = issue(load("api_issue_glitchtip"), asked(Dialect.GLITCHTIP))
    assert found.counts == (Count(12, None, CountSpan.LIFETIME, FROM_LIFETIME),)


def test_a_placeholder_series_is_no_count() -> None:
    said = load("api_issue_glitchtip") | {"stats": {"24h": [[1541455200, 1864], [1541458800, 1864]]}}
    assert issue(said, asked(Dialect.GLITCHTIP)).count(CountSpan.WINDOW) is None


def test_a_zero_of_users_is_a_zero_where_the_server_counts_them() -> None:
    said = load("api_issue_in_list") | {"userCount": 0}
    window = issue(said, asked(bounded=True)).count(CountSpan.WINDOW)
    assert window is not None
    assert window.users == 0


def test_an_unasked_window_is_not_counted() -> None:
    assert issue(load("api_issue_in_list"), asked(window=None)).count(CountSpan.WINDOW) is None


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("unresolved", IssueStatus.UNRESOLVED),
        ("resolved", IssueStatus.RESOLVED),
        ("ignored", IssueStatus.IGNORED),
        ("archived", IssueStatus.IGNORED),
        ("pending_deletion", IssueStatus.GONE),
        ("something new", IssueStatus.UNKNOWN),
        (None, IssueStatus.UNKNOWN),
    ],
)
def test_statuses(said: Any, status: IssueStatus) -> None:
    assert issue({"id": 1, "status": said}, asked()).status is status


@pytest.mark.parametrize("number", [None, "", "abc", 0, -3, True, 1.5, "9" * 30, [], {}])
def test_without_a_usable_id_there_is_no_issue(number: Any) -> None:
    assert facts.issue({"id": number}, asked()) is None


def test_an_answer_with_another_id_is_a_merge() -> None:
    other = issue({"id": "20", "status": "unresolved"}, asked())
    found = facts.asked_for(other, IssueKey("main", "19"))
    assert (found.key, found.merged_into, found.status) == (
        IssueKey("main", "19"),
        IssueKey("main", "20"),
        IssueStatus.GONE,
    )
    assert facts.asked_for(other, IssueKey("main", "20")) is other


@given(
    said=st.dictionaries(
        st.sampled_from(
            ["id", "count", "userCount", "stats", "lifetime", "project", "firstSeen", "assignedTo", "metadata"]
        ),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["24h", "count", "slug", "name"]), inner)
            ),
        ),
    ),
    bounded=st.booleans(),
)
def test_whatever_is_said_it_never_raises(said: Any, bounded: bool) -> None:
    found = facts.issue({"id": "1", **said}, asked(bounded=bounded))
    assert found is None or found.key.id.isdigit()


@needs_samples
def test_the_recorded_list_gives_both_counts() -> None:
    rows = json.loads((samples() / "041_GET_org_issues_200.json").read_text())["body"]
    how = Asked("main", Dialect.SENTRY, datetime(2026, 11, 20, 21, 5, 30, tzinfo=UTC), DAY, bounded=True)
    found = [issue(row, how) for row in rows]
    assert [each.short_id for each in found] == ["SHOP-3", "SHOP-2", "SHOP-1"]
    assert all(len(each.counts) == 2 for each in found)
    assert {count.events for each in found for count in each.counts} == {3}
    assert found[2].first_seen == datetime(2026, 11, 20, 21, 4, 49, 812349, tzinfo=UTC)


@needs_samples
def test_the_recorded_detail_counts_by_its_hours() -> None:
    said = json.loads((samples() / "080_GET_issue_orgscoped_200.json").read_text())["body"]
    how = Asked("main", Dialect.SENTRY, datetime(2026, 11, 20, 21, 5, 30, tzinfo=UTC), DAY)
    assert issue(said, how).count(CountSpan.WINDOW) == Count(3, None, CountSpan.WINDOW, "stats[24h], whole hours")
