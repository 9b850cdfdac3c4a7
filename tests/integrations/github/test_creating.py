"""A create says everything that the route names; what GitHub refuses or drops is left out, put right, or told."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.conformance.trackers import draft_of, fence
from tests.integrations.github.standing import GitHubCase, settings_for, standing, with_repository
from vedette.integrations.github import GitHubTracker
from vedette.model.tickets import TicketDraft, TicketState
from vedette.sandbox.github import Kind

LABELS = ("Need Triage", "In Progress")


@pytest.fixture
def case() -> Iterator[GitHubCase]:
    with standing(timeout=5.0) as running:
        config = settings_for(running.github).model_copy(update={"status_labels": LABELS})
        tracker = GitHubTracker("github", config)
        yield replace(running, tracker=tracker)
        tracker.close_connections()


def routed(case: GitHubCase, **changes: Any) -> TicketDraft:
    """A draft whose route is changed."""
    return replace(draft_of(case), route=replace(case.route, **changes))


def held(case: GitHubCase) -> dict[str, Any]:
    """The one issue that there is."""
    (found,) = case.github.tickets()
    return found


def test_everything_that_the_route_names_stands_on_the_ticket(case: GitHubCase) -> None:
    draft = routed(case, status="need triage")
    ref = case.tracker.create(draft, fence=fence())
    issue = held(case)
    assert issue["labels"] == ["sentry", "bug", "Need Triage", "vedette"]
    assert (issue["assignees"], issue["type"], issue["milestone"]) == (["lena-lead"], "Bug", "Autumn")
    assert case.tracker.mend(ref, draft, fence=fence()) == []
    assert case.tracker.read([ref])[ref.id].status == "Need Triage"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"assignee": "nobody"}, "assignee nobody: not kept by acme/workbench"),
        ({"type": "Epic"}, "type Epic: not kept by acme/workbench"),
        ({"fields": {"milestone": "Winter"}}, "milestone Winter: not kept by acme/workbench"),
    ],
)
def test_what_github_refuses_costs_the_ticket_nothing_else_and_is_told(
    case: GitHubCase, changes: dict[str, Any], told: str
) -> None:
    draft = routed(case, **changes)
    ref = case.tracker.create(draft, fence=fence())
    assert held(case)["labels"] == ["sentry", "bug", "vedette"]
    (sentence,) = case.tracker.mend(ref, draft, fence=fence())
    assert sentence.startswith(told)
    assert "name one of acme/workbench" in sentence


def test_three_refused_fields_end_in_one_ticket_all_the_same(case: GitHubCase) -> None:
    draft = routed(case, assignee="nobody", type="Epic", labels=("x" * 60, "ok"))
    ref = case.tracker.create(draft, fence=fence())
    assert len(case.github.tickets()) == 1
    assert len(case.tracker.mend(ref, draft, fence=fence())) == 2


def test_what_github_dropped_in_silence_is_put_right_once_the_bot_may(case: GitHubCase) -> None:
    draft = routed(case)
    case.github.on_loop(lambda state: state.configure(with_repository(state.config, role="read")))
    ref = case.tracker.create(draft, fence=fence())
    assert (held(case)["labels"], held(case)["assignees"], held(case)["type"]) == ([], [], "")
    told = case.tracker.mend(ref, draft, fence=fence())
    assert [each.partition(":")[0] for each in told] == ["labels", "assignee lena-lead", "type Bug", "milestone Autumn"]
    assert all("give the bot the right to push there" in each for each in told)
    case.github.on_loop(lambda state: state.configure(with_repository(state.config, role="write")))
    assert case.tracker.mend(ref, draft, fence=fence()) == []
    assert held(case)["milestone"] == "Autumn"


def test_what_github_issues_has_no_place_for_is_told(case: GitHubCase) -> None:
    draft = routed(case, components=("API",), priority="High", section="Later", fields={"severity": 1})
    ref = case.tracker.create(draft, fence=fence())
    told = case.tracker.mend(ref, draft, fence=fence())
    assert [each.partition(":")[0] for each in told] == ["components", "priority", "section", "fields.severity"]


def test_a_body_that_lost_its_marker_gets_it_back_with_the_same_id(case: GitHubCase) -> None:
    draft = routed(case)
    ref = case.tracker.create(draft, fence=fence())
    case.behind("edit", key=ref.key, body=f"rewritten by a person, see {draft.link}")
    assert case.tracker.mend(ref, draft, fence=fence()) == []
    assert held(case)["body"].startswith("rewritten by a person")
    (found,) = case.tracker.search(stamp=draft.stamp, link=draft.link)
    assert found.ref.id == ref.id


def test_a_refusal_that_is_about_the_words_is_not_sent_again(case: GitHubCase) -> None:
    case.github.fault(Kind.ERROR_503, on="label")
    draft = replace(routed(case), title="")
    case.tracker.create(draft, fence=fence())
    assert held(case)["summary"] == draft.stamp


def statuses(case: GitHubCase, *wanted: str) -> list[tuple[str, str, list[str]]]:
    """What each transition says, what the ticket then is, and its labels."""
    ref = case.tracker.create(routed(case, labels=("sentry",)), fence=fence())
    seen = []
    for each in wanted:
        said = case.tracker.transition(ref, status=each, fence=fence())
        ticket = case.tracker.read([ref])[ref.id]
        seen.append((said, f"{ticket.state}:{ticket.status}", [each for each in ticket.labels if each in LABELS]))
    return seen


def test_a_status_that_is_a_label_stands_alone_and_moves(case: GitHubCase) -> None:
    assert statuses(case, "Need Triage", "in progress", "open") == [
        ("Need Triage", "open:Need Triage", ["Need Triage"]),
        ("In Progress", "open:In Progress", ["In Progress"]),
        ("open", "open:open", []),
    ]


def test_closing_keeps_its_reason_and_a_label_opens_again(case: GitHubCase) -> None:
    assert [each[:2] for each in statuses(case, "Won't do", "done", "duplicate", "In Progress")] == [
        ("not_planned", "wont_do:not_planned"),
        ("completed", "done:completed"),
        ("duplicate", "wont_do:duplicate"),
        ("In Progress", "open:In Progress"),
    ]


def test_reopening_goes_to_the_status_that_was_asked_for(case: GitHubCase) -> None:
    ref = case.tracker.create(routed(case), fence=fence())
    case.tracker.close(ref, fence=fence())
    assert case.tracker.reopen(ref, status="Need Triage", fence=fence()) == "Need Triage"
    assert case.tracker.read([ref])[ref.id].state is TicketState.OPEN


def test_being_there_already_costs_no_write(case: GitHubCase) -> None:
    ref = case.tracker.create(routed(case, status="Need Triage"), fence=fence())
    before = [each for each in case.calls() if each.startswith(("PATCH", "POST"))]
    for _ in range(2):
        assert case.tracker.transition(ref, status="need triage", fence=fence()) == "Need Triage"
    assert [each for each in case.calls() if each.startswith(("PATCH", "POST"))] == before
