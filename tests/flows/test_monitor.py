"""Windows are counted once, in order, made up after an outage, and told to sinks once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.flows.conftest import Desk
from tests.flows.monitoring import FIVE, SHOP, START, MemorySink, Watch, settings_with, window
from tests.waiting import until
from vedette.errors import Unavailable
from vedette.flows import monitor
from vedette.model.jobs import JobKind, JobState
from vedette.model.metrics import Filter, Lack, Term, Terms
from vedette.model.settings import Settings
from vedette.store import alarms, queue

SECOND = timedelta(seconds=1)


@pytest.fixture
def watch(desk: Desk, settings: Settings) -> Watch:
    desk.app.reload(settings_with(settings, SHOP))
    return Watch(desk)


def test_a_window_is_half_open(watch: Watch) -> None:
    watch.arrive(START - SECOND, count=100, issue=1)
    watch.arrive(START, count=3, issue=2)
    watch.arrive(START + FIVE - SECOND, count=4, issue=3)
    watch.arrive(START + FIVE, count=1000, issue=4)
    watch.run()
    assert watch.total() == 7
    assert watch.sink.totals() == [(START, 7, 0)]


def test_a_quiet_project_is_an_explicit_zero(watch: Watch) -> None:
    watch.run()
    point = watch.point()
    assert point is not None
    assert (point.total, point.users, point.new, point.is_complete) == (0, 0, 0, True)
    assert watch.sink.totals() == [(START, 0, 0)]


def test_the_same_window_twice_gives_the_same_point_and_pushes_nothing_new(watch: Watch) -> None:
    watch.arrive(START, count=3)
    watch.run()
    before = watch.point()
    watch.desk.app.store.write(
        lambda tx: queue.enqueue(tx, monitor.monitor_job(JobKind.COUNT, "default"), now=watch.now)
    )
    watch.work()
    assert watch.point() == before
    assert watch.sink.totals() == [(START, 3, 0)]


def test_replicas_that_tick_at_once_count_once(watch: Watch) -> None:
    watch.arrive(START, count=3)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: monitor.tend_monitor(watch.context), range(8)))
    watch.work()
    counted = [job for job in watch.desk.jobs(JobState.DONE) if job.kind is JobKind.COUNT]
    assert len(counted) == 1
    assert watch.sink.totals() == [(START, 3, 0)]


def test_windows_missed_while_we_were_down_are_made_up_in_their_order(watch: Watch) -> None:
    watch.run()
    for number in range(1, 5):
        watch.arrive(window(number).start, count=number, issue=100 + number)
    watch.run(START + 5 * FIVE)
    assert [watch.total(number) for number in range(5)] == [0, 1, 2, 3, 4]
    assert watch.sink.totals() == [(window(number).start, number, 0) for number in range(5)]


def test_windows_older_than_the_catching_up_are_given_up_and_people_are_told(watch: Watch, settings: Settings) -> None:
    watch.run()
    watch.desk.app.reload(settings_with(settings, SHOP, catch_up=4 * FIVE))
    watch.run(START + 11 * FIVE)
    assert [number for number in range(11) if watch.point(number) is not None] == [0, 7, 8, 9, 10]
    standing = watch.desk.app.store.read(alarms.standing)
    assert "6 windows of default were not counted" in standing[0].cause.title


def test_while_sentry_is_down_nothing_is_said_and_then_every_window_is_made_up(watch: Watch) -> None:
    watch.run()
    watch.arrive(window(1).start, count=5)
    watch.arrive(window(2).start, count=6, issue=2)
    watch.desk.sentry.faults(faults=[{"kind": "status", "path": "events/", "status": 503}])
    watch.run(START + 2 * FIVE)
    watch.run(START + 3 * FIVE)
    assert (watch.point(1), watch.point(2)) == (None, None)
    watch.desk.sentry.faults(clear=True)
    watch.run(START + 4 * FIVE)
    assert [watch.total(number) for number in range(4)] == [0, 5, 6, 0]
    assert [total for _, total, _ in watch.sink.totals()] == [0, 5, 6, 0]


def test_a_correction_is_not_told_where_it_would_stand_beside_the_first(watch: Watch) -> None:
    watch.sinks["first"] = MemorySink("first", corrects=False)
    watch.arrive(START, count=3)
    watch.run()
    watch.arrive(START + SECOND, count=2, issue=77)
    watch.run(START + 2 * FIVE)
    assert [total for start, total, _ in watch.sinks["first"].totals() if start == START] == [3]


def test_a_sink_that_is_down_for_an_hour_gets_every_window_in_order(watch: Watch) -> None:
    watch.sink.ills = [Unavailable("memory: answered 503")] * 4
    for number in range(12):
        watch.arrive(window(number).start, count=number + 1, issue=200 + number)
        watch.run(START + (number + 1) * FIVE)
    until(lambda: watch.work() or len(watch.sink.totals()) == 12, saying="every window to arrive")
    assert watch.sink.totals() == [(window(number).start, number + 1, 0) for number in range(12)]


def test_counts_of_before_are_told_beside_the_windows_own(watch: Watch) -> None:
    watch.arrive(START - timedelta(days=1), count=9, issue=7)
    watch.desk.sentry.seed(
        {
            "id": 8,
            "project": "checkout",
            "type": "KeyError",
            "arrivals": [{"at": (START + number * FIVE).timestamp(), "count": number + 1} for number in range(2)],
        }
    )
    watch.run(START - timedelta(days=1) + FIVE)
    watch.run(START - timedelta(days=1) + 2 * FIVE)
    watch.run(START + FIVE)
    watch.run(START + 2 * FIVE)
    point = watch.point(1)
    assert point is not None
    (trending,) = point.trending
    assert (trending.count, trending.before, trending.yesterday, trending.last_week) == (2, 1, 0, None)


def test_filters_that_ask_alike_share_one_question(desk: Desk, settings: Settings) -> None:
    filters = [
        SHOP,
        Filter("all", "default"),
        Filter("keys", "default", terms=Terms(any=(Term("keyerror"),))),
        Filter("not-keys", "default", terms=Terms(none=(Term("KeyError", case=True),))),
    ]
    desk.app.reload(settings_with(settings, *filters))
    watch = Watch(desk)
    watch.arrive(START, count=3)
    watch.arrive(START, count=4, issue=9, type="ValueError")
    watch.run()
    assert {each.name: watch.total(name=each.name) for each in filters} == {
        "shop": 7,
        "all": 7,
        "keys": 3,
        "not-keys": 4,
    }


def test_a_question_that_sentry_refuses_is_told_and_hides_no_other_filter(desk: Desk, settings: Settings) -> None:
    desk.app.reload(settings_with(settings, SHOP, Filter("odd", "default", query="is:unresolved")))
    watch = Watch(desk)
    watch.arrive(START, count=3)
    watch.run()
    odd = watch.point(name="odd")
    assert odd is not None
    assert (watch.total(), odd.lack) == (3, Lack.REFUSED)
    assert watch.sink.totals("odd") == []
    (standing,) = watch.desk.app.store.read(alarms.standing)
    assert "filter odd counts nothing" in standing.cause.title


def test_a_token_revoked_in_mid_run_pauses_sentry_and_loses_no_window(desk: Desk, settings: Settings) -> None:
    desk.app.reload(settings_with(settings, SHOP, Filter("fatal", "default", levels=("fatal",))))
    watch = Watch(desk)
    watch.arrive(START, count=3)
    watch.arrive(START, count=2, issue=5, level="fatal")
    revoked = {"kind": "status", "path": "/events/.*", "status": 401}
    watch.desk.sentry.faults(faults=[revoked])
    watch.run()
    assert [job.reason for job in desk.jobs(JobState.READY) if job.kind is JobKind.COUNT] == ["paused"]
    assert watch.sink.taken == []
    watch.desk.sentry.faults(clear=True)
    watch.run(START + 2 * FIVE + SECOND)  # a probe finds the token good
    assert (watch.total(), watch.total(name="fatal")) == (5, 2)


def test_a_late_event_opens_its_window_again_as_revised(watch: Watch) -> None:
    watch.arrive(START, count=3)
    watch.run()
    watch.arrive(START + SECOND, count=2, issue=77)
    watch.run(START + 2 * FIVE)
    point = watch.point()
    assert point is not None
    assert (point.total, point.revision, point.issues) == (5, 1, 2)
    assert (START, 5, 1) in watch.sink.totals()


def test_an_event_that_came_late_while_nobody_looked_is_found_though_the_grace_is_over(
    watch: Watch, settings: Settings
) -> None:
    watch.desk.app.reload(settings_with(settings, SHOP, grace=timedelta(hours=2), catch_up=4 * FIVE))
    watch.arrive(START, count=3)
    watch.run()
    watch.run(START + 13 * FIVE)
    watch.arrive(START + SECOND, count=2, issue=77)
    watch.run(START + 60 * FIVE)
    point = watch.point()
    assert point is not None
    assert (point.total, point.revision) == (5, 1)
