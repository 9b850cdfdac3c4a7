"""Every query that the Linear client can send is one that the published schema knows, with the values it sends."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.conformance.trackers import document, draft_of, fence
from tests.contract.linear import contract, needs_specs
from tests.integrations.linear.standing import NOWHERE, ROUTE, LinearCase, standing
from vedette.integrations.linear import queries
from vedette.model.tickets import TicketRef
from vedette.sandbox.linear import Exchange, amended, demo

pytestmark = needs_specs

DOCUMENTS = {
    name: text
    for name, text in vars(queries).items()
    if name.isupper() and text.lstrip().startswith(("query", "mutation"))
}


def tour(case: LinearCase) -> None:
    """Do everything that a tracker does, in every way that sends another query."""
    tracker, draft = case.tracker, draft_of(case)
    now = datetime.now(UTC)
    watermark = tracker.watermark(draft, known=())
    ref = tracker.create(draft, fence=fence())
    tracker.look(draft, watermark=watermark, attempted_at=now)
    tracker.search(stamp="vedette-default-9-main-1", link=draft.link)
    list(tracker.stamped(since=now))
    tracker.changed([ref], since=now)
    tracker.read([ref, TicketRef("linear", "ENG-99", "8b0e1f4e-6d7b-4a53-9d9c-111111111111", "")])
    for _ in range(2):
        tracker.comment(ref, document(), marker="m-1", fence=fence())
        tracker.link(ref, url=draft.link, title="MERCHANT-1", fence=fence())
    tracker.mend(ref, replace(draft, stamp="vedette-default-4711-main-2"), fence=fence())
    tracker.close(ref, fence=fence())
    case.behind("archive", key=ref.key)
    tracker.reopen(ref, status="Triage", fence=fence())
    lacking = replace(case.route, labels=("senty",))
    list(tracker.check([("vedette.yaml:7:3", case.route), ("vedette.yaml:9:3", NOWHERE), ("b", lacking)]))


@pytest.fixture(scope="module")
def spoken() -> list[Exchange]:
    """What a full tour said over the wire; our label is not there yet, so that it is made."""
    labels = [each for each in amended(demo(), {}).labels if each.name != "vedette"]
    with standing(
        amended(demo(), {"labels": [{"id": each.id, "name": each.name, "team": each.team} for each in labels]})
    ) as case:
        assert case.route is ROUTE
        tour(case)
        return case.linear.exchanges()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_valid_by_the_schema(name: str) -> None:
    assert contract().query_problems(DOCUMENTS[name]) == []


def test_a_document_with_an_unknown_field_is_noticed() -> None:
    wrong = queries.VIEWER.replace("displayName", "displayNames")
    assert any("displayNames" in each for each in contract().query_problems(wrong))


def test_every_request_has_the_values_that_the_schema_wants_and_every_answer_is_what_was_asked(
    spoken: list[Exchange], say: Callable[[str], None]
) -> None:
    checker = contract()
    wrong = [problem for each in spoken for problem in checker.request_problems(each)]
    assert wrong == []
    checker.check_all(spoken)
    say(f"Linear client: {len(spoken)} requests with {len(DOCUMENTS)} documents checked")
    assert len(spoken) > 30


def test_the_tour_left_out_no_document_that_the_client_knows(spoken: list[Exchange]) -> None:
    sent = {json.loads(each.body)["query"] for each in spoken}
    assert {name for name, text in DOCUMENTS.items() if text not in sent} == set()
