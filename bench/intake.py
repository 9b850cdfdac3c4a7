"""Intake: signed 24 kB webhooks over HTTP to a durable 202, one `vedette serve --no-work` on SQLite.

    python bench/intake.py [--quick]

Open loop, latency from the scheduled moment, the generator in a process of its own. The rate rises until the p99 passes
50 ms or an answer is not 202. In the same run: the disk's own fsync; the same with workers that decide and cut tickets
in the stand-ins; and `kill -9` under load, after which every delivery that was answered 202 must be in the store.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))  # also when run as a file

import httpx2

from bench.door.serving import SECRET, TOKEN, Serving

P99_LIMIT_MS = 50.0
START_RATE = 1500.0
STEP = 1.15
ISSUES = 200


@dataclass(frozen=True, slots=True)
class Size:
    """How long and how often."""

    seconds: float
    steps: int
    kills: int
    probes: int


FULL = Size(seconds=10.0, steps=8, kills=5, probes=1500)
QUICK = Size(seconds=2.0, steps=3, kills=1, probes=300)


def generate(serving: Serving, *, rate: float, seconds: float, seed: int, **more: Any) -> dict[str, Any]:
    """One round of load."""
    plan = {"port": serving.port, "secret": SECRET, "rate": rate, "seconds": seconds, "seed": seed, "issues": ISSUES}
    cpu, began = serving.cpu_s() if serving.process.poll() is None else 0.0, time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "bench.door.generator"],
        input=json.dumps(plan | more).encode(),
        capture_output=True,
        check=True,
        cwd=Path(__file__).parent.parent,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    if serving.process.poll() is None:
        count = sum(found["statuses"].values())
        found["serve_cpu_us"] = round((serving.cpu_s() - cpu) / max(1, count) * 1e6)
    found |= {"rate": rate, "took_s": round(time.perf_counter() - began, 1)}
    print(json.dumps(found), flush=True)
    return found


def good(found: dict[str, Any]) -> bool:
    """Every answer 202, nothing left behind, and fast enough."""
    return (
        set(found["statuses"]) == {"202"} and found["p99_ms"] < P99_LIMIT_MS and found["per_s"] > 0.97 * found["rate"]
    )


def sustained(serving: Serving, size: Size, seeds: Iterator[int]) -> tuple[float, float]:
    """The highest rate that held, and its p99; the rate is what really came back."""
    rate, best = START_RATE, (0.0, float("inf"))
    for _ in range(size.steps):
        found = generate(serving, rate=rate, seconds=size.seconds, seed=next(seeds))
        if good(found):
            best = max(best, (found["per_s"], found["p99_ms"]))
            rate *= STEP
        elif best[0]:
            break
        else:
            rate /= STEP
    return best


def fsync_p99_ms(folder: Path, *, probes: int) -> float:
    """The p99 of appending 4 kB and fdatasync, in milliseconds, on the disk of the store."""
    took = []
    with (folder / "probe").open("wb", buffering=0) as file:
        for _ in range(probes):
            began = time.perf_counter()
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    return round(sorted(took)[int(0.99 * len(took))] * 1000, 3)


def with_workers(folder: Path, size: Size, seeds: Iterator[int]) -> dict[str, Any]:
    """The same door at 500/s while the workers of the process decide and cut tickets in the stand-ins."""
    with stand_in(
        "sentry", "--port", "0", "--organization", "acme", "--project", "checkout:python", "--token", TOKEN
    ) as sentry:
        rows = [
            {"project": "checkout", "id": 1000 + number, "title": f"LoadError: {number}"} for number in range(ISSUES)
        ]
        httpx2.post(f"{sentry}/_standin/issues", json=rows, timeout=30, trust_env=False).raise_for_status()
        with (
            stand_in("jira", "--log", str(folder / "jira.jsonl")) as jira,
            Serving(folder, work=True, sentry=sentry, jira=jira) as serving,
        ):
            generate(serving, rate=100, seconds=1.0, seed=next(seeds), base=sentry)
            found = generate(serving, rate=500, seconds=size.seconds, seed=next(seeds), base=sentry)
            metrics = httpx2.get(f"{serving.pages}/metrics", trust_env=False).text
    done = sum(float(line.split()[-1]) for line in metrics.splitlines() if line.startswith("vedette_jobs_total"))
    return found | {"jobs_done": done}


@contextmanager
def stand_in(name: str, *arguments: str) -> Iterator[str]:
    """A stand-in in a process of its own; its URL."""
    command = [sys.executable, "-m", f"vedette.sandbox.{name}", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        try:
            yield str(told.get("url") or f"http://127.0.0.1:{told['port']}")
        finally:
            process.terminate()


def lost_after_kill(folder: Path, size: Size, seeds: Iterator[int]) -> tuple[int, int]:
    """How many deliveries were answered 202 and are not in the store after `kill -9`; and how many were answered."""
    answered: set[str] = set()
    for number in range(size.kills):
        accepted = folder / f"accepted-{number}"
        with Serving(folder) as serving:
            doom = {"kill": serving.process.pid, "kill_after": 1.0 + 0.17 * number, "accepted": str(accepted)}
            generate(serving, rate=1000, seconds=2.0 + 0.17 * number, seed=next(seeds), patience=2.0, **doom)
            serving.process.wait(10)
        answered |= set(accepted.read_text(encoding="ascii").split())
    with Serving(folder):
        pass  # the restart mends what the kill left behind
    return len(answered - kept(folder)), len(answered)


def kept(folder: Path) -> set[str]:
    """The request ids of the store, read by another hand than ours."""
    import pysqlite3.dbapi2 as sqlite  # noqa: PLC0415

    connection = sqlite.connect(folder / "vedette.db")
    try:
        return {row[0] for row in connection.execute("SELECT request_id FROM deliveries")}
    finally:
        connection.close()


def in_folder(work: Callable[[Path], Any]) -> Any:
    """`work` in a folder of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="vedette-intake-") as folder:
        return work(Path(folder))


def alone(folder: Path, size: Size, seeds: Iterator[int]) -> dict[str, Any]:
    """The door without workers, and the disk beside it."""
    before = fsync_p99_ms(folder, probes=size.probes)
    with Serving(folder) as serving:
        generate(serving, rate=300, seconds=1.0, seed=next(seeds))
        at_500 = generate(serving, rate=500, seconds=size.seconds, seed=next(seeds))
        per_s, p99 = sustained(serving, size, seeds)
    after = fsync_p99_ms(folder, probes=size.probes)
    return {
        "sustained_per_s": round(per_s),
        "p99_ms": p99,
        "p99_ms_at_500": at_500["p99_ms"],
        "fsync_p99_ms": max(before, after),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under 45 s; figures are rougher")
    size = QUICK if parser.parse_args().quick else FULL
    seeds = iter(range(1, 1000))
    result = in_folder(lambda folder: alone(folder, size, seeds))
    busy = in_folder(lambda folder: with_workers(folder, size, seeds))
    lost, answered = in_folder(lambda folder: lost_after_kill(folder, size, seeds))
    result |= {
        "p99_ms_with_workers": busy["p99_ms"],
        "jobs_done_meanwhile": busy["jobs_done"],
        "lost_after_kill": lost,
        "answered_before_kill": answered,
    }
    print(json.dumps(result))
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
