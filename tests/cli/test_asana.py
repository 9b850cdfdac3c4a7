"""`vedette asana teams`: the ids that a route may name, asked of the workspace itself."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from vedette.cli.main import main
from vedette.sandbox.asana import AsanaStandIn

SETTINGS = """\
sentry: {{url: "http://127.0.0.1:9", organization: acme, token: env/PAT, client_secret: env/PAT}}
trackers:
  boards: {{kind: asana, workspace: "1200", url: "{url}/api/1.0", token: env/PAT}}
{more}routes: {{default: {{tracker: boards, project: Detections backlog}}}}
"""
SECOND = '  others: {kind: asana, workspace: "1300", url: "http://127.0.0.1:9", token: env/PAT}\n'


@pytest.fixture
def asana(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AsanaStandIn]:
    for name in ("VEDETTE_CONFIG", "VEDETTE_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    with AsanaStandIn() as running:
        monkeypatch.setenv("PAT", running.config.token)
        (tmp_path / "vedette.yaml").write_text(SETTINGS.format(url=running.url, more=""), encoding="utf-8")
        yield running


@pytest.mark.usefixtures("asana")
def test_the_teams_of_a_project_are_listed_with_their_ids(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["asana", "teams", "Detections backlog"]) == 0
    said = capsys.readouterr().out
    for words in ("6011", "Detections", "6012", "Ingestion"):
        assert words in said


@pytest.mark.usefixtures("asana")
def test_any_field_with_options_of_a_portfolios_newest_project(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["asana", "teams", "portfolio:7001", "--field", "priority"]) == 0
    (urgent,) = [line for line in capsys.readouterr().out.splitlines() if "Urgent" in line]
    assert "6003" in urgent
    assert "no" in urgent


@pytest.mark.usefixtures("asana")
@pytest.mark.parametrize("field", ["Team", "5004"])
def test_json_names_each_option_and_a_field_may_be_given_by_its_gid(
    field: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["asana", "teams", "12001", "--field", field, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"gid": "6011", "name": "Detections", "enabled": True},
        {"gid": "6012", "name": "Ingestion", "enabled": True},
    ]


@pytest.mark.usefixtures("asana")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["12001", "--field", "Tem"], "project 12001 has no field Tem with options; perhaps Team was meant"),
        (["12001", "--field", "Estimate"], "project 12001 has no field Estimate with options"),
        (["Detection backlog"], "perhaps Detections backlog was meant"),
        (["12001", "--tracker", "jira"], "no tracker jira of kind asana; name one with --tracker: boards"),
    ],
    ids=str,
)
def test_a_wrong_name_says_which_was_meant(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["asana", "teams", *words]) != 0
    assert told in capsys.readouterr().err


def test_several_workspaces_want_a_name(asana: AsanaStandIn, capsys: pytest.CaptureFixture[str]) -> None:
    Path("vedette.yaml").write_text(SETTINGS.format(url=asana.url, more=SECOND), encoding="utf-8")
    assert main(["asana", "teams", "12001"]) == 2
    assert "2 trackers of kind asana; name one with --tracker: boards, others" in capsys.readouterr().err
    assert main(["asana", "teams", "12001", "--tracker", "boards"]) == 0
