"""Errors whose code says too little go to the team that the entries of the settings name, and everybody is told why."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.flows.conftest import Desk, frame
from vedette.app import App
from vedette.flows.explain import explain
from vedette.model.issues import IssueKey
from vedette.model.journal import Entry
from vedette.model.owners import CodeownersSource, Entity, EntityKind, Resolver, Team
from vedette.model.settings import Settings
from vedette.model.tickets import Route
from vedette.rules.matching import parse
from vedette.sandbox.jira.server import JiraStandIn
from vedette.sandbox.sentry import payloads
from vedette.sandbox.sentry.server import SentryStandIn

WHY = "tag service=ledger-api is @acme/ledger's: entry 1 of vedette.yaml:41:7"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    ledger = Entity("@acme/ledger", (parse("service:ledger-api"),), EntityKind.SERVICE, 1, "vedette.yaml:41:7")
    silent = Entity("@acme/nobody", (parse("service:orphan"),), EntityKind.SERVICE, 2, "vedette.yaml:42:7")
    teams = {**settings.teams, "@acme/ledger": Team("@acme/ledger", Route("jira", "WB", "Bug"))}
    return replace(settings, teams=teams, entities=(ledger, silent))


@contextmanager
def desk_of(settings: Settings, sentry: SentryStandIn, jira: JiraStandIn) -> Iterator[Desk]:
    app = App.build(settings)
    try:
        yield Desk(app, sentry, jira)
    finally:
        app.close()


def cut(desk: Desk, path: str, service: str) -> tuple[str, Entry]:
    """The project of the ticket for an error at the path with the tag, and the decision."""
    subject = desk.seed(path=path)
    desk.deliver(payloads.event_alert(replace(subject, tags={"service": service})))
    desk.settle()
    (ticket,) = desk.tickets()
    return ticket["project"], next(entry for entry in desk.told() if entry.kind == "decision")


def test_an_error_whose_frames_match_nothing_goes_to_the_team_of_its_service_tag(desk: Desk) -> None:
    project, decision = cut(desk, "lib/other.py", "ledger-api")
    assert project == "WB"
    assert (decision.details["ownership"], decision.details["owner"]) == ("owned", "@acme/ledger")
    assert decision.details["owner_sentence"] == WHY
    assert [(step["outcome"], step["entry"]) for step in decision.details["steps"]] == [
        ("unmatched", ""),
        ("owned", "entry 1 of vedette.yaml:41:7"),
    ]
    known = explain(desk.app.context, IssueKey("default", "4512"))
    assert known.owner_details["owner_sentence"] == WHY
    (told,) = desk.jira.on_loop(lambda state: [str(ticket) for ticket in state.tickets.values()])
    assert WHY in told


def test_the_code_is_asked_first_and_the_tag_only_where_the_code_has_no_answer(desk: Desk) -> None:
    project, decision = cut(desk, "shop/cart.py", "ledger-api")
    assert project == "PAY"
    assert [step["entry"] for step in decision.details["steps"]] == [""]


def test_the_settings_may_have_the_tag_asked_first(
    settings: Settings, sentry: SentryStandIn, jira: JiraStandIn
) -> None:
    changed = replace(settings, resolvers=(Resolver.ENTITIES, Resolver.CODEOWNERS))
    with desk_of(changed, sentry, jira) as desk:
        project, decision = cut(desk, "shop/cart.py", "ledger-api")
    assert project == "WB"
    assert decision.details["owner_sentence"] == WHY


def test_a_codeowners_that_nobody_asks_holds_nothing_up(
    settings: Settings, sentry: SentryStandIn, jira: JiraStandIn, tmp_path: Path
) -> None:
    never = CodeownersSource("never", file=tmp_path / "nowhere" / "CODEOWNERS")
    with desk_of(replace(settings, codeowners=(never,), resolvers=(Resolver.ENTITIES,)), sentry, jira) as desk:
        project, _ = cut(desk, "shop/cart.py", "ledger-api")
    assert project == "WB"


def test_the_answer_of_an_entry_is_kept_however_deep_the_stack_was(desk: Desk) -> None:
    deep = tuple(frame(f"lib/part{number}.py") for number in range(60))
    desk.deliver(payloads.event_alert(replace(desk.seed(), frames=deep, tags={"service": "ledger-api"})))
    desk.settle()
    steps = next(entry for entry in desk.told() if entry.kind == "decision").details["steps"]
    assert (len(steps), steps[-1]["entry"]) == (40, "entry 1 of vedette.yaml:41:7")


@pytest.mark.parametrize(
    ("path", "service", "project", "ownership", "sentence"),
    [
        ("api/views.py", "ledger-api", "WB", "owned", WHY),
        ("api/views.py", "unheard-of", "TRIAGE", "owner_without_route", "api/views.py:7 is owned by @acme/nobody"),
        ("lib/other.py", "orphan", "TRIAGE", "owner_without_route", "tag service=orphan is @acme/nobody's: entry 2"),
        ("shop/shared/a.py", "ledger-api", "WB", "owned", WHY),
        ("shop/shared/a.py", "unheard-of", "TRIAGE", "explicitly_unowned", "shop/shared/a.py:7 is explicitly unowned"),
        ("shop/shared/a.py", "orphan", "TRIAGE", "owner_without_route", "tag service=orphan is @acme/nobody's"),
        ("lib/other.py", "unheard-of", "TRIAGE", "unmatched", "no rule matches any frame and no entry its tags or URL"),
    ],
)
def test_an_owner_without_a_route_is_remembered_until_somebody_has_one(
    desk: Desk, path: str, service: str, project: str, ownership: str, sentence: str
) -> None:
    found, decision = cut(desk, path, service)
    assert (found, decision.details["ownership"]) == (project, ownership)
    assert decision.details["owner_sentence"].startswith(sentence)
