"""Jira's odd answers: strangers told from absence, words told from noise, and what passes told from what does not."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.conformance.trackers import document, draft_of, fence, tickets_of
from tests.integrations.jira.canned import MISSING, Canned, Reply, canned_jira, fixture
from tests.integrations.jira.standing import JiraCase
from vedette.errors import Refused, Unauthorised, Unavailable
from vedette.integrations.jira import JiraTracker
from vedette.integrations.jira.config import Flavour
from vedette.model.tickets import Route, TicketDraft, TicketRef, TicketState

REF = TicketRef("jira", "WB-17", "20017", "https://acme.example.test/browse/WB-17")
EMPTY: dict[str, Any] = {"issues": [], "issueErrors": []}
BROWSE = {"permissions": {"BROWSE_PROJECTS": {"havePermission": True}}}


def draft(tracker: JiraTracker) -> TicketDraft:
    return replace(draft_of(JiraCase(None, tracker)), route=Route(tracker="jira", project="WB"))  # type: ignore[arg-type]


def look(tracker: JiraTracker) -> Any:
    return tracker.look(draft(tracker), watermark="WB:16", attempted_at=datetime(2026, 10, 31, tzinfo=UTC))


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (200, {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}),
        (404, {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}),
        (403, {"X-Seraph-LoginReason": "AUTHENTICATION_DENIED"}),
        (403, {"X-Authentication-Denied-Reason": "CAPTCHA_CHALLENGE; login-url=https://acme.example.test/login.jsp"}),
        (401, {}),
        (302, {"Location": "https://id.example.test/login"}),
    ],
)
def test_an_answer_to_a_stranger_is_never_an_absence(status: int, headers: dict[str, str]) -> None:
    with canned_jira() as (canned, tracker):
        canned.on("POST /issue/bulkfetch", Reply(EMPTY, status=status, headers=headers))
        with pytest.raises(Unauthorised):
            look(tracker)


def test_a_token_in_the_wrong_scheme_is_a_matter_of_credentials() -> None:
    with canned_jira() as (canned, tracker):
        canned.on("GET /myself", Reply({"error": "Failed to parse Connect Session Auth Token"}, status=403))
        findings = list(tracker.check([]))
        assert [(each.ok, each.cure) for each in findings] == [(False, "check url, email and token")]


def test_an_ordinary_403_is_refused_with_jiras_words() -> None:
    words = {"errorMessages": ["You do not have permission to create issues in this project."], "errors": {}}
    with canned_jira() as (canned, tracker):
        canned.on("POST /issue", Reply(words, status=403, headers={"X-Seraph-LoginReason": "OK"}))
        with pytest.raises(Refused, match="answered 403: You do not have permission to create") as told:
            tracker.create(draft(tracker), fence=fence())
        assert told.value.status == 403


def test_words_are_one_line_of_bounded_length_without_our_credentials() -> None:
    errors = {"summary": "bad\n  token hidden-token", "x": "y" * 2000}
    with canned_jira() as (canned, tracker):
        canned.on("POST /issue", Reply({"errorMessages": ["First."], "errors": errors}, status=400))
        with pytest.raises(Refused) as told:
            tracker.create(draft(tracker), fence=fence())
        message = str(told.value)
        assert "First.; summary: bad token …" in message
        assert len(message) < 700
        assert "hidden-token" not in message + repr(told.value.fields)


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[1]", b'"text"', b'{"errors": []}', b'{"errorMessages": null}'])
def test_words_that_are_none_are_survived(body: bytes) -> None:
    with canned_jira() as (canned, tracker):
        canned.on("POST /issue", Reply(body, status=400))
        with pytest.raises(Refused, match=r"answered 400$"):
            tracker.create(draft(tracker), fence=fence())


def test_an_error_of_a_bulk_fetch_that_passes_is_not_an_absence() -> None:
    passing = {"issues": [], "issueErrors": [{"id": "WB-17", "errorMessage": "Timed out, try again"}]}
    with canned_jira() as (canned, tracker):
        canned.on("POST /issue/bulkfetch", Reply(passing), Reply(EMPTY))
        canned.on("GET /issue/WB-17", Reply(fixture("cloud_issue_done.json")))
        assert [ticket.ref.key for ticket in tickets_of(look(tracker))] == ["WB-17"]
        canned.on("POST /issue/bulkfetch", Reply(passing))
        canned.on("GET /issue/WB-17", Reply({"errorMessages": ["busy"]}, status=503))
        with pytest.raises(Unavailable):
            look(tracker)


def test_an_answer_that_is_no_json_is_a_trouble_that_passes() -> None:
    with canned_jira() as (canned, tracker):
        canned.on("POST /issue/bulkfetch", Reply(b'{"issues": ['))
        with pytest.raises(Unavailable):
            look(tracker)


def test_a_ticket_is_read_by_category_and_resolution_in_any_language() -> None:
    with canned_jira() as (canned, tracker):
        canned.on("POST /issue/bulkfetch", Reply({"issues": [fixture("cloud_issue_done.json")]}))
        ticket = tracker.read([REF])["20017"]
        assert (ticket.state, ticket.status, ticket.resolution) == (TicketState.WONT_DO, "Erledigt", "Won’t Do")
        assert ticket.closed_at == datetime(2026, 11, 3, 8, 15, 2, 113000, tzinfo=UTC)
        assert ticket.created_at == datetime(2026, 11, 1, 22, 59, 59, 1000, tzinfo=UTC)
        assert (ticket.project, ticket.stamp) == ("WB", "vedette-default-4711-main-1")


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ({"resolutiondate": None}, datetime(2026, 11, 3, 8, 15, 2, 240000, tzinfo=UTC)),
        ({"resolutiondate": None, "statuscategorychangedate": None}, datetime(2026, 11, 4, 9, tzinfo=UTC)),
        ({"resolutiondate": "soon", "statuscategorychangedate": "", "updated": None}, None),
    ],
)
def test_the_moment_of_closing_is_read_where_a_workflow_sets_no_resolution(
    dates: dict[str, Any], expected: datetime | None
) -> None:
    issue = fixture("cloud_issue_done.json")
    issue["fields"] |= {"resolution": None, **dates}
    with canned_jira() as (canned, tracker):
        canned.on("POST /issue/bulkfetch", Reply({"issues": [issue]}))
        ticket = tracker.read([REF])["20017"]
        assert (ticket.state, ticket.closed_at) == (TicketState.DONE, expected)


def test_an_issue_that_says_almost_nothing_is_still_a_ticket() -> None:
    with canned_jira() as (canned, tracker):
        canned.on("POST /issue/bulkfetch", Reply({"issues": [{"id": "20017", "key": "WB-17"}]}))
        ticket = tracker.read([REF])["20017"]
        assert (ticket.state, ticket.title, ticket.created_at) == (TicketState.OPEN, "", None)


def close(canned: Canned, tracker: JiraTracker) -> Any:
    issue = fixture("cloud_issue_done.json")
    issue["fields"]["status"] = {"name": "Open", "statusCategory": {"key": "new"}}
    canned.on("GET /issue/20017", Reply(issue))
    canned.on("POST /issue/20017/transitions", Reply(b"", status=204))
    tracker.close(REF, fence=fence())
    (sent,) = canned.bodies("POST /issue/20017/transitions")
    return sent


def test_closing_prefers_what_is_not_wont_do_and_gives_the_resolution_that_the_screen_demands() -> None:
    with canned_jira() as (canned, tracker):
        canned.on("GET /issue/20017/transitions", Reply(fixture("transitions_with_resolution.json")))
        sent = close(canned, tracker)
        assert sent == {"transition": {"id": "41"}, "fields": {"resolution": {"name": "Fixed"}}}


def test_closing_takes_wont_do_where_there_is_nothing_else() -> None:
    offer = fixture("transitions_with_resolution.json")
    offer["transitions"] = [offer["transitions"][0], offer["transitions"][2]]
    with canned_jira() as (canned, tracker):
        canned.on("GET /issue/20017/transitions", Reply(offer))
        assert close(canned, tracker) == {"transition": {"id": "31"}}


def test_a_workflow_without_a_way_says_what_it_offers() -> None:
    issue = fixture("cloud_issue_done.json")
    with canned_jira() as (canned, tracker):
        canned.on("GET /issue/20017", Reply(issue))
        canned.on("GET /issue/20017/transitions", Reply(fixture("transitions_with_resolution.json")))
        with pytest.raises(Refused, match=r"WB-17: the workflow offers no way out of the done statuses"):
            tracker.reopen(REF, status="", fence=fence())
        with pytest.raises(
            Refused, match=r"no way from 'Erledigt' to 'Shipped'.*'Reject' \(to \"Won't Do\"\), 'Resolve'"
        ):
            tracker.transition(REF, status="Shipped", fence=fence())


def test_a_write_to_a_ticket_that_is_not_there_is_refused() -> None:
    with canned_jira() as (_, tracker):
        for write in (
            lambda: tracker.transition(REF, status="Done", fence=fence()),
            lambda: tracker.mend(REF, draft(tracker), fence=fence()),
            lambda: tracker.comment(REF, document(), marker="m", fence=fence()),
        ):
            with pytest.raises(Refused) as told:
                write()
            assert told.value.status == 404


def test_a_comments_marker_is_found_by_the_documented_call_where_the_list_is_silent() -> None:
    listed = {"comments": [{"id": "9", "body": {}}, {"id": "8", "body": {}}], "total": 2}
    known = {"values": [{"id": "8", "properties": [{"key": "vedette.marker", "value": "m-1"}]}]}
    with canned_jira() as (canned, tracker):
        canned.on("GET /issue/20017/comment", Reply(listed))
        canned.on("POST /comment/list", Reply(known))
        canned.on("POST /issue/20017/comment", Reply({"id": "10"}, status=201))
        tracker.comment(REF, document(), marker="m-1", fence=fence())
        assert canned.bodies("POST /issue/20017/comment") == []
        assert canned.bodies("POST /comment/list") == [{"ids": [9, 8]}]
        tracker.comment(REF, document(), marker="m-2", fence=fence())
        assert [each["properties"] for each in canned.bodies("POST /issue/20017/comment")] == [
            [{"key": "vedette.marker", "value": "m-2"}]
        ]


def test_a_search_falls_back_to_remote_links_and_survives_a_jira_without_that_function() -> None:
    issue = fixture("cloud_issue_done.json")
    issue["fields"] |= {"summary": "renamed by a person", "labels": []}
    issue["properties"] = {}
    wanted = {"stamp": "vedette-default-4711-main-1", "link": "https://acme.sentry.io/issues/4711/"}
    with canned_jira() as (canned, tracker):
        canned.on("POST /search/jql", Reply({"issues": []}), Reply({"issues": [{"id": "20017"}], "isLast": True}))
        canned.on("POST /issue/bulkfetch", Reply({"issues": [issue]}))
        assert [ticket.ref.key for ticket in tracker.search(**wanted)] == ["WB-17"]
        query = canned.bodies("POST /search/jql")[-1]["jql"]
        assert query == 'issue in issuesWithRemoteLinksByGlobalId("https://acme.sentry.io/issues/4711")'
        canned.on("POST /search/jql", Reply({"issues": []}), Reply({"errorMessages": ["no such function"]}, status=400))
        assert list(tracker.search(**wanted)) == []


def test_credentials_are_basic_with_an_email_and_bearer_without() -> None:
    for flavour, scheme in ((Flavour.CLOUD, "Basic "), (Flavour.DATA_CENTER, "Bearer hidden-token")):
        with canned_jira(flavour) as (canned, tracker):
            canned.on("GET /myself", Reply({"displayName": "Vedette"}))
            list(tracker.check([]))
            headers = {name.lower(): value for name, value in canned.asked[0].headers.items()}
            assert headers["authorization"].startswith(scheme)


def test_keys_stand_in_paths_only_quoted() -> None:
    odd = TicketRef("jira", "WB-1/../../x?y", "", "")
    with canned_jira(Flavour.DATA_CENTER) as (canned, tracker):
        canned.on("GET /mypermissions", Reply(BROWSE))
        assert tracker.read([odd])[odd.key].state is TicketState.GONE
        assert {each.path for each in canned.asked if "issue" in each.path} == {
            "/rest/api/2/issue/WB-1%2F..%2F..%2Fx%3Fy"
        }
    assert MISSING["errors"] == {}
