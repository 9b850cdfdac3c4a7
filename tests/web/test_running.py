"""How a server starts, reloads and ends."""

import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
import yaml

from tests.waiting import until
from tests.web.serving import SECRET, NotStarted, Served, post, serving, settings, signed
from tests.web.test_durability import lock
from vedette.model.settings import Listen
from vedette.store import counters, journal
from vedette.web.server import address, listen

BODY = b"{}"


def test_each_listener_is_announced_in_words(served: Served) -> None:
    assert served.said[0].endswith("/hooks/sentry")
    assert [line.split(" http")[0] for line in served.said] == ["vedette: takes hooks in at", "vedette: shows pages at"]


def test_who_comes_between_announcement_and_first_turn_of_the_loop_waits(tmp_path: Path) -> None:
    bound = listen(Listen("127.0.0.1", 0))
    host, port = bound.getsockname()
    with bound, socket.create_connection((host, port), timeout=5) as line:
        assert line.getpeername() == (host, port)
    with listen(Listen("127.0.0.1", port)) as again:
        assert address(again) == f"http://127.0.0.1:{port}"


def test_sigterm_finishes_what_was_begun_and_exits_0(tmp_path: Path) -> None:
    with serving(tmp_path) as running, ThreadPoolExecutor(1) as pool:
        held = lock(tmp_path)
        waiting = pool.submit(post, f"{running.hooks}/hooks/sentry", BODY, signed(BODY, request_id="last"))
        with pytest.raises(TimeoutError):
            waiting.result(0.2)  # it is under way, and cannot be answered yet
        running.process.send_signal(signal.SIGTERM)
        until(lambda: not reachable(running.hooks), saying="the listener to close")
        held.execute("ROLLBACK")
        held.close()
        assert waiting.result(10).status_code == 202
        assert running.process.wait(20) == 0
    assert '"stopped"' in running.log


def reachable(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/healthz", trust_env=False).status_code == 200
    except httpx2.HTTPError:
        return False


def test_sigint_ends_workers_too(tmp_path: Path) -> None:
    with serving(tmp_path, work=True) as running:
        assert running.end(signal.SIGINT) == 0
        assert "Traceback" not in running.log


def test_an_idle_connection_does_not_delay_the_end(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        host, _, port = running.hooks.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as line:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert line.recv(1000).startswith(b"HTTP/1.1 200")
            assert running.end() == 0


def test_sighup_puts_new_settings_in_force(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        data = settings(tmp_path)
        data["sentry"]["default"]["client_secret"] = "env/T_OLD_SECRET"
        running.config.write_text(yaml.safe_dump(data), encoding="utf-8")
        running.process.send_signal(signal.SIGHUP)
        until(lambda: '"reloaded"' in running.log, saying="the reload's line")
        assert post(f"{running.hooks}/hooks/sentry", BODY, signed(BODY, secret=SECRET)).status_code == 401


def test_settings_that_cannot_be_used_leave_the_old_ones_in_force(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        running.config.write_text("sentry: [what\n", encoding="utf-8")
        running.process.send_signal(signal.SIGHUP)
        until(lambda: "reload_refused" in running.log, saying="the refusal's line")
        assert "vedette.yaml:" in running.log
        assert post(f"{running.hooks}/hooks/sentry", BODY, signed(BODY)).status_code == 202


def test_a_port_that_is_taken_is_told_with_the_cure(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wanted = f"127.0.0.1:{taken.getsockname()[1]}"
        data = settings(tmp_path) | {"web": {"hooks": wanted, "pages": "127.0.0.1:0"}}
        with (
            pytest.raises(NotStarted, match=f"cannot listen on {wanted} .*stop what listens there"),
            serving(tmp_path, data=data),
        ):
            pass


def test_a_surge_of_refusals_alarms_once(tmp_path: Path) -> None:
    def alarms() -> list[str]:
        with running.store() as store:
            return [
                entry.sentence for entry in store.read(lambda tx: journal.search(tx, reason="refusals_surge", limit=9))
            ]

    with serving(tmp_path, refusals_alarm=5) as running:
        for _ in range(3):
            post(f"{running.hooks}/hooks/sentry", BODY)
        until(lambda: refused(running) == 3, saying="the refusals to be counted")
        assert not alarms()
        for _ in range(9):
            post(f"{running.hooks}/hooks/sentry", BODY)
        until(alarms, saying="the alarm")
        post(f"{running.hooks}/hooks/sentry", BODY)
        until(lambda: refused(running) == 13, saying="the last refusal to be counted")
        assert len(alarms()) == 1


def refused(running: Served) -> int:
    with running.store() as store:
        since = datetime.now(UTC) - timedelta(minutes=10)
        return store.read(lambda tx: counters.total(tx, "deliveries_refused", since=since))


def test_threads_are_all_gone_before_the_store_closes(tmp_path: Path) -> None:
    with serving(tmp_path, work=True) as running:
        posts = [
            threading.Thread(target=post, args=(f"{running.hooks}/hooks/sentry", BODY, signed(BODY))) for _ in range(5)
        ]
        for each in posts:
            each.start()
        for each in posts:
            each.join()
        assert running.end() == 0
    assert "worker_bug" not in running.log


def test_the_same_door_stands_before_postgresql(tmp_path: Path, postgres_url: str) -> None:
    data = settings(tmp_path) | {"store": {"url": postgres_url}}
    with serving(tmp_path, data=data) as running:
        answers = [
            post(f"{running.hooks}/hooks/sentry", BODY, signed(BODY, request_id=name)) for name in ("a", "b", "a")
        ]
        assert [answer.json()["repeat"] for answer in answers] == [False, False, True]
        assert httpx2.get(running.pages, trust_env=False).status_code == 200
        assert running.end() == 0
