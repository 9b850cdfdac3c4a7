"""`make bench`: runs every benchmark of this folder in full and writes results.json, with the machine it ran on.

Law: a benchmark is a file with a `__main__` part whose last printed line is one JSON object; nothing is edited here.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

HERE = Path(__file__).parent

# A benchmark that is run more than once, with what differs.
VARIANTS: dict[str, tuple[tuple[str, ...], ...]] = {"torture": (("--store", "sqlite"), ("--store", "postgres"))}


@dataclass(frozen=True, slots=True)
class Run:
    """One call of one benchmark."""

    name: str
    file: Path
    arguments: tuple[str, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks asked for; 1 when one of them failed."""
    asked = _parse(arguments)
    runs = [run for run in find_runs(asked.folder, quick=asked.quick) if not asked.only or run.name in asked.only]
    at, target = datetime.now(UTC).isoformat(timespec="seconds"), asked.folder / "results.json"
    results = {run.name: measure(run) for run in runs}
    report = {"at": at, "quick": asked.quick, "machine": machine(), "results": results}
    if asked.only:
        report = _beside(target, report)
    target.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    failed = [name for name, result in results.items() if "failed" in result]
    print(f"bench: {len(results)} run, {len(failed)} failed{''.join(f' ({name})' for name in failed)}; see {target}")
    return 1 if failed or not results else 0


def _beside(target: Path, report: dict[str, Any]) -> dict[str, Any]:
    """The report of before with what was run now beside it, which says when; the report itself where there is none."""
    try:
        before: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return report
    if before.get("quick") != report["quick"]:
        return report
    newer = {name: {"at": report["at"]} | result for name, result in report["results"].items()}
    return before | {"results": dict(sorted((before["results"] | newer).items()))}


def find_runs(folder: Path, *, quick: bool) -> Iterator[Run]:
    """Every benchmark in a folder, in the order of names; a benchmark with variants once for each."""
    for file in sorted(folder.glob("*.py")):
        if file.stem.startswith("__") or "__main__" not in file.read_text(encoding="utf-8"):
            continue
        for variant in VARIANTS.get(file.stem, ((),)):
            name = "_".join((file.stem, *(word for word in variant if not word.startswith("-"))))
            yield Run(name=name, file=file, arguments=(*variant, *(("--quick",) if quick else ())))


def measure(run: Run) -> dict[str, Any]:
    """Run one benchmark in a process of its own, showing what it says, and return its last line as an object."""
    print(f"\n=== {run.name}: {run.file.name} {' '.join(run.arguments)}", flush=True)
    root = str(HERE.parent)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))}
    started, last = monotonic(), ""
    command = [sys.executable, str(run.file), *run.arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root, env=environment) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            last = line.strip() or last
    return _read(last, status=process.returncode) | {"took_s": round(monotonic() - started, 1)}


def machine() -> dict[str, Any]:
    """What the figures depend on: processor, cores that may be used, memory, system, Python, load before the start."""
    return {
        "processor": _first_value("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory": _first_value("/proc/meminfo", "MemTotal"),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "load_1m": round(os.getloadavg()[0], 2),
    }


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Run every benchmark and write results.json.")
    parser.add_argument("--quick", action="store_true", help="every benchmark in under 45 s; figures are rougher")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this one (may be repeated)")
    parser.add_argument("--folder", type=Path, default=HERE, help="where the benchmarks lie")
    return parser.parse_args(arguments)


def _read(last: str, *, status: int) -> dict[str, Any]:
    try:
        result = json.loads(last)
    except ValueError:
        result = None
    if not isinstance(result, dict):
        return {"failed": f"exit {status}; the last line is no JSON object: {last[:200]!r}"}
    return result | ({"failed": f"exit {status}"} if status else {})


def _first_value(file: str, key: str) -> str | None:
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), None)


if __name__ == "__main__":
    sys.exit(main())
