"""Names that say nothing are not used, and one thing has one name."""

import re
import subprocess

import pytest

from tests.house.sources import PACKAGE, ROOT, modules, place

EMPTY_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "manager",
    "managers",
    "common",
    "services",
    "service",
    "core",
    "misc",
}


def tracked() -> list[str]:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout, so nothing is in git")
    # A checkout may belong to another user than the one who runs the tests, as in containers.
    command = ["git", "-c", "safe.directory=*", "ls-files"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


def test_no_module_or_folder_has_a_name_that_says_nothing() -> None:
    empty = [
        place(file)
        for file in modules(PACKAGE, ROOT / "tests", ROOT / "bench")
        if {file.stem, *file.relative_to(ROOT).parts[:-1]} & EMPTY_NAMES
    ]
    assert not empty, f"Name these after the question they answer: {empty}"


def test_the_lock_of_uv_is_not_in_the_history_since_it_names_hosts() -> None:
    assert [path for path in tracked() if path.endswith("uv.lock")] == []


def test_nothing_that_a_run_leaves_behind_is_in_git() -> None:
    left = re.compile(r"(\.pyc|\.db|\.db-wal|\.db-shm|\.lock)$|(^|/)(__pycache__|\.venv|\.tools|\.hypothesis)/")
    assert [path for path in tracked() if left.search(path)] == []
