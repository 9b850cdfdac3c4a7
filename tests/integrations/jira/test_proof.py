"""Proof of absence: what an attempt left is found past the index, and silence counts only where we can see."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.conformance.trackers import Trouble, draft_of, fence, tickets_of
from tests.integrations.jira.standing import JiraCase, standing, with_project
from vedette.errors import Refused, Unavailable, Uncertain
from vedette.model.tickets import TicketDraft, TicketRef, TicketState
from vedette.ports.roles import Absent
from vedette.sandbox.jira import Face, Fate, amended, demo


@pytest.fixture(params=list(Face), ids=str)
def face(request: pytest.FixtureRequest) -> Face:
    chosen: Face = request.param
    return chosen


@pytest.fixture
def case(face: Face) -> Iterator[JiraCase]:
    with standing(demo(face), timeout=10) as standing_case:
        yield standing_case


def lost(case: JiraCase, draft: TicketDraft) -> tuple[str, datetime]:
    """A create whose answer was lost after the commit."""
    attempted_at = datetime.now(UTC)
    watermark = case.tracker.watermark(draft, known=())
    case.trouble(Trouble.RESET_AFTER_COMMIT)
    with pytest.raises(Uncertain):
        case.tracker.create(draft, fence=fence())
    return watermark, attempted_at


def test_what_the_index_does_not_know_yet_is_found_by_key(face: Face) -> None:
    with standing(amended(demo(face), {"index_lag": [3600, 3600]})) as case:
        draft = draft_of(case)
        known = case.tracker.create(draft_of(case, 1), fence=fence())
        watermark, attempted_at = lost(case, draft)
        assert watermark == "WB:0"
        assert case.tracker.search(stamp=draft.stamp, link=draft.link) == ()
        found = tickets_of(case.tracker.look(draft, watermark=watermark, attempted_at=attempted_at))
        assert [ticket.ref.key for ticket in found] == ["WB-2"]
        assert case.tracker.watermark(draft, known=[known]) == "WB:1"


def test_the_watermark_is_the_highest_of_index_and_ledger_and_of_this_project_only(case: JiraCase) -> None:
    draft = draft_of(case)
    for number in range(3):
        case.tracker.create(draft_of(case, number), fence=fence())
    refs = [TicketRef("jira", key, "1", "") for key in ("WB-2", "PAY-99", "WBX-50", "WB-odd")]
    assert case.tracker.watermark(draft, known=refs) == "WB:3"
    assert case.tracker.watermark(draft, known=[*refs, TicketRef("jira", "WB-12", "1", "")]) == "WB:12"
    small = replace(draft, route=replace(draft.route, project="wb"))
    assert case.tracker.watermark(small, known=()) == "WB:3"


def test_gaps_in_the_numbers_do_not_hide_a_ticket(face: Face) -> None:
    with standing(amended(demo(face), {"gap_chance": 1.0, "gap_most": 20})) as case:
        draft = draft_of(case)
        for number in range(3):
            case.tracker.create(draft_of(case, number), fence=fence())
        watermark = "WB:0"
        lost(case, draft)
        found = tickets_of(case.tracker.look(draft, watermark=watermark, attempted_at=datetime.now(UTC)))
        assert [ticket.stamp for ticket in found] == [draft.stamp]
        assert int(found[0].ref.key.partition("-")[2]) > 4


def test_a_ticket_far_behind_many_others_is_found(case: JiraCase) -> None:
    draft = draft_of(case)
    for number in range(60):
        case.tracker.create(draft_of(case, number), fence=fence())
    lost(case, draft)
    found = tickets_of(case.tracker.look(draft, watermark="WB:0", attempted_at=datetime.now(UTC)))
    assert [ticket.ref.key for ticket in found] == ["WB-61"]


def test_a_ticket_whose_label_was_dropped_is_known_by_property_or_title(face: Face) -> None:
    with standing(with_project(face, labels_on_create=Fate.DROPPED)) as case:
        draft = draft_of(case)
        watermark, attempted_at = lost(case, draft)
        held = case.jira.tickets()
        assert [(each["labels"], bool(each["properties"])) for each in held] == [([], face is Face.CLOUD)]
        found = tickets_of(case.tracker.look(draft, watermark=watermark, attempted_at=attempted_at))
        assert [ticket.ref.key for ticket in found] == ["WB-1"]


def test_a_ticket_without_any_stamp_counts_only_with_the_exact_link_and_when_new_enough() -> None:
    with standing(with_project(Face.DATACENTER, labels_on_create=Fate.DROPPED)) as case:
        draft = draft_of(case, 47)
        for other in (draft_of(case, 471), draft_of(case, 4)):
            case.tracker.create(other, fence=fence())
        now = datetime.now(UTC)
        assert isinstance(case.tracker.look(draft, watermark="WB:0", attempted_at=now), Absent)
        case.tracker.create(draft, fence=fence())
        assert len(tickets_of(case.tracker.look(draft, watermark="WB:0", attempted_at=now))) == 1
        later = now + timedelta(hours=1)
        assert isinstance(case.tracker.look(draft, watermark="WB:0", attempted_at=later), Absent)


def test_a_ticket_with_the_link_but_another_stamp_is_not_ours(case: JiraCase) -> None:
    case.tracker.create(draft_of(case, generation=1), fence=fence())
    draft = draft_of(case, generation=2)
    assert isinstance(case.tracker.look(draft, watermark="WB:0", attempted_at=datetime.now(UTC)), Absent)


def test_silence_of_a_project_that_cannot_be_browsed_proves_nothing(case: JiraCase, face: Face) -> None:
    draft = draft_of(case)
    watermark, attempted_at = lost(case, draft)
    hidden = with_project(face, browsable=False)
    case.jira.on_loop(lambda state: state.configure(hidden))
    with pytest.raises(Unavailable, match=r"WB cannot be browsed.*Browse Projects"):
        case.tracker.look(draft, watermark=watermark, attempted_at=attempted_at)


def test_a_ticket_that_cannot_be_seen_is_not_called_deleted(case: JiraCase, face: Face) -> None:
    ref = case.tracker.create(draft_of(case), fence=fence())
    hidden = with_project(face, browsable=False)
    case.jira.on_loop(lambda state: state.configure(hidden))
    with pytest.raises(Refused, match=r"WB-1 cannot be read.*Browse Projects"):
        case.tracker.read([ref])


def test_a_ticket_known_by_key_alone_is_read_too(case: JiraCase) -> None:
    ref = case.tracker.create(draft_of(case), fence=fence())
    old = replace(ref, id="")
    case.move(ref)
    assert case.tracker.read([old])["WB-1"].ref.key == "PAY-1"


def test_a_watermark_that_is_none_is_refused(case: JiraCase) -> None:
    for broken in ("", "WB", "WB:", ":3", "WB:x"):
        with pytest.raises(Refused, match="watermark"):
            case.tracker.look(draft_of(case), watermark=broken, attempted_at=datetime.now(UTC))


def test_the_audit_reads_every_page(case: JiraCase) -> None:
    since = datetime.now(UTC)
    for number in range(120):
        case.tracker.create(draft_of(case, number), fence=fence())
    assert len({ticket.ref.key for ticket in case.tracker.stamped(since=since)}) == 120


def test_the_audit_does_not_see_a_ticket_that_only_the_index_still_has(case: JiraCase) -> None:
    since = datetime.now(UTC)
    refs = [case.tracker.create(draft_of(case, number), fence=fence()) for number in (1, 2)]
    case.jira.on_loop(lambda state: setattr(state.index, "lag", (3600.0, 3600.0)))
    case.delete(refs[0])
    case.tracker.close(refs[1], fence=fence())
    found = list(case.tracker.stamped(since=since))
    assert [(ticket.ref.id, ticket.state) for ticket in found] == [(refs[1].id, TicketState.DONE)]


def test_many_moved_tickets_and_a_gap_before_ours_do_not_end_the_probe(case: JiraCase) -> None:
    for number in range(30):
        case.move(case.tracker.create(draft_of(case, number), fence=fence()))
    case.jira.on_loop(lambda state: state.numbers.update(WB=50))
    draft = draft_of(case, 4711)
    lost(case, draft)
    found = tickets_of(case.tracker.look(draft, watermark="WB:0", attempted_at=datetime.now(UTC)))
    assert [ticket.ref.key for ticket in found] == ["WB-51"]
