"""The six import contracts are read by a machine, and each of them is seen to fail when it is broken."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT

ROOMS = ("cli", "web", "flows", "config", "integrations", "store", "ports", "rules", "model", "sandbox")

BREAKS = {
    "1. Each room imports only": {"rules/deciding.py": "import vedette.store"},
    "1. Each room imports only the rooms below it, and every room": {"helpers.py": "", "web/a.py": ""},
    "2a. The sandbox imports the words": {"ports/http.py": "", "sandbox/jira.py": "from vedette.ports import http"},
    "2b. Only the command line imports": {"sandbox/jira.py": "", "flows/poll.py": "import vedette.sandbox.jira"},
    "3. Vendors never import one another": {
        "integrations/jira.py": "",
        "integrations/asana.py": "from vedette.integrations import jira",
    },
    "4. Words and decisions import no I/O": {"model/clock.py": "import time"},
    "5. SQL libraries only in the store": {"web/pages.py": "import sqlalchemy", "store/views.py": "import sqlalchemy"},
    "6. Web never imports integrations": {
        "integrations/jira.py": "",
        "web/pages.py": "from vedette.integrations import jira",
    },
}


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    words = [str(program), "--no-cache", "--no-logo"]
    environment = os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200"}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """An empty house under the real contracts."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    package = tmp_path / "vedette"
    for room in ROOMS:
        (package / room).mkdir(parents=True)
        (package / room / "__init__.py").touch()
    for module in ("__init__", "app", "errors", "__main__"):
        (package / f"{module}.py").touch()
    return tmp_path


def test_the_house_keeps_its_contracts() -> None:
    done = check(ROOT)
    assert done.returncode == 0, done.stdout


def test_an_empty_house_keeps_all_contracts(house: Path) -> None:
    done = check(house)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(("contract", "files"), BREAKS.items(), ids=[name.split(" ")[0] for name in BREAKS])
def test_a_broken_contract_fails_by_its_name(house: Path, contract: str, files: dict[str, str]) -> None:
    for name, text in files.items():
        (house / "vedette" / name).write_text(text, encoding="utf-8")
    done = check(house)
    broken = [line for line in done.stdout.splitlines() if " BROKEN" in line]
    assert done.returncode != 0
    assert any(line.startswith(contract) for line in broken), done.stdout + done.stderr
