"""Ten teams on one Asana, as short as it can be written: every error reaches the boards of its team, in each mode."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.conftest import Desk
from vedette.app import App, routes_of
from vedette.config.load import load
from vedette.model.settings import Mode
from vedette.sandbox.asana import AsanaStandIn, Config, CustomField, Portfolio, Project, demo
from vedette.sandbox.asana.settings import Kind, Option, Section
from vedette.sandbox.jira.server import JiraStandIn
from vedette.sandbox.sentry import payloads
from vedette.sandbox.sentry.server import SentryStandIn

SETTINGS = Path(__file__).with_name("ten_teams.yaml")
TEAMS = (
    "Observability",
    "Detections",
    "Ingestion",
    "Console",
    "Identity",
    "Billing",
    "Search",
    "Reports",
    "Mobile",
    "Platform",
)
ENVIRON = {"SENTRY_TOKEN": "token", "SENTRY_CLIENT_SECRET": "client-secret", "ASANA_PAT": "sandbox-token"}


def company() -> Config:
    """The workspace of the ten teams: of each two sprints that are open, and a newer one that is archived."""
    choices = {"Priority": ("High", "Medium"), "Type": ("On-call",), "Outcome": ("KTLO",), "Team": TEAMS}
    fields = [
        CustomField(gid="501", name="Sentry key", kind=Kind.TEXT),
        CustomField(gid="502", name="Estimate", kind=Kind.NUMBER),
        CustomField(gid="503", name="Reporter", kind=Kind.TEXT),
    ]
    for number, (name, words) in enumerate(choices.items(), start=4):
        options = tuple(Option(gid=f"6{number}{at:02}", name=word) for at, word in enumerate(words))
        fields.append(CustomField(gid=f"50{number}", name=name, kind=Kind.ENUM, options=options))

    def project(gid: str, name: str, **more: Any) -> Project:
        sections = tuple(Section(gid=f"9{gid}{at}", name=each) for at, each in enumerate(("Inbox", "Needs triage")))
        return Project(gid=gid, name=name, sections=sections, fields=tuple(each.gid for each in fields), **more)

    projects = [project("1900", "Developers"), project("7901", "Release 1"), project("7902", "Release 2", created=2e9)]
    portfolios = [Portfolio(gid="7900", name="Release testing", items=("7902", "7901"))]
    for at, team in enumerate(TEAMS):
        projects.append(project(f"200{at}", f"{team} backlog"))
        for sprint, archived in ((1, False), (2, False), (3, True)):
            gid = f"30{at}{sprint}"
            made = 1.7e9 + sprint
            projects.append(project(gid, f"{team} sprint {sprint}", created=made, archived=archived))
        projects.append(project(f"40{at}1", f"{team} sandbox"))
        portfolios.append(Portfolio(gid=f"710{at}", name=team, items=(f"30{at}1", f"30{at}2", f"30{at}3")))
        portfolios.append(Portfolio(gid=f"720{at}", name=team, items=(f"40{at}1",)))
    return Config(projects=tuple(projects), portfolios=tuple(portfolios), fields=tuple(fields), people=demo().people)


@pytest.fixture(scope="module")
def asana() -> Iterator[AsanaStandIn]:
    with AsanaStandIn(company()) as running:
        yield running


@pytest.fixture
def mode() -> Mode:
    return Mode.PRODUCTION


@pytest.fixture
def desk(asana: AsanaStandIn, sentry: SentryStandIn, jira: JiraStandIn, tmp_path: Path, mode: Mode) -> Iterator[Desk]:
    asana.on_loop(lambda state: state.tasks.clear())
    text = SETTINGS.read_text(encoding="utf-8").replace("https://sentry.example.test", sentry.url)
    text = text.replace("mode: production", f"mode: {mode}")
    text = text.replace("kind: asana,", f'kind: asana, url: "{asana.url}/api/1.0", rate_per_s: 1000,')
    file = tmp_path / "vedette.yaml"
    file.write_text(f"{text}store: {{url: sqlite:///{tmp_path}/vedette.db}}\n", encoding="utf-8")
    app = App.build(load(file, environ=ENVIRON))
    yield Desk(app, sentry, jira)
    app.close()


def cut(desk: Desk, issue: int, *, level: str, environment: str, **tags: str) -> None:
    subject = desk.seed(issue=issue, path="nowhere.py", level=level, environment=environment)
    body = payloads.event_alert(subject)
    body["data"]["event"] |= {"level": level, "environment": environment, "tags": [list(each) for each in tags.items()]}
    desk.deliver(body, request_id=f"r{issue}")


CASES = [
    ({"team": "detections"}, "error", "production", "Detections", ["3012"], "High"),
    ({"service": "log-parser"}, "warning", "production", "Ingestion", ["2002"], "Medium"),
    ({"service": "invoicer"}, "fatal", "staging", "Billing", ["3052", "7902"], "High"),
    ({"team": "platform"}, "warning", "dev", "Platform", ["4091", "1900"], "Medium"),
    ({"team": "nobody"}, "error", "", "Observability", ["3002"], "High"),
]


def told(asana: AsanaStandIn) -> list[tuple[str, list[str], str]]:
    """Team, boards and priority of each task, by the names that people read."""
    options = {option.gid: option.name for field in company().fields for option in field.options}
    return [
        (options[each["values"]["507"]], each["projects"], options[each["values"]["504"]]) for each in asana.tickets()
    ]


def test_every_error_stands_on_the_boards_of_its_team(desk: Desk, asana: AsanaStandIn) -> None:
    for issue, (tags, level, environment, *_) in enumerate(CASES, start=1):
        cut(desk, issue, level=level, environment=environment, **tags)
    desk.settle()
    assert told(asana) == [(team, boards, priority) for *_, team, boards, priority in CASES]
    for task in asana.tickets():
        assert set(task["sections"]) == {"Needs triage"}
        assert {name: task["values"][name] for name in ("502", "503")} == {"502": 0.1, "503": "sentry.io"}
        assert "Board: level " in task["html_notes"]


@pytest.mark.parametrize("mode", [Mode.DEVELOPMENT, Mode.STAGING])
def test_outside_production_they_stand_on_its_sandbox(desk: Desk, asana: AsanaStandIn) -> None:
    cut(desk, 1, level="error", environment="production", team="mobile")
    desk.settle()
    assert told(asana) == [("Mobile", ["4081", "1900"], "High")]


def test_the_live_check_finds_every_board_of_every_team(desk: Desk) -> None:
    findings = list(desk.app.context.trackers["asana"].check(routes(desk)))
    assert [each for each in findings if not each.ok] == []
    assert sum("the newest project of portfolio" in each.subject for each in findings) == 33
    assert len({each.subject for each in findings}) > 100


def routes(desk: Desk) -> list[Any]:
    return routes_of(desk.app.settings, tracker="asana")


def test_the_settings_stay_short() -> None:
    """Three lines beyond the usual ones for a team: its boards and its option."""
    lines = SETTINGS.read_text(encoding="utf-8").splitlines()
    start, end = lines.index("teams:"), lines.index("ownership:")
    assert end - start - 1 <= 5 * len(TEAMS)
