"""Catching up: few calls however many tickets stand behind a sweep's issues, and nothing that happened is missed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from bench.ticket_cost import CASES, Case, Stage, measure, staged
from vedette.model.issues import IssueKey
from vedette.model.tickets import Claim, ClaimState
from vedette.ports.http import Fence
from vedette.sandbox.asana import demo
from vedette.store import ledger

ISSUES = range(1000, 1006)
ONE_BY_ONE = [case for case in CASES if case.name not in ("jira_cloud", "linear")]


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A tracker with six tickets that have not changed for two hours, the last reading being an hour old."""
    with staged(request.param, tmp_path) as made:
        made.seed(ISSUES)
        made.place(ISSUES)
        made.let_an_hour_pass()
        made.sweep()
        made.let_an_hour_pass()
        yield made


def first_claims(stage: Stage) -> list[Claim]:
    def work(tx: Any) -> list[Claim]:
        return [ledger.history(tx, IssueKey("default", str(number)))[0] for number in ISSUES]

    return stage.app.store.read(work)


def of_each(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("stage", cases, ids=lambda case: case.name, indirect=True)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_tickets_cost_that_did_not_change_does_not_grow_with_their_number(case: Case) -> None:
    few, many = (measure(case, cut=1, unchanged=count) for count in (20, 105))
    assert (few["per_unchanged"], many["per_unchanged"]) == (0, 0)
    assert many["tracker_of_whole_sweep"] <= 2
    # Sentry's list has a hundred on a page.
    sentry = [each["whole_sweep"] - each["tracker_of_whole_sweep"] for each in (few, many)]
    assert sentry[1] == sentry[0] + 1


@of_each(ONE_BY_ONE)
def test_a_ticket_that_somebody_closed_is_closed_in_the_ledger_after_one_sweep(stage: Stage) -> None:
    newest = first_claims(stage)[-1]
    assert newest.ticket is not None
    stage.app.context.tracker(newest.ticket.tracker).close(newest.ticket, fence=Fence.after(5))
    stage.let_the_index_catch_up()
    stage.sweep()
    assert [claim.state for claim in first_claims(stage)] == [ClaimState.OPEN] * 5 + [ClaimState.DONE]


@of_each(ONE_BY_ONE)
def test_a_deleted_ticket_which_no_list_names_is_missed_when_its_turn_comes(stage: Stage) -> None:
    oldest = min(first_claims(stage), key=lambda claim: (claim.refreshed_at or claim.created_at, claim.id))
    assert oldest.ticket is not None
    ask(stage, "delete", key=oldest.ticket.key)
    stage.sweep()
    (gone,) = [claim for claim in first_claims(stage) if claim.state is ClaimState.GONE]
    assert gone.id == oldest.id


@of_each(ONE_BY_ONE)
def test_each_ticket_is_read_in_turn(stage: Stage) -> None:
    before = {claim.id: claim.refreshed_at for claim in first_claims(stage)}
    for _ in ISSUES:
        stage.sweep()
    assert [claim.id for claim in first_claims(stage) if claim.refreshed_at == before[claim.id]] == []


@of_each([case for case in CASES if case.name == "asana"])
def test_where_a_project_has_no_list_for_us_its_tickets_are_read_by_key_and_hide_no_other(stage: Stage) -> None:
    moved = first_claims(stage)[0]
    assert moved.ticket is not None
    ask(stage, "move", key=moved.ticket.key, project="12002")
    for _ in ISSUES:
        stage.sweep()
    assert "/project/12002/" in getattr(first_claims(stage)[0].ticket, "url", "")
    projects = [msgspec.structs.replace(each, visible=each.gid != "12002") for each in demo().projects]
    ask(stage, "config", projects=msgspec.to_builtins(projects))
    before = {claim.id: claim.refreshed_at for claim in first_claims(stage)[1:]}
    stage.sweep()
    assert [claim.id for claim in first_claims(stage)[1:] if claim.refreshed_at == before[claim.id]] == []


def ask(stage: Stage, string: str, **asked: Any) -> None:
    """Pull a string of the stand-in's."""
    httpx2.post(f"{stage.stand_in.url}/_standin/{string}", json=asked).raise_for_status()
