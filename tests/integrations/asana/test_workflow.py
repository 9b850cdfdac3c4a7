"""Sections are statuses: some of them complete a task, and a link or comment is left once whatever people do."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.trackers import document, draft_of, fence
from tests.integrations.asana.standing import AsanaCase, standing
from vedette.errors import Refused
from vedette.model.tickets import TicketRef, TicketState
from vedette.ports.http import Fence

LINK = "https://acme.sentry.io/issues/77/"


@pytest.fixture
def case() -> Iterator[AsanaCase]:
    with standing() as running:
        yield running


@pytest.fixture
def ref(case: AsanaCase) -> TicketRef:
    return case.tracker.create(draft_of(case), fence=fence())


def task(case: AsanaCase) -> dict[str, Any]:
    return case.asana.tickets()[0]


def test_leaving_a_section_that_closes_opens_the_task_again(case: AsanaCase, ref: TicketRef) -> None:
    case.tracker.transition(ref, status="won’t DO", fence=fence())
    assert (task(case)["category"], task(case)["sections"]) == ("done", ["Won't do"])
    assert case.tracker.reopen(ref, status="", fence=fence()) == "Untitled section"
    assert (task(case)["category"], task(case)["sections"]) == ("new", ["Untitled section"])


def test_a_transition_that_is_already_done_sends_nothing(case: AsanaCase, ref: TicketRef) -> None:
    case.tracker.transition(ref, status="In progress", fence=fence())
    # A fence that is spent would be noticed by any write.
    assert case.tracker.transition(ref, status="In progress", fence=Fence.after(0)) == "In progress"


def test_an_unknown_status_names_those_that_there_are(case: AsanaCase, ref: TicketRef) -> None:
    with pytest.raises(Refused, match="has no section In progres; perhaps In progress was meant"):
        case.tracker.transition(ref, status="In progres", fence=fence())


def test_a_section_of_a_second_project_of_the_task_counts_too(case: AsanaCase, ref: TicketRef) -> None:
    places = (("12003", "3201"), ("12001", "3001"))
    case.asana.on_loop(lambda state: state.change(state.tasks[int(ref.id)], places=places))
    assert case.tracker.transition(ref, status="In progress", fence=fence()) == "In progress"
    assert task(case)["sections"] == ["Untitled section", "In progress"]


def test_a_link_that_a_person_removed_is_put_back_and_their_words_stay(case: AsanaCase, ref: TicketRef) -> None:
    case.asana.on_loop(
        lambda state: state.change(state.tasks[int(ref.id)], name="x", html_notes="<body>a &lt; b</body>")
    )
    for _ in range(2):
        case.tracker.link(ref, url=LINK, title="MERCHANT-7", fence=fence())
    assert task(case)["html_notes"] == f'<body>a &lt; b\nSentry issue: <a href="{LINK}">MERCHANT-7</a></body>'


def test_notes_that_asana_does_not_take_back_are_left_alone_and_the_link_becomes_a_comment(
    case: AsanaCase, ref: TicketRef
) -> None:
    odd = "<body><video>of theirs</video></body>"
    case.asana.on_loop(lambda state: state.change(state.tasks[int(ref.id)], name="x", html_notes=odd))
    for _ in range(2):
        case.tracker.link(ref, url=LINK, title="MERCHANT-7", fence=fence())
    assert task(case)["html_notes"] == odd
    assert [LINK in each for each in task(case)["comments"]] == [True]


def test_asanas_own_lines_are_no_comments_of_ours(case: AsanaCase, ref: TicketRef) -> None:
    case.tracker.transition(ref, status="In progress", fence=fence())
    case.tracker.comment(ref, document("again"), marker="m-1", fence=fence())
    assert len(task(case)["comments"]) == 1
    assert case.tracker.read([ref])[ref.id].state is TicketState.OPEN
