"""`vedette access undo` on the command line, against a stand-in Sentry over HTTP."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_access_plan import (
    Say,
    checksum_in,
    config,
    let_the_right_of_the_dead_run_out,
    say,
    sentry,
    writes,
    written,
)
from tests.waiting import until
from vedette.cli.main import main
from vedette.sandbox.sentry import Dialect, SentryStandIn, StandInConfig

__all__ = ["config", "say", "sentry"]


@pytest.fixture
def file(say: Say, tmp_path: Path) -> Path:
    """The undo file of a run that made everything that is declared."""
    code, out, err = say("apply", "--checksum", checksum_in(say("plan")[1]))
    assert code == 0, out + err
    (path,) = tmp_path.glob("access-undo-*.json")
    return path


def names(say: Say) -> list[str]:
    """What the organisation lacks of what is declared, in words."""
    plan = json.loads(say("plan", "--no-record", "--format", "json")[1])
    return sorted(
        f"{each['change']} {each.get('email') or each.get('project') or each.get('team')}"
        for each in plan["organizations"][0]["changes"]
    )


def test_a_run_is_taken_back_and_the_organisation_is_as_before(say: Say, tmp_path: Path, sentry: SentryStandIn) -> None:
    before = names(say)
    code, out, err = say("apply", "--checksum", checksum_in(say("plan")[1]))
    assert code == 0, out + err
    (path,) = tmp_path.glob("access-undo-*.json")
    assert names(say) == []
    made = len(writes(sentry))
    flags = ["--delete-project", "warehouse", "--delete-team", "data", "--allow-deletions"]
    code, out, err = say("undo", str(path), *flags)
    assert (code, err) == (0, ""), out
    assert "- delete team data" in out
    assert "it takes back what run 1 did" in out
    assert f"vedette access undo {path}" in out
    assert "The declaration still stands" in out
    assert len(writes(sentry)) == made
    code, out, err = say("undo", str(path), "--checksum", checksum_in(out), *flags)
    assert code == 0, out + err
    assert "run 2: " in out
    assert "The declaration still stands" in out
    assert names(say) == before
    code, out, _ = say("undo", str(path), *flags)
    assert code == 0
    assert "There is nothing to take back." in out
    assert "--checksum" not in out
    assert "run 2  " in say("runs")[1]


def test_what_no_flag_names_is_held_back_and_what_cannot_be_undone_is_told(say: Say, file: Path) -> None:
    code, out, _ = say("undo", str(file), "--allow-deletions")
    assert code == 0
    assert ". delete team data" in out
    assert "only with --delete-team data" in out
    assert "What cannot be undone:" in out
    assert "events that have come in since go with the project" in " ".join(out.split())
    assert max(len(line) for line in out.splitlines() if "--checksum" not in line and str(file) not in line) <= 80


def test_a_guard_refuses_an_undo_and_nothing_is_changed(say: Say, config: Path, file: Path) -> None:
    config.write_text(config.read_text() + "\n", encoding="utf-8")
    text = config.read_text().replace("access:\n", "access:\n  guards: {deletions: 0}\n")
    config.write_text(text, encoding="utf-8")
    code, out, _ = say("undo", str(file))
    assert code == 3
    assert "--allow-deletions lifts this guard" in " ".join(out.split())
    assert "--checksum" not in out
    code, _, err = say("undo", str(file), "--checksum", "f" * 64)
    assert (code, "--allow-deletions lifts this guard" in err) == (3, True)


def test_another_plan_than_the_reviewed_one_is_refused(say: Say, file: Path, sentry: SentryStandIn) -> None:
    before = len(writes(sentry))
    code, _, err = say("undo", str(file), "--checksum", "f" * 64, "--allow-deletions")
    assert code == 3
    assert f"read the plan again with `vedette access undo {file}`" in err
    assert len(writes(sentry)) == before


def test_an_undo_as_json_is_a_plan_and_what_the_file_says_besides(say: Say, file: Path, tmp_path: Path) -> None:
    code, out, _ = say("undo", str(file), "--format", "json", "--output", str(tmp_path / "undo.json"))
    assert (code, out) == (0, f"wrote {tmp_path / 'undo.json'}\n")
    data = json.loads((tmp_path / "undo.json").read_text())
    assert {each["change"] for each in data["organizations"][0]["withheld"]} == {"DeleteProject", "DeleteTeam"}
    assert (data["undo"]["run"], data["undo"]["complete"]) == (1, True)
    assert data["undo"]["cannot_be_undone"][0]["instance"] == "default"


def test_the_file_of_a_run_that_never_wrote_its_end_is_used_with_a_warning(say: Say, file: Path) -> None:
    file.write_text(file.read_text().replace('"state": "completed"', '"state": "planned"'))
    code, out, _ = say("undo", str(file))
    assert code == 0
    assert "The run of this file never wrote its end" in out


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("{", "[", "it is no JSON"),
        (
            '"version": 1',
            '"version": 7',
            "its version is 7, and 1 is understood; undo it with the Vedette that wrote it",
        ),
        ('"version": 1,', "", "it is no undo file: it has no version"),
        ('"state": "completed"', '"state": "half"', "the state half is not known"),
        ('"DeleteTeam"', '"DeletTeam"', "default: there is no kind of change DeletTeam; did you mean DeleteTeam?"),
        ('"team": "data"', '"team": 7', "default: the UnlinkTeam is not whole: Expected `str`, got `int`"),
        ('"instance": "default"', '"instance": "stage"', "access does not manage an instance stage"),
        ('"run": 1', '"run": "one"', "it is no undo file: Expected `int`, got `str`"),
    ],
)
def test_a_file_that_is_not_understood_undoes_nothing_and_says_why(
    old: str, new: str, told: str, say: Say, file: Path, sentry: SentryStandIn
) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1) if old == "{" else text.replace(old, new))
    before = len(sentry.exchanges())
    code, _, err = say("undo", str(file), "--checksum", "f" * 64)
    assert (code, told in err) == (2, True), err
    assert err.startswith(f"{file}:")
    assert len(sentry.exchanges()) == before


def test_the_place_of_a_mistake_in_an_undo_file_is_told(say: Say, file: Path) -> None:
    text = file.read_text().replace('"change": "DeleteTeam"', '"change": "EraseTeam"')
    file.write_text(text)
    line = next(at for at, each in enumerate(text.splitlines(), start=1) if "EraseTeam" in each)
    _, _, err = say("undo", str(file))
    assert err.startswith(f"{file}:{line}:")


def test_a_file_that_is_not_there_or_says_nothing_of_an_instance_is_an_error_of_usage(say: Say, file: Path) -> None:
    code, _, err = say("undo", "gone.json")
    assert (code, "gone.json:1:1: there is no such undo file; name a file" in err) == (2, True), err
    code, _, err = say("undo", str(file), "--instance", "stage")
    assert (code, "it says nothing of an instance stage; known: default" in err) == (2, True), err


@pytest.mark.parametrize("dialect", [Dialect.SENTRY9, Dialect.GLITCHTIP])
def test_older_servers_and_glitchtip_are_taken_back_alike(
    dialect: Dialect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with SentryStandIn(StandInConfig(dialect=dialect), recording=True) as stand_in:
        monkeypatch.setenv("T_SENTRY", stand_in.token)
        monkeypatch.chdir(tmp_path)

        def say(*words: str, access: dict[str, Any] | None = None, **more: Any) -> tuple[int, str]:
            one = {"url": stand_in.url, "organization": "acme", "token": "env/T_SENTRY", "dialect": dialect.value}
            written(tmp_path, stand_in.url, access, sentry=one, **more)
            code = main(["access", *words])
            told = capsys.readouterr()
            return code, told.out + told.err

        assert say("adopt")[0] == 0
        adopted: dict[str, Any] = {"include": ["access/acme.yaml"]}
        access = {"teams": {"fresh": None}, "projects": {"new": {"teams": ["fresh"]}}}
        more: dict[str, Any] = {"access": access, **adopted}
        code, out = say("apply", "--checksum", checksum_in(say("plan", **more)[1]), **more)
        assert code == 0, out
        (path,) = tmp_path.glob("access-undo-*.json")
        flags = ["--delete-project", "new", "--delete-team", "default/fresh", "--allow-deletions"]
        code, out = say("undo", str(path), *flags, **more)
        assert code == 0, out
        code, out = say("undo", str(path), "--checksum", checksum_in(out), *flags, **more)
        assert code == 0, out
        code, out = say("plan", "--exit-code", **adopted)
        assert code == 0, out


def test_kill_9_in_the_middle_of_an_undo_and_the_same_command_does_the_remainder(
    say: Say, config: Path, file: Path, sentry: SentryStandIn
) -> None:
    flags = ["--delete-project", "warehouse", "--delete-team", "data", "--allow-deletions"]
    words = ["undo", str(file), "--checksum", checksum_in(say("undo", str(file), *flags)[1]), *flags]
    before = len(writes(sentry))
    # The server deletes the project, and nobody hears of it: the process dies while it waits.
    path = "/projects/acme/warehouse/$"
    sentry.faults(faults=[{"kind": "hang_after", "method": "DELETE", "path": path, "seconds": 60, "times": 1}])
    process = subprocess.Popen([sys.executable, "-m", "vedette", "access", *words], stdout=subprocess.PIPE)
    until(
        lambda: any("DELETE" in each and "warehouse" in each for each in writes(sentry)) or process.poll() is not None
    )
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    let_the_right_of_the_dead_run_out(config)
    killed = len(writes(sentry))
    code, out, err = say(*words)
    assert code == 0, out + err
    assert "this went on where run 2 ended" in out
    assert killed > before
    assert writes(sentry)[killed:] == ["DELETE /api/0/teams/acme/data/"]
    assert "There is nothing to take back." in say("undo", str(file), *flags)[1]
