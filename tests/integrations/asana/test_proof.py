"""Proofs of absence, and reading many tickets in few calls: silence only counts where we were known to hear."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.conformance.trackers import draft_of, fence, tickets_of
from tests.integrations.asana.standing import AsanaCase, standing
from vedette.errors import Refused, Unavailable
from vedette.model.document import Code, Document
from vedette.model.tickets import TicketRef, TicketState
from vedette.ports.roles import Absent
from vedette.sandbox.asana import demo

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def case() -> Iterator[AsanaCase]:
    with standing(timeout=10) as running:
        yield running


def hidden(gid: str) -> list[Any]:
    """The demo's projects, one of which the token may not see."""
    listed = [msgspec.structs.replace(each, visible=each.gid != gid) for each in demo().projects]
    return list(msgspec.to_builtins(listed))


def look(case: AsanaCase, draft: Any) -> Any:
    return case.tracker.look(draft, watermark="12001", attempted_at=datetime.now(UTC))


def test_a_project_out_of_sight_proves_nothing(case: AsanaCase) -> None:
    draft = draft_of(case)
    case.behind("config", projects=hidden("12001"))
    with pytest.raises(Unavailable, match="12001 cannot be read, so that absence cannot be proven: give"):
        look(case, draft)


def test_a_watermark_that_is_none_proves_nothing(case: AsanaCase) -> None:
    with pytest.raises(Refused, match="no watermark"):
        case.tracker.look(draft_of(case), watermark="", attempted_at=NOW)


def test_a_key_that_the_error_itself_wrote_into_the_notes_is_not_taken_for_ours(case: AsanaCase) -> None:
    other = "vedette-default-9-main-1"
    body = Document((Code(f"boom\nVedette's key: {other}\n"),))
    draft = replace(draft_of(case), body=body)
    ref = case.tracker.create(draft, fence=fence())
    assert case.tracker.read([ref])[ref.id].stamp == draft.stamp
    spoofed = replace(draft_of(case, 9), stamp=other)
    assert isinstance(look(case, spoofed), Absent)


def test_a_task_whose_key_was_wiped_is_known_by_its_link(case: AsanaCase) -> None:
    draft = draft_of(case)
    ref = case.tracker.create(draft, fence=fence())
    case.asana.on_loop(lambda state: state.change(state.tasks[int(ref.id)], html_notes="<body></body>"))
    assert [each.ref for each in tickets_of(look(case, draft))] == [ref]
    assert isinstance(look(case, draft_of(case, 471)), Absent)


def test_named_projects_are_the_only_further_ones_that_are_read() -> None:
    with standing(projects=("Ingestion backlog", "portfolio:7001")) as case:
        draft = draft_of(case)
        ref = case.tracker.create(draft, fence=fence())
        case.behind("move", key=ref.key, project="12002")
        assert [each.ref.id for each in tickets_of(look(case, draft))] == [ref.id]
        case.behind("move", key=ref.key, project="12003")
        absent = look(case, draft)
        assert isinstance(absent, Absent)
        assert "project 12001 and 3 more" in absent.witness


def test_lists_longer_than_a_page_are_read_to_their_end(case: AsanaCase) -> None:
    project = "12001"
    names = [f"boom {number}" for number in range(230)]
    case.asana.on_loop(lambda state: [state.create(name=name, places=((project, "3001"),)) for name in names])
    draft = draft_of(case)
    ref = case.tracker.create(draft, fence=fence())
    assert [each.ref for each in tickets_of(look(case, draft))] == [ref]


def test_500_unchanged_tickets_are_read_in_five_calls(case: AsanaCase) -> None:
    def fill(state: Any) -> list[TicketRef]:
        made = [state.create(name=f"boom {number}", places=(("12001", "3001"),)) for number in range(500)]
        url = f"{case.asana.url}/1/1200/project/12001/task/"
        return [TicketRef("asana", each.gid, each.gid, url + each.gid) for each in made]

    refs = case.asana.on_loop(fill)
    before = len(case.asana.exchanges())
    read = case.tracker.read(refs)
    assert {each.state for each in read.values()} == {TicketState.OPEN}
    assert len(read) == 500
    assert len(case.asana.exchanges()) - before == 5


def test_among_many_the_closed_moved_and_deleted_are_read_by_themselves(case: AsanaCase) -> None:
    refs = [case.tracker.create(draft_of(case, number), fence=fence()) for number in range(1, 9)]
    case.behind("complete", key=refs[0].key)
    case.behind("move", key=refs[1].key, project="12002")
    case.behind("delete", key=refs[2].key)
    read = case.tracker.read(refs)
    states = [read[ref.id].state for ref in refs]
    assert states == [TicketState.DONE, TicketState.OPEN, TicketState.GONE, *[TicketState.OPEN] * 5]
    assert read[refs[1].id].project == "12002"


def test_a_crowded_list_is_left_when_reading_each_is_cheaper() -> None:
    crowd = [f"theirs {number}" for number in range(900)]
    with standing(timeout=20) as case:
        case.asana.on_loop(lambda state: [state.create(name=name, places=(("12001", "3001"),)) for name in crowd])
        refs = [case.tracker.create(draft_of(case, number), fence=fence()) for number in range(1, 5)]
        before = len(case.asana.exchanges())
        assert len(case.tracker.read(refs)) == 4
        assert len(case.asana.exchanges()) - before == 4 + 4


def test_a_task_in_a_project_that_went_out_of_sight_is_not_called_deleted(case: AsanaCase) -> None:
    ref = case.tracker.create(draft_of(case), fence=fence())
    case.behind("config", projects=hidden("12001"))
    with pytest.raises(Refused, match="is not known to be deleted, since project 12001 cannot be seen: give"):
        case.tracker.read([ref])


def test_a_deleted_project_took_its_tasks_along(case: AsanaCase) -> None:
    ref = case.tracker.create(draft_of(case), fence=fence())
    case.behind("delete", key=ref.key)
    case.behind("config", projects=[each for each in hidden("") if each["gid"] != "12001"])
    assert case.tracker.read([ref])[ref.id].state is TicketState.GONE


def test_a_workspace_that_was_left_calls_nothing_deleted(case: AsanaCase) -> None:
    ref = case.tracker.create(draft_of(case), fence=fence())
    case.behind("delete", key=ref.key)
    case.behind("config", workspace="1300")
    with pytest.raises(Refused, match="since workspace 1200 cannot be seen: give"):
        case.tracker.read([ref])


def test_a_task_made_private_elsewhere_is_gone_for_us(case: AsanaCase) -> None:
    ref = case.tracker.create(draft_of(case), fence=fence())
    case.behind("move", key=ref.key, project="12002")
    case.behind("config", projects=hidden("12002"))
    assert case.tracker.read([ref])[ref.id].state is TicketState.GONE


def test_the_audit_passes_over_what_people_made(case: AsanaCase) -> None:
    case.asana.on_loop(lambda state: state.create(name="theirs", places=(("12001", "3001"),)))
    ref = case.tracker.create(draft_of(case), fence=fence())
    since = datetime.now(UTC) - timedelta(hours=1)
    assert [each.ref for each in case.tracker.stamped(since=since)] == [ref]


def test_a_task_without_a_project_is_read_and_its_status_is_nothing(case: AsanaCase) -> None:
    ref = case.tracker.create(draft_of(case), fence=fence())
    case.asana.on_loop(lambda state: state.change(state.tasks[int(ref.id)], places=()))
    read = case.tracker.read([ref])[ref.id]
    assert (read.state, read.status, read.project) == (TicketState.OPEN, "", "")
