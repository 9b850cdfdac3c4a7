"""The stand-in Asana refuses what Asana refuses, shows what was asked for, and lists what is there this very moment."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import msgspec
import pytest

from tests.sandbox.asana.asking import Asking
from vedette.sandbox.asana import AsanaStandIn, amended, demo, richtext


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        ({"projects": []}, 400, "workspace, parent, projects"),
        ({"projects": ["99"]}, 400, "projects: Not a recognized ID: 99"),
        ({"memberships": [{"project": "12001", "section": "3101"}]}, 400, "section 3101 is not in project 12001"),
        ({"assignee": "nobody@acme.test"}, 400, "assignee: Not a recognized ID"),
        ({"due_on": "tomorrow"}, 400, "due_on: Not a valid date"),
        ({"completed": "yes"}, 400, "completed: Not a boolean"),
        ({"tags": ["sentry"]}, 400, "tags: Not a recognized ID"),
        ({"summary": "x"}, 400, "summary: Unknown"),
        ({"name": "x" * 1025}, 400, "name: Must be no more than 1024"),
        ({"notes": "x", "html_notes": "<body>x</body>"}, 400, "only provide one of"),
        ({"external": {"gid": "x"}}, 403, "OAuth"),
        ({"custom_fields": {"9999": "x"}}, 400, "Custom field with ID 9999 is not on given object"),
        ({"custom_fields": {"5001": 7}}, 400, "not a value of a text field"),
        ({"custom_fields": {"5002": "7"}}, 400, "not a value of a number field"),
        ({"custom_fields": {"5003": "High"}}, 400, "Not a recognized, enabled enum option: High"),
        ({"custom_fields": {"5003": "6003"}}, 400, "enabled enum option: 6003"),
        ({"custom_fields": {"5005": "6021"}}, 400, "not a value of a multi_enum field"),
        ({"custom_fields": {"5006": "2026-12-24"}}, 400, "not a value of a date field"),
        ({"custom_fields": {"5006": {"date": "2026-13-24"}}}, 400, "Not a valid date"),
        ({"custom_fields": {"5007": ["lead@acme.test"]}}, 400, "not a value of a people field"),
        ({"custom_fields": {"5010": 3}}, 400, "formula"),
    ],
    ids=str,
)
def test_a_wrong_task_is_refused(asking: Asking, data: dict[str, Any], status: int, words: str) -> None:
    told = asking.refusal(**data)
    assert told[0] == status
    assert words in told[1]
    assert httpx2.get(f"{asking.url}/_standin/tasks").json() == []


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "<body>a & b</body>",
        "<body><p>no such tag</p></body>",
        "<body><strong>open</body>",
        "<body>two</body><body>roots</body>",
        "<div>other root</div>",
        "<body onclick='x'>attribute</body>",
        "<body><a onclick='x'>attribute</a></body>",
        "<body><ul><li><pre>block in item</pre></li></ul></body>",
        "<body><ul>words</ul><li>loose</li></body>",
        "<body><h1><ul><li>x</li></ul></h1></body>",
        "<!DOCTYPE x [<!ENTITY a 'b'>]><body>&a;</body>",
        "<body>\x01</body>",
    ],
)
def test_rich_text_that_is_not_well_formed_is_refused(asking: Asking, text: str) -> None:
    status, words = asking.refusal(html_notes=text)
    assert status == 400
    assert words.startswith("html_notes: ")


def test_headings_are_for_notes_and_not_for_comments(asking: Asking) -> None:
    gid = asking.create(html_notes="<body><h1>x</h1></body>")
    answer = asking.ask("POST", f"/tasks/{gid}/stories", json={"data": {"html_text": "<body><h1>x</h1></body>"}})
    assert answer.status_code == 400


def test_plain_words_of_rich_text_show_where_links_lead() -> None:
    html = '<body>see <a href="https://a.test/1">here</a><ul><li>one</li><li>two</li></ul><pre>x</pre></body>'
    assert richtext.plain(html) == "see here (https://a.test/1)\none\n\ntwo\n\nx"


def test_what_is_not_asked_for_is_not_told(asking: Asking) -> None:
    gid = asking.create()
    assert asking.ok("GET", f"/tasks/{gid}", params={"opt_fields": "name"}) == {"gid": gid, "name": "Boom"}
    assert "html_notes" not in asking.ok("GET", f"/tasks/{gid}")
    deep = asking.ok("GET", f"/tasks/{gid}", params={"opt_fields": "memberships.section.name"})
    assert deep["memberships"] == [{"section": {"gid": "3001", "name": "Untitled section"}}]
    listed = asking.ok("GET", "/tasks", params={"project": "12001"})
    assert listed == [{"gid": gid, "name": "Boom", "resource_type": "task", "resource_subtype": "default_task"}]


def test_a_list_is_paged_by_tokens_and_consistent_at_once(asking: Asking) -> None:
    gids = [asking.create(name=f"Boom {number}") for number in range(5)]
    seen, params = [], {"project": "12001", "limit": "2"}
    while True:
        page = asking.ask("GET", "/tasks", params=params).json()
        seen += [each["gid"] for each in page["data"]]
        if page["next_page"] is None:
            break
        params["offset"] = page["next_page"]["offset"]
    assert seen == gids
    assert asking.ask("GET", "/tasks", params={**params, "offset": "2"}).status_code == 400
    assert asking.ask("GET", "/tasks", params={**params, "limit": "101"}).status_code == 400


def test_modified_since_leaves_out_what_was_not_touched(asking: Asking) -> None:
    gid = asking.create()
    for ahead, expected in ((timedelta(minutes=-1), [gid]), (timedelta(minutes=1), [])):
        since = (datetime.now(UTC) + ahead).isoformat()
        listed = asking.ok("GET", "/tasks", params={"project": "12001", "modified_since": since})
        assert [each["gid"] for each in listed] == expected
    wrong = asking.ask("GET", "/tasks", params={"project": "12001", "modified_since": "yesterday"})
    assert wrong.status_code == 400


def test_the_search_wants_a_paid_plan_and_then_lags() -> None:
    with AsanaStandIn() as free, Asking.of(free) as asking:
        assert asking.ask("GET", "/workspaces/1200/tasks/search", params={"text": "Boom"}).status_code == 402
    with AsanaStandIn(amended(demo(), {"premium": True})) as paid, Asking.of(paid) as asking:
        asking.create()
        assert asking.ok("GET", "/workspaces/1200/tasks/search", params={"text": "Boom"}) == []
        asking.control("config", search_lag=0)
        assert len(asking.ok("GET", "/workspaces/1200/tasks/search", params={"text": "Boom"})) == 1


def test_places_are_for_creation_and_for_sections(asking: Asking) -> None:
    gid = asking.create()
    for name, value in (("projects", ["12002"]), ("memberships", [])):
        answer = asking.ask("PUT", f"/tasks/{gid}", json={"data": {name: value}})
        assert (answer.status_code, name in answer.text) == (400, True)
    asking.ok("POST", "/sections/3102/addTask", json={"data": {"task": gid}})
    task = asking.ok("GET", f"/tasks/{gid}", params={"opt_fields": "memberships.section.name"})
    assert [each["section"]["name"] for each in task["memberships"]] == ["Untitled section", "Needs triage"]


def test_a_deleted_task_is_unknown_and_a_private_one_forbidden(asking: Asking) -> None:
    gone, kept = asking.create(), asking.create(projects=["12002"])
    asking.ok("DELETE", f"/tasks/{gone}")
    projects = [
        {"gid": each.gid, "name": each.name, "sections": [{"gid": "1", "name": "x"}]} for each in demo().projects
    ]
    assert asking.ask("GET", f"/tasks/{gone}").status_code == 404
    hidden = [{**each, "visible": each["gid"] != "12002"} for each in projects]
    asking.control("config", projects=hidden)
    assert asking.ask("GET", f"/tasks/{kept}").status_code == 403
    assert asking.ask("GET", "/projects/12002").status_code == 403


def test_only_an_app_reads_a_task_by_its_own_data() -> None:
    with AsanaStandIn(amended(demo(), {"oauth": True})) as asana, Asking.of(asana) as asking:
        gid = asking.create(external={"gid": "vedette-1"})
        assert asking.ok("GET", "/tasks/external:vedette-1")["gid"] == gid
        asking.control("config", oauth=False)
        assert asking.ask("GET", "/tasks/external:vedette-1").status_code == 404


def test_a_stranger_is_told_so_and_a_body_without_data_too(asking: Asking) -> None:
    assert httpx2.get(f"{asking.base}/users/me", headers={"authorization": "Bearer x"}).status_code == 401
    answer = asking.ask("POST", "/tasks", json={"name": "x", "projects": ["12001"]})
    assert (answer.status_code, "`data`" in answer.text) == (400, True)


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        ({"project": "99"}, 400, "project: Not a recognized ID: 99"),
        ({}, 400, "project: Not a recognized ID"),
        ({"project": "12002", "section": "3001"}, 400, "section: Not a recognized ID: 3001"),
        ({"project": "12002", "place": "top"}, 400, "Unknown or read-only field"),
    ],
)
def test_a_further_project_that_is_not_there_is_refused(
    asking: Asking, data: dict[str, str], status: int, words: str
) -> None:
    answer = asking.ask("POST", f"/tasks/{asking.create()}/addProject", json={"data": data})
    assert answer.status_code == status
    assert words in answer.json()["errors"][0]["message"]


def test_a_task_stands_in_at_most_twenty_projects_and_twice_in_none() -> None:
    first = demo().projects[0]
    more = [
        msgspec.to_builtins(first) | {"gid": str(30_000 + n), "sections": [{"gid": f"4{n:04}", "name": "In"}]}
        for n in range(20)
    ]
    with (
        AsanaStandIn(amended(demo(), {"projects": [msgspec.to_builtins(first), *more]})) as asana,
        Asking.of(asana) as asking,
    ):
        gid = asking.create()
        adding = [str(30_000 + n) for n in (*range(19), 3)]
        for project in adding:
            asking.ok("POST", f"/tasks/{gid}/addProject", json={"data": {"project": project}})
        (task,) = asana.tickets()
        assert task["projects"] == ["12001", *adding[:-1]]
        answer = asking.ask("POST", f"/tasks/{gid}/addProject", json={"data": {"project": "30019"}})
        assert (answer.status_code, "at most 20 projects" in answer.text) == (400, True)


def test_a_portfolio_lists_archived_projects_and_other_portfolios_too(asking: Asking) -> None:
    listed = asking.ok("GET", "/portfolios/7001/items", params={"opt_fields": "resource_type,archived,created_at"})
    assert [(each["gid"], each["resource_type"], each.get("archived")) for each in listed] == [
        ("12011", "project", False),
        ("7003", "portfolio", None),
        ("12012", "project", False),
        ("12013", "project", True),
    ]
