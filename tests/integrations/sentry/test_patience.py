"""A limit that is met in the middle is waited out, within bounds."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integrations.sentry.opening import SECRET
from vedette.errors import RateLimited
from vedette.integrations.sentry.patience import Reader
from vedette.integrations.sentry.talker import SentryTalker
from vedette.model.settings import SentryInstance
from vedette.sandbox.sentry import SentryStandIn

PATH = "organizations/acme/"


@pytest.fixture
def naps() -> list[float]:
    """How long was slept."""
    return []


@pytest.fixture
def talker(modern: SentryStandIn) -> Iterator[SentryTalker]:
    """The connection that is read from."""
    found = SentryTalker(SentryInstance("main", modern.url, "acme", SECRET))
    yield found
    found.close()


def limited(sentry: SentryStandIn, *, times: int | None, wait: str) -> None:
    fault: dict[str, Any] = {"kind": "status", "path": "acme/$", "status": 429, "headers": {"retry-after": wait}}
    sentry.faults(faults=[fault | {"times": times}])


def test_each_call_waits_its_turn_and_for_as_long_as_the_server_says(
    modern: SentryStandIn, talker: SentryTalker, naps: list[float]
) -> None:
    turns: list[int] = []
    limited(modern, times=2, wait="59")
    reading = Reader(talker, lambda: turns.append(1), sleep=naps.append)
    assert reading.read(PATH, {})[0]["slug"] == "acme"
    # In naps, with a turn after each, which keeps the lease of the job that reads.
    assert (naps, reading.calls, len(turns)) == ([15.0, 15.0, 15.0, 14.0] * 2, 3, 9)


@pytest.mark.parametrize(("times", "wait", "slept"), [(None, "2", 4), (1, "600", 0)])
def test_patience_ends(
    modern: SentryStandIn, talker: SentryTalker, naps: list[float], times: int | None, wait: str, slept: int
) -> None:
    limited(modern, times=times, wait=wait)
    with pytest.raises(RateLimited, match="429"):
        Reader(talker, lambda: None, sleep=naps.append).read(PATH, {})
    assert len(naps) == slept


@pytest.mark.parametrize(("later", "slept"), [(0, [1.0]), (300, [])])
def test_the_last_call_of_a_limits_time_is_followed_by_a_rest(
    modern: SentryStandIn, talker: SentryTalker, naps: list[float], later: int, slept: list[float]
) -> None:
    remaining = {"x-sentry-rate-limit-remaining": "0", "x-sentry-rate-limit-reset": str(int(time.time()) + later)}
    fault = {"kind": "status", "path": "acme/$", "status": 200, "body": "{}", "times": 1}
    modern.faults(faults=[fault | {"headers": {"content-type": "application/json", **remaining}}])
    reading = Reader(talker, lambda: None, sleep=naps.append)
    for _ in range(3):
        reading.read(PATH, {})
    # A time of five minutes is not waited for: what is refused then goes back into the queue.
    assert naps == slept
