"""Proof of absence: lists and single reads find what an attempt left, and silence counts only where we can see."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.conformance.trackers import Trouble, draft_of, fence, tickets_of
from tests.integrations.github.standing import GitHubCase, installed, standing, with_repository
from vedette.errors import Refused, Unavailable, Uncertain
from vedette.integrations.github.proof import MOST_READ
from vedette.model.tickets import TicketDraft, TicketRef, TicketState
from vedette.ports.roles import Absent
from vedette.sandbox.github import amended, demo

WATERMARK = "acme/workbench#0"


@pytest.fixture(params=["token", "app"])
def case(request: pytest.FixtureRequest) -> Iterator[GitHubCase]:
    with standing(amended(demo(), {"app": installed()}) if request.param == "app" else demo()) as standing_case:
        yield standing_case


def lost(case: GitHubCase, draft: TicketDraft) -> tuple[str, datetime]:
    """A create whose answer was lost after the commit."""
    attempted_at = datetime.now(UTC)
    watermark = case.tracker.watermark(draft, known=())
    case.trouble(Trouble.RESET_AFTER_COMMIT)
    with pytest.raises(Uncertain):
        case.tracker.create(draft, fence=fence())
    return watermark, attempted_at


def keys(case: GitHubCase, draft: TicketDraft, *, watermark: str = WATERMARK) -> list[str]:
    """Addresses of the tickets that a look finds."""
    found = case.tracker.look(draft, watermark=watermark, attempted_at=datetime.now(UTC))
    return [ticket.ref.key for ticket in tickets_of(found)]


def test_a_lost_answer_is_found_at_once_and_without_a_search(case: GitHubCase) -> None:
    draft = draft_of(case)
    watermark, attempted_at = lost(case, draft)
    assert watermark == WATERMARK
    found = tickets_of(case.tracker.look(draft, watermark=watermark, attempted_at=attempted_at))
    assert [(each.ref.key, each.stamp) for each in found] == [("acme/workbench#1", draft.stamp)]
    assert not [each for each in case.calls() if "/search" in each]


def test_the_watermark_is_the_highest_of_list_and_ledger_and_of_this_repository_only(case: GitHubCase) -> None:
    case.tracker.create(draft_of(case, 1), fence=fence())
    case.behind("pull", project="acme/workbench")
    refs = [TicketRef("github", key, "1", "") for key in ("Acme/Workbench#2", "acme/payments#99", "odd")]
    assert case.tracker.watermark(draft_of(case), known=refs) == "acme/workbench#2"
    beyond = [*refs, TicketRef("github", "acme/workbench#12", "1", "")]
    assert case.tracker.watermark(draft_of(case), known=beyond) == "acme/workbench#12"


def test_a_ticket_behind_a_page_of_other_peoples_issues_is_found(case: GitHubCase) -> None:
    draft = draft_of(case)
    lost(case, draft)
    for number in range(120):
        case.stranger(f"other {number}")
    assert keys(case, draft) == ["acme/workbench#1"]


def test_a_ticket_that_was_transferred_meanwhile_is_found_behind_its_number(case: GitHubCase) -> None:
    draft = draft_of(case)
    lost(case, draft)
    case.behind("move", key="acme/workbench#1", project="acme/payments")
    assert keys(case, draft) == ["acme/payments#1"]


def test_a_ticket_that_lost_its_marker_counts_only_with_the_exact_link(case: GitHubCase) -> None:
    draft = draft_of(case, 47)
    lost(case, draft)
    case.behind("edit", key="acme/workbench#1", body=f"seen at {draft.link}")
    assert keys(case, draft) == ["acme/workbench#1"]
    assert isinstance(case.tracker.look(draft_of(case, 4), watermark=WATERMARK, attempted_at=datetime.now(UTC)), Absent)


def test_a_marker_that_a_stranger_copied_is_not_ours(case: GitHubCase) -> None:
    draft = draft_of(case)
    lost(case, draft)
    body = case.github.tickets()[0]["body"]
    case.delete(TicketRef("github", "acme/workbench#1", "", ""))
    case.behind("edit", key=case.stranger("copied"), body=body)
    assert isinstance(case.tracker.look(draft, watermark=WATERMARK, attempted_at=datetime.now(UTC)), Absent)


def test_pull_requests_and_deleted_issues_share_the_numbers_and_hide_nothing(case: GitHubCase) -> None:
    draft = draft_of(case)
    for _ in range(5):
        case.behind("pull", project="acme/workbench")
        case.delete(TicketRef("github", case.stranger("gone"), "", ""))
    assert isinstance(case.tracker.look(draft, watermark=WATERMARK, attempted_at=datetime.now(UTC)), Absent)
    lost(case, draft)
    assert keys(case, draft) == ["acme/workbench#11"]


def test_more_unlisted_numbers_than_are_read_prove_nothing(case: GitHubCase) -> None:
    draft = draft_of(case)
    case.skip(MOST_READ + 1)
    case.stranger("the newest")
    with pytest.raises(Unavailable, match=r"acme/workbench shows 64 numbers from 1 to 65, .*absence cannot be proven"):
        case.tracker.look(draft, watermark=WATERMARK, attempted_at=datetime.now(UTC))
    reads = [each for each in case.calls() if each.startswith("GET /repos/acme/workbench/issues/")]
    assert len(reads) == MOST_READ


def test_as_many_unlisted_numbers_as_are_read_prove_absence(case: GitHubCase) -> None:
    # Three numbers past the newest are read too.
    case.skip(MOST_READ - 3)
    case.stranger("the newest")
    found = case.tracker.look(draft_of(case), watermark=WATERMARK, attempted_at=datetime.now(UTC))
    assert isinstance(found, Absent)
    assert f"read the {MOST_READ} numbers after 0" in found.witness


def test_a_ticket_among_too_many_unlisted_numbers_is_found_where_a_list_shows_it(case: GitHubCase) -> None:
    case.skip(MOST_READ + 50)
    draft = draft_of(case)
    lost(case, draft)
    assert keys(case, draft) == [f"acme/workbench#{MOST_READ + 51}"]


@pytest.mark.parametrize(
    ("change", "words"),
    [({"visible": False}, "give the bot access"), ({"has_issues": False}, "switch its issues on")],
)
def test_silence_of_a_repository_that_cannot_be_seen_proves_nothing(
    case: GitHubCase, change: dict[str, bool], words: str
) -> None:
    draft = draft_of(case)
    watermark, attempted_at = lost(case, draft)
    case.github.on_loop(lambda state: state.configure(with_repository(state.config, **change)))
    with pytest.raises(Unavailable, match=f"absence cannot be proven.*{words}"):
        case.tracker.look(draft, watermark=watermark, attempted_at=attempted_at)


@pytest.mark.parametrize("change", [{"visible": False}, {"has_issues": False}])
def test_a_ticket_that_cannot_be_seen_is_not_called_deleted(case: GitHubCase, change: dict[str, bool]) -> None:
    ref = case.tracker.create(draft_of(case), fence=fence())
    case.github.on_loop(lambda state: state.configure(with_repository(state.config, **change)))
    with pytest.raises(Refused, match=r"acme/workbench#1 cannot be read and is not known to be deleted"):
        case.tracker.read([ref])


def test_a_watermark_that_is_none_is_refused(case: GitHubCase) -> None:
    for broken in ("", "acme/workbench", "acme/workbench#", "#3", "acme/workbench#x"):
        with pytest.raises(Refused, match="no address"):
            case.tracker.look(draft_of(case), watermark=broken, attempted_at=datetime.now(UTC))


def test_the_audit_reads_every_page_and_knows_transferred_tickets_by_their_id(case: GitHubCase) -> None:
    since = datetime.now(UTC) - timedelta(seconds=2)
    refs = [case.tracker.create(draft_of(case, number), fence=fence()) for number in range(105)]
    case.move(refs[0])
    found = {ticket.ref.id: ticket.ref.key for ticket in case.tracker.stamped(since=since)}
    assert found.keys() == {ref.id for ref in refs}
    assert found[refs[0].id] == "acme/payments#1"


def test_many_tickets_are_read_by_lists_and_each_is_told_apart(case: GitHubCase) -> None:
    refs = [case.tracker.create(draft_of(case, number), fence=fence()) for number in range(8)]
    case.move(refs[1])
    case.delete(refs[2])
    case.tracker.close(refs[3], fence=fence())
    before = len(case.calls())
    found = case.tracker.read(refs)
    states = [found[ref.id].state for ref in refs]
    assert states == [TicketState.OPEN] * 2 + [TicketState.GONE, TicketState.DONE] + [TicketState.OPEN] * 4
    assert found[refs[1].id].ref.key == "acme/payments#1"
    assert len(case.calls()) - before <= 6


def test_a_copied_body_does_not_take_the_ids_of_the_first(case: GitHubCase) -> None:
    draft = draft_of(case)
    first = case.tracker.create(draft, fence=fence())
    case.behind("edit", key=case.stranger("copy"), body=case.github.tickets()[0]["body"], author=case.login)
    found = tickets_of(case.tracker.look(draft, watermark=WATERMARK, attempted_at=datetime.now(UTC)))
    assert [ticket.ref.id for ticket in found] == [first.id, "acme/workbench#2"]


def test_a_draft_for_another_spelling_of_the_repository_is_the_same_place(case: GitHubCase) -> None:
    draft = draft_of(case)
    lost(case, replace(draft, route=replace(draft.route, project="ACME/Workbench")))
    assert keys(case, draft) == ["acme/workbench#1"]
