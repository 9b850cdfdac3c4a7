"""The talker: nothing leaves after the fence, half an answer is uncertain, nothing secret is said."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ports.sockets import Server, Talk, answer, serving
from tests.waiting import until
from vedette.errors import RateLimited, Refused, Unauthorised, Unavailable, Uncertain, VedetteError
from vedette.ports.clock import elapsed
from vedette.ports.http import Answer, Fence, LeaseSpent, Talker, retry_after

SECRET = "hidden-token"
Script = Callable[[Talk, Server], None]


@contextmanager
def talking(script: Script, *, timeout: float = 5.0, **kinds: Any) -> Iterator[tuple[Server, Talker]]:
    """A server that plays the script, and a talker to it."""
    with serving(script) as server:
        headers = {"Authorization": f"Bearer {SECRET}"}
        talker = Talker("vendor", base_url=server.url, headers=headers, timeout=timeout, **kinds)
        try:
            yield server, talker
        finally:
            talker.close()


def saying(*parts: bytes) -> Script:
    """Read a request, say these bytes, close."""

    def script(talk: Talk, _: Server) -> None:
        talk.request()
        talk.say(*parts)

    return script


def reset(talk: Talk, _: Server) -> None:
    talk.request()
    talk.reset()


def both(talker: Talker) -> tuple[Callable[[], Answer], Callable[[], Answer]]:
    """A write and a read."""
    return (lambda: write(talker)), (lambda: talker.read("/things"))


def write(talker: Talker, *, fence: Fence | None = None, json: Any = None) -> Answer:
    return talker.write("POST", "/things", fence=fence or Fence.after(30), json={"a": 1} if json is None else json)


# --- what goes well -------------------------------------------------------------------------------------------------


def test_a_whole_answer_comes_back_with_status_headers_and_body() -> None:
    with talking(saying(answer("201 Created", body=b'{"id": 7}', extra="X-Kind: new\r\n"))) as (server, talker):
        got = write(talker)
        assert (got.status, got.ok, got.json(), got.headers["x-kind"]) == (201, True, {"id": 7}, "new")
        assert b"POST /things HTTP/1.1" in server.received
        assert server.received.endswith(b'{"a":1}')


def test_lists_in_a_query_are_repeated_and_blanks_are_escaped() -> None:
    with talking(saying(answer())) as (server, talker):
        talker.read("/things", params={"id": [1, 2], "q": "a b&c"})
        assert b"GET /things?id=1&id=2&q=a+b%26c HTTP/1.1" in server.received


def test_a_read_keeps_its_connection_and_a_write_never_rides_on_a_kept_one() -> None:
    def script(talk: Talk, server: Server) -> None:
        while not server.stopping.is_set():
            talk.received.clear()
            if not talk.request():
                return
            talk.say(answer())

    with talking(script) as (server, talker):
        for _ in range(3):
            talker.read("/things")
        assert len(server.connections) == 1
        for _ in range(3):
            write(talker)
        assert len(server.connections) == 4


def test_a_read_on_a_stale_connection_is_tried_once_more() -> None:
    def script(talk: Talk, server: Server) -> None:
        talk.request()
        talk.say(answer())
        talk.received.clear()
        talk.request()
        talk.reset()

    with talking(script) as (server, talker):
        for _ in range(3):
            assert talker.read("/things").ok
        assert len(server.connections) == 3


def test_a_read_is_tried_once_more_and_not_for_ever() -> None:
    with talking(reset) as (server, talker):
        with pytest.raises(Unavailable) as told:
            talker.read("/things")
        assert not isinstance(told.value, Uncertain)
        assert len(server.connections) == 2


# --- the fence ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("left", [-5.0, 0.0, 0.1])
def test_nothing_is_sent_when_too_little_of_the_lease_is_left(left: float) -> None:
    with talking(saying(answer())) as (server, talker):
        with pytest.raises(LeaseSpent, match="not sent"):
            write(talker, fence=Fence.after(left))
        assert server.connections == []


class Delay(logging.Handler):
    """Lets time pass at one point of a call, as a frozen process does: httpcore2 tells its steps to the log."""

    def __init__(self, step: str, fence: Fence) -> None:
        super().__init__()
        self.step = step
        self.fence = fence
        self.struck = 0

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith(self.step):
            self.struck += 1
            threading.Event().wait(max(self.fence.left(), 0) + 0.05)


@contextmanager
def frozen(logger: str, step: str, fence: Fence) -> Iterator[Delay]:
    """Until after the fence at this step."""
    delay = Delay(step, fence)
    steps = logging.getLogger(logger)
    level = steps.level
    steps.setLevel(logging.DEBUG)
    steps.addHandler(delay)
    try:
        yield delay
    finally:
        steps.removeHandler(delay)
        steps.setLevel(level)


def test_a_process_frozen_after_connecting_sends_nothing_when_it_wakes() -> None:
    fence = Fence.after(0.5)
    with talking(saying(answer())) as (server, talker):
        delayed = frozen("httpcore2.connection", "connect_tcp.complete", fence)
        with delayed as delay, pytest.raises(LeaseSpent, match="the lease ran out"):
            write(talker, fence=fence)
        assert delay.struck == 1
        assert server.received == b""


def test_a_process_frozen_between_headers_and_body_never_sends_the_body() -> None:
    fence = Fence.after(0.5)
    with talking(saying(answer())) as (server, talker):
        delayed = frozen("httpcore2.http11", "send_request_headers.complete", fence)
        with delayed as delay, pytest.raises(LeaseSpent, match="the lease ran out") as told:
            write(talker, fence=fence)
        assert delay.struck == 1
        assert not isinstance(told.value, Uncertain), "headers without their body are no request"
        until(lambda: b"\r\n\r\n" in server.received)
        assert b'{"a":1}' not in server.received


def test_a_call_without_a_body_is_whole_with_its_headers_and_so_uncertain() -> None:
    fence = Fence.after(0.5)
    with talking(saying(answer())) as (_, talker):
        delayed = frozen("httpcore2.http11", "send_request_headers.complete", fence)
        with delayed, pytest.raises(Unavailable) as told:
            talker.write("DELETE", "/things/7", fence=fence)
        assert type(told.value) is Uncertain


def test_an_answer_must_be_in_by_the_fence_though_the_timeout_is_longer() -> None:
    def script(talk: Talk, server: Server) -> None:
        talk.request()
        server.stopping.wait()

    with talking(script, timeout=60) as (_, talker):
        began = elapsed()
        with pytest.raises(Uncertain, match="got no whole answer in time"):
            write(talker, fence=Fence.after(0.6))
        assert 0.4 < elapsed() - began < 3


# --- the deadline ---------------------------------------------------------------------------------------------------


def dripping(before: bytes, drop: bytes) -> Script:
    """Say something, then a drop every 50 ms for as long as anybody listens."""

    def script(talk: Talk, server: Server) -> None:
        talk.request()
        talk.say(before)
        while not server.stopping.wait(0.05):
            talk.say(drop)

    return script


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "script",
    [
        dripping(HEAD, b"X-Drop: 1\r\n"),
        dripping(HEAD + b"Content-Length: 100000\r\n\r\n", b" "),
        dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["headers", "body", "chunks", "informational"],
)
def test_a_server_that_drips_does_not_outlast_the_deadline(script: Script) -> None:
    with talking(script, timeout=0.6) as (_, talker):
        for call, kind in zip(both(talker), (Uncertain, Unavailable), strict=True):
            began = elapsed()
            with pytest.raises(kind):
                call()
            assert elapsed() - began < 2.5


def test_a_server_that_falls_silent_late_does_not_get_a_second_timeout() -> None:
    def script(talk: Talk, server: Server) -> None:
        talk.request()
        talk.say(HEAD + b"Content-Length: 100\r\n\r\n")
        server.stopping.wait(0.7)
        talk.say(b" ")
        server.stopping.wait(30)

    with talking(script, timeout=1.0) as (_, talker):
        began = elapsed()
        with pytest.raises(Uncertain):
            write(talker)
        assert elapsed() - began < 1.5


# --- cuts -----------------------------------------------------------------------------------------------------------


def test_a_server_that_cannot_be_reached_got_nothing() -> None:
    with serving(saying(answer())) as server:
        url = server.url
    talker = Talker("vendor", base_url=url, timeout=2)
    for call in both(talker):
        with pytest.raises(Unavailable, match="could not connect") as told:
            call()
        assert not isinstance(told.value, Uncertain)


def test_a_name_that_does_not_resolve_got_nothing() -> None:
    talker = Talker("vendor", base_url="http://nowhere.invalid", timeout=5)
    with pytest.raises(Unavailable, match="could not connect") as told:
        write(talker)
    assert not isinstance(told.value, Uncertain)


CUTS: dict[str, Script] = {
    "reset without a word": reset,
    "closed without a word": saying(b""),
    "half a head": saying(b"HTTP/1.1 201 Cre"),
    "half a body": saying(answer("201 Created", body=b'{"id": 7}')[:-3]),
    "half a chunked body": saying(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{}"),
    "not HTTP": saying(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
    "broken compression": saying(answer(body=b"not gzip", extra="Content-Encoding: gzip\r\n")),
    "500": saying(answer("500 Internal Server Error")),
    "502 of a proxy": saying(answer("502 Bad Gateway", body=b"<html>", kind="text/html")),
    "503": saying(answer("503 Service Unavailable")),
    "504": saying(answer("504 Gateway Timeout")),
    "408": saying(answer("408 Request Timeout")),
}


@pytest.mark.parametrize("cut", CUTS)
def test_a_write_without_a_whole_clear_answer_is_uncertain_and_a_read_is_not(cut: str) -> None:
    with talking(CUTS[cut]) as (_, talker):
        with pytest.raises(Uncertain):
            write(talker)
        with pytest.raises(Unavailable) as told:
            talker.read("/things")
        assert not isinstance(told.value, Uncertain)


def test_a_body_that_the_server_never_takes_is_uncertain_by_the_deadline() -> None:
    def script(talk: Talk, server: Server) -> None:
        talk.head()
        server.stopping.wait()

    with talking(script, timeout=1.0) as (_, talker):
        began = elapsed()
        with pytest.raises(Uncertain):
            write(talker, json={"a": "x" * 30_000_000})
        assert elapsed() - began < 3


def test_an_early_refusal_of_a_body_half_sent_is_a_refusal() -> None:
    def script(talk: Talk, server: Server) -> None:
        talk.head()
        talk.say(answer("413 Payload Too Large"))
        talk.request()

    with talking(script) as (_, talker):
        with pytest.raises(Refused) as told:
            write(talker, json={"a": "x" * 1_000_000})
        assert told.value.status == 413


# --- statuses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("301 Moved Permanently", Unauthorised),
        ("302 Found", Unauthorised),
        ("307 Temporary Redirect", Unauthorised),
        ("400 Bad Request", Refused),
        ("401 Unauthorized", Unauthorised),
        ("403 Forbidden", Refused),
        ("404 Not Found", Refused),
        ("409 Conflict", Unavailable),
        ("410 Gone", Unavailable),
        ("418 Teapot", Refused),
        ("422 Unprocessable", Refused),
        ("429 Too Many Requests", RateLimited),
    ],
)
def test_each_status_has_its_remedy_and_none_of_these_is_uncertain(status: str, kind: type[VedetteError]) -> None:
    with talking(saying(answer(status, extra="Location: /elsewhere\r\nRetry-After: 7\r\n"))) as (server, talker):
        for call in both(talker):
            with pytest.raises(kind, match=rf"vendor: (POST|GET) /things answered {status[:3]}") as told:
                call()
            assert type(told.value) is kind
            assert getattr(told.value, "wait", 7.0) == 7.0
        assert b"/elsewhere" not in server.received


def test_a_login_page_is_a_matter_of_credentials_and_never_data() -> None:
    page = saying(answer(body=b"<!DOCTYPE html><title>Log in</title>", kind="text/html;charset=UTF-8"))
    with talking(page) as (_, talker):
        for call in both(talker):
            with pytest.raises(Unauthorised, match="web page"):
                call()


def test_the_vendors_words_are_told_with_their_fields() -> None:
    def words(refusal: Answer) -> tuple[str, dict[str, str]]:
        return str(refusal.json()["told"]), {"summary": "too long"}

    with talking(saying(answer("400 Bad Request", body=b'{"told": "no such field"}')), words=words) as (_, talker):
        with pytest.raises(Refused, match="answered 400: no such field") as told:
            write(talker)
        assert (told.value.status, told.value.fields) == (400, {"summary": "too long"})


@pytest.mark.parametrize("script", [*CUTS.values(), saying(answer("401 Unauthorized")), saying(answer("429 Slow"))])
def test_no_credential_and_no_query_stand_in_any_message(script: Script) -> None:
    with talking(script, auth=("bot@acme.test", SECRET)) as (_, talker):
        query = {"q": "hidden-query"}
        calls: tuple[Callable[[], Answer], ...] = (
            lambda: talker.read("/things?key=hidden-too", params=query),
            lambda: talker.write("POST", "/things", fence=Fence.after(9), params=query, json={}),
        )
        for call in calls:
            with pytest.raises(VedetteError) as told:
                call()
            said = f"{told.value} {told.value!r} {told.value.__cause__!r} {talker!r}"
            assert "hidden" not in said
            assert "acme.test" not in said


# --- Retry-After ----------------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


def asked(value: str) -> float | None:
    headers = httpx2.Headers([(b"retry-after", value.encode("latin-1", "replace"))])
    return retry_after(Answer(status=429, headers=headers, body=b""), now=NOW)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("Fri, 20 Nov 2026 12:00:30 GMT", 30.0),
        ("Fri, 20 Nov 2026 12:00:30 -0000", 30.0),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0.0),
        ("Friday, 20-Nov-26 12:01:00 GMT", 60.0),
        ("99999999999", 86_400.0),
        ("Fri, 20 Nov 2099 12:00:30 GMT", 86_400.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5.2", None),
        ("²", None),
        ("nan", None),
        ("Fri, 99 Nov 2026 12:00:30 GMT", None),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(value: str, seconds: float | None) -> None:
    assert asked(value) == seconds


@given(st.text(st.characters(max_codepoint=255), max_size=40))
def test_retry_after_never_raises_and_never_asks_for_years(value: str) -> None:
    wait = asked(value)
    assert wait is None or 0 <= wait <= 86_400


@given(st.integers(0, 80_000))
def test_a_date_and_its_distance_in_seconds_mean_the_same(seconds: int) -> None:
    assert asked(format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)) == seconds


def test_no_header_means_no_wait() -> None:
    assert retry_after(Answer(status=429, headers=httpx2.Headers(), body=b"")) is None


# --- proxies --------------------------------------------------------------------------------------------------------


def test_the_proxy_of_the_environment_is_used_and_a_refused_tunnel_is_not_uncertain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(saying(answer("503 Service Unavailable"))) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        talker = Talker("vendor", base_url="https://vendor.test", timeout=5)
        with pytest.raises(Unavailable) as told:
            write(talker)
        assert proxy.received.startswith(b"CONNECT vendor.test:443 HTTP/1.1")
        assert not isinstance(told.value, Uncertain)


def test_an_address_that_the_environment_exempts_is_called_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    with talking(saying(answer())) as (server, _), serving(saying(answer("500 Wrong way"))) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert write(Talker("vendor", base_url=server.url, timeout=5)).ok
        monkeypatch.setenv("no_proxy", "")
        with pytest.raises(Uncertain):
            write(Talker("vendor", base_url=server.url, timeout=5))
        assert proxy.received.startswith(b"POST http://127.0.0.1")
