"""Issues of the stand-in Linear: created once per id, filtered, paged, moved, archived and trashed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.sandbox.linear.asking import CREATE, UPDATE, Asking

ID = "8b0e1f4e-6d7b-4a53-9d9c-111111111111"
LIST = """
query L($filter: IssueFilter, $first: Int, $after: String, $all: Boolean) {
  issues(filter: $filter, first: $first, after: $after, includeArchived: $all) {
    nodes { id identifier } pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}
"""
ATTACH = (
    "mutation A($input: AttachmentCreateInput!) { attachmentCreate(input: $input) { success attachment { id title } } }"
)
COMMENT = "mutation C($input: CommentCreateInput!) { commentCreate(input: $input) { success comment { id body } } }"
LABEL = "mutation L($input: IssueLabelCreateInput!) { issueLabelCreate(input: $input) { issueLabel { id name } } }"


def keys(asking: Asking, **asked: Any) -> list[str]:
    """Identifiers that a list gives."""
    return [each["identifier"] for each in asking.ask(LIST, **asked)["issues"]["nodes"]]


def state_of(asking: Asking, name: str, *, team: int = 0) -> str:
    """The id of a status."""
    return next(each.id for each in asking.linear.config.teams[team].states if each.name == name)


def test_an_id_of_the_clients_is_kept_and_a_second_create_with_it_is_refused(asking: Asking) -> None:
    assert asking.create(id=ID)["id"] == ID
    answer = asking.post(CREATE, input={"teamId": asking.team, "title": "again", "id": ID})
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["message"]) == (200, "conflict on insert of Issue")
    assert error["extensions"]["code"] == "INPUT_ERROR"
    assert ID in error["extensions"]["userPresentableMessage"]
    assert len(asking.linear.tickets()) == 1


def test_the_id_of_a_trashed_issue_stays_taken(asking: Asking) -> None:
    asking.pull("delete", key=asking.create(id=ID)["identifier"])
    assert asking.code(CREATE, input={"teamId": asking.team, "title": "again", "id": ID}) == "INPUT_ERROR"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"id": "not-a-uuid"}, "INVALID_INPUT"),
        ({"id": "8b0e1f4e-6d7b-1a53-9d9c-111111111111"}, "INVALID_INPUT"),
        ({"teamId": ID}, "INPUT_ERROR"),
        ({"title": "  "}, "INVALID_INPUT"),
        ({"title": "x" * 256}, "INVALID_INPUT"),
        ({"priority": 5}, "INVALID_INPUT"),
        ({"assigneeId": ID}, "INPUT_ERROR"),
        ({"labelIds": [ID]}, "INPUT_ERROR"),
        ({"stateId": ID}, "INVALID_INPUT"),
        ({"projectId": ID}, "INPUT_ERROR"),
        ({"colour": "red"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"priority": "High"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"teamId": None}, "GRAPHQL_VALIDATION_FAILED"),
    ],
)
def test_a_wrong_input_is_refused_and_nothing_is_made(asking: Asking, fields: dict[str, Any], code: str) -> None:
    assert asking.code(CREATE, input={"teamId": asking.team, "title": "x", **fields}) == code
    assert asking.linear.tickets() == []


def test_a_status_or_label_of_another_team_is_refused(asking: Asking) -> None:
    pay = asking.linear.config.teams[1].id
    bug = next(each.id for each in asking.linear.config.labels if each.team == "ENG")
    for fields in ({"stateId": state_of(asking, "Done")}, {"labelIds": [bug]}):
        assert asking.code(CREATE, input={"teamId": pay, "title": "x", **fields}) == "INVALID_INPUT"


def test_a_moved_issue_has_a_new_identifier_and_answers_to_the_old_one(asking: Asking) -> None:
    made = asking.create()
    pay = asking.linear.config.teams[1].id
    moved = asking.ask(UPDATE, id=made["identifier"], input={"teamId": pay})["issueUpdate"]["issue"]
    assert (moved["identifier"], moved["previousIdentifiers"], moved["id"]) == ("PAY-1", ["ENG-1"], made["id"])
    by_old = asking.ask("query($id: String!) { issue(id: $id) { identifier } }", id="ENG-1")
    assert by_old["issue"]["identifier"] == "PAY-1"


def test_lists_leave_out_the_archive_unless_asked_and_take_filters(asking: Asking) -> None:
    made = [asking.create(number) for number in range(3)]
    asking.pull("delete", key=made[0]["identifier"])
    asking.pull("archive", key=made[1]["identifier"])
    assert keys(asking) == ["ENG-3"]
    assert sorted(keys(asking, all=True)) == ["ENG-1", "ENG-2", "ENG-3"]
    assert keys(asking, filter={"id": {"in": [made[2]["id"]]}}) == ["ENG-3"]
    assert keys(asking, filter={"team": {"key": {"eqIgnoreCase": "pay"}}}) == []
    assert keys(asking, filter={"labels": {"some": {"name": {"eq": "vedette"}}}}) == []
    later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    assert keys(asking, filter={"updatedAt": {"gte": later}}) == []
    assert keys(asking, filter={"or": [{"title": {"contains": "issues/2/"}}, {"title": {"eq": "x"}}]}) == ["ENG-3"]


def test_a_list_is_given_page_by_page_and_no_page_is_larger_than_allowed(asking: Asking) -> None:
    for number in range(5):
        asking.create(number)
    found: list[str] = []
    after = None
    while True:
        page = asking.ask(LIST, first=2, after=after)["issues"]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        found += [each["identifier"] for each in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert sorted(found) == [f"ENG-{number}" for number in range(1, 6)]
    assert asking.code(LIST, first=251) == "INVALID_INPUT"
    assert asking.code(LIST, first=2, after="nowhere") == "INVALID_INPUT"


def test_an_address_is_attached_once_per_issue_and_found_by_it(asking: Asking) -> None:
    made = asking.create()
    url = "https://acme.sentry.io/issues/1/"
    for title in ("one", "two"):
        asking.ask(ATTACH, input={"issueId": made["id"], "url": url, "title": title})
    found = asking.ask(
        "query($url: String!) { attachmentsForURL(url: $url) { nodes { title issue { identifier } } } }", url=url
    )
    assert found["attachmentsForURL"]["nodes"] == [{"title": "two", "issue": {"identifier": "ENG-1"}}]


def test_a_comment_has_the_clients_id_once(asking: Asking) -> None:
    made = asking.create()
    asking.ask(COMMENT, input={"id": ID, "issueId": made["id"], "body": "hm"})
    assert asking.code(COMMENT, input={"id": ID, "issueId": made["id"], "body": "hm"}) == "INPUT_ERROR"
    assert [each["comments"] for each in asking.linear.tickets()] == [["hm"]]


def test_nothing_can_be_put_on_what_is_in_the_trash(asking: Asking) -> None:
    made = asking.create()
    asking.pull("delete", key=made["identifier"])
    assert asking.code(COMMENT, input={"issueId": made["id"], "body": "hm"}) == "INPUT_ERROR"
    assert asking.code(ATTACH, input={"issueId": made["id"], "url": "https://x.test/", "title": "x"}) == "INPUT_ERROR"


def test_a_label_of_a_name_that_is_there_is_refused(asking: Asking) -> None:
    assert asking.ask(LABEL, input={"name": "flaky"})["issueLabelCreate"]["issueLabel"]["name"] == "flaky"
    assert asking.code(LABEL, input={"name": "Flaky"}) == "INVALID_INPUT"


def test_a_private_team_and_its_issues_are_not_there(asking: Asking) -> None:
    made = asking.create()
    teams = msgspec.to_builtins(asking.linear.config.teams)
    asking.pull("config", teams=[{**each, "visible": each["key"] != "ENG"} for each in teams])
    assert asking.code("query($id: String!) { issue(id: $id) { id } }", id=made["id"]) == "INPUT_ERROR"
    assert keys(asking, all=True) == []
