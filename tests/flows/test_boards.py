"""A ticket stands on the board that level, environment and mode choose, and everything says which, and why."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console

from tests.flows.conftest import Desk, settings_for
from vedette.app import App
from vedette.cli.way import Way
from vedette.config.schema.trackers import RouteBlock
from vedette.flows.explain import explain
from vedette.flows.foresee import foresee
from vedette.flows.placing import board_foreseen
from vedette.integrations.asana.config import Config as AsanaConfig
from vedette.model.events import IssuePolled
from vedette.model.issues import IssueKey
from vedette.model.jobs import JobKind, JobState
from vedette.model.owners import Team
from vedette.model.secret import Secret
from vedette.model.settings import Mode, Settings, TrackerSettings
from vedette.model.tickets import ClaimState, Route
from vedette.sandbox.asana import AsanaStandIn, Kind, Operation, amended, demo
from vedette.sandbox.jira.server import JiraStandIn
from vedette.sandbox.sentry import payloads
from vedette.sandbox.sentry.server import SentryStandIn
from vedette.store import queue

USUAL = {
    "backlog": "Detections backlog",
    "sprints": "7001",
    "release_testing": "7005",
    "sandbox": "7004",
    "development": "Errors of developers",
}


def route_of(**block: Any) -> Route:
    """A route as the YAML would have it."""
    return RouteBlock.model_validate({"section": "Needs triage", **block}).frozen({"asana": None})


@dataclass
class Boards(Desk):
    """A desk whose tracker is Asana."""

    asana: AsanaStandIn

    def cut(self, *, level: str = "error", environment: str = "production", issue: int = 4512) -> None:
        """An alert of such an error comes in."""
        subject = self.seed(issue=issue, level=level, environment=environment)
        self.deliver(
            payloads.event_alert(replace(subject, level=level, environment=environment)), request_id=f"r{issue}"
        )

    def only(self) -> dict[str, Any]:
        (task,) = self.asana.tickets()
        return task

    def said(self) -> str:
        """What the journal has of the board."""
        return next(entry.sentence for entry in self.told() if entry.reason == "placed")


Opening = Callable[..., Boards]


@pytest.fixture
def asana() -> Iterator[AsanaStandIn]:
    with AsanaStandIn(demo(), recording=True) as running:
        yield running


@pytest.fixture
def opening(sentry: SentryStandIn, jira: JiraStandIn, asana: AsanaStandIn, tmp_path: Path) -> Iterator[Opening]:
    apps: list[App] = []

    def opened(
        route: Route | None = None, *, mode: Mode = Mode.PRODUCTION, sandbox: bool = False, **changes: Any
    ) -> Boards:
        config = AsanaConfig(workspace="1200", token=Secret(("sandbox-token",), "env/A"), url=f"{asana.url}/api/1.0")
        tracker = TrackerSettings(
            "asana", "asana", config, rate_per_s=1000, concurrency=8, timeout=timedelta(seconds=1), sandbox=sandbox
        )
        wanted = route or route_of(boards=USUAL)
        settings: Settings = settings_for(
            sentry.url,
            jira.url,
            tmp_path,
            mode=mode,
            trackers={"asana": tracker},
            teams={"@acme/checkout": Team("@acme/checkout", wanted)},
            default_route=None,
            **changes,
        )
        apps.append(App.build(settings))
        return Boards(apps[-1], sentry, jira, asana)

    yield opened
    for app in apps:
        app.close()


@pytest.mark.parametrize(
    ("level", "environment", "projects", "priority", "board"),
    [
        ("error", "production", ["12012"], "High", "board 5 of 5 (whatever is left)"),
        ("fatal", "", ["12012"], "High", "board 5 of 5"),
        ("warning", "production", ["12001"], "Medium", "board 4 of 5 (level warning)"),
        ("error", "Staging", ["12012", "12032"], "High", "board 3 of 5 (environment staging)"),
        ("warning", "dev", ["12021", "12022"], "Medium", "board 2 of 5 (environment development or dev)"),
    ],
)
def test_the_usual_boards_by_level_and_environment(
    opening: Opening, level: str, environment: str, projects: list[str], priority: str, board: str
) -> None:
    desk = opening()
    desk.cut(level=level, environment=environment)
    desk.settle()
    task = desk.only()
    options = {"High": "6001", "Medium": "6002"}
    assert (task["projects"], task["values"]["5003"]) == (projects, options[priority])
    assert set(task["sections"]) == {"Needs triage"}
    assert board in desk.said()
    assert f"priority {priority} for level {level}" in desk.said()
    assert f"Board: {desk.said()}" in task["html_notes"].replace("&amp;", "&")
    (claim,) = desk.claims()
    assert (claim.state, claim.sent.project, claim.sent.priority) == (ClaimState.OPEN, projects[0], priority)


def test_a_portfolio_without_an_open_project_falls_back_and_the_ticket_says_why(opening: Opening) -> None:
    desk = opening(route_of(project="12001", boards=[{"portfolio": "7003"}]))
    desk.cut()
    desk.settle()
    reason = "portfolio 7003 holds no open project (1 archived): put one into it, or write a fallback"
    assert desk.only()["projects"] == ["12001"]
    assert f"{reason}; meanwhile the fallback 12001 takes it" in desk.said()
    assert reason in desk.only()["html_notes"]


def test_a_further_board_that_is_not_there_never_costs_the_ticket(opening: Opening) -> None:
    desk = opening(route_of(boards=[{"project": "12001", "also": [{"portfolio": "7002"}, {"project": "12002"}]}]))
    desk.cut()
    desk.settle()
    assert desk.only()["projects"] == ["12001", "12002"]
    assert "the newest project of portfolio 7002 is left out: portfolio 7002 holds no open project" in desk.said()


def test_a_board_that_is_closed_is_a_dead_letter_that_says_what_to_do_and_a_retry_finds_it_open(
    opening: Opening, asana: AsanaStandIn
) -> None:
    desk = opening(route_of(project="12013"))
    desk.cut()
    desk.settle()
    (letter,) = desk.jobs(JobState.DEAD)
    told, _, cure = letter.detail.partition("; ")
    assert told == "project Sprint 40 (12013) is archived: bring it back, or name another"
    assert cure.startswith("see whether the project is there and open, and correct ")
    assert desk.claims()[0].state is ClaimState.DROPPED
    reopen(asana, "12013")
    retry(desk, letter.id)
    desk.settle()
    assert desk.only()["projects"] == ["12013"]


def reopen(asana: AsanaStandIn, *gids: str, **changes: Any) -> None:
    """Bring projects back as a person would."""

    def work(state: Any) -> None:
        projects = [
            {**msgspec.to_builtins(each), **({"archived": False} | changes if each.gid in gids else {})}
            for each in state.config.projects
        ]
        state.configure(amended(state.config, {"projects": projects}))

    asana.on_loop(work)


def retry(desk: Boards, job: int) -> None:
    desk.app.store.write(lambda tx: queue.retry_dead(tx, [job], now=desk.app.context.clock()))


def test_what_an_attempt_left_is_looked_for_where_it_was_sent_though_a_new_sprint_began(
    opening: Opening, asana: AsanaStandIn
) -> None:
    desk = opening()
    asana.fault(Kind.COMMIT_RESET, on=Operation.CREATE)
    desk.cut()
    desk.advance(lambda: bool(desk.asana.tickets()))
    reopen(asana, "12013")  # now the newest of the portfolio
    desk.app.context.trackers["asana"]._boards.forget()  # type: ignore[attr-defined]
    desk.settle()
    (claim,) = desk.claims()
    assert (claim.state, claim.attempts, claim.sent.project) == (ClaimState.OPEN, 1, "12012")
    assert desk.only()["projects"] == ["12012"]
    assert any(each.query.startswith("project=12012") for each in asana.exchanges() if each.path.endswith("/tasks"))


def test_a_retry_after_proven_absence_takes_the_board_anew(opening: Opening, asana: AsanaStandIn) -> None:
    desk = opening()
    asana.fault(Kind.RESET, on=Operation.CREATE)
    desk.cut()
    desk.advance(lambda: any(claim.state is ClaimState.UNCERTAIN for claim in desk.claims()))
    assert desk.claims()[0].sent.project == "12012"
    reopen(asana, "12013")
    desk.app.context.trackers["asana"]._boards.forget()  # type: ignore[attr-defined]
    desk.settle()
    (claim,) = desk.claims()
    assert (claim.state, claim.attempts, claim.sent.project) == (ClaimState.OPEN, 2, "12013")
    assert desk.only()["projects"] == ["12013"]
    assert [each.reason for each in desk.told()].count("placed") == 2


def test_a_dead_asana_holds_no_decision_up(opening: Opening, asana: AsanaStandIn) -> None:
    desk = opening()
    asana.fault(Kind.MAINTENANCE, on="read", times=1)
    desk.cut()
    desk.advance(lambda: bool(desk.claims()))
    assert desk.reasons() == ["first_ticket"]
    assert desk.asana.tickets() == []
    desk.settle()
    assert desk.only()["projects"] == ["12012"]


@pytest.mark.parametrize("mode", [Mode.DEVELOPMENT, Mode.STAGING])
def test_outside_production_every_error_goes_to_the_sandbox(opening: Opening, mode: Mode) -> None:
    desk = opening(mode=mode)
    for issue, (level, environment) in enumerate([("error", "production"), ("warning", "staging")], start=1):
        desk.cut(level=level, environment=environment, issue=issue)
    desk.settle()
    assert [task["projects"] for task in desk.asana.tickets()] == [["12021", "12022"]] * 2


@pytest.mark.parametrize(
    "block",
    [
        {"project": "12001"},
        {"boards": {"backlog": "12001", "sprints": "7001"}},
        {"boards": [{"when": {"modes": ["production"]}, "portfolio": "7004", "sandbox": True}, {"project": "12001"}]},
        {"project": "12001", "boards": [{"when": {"levels": ["fatal"]}, "project": "12021", "sandbox": True}]},
    ],
)
def test_in_development_nothing_is_ever_sent_to_a_board_of_production(opening: Opening, block: Any) -> None:
    desk = opening(route_of(**block), mode=Mode.DEVELOPMENT)
    desk.cut()
    desk.settle()
    (letter,) = desk.jobs(JobState.DEAD)
    assert letter.detail.startswith("in mode development only sandboxed destinations are used: ")
    assert "`sandbox: true`" in letter.detail
    assert [each for each in desk.asana.exchanges() if each.method != "GET"] == []


def test_a_fallback_that_is_no_sandbox_is_not_taken_in_development(opening: Opening) -> None:
    boards = [{"when": {"modes": ["development"]}, "portfolio": "7002", "sandbox": True}]
    desk = opening(route_of(project="12001", boards=boards), mode=Mode.DEVELOPMENT)
    desk.cut()
    desk.settle()
    (letter,) = desk.jobs(JobState.DEAD)
    assert letter.detail.startswith("portfolio 7002 holds no open project (it is empty)")
    assert desk.asana.tickets() == []


def test_a_sandboxed_tracker_takes_everything_in_development(opening: Opening) -> None:
    desk = opening(route_of(project="12001"), mode=Mode.DEVELOPMENT, sandbox=True)
    desk.cut()
    desk.settle()
    assert desk.only()["projects"] == ["12001"]


def test_a_store_of_production_started_in_development_touches_no_ticket_of_it(opening: Opening) -> None:
    desk = opening()
    desk.cut()
    desk.settle()
    before = desk.only()
    desk.app.close()
    later = opening(mode=Mode.DEVELOPMENT)
    comment = replace(later.extra(JobKind.COMMENT_TICKET), destination="asana")
    later.app.store.write(lambda tx: queue.enqueue(tx, comment, now=later.app.context.clock()))
    later.settle()
    assert later.only() == before
    (letter,) = later.jobs(JobState.DEAD)
    assert "in mode development only sandboxed destinations are used, and project 12012 of asana" in letter.detail


def test_explain_and_a_look_ahead_name_the_board_before_anything_is_sent(opening: Opening) -> None:
    desk = opening()
    desk.seed(level="warning")
    context = replace(desk.app.context, dry=True)
    seen = foresee(
        context, IssueKey("default", "4512"), polled=IssuePolled(IssueKey("default", "4512"), context.clock())
    )
    told = board_foreseen(context.settings, seen.gathered)
    assert told.endswith("board 4 of 5 (level warning), project Detections backlog; priority Medium for level warning")
    assert desk.asana.exchanges() == []


def test_explain_shows_the_board_of_a_ticket_that_was_cut(opening: Opening, capsys: pytest.CaptureFixture[str]) -> None:
    desk = opening()
    desk.cut()
    desk.settle()
    found = explain(desk.app.context, IssueKey("default", "4512"))
    Way(Console(highlight=False, soft_wrap=True), desk.app.settings).print(found, None, trouble="")
    said = capsys.readouterr().out
    assert "route asana 5 boards, else Detections backlog" in said
    assert f"board {desk.said()}" in said
