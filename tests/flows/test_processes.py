"""A real `vedette work` between stand-ins: what a signal makes of the job in hand and of the settings."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.flows.conftest import Desk
from tests.waiting import until
from vedette.app import App
from vedette.errors import Unavailable
from vedette.flows.context import Context, wall_clock
from vedette.flows.schedule import tick
from vedette.flows.worker import Worker
from vedette.model.flood import UNCAPPED
from vedette.model.jobs import JobKind, JobState
from vedette.model.settings import Settings
from vedette.model.tickets import ClaimState
from vedette.sandbox.jira.faults import Kind
from vedette.sandbox.sentry import payloads
from vedette.store import queue


def written(desk: Desk, settings: Settings, folder: Path, **changes: Any) -> Path:
    """The desk's settings as a file; the store and the stand-ins are the desk's."""
    path = folder / "vedette.yaml"
    data = {
        "mode": "development",
        "sentry": {
            "url": desk.sentry.url,
            "organization": "acme",
            "token": "env/T_SENTRY",
            "client_secret": "env/T_SECRET",
            "timeout": "2s",
        },
        "trackers": {
            "jira": {
                "kind": "jira",
                "url": desk.jira.url,
                "email": "bot@acme.test",
                "token": "env/T_JIRA",
                "sandbox": True,
                "timeout": "2s",
            }
        },
        "routes": {"default": {"tracker": "jira", "project": "TRIAGE", "type": "Bug"}},
        "queue": {"workers": 2},
        "store": {"url": settings.store.url},
        **changes,
    }
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


@contextmanager
def working(config: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "vedette", "work", "--config", str(config)]
    environ = os.environ | {"T_SENTRY": "token", "T_SECRET": "client-secret", "T_JIRA": "sandbox-token"}
    with (config.parent / "work.log").open("ab") as log:
        process = subprocess.Popen(command, stderr=log, env=environ, cwd=config.parent)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(20)


def log_of(config: Path) -> str:
    return (config.parent / "work.log").read_text(encoding="utf-8")


def test_sigterm_lets_the_create_in_hand_end_and_leaves_the_rest_for_later(
    desk: Desk, settings: Settings, tmp_path: Path
) -> None:
    config = written(desk, settings, tmp_path)
    desk.jira.fault(Kind.SLOW, on="create", seconds=1.5)
    desk.deliver(payloads.event_alert(desk.seed()))
    desk.app.close()
    with working(config) as process:
        until(lambda: not desk.faults(), within=30, saying="the create to be in hand")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert '"stopped"' in log_of(config)
    assert desk.jira.verdict().tickets == 1
    desk.app = App.build(settings)
    (claim,) = desk.claims()
    assert claim.state is ClaimState.OPEN
    assert desk.jobs(JobState.LEASED) == []
    assert JobKind.MEND_TICKET in {job.kind for job in desk.jobs(JobState.READY)}
    desk.settle()
    assert desk.jira.verdict().tickets == 1


def test_kill_in_the_middle_of_a_create_that_commits_makes_no_second_ticket(
    desk: Desk, settings: Settings, tmp_path: Path
) -> None:
    config = written(desk, settings, tmp_path, queue={"workers": 2, "lease": "3s"})
    desk.jira.fault(Kind.SLOW, on="create", seconds=1.2)
    desk.deliver(payloads.event_alert(desk.seed()))
    desk.app.close()
    with working(config) as process:
        until(lambda: not desk.faults(), within=30, saying="the create to be in hand")
        process.kill()
    desk.app = App.build(settings)
    assert desk.claims()[0].state is ClaimState.CREATING
    desk.settle(within=30)
    verdict = desk.jira.verdict()
    assert (verdict.tickets, bool(verdict.duplicates)) == (1, False)


def test_sighup_keeps_the_settings_in_force_where_the_new_ones_are_wrong(
    desk: Desk, settings: Settings, tmp_path: Path
) -> None:
    tickets = {"policies": [{"name": "sweep", "on": ["poll"], "every": "1s", "when": {"events_over": 50}}]}
    config = written(desk, settings, tmp_path, tickets=tickets)
    desk.app.close()
    good = config.read_text(encoding="utf-8")
    with working(config) as process:
        until(lambda: '"working"' in log_of(config), within=30, saying="the work to begin")
        config.write_text(good.replace("tracker: jira", "tracker: jirra"), encoding="utf-8")
        process.send_signal(signal.SIGHUP)
        until(lambda: "reload_refused" in log_of(config), within=60, saying="the refusal")
        assert "jirra" in log_of(config)
        desk.seed(issue=4512)
        until(lambda: len(desk.tickets()) == 1, within=60, saying="a ticket by the settings before")
        config.write_text(good.replace("TRIAGE", "WB"), encoding="utf-8")
        process.send_signal(signal.SIGHUP)
        until(lambda: '"reloaded"' in log_of(config), within=60, saying="the reload")
        desk.seed(issue=4513)
        until(lambda: len(desk.tickets()) == 2, within=60, saying="a ticket by the new settings")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert [ticket["project"] for ticket in desk.tickets()] == ["TRIAGE", "WB"]
    assert "sandbox-token" not in log_of(config)
    assert "client-secret" not in log_of(config)
    desk.app = App.build(settings)


def test_a_thread_outlives_every_fault_of_store_and_code(desk: Desk) -> None:
    met: list[str] = []
    misfortunes = iter([Unavailable("the disk is full"), KeyError("a fault of ours"), OSError("gone")])

    def context() -> Context:
        problem = next(misfortunes, None)
        if problem is not None:
            met.append(type(problem).__name__)
            raise problem
        return desk.app.context

    worker = Worker(context, name="w", threads=1)
    desk.deliver(payloads.event_alert(desk.seed()))
    worker.start()
    try:
        until(lambda: len(desk.tickets()) == 1, within=60, saying="a ticket in spite of all")
    finally:
        assert worker.stop(timeout=10)
    assert met == ["Unavailable", "KeyError", "OSError"]


def test_a_long_sweep_in_one_thread_keeps_no_delivery_waiting(desk: Desk, settings: Settings) -> None:
    """Whichever thread is free reads what came in."""
    from vedette.flows.poll import poll_job  # noqa: PLC0415

    going, let_go = threading.Event(), threading.Event()

    class Slow:
        def __init__(self, source: Any) -> None:
            self._source = source

        def __getattr__(self, name: str) -> Any:
            return getattr(self._source, name)

        def sweep(self, *_: Any, **__: Any) -> list[Any]:
            going.set()
            assert let_go.wait(20)
            return []

    slow = replace(desk.app.context, sources={"default": Slow(desk.app.context.sources["default"])})
    worker = Worker(lambda: slow, name="w", threads=2)
    desk.app.store.on_commit(worker.wake)
    now = wall_clock()
    desk.app.store.write(lambda tx: queue.enqueue(tx, poll_job(settings.policies[0], "default", slot=now), now=now))
    worker.start()
    try:
        assert going.wait(10)
        desk.deliver(payloads.event_alert(desk.seed()))
        until(lambda: len(desk.tickets()) == 1, within=60, saying="a ticket while the sweep goes on")
    finally:
        let_go.set()
        assert worker.stop(timeout=20)


def test_replicas_share_the_slots_of_the_clock(desk: Desk, settings: Settings) -> None:
    often = replace(settings, policies=(replace(settings.policies[0], every=timedelta(days=1)),))
    desk.app.reload(often)
    second = App.build(often, role="command")
    try:
        for _ in range(3):
            tick(desk.app.context)
            tick(second.context)
            while desk.step():
                pass
    finally:
        second.close()
    done = [job.kind for job in desk.jobs(JobState.DONE)]
    assert (done.count(JobKind.POLL), done.count(JobKind.AUDIT)) == (1, 1)
    assert desk.live_jobs() == []


@pytest.mark.parametrize("threads", [1, 3])
def test_stopping_ends_every_thread_and_leaves_nothing_leased(desk: Desk, settings: Settings, threads: int) -> None:
    desk.app.reload(replace(settings, caps=UNCAPPED))
    for issue in range(4512, 4530):
        desk.deliver(payloads.event_alert(desk.seed(issue=issue)), request_id=str(issue))
    worker = Worker(lambda: desk.app.context, name="w", threads=threads)
    worker.start()
    until(lambda: bool(desk.tickets()), within=60, saying="the first ticket")
    assert worker.stop(timeout=15)
    assert desk.jobs(JobState.LEASED) == []
    desk.settle(within=60)
    assert len(desk.tickets()) == 18
