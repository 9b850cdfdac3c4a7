"""`vedette owners lint`: every flaw a line with its place and its cure, exit code 1, and JSON for machines."""

import io
import json
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Place
from tests.cli.test_owners import SETTINGS, repository, settled
from vedette.cli.main import main

__all__ = ["repository"]  # the fixture


def lint(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(["owners", "lint", *words])
    told = capsys.readouterr()
    return code, told.out + told.err


def test_the_repositorys_own_files_tell_what_is_gone(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (repository / ".github" / "CODEOWNERS").open("a", encoding="utf-8") as file:
        file.write("/lib/old/ @acme/checkout\n*.rb @acme/checkout\n/shop/cart.py @acme/x\n/shop/ @acme/x\n")
    code, said = lint(capsys)
    assert code == 1
    assert ".github/CODEOWNERS:5: vanished /lib/old/: names a path that is not there, nor its folder; write" in said
    assert ".github/CODEOWNERS:6: no_file *.rb: matches no file; correct the pattern, or delete the line" in said
    assert ".github/CODEOWNERS:7: shadowed /shop/cart.py: never decides: line 8 (/shop/) claims all of it;" in said
    assert "no_route" not in said
    assert "held against 5 files" in said


def test_a_sound_file_is_told_so_and_the_exit_code_is_zero(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = lint(capsys)
    assert (code, said.splitlines()[-1]) == (0, "nothing found")


def test_owners_without_a_route_and_unused_teams_come_from_the_settings(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = SETTINGS.replace('  "@acme/nobody":', '  "@acme/nobody":\n  "@acme/gone": {route: {project: OLD}}')
    settled(repository, text)
    code, said = lint(capsys)
    assert code == 1
    assert "shop:3: no_route @acme/nobody: is a team without a route; give it a route under teams:" in said
    assert "vedette.yaml:7:3: unused_team @acme/gone: no CODEOWNERS and no entry names this team;" in said


def test_a_list_of_files_may_come_by_a_pipe(
    repository: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("shop/cart.py\n./api/x.py\n"))
    code, said = lint(capsys, "--files", "-", "--json")
    (linted,) = json.loads(said)["files"]
    assert code == 1
    assert linted["files"] == 2
    assert [(each["flaw"], each["place"]) for each in linted["findings"]] == [
        ("vanished", ".github/CODEOWNERS:2"),
        ("vanished", ".github/CODEOWNERS:4"),
    ]


def test_an_empty_list_is_a_mistake_and_no_finding_about_every_line(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "none").write_text("", encoding="utf-8")
    code, said = lint(capsys, "--files", "none")
    assert code == 1
    assert "the list of files is empty, so every line would be found wanting" in said


def test_a_codeowners_of_elsewhere_is_held_against_no_files_unless_they_are_named(
    repository: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "OTHER").write_text("/src/ @acme/checkout\n", encoding="utf-8")
    settled(repository, SETTINGS.replace("file: CODEOWNERS", f"file: {tmp_path / 'OTHER'}"))
    assert "held against no list of files" in lint(capsys)[1]
    (tmp_path / "checkout" / "lib").mkdir(parents=True)
    (tmp_path / "checkout" / "lib" / "a.py").write_text("", encoding="utf-8")
    assert "OTHER:1: vanished /src/" in lint(capsys, "--root", str(tmp_path / "checkout"))[1].replace(
        "shop:1", "OTHER:1"
    )


def test_live_asks_the_trackers_whether_the_routes_still_lead_somewhere(place: Place) -> None:
    assert "no_place" not in place.run("owners", "lint", "--live")[1]
    place.change("project: PAY", "project: NOWHERE")
    code, said, _ = place.run("owners", "lint", "--live")
    assert code == 1
    assert "no_place" in said
    assert "NOWHERE" in said
