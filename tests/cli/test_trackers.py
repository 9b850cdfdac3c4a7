"""`vedette trackers hooks`: what to enter where, no secret in it, and Asana's webhooks made once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.doors import door
from vedette.app import App
from vedette.cli.main import main
from vedette.config.load import load
from vedette.sandbox.asana import AsanaStandIn

TOKEN = "asana-path-token-of-the-tests"
SETTINGS = """\
sentry: {{url: "http://127.0.0.1:9", organization: acme, token: env/PAT, client_secret: env/PAT}}
trackers:
  jira: {{kind: jira, url: "http://127.0.0.1:9", email: b@acme.test, token: env/PAT, webhook_secret: env/JIRA_HOOKS}}
  linear: {{kind: linear, token: env/PAT}}
  boards: {{kind: asana, workspace: "1200", url: "{url}/api/1.0", token: env/PAT, path_tokens: env/PATH_TOKEN}}
routes: {{default: {{tracker: boards, project: Detections backlog}}}}
teams:
  "@acme/in": {{route: {{tracker: boards, project: "12002"}}}}
  "@acme/x": {{route: {{tracker: jira, project: X}}}}
store: {{url: "sqlite:///{folder}/v.db"}}
"""


@pytest.fixture
def asana(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AsanaStandIn]:
    for name in ("VEDETTE_CONFIG", "VEDETTE_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setenv("JIRA_HOOKS", "jira-hooks-secret-of-the-tests")
    monkeypatch.setenv("PATH_TOKEN", TOKEN)
    monkeypatch.chdir(tmp_path)
    with AsanaStandIn() as running:
        monkeypatch.setenv("PAT", running.config.token)
        (tmp_path / "vedette.yaml").write_text(SETTINGS.format(url=running.url, folder=tmp_path), encoding="utf-8")
        yield running


@pytest.mark.usefixtures("asana")
def test_each_tracker_has_its_address_its_events_and_the_place_of_its_secret(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["trackers", "hooks"]) == 0
    said = capsys.readouterr().out
    for words in (
        "https://YOUR-HOST/hooks/jira/jira",
        "env/JIRA_HOOKS",
        "Issue updated, deleted",
        "https://YOUR-HOST/hooks/asana/boards/TOKEN",
        "TOKEN is env/PATH_TOKEN",
        "every hook is refused until trackers.linear.webhook_secret is set",
    ):
        assert words in said
    assert TOKEN not in said


def test_asanas_webhooks_are_planned_then_made_once(
    asana: AsanaStandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import os  # noqa: PLC0415

    app = App.build(load(tmp_path / "vedette.yaml", environ=os.environ))
    try:
        with door(app) as url:
            command = ["trackers", "hooks", "--tracker", "boards", "--at", url]
            assert main(command) == 1
            assert capsys.readouterr().out.count("has no webhook to this address; add --register") == 2
            assert asana.on_loop(lambda state: len(state.webhooks)) == 0
            for answer in ("has a webhook now", "has its webhook"):
                assert main([*command, "--register"]) == 0
                said = capsys.readouterr().out
                assert said.count(answer) == 2
                assert TOKEN not in said
    finally:
        app.close()
    assert sorted(asana.on_loop(lambda state: [hook.resource for hook in state.webhooks])) == ["12001", "12002"]


@pytest.mark.usefixtures("asana")
def test_a_door_that_asana_cannot_reach_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trackers", "hooks", "--at", "http://127.0.0.1:9", "--register"]) == 1
    said = capsys.readouterr()
    assert "can Asana reach it under this address?" in said.out
    assert TOKEN not in said.out + said.err


@pytest.mark.usefixtures("asana")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--tracker", "none"], "there is no tracker none; the settings name jira, linear, boards"),
        (["--register"], "name the address that the tracker is to call: --at"),
    ],
)
def test_what_cannot_be_done_says_what_to_write(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trackers", "hooks", *words]) == 1
    assert told in capsys.readouterr().err


@pytest.mark.usefixtures("asana")
def test_check_says_which_trackers_tell_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    assert "none from linear: closed tickets are noticed by poll and audit" in capsys.readouterr().out
