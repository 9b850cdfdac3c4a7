"""A cron asks for a window: it is let in by a key, hears of every part, and never has a window told twice."""

import logging
import threading
from collections.abc import Iterator, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import Any

import httpx2
import pytest
import structlog
from structlog.testing import capture_logs

from tests.flows.conftest import Desk
from tests.flows.doors import door
from tests.flows.monitoring import FIVE, SHOP, START, MemorySink, Watch, settings_with, window
from tests.waiting import until
from vedette.errors import Refused, Unauthorised, Unavailable
from vedette.flows import running
from vedette.flows.context import Context
from vedette.flows.run_data import run_data
from vedette.flows.tally import REFUSED, Tally
from vedette.model.metrics import Filter
from vedette.model.secret import Secret
from vedette.store import counters
from vedette.web.asked import Asked
from vedette.web.monitor_run import Outcome, RunDoor, run_now

OLD, NEW = "key-of-the-old-cron-jobs", "key-of-the-new-cron-jobs"
KEYS = Secret((NEW, OLD), "env/MONITOR_KEY")
GOOD = {"X-Vedette-Key": NEW}
ANOTHER = Filter("quiet", "default", projects=("checkout",), levels=("fatal",))


@pytest.fixture
def watch(desk: Desk) -> Watch:
    desk.app.reload(settings_with(desk.app.settings, SHOP, ANOTHER, key=KEYS, root=True))
    made = Watch(desk)
    made.arrive(START + timedelta(minutes=1), count=7)
    return made


def ask(
    url: str, path: str = "/monitor/run", *, headers: Mapping[str, str] | None = None, query: str = ""
) -> httpx2.Response:
    given = GOOD if headers is None else headers
    return httpx2.post(f"{url}{path}?{query}", headers=given, timeout=30, trust_env=False)


def look(url: str, headers: dict[str, str] | None = None) -> httpx2.Response:
    return httpx2.get(url, headers=GOOD if headers is None else headers, timeout=30, trust_env=False)


@contextmanager
def at_work(watch: Watch) -> Iterator[None]:
    """A worker beside the door."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.01):
            watch.work()

    thread = threading.Thread(target=work, name="beside-the-door")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(20)


@contextmanager
def opened(watch: Watch, **more: Any) -> Iterator[str]:
    """The door's address, with a worker beside it."""
    runs = RunDoor(lambda: watch.context, tally=more.pop("tally", Tally()), **more)
    with at_work(watch), door(watch.desk.app, elsewhere=runs) as url:
        yield url


def test_the_answer_tells_of_every_filter_and_every_sink(watch: Watch) -> None:
    with opened(watch) as url:
        answer = ask(url)
    told = answer.json()
    assert (answer.status_code, told["status"], told["debug"]) == (200, "ok", False)
    assert told["window"] == {"start": "2026-03-02T10:00:00Z", "end": "2026-03-02T10:05:00Z"}
    found = [(each["filter"], each["total"], each["complete"], each["revision"]) for each in told["filters"]]
    assert found == [("shop", 7, True, 0), ("quiet", 0, True, 0)]
    assert told["filters"][0]["projects"] == ["checkout"]
    assert told["filters"][0]["trending"][0]["count"] == 7
    assert told["sinks"] == [{"sink": "memory", "outcome": "sent", "points": 2, "detail": told["sinks"][0]["detail"]}]
    assert watch.sink.totals() == [(START, 7, 0)]


def test_the_same_window_asked_for_again_tells_the_same_and_sends_nothing_new(watch: Watch) -> None:
    with opened(watch) as url:
        first, second = ask(url).json(), ask(url).json()
    assert first["filters"] == second["filters"]
    assert len(watch.sink.totals()) == 1


def test_two_crons_at_once_have_one_run_and_one_push(watch: Watch) -> None:
    with opened(watch) as url, ThreadPoolExecutor(4) as crons:
        answers = list(crons.map(lambda _: ask(url), range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({str(answer.json()["filters"]) for answer in answers}) == 1
    assert watch.sink.totals() == [(START, 7, 0)]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Vedette-Key": NEW},
        {"X-Vedette-Key": OLD},
        {"x-wsm_auth_key": NEW},
        {"X-Vedette-Key": "x", "x-wsm_auth_key": OLD},
    ],
)
def test_either_key_in_either_header_opens_the_door(watch: Watch, headers: dict[str, str]) -> None:
    with opened(watch) as url:
        assert ask(url, headers=headers, query="debug=true").status_code == 200


@pytest.mark.parametrize("headers", [{}, {"X-Vedette-Key": ""}, {"X-Vedette-Key": NEW[:-1]}, {"Authorization": NEW}])
@pytest.mark.parametrize("path", ["/monitor/run", "/", "/monitor/run/abc"])
def test_without_a_good_key_nothing_is_told_and_nothing_is_done(
    watch: Watch, headers: dict[str, str], path: str
) -> None:
    tally = Tally()
    with opened(watch, tally=tally) as url:
        answer = ask(url, path, headers=headers, query="nonsense=1")
    assert (answer.status_code, answer.json()) == (403, {"error": "not authenticated"})
    assert watch.point() is None
    tally.write(watch.context)
    store, since = watch.desk.app.store, watch.now - timedelta(hours=1)
    assert store.read(lambda tx: counters.total(tx, REFUSED, since=since)) == 1


def test_without_a_key_in_the_settings_the_door_is_shut(watch: Watch) -> None:
    app = watch.desk.app
    app.reload(replace(app.settings, monitor=replace(app.settings.monitor, key=None)))
    with opened(watch) as url:
        answer = ask(url)
    assert (answer.status_code, answer.json()) == (404, {"error": "this door is shut until monitor.key is set"})


@pytest.fixture
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """What a served Vedette logs; a command that another test ran in this process may have asked for less."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    with capture_logs() as lines:
        yield lines
    structlog.configure(**before)


@pytest.mark.parametrize("said", ["true", "1", "yes", "TRUE"])
def test_a_debug_run_keeps_and_sends_nothing_and_shows_what_it_would_send(
    watch: Watch, said: str, logged: list[MutableMapping[str, Any]]
) -> None:
    with opened(watch) as url:
        told = ask(url, query=f"debug={said}").json()
    assert (told["debug"], told["filters"][0]["total"]) == (True, 7)
    assert told["filters"][0]["projects"] == ["checkout"]
    assert told["sinks"][0]["bodies"] == [{"filter": "shop", "value": 7}, {"filter": "quiet", "value": 0}]
    assert (watch.point(), watch.sink.taken) == (None, [])
    (line,) = [each for each in logged if each["event"] == "would_send"]
    assert (line["sink"], list(line["bodies"])) == ("memory", told["sinks"][0]["bodies"])


@pytest.mark.parametrize("said", ["false", "0", "no", "", "False"])
def test_debug_false_means_false(watch: Watch, said: str) -> None:
    with opened(watch) as url:
        told = ask(url, query=f"debug={said}").json()
    assert told["debug"] is False
    assert "bodies" not in told["sinks"][0]
    assert watch.sink.totals() == [(START, 7, 0)]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("debug=maybe", "debug should be true or false"),
        ("debug=false&debug=true", "debug is said twice"),
        ("async=2", "async should be true or false"),
        ("dbug=true", "there is no dbug to ask for; did you mean debug?"),
        ("filter=shpo", "there is no filter shpo; did you mean shop?"),
        ("window=yesterday", "a moment is written as 2027-01-31T12:05 or 2027-01-31T12:05:00Z"),
        (
            "window=2026-03-02T10:02",
            "no window begins at 2026-03-02T10:02:00Z; the one that holds it begins at 2026-03-02T10:00:00Z",
        ),
        (
            "window=2026-03-02T10:05",
            "the window is due at 2026-03-02T10:10:00Z, and it is 2026-03-02T10:05:00Z now",
        ),
    ],
)
def test_what_is_not_understood_is_refused_and_nothing_is_sent(watch: Watch, query: str, sentence: str) -> None:
    with opened(watch) as url:
        answer = ask(url, query=query)
    assert (answer.status_code, answer.json()) == (400, {"error": sentence})
    assert watch.sink.taken == []


def test_a_window_and_a_filter_can_be_named(watch: Watch) -> None:
    watch.now = START + 3 * FIVE
    with opened(watch) as url:
        told = ask(url, query="window=2026-03-02T10:00:00+00:00&filter=shop").json()
    assert [(each["filter"], each["total"]) for each in told["filters"]] == [("shop", 7)]
    assert told["window"]["start"] == "2026-03-02T10:00:00Z"
    assert (watch.total(0), watch.total(1), watch.total(0, "quiet")) == (7, None, None)


def test_an_asynchronous_run_is_told_under_its_address(watch: Watch) -> None:
    with opened(watch) as url:
        answer = ask(url, query="async=true")
        assert answer.status_code == 202
        address = f"{url}{answer.json()['ask']}"
        assert answer.headers["location"] == answer.json()["ask"]
        until(lambda: look(address).status_code != 202, within=20, saying="the run to end")
        told = look(address)
        assert look(address, headers={}).status_code == 403
        assert look(f"{url}/monitor/run/0123").status_code == 404
    assert (told.status_code, told.json()["filters"][0]["total"]) == (200, 7)


def test_a_run_that_takes_longer_than_crons_wait_is_answered_and_goes_on(watch: Watch) -> None:
    go_on = threading.Event()

    def slowly(context: Context, asked: Asked) -> Outcome:
        go_on.wait(20)
        return run_now(context, asked)

    with opened(watch, run=slowly, within=0.05) as url:
        answer = ask(url)
        joined = ask(url)
        assert (answer.status_code, answer.json()["status"]) == (202, "running")
        assert joined.json()["run"] == answer.json()["run"]
        go_on.set()
        address = f"{url}{answer.json()['ask']}"
        until(lambda: look(address).status_code == 200, within=20, saying="the run to end")
    assert watch.sink.totals() == [(START, 7, 0)]


def test_one_run_at_a_time(watch: Watch) -> None:
    inside, most, lock = [0], [0], threading.Lock()

    def counted(context: Context, asked: Asked) -> Outcome:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        try:
            return run_now(context, asked)
        finally:
            with lock:
                inside[0] -= 1

    with opened(watch, run=counted) as url, ThreadPoolExecutor(4) as crons:
        answers = list(crons.map(lambda name: ask(url, query=f"filter={name}"), ["shop", "quiet"] * 2))
    assert {answer.status_code for answer in answers} == {200}
    assert most == [1]


def test_who_asks_for_too_much_at_once_is_told_to_come_again(watch: Watch) -> None:
    go_on = threading.Event()
    watch.now = START + 20 * FIVE

    def waiting(_context: Context, _asked: Asked) -> Outcome:
        go_on.wait(20)
        return Outcome(200, {})

    with opened(watch, run=waiting, within=0.01) as url:
        starts = [f"window={window(number).start:%Y-%m-%dT%H:%M}" for number in range(9)]
        statuses = [ask(url, query=start).status_code for start in starts]
        go_on.set()
    assert statuses == [202] * 8 + [503]


def test_a_sink_that_is_down_is_a_part_that_failed(watch: Watch) -> None:
    watch.sinks["other"] = MemorySink("other", ills=[Unavailable("the house is being painted")])
    with opened(watch) as url:
        answer = ask(url)
    told = answer.json()
    assert (answer.status_code, told["status"]) == (207, "partial")
    assert [(each["sink"], each["outcome"]) for each in told["sinks"]] == [("memory", "sent"), ("other", "waiting")]


def test_a_sink_that_is_paused_is_not_waited_for(watch: Watch) -> None:
    watch.sinks["other"] = MemorySink("other", ills=[Unauthorised("the key is refused")] * 9)
    began = monotonic()
    with opened(watch) as url:
        first = ask(url).json()["sinks"][1]
        watch.now = START + 2 * FIVE
        second = ask(url).json()["sinks"][1]
    assert [(each["outcome"], each["points"]) for each in (first, second)] == [("waiting", 2), ("waiting", 2)]
    assert "the key is refused" in first["detail"]
    assert "the key is refused" in second["detail"]
    assert monotonic() - began < 15, "each would be waited for for twenty seconds"


def test_what_stands_behind_a_failed_push_is_not_waited_for(watch: Watch) -> None:
    watch.sinks["other"] = MemorySink("other", ills=[Unavailable("the house is being painted")] * 9)
    began = monotonic()
    with opened(watch) as url:
        ask(url)
        watch.now = START + 2 * FIVE - timedelta(minutes=4, seconds=50)
        behind = ask(url, query="window=2026-03-02T09:55").json()["sinks"][1]
    assert (behind["outcome"], behind["detail"]) == ("waiting", "the house is being painted")
    assert monotonic() - began < 15


def test_where_nobody_works_the_answer_says_so(watch: Watch) -> None:
    def impatient(context: Context, _asked: Asked) -> Outcome:
        report = running.run(context, patience=timedelta(0))
        return Outcome(207, run_data(report))

    with door(watch.desk.app, elsewhere=RunDoor(lambda: watch.context, tally=Tally(), run=impatient)) as url:
        told = ask(url).json()["sinks"][0]
    assert (told["outcome"], told["points"]) == ("waiting", 2)
    assert "nobody has done its job yet" in told["detail"]


def test_a_sink_that_refuses_is_a_part_that_failed(watch: Watch) -> None:
    watch.sinks["other"] = MemorySink("other", ills=[Refused("no such account", status=404)])
    with opened(watch) as url:
        answer = ask(url)
    assert answer.status_code == 207
    assert answer.json()["sinks"][1]["outcome"] == "dead"


def test_where_sentry_does_not_answer_nothing_could_be_done(watch: Watch) -> None:
    watch.desk.sentry.stop()
    with opened(watch) as url:
        answer = ask(url)
    told = answer.json()
    assert (answer.status_code, told["status"]) == (503, "failed")
    assert [each["filter"] for each in told["filters"]] == ["shop", "quiet"]
    assert all(each["problem"] for each in told["filters"])
    assert {(each["total"], each["complete"]) for each in told["filters"]} == {(None, False)}


def test_a_bug_is_told_without_its_stack(watch: Watch) -> None:
    def broken(_context: Context, _asked: Asked) -> Outcome:
        raise ZeroDivisionError("secret-of-the-house")

    with opened(watch, run=broken) as url:
        answer = ask(url)
    assert (answer.status_code, answer.json()["error"]) == (503, "a bug; see the log")
    assert "secret-of-the-house" not in answer.text


def test_the_root_does_the_same_only_where_the_settings_say_so(watch: Watch) -> None:
    app = watch.desk.app
    with opened(watch) as url:
        there = ask(url, "/", query="debug=true")
        app.reload(replace(app.settings, monitor=replace(app.settings.monitor, root=False)))
        gone = ask(url, "/", query="debug=true")
    assert (there.status_code, there.json()["filters"][0]["total"]) == (200, 7)
    assert (gone.status_code, gone.json()) == (404, {"error": "there is nothing here"})


def test_only_post_asks_for_a_run(watch: Watch) -> None:
    with opened(watch) as url:
        answer = look(f"{url}/monitor/run")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
