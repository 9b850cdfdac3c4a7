"""The command line: one table of duties, one message for a failure, and exit codes that name the remedy."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from vedette import __version__
from vedette.cli.main import DUTIES, Chapter, Duty, command_line, main
from vedette.cli.page import page

TOYS = tuple(
    Duty(name, f"tests.cli.toys:{name}", Chapter.RUN, f"Try {name}.")
    for name in (
        "well",
        "found",
        "unusable",
        "unsafe",
        "refused",
        "hostile",
        "unwritable",
        "lost",
        "interrupted",
        "bug",
        "unread",
    )
)
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VEDETTE_DEBUG", raising=False)
    monkeypatch.delenv("VEDETTE_CONFIG", raising=False)
    monkeypatch.setenv("COLUMNS", "160")


@pytest.mark.parametrize(
    ("duty", "code", "told"),
    [
        ("well", 0, ""),
        ("found", 1, ""),
        ("unusable", 2, "a.yaml:1:2: one; mend it\na.yaml:3:4: two\n"),
        ("unsafe", 3, "vedette: 12 of 20 would go; --force\n"),
        ("refused", 1, "vedette: jira: POST /issue answered 400: no such project\n"),
        ("hostile", 1, "vedette: jira: answered 400: \ufffd]0;owned\ufffd\ufffd[2Jno\n"),
        (
            "unwritable",
            1,
            "vedette: /var/\ufffd[31m.db cannot be used: Permission denied; correct the path or its permissions\n",
        ),
        ("interrupted", 130, ""),
    ],
)
def test_each_way_to_end_has_its_code_and_one_message(
    duty: str, code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([duty], duties=TOYS) == code
    assert capsys.readouterr() == ("", told)


def test_debug_shows_where_an_error_came_from(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEDETTE_DEBUG", "1")
    assert main(["refused"], duties=TOYS) == 1
    told = capsys.readouterr().err
    assert "Traceback" in told
    assert "in refused" in told


def test_a_bug_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        main(["bug"], duties=TOYS)
    with pytest.raises(OSError, match="Input/output"):
        main(["lost"], duties=TOYS)


def test_a_reader_that_left_is_no_error_of_ours() -> None:
    code = "import tests.cli.test_main as t, sys; sys.exit(t.main(['unread'], duties=t.TOYS))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")


def test_an_unknown_command_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chek"]) == 2
    assert 'Did you mean "check"?' in capsys.readouterr().err


def test_an_unknown_option_is_unusable(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--lvie"]) == 2
    assert "--lvie" in capsys.readouterr().err


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"vedette {__version__}\n"


def test_help_lists_every_duty_in_its_chapter(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    headings = re.findall(r"╭─ ([A-Z][\w ]+) ─", told)
    assert headings == [
        "Commands",
        *(chapter.value for chapter in Chapter if any(d.chapter is chapter for d in DUTIES)),
    ]
    assert [duty.name for duty in DUTIES if f"│ {duty.name} " not in told] == []
    assert [duty.summary for duty in DUTIES if duty.summary not in told] == []


def test_help_imports_no_duty_and_none_of_the_heavy_libraries() -> None:
    # Half a second of imports before a line of help is what people call slow.
    code = (
        "import sys; from vedette.cli.main import main; main(['--help']); print(*sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    heavy = {"pydantic", "sqlalchemy", "starlette", "uvicorn", "httpx2", "yaml", "rich.markdown", "alembic"}
    assert loaded & (heavy | {duty.where.partition(":")[0] for duty in DUTIES}) == set()


@pytest.mark.parametrize("duty", DUTIES, ids=[duty.name for duty in DUTIES])
def test_every_duty_of_the_table_can_be_asked_for_help(duty: Duty, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([duty.name, "--help"]) == 0
    assert f"Usage: vedette {duty.name}" in capsys.readouterr().out


def test_the_names_of_duties_are_unique() -> None:
    names = [duty.name for duty in DUTIES]
    assert sorted(set(names)) == sorted(names)
    assert set(names) <= set(command_line())


def test_the_page_in_the_reference_is_what_the_code_says() -> None:
    assert REFERENCE.read_text(encoding="utf-8") == page(), "run: vedette config commands > docs/reference/cli.md"
