"""Every request that the Jira client can send is one that the published specifications know, on both faces."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import jsonschema_rs
import pytest

from tests.conformance.trackers import document, draft_of, fence
from tests.contract.jira import DIALECTS, FILES, Contract, Said, contract, needs_specs, specs
from tests.contract.openapi import paths_in, unnamed
from tests.integrations.jira.canned import Reply, canned_jira
from tests.integrations.jira.standing import NOWHERE, ROUTE, JiraCase, standing, with_project
from vedette.integrations.jira import client
from vedette.model.tickets import TicketRef
from vedette.sandbox.jira import CustomField, Exchange, Face, Fate

pytestmark = needs_specs

# The stand-in has no such call; it is checked against the specification by itself below.
APART = {"/comment/list"}
COMMENT_LIST = "/rest/api/3/comment/list"


def tour(case: JiraCase) -> None:
    """Do everything that a tracker does, in every way that sends another request."""
    tracker, draft = case.tracker, draft_of(case)
    now = datetime.now(UTC)
    watermark = tracker.watermark(draft, known=())
    ref = tracker.create(draft, fence=fence())
    tracker.look(draft, watermark=watermark, attempted_at=now)
    tracker.look(draft_of(case, 9), watermark=watermark, attempted_at=now)
    tracker.search(stamp=draft.stamp, link=draft.link)
    list(tracker.stamped(since=now))
    tracker.changed([ref], since=now)
    gone = TicketRef("jira", "WB-99", "99", "")
    tracker.read([ref, gone])
    for _ in range(2):
        tracker.comment(ref, document(), marker="m-1", fence=fence())
        tracker.link(ref, url=draft.link, title="MERCHANT-1", fence=fence())
        tracker.prioritise(ref, priority=tracker.priorities(ref)[-1], fence=fence())
    # On Cloud the create itself carries the stamp; it is taken away so that mending writes it there too.
    case.jira.on_loop(lambda state: state.attached[int(ref.id)].properties.clear())
    tracker.mend(ref, draft, fence=fence())
    tracker.transition(ref, status="Ready for Eng", fence=fence())
    tracker.close(ref, fence=fence())
    tracker.reopen(ref, status="Need Triage", fence=fence())
    list(tracker.check([("vedette.yaml:7:3", case.route), ("vedette.yaml:9:3", NOWHERE)]))


@pytest.fixture(scope="module", params=list(Face), ids=str)
def spoken(request: pytest.FixtureRequest) -> tuple[Face, list[Exchange]]:
    """What a full tour of one face said over the wire; its labels are dropped, so that mending has work."""
    face: Face = request.param
    cost = CustomField(id="customfield_10051", name="Cost centre")
    with standing(with_project(face, labels_on_create=Fate.DROPPED, custom_fields=(cost,))) as case:
        tour(case)
        return face, case.jira.exchanges()


def test_every_request_is_as_specified_and_every_answer_too(
    spoken: tuple[Face, list[Exchange]], say: Callable[[str], None]
) -> None:
    face, exchanges = spoken
    checker = contract(face)
    wrong = [problem for each in exchanges for problem in checker.request_problems(each)]
    assert wrong == []
    checker.check_all(exchanges)
    operations = {checker.operation(each) for each in exchanges}
    say(f"Jira client, {face.value}: {len(exchanges)} requests of {len(operations)} operations checked")
    assert len(operations) >= 17


def test_the_tour_left_out_no_path_that_the_client_knows(spoken: tuple[Face, list[Exchange]]) -> None:
    face, exchanges = spoken
    elsewhere = {
        Face.DATACENTER: {"/search/jql", "/issue/bulkfetch", "/project/search", "/priority/search"},
        Face.CLOUD: {"/search", "/project", "/priority"},
    }
    prefix = "/rest/api/3" if face is Face.CLOUD else "/api/2"
    called = {unnamed(contract(face).operation(each).partition(" ")[2].removeprefix(prefix)) for each in exchanges}
    known = paths_in(client)
    assert len(known) > 15
    assert {unnamed(path) for path in known} - called == APART | elsewhere[face]


def test_a_wrong_request_would_be_noticed(spoken: tuple[Face, list[Exchange]]) -> None:
    face, exchanges = spoken
    checker = contract(face)
    create = next(each for each in exchanges if each.method == "POST" and each.path.endswith("/issue"))
    body = {**json.loads(create.body), "field": {}}
    said = Said.of(create)
    assert checker.request_problems(Said(**{**vars(said), "body": json.dumps(body).encode()})) != []
    assert checker.request_problems(Said(**{**vars(said), "path": create.path + "s"})) != []


def test_every_document_sent_to_cloud_agrees_with_the_schema(
    spoken: tuple[Face, list[Exchange]], say: Callable[[str], None]
) -> None:
    face, exchanges = spoken
    bodies = [json.loads(each.body) for each in exchanges if each.method == "POST" and each.body]
    texts = [body["fields"]["description"] for body in bodies if "description" in body.get("fields", {})]
    texts += [body["body"] for body in bodies if "body" in body]
    assert len(texts) == 2
    if face is Face.DATACENTER:
        assert all(isinstance(text, str) for text in texts)
        return
    folder = specs()
    assert folder is not None
    schema = jsonschema_rs.validator_for(json.loads((folder / "adf-schema-full.json").read_bytes()))
    assert [error.message for text in texts for error in schema.iter_errors(text)] == []
    say(f"Jira client: {len(texts)} documents checked")


def test_the_list_of_comments_with_properties_is_asked_as_specified() -> None:
    folder = specs()
    assert folder is not None
    published = json.loads((folder / FILES[Face.CLOUD]).read_bytes())
    published["paths"] = {COMMENT_LIST: published["paths"][COMMENT_LIST]}
    checker = Contract(published, DIALECTS[Face.CLOUD])
    ref = TicketRef("jira", "WB-17", "20017", "")
    with canned_jira() as (canned, tracker):
        canned.on("GET /issue/20017/comment", Reply({"comments": [{"id": "9", "body": {}}], "total": 1}))
        canned.on("POST /comment/list", Reply({"values": []}))
        canned.on("POST /issue/20017/comment", Reply({"id": "10"}, status=201))
        tracker.comment(ref, document(), marker="m-1", fence=fence())
        (asked,) = (each for each in canned.asked if each.path.endswith("/comment/list"))
    said = Said(
        method=asked.method,
        path=asked.path,
        query=asked.query,
        headers=asked.headers,
        body=json.dumps(asked.body).encode(),
    )
    assert checker.request_problems(said) == []
    assert checker.request_problems(Said(**{**vars(said), "body": b'{"ids": ["9"]}'})) != []


def test_the_route_of_the_tour_names_everything_that_a_route_can() -> None:
    assert all((ROUTE.components, ROUTE.labels, ROUTE.priority, ROUTE.assignee, ROUTE.type, ROUTE.status))
