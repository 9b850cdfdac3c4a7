"""Whatever a stranger sends to the hooks: never a 5xx, and the door stays open."""

import socket

import httpx2
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st

from tests.web.serving import TOKEN, Served, signed

METHODS = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND"])
PATHS = st.one_of(
    st.sampled_from(
        [
            "/hooks/sentry",
            "/hooks/sentry/",
            "/hooks/sentry/default",
            f"/hooks/sentry/legacy/{TOKEN}",
            "/hooks/jira",
            "/hooks/jira/jira",
            f"/hooks/jira/jira/{TOKEN}",
            "/hooks/asana/jira/x",
            "/hooks/linear",
        ]
    ),
    st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), max_size=60).map(
        lambda text: f"/hooks/{text}"
    ),
    st.binary(max_size=30).map(lambda raw: "/hooks/sentry/" + "".join(f"%{byte:02x}" for byte in raw)),
)
NAMES = st.one_of(
    st.sampled_from(
        ["Sentry-Hook-Signature", "Sentry-Hook-Resource", "Sentry-Hook-Timestamp", "Request-ID", "X-Hub-Signature",
         "X-Hub-Signature-256", "X-Hook-Secret", "X-Hook-Signature", "Linear-Signature", "Content-Type",
         "Content-Encoding", "X-Forwarded-For", "Cookie", "Expect", "Upgrade", "Connection"]
    ),
    st.text(alphabet="abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=20),
)  # fmt: skip
VALUES = st.binary(max_size=80).map(lambda raw: bytes(byte for byte in raw if byte >= 32 and byte != 127))
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=6)
BODIES = st.one_of(st.binary(max_size=300), st.sampled_from([b"{}", b'{"action":1}', b"null", b"[[[[", b"\x00" * 200]))


def ask(served: Served, request: bytes, *, finished: bool = True) -> bytes:
    """Send raw bytes and read the status line; b"" where the server hung up without a word.

    Not `finished`: nobody knows how much is still to come, so we hang up our half, which the server takes for the end.
    """
    host, _, port = served.hooks.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(request)
        if not finished:
            line.shutdown(socket.SHUT_WR)
        answer = b""
        while b"\r\n" not in answer and (part := line.recv(4096)):
            answer += part
        return answer.split(b"\r\n")[0]


def request(method: str, path: str, headers: list[tuple[str, bytes]], body: bytes) -> bytes:
    lines = [f"{method} {path} HTTP/1.1".encode(), b"Host: x", b"Content-Length: %d" % len(body)]
    lines += [name.encode() + b": " + value for name, value in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@tries(max_examples=300)
@given(method=METHODS, path=PATHS, headers=HEADERS, body=BODIES)
def test_no_request_is_answered_with_a_5xx(
    served: Served, method: str, path: str, headers: list[tuple[str, bytes]], body: bytes
) -> None:
    status = ask(served, request(method, path, headers, body))
    assert status.split(b" ")[1][:1] in (b"1", b"2", b"4"), status


@tries(max_examples=100)
@given(body=BODIES, headers=HEADERS)
def test_an_authentic_delivery_is_taken_whatever_stands_beside_it(
    served: Served, body: bytes, headers: list[tuple[str, bytes]]
) -> None:
    ours = {name.lower() for name in signed(body)} | {"expect", "upgrade", "connection"}
    beside = [(name, value) for name, value in headers if name.lower() not in ours]
    mine = [(name, value.encode()) for name, value in signed(body).items()]
    assert b" 202 " in ask(served, request("POST", "/hooks/sentry", [*beside, *mine], body)) + b" "


@tries(max_examples=150)
@given(raw=st.binary(min_size=1, max_size=400))
def test_bytes_that_are_no_http_end_in_a_4xx_or_in_silence(served: Served, raw: bytes) -> None:
    status = ask(served, raw, finished=False)
    assert status == b"" or b" 4" in status, status


def test_afterwards_the_door_is_open_and_the_log_holds_no_bug(served: Served) -> None:
    assert httpx2.get(f"{served.hooks}/readyz", trust_env=False).json() == {"ready": True}
    assert "Traceback" not in served.log
