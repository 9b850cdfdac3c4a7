"""Setting up: a fresh clone needs Python, git and make, and what is missing is told in a sentence with its cure."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT

SCRIPTS = ("bootstrap", "lock", "python", "uv")


def run(script: str, *, path: Path, home: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(home / "scripts" / script)],
        env={"PATH": str(path), **environment}, cwd=home, capture_output=True, text=True, check=False,
    )  # fmt: skip


def program(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o755)
    return folder / name


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_can_be_run_and_says_what_it_does(script: str) -> None:
    path = ROOT / "scripts" / script
    assert os.access(path, os.X_OK)
    assert path.read_text(encoding="utf-8").splitlines()[1].startswith("# ")


def test_the_first_python_that_is_new_enough_is_taken(tmp_path: Path) -> None:
    program(tmp_path / "bin", "python3.13", "exit 127")  # a version manager's stand-in for what is not installed
    program(tmp_path / "bin", "python3.12", "exit 1")  # says that it is too old
    wanted = program(tmp_path / "bin", "python3.11", f'exec {sys.executable} "$@"')
    done = run("python", path=tmp_path / "bin")
    assert (done.returncode, done.stdout.strip()) == (0, str(wanted))


def test_a_named_python_is_preferred(tmp_path: Path) -> None:
    program(tmp_path / "bin", "python3.13", f'exec {sys.executable} "$@"')
    named = program(tmp_path / "other", "mine", f'exec {sys.executable} "$@"')
    done = run("python", path=tmp_path / "bin", VEDETTE_PYTHON=str(named))
    assert done.stdout.strip() == str(named)


def test_a_named_python_that_is_too_old_is_refused(tmp_path: Path) -> None:
    old = program(tmp_path / "bin", "old", "exit 1")
    done = run("python", path=tmp_path / "bin", VEDETTE_PYTHON=str(old))
    assert done.returncode == 1
    assert f"VEDETTE_PYTHON={old} is not a Python 3.11 or newer" in done.stderr


def test_without_any_python_the_cure_is_named(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    done = run("python", path=tmp_path / "bin")
    assert done.returncode == 1
    assert "apt-get install -y python3 python3-venv" in done.stderr
    assert "VEDETTE_PYTHON" in done.stderr


def test_a_python_without_venv_is_told_which_package_holds_it(tmp_path: Path) -> None:
    home = tmp_path / "clone"
    for folder in ("scripts", "requirements"):
        (home / folder).mkdir(parents=True)
    for name in ("scripts/uv", "scripts/python", "requirements/uv.txt"):
        (home / name).write_bytes((ROOT / name).read_bytes())
        (home / name).chmod(0o755)
    # Debian's own Python: it runs, but its ensurepip is in a package of its own.
    without = f'case "$*" in *ensurepip*) exit 1;; esac; exec {sys.executable} "$@"'
    program(tmp_path / "bin", "python3.11", without)
    for tool in ("cmp", "dirname", "sh"):
        program(tmp_path / "bin", tool, f'exec {shutil.which(tool)} "$@"')
    done = run("uv", path=tmp_path / "bin", home=home)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert done.returncode == 1
    assert f"sudo apt-get install -y python{version}-venv" in done.stderr


def test_plain_make_names_every_target_for_people() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(["make"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    for target in ("demo", "test", "check", "bench", "format", "clean"):
        assert f"make {target} " in done.stdout


def test_the_image_runs_without_rights_and_opens_only_the_door_for_webhooks() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("EXPOSE")] == ["EXPOSE 8080"]
    assert "USER vedette" in lines
    assert any("--require-hashes -r runtime.txt" in line for line in lines)
    assert any("/healthz" in line for line in lines)


def test_the_service_is_confined() -> None:
    unit = (ROOT / "deploy" / "systemd" / "vedette.service").read_text(encoding="utf-8")
    wanted = {
        "User": "vedette",
        "StateDirectory": "vedette",
        "ProtectSystem": "strict",
        "NoNewPrivileges": "yes",
        "Restart": "on-failure",
        "ExecReload": "/bin/kill -HUP $MAINPID",
    }
    found = dict(re.findall(r"^(\w+)=(.*)$", unit, re.MULTILINE))
    assert {key: found.get(key) for key in wanted} == wanted
    assert int(found["TimeoutStopSec"].removesuffix("s")) >= 30


FAKE_UV = """case "$1 $2" in
    --version*) echo uv ;;
    "venv --quiet") echo venv >>calls; mkdir -p .venv/bin; ln -s {python} .venv/bin/python ;;
    *) echo "$1 $2" >>calls ;;
esac"""


class Clone:
    """A clone whose uv only writes down what it was asked."""

    def __init__(self, home: Path) -> None:
        self.home = home
        for name in (*(f"scripts/{script}" for script in SCRIPTS), "requirements/dev.txt", "pyproject.toml"):
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_bytes((ROOT / name).read_bytes())
            (home / name).chmod(0o755)
        program(home / "bin", "uv", FAKE_UV.format(python=sys.executable))

    def bootstrap(self, **environment: str) -> list[str]:
        """What uv was asked during one set-up."""
        (self.home / "calls").write_text("", encoding="utf-8")
        path = f"{self.home / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        done = run("bootstrap", path=Path(path), home=self.home, **environment)
        assert done.returncode == 0, done.stderr
        return (self.home / "calls").read_text(encoding="utf-8").splitlines()

    def change(self, name: str) -> None:
        with (self.home / name).open("a", encoding="utf-8") as file:
            file.write("# changed\n")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone")


def test_set_up_is_done_once(clone: Clone) -> None:
    assert clone.bootstrap() == ["venv", "pip sync", "pip install"]
    assert clone.bootstrap() == []


def test_a_changed_project_is_installed_anew_without_touching_the_libraries(clone: Clone) -> None:
    clone.bootstrap()
    clone.change("pyproject.toml")
    assert clone.bootstrap() == ["pip install"]


def test_a_changed_lock_brings_the_libraries_along(clone: Clone) -> None:
    clone.bootstrap()
    clone.change("requirements/dev.txt")
    assert clone.bootstrap() == ["pip sync", "pip install"]


def test_a_moved_clone_gets_a_new_environment(clone: Clone) -> None:
    clone.bootstrap()
    clone.home = clone.home.rename(clone.home.with_name("elsewhere"))
    assert clone.bootstrap() == ["venv", "pip sync", "pip install"]


def test_another_python_gets_a_new_environment(clone: Clone) -> None:
    clone.bootstrap()
    assert clone.bootstrap(VEDETTE_PYTHON=sys.executable) == ["venv", "pip sync", "pip install"]
    assert clone.bootstrap() == []


def test_an_environment_whose_python_is_gone_is_made_anew(clone: Clone) -> None:
    clone.bootstrap()
    (clone.home / ".venv" / "bin" / "python").unlink()
    assert clone.bootstrap() == ["venv", "pip sync", "pip install"]
