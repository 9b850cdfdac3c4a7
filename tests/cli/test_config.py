"""`vedette init` writes a file that `check` accepts; `check` tells every problem, and a summary when there is none."""

import io
import json
import re
from pathlib import Path

import pytest

from vedette.cli.main import main

HELD = "a-value-of-sixteen-and-more-characters"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, with the variables of the starter file set."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VEDETTE_CONFIG", raising=False)
    monkeypatch.delenv("VEDETTE_DEBUG", raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    for name in ("SENTRY_TOKEN", "SENTRY_CLIENT_SECRET", "JIRA_TOKEN"):
        monkeypatch.setenv(name, HELD)
    return tmp_path


def test_what_init_writes_is_accepted_by_check(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init"]) == 0
    assert "vedette check --config vedette.yaml" in capsys.readouterr().out
    assert main(["check"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert "vedette.yaml can be used" in told.out
    for row in (
        r"Sentry +default \(acme at https://sentry.io\)",
        r"trackers +jira \(jira\)",
        r"teams +2, 1 with",
        "policies +default",
        "access +nothing is declared",
    ):
        assert re.search(row, told.out), row
    assert "warning" not in told.out


def test_every_example_in_the_comments_of_the_starter_file_is_accepted_too(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOOK_TOKEN", HELD)
    monkeypatch.setenv("LOGIN_SECRET", HELD)
    monkeypatch.setenv("NEW_RELIC_LICENSE_KEY", HELD)
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example.test/vedette")
    main(["init"])
    text = Path("vedette.yaml").read_text(encoding="utf-8")
    # An example is a comment whose text begins as a key or as an item of a list; file, url and repository stand instead
    # of the text that the file has.
    opened, count = re.subn(
        r"^( *)# (?!  (?:file|url|repository):)( *(?:- \{|[a-z_]+:(?: |$)))", r"\1\2", text, flags=re.M
    )
    Path("vedette.yaml").write_text(opened, encoding="utf-8")
    capsys.readouterr()
    assert main(["check"]) == 0, capsys.readouterr().err
    assert count >= 7
    told = capsys.readouterr().out
    assert re.search(r"mutes +1 ", told)
    assert re.search(r"access +1 team, 1 project, 1 role, 2 people on default", told)


def test_init_never_overwrites(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.yaml").write_text("mine", encoding="utf-8")
    assert main(["init", "mine.yaml"]) == 1
    assert capsys.readouterr().err == "vedette: mine.yaml is there already; name another path, or print with --stdout\n"
    assert Path("mine.yaml").read_text(encoding="utf-8") == "mine"


def test_init_prints_instead_and_says_where_it_cannot_write(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--stdout"]) == 0
    assert capsys.readouterr().out.startswith("# Vedette's settings.")
    assert list(here.iterdir()) == []
    assert main(["init", "no/such/folder/vedette.yaml"]) == 1
    assert "cannot be written: No such file or directory" in capsys.readouterr().err


def test_check_tells_every_problem_and_ends_with_2(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("vedette.yaml").write_text("sentry: {url: x, organization: acme, token: env/SENTRY_TOKEN}\nqueue: [1]\n")
    assert main(["check"]) == 2
    assert capsys.readouterr() == (
        "",
        (
            "vedette.yaml:1:15: url should be a web address; write https://host\n"
            "vedette.yaml:2:8: queue should be a block of keys; write `key: value` lines below it\n"
            "vedette: 2 problems; nothing was started\n"
        ),
    )


def test_a_missing_file_names_vedette_init(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 2
    assert "there is no file vedette.yaml; write one with `vedette init`" in capsys.readouterr().err


def settings_with_store(url: str) -> None:
    sentry = "{url: https://sentry.example.test, organization: acme, token: env/SENTRY_TOKEN}"
    Path("vedette.yaml").write_text(f"sentry: {sentry}\nstore: {{url: '{url}'}}\n")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite:///folder", "folder is a folder"),
        ("sqlite:///vedette.yaml/below/vedette.db", "is no folder"),
        (f"sqlite:///{'x' * 300}", "too long"),
    ],
)
def test_a_store_that_cannot_be_written_is_told_with_its_place(
    here: Path, url: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("folder").mkdir()
    settings_with_store(url)
    assert main(["check"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("vedette.yaml:2:9: the store cannot be kept: ")
    assert words in told
    assert "name another file in store.url" in told


def test_a_folder_of_the_store_that_is_not_there_yet_will_be_made(here: Path) -> None:
    settings_with_store("sqlite:///not/yet/vedette.db")
    assert main(["check"]) == 0
    assert not Path("not").exists()


def test_the_environment_may_name_the_file(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["init", "other.yaml"])
    monkeypatch.setenv("VEDETTE_CONFIG", "other.yaml")
    assert main(["check"]) == 0
    assert main(["check", "-c", "none.yaml"]) == 2
    assert "there is no file none.yaml" in capsys.readouterr().err


def test_warnings_are_shown_and_are_no_failure(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("vedette.yaml").write_text(
        "sentry: {url: http://sentry.example.test, organization: acme, token: env/SENTRY_TOKEN}\n"
    )
    assert main(["check"]) == 0
    assert "warning vedette.yaml:1:15: the token travels in clear text; use https" in capsys.readouterr().out


def test_no_secret_is_printed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init"])
    main(["check"])
    assert HELD not in "".join(capsys.readouterr())


def test_the_schema_and_the_pages_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "vedette.yaml"
    assert main(["config", "reference"]) == 0
    assert capsys.readouterr().out.startswith("# Settings\n")


UNREACHABLE = """\
sentry: {url: "http://127.0.0.1:9", organization: acme, token: env/SENTRY_TOKEN, path_tokens: env/SENTRY_TOKEN}
trackers: {jira: {kind: jira, url: "http://127.0.0.1:9", token: env/JIRA_TOKEN}}
routes: {default: {project: TRIAGE}}
ownership: {codeowners: [{file: "-", name: piped}]}
"""


def test_live_asks_every_vendor_and_ends_with_1_where_one_says_no(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("vedette.yaml").write_text(UNREACHABLE, encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO("* @acme/platform\n"))
    assert main(["check", "--live"]) == 1
    told = capsys.readouterr().out
    assert re.search(r"no +│ sentry default", told)
    assert re.search(r"no +│ jira", told)
    assert re.search(r"ok +│ CODEOWNERS piped", told)
    assert HELD not in told
