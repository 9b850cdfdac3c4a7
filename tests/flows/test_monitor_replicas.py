"""Replicas over one store: each window is counted once and told once, however many of them tick and work at a time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.databases import PostgresServer, fresh_database
from tests.flows.conftest import Desk
from tests.flows.monitoring import FIVE, SHOP, START, MemorySink, Watch, settings_with, window
from vedette.app import App
from vedette.flows import running
from vedette.flows.served import SinkOutcome
from vedette.model.jobs import JobKind, JobState
from vedette.model.settings import Settings, StoreSettings
from vedette.sandbox.jira.server import JiraStandIn
from vedette.sandbox.sentry.server import SentryStandIn
from vedette.store import queue

REPLICAS, WINDOWS = 3, 6


@pytest.fixture(params=["sqlite", "postgres"])
def replicas(
    request: pytest.FixtureRequest, settings: Settings, sentry: SentryStandIn, jira: JiraStandIn
) -> Iterator[list[Watch]]:
    shared = {"memory": MemorySink()}
    counted = settings_with(settings, SHOP)
    if request.param == "sqlite":
        apps = [App.build(counted) for _ in range(REPLICAS)]
        yield [Watch(Desk(app, sentry, jira), sinks=shared) for app in apps]
        for app in apps:
            app.close()
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with fresh_database(server) as url:
        apps = [App.build(replace(counted, store=StoreSettings(url=url))) for _ in range(REPLICAS)]
        yield [Watch(Desk(app, sentry, jira), sinks=shared) for app in apps]
        for app in apps:
            app.close()


def test_each_window_is_counted_and_told_once_across_replicas(replicas: list[Watch]) -> None:
    first = replicas[0]
    for number in range(WINDOWS):
        first.arrive(window(number).start, count=number + 1, issue=300 + number)
    with ThreadPoolExecutor(REPLICAS) as threads:
        for number in range(WINDOWS):
            list(threads.map(lambda each: each.run(START + (number + 1) * FIVE), replicas))  # noqa: B023 - used at once
    first.run(START + WINDOWS * FIVE)
    assert first.sink.totals() == [(window(number).start, number + 1, 0) for number in range(WINDOWS)]
    jobs = first.desk.app.store.read(lambda tx: queue.listing(tx, state=JobState.DONE, limit=500))
    assert sum(job.kind is JobKind.COUNT for job in jobs) == WINDOWS


def test_two_crons_at_once_get_the_same_point_and_push_it_once(replicas: list[Watch]) -> None:
    first, second, _ = replicas
    first.arrive(START, count=4)
    for each in replicas:
        each.now = START + FIVE

    def run(each: Watch) -> running.RunReport:
        meanwhile = lambda: each.desk.app.worker().one_job(each.context)  # noqa: E731
        return running.run(each.context, patience=timedelta(seconds=30), meanwhile=meanwhile)

    with ThreadPoolExecutor(2) as threads:
        reports = list(threads.map(run, (first, second)))
    points = [report.filters[0].point for report in reports]
    assert [point.total for point in points if point] == [4, 4]
    assert first.sink.totals() == [(START, 4, 0)]
    assert {report.sinks[0].outcome for report in reports} == {SinkOutcome.SENT}
