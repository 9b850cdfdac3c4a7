"""Speed of the store: deliveries accepted, jobs leased and finished, with a queue that has a past.

Prints one JSON object as its last line. SQLite by default; `--url postgresql://...` measures a PostgreSQL. The queue
holds 100,000 jobs that are done and 10,000 that wait, since leasing must not slow down with age.
"""

import argparse
import hashlib
import json
import random
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from vedette.model.deliveries import DeliveryKind, NewDelivery
from vedette.model.jobs import JobKind, NewJob
from vedette.model.settings import StoreSettings
from vedette.store import limits, queue
from vedette.store.database import Store
from vedette.store.jobrows import columns
from vedette.store.tables import jobs

NOW = datetime.now(UTC)
LEASE = timedelta(minutes=5)
BATCH = 20


def body(source: random.Random) -> bytes:
    """24 kB that compress about as well as a webhook does."""
    frames = [{"filename": f"app/{source.randrange(10**6)}.py", "lineno": source.randrange(999)} for _ in range(480)]
    return json.dumps(frames).encode()


def accepting(store: Store, seconds: float) -> tuple[float, float]:
    """Deliveries per second that became durable, and the p99 in ms, with 64 callers' worth in flight."""
    source = random.Random(7)
    bodies = [body(source) for _ in range(64)]
    gate, number = threading.Semaphore(256), 0
    took: list[float] = []

    def note(asked: float, _: object) -> None:
        took.append(time.perf_counter() - asked)
        gate.release()

    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        gate.acquire()
        content = bodies[number % 64]
        digest = hashlib.sha256(content + str(number).encode()).hexdigest()
        asked = time.perf_counter()
        new = NewDelivery(DeliveryKind.SENTRY, "default", f"r{number}", digest, (), content, NOW)
        future = store.accept(new)
        future.add_done_callback(partial(note, asked))
        number += 1
    future.result()
    elapsed = time.perf_counter() - start
    return number / elapsed, sorted(took)[int(len(took) * 0.99)] * 1000


def past(store: Store, *, done: int, ready: int) -> None:
    """Fill the queue with jobs that are done and jobs that wait, five to an issue."""
    job = columns(NewJob(kind=JobKind.OPEN_TICKET, destination="jira"), now=NOW)
    old = {"state": "done", "finished_at": NOW}
    rows = [job | old | {"order_key": f"old/{number}"} for number in range(done)]
    rows += [
        job | {"order_key": f"issue/{number // 5}", "destination": ("jira", "sentry", "")[number % 3]}
        for number in range(ready)
    ]
    for start in range(0, len(rows), 5000):
        store.write(lambda tx, s=start: tx.execute(jobs.insert(), rows[s : s + 5000]))  # type: ignore[misc]
    store.write(lambda tx: limits.configure(tx, "jira", rate_per_s=0, concurrency=0, now=NOW))
    store.write(lambda tx: limits.configure(tx, "sentry", rate_per_s=0, concurrency=0, now=NOW))


def working(store: Store, seconds: float) -> float:
    """Jobs per second: lease 20 in one transaction, finish the 20 in another."""
    finished, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        held = store.write(lambda tx: queue.lease(tx, worker="bench", limit=BATCH, lease=LEASE, now=NOW))
        if not held:
            break
        finished += sum(store.write(lambda tx, h=held: [queue.finish(tx, one, now=NOW) for one in h]))  # type: ignore[misc]
    return finished / (time.perf_counter() - start)


def blocked(store: Store) -> float:
    """Milliseconds of a lease when 10,000 ready jobs wait behind one of the same order."""
    job = columns(NewJob(kind=JobKind.OPEN_TICKET, destination="jira", order_key="one"), now=NOW)
    store.write(lambda tx: tx.execute(sa.delete(jobs)))
    store.write(lambda tx: tx.execute(jobs.insert(), [job] * 10_000))
    store.write(lambda tx: queue.lease(tx, worker="bench", limit=BATCH, lease=LEASE, now=NOW))
    start = time.perf_counter()
    store.write(lambda tx: queue.lease(tx, worker="bench", limit=BATCH, lease=LEASE, now=NOW))
    return (time.perf_counter() - start) * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--url", default="")
    arguments = parser.parse_args()
    seconds, done = (3.0, 20_000) if arguments.quick else (10.0, 100_000)
    with tempfile.TemporaryDirectory() as folder:
        url = arguments.url or f"sqlite:///{Path(folder) / 'vedette.db'}"
        with Store.open(StoreSettings(url=url)) as store:
            accepted, p99 = accepting(store, seconds)
            past(store, done=done, ready=10_000)
            worked = working(store, seconds)
            behind = blocked(store)
            engine = store.health().engine
    print(
        json.dumps(
            {
                "engine": engine,
                "accepted_per_s": round(accepted),
                "accept_p99_ms": round(p99, 1),
                "jobs_per_s": round(worked),
                "lease_behind_10000_ms": round(behind, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
