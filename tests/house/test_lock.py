"""The lock: what pyproject.toml asks for, exactly, with hashes, on any registry."""

import re
import tomllib
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.house.sources import ROOT

LOCKS = ("dev", "runtime", "uv")
# A scheme, an option of an installer, or anything that looks like a host.
NAMES_A_HOST = re.compile(
    r"://|--(?!hash=sha256:)|@|\b[\w-]+\.(org|com|net|io|dev|cloud|internal|local|lan|corp)\b", re.IGNORECASE
)


def lines(lock: str) -> list[str]:
    return (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8").splitlines()


def locked(lock: str) -> dict[str, Version]:
    entries = [Requirement(line.rstrip(" \\")) for line in lines(lock) if line and not line.startswith((" ", "#"))]
    return {canonicalize_name(one.name): Version(next(iter(one.specifier)).version) for one in entries}


def asked() -> Iterator[tuple[str, Requirement]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for text in project["project"]["dependencies"]:
        yield from (("runtime", Requirement(text)), ("dev", Requirement(text)))
    groups = [*project["project"].get("optional-dependencies", {}).values(), project["dependency-groups"]["dev"]]
    yield from (("dev", Requirement(text)) for group in groups for text in group)
    # The project is installed without a build environment of its own, hence with what is locked.
    yield from (("dev", Requirement(text)) for text in project["build-system"]["requires"])


def unmet(lock: str, requirement: Requirement) -> str | None:
    version = locked(lock).get(canonicalize_name(requirement.name))
    if version is None:
        return f"{requirement} is not in requirements/{lock}.txt"
    if not requirement.specifier.contains(version, prereleases=True):
        return f"{requirement} is locked at {version} in requirements/{lock}.txt"
    return None


def test_the_lock_satisfies_what_the_project_asks_for() -> None:
    problems = [problem for lock, requirement in asked() if (problem := unmet(lock, requirement))]
    assert not problems, "\n".join(["Run `make lock`:", *problems])


def test_the_image_runs_the_versions_that_the_tests_ran() -> None:
    tested = locked("dev")
    assert {name: tested.get(name) for name in locked("runtime")} == locked("runtime")


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_names_no_host(lock: str) -> None:
    assert [line for line in lines(lock) if NAMES_A_HOST.search(line)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_version_is_exact_and_has_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", "\n".join(line for line in lines(lock) if not line.startswith("#")).strip())
    assert entries
    loose = [entry.splitlines()[0] for entry in entries if not re.match(r"[\w.\[\]-]+==\S+", entry)]
    unhashed = [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry]
    assert (loose, unhashed) == ([], [])


@pytest.mark.parametrize(
    "line", ["--index-url https://x", "uvloop @ file:///x", "# from index.example.org", "-f --find-links"]
)
def test_a_host_in_a_lock_is_noticed(line: str) -> None:
    assert NAMES_A_HOST.search(line)
