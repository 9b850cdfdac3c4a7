"""Where routes may lead: a place for every error, and outside production nothing but sandboxes."""

from pathlib import Path

import pytest

from tests.config.reading import SENTRY, settings_of
from vedette.config.registry import Registry
from vedette.config.sections import SECTIONS, described
from vedette.errors import ConfigError
from vedette.integrations.asana import AsanaTracker
from vedette.model.boards import Board, Occasion, Place
from vedette.ports.roles import Placing

ASANA = 'trackers: {asana: {kind: asana, workspace: "1200", token: env/JIRA_TOKEN}}\n'
JIRA = 'trackers: {jira: {kind: jira, url: "https://acme.example.test", token: env/JIRA_TOKEN}}\n'


def refusals(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as told:
        settings_of(folder, text)
    return str(told.value)


def test_the_usual_boards_are_short_to_write(tmp_path: Path) -> None:
    usual = "{backlog: B, sprints: 1, release_testing: 2, sandbox: 3, development: D}"
    route = settings_of(tmp_path, f"{SENTRY}{ASANA}routes: {{default: {{boards: {usual}}}}}\n").default_route
    assert route is not None
    newest, fixed = Place(portfolio="3", fallback="D", sandbox=True), Place(project="D", sandbox=True)
    sprint = Place(portfolio="1", fallback="B")
    assert (route.project, route.priorities) == ("B", {"warning": "Medium", "other": "High"})
    assert route.boards == (
        Board(Occasion(modes=("development", "staging")), newest, (fixed,)),
        Board(Occasion(environments=("development", "dev")), newest, (fixed,)),
        Board(Occasion(environments=("staging",)), sprint, (Place(portfolio="2"),)),
        Board(Occasion(levels=("warning",)), Place(project="B")),
        Board(Occasion(), sprint),
    )


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("priority: Low", {}),
        ("priorities: {fatal: Urgent}", {"fatal": "Urgent"}),
        ("", {"warning": "Medium", "other": "High"}),
    ],
)
def test_a_priority_that_is_given_stands_before_the_usual_ones(
    tmp_path: Path, more: str, expected: dict[str, str]
) -> None:
    text = f"{SENTRY}{ASANA}routes: {{default: {{boards: {{backlog: B}}{f', {more}' if more else ''}}}}}\n"
    route = settings_of(tmp_path, text).default_route
    assert route is not None
    assert route.priorities == expected


@pytest.mark.parametrize(
    ("route", "message"),
    [
        ("{boards: [{}]}", ":8:22: the board should have either project or portfolio; keep one of the two"),
        ("{boards: [{project: A, portfolio: 1}]}", "the board should have either project or portfolio"),
        ("{boards: [{project: A, also: [{section: S}]}]}", "the board should have either project or portfolio"),
        (
            "{boards: [{when: {levels: [fatal]}, project: A}]}",
            "an error that no board takes has no project; add project:, or a last board without when:",
        ),
        ("{boards: []}", "key project is missing"),
        ("{boards: sprint}", "boards should be a list of boards, or the usual ones by name; write [{when:"),
        ("{boards: {sprints: 1}}", "key backlog is missing"),
        ("{boards: {backlog: B, sprint: 1}}", "unknown key sprint; did you mean sprints?"),
        ("{project: A, boards: [{when: {level: [fatal]}, project: A}]}", "unknown key level; did you mean levels?"),
        ("{project: A, boards: [{when: {levels: [grave]}, project: A}]}", "grave is not one of sample, debug"),
        ("{project: A, priorities: {grave: High}}", "priorities grave is not one of sample, debug"),
    ],
)
def test_a_board_that_leads_nowhere_is_refused(tmp_path: Path, route: str, message: str) -> None:
    assert message in refusals(tmp_path, f"{SENTRY}{ASANA}routes:\n  default: {route}\n")


@pytest.mark.parametrize(
    ("boards", "message"),
    [
        ("[{portfolio: 1}]", "tracker jira has no portfolios; name a project"),
        ("[{project: A, also: [{project: B}]}]", "a ticket of jira stands in one project only; take also: out"),
        ("{backlog: A, sprints: 1}", "tracker jira has no portfolios; name a project"),
    ],
)
def test_portfolios_want_a_tracker_that_has_them(tmp_path: Path, boards: str, message: str) -> None:
    assert message in refusals(tmp_path, f"{SENTRY}{JIRA}routes: {{default: {{project: A, boards: {boards}}}}}\n")


def test_projects_by_level_go_with_every_tracker(tmp_path: Path) -> None:
    boards = "[{when: {levels: [warning]}, project: LATER}]"
    settings = settings_of(tmp_path, f"{SENTRY}{JIRA}routes: {{default: {{project: NOW, boards: {boards}}}}}\n")
    assert settings.default_route is not None
    assert settings.default_route.boards == (Board(Occasion(levels=("warning",)), Place(project="LATER")),)


SANDBOXED = [
    "{project: A, sandbox: true}",
    "{boards: {backlog: A, sprints: 1, sandbox: 3}}",
    "{boards: {backlog: A, sprints: 1, development: D}}",
    "{project: A, boards: [{when: {modes: [development]}, portfolio: 3, sandbox: true}]}",
    "{project: A, boards: [{when: {modes: [production]}, project: B}, {project: C, sandbox: true}]}",
    "{project: A, sandbox: true, boards: [{when: {levels: [fatal]}, project: B, sandbox: true}]}",
]
REACHING = [
    ("{project: A}", "project A of asana is none; name a sandbox and add sandbox: true, to the route or to tracker"),
    ("{boards: {backlog: A, sprints: 1}}", "project A of asana is none; add a board with when: {modes: [development]}"),
    ("{project: A, boards: [{when: {levels: [fatal]}, project: B, sandbox: true}]}", "project A of asana is none"),
    ("{project: A, sandbox: true, boards: [{when: {levels: [fatal]}, project: B}]}", "project B of asana is none"),
    ("{boards: [{portfolio: 3, sandbox: true, also: [{project: B}]}]}", "project B of asana is none"),
    ("{boards: [{portfolio: 3}]}", "the newest project of portfolio 3 of asana is none"),
]


@pytest.mark.parametrize("route", SANDBOXED)
def test_in_development_a_route_may_lead_to_a_sandbox(tmp_path: Path, route: str) -> None:
    settings = settings_of(tmp_path, f"mode: development\n{SENTRY}{ASANA}routes: {{default: {route}}}\n")
    assert settings.default_route is not None
    assert not settings.trackers["asana"].sandbox


@pytest.mark.parametrize(("route", "message"), REACHING)
def test_in_development_a_route_that_reaches_production_is_refused(tmp_path: Path, route: str, message: str) -> None:
    told = refusals(tmp_path, f"mode: development\n{SENTRY}{ASANA}routes: {{default: {route}}}\n")
    assert f"in mode development only sandboxed destinations are used, and {message}" in told


@pytest.mark.parametrize("place", ["routes: {spare: {project: A}}", 'teams: {"@acme/a": {route: {project: A}}}'])
def test_every_route_is_asked_not_only_the_default_one(tmp_path: Path, place: str) -> None:
    assert "only sandboxed destinations" in refusals(tmp_path, f"mode: staging\n{SENTRY}{ASANA}{place}\n")


@pytest.mark.parametrize("route", [route for route, _ in REACHING])
def test_a_sandboxed_tracker_and_production_take_every_route(tmp_path: Path, route: str) -> None:
    sandboxed = ASANA.replace("workspace", "sandbox: true, workspace")
    tail = f"routes: {{default: {route}}}\n"
    assert settings_of(tmp_path, f"mode: development\n{SENTRY}{sandboxed}{tail}").trackers["asana"].sandbox
    assert settings_of(tmp_path, f"{SENTRY}{ASANA}{tail}").default_route is not None


def test_what_is_said_of_an_integration_is_what_its_tracker_does() -> None:
    asked = {kind: Registry().find(kind) for kind, _ in described(Registry(), SECTIONS[0])}
    assert {"asana", "jira", "linear"} <= set(asked)
    for kind, integration in asked.items():
        maker = integration.tracker
        assert integration.placing == hasattr(getattr(maker, "__self__", maker), "resolve"), kind
    assert issubclass(AsanaTracker, Placing)
