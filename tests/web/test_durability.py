"""A 202 is a promise: it waits for the commit, and survives `kill -9`, a full disk and a slow one."""

import resource
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx2
import pysqlite3.dbapi2 as sqlite
import pytest

from tests.waiting import until
from tests.web.serving import Served, post, serving, signed

BODY = b'{"action":"triggered"}' * 50


def request_ids(folder: Path) -> set[str]:
    with closing(sqlite.connect(folder / "vedette.db")) as connection:
        return {row[0] for row in connection.execute("SELECT request_id FROM deliveries")}


def lock(folder: Path) -> sqlite.Connection:
    """Another process's transaction, which the server's commit must wait for."""
    connection = sqlite.connect(folder / "vedette.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as running:
        yield running


def test_a_slow_commit_holds_back_the_answer(own: Served) -> None:
    number, held = uuid.uuid4().hex, lock(own.folder)
    with closing(held), ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        answer = pool.submit(post, f"{own.hooks}/hooks/sentry", BODY, signed(BODY, request_id=number))
        with pytest.raises(TimeoutError):
            answer.result(timeout=0.4)
        assert number not in request_ids(own.folder)
        held.execute("ROLLBACK")
        assert answer.result(10).status_code == 202
        assert time.monotonic() - began >= 0.4
    assert number in request_ids(own.folder)


def test_a_disk_that_takes_too_long_is_told_before_sentry_gives_up(own: Served) -> None:
    number, held = uuid.uuid4().hex, lock(own.folder)
    with closing(held):
        began = time.monotonic()
        answer = post(f"{own.hooks}/hooks/sentry", BODY, signed(BODY, request_id=number))
        took = time.monotonic() - began
        assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (503, True)
        assert took < 2.0
        held.execute("ROLLBACK")
    # It may have been stored meanwhile; sent again it is one row all the same.
    again = post(f"{own.hooks}/hooks/sentry", BODY, signed(BODY, request_id=number))
    assert again.status_code == 202
    assert len([one for one in request_ids(own.folder) if one == number]) == 1


def test_a_full_disk_is_an_honest_503_and_passes_without_repair(own: Served) -> None:
    url, pid = f"{own.hooks}/hooks/sentry", own.process.pid
    assert post(url, BODY, signed(BODY, request_id="before")).status_code == 202
    # The process may write no file beyond this size: to SQLite that is a disk without room.
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    refused = post(url, BODY, signed(BODY, request_id="during"))
    assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
    red = httpx2.get(f"{own.pages}/readyz", trust_env=False)
    assert (red.status_code, bool(red.json()["trouble"])) == (503, True)
    assert httpx2.get(f"{own.hooks}/readyz", trust_env=False).status_code == 503
    assert httpx2.get(f"{own.hooks}/healthz", trust_env=False).status_code == 200
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    until(own.ready, saying="readiness to come back by itself")
    assert post(url, BODY, signed(BODY, request_id="after")).status_code == 202
    kept = request_ids(own.folder)
    assert {"before", "after"} <= kept
    assert "during" not in kept


def test_kill_9_under_load_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    answered: set[str] = set()
    with serving(tmp_path) as running:
        enough = threading.Event()

        def send(sender: int) -> None:
            with httpx2.Client(trust_env=False, timeout=5) as client:
                for number in range(10_000):
                    name = f"{sender:016x}{number:016x}"
                    try:
                        answer = client.post(
                            f"{running.hooks}/hooks/sentry", content=BODY, headers=signed(BODY, request_id=name)
                        )
                    except httpx2.HTTPError:
                        return
                    if answer.status_code == 202:
                        answered.add(name)
                    if len(answered) > 150:
                        enough.set()

        with ThreadPoolExecutor(8) as pool:
            senders = [pool.submit(send, sender) for sender in range(8)]
            assert enough.wait(30)
            running.process.kill()
            for sender in senders:
                sender.result()
    with serving(tmp_path):
        pass
    assert len(answered) > 150
    assert answered <= request_ids(tmp_path)
