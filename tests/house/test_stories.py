"""The page of failures names tests that exist, and every story that is told as a test stands on the page."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/explanation/failures-we-learnt-from.md"
STORIES = sorted((ROOT / "tests").rglob("test_stories*.py"))
_NAMED = re.compile(r"`(test_\w+)`")
_DEFINED = re.compile(r"^(?:    )?def (test_\w+)\(", re.MULTILINE)


def defined(*files: Path) -> set[str]:
    """The names of the tests in these files."""
    return {name for file in files for name in _DEFINED.findall(file.read_text(encoding="utf-8"))}


def test_every_proof_that_the_page_names_is_a_test() -> None:
    named = set(_NAMED.findall(PAGE.read_text(encoding="utf-8")))
    assert named
    assert named - defined(*(ROOT / "tests").rglob("*.py")) == set()


@pytest.mark.parametrize("file", [each for each in STORIES if each != Path(__file__).resolve()], ids=lambda f: f.name)
def test_every_story_stands_on_the_page(file: Path) -> None:
    named = set(_NAMED.findall(PAGE.read_text(encoding="utf-8")))
    assert defined(file) - named == set()


def test_each_row_of_the_page_has_a_proof() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    without = [row for row in rows if not _NAMED.search(row) and "| proof |" not in row]
    assert without == []
