"""`vedette access` on the command line, against a stand-in Sentry over HTTP."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.waiting import until
from vedette.cli.main import main
from vedette.model.settings import StoreSettings
from vedette.sandbox.sentry import Dialect, SentryStandIn, StandInConfig
from vedette.store.accesstables import holders
from vedette.store.database import Store

ACCESS = {
    "teams": {"checkout": None, "partners": None, "search": None, "data": {"name": "Data"}},
    "projects": {
        "checkout": {"teams": ["checkout", "data"]},
        "external-api": {"teams": ["partners"]},
        "search": {"teams": ["search"]},
        "warehouse": {"teams": ["data"], "platform": "python"},
    },
    "roles": {
        "owner": {"role": "owner"},
        "analyst": {"teams": ["data"]},
        "triage": {"teams": ["checkout"]},
    },
    "people": {
        "ada": {"email": "ada@example.test", "roles": ["owner"]},
        "tor": {"email": "tor@example.test", "roles": ["triage", "analyst"]},
        "lin": {"email": "lin@example.test", "roles": ["analyst"]},
    },
    "send_invites": False,
    "rate_per_s": 1000,
}
Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def sentry() -> Iterator[SentryStandIn]:
    with SentryStandIn(StandInConfig(), recording=True) as stand_in:
        yield stand_in


@pytest.fixture
def config(tmp_path: Path, sentry: SentryStandIn, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("T_SENTRY", sentry.token)
    monkeypatch.chdir(tmp_path)
    return written(tmp_path, sentry.url, ACCESS)


def written(folder: Path, url: str, access: dict[str, Any] | None, **more: Any) -> Path:
    data = {
        "sentry": {"url": url, "organization": "acme", "token": "env/T_SENTRY", "rate_per_s": 1000, "timeout": "5s"},
        "store": {"url": f"sqlite:///{folder}/vedette.db"},
        **({"access": access} if access is not None else {}),
        **more,
    }
    path = folder / "vedette.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


@pytest.fixture
def say(config: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    def run(*words: str) -> tuple[int, str, str]:
        code = main(["access", *words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def checksum_in(out: str) -> str:
    found = re.search(r"--checksum ([0-9a-f]{64})", out)
    assert found, out
    return found[1]


def writes(sentry: SentryStandIn) -> list[str]:
    told = [
        each for each in sentry.exchanges() if each.method not in {"GET", "HEAD"} and each.path.startswith("/api/0/")
    ]
    return [f"{each.method} {each.path}" for each in told]


def test_a_plan_is_read_on_eighty_columns_and_names_the_next_command(say: Say, sentry: SentryStandIn) -> None:
    code, out, err = say("plan")
    assert (code, err) == (0, "")
    assert "default (acme): " in out
    assert "+ create team data (Data)" in out
    assert "+ invite lin@example.test as member into data, without a mail" in out
    assert max(len(line) for line in out.splitlines() if "checksum" not in line) <= 80
    assert checksum_in(out)
    assert re.search(r"\d+ calls in \d+\.\d s", out)
    assert writes(sentry) == []


def test_what_was_planned_is_applied_and_the_next_plan_is_empty(say: Say, sentry: SentryStandIn) -> None:
    _, plan, _ = say("plan")
    code, out, _ = say("apply", "--checksum", checksum_in(plan))
    assert code == 0, out
    assert "default: done        create team data (Data)" in out
    assert re.search(r"run 1: \d+ done", out)
    code, again, _ = say("plan", "--exit-code")
    assert code == 0, again
    assert "Everything is as declared." in again
    before = len(writes(sentry))
    say("apply", "--checksum", json.loads(say("plan", "--format", "json")[1])["checksum"])
    assert len(writes(sentry)) == before


def test_apply_without_a_checksum_shows_the_plan_and_changes_nothing(say: Say, sentry: SentryStandIn) -> None:
    code, out, err = say("apply")
    assert code == 2
    assert "create team data" in out
    assert "vedette access apply" in out
    assert "nothing was changed" in err
    assert writes(sentry) == []


def test_another_plan_than_the_reviewed_one_is_refused_with_what_came_and_went(say: Say, sentry: SentryStandIn) -> None:
    _, plan, _ = say("plan")
    sentry.roster(teams=[{"slug": "data", "name": "Data"}])
    code, _, err = say("apply", "--checksum", checksum_in(plan))
    assert code == 3
    assert "went: default: create team data (Data)" in err
    assert writes(sentry) == []


def test_drift_has_an_exit_code_of_its_own_where_it_is_asked_for(say: Say) -> None:
    assert say("plan")[0] == 0
    assert say("plan", "--exit-code")[0] == 2


def test_a_plan_as_json_is_whole_and_goes_into_a_file(say: Say, tmp_path: Path) -> None:
    code, out, _ = say("plan", "--format", "json", "--output", str(tmp_path / "plans" / "plan.json"))
    assert (code, out) == (0, f"wrote {tmp_path / 'plans' / 'plan.json'}\n")
    data = json.loads((tmp_path / "plans" / "plan.json").read_text())
    assert data["organizations"][0]["changes"][0]["change"] == "CreateTeam"
    assert data["calls"] > 5


def test_a_plan_for_a_pull_request_is_markdown_and_for_a_browser_one_page(say: Say) -> None:
    code, out, _ = say("plan", "--no-record", "--format", "markdown")
    assert (code, "create team data" in out, "|" in out) == (0, True, True)
    code, out, _ = say("plan", "--no-record", "--format", "html")
    assert (code, out.lstrip().startswith("<!doctype html>"), "create team data" in out) == (0, True, True)


def test_a_guard_refuses_and_names_its_flag(config: Path, say: Say, sentry: SentryStandIn) -> None:
    access = {key: value for key, value in ACCESS.items() if key != "people"}
    written(config.parent, sentry.url, access)
    code, out, _ = say("plan")
    assert code == 3
    assert "REFUSED" in out
    assert "--allow-empty" in out
    assert "--checksum" not in out
    code, _, err = say("apply", "--checksum", "f" * 64)
    assert code == 3
    assert "--allow-empty lifts this guard" in err
    assert writes(sentry) == []


def test_a_project_goes_only_when_a_flag_names_it_and_the_command_repeats_the_flag(
    say: Say, sentry: SentryStandIn
) -> None:
    sentry.roster(projects=[{"slug": "old", "teams": ["search"]}])
    _, out, _ = say("plan")
    assert ". delete project old" in out
    _, out, _ = say("plan", "--delete-project", "old")
    assert "- delete project old with all of its events" in out
    assert "--delete-project old" in out.split("To apply exactly this:")[1]
    code, out, _ = say("apply", "--checksum", checksum_in(out), "--delete-project", "old")
    assert code == 0, out
    assert any(each.startswith("DELETE") and "/old/" in each for each in writes(sentry))


def test_runs_are_listed_and_shown(say: Say) -> None:
    assert say("runs")[1] == "nothing was applied yet\n"
    _, plan, _ = say("plan")
    say("apply", "--checksum", checksum_in(plan))
    code, out, _ = say("runs")
    assert code == 0
    assert "run 1  " in out
    assert "  done\n" in out
    assert f"plan {checksum_in(plan)}" in out
    _, out, _ = say("runs", "1")
    assert "default: done        create team data (Data)" in out
    data = json.loads(say("runs", "1", "--json")[1])
    assert {each["fate"] for each in data["runs"][0]["changes"]} == {"done"}
    code, _, err = say("runs", "9")
    assert (code, "there is no run 9" in err) == (1, True)


def test_secrets_come_first_a_missing_token_stops_everything_before_any_call(
    config: Path, say: Say, sentry: SentryStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Story: the second instance's token was missing, and the first was changed already."""
    one = {"url": sentry.url, "organization": "acme", "token": "env/T_SENTRY"}
    two = one | {"token": "env/T_MISSING"}
    data = yaml.safe_load(config.read_text()) | {"sentry": {"one": one, "two": two}}
    config.write_text(yaml.safe_dump(data))
    code, _, err = say("plan")
    assert code == 2
    assert "T_MISSING" in err
    assert sentry.exchanges() == []


def test_kill_9_in_the_middle_and_the_same_command_does_exactly_the_remainder(
    config: Path, say: Say, sentry: SentryStandIn
) -> None:
    """Story: a run that died half way was begun anew, and invited everybody twice."""
    _, plan, _ = say("plan")
    planned = json.loads(say("plan", "--format", "json")[1])["organizations"][0]["changes"]
    # The server makes the project, and nobody hears of it: the process dies while it waits.
    sentry.faults(faults=[{"kind": "hang_after", "method": "POST", "path": "/projects/$", "seconds": 60, "times": 1}])
    words = ["apply", "--checksum", checksum_in(plan)]
    process = subprocess.Popen([sys.executable, "-m", "vedette", "access", *words], stdout=subprocess.PIPE)
    until(lambda: any(each.endswith("/projects/") for each in writes(sentry)) or process.poll() is not None)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    code, _, err = say(*words)
    assert (code, "has been changing default since" in err) == (1, True)
    let_the_right_of_the_dead_run_out(config)
    code, out, err = say(*words)
    assert code == 0, out + err
    assert "this went on where run 1 ended" in out
    # Whoever makes a team is put into it by Sentry, and taken out again: a part of that change.
    assert len([each for each in writes(sentry) if "/members/me/" not in each]) == len(planned)
    assert [each for each in writes(sentry) if each.endswith("/projects/")] == ["POST /api/0/teams/acme/data/projects/"]
    assert "Everything is as declared." in say("plan")[1]


def let_the_right_of_the_dead_run_out(config: Path) -> None:
    """Two minutes pass, as far as the store can tell."""
    url = yaml.safe_load(config.read_text())["store"]["url"]
    with Store.open(StoreSettings(url=url)) as store:
        past = datetime.now(UTC) - timedelta(seconds=1)
        store.write(lambda tx: tx.execute(holders.update().values(until=past)))


def test_sigterm_ends_after_the_change_in_hand_and_says_what_is_left(say: Say, sentry: SentryStandIn) -> None:
    _, plan, _ = say("plan")
    sentry.faults(faults=[{"kind": "slow", "method": "POST", "path": "/projects/$", "seconds": 1, "times": 1}])
    words = ["apply", "--checksum", checksum_in(plan)]
    command = [sys.executable, "-m", "vedette", "access", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "create team data" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate()
    assert process.returncode == 1
    assert "stopping after the change in hand" in err
    assert "left" in out
    assert "the same command goes on with what is left" in out
    done = len(writes(sentry))
    code, out, _ = say(*words)
    assert code == 0
    assert len(writes(sentry)) > done
    assert "this went on where run 1 ended" in out


def test_a_live_organisation_is_adopted_and_the_next_plan_is_empty(
    config: Path, say: Say, sentry: SentryStandIn
) -> None:
    sentry.roster(
        members=[
            {"email": "tor@example.test", "pending": True, "expired": True},
            {"email": "Lin.Po@Example.test", "role": "manager", "teams": {"checkout": None}},
            {"email": "adm@example.test", "teams": {"checkout": "admin", "search": None}},
            {"email": "new@example.test", "pending": True, "teams": ["search"]},
        ],
        projects=[{"slug": "orphan", "teams": []}, {"slug": "old", "teams": ["search"], "resolveAge": 720}],
        teams=[{"slug": "empty", "name": "Nobody's"}],
    )
    written(config.parent, sentry.url, None)
    code, _, err = say("adopt", "--output", "people/acme.yml")
    assert (code, err) == (1, "vedette: --output people/acme.yml is to be a folder: write --output people/acme\n")
    code, out, err = say("adopt")
    assert (code, err) == (0, ""), out
    assert "wrote access/acme.yaml: 4 teams, 4 projects, 5 people" in out
    assert "include: [access/acme.yaml]" in out
    text = (config.parent / "access" / "acme.yaml").read_text()
    assert sentry.token not in text
    code, _, err = say("adopt")
    assert (code, "is there already" in err) == (1, True)
    written(config.parent, sentry.url, None, include=["access/acme.yaml"])
    code, out, _ = say("plan", "--exit-code")
    assert (code, "Everything is as declared." in out) == (0, True), out + text
    assert writes(sentry) == []


@pytest.mark.parametrize("dialect", [Dialect.SENTRY9, Dialect.GLITCHTIP])
def test_older_servers_and_glitchtip_are_adopted_planned_and_applied_alike(
    dialect: Dialect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with SentryStandIn(StandInConfig(dialect=dialect), recording=True) as stand_in:
        monkeypatch.setenv("T_SENTRY", stand_in.token)
        monkeypatch.chdir(tmp_path)
        stand_in.roster(
            projects=[{"slug": "orphan", "teams": []}], members=[{"email": "new@example.test", "pending": True}]
        )

        def say(*words: str, access: dict[str, Any] | None = None, **more: Any) -> tuple[int, str]:
            one = {"url": stand_in.url, "organization": "acme", "token": "env/T_SENTRY", "dialect": dialect.value}
            written(tmp_path, stand_in.url, access, sentry=one, **more)
            code = main(["access", *words])
            told = capsys.readouterr()
            return code, told.out + told.err

        assert say("adopt")[0] == 0
        code, out = say("plan", "--exit-code", include=["access/acme.yaml"])
        assert code == 0, out + (tmp_path / "access" / "acme.yaml").read_text()
        assert writes(stand_in) == []
        more: dict[str, Any] = {"access": {"teams": {"fresh": None}}, "include": ["access/acme.yaml"]}
        checksum = checksum_in(say("plan", **more)[1])
        code, out = say("apply", "--checksum", checksum, **more)
        assert code == 0, out
        assert say("plan", "--exit-code", **more)[0] == 0
