"""What goes wrong on request goes wrong as it does on the real thing."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from vedette.sandbox.sentry import SENTRY_IO_LIMITS, SentryStandIn, StandInConfig
from vedette.sandbox.sentry.hooks import tls

ISSUES = "/api/0/organizations/acme/issues/"


def test_the_limits_of_sentry_io_answer_without_retry_after(call: httpx2.Client, sentry: SentryStandIn) -> None:
    sentry.faults(rate_limits={"project_issues": 3})
    answers = [call.get("/api/0/projects/acme/search/issues/") for _ in range(8)]
    refused = next(answer for answer in answers if answer.status_code == 429)
    said = "You are attempting to use this endpoint too frequently. Limit is 3 requests in 1 seconds"
    assert json.loads(refused.text) == said
    assert refused.headers["content-type"].startswith("text/html")
    assert "retry-after" not in refused.headers
    assert refused.headers["X-Sentry-Rate-Limit-ConcurrentRemaining"] == "None"
    assert answers[0].headers["X-Sentry-Rate-Limit-Remaining"] == "2"
    assert call.get(ISSUES).status_code == 200


def test_a_limit_refuses_what_is_over_it_under_parallel_calls() -> None:
    with SentryStandIn(StandInConfig(rate_limits=SENTRY_IO_LIMITS), clock=lambda: 1_900_000_000.0) as sentry:
        headers = {"Authorization": f"Bearer {sentry.token}"}
        with (
            httpx2.Client(base_url=sentry.url, headers=headers, trust_env=False, verify=tls()) as call,
            ThreadPoolExecutor(8) as pool,
        ):
            statuses = list(pool.map(lambda _: call.get(ISSUES).status_code, range(40)))
    assert 10 <= statuses.count(200) < 40
    assert set(statuses) == {200, 429}


def test_without_limits_there_are_no_limit_headers(call: httpx2.Client) -> None:
    assert not [name for name in call.get(ISSUES).headers if name.lower().startswith("x-sentry-rate")]


@pytest.mark.parametrize(
    ("fault", "status", "word"),
    [
        ({"kind": "status", "status": 502, "body": "<h1>Bad gateway</h1>"}, 502, "Bad gateway"),
        ({"kind": "status", "status": 503, "headers": {"Retry-After": "7"}}, 503, ""),
        ({"kind": "brownout"}, 410, "This API no longer exists."),
        ({"kind": "rate_limit"}, 429, "too frequently"),
        ({"kind": "html"}, 200, "<form>"),
        ({"kind": "slow", "seconds": 0.05}, 200, "[]"),
    ],
)
def test_a_fault_hits_as_often_as_ordered(
    sentry: SentryStandIn, call: httpx2.Client, fault: dict[str, Any], status: int, word: str
) -> None:
    sentry.faults(faults=[fault | {"times": 1, "path": "/issues/$"}])
    struck = call.get(ISSUES)
    assert struck.status_code == status
    assert word in struck.text
    assert call.get(ISSUES).json() == []


def test_a_brownout_names_what_replaces_the_path(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.faults(faults=[{"kind": "brownout"}])
    assert "X-Sentry-Replacement-Endpoint" in call.get(ISSUES).headers


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        # Which of the two depends on whether the request was still being written when the reset came.
        ("reset", (httpx2.NetworkError, httpx2.RemoteProtocolError)),
        ("truncate", httpx2.RemoteProtocolError),
        ("hang", httpx2.ReadTimeout),
        ("hang_after", httpx2.ReadTimeout),
    ],
)
def test_a_broken_connection_is_seen_as_one(
    sentry: SentryStandIn, call: httpx2.Client, kind: str, error: type[Exception] | tuple[type[Exception], ...]
) -> None:
    number = sentry.seed({"project": "search"})[0]
    sentry.faults(faults=[{"kind": kind, "times": 1, "seconds": 0.3}])
    with pytest.raises(error):
        call.put(f"{ISSUES}{number}/", json={"status": "resolved"}, timeout=0.15)
    worked = sentry.memory.issues[number].status == "resolved"
    assert worked is (kind in {"truncate", "hang_after"})


@pytest.mark.parametrize("kind", ["reset", "truncate", "hang"])
def test_a_broken_connection_leaves_no_complaint_in_the_servers_log(
    sentry: SentryStandIn, call: httpx2.Client, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    sentry.faults(faults=[{"kind": kind, "times": 1, "seconds": 0.05}])
    with pytest.raises(httpx2.TransportError):
        call.get(ISSUES)
    assert call.get(ISSUES).status_code == 200
    assert [record.message for record in caplog.records if record.name.startswith("uvicorn")] == []


def test_a_stale_connection_resets_the_second_call_and_takes_a_fresh_one(
    sentry: SentryStandIn, call: httpx2.Client
) -> None:
    sentry.faults(faults=[{"kind": "stale"}])
    assert call.get(ISSUES).status_code == 200
    with pytest.raises((httpx2.NetworkError, httpx2.RemoteProtocolError)):
        call.get(ISSUES)
    assert call.get(ISSUES).status_code == 200


def test_clearing_ends_every_fault(sentry: SentryStandIn, call: httpx2.Client) -> None:
    sentry.faults(faults=[{"kind": "status"}], rate_limits={"org_issues": 1}, hollow_pages=True)
    sentry.faults(clear=True)
    assert {call.get(ISSUES).status_code for _ in range(4)} == {200}


def test_an_order_that_is_no_fault_is_refused_with_its_place(sentry: SentryStandIn) -> None:
    with pytest.raises(RuntimeError, match="faults"):
        sentry.faults(faults=[{"kind": "meteor"}])
