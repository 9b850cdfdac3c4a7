"""Access, scale: the plan of an organisation of 2,000 members, 500 projects and 50 teams at forty requests a second.

    python bench/access_plan.py [--quick]

The real command in a process of its own, against a stand-in that refuses what is over forty requests a second, with the
declared state of the settings' files. `plan_s`: from start to the printed plan, Python's own start and the reading of
the files included. `calls`: of the plan, those too that were refused for their pace. `noop_calls`, `noop_writes`: what
applying a plan without changes asked and was answered, and what of that were writes. `peak_mb`: resident memory of the
command at its highest. `everything`: the same with ownership and alert rules of every project managed, two more calls
for each; nobody wrote the ownership yet, so every project differs.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))  # also when run as a file

from vedette.sandbox.sentry.server import SentryStandIn
from vedette.sandbox.sentry.settings import Person, StandInConfig

LIMIT = 40  # requests a second, of one caller, whatever is asked
TOKEN = "access-token"
OWNER = "owner@example.test"


@dataclass(frozen=True, slots=True)
class Size:
    """How large the organisation is."""

    teams: int = 50
    projects: int = 500
    people: int = 2000


@dataclass(frozen=True, slots=True)
class Run:
    """One call of the command."""

    code: int
    out: str
    seconds: float
    peak_mb: float
    methods: tuple[str, ...]

    @property
    def writes(self) -> int:
        """Requests that change something."""
        return sum(method != "GET" for method in self.methods)

    def plan(self) -> dict[str, Any]:
        """What it printed, as JSON; raises where the command failed."""
        if self.code:
            raise RuntimeError(f"the command ended with {self.code}: {self.out[-2000:]}")
        read: dict[str, Any] = json.loads(self.out)
        return read


def team_of(number: int, size: Size) -> str:
    """The team of the person or project of that number."""
    return f"team-{number % size.teams}"


def orders(size: Size) -> dict[str, Any]:
    """The organisation as it is: every person in a team, every project owned by one."""
    people = [
        {"email": f"p{n}@example.test", "name": f"Person {n}", "teams": [team_of(n, size)], "lastLogin": "2026-11-01"}
        for n in range(size.people - 1)
    ]
    projects = [{"slug": f"project-{n}", "teams": [team_of(n, size)]} for n in range(size.projects)]
    return {
        "clear": True,
        "choices": {"open_membership": False},
        "teams": [{"slug": f"team-{n}"} for n in range(size.teams)],
        "projects": projects,
        "members": people,
    }


def declared(size: Size, *, everything: bool) -> dict[str, Any]:
    """The same, as declared; JSON is YAML too."""
    extra: dict[str, Any] = {"ownership": "path:src/** owner@example.test", "alert_rules": "none"} if everything else {}
    project = {"platform": "python", "subject_prefix": "[Sentry]", "resolve_age": "0h"} | extra
    return {
        "teams": {f"team-{n}": None for n in range(size.teams)},
        "projects": {f"project-{n}": {"teams": [team_of(n, size)], **project} for n in range(size.projects)},
        "roles": {f"in-team-{n}": {"teams": [f"team-{n}"]} for n in range(size.teams)},
        "people": {
            f"p{n}": {"email": f"P{n}@example.test", "roles": [f"in-{team_of(n, size)}"]}
            for n in range(size.people - 1)
        },
        "organization": {"open_membership": False},
        "protected": {"people": [OWNER]},
        "rate_per_s": LIMIT,
    }


@contextmanager
def stage(folder: Path, size: Size) -> Iterator["Stage"]:
    """The stand-in with its organisation, and a folder of settings."""
    owner = Person(1, OWNER, "Olive Owner")
    config = StandInConfig(tokens=(TOKEN,), people=(owner,), projects=(), teams=(), rate_limits={"all": LIMIT})
    with SentryStandIn(config, recording=True) as sentry:
        sentry.roster(**orders(size))
        yield Stage(sentry, folder, size)


@dataclass(frozen=True, slots=True)
class Stage:
    """One organisation, and the command that looks after it."""

    sentry: SentryStandIn
    folder: Path
    size: Size

    def declare(self, *, everything: bool = False) -> None:
        """Write the settings."""
        here = {"url": self.sentry.url, "organization": "acme", "token": "env/SENTRY_TOKEN"}
        settings = {
            "mode": "development",
            "sentry": here,
            "store": {"url": f"sqlite:///{self.folder / 'vedette.db'}"},
            "include": ["access.yaml"],
        }
        (self.folder / "vedette.yaml").write_text(json.dumps(settings, indent=1))
        access = {"access": declared(self.size, everything=everything)}
        (self.folder / "access.yaml").write_text(json.dumps(access, indent=1))

    def run(self, *words: str) -> Run:
        """One call of `vedette access`, in a process of its own."""
        began, before = time.monotonic(), len(self.sentry.exchanges())
        command = [sys.executable, "-m", "vedette", "access", *words, "--config", str(self.folder / "vedette.yaml")]
        with tempfile.TemporaryFile() as out:
            child = subprocess.Popen(command, stdout=out, env=os.environ | {"SENTRY_TOKEN": TOKEN})
            # Of this child alone: what getrusage says of all children is the largest that ever was.
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            said = out.read().decode()
        methods = tuple(exchange.method for exchange in self.sentry.exchanges()[before:])
        return Run(child.returncode, said, time.monotonic() - began, _megabytes(used), methods)


def _megabytes(used: resource.struct_rusage) -> float:
    # Kilobytes on Linux, bytes on macOS.
    return used.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def measure(size: Size) -> dict[str, Any]:
    """Every figure."""
    with tempfile.TemporaryDirectory() as named, stage(Path(named), size) as built:
        built.declare()
        first = built.run("plan", "--format", "json")
        plan = first.plan()
        noop = built.run("apply", "--checksum", plan["checksum"])
        built.declare(everything=True)
        everything = built.run("plan", "--format", "json")
        return {
            "teams": size.teams,
            "projects": size.projects,
            "people": size.people,
            "limit_per_s": LIMIT,
            "plan_s": round(first.seconds, 1),
            "calls": plan["calls"],
            "changes": _changes(plan),
            "noop_exit": noop.code,
            "noop_calls": len(noop.methods),
            "noop_writes": noop.writes,
            "peak_mb": round(first.peak_mb),
            "everything": {
                "plan_s": round(everything.seconds, 1),
                "calls": everything.plan()["calls"],
                "changes": _changes(everything.plan()),
                "peak_mb": round(everything.peak_mb),
            },
        }


def _changes(plan: dict[str, Any]) -> int:
    return sum(len(part["changes"]) for part in plan["organizations"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    quick = parser.parse_args(arguments).quick
    size = Size(teams=5, projects=50, people=200) if quick else Size()
    print(json.dumps(measure(size)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
