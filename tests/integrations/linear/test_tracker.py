"""What Linear makes special: ids that are taken, labels that are made, tickets in the archive, moved or private."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from tests.conformance.trackers import document, draft_of, fence
from tests.integrations.linear.standing import LinearCase, standing
from vedette.errors import Refused, Unavailable, Uncertain
from vedette.model.document import Document, Paragraph, Text
from vedette.model.tickets import TicketDraft, TicketRef, TicketState
from vedette.ports.roles import Absent, Found
from vedette.sandbox.linear import Config, Kind, amended, demo, known_id


@pytest.fixture
def case() -> Any:
    with standing() as standing_case:
        yield standing_case


def without_label(**changes: Any) -> Config:
    """The demo's company before its first ticket: our label is not there."""
    labels = [each for each in msgspec.to_builtins(demo().labels) if each["name"] != "vedette"]
    return amended(demo(), {"labels": labels, **changes})


def sent(case: LinearCase) -> list[str]:
    """The names of the documents that were sent."""
    return [json.loads(each.body)["query"].split()[1].partition("(")[0] for each in case.linear.exchanges()]


def created(case: LinearCase, draft: TicketDraft | None = None) -> TicketRef:
    return case.tracker.create(draft or draft_of(case), fence=fence())


def test_a_ticket_has_all_that_its_route_says(case: LinearCase) -> None:
    draft = draft_of(case)
    created(case, draft)
    (held,) = case.linear.tickets()
    assert held["id"] == case.tracker.watermark(draft, known=())
    assert (held["status"], held["priority"], held["assignee"]) == ("Triage", 2, "lead@acme.test")
    assert (sorted(held["labels"]), held["section"]) == (["bug", "sentry", "vedette"], "Reliability")
    assert held["description"].endswith(f"Vedette: `{draft.stamp}`")


def test_a_second_ticket_of_a_team_costs_one_call(case: LinearCase) -> None:
    created(case)
    before = len(sent(case))
    created(case, draft_of(case, 2))
    assert sent(case)[before:] == ["Create"]


def test_a_create_sent_again_gives_the_ticket_that_is_there(case: LinearCase) -> None:
    draft = draft_of(case)
    ref = created(case, draft)
    case.move(ref)
    again = created(case, draft)
    assert (again.id, again.key, len(case.held())) == (ref.id, "PAY-1", 1)


def test_an_error_after_the_work_is_uncertain_and_a_look_finds_the_ticket(case: LinearCase) -> None:
    draft, now = draft_of(case), datetime.now(UTC)
    watermark = case.tracker.watermark(draft, known=())
    case.linear.fault(Kind.COMMIT_INTERNAL, on="create")
    with pytest.raises(Uncertain):
        created(case, draft)
    assert isinstance(case.tracker.look(draft, watermark=watermark, attempted_at=now), Found)


def test_an_error_before_the_work_is_uncertain_too_and_a_look_proves_absence(case: LinearCase) -> None:
    draft, now = draft_of(case), datetime.now(UTC)
    case.linear.fault(Kind.INTERNAL, on="create")
    with pytest.raises(Uncertain):
        created(case, draft)
    assert isinstance(case.tracker.look(draft, watermark="", attempted_at=now), Absent)


def test_a_label_of_another_team_is_not_taken_and_the_teams_own_goes_before_the_workspaces() -> None:
    shared = {"id": known_id("shared"), "name": "flaky"}
    own = {"id": known_id("own"), "name": "Flaky", "team": "ENG"}
    foreign = {"id": known_id("foreign"), "name": "flaky", "team": "PAY"}
    labels = [*msgspec.to_builtins(demo().labels), own, shared, foreign]
    with standing(amended(demo(), {"labels": labels})) as case:
        created(case, replace(draft_of(case), route=replace(case.route, labels=("flaky",))))
        assert case.linear.tickets()[0]["labels"] == ["Flaky", "vedette"]


def test_our_label_is_made_with_the_first_ticket() -> None:
    with standing(without_label()) as case:
        created(case)
        created(case, draft_of(case, 2))
        assert sent(case).count("Label") == 1
        assert all("vedette" in each["labels"] for each in case.linear.tickets())


def test_a_label_that_may_not_be_made_does_not_cost_the_ticket_and_is_told() -> None:
    with standing(without_label(may_create_labels=False)) as case:
        draft = draft_of(case)
        ref = created(case, draft)
        assert any("vedette" in each for each in case.tracker.mend(ref, draft, fence=fence()))


def test_an_uncertain_label_is_not_an_uncertain_ticket() -> None:
    with standing(without_label()) as case:
        case.linear.fault(Kind.COMMIT_502, on="label")
        with pytest.raises(Unavailable) as told:
            created(case)
        assert not isinstance(told.value, Uncertain)
        assert case.held() == []
        created(case)
        assert case.linear.tickets()[0]["labels"].count("vedette") == 1


def test_what_linear_does_not_have_is_left_out_and_told(case: LinearCase) -> None:
    route = replace(
        case.route,
        labels=("nope",),
        assignee="nobody@acme.test",
        status="Nowhere",
        section="Nothing",
        priority="Dire",
        type="Bug",
        components=("API",),
        fields={"Severity": "High"},
    )
    draft = replace(draft_of(case), route=route)
    told = list(case.tracker.mend(created(case, draft), draft, fence=fence()))
    words = ("nope", "nobody@acme.test", "Nowhere", "Nothing", "Dire", "Bug", "API", "Severity")
    assert [word for word in words if not any(word in each for each in told)] == []
    assert len(told) == len(words)


def test_a_status_that_went_away_does_not_cost_the_ticket(case: LinearCase) -> None:
    created(case)
    teams = msgspec.to_builtins(case.linear.config.teams)
    for team in teams:
        team["states"] = [each for each in team["states"] if each["name"] != "In Review"]
    stale = replace(draft_of(case, 2), route=replace(case.route, status="In Review"))
    case.behind("config", teams=teams)
    created(case, stale)
    assert [each["status"] for each in case.linear.tickets()] == ["Triage", "Todo"]


def test_a_lost_stamp_line_is_put_back_and_the_rest_of_the_text_stays(case: LinearCase) -> None:
    draft = draft_of(case)
    ref = created(case, draft)
    case.linear.on_loop(
        lambda state: state.commit("edit", replace(state.issues[ref.id], description="mine", labels=()))
    )
    assert case.tracker.read([ref])[ref.id].stamp == ""
    assert case.tracker.search(stamp=draft.stamp, link=draft.link)[0].stamp == draft.stamp
    assert list(case.tracker.mend(ref, draft, fence=fence())) == []
    (held,) = case.linear.tickets()
    assert held["description"] == f"mine\n\nVedette: `{draft.stamp}`"
    assert sorted(held["labels"]) == ["bug", "sentry", "vedette"]


def test_a_closed_ticket_in_the_archive_stays_what_it_was_and_reopens(case: LinearCase) -> None:
    ref = created(case)
    case.tracker.close(ref, fence=fence())
    case.behind("archive", key=ref.key)
    assert case.tracker.read([ref])[ref.id].state is TicketState.DONE
    assert case.tracker.reopen(ref, status="", fence=fence()) == "Todo"
    assert case.tracker.read([ref])[ref.id].state is TicketState.OPEN


@pytest.mark.parametrize("string", ["delete", "destroy", "archive"])
def test_what_is_in_the_trash_destroyed_or_archived_while_open_is_gone(case: LinearCase, string: str) -> None:
    draft = draft_of(case)
    ref = created(case, draft)
    case.behind(string, key=ref.key)
    assert case.tracker.read([ref])[ref.id].state is TicketState.GONE
    assert list(case.tracker.search(stamp=draft.stamp, link=draft.link)) == []


def test_a_reference_without_an_id_is_read_by_its_key(case: LinearCase) -> None:
    ref = created(case)
    case.move(ref)
    known, unknown = replace(ref, id=""), TicketRef("linear", "ENG-99", "", "")
    read = case.tracker.read([known, unknown])
    assert (read["ENG-1"].ref.id, read["ENG-1"].ref.key) == (ref.id, "PAY-1")
    assert read["ENG-99"].state is TicketState.GONE


def test_a_stamp_that_begins_like_the_tickets_own_is_not_taken_for_it(case: LinearCase) -> None:
    draft = draft_of(case)
    ref = created(case, draft)
    longer = f"see {draft.stamp}2"
    case.linear.on_loop(lambda state: state.commit("edit", replace(state.issues[ref.id], description=longer)))
    assert list(case.tracker.mend(ref, draft, fence=fence())) == []
    assert case.linear.tickets()[0]["description"].endswith(f"`{draft.stamp}`")


def test_a_closed_ticket_in_the_trash_is_gone_all_the_same(case: LinearCase) -> None:
    ref = created(case)
    case.tracker.close(ref, fence=fence())
    case.behind("delete", key=ref.key)
    assert case.tracker.read([ref])[ref.id].state is TicketState.GONE


def test_a_duplicate_is_not_to_be_done(case: LinearCase) -> None:
    ref = created(case)
    case.tracker.transition(ref, status="duplicate", fence=fence())
    assert case.tracker.read([ref])[ref.id].state is TicketState.WONT_DO


def test_tickets_of_a_team_that_cannot_be_seen_are_not_taken_for_gone(case: LinearCase) -> None:
    ref = created(case)
    teams = msgspec.to_builtins(case.linear.config.teams)
    case.behind("config", teams=[{**each, "visible": each["key"] != "ENG"} for each in teams])
    with pytest.raises(Refused, match="add the token's account"):
        case.tracker.read([ref])


def test_a_ticket_that_somebody_linked_by_hand_is_found_by_its_address(case: LinearCase) -> None:
    made = created(case, draft_of(case, 9))
    by_hand = replace(made)
    link = "https://acme.sentry.io/issues/77"
    case.linear.on_loop(lambda state: state.commit("edit", replace(state.issues[made.id], description="by hand")))
    case.tracker.link(by_hand, url=link, title="seen", fence=fence())
    found = case.tracker.search(stamp="vedette-default-77-main-1", link=f"{link}/")
    assert [(each.ref.id, each.stamp) for each in found] == [(made.id, "")]


def test_a_ticket_of_another_stamp_is_not_found_by_its_address(case: LinearCase) -> None:
    draft = draft_of(case)
    case.tracker.link(created(case, draft), url=draft.link, title="seen", fence=fence())
    assert list(case.tracker.search(stamp="vedette-default-4711-main-2", link=draft.link)) == []


def test_more_tickets_than_a_page_holds_are_all_read(case: LinearCase) -> None:
    since = datetime.now(UTC)
    bare = replace(case.route, labels=(), assignee="", section="")
    refs = [created(case, replace(draft_of(case, number), route=bare)) for number in range(60)]
    assert len(case.tracker.read(refs)) == 60
    assert {each.ref.id for each in case.tracker.stamped(since=since)} == {each.id for each in refs}


def test_a_title_that_is_too_long_keeps_its_link(case: LinearCase) -> None:
    draft = draft_of(case)
    created(case, replace(draft, title=f"{'long ' * 80} {draft.link}"))
    (held,) = case.linear.tickets()
    assert len(held["summary"]) <= 255
    assert held["summary"].endswith(f"… {draft.link}")


def test_a_comment_that_is_there_is_not_sent_again(case: LinearCase) -> None:
    ref = created(case)
    for _ in range(3):
        case.tracker.comment(ref, document(), marker="m-1", fence=fence())
    assert sent(case).count("Comment") == 1


def test_an_empty_comment_is_refused_with_linears_words(case: LinearCase) -> None:
    ref = created(case)
    with pytest.raises(Refused, match="body should not be empty"):
        case.tracker.comment(ref, Document((Paragraph((Text(" "),)),)), marker="m", fence=fence())
    case.tracker.comment(ref, document(), marker="m", fence=fence())
    assert [each.comments for each in case.held()] == [1]


def test_a_live_check_says_what_was_probably_meant(case: LinearCase) -> None:
    wrong = replace(case.route, project="EMG", status="Triag")
    other = replace(case.route, status="In Reviw", labels=("sentri",), assignee="nobody", priority="Hihg", type="Bug")
    found = [each for each in case.tracker.check([("a", wrong), ("b", other)]) if not each.ok]
    cures = {each.subject: each.cure for each in found}
    assert cures["a: team EMG"] == "did you mean ENG?"
    assert cures["b: status In Reviw"] == "did you mean In Review?"
    assert cures["b: label sentri"] == "did you mean sentry?"
    assert cures["b: priority Hihg"] == "did you mean High?"
    assert {"b: assignee nobody", "b: type"} <= cures.keys()


def test_a_live_check_with_a_bad_token_names_the_token(case: LinearCase) -> None:
    case.behind("config", revoked=True)
    (finding,) = case.tracker.check([("a", case.route)])
    assert not finding.ok
    assert "token" in finding.cure
