"""What the door takes in, what it refuses, and what it says about either."""

import json
import socket
import uuid

import httpx2
import pytest

from tests.waiting import until
from tests.web.serving import OLD_SECRET, OTHER_TOKEN, SECRET, TOKEN, Served, post, signed
from vedette.model.deliveries import Delivery
from vedette.store import deliveries

BODY = b'{"action":"created","data":{"issue":{"id":"1"}}}'


def metric(served: Served, *words: str) -> float:
    text = httpx2.get(f"{served.pages}/metrics", trust_env=False).text
    lines = [line for line in text.splitlines() if not line.startswith("#") and all(word in line for word in words)]
    return sum(float(line.split()[-1]) for line in lines)


def stored(served: Served, number: int) -> Delivery | None:
    with served.store() as store:
        return store.read(lambda tx: deliveries.get(tx, number))


def test_a_signed_delivery_is_stored_as_it_came_before_it_is_answered(served: Served) -> None:
    number = uuid.uuid4().hex
    answer = post(f"{served.hooks}/hooks/sentry", BODY, signed(BODY, request_id=number))
    assert answer.status_code == 202
    kept = stored(served, answer.json()["delivery"])
    assert kept is not None
    assert (kept.body, kept.instance, kept.kind, kept.request_id) == (BODY, "default", "sentry", number)


def test_only_what_reading_needs_is_kept_of_the_headers(served: Served) -> None:
    answer = post(f"{served.hooks}/hooks/sentry", BODY, signed(BODY, request_id="r-1") | {"Cookie": "secret=1"})
    kept = stored(served, answer.json()["delivery"])
    assert kept is not None
    assert {name for name, _ in kept.headers} == {
        "sentry-hook-resource",
        "sentry-hook-timestamp",
        "request-id",
        "content-type",
    }


def test_a_repeat_has_the_same_number(served: Served) -> None:
    headers = signed(BODY, request_id=uuid.uuid4().hex)
    first = post(f"{served.hooks}/hooks/sentry", BODY, headers).json()
    second = post(f"{served.hooks}/hooks/sentry", BODY, headers).json()
    assert second == {"delivery": first["delivery"], "repeat": True}


def test_the_same_bytes_under_another_request_id_are_another_delivery(served: Served) -> None:
    first = post(f"{served.hooks}/hooks/sentry", BODY, signed(BODY, request_id="a" * 32)).json()
    second = post(f"{served.hooks}/hooks/sentry", BODY, signed(BODY, request_id="b" * 32)).json()
    assert first["delivery"] != second["delivery"]


def test_without_a_request_id_no_delivery_is_taken_for_a_repeat(served: Served) -> None:
    path = f"{served.hooks}/hooks/glitchtip/{OTHER_TOKEN}"
    answers = [post(path, b'{"attachments":[]}').json() for _ in range(2)]
    assert [answer["repeat"] for answer in answers] == [False, False]
    assert answers[0]["delivery"] != answers[1]["delivery"]


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
def test_either_secret_verifies_while_they_rotate(served: Served, secret: str) -> None:
    assert post(f"{served.hooks}/hooks/sentry/default", BODY, signed(BODY, secret=secret)).status_code == 202


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sentry-Hook-Signature": ""},
        {"Sentry-Hook-Signature": "0" * 64},
        {"Sentry-Hook-Signature": "not hex at all"},
        signed(BODY, secret="somebody else's"),
        signed(BODY + b" "),
    ],
    ids=["none", "empty", "zeros", "words", "foreign", "other bytes"],
)
def test_what_is_not_signed_by_us_is_refused(served: Served, headers: dict[str, str]) -> None:
    answer = post(f"{served.hooks}/hooks/sentry", BODY, headers)
    assert (answer.status_code, answer.json()) == (401, {"error": "not authenticated"})


def test_strangers_do_not_learn_which_instances_and_tokens_exist(served: Served) -> None:
    paths = ["sentry", "sentry/default", "sentry/nobody", "sentry/glitch", "sentry/legacy/x", "glitchtip/x"]
    answers = [post(f"{served.hooks}/hooks/{path}", BODY) for path in paths]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1


def test_an_instance_without_a_client_secret_takes_no_signed_delivery(served: Served) -> None:
    assert post(f"{served.hooks}/hooks/sentry/glitch", BODY, signed(BODY)).status_code == 401
    assert post(f"{served.hooks}/hooks/sentry/glitch", BODY, signed(BODY, secret="")).status_code == 401


@pytest.mark.parametrize(
    ("path", "instance"),
    [(f"sentry/legacy/{TOKEN}", "default"), (f"glitchtip/{OTHER_TOKEN}", "glitch")],
)
def test_a_secret_path_tells_the_instance(served: Served, path: str, instance: str) -> None:
    answer = post(f"{served.hooks}/hooks/{path}", BODY)
    assert answer.status_code == 202
    kept = stored(served, answer.json()["delivery"])
    assert kept is not None
    assert kept.instance == instance


def test_a_token_never_opens_another_instance(served: Served) -> None:
    answer = post(f"{served.hooks}/hooks/glitchtip/{TOKEN}", BODY)
    kept = stored(served, answer.json()["delivery"])
    assert kept is not None
    assert kept.instance == "default"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"", "application/json"), (b"{not json", "text/plain"), (b"\xff\xfe\x00", ""), (b"[]", "multipart/form-data")],
)
def test_no_fault_of_form_loses_an_authentic_delivery(served: Served, body: bytes, content_type: str) -> None:
    answer = post(f"{served.hooks}/hooks/sentry", body, signed(body) | {"Content-Type": content_type})
    kept = stored(served, answer.json()["delivery"])
    assert kept is not None
    assert kept.body == body


def test_a_body_beyond_the_limit_is_refused_and_one_at_the_limit_is_not(served: Served) -> None:
    largest = b"x" * (5 * 1024 * 1024)
    assert post(f"{served.hooks}/hooks/sentry", largest, signed(largest)).status_code == 202
    assert post(f"{served.hooks}/hooks/sentry", largest + b"x", signed(largest + b"x")).status_code == 413


def test_a_chunked_body_beyond_the_limit_is_refused_too(served: Served) -> None:
    chunks = (b"x" * 65_536 for _ in range(100))
    answer = httpx2.post(f"{served.hooks}/hooks/sentry", content=chunks, timeout=20, trust_env=False)
    assert answer.status_code == 413


def test_a_chunked_delivery_is_taken_in(served: Served) -> None:
    body = b"y" * 100_000
    parts = (body[start : start + 999] for start in range(0, len(body), 999))
    answer = httpx2.post(
        f"{served.hooks}/hooks/sentry", content=parts, headers=signed(body), timeout=20, trust_env=False
    )
    kept = stored(served, answer.json()["delivery"])
    assert kept is not None
    assert kept.body == body


def test_a_sender_that_leaves_in_the_middle_stores_nothing_and_harms_nobody(served: Served) -> None:
    host, _, port = served.hooks.removeprefix("http://").partition(":")
    before = metric(served, "vedette_deliveries_total")
    with socket.create_connection((host, int(port))) as line:
        line.sendall(b"POST /hooks/sentry HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf of it")
    assert post(f"{served.hooks}/hooks/sentry", BODY, signed(BODY)).status_code == 202
    assert metric(served, "vedette_deliveries_total") == before + 1
    assert "intake_bug" not in served.log


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
def test_deliveries_are_sent_with_post(served: Served, method: str) -> None:
    answer = httpx2.request(method, f"{served.hooks}/hooks/sentry", trust_env=False)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "path", ["/", "/hooks", "/hooks/", "/hooks/jira/a/b/c", "/hooks/sentry/legacy/x/y", "/metrics", "/journal"]
)
def test_the_hooks_listener_shows_nothing_else(served: Served, path: str) -> None:
    assert httpx2.get(f"{served.hooks}{path}", trust_env=False).status_code == 404


def test_both_listeners_say_that_they_live_and_are_ready(served: Served) -> None:
    for listener in (served.hooks, served.pages):
        for path in ("/healthz", "/readyz"):
            assert httpx2.get(f"{listener}{path}", trust_env=False).status_code == 200
    assert httpx2.get(f"{served.hooks}/readyz", trust_env=False).json() == {"ready": True}


def test_refusals_are_counted_by_reason(served: Served) -> None:
    words = ("vedette_deliveries_total", "bad_signature")
    before = metric(served, *words)
    post(f"{served.hooks}/hooks/sentry", BODY, {"Sentry-Hook-Signature": "0" * 64})
    assert metric(served, *words) == before + 1


def test_neither_log_nor_announcement_holds_a_token_or_a_path(served: Served) -> None:
    post(f"{served.hooks}/hooks/glitchtip/{OTHER_TOKEN}?key=query-secret", BODY)
    post(f"{served.hooks}/hooks/glitchtip/a-wrong-token", BODY)
    lines = until(lambda: "unknown_token" in served.log and served.log, saying="the refusal's line")
    for hidden in (SECRET, TOKEN, OTHER_TOKEN, "a-wrong-token", "query-secret", "/hooks"):
        assert hidden not in str(lines)
    assert all(json.loads(line)["event"] for line in str(lines).splitlines())
