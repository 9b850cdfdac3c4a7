"""One ticket per issue, under everything that can go wrong at once; the judge is the stand-in Jira's own log.

    python -m bench.torture --store sqlite|postgres [--tracker jira|asana|github|linear] [--policy issue|event]
                            [--quick] [--keep FOLDER]

10,000 signed deliveries for 500 issues, a fifth of them repeats, out of order, four worker processes and the intake,
every fault of the stand-in, `kill -9` of a random process every two seconds, and a worker frozen for longer than its
lease. With `--policy event` every distinct event must have its own ticket, however often it was told of, and `expected`
counts events. A second scenario lets creates commit after `settle`: the audit must fold every twin. The same storm then
meets a plain search-then-create loop. Every time of a real installation is divided by `time_scale`; kills are not,
because a process starts no faster in a benchmark.
"""

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2

from bench.storm.plain import PlainLoop
from bench.storm.stage import LEASE, SETTLE, Stage, wait_for
from bench.storm.trackers import CASTS
from bench.storm.weather import Chaos, Letter, letters, post
from vedette.model.jobs import JobState
from vedette.model.settings import StoreSettings
from vedette.sandbox.jira.judge import Verdict, judge
from vedette.store import ledger, queue
from vedette.store.database import Store, Tx


@dataclass(frozen=True, slots=True)
class Size:
    """How big a storm is, and by what its times are divided."""

    deliveries: int
    issues: int
    seconds: float
    scale: float
    kill_every: float = 2.0
    workers: int = 4
    events: int = 0  # distinct ones, for the policy that cuts a ticket for each

    def of(self, per: str) -> "Size":
        """The size under that policy: where each issue has one ticket, every letter may be an event of its own."""
        return self if per == "event" else replace(self, events=0)


FULL = Size(deliveries=10_000, issues=500, seconds=180.0, scale=6.0, events=2_000)
QUICK = Size(deliveries=400, issues=40, seconds=5.0, scale=24.0, events=60)
LATE_FULL = Size(deliveries=400, issues=100, seconds=20.0, scale=20.0, events=200)
LATE_QUICK = Size(deliveries=24, issues=12, seconds=0.5, scale=48.0, events=18)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--tracker", choices=sorted(CASTS), default="jira")
    parser.add_argument("--policy", choices=["issue", "event"], default="issue", help="what has a ticket of its own")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--keep", type=Path, help="folder for the logs, kept")
    asked = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = asked.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vedette-torture-")))
        result = run(folder, kind=asked.store, tracker=asked.tracker, per=asked.policy, quick=asked.quick)
    print(json.dumps(result))
    return 0 if result["passed"] else 1


def run(folder: Path, *, kind: str, tracker: str, per: str, quick: bool) -> dict[str, Any]:
    """Both scenarios and the plain loop; the keys are those that the README explains."""
    size, late = (each.of(per) for each in ((QUICK, LATE_QUICK) if quick else (FULL, LATE_FULL)))
    with database(kind, folder / "main") as url:
        first = storm(folder / "main", url=url, size=size, tracker=tracker, per=per)
    with database(kind, folder / "late") as url:
        second = late_commits(folder / "late", url=url, size=late, tracker=tracker, per=per)
    # The plain loop is written for Jira, whose search lags most; the others are held to the same figures.
    plain = plain_loop(folder / "plain", size=size) if (tracker, per) == ("jira", "issue") else {}
    good = first["tickets"] == first["expected"] and not any(
        first[key] for key in ("lost", "duplicates", "dead", "uncertain")
    )
    passed = good and second["standing"] == 0 and second["late_lost"] == 0 and first["integrity"] in ("ok", "n/a")
    asked = {"store": kind, "tracker": tracker, "policy": per}
    return {**asked, **first, **second, **plain, "time_scale": size.scale, "passed": passed}


@contextlib.contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """A fresh database's address."""
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'vedette.db'}"
        return
    from tests.databases import fresh_database, running_postgres  # noqa: PLC0415 - only where it is asked for

    with running_postgres() as server, fresh_database(server) as url:
        yield url


def storm(folder: Path, *, url: str, size: Size, tracker: str = "jira", per: str = "issue") -> dict[str, Any]:
    """The main scenario."""
    stage = Stage(
        folder,
        tracker=tracker,
        store=url,
        scale=size.scale,
        workers=size.workers,
        late_by=(1.0, 60.0),
        kill_serve=True,
        per=per,
    )
    try:
        stage.start()
        written = letters_of(stage, size, seed=size.deliveries)
        seed_sentry(stage, size)
        script_faults(stage)
        chaos = Chaos(stage.targets, every=size.kill_every, freeze=LEASE / size.scale * 1.3, seed=7)
        chaos.start()
        began = time.monotonic()
        sent = post(stage.hook, written, seconds=size.seconds)
        note(f"{sent.answers} of {len(written)} answered 202 in {time.monotonic() - began:.0f} s")
        quiet_under_fire(stage, seconds=size.seconds / 3)
        chaos.stop()
        stage.calm()
        calm = until_quiet(stage, seconds=240 + SETTLE * 3 / size.scale)
        note(f"quiet after {time.monotonic() - began:.0f} s")
        left = remains(stage)
    finally:
        stage.close()
    verdict = judged(stage)
    return {
        "deliveries": sent.answers,
        "expected": len(sent.accepted),
        "tickets": verdict.tickets,
        "dead": left["dead"],
        "uncertain": left["uncertain"],
        "faults": sum(verdict.faults.values()),
        "fault_kinds": dict(verdict.faults),
        "kills": chaos.kills,
        "stops": chaos.stops,
        "ended_by_themselves": chaos.came_back,
        "posts": sent.tries,
        "refused": sent.refused,
        "lost": len(sent.accepted) - len(verdict.histories) + left["pending"],
        "duplicates": len(verdict.duplicates),
        "quiet": calm,
        "integrity": integrity(url),
        "seconds": round(time.monotonic() - began, 1),
    }


def late_commits(folder: Path, *, url: str, size: Size, tracker: str, per: str) -> dict[str, Any]:
    """Creates that commit after `settle`: no protocol excludes the twin, so the audit must find and fold it."""
    stage = Stage(
        folder,
        tracker=tracker,
        store=url,
        scale=size.scale,
        workers=2,
        late_by=(SETTLE * 1.5, SETTLE * 2),
        kill_serve=False,
        per=per,
    )
    try:
        stage.start()
        seed_sentry(stage, size)
        written = letters_of(stage, size, seed=3)
        rates = [{"on": "create", "kind": "commit-late", "chance": 0.3}]
        httpx2.post(f"{stage.tracker}/_standin/config", json={"rates": rates}).raise_for_status()
        sent = post(stage.hook, written, seconds=size.seconds)
        wait_for(
            lambda: judged(stage).tickets >= len(sent.accepted), seconds=SETTLE * 8 / size.scale + 30, what="tickets"
        )
        stage.calm()
        until_quiet(stage, seconds=60 + SETTLE * 4 / size.scale)
        # The last late commit is at most two settles away, and then the index has to notice it.
        time.sleep(SETTLE * 2.2 / size.scale + 90 / size.scale)
        twins = judged(stage).standing_duplicates
        fold(stage)
    finally:
        stage.close()
    verdict = judged(stage)
    return {
        "late_twins": len(twins),
        "late_folded": len(twins) - len(verdict.standing_duplicates),
        "standing": len(verdict.standing_duplicates),
        "late_lost": len(sent.accepted) - len(verdict.histories),
    }


def plain_loop(folder: Path, *, size: Size) -> dict[str, Any]:
    """The same storm against search-then-create."""
    stage = Stage(
        folder,
        tracker="jira",
        store=f"sqlite:///{folder / 'unused.db'}",
        scale=size.scale,
        workers=0,
        late_by=(1.0, 60.0),
        kill_serve=False,
    )
    try:
        written = letters_of(stage, size, seed=size.deliveries)
        loop = PlainLoop(stage.tracker, workers=size.workers, timeout=max(20.0 / size.scale, 1.5))
        loop.run([letter.issue for letter in written], seconds=min(size.seconds, 60.0) / 2)
    finally:
        stage.close()
    return {"search_then_create_duplicates": len(judged(stage).duplicates)}


def letters_of(stage: Stage, size: Size, *, seed: int) -> list[Letter]:
    """The deliveries of a storm."""
    return letters(deliveries=size.deliveries, issues=size.issues, base=stage.sentry, seed=seed, events=size.events)


def seed_sentry(stage: Stage, size: Size) -> None:
    """The stand-in Sentry must know the issues that the deliveries speak of."""
    rows = [
        {"id": 1000 + number, "project": "checkout", "count": 100 + number, "title": f"StormError: case {number}"}
        for number in range(size.issues)
    ]
    httpx2.post(f"{stage.sentry}/_standin/issues", json=rows, timeout=30).raise_for_status()


def script_faults(stage: Stage) -> None:
    """Each ambiguous end of a create at least once, whatever the dice say."""
    httpx2.post(f"{stage.tracker}/_standin/faults", json=stage.cast.scripted()).raise_for_status()


def quiet_under_fire(stage: Stage, *, seconds: float) -> None:
    """Let the chaos go on while the queue is worked off."""
    deadline = time.monotonic() + seconds
    with contextlib.suppress(TimeoutError):
        wait_for(lambda: not busy(stage), seconds=max(0.1, deadline - time.monotonic()), what="", every=0.5)


def until_quiet(stage: Stage, *, seconds: float) -> bool:
    """Whether everything came to rest in time."""
    try:
        wait_for(lambda: not busy(stage), seconds=seconds, what="the queue to be empty", every=0.5)
    except TimeoutError as problem:
        note(str(problem))
        return False
    return True


def busy(stage: Stage) -> bool:
    """Whether anything waits, is leased, or is in doubt."""
    store = open_store(stage)
    try:
        return store.read(_busy)
    finally:
        store.close()


def _busy(tx: Tx) -> bool:
    waiting = queue.listing(tx, state=JobState.READY, limit=1) or queue.listing(tx, state=JobState.LEASED, limit=1)
    return bool(waiting) or pending(tx) > 0


def pending(tx: Tx) -> int:
    """Deliveries that nobody has decided on yet."""
    return int(tx.exec_driver_sql("select count(*) from deliveries where state in ('pending', 'sorted')").scalar_one())


def remains(stage: Stage) -> dict[str, int]:
    """Dead letters, claims in doubt, and deliveries never read."""
    store = open_store(stage)
    try:
        dead = store.read(lambda tx: queue.listing(tx, state=JobState.DEAD, limit=1000))
        for job in dead:
            note(f"dead: {job.kind} {job.reason} {job.detail}")
        claims = store.read(lambda tx: ledger.all_claims(tx, limit=100_000))
        doubtful = [claim for claim in claims if claim.state in ("uncertain", "creating", "claimed")]
        return {"dead": len(dead), "uncertain": len(doubtful), "pending": store.read(pending)}
    finally:
        store.close()


def fold(stage: Stage) -> None:
    """Ask for an audit, and wait until it and the folding are through."""
    from vedette.flows.context import wall_clock  # noqa: PLC0415 - only here
    from vedette.flows.reconcile import audit_job  # noqa: PLC0415 - only here

    store = open_store(stage)
    job = audit_job(stage.cast.kind)
    store.write(lambda tx: queue.enqueue(tx, job, now=wall_clock()))
    store.close()
    until_quiet(stage, seconds=120)


def open_store(stage: Stage) -> Store:
    return Store.open(StoreSettings(url=stage.store), migrate=False, role="command")


def judged(stage: Stage) -> Verdict:
    """The log so far; a line that is being written is left for later."""
    text = stage.judge_log.read_bytes() if stage.judge_log.exists() else b""
    by = "events" if stage.per == "event" else "links"
    return judge(text[: text.rfind(b"\n") + 1].splitlines(), by=by)


def integrity(url: str) -> str:
    """SQLite's own word on the file."""
    if not url.startswith("sqlite"):
        return "n/a"
    from pysqlite3 import dbapi2  # noqa: PLC0415 - the SQLite that Vedette ships

    with contextlib.closing(dbapi2.connect(url.removeprefix("sqlite:///"))) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


def note(text: str) -> None:
    print(f"torture: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
