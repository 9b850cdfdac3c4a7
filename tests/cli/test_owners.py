"""`vedette owners`: with settings or without, for paths and for errors, as a hook and as a table."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Place
from tests.house.sources import ROOT
from vedette.cli.main import main
from vedette.sandbox.sentry import payloads

RULES = "/shop/ @acme/checkout\n/shop/old/\n/api/ @acme/nobody\n"
FILES = ("shop/cart.py", "shop/old/cart.py", "api/views.py", "tools/clean.py")
SETTINGS = """\
sentry: {url: "http://127.0.0.1:9", organization: acme, token: env/NO_SUCH_TOKEN, client_secret: env/NO_SUCH_SECRET}
trackers: {jira: {kind: jira, url: "http://127.0.0.1:9", token: env/NO_SUCH_JIRA}}
ownership: {codeowners: [{file: CODEOWNERS, name: shop}]}
teams:
  "@acme/checkout": {route: {project: PAY}}
  "@acme/nobody":
routes: {default: {project: TRIAGE}}
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with rules and files, as the working directory."""
    for name in ("VEDETTE_CONFIG", "VEDETTE_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    # A git that is run by another git's hook would look at that one's repository.
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    top = tmp_path / "top"
    for file in FILES:
        (top / file).parent.mkdir(parents=True, exist_ok=True)
        (top / file).write_text("", encoding="utf-8")
    (top / ".github").mkdir()
    (top / ".github" / "CODEOWNERS").write_text(f"{RULES}/.github/ @acme/checkout\n", encoding="utf-8")
    subprocess.run(["git", "init", "--quiet", str(top)], check=True)
    monkeypatch.chdir(top)
    return top


def settled(repository: Path, text: str = SETTINGS) -> None:
    (repository / "CODEOWNERS").write_text(RULES, encoding="utf-8")
    (repository / "vedette.yaml").write_text(text, encoding="utf-8")


def test_check_fails_for_every_file_without_an_owner_and_names_the_line(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["owners", "check"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "shop/old/cart.py: .github/CODEOWNERS:2 /shop/old/ clears its owner; --allow-cleared accepts that",
        "tools/clean.py: no line of .github/CODEOWNERS matches it",
        "5 files: 2 without an owner that can be reached",
    ]


def test_check_judges_only_the_files_that_a_hook_passes(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["owners", "check", "shop/cart.py", "api/views.py"]) == 0
    assert "2 files: 0 without an owner" in capsys.readouterr().out
    assert main(["owners", "check", "tools/clean.py"]) == 1
    assert main(["owners", "check", str(repository / "shop" / "cart.py")]) == 0


def test_check_accepts_what_is_cleared_on_purpose_when_told(repository: Path) -> None:
    assert main(["owners", "check", "shop"]) == 1
    assert main(["owners", "check", "shop", "--allow-cleared"]) == 0
    assert main(["owners", "check", "tools", "--allow-cleared"]) == 1


def test_check_looks_below_the_roots_at_what_git_knows(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / ".gitignore").write_text("built/\n", encoding="utf-8")
    (repository / "shop" / "built").mkdir()
    (repository / "shop" / "built" / "a.py").write_text("", encoding="utf-8")
    assert main(["owners", "check", "--root", "shop", "--root", "api", "--allow-cleared"]) == 0
    assert "3 files: 0" in capsys.readouterr().out
    assert main(["owners", "check", "--root", "none"]) == 1
    assert "there is no none; correct --root" in capsys.readouterr().err


def test_check_inside_a_folder_still_reads_paths_from_the_top(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(repository / "shop")
    assert main(["owners", "check", "cart.py"]) == 0
    assert main(["owners", "check", "old/cart.py"]) == 1
    assert "shop/old/cart.py: .github/CODEOWNERS:2" in capsys.readouterr().out


def test_check_without_git_walks_the_folder(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(repository / "nothing"))
    (repository / "shop" / ".hidden").write_text("", encoding="utf-8")
    assert main(["owners", "check", "--root", "shop", "--allow-cleared"]) == 0
    assert "2 files: 0" in capsys.readouterr().out


def test_lines_that_do_not_count_are_told_with_their_number(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "rules").write_text("* @acme/all\n/x[ab]/ @acme/x\n", encoding="utf-8")
    assert main(["owners", "check", "shop/cart.py", "--codeowners", "rules"]) == 0
    assert "rules: line 2: '/x[ab]/': character ranges are not supported" in capsys.readouterr().out


def test_sections_of_gitlab_are_understood_in_a_file_at_hand(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "rules").write_text("[Shop] @acme/checkout\n/shop/\n", encoding="utf-8")
    assert main(["owners", "explain", "shop/cart.py", "--codeowners", "rules"]) == 0
    assert "rules:2 /shop/ ─▶ @acme/checkout" in capsys.readouterr().out


def test_rules_may_come_from_standard_input(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("* @acme/all\n/tools/\n"))
    assert main(["owners", "check", "--codeowners", "-"]) == 1
    assert "tools/clean.py: standard input:2 /tools/ clears its owner" in capsys.readouterr().out
    settled(repository, SETTINGS.replace("file: CODEOWNERS", 'file: "-"'))
    monkeypatch.setattr("sys.stdin", io.StringIO("* @acme/checkout\n"))
    assert main(["owners", "check", "tools/clean.py"]) == 0


def test_with_settings_an_owner_without_a_route_fails_and_no_secret_is_needed(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settled(repository)
    assert main(["owners", "check", "shop/cart.py"]) == 0
    capsys.readouterr()
    assert main(["owners", "check", "api/views.py"]) == 1
    assert "api/views.py: shop:3 names @acme/nobody, who has no route under teams:" in capsys.readouterr().out
    assert main(["owners", "check", "api/views.py", "--codeowners", "CODEOWNERS"]) == 0
    assert main(["owners", "check", "api/views.py", "--codeowners", "CODEOWNERS", "-c", "vedette.yaml"]) == 1


def test_no_rules_anywhere_names_the_places_and_the_option(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / ".github" / "CODEOWNERS").unlink()
    assert main(["owners", "check"]) == 1
    told = capsys.readouterr().err
    assert "looked for .github/CODEOWNERS, CODEOWNERS, docs/CODEOWNERS" in told
    assert "--codeowners" in told
    assert main(["owners", "check", "--codeowners", "none"]) == 1
    assert "none cannot be read: No such file or directory" in capsys.readouterr().err


def test_a_path_outside_is_refused(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["owners", "check", "/etc/hostname"]) == 1
    assert "/etc/hostname lies outside" in capsys.readouterr().err


def test_coverage_counts_every_standing_by_folder(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settled(repository)
    assert main(["owners", "coverage"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[0] == ["folder", "files", "share", "owned", "cleared", "unmatched", "without", "route"]
    assert ["api/", "1", "0%", "0", "0", "0", "1"] in rows
    assert ["shop/", "2", "50%", "1", "1", "0", "0"] in rows
    assert ["tools/", "1", "0%", "0", "0", "1", "0"] in rows
    assert rows[-1] == ["in", "all", "7", "14%", "1", "1", "4", "1"]


def test_a_path_is_explained_with_its_line_team_and_route(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settled(repository)
    assert main(["owners", "explain", "shop/cart.py"]) == 0
    said = capsys.readouterr().out
    assert "✔ shop/cart.py  shop:1 /shop/ ─▶ @acme/checkout" in said
    assert "route jira PAY  vedette.yaml:5:" in said
    assert main(["owners", "explain", "webpack:///./shop/old/cart.py"]) == 0
    assert "○ shop/old/cart.py  shop:2 /shop/old/ ─▶ no owner: ownership is cleared" in capsys.readouterr().out


def test_of_several_files_the_one_of_the_project_is_asked(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = '[{text: "* @acme/checkout", name: a, projects: [web]}, {text: "* @acme/nobody", name: b, projects: [api]}]'
    settled(repository, SETTINGS.replace("[{file: CODEOWNERS, name: shop}]", both))
    assert main(["owners", "explain", "x.py", "--project", "api"]) == 0
    said = capsys.readouterr().out
    assert "b:1 * ─▶ @acme/nobody" in said
    assert "a:1" not in said
    assert main(["owners", "check", "shop/cart.py", "--project", "web"]) == 0
    assert main(["owners", "check", "shop/cart.py", "--project", "api"]) == 1
    capsys.readouterr()
    assert main(["owners", "explain", "x.py", "--project", "none"]) == 1
    assert "no CODEOWNERS of the settings serves project none" in capsys.readouterr().err


def test_an_issue_is_explained_frame_by_frame_and_from_memory_while_sentry_is_down(place: Place) -> None:
    with place.working() as desk:
        desk.deliver(payloads.event_alert(desk.seed(path="checkout/cart.py")))
        desk.settle()
    url = place.ground.sentry.url
    for subject in ("4512", "PAY-1", f"{url}/organizations/acme/issues/4512/"):
        code, said, _ = place.run("owners", "explain", subject)
        assert code == 0
        assert "✔ checkout/cart.py" in said
        assert "CODEOWNERS:2 /checkout/ ─▶ @acme/checkout" in said
        assert "route jira PAY" in said
    place.change(f"url: {url}", "url: http://127.0.0.1:9")
    code, said, _ = place.run("owners", "explain", "4512")
    assert code == 0
    assert "as it was decided last; it cannot be asked now: sentry default" in said
    assert "checkout/cart.py:7 is owned by @acme/checkout" in said


def test_the_hook_that_is_shipped_runs_a_command_that_exists(repository: Path) -> None:
    text = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    (entry,) = [line.partition(":")[2].split() for line in text.splitlines() if line.strip().startswith("entry:")]
    words = [sys.executable, "-m", *entry, "shop/cart.py"]
    done = subprocess.run(words, cwd=repository, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
