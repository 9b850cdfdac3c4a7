"""CODEOWNERS texts come whole and named from each of their places, and never from inside the network unasked."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.errors import RateLimited, Refused, Unauthorised, Unavailable
from vedette.integrations.codeowners_sources import Text, fetch
from vedette.integrations.codeowners_sources.address import public_address
from vedette.integrations.codeowners_sources.text import LARGEST
from vedette.model.owners import CodeownersSource
from vedette.model.secret import Secret
from vedette.ports.addresses import is_public

RULES = "* @acme/everyone\n/docs/ @acme/writers\n"
SHA = "0123456789abcdef0123456789abcdef01234567"
Reply = tuple[int, dict[str, str], bytes]


@contextmanager
def server(answer: Callable[[str, Any], Reply]) -> Iterator[str]:
    """An HTTP server on loopback that answers each GET by the function."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = answer(self.path, self.headers)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except ConnectionError:
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_address[1]}"
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


def plain(body: bytes = RULES.encode(), status: int = 200, **headers: str) -> Reply:
    return status, {"Content-Type": "text/plain", **headers}, body


# Settings and files


def test_the_settings_own_text_has_no_revision() -> None:
    assert fetch(CodeownersSource("x", text=RULES)) == Text(RULES, "")


def test_a_file_is_named_by_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "CODEOWNERS"
    path.write_bytes(b"\xef\xbb\xbf" + RULES.encode())
    first = fetch(CodeownersSource("x", file=path))
    assert first.body == RULES
    path.write_text(RULES + "*.py @acme/python\n")
    assert fetch(CodeownersSource("x", file=path)).revision != first.revision


def test_a_missing_file_and_a_folder_are_refused_by_name(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(Refused, match=r"cannot be read.*`file:`"):
            fetch(CodeownersSource("x", file=path))


def test_a_file_larger_than_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "CODEOWNERS"
    path.write_bytes(b"#" * (LARGEST + 1))
    with pytest.raises(Refused, match="larger than 10 MB"):
        fetch(CodeownersSource("x", file=path))
    path.write_bytes(b"#" * LARGEST)
    assert len(fetch(CodeownersSource("x", file=path)).body) == LARGEST


def test_a_dash_is_standard_input() -> None:
    assert fetch(CodeownersSource("x", file=Path("-")), stdin=RULES).body == RULES
    with pytest.raises(Refused, match="standard input"):
        fetch(CodeownersSource("x", file=Path("-")))


def test_a_source_without_any_place_is_refused() -> None:
    with pytest.raises(Refused, match="no text, file, url or repository"):
        fetch(CodeownersSource("x"))


# Addresses


def test_an_address_is_fetched_with_its_token_where_private_networks_are_allowed() -> None:
    asked: list[str | None] = []

    def answer(_path: str, headers: Any) -> Reply:
        asked.append(headers["Authorization"])
        return plain()

    with server(answer) as url:
        source = CodeownersSource("x", url=f"{url}/CODEOWNERS", allow_private=True, token=Secret(("t0ken",)))
        assert fetch(source).body == RULES
    assert asked == ["Bearer t0ken"]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.8", "169.254.169.254", "[::ffff:10.0.0.1]", "2130706433"]
)
def test_a_private_address_is_refused_before_anything_is_sent(host: str) -> None:
    with pytest.raises(Refused, match="allow_private"):
        fetch(CodeownersSource("x", url=f"http://{host}:9/CODEOWNERS"), timeout=2)


def test_nothing_is_sent_to_a_private_server_that_would_have_answered() -> None:
    asked: list[str] = []

    def answer(path: str, _headers: Any) -> Reply:
        asked.append(path)
        return plain()

    with server(answer) as url, pytest.raises(Refused, match="private network"):
        fetch(CodeownersSource("x", url=url))
    assert asked == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff0e::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::5db8:d822", True),
        ("2002:7f00:1::", False),
        ("fec0::1", False),
        ("::127.0.0.1", False),
        ("::ffff:0:7f00:1", False),
        ("64:ff9b:1::7f00:1", False),
        ("3fff::1", False),
        ("2001:4860:4860::8888", True),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@given(st.ip_addresses())
def test_no_private_address_passes_for_public(address: Any) -> None:
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
        assert inner is not None or not is_public(str(address))


def test_a_public_address_stands_for_itself() -> None:
    assert public_address("93.184.216.34", 443, place="x") == "93.184.216.34"


def test_a_name_that_does_not_resolve_passes_by_itself() -> None:
    with pytest.raises(Unavailable, match="cannot be resolved"):
        public_address("nowhere.invalid", 443, place="x")


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (plain(b"", 302, Location="http://127.0.0.1:1/"), Refused, "leads elsewhere"),
        (plain(b"", 404), Refused, "404"),
        (plain(b"", 403), Unauthorised, "token:"),
        (plain(b"", 429), RateLimited, "429"),
        (plain(b"", 503), Unavailable, "503"),
        ((200, {"Content-Type": "text/html; charset=utf-8"}, b"<html>log in</html>"), Refused, "web page"),
        (plain(b"#" * (LARGEST + 1)), Refused, "larger than 10 MB"),
    ],
    ids=str,
)
def test_each_odd_answer_is_an_error_by_remedy(reply: Reply, error: type[Exception], words: str) -> None:
    with server(lambda _path, _headers: reply) as url, pytest.raises(error, match=words) as caught:
        fetch(CodeownersSource("x", url=f"{url}/CODEOWNERS?token=s3cret", allow_private=True))
    assert "s3cret" not in str(caught.value)


def test_a_server_that_does_not_answer_in_time_is_unavailable() -> None:
    gate = threading.Event()

    def answer(_path: str, _headers: Any) -> Reply:
        gate.wait(5)
        return plain()

    with server(answer) as url:
        with pytest.raises(Unavailable, match="was not read"):
            fetch(CodeownersSource("x", url=url, allow_private=True), timeout=0.3)
        gate.set()


# GitHub


class GitHub:
    """The two calls of GitHub that are used, over the files of one repository."""

    def __init__(self, **files: bytes) -> None:
        self.files = files
        self.asked: list[tuple[str, str | None]] = []
        self.deleted: set[str] = set()

    def __call__(self, path: str, headers: Any) -> Reply:
        self.asked.append((path, headers["Accept"]))
        place, _, query = path.partition("?")
        if not place.startswith("/repos/acme/clroot/"):
            return 404, {"Content-Type": "application/json"}, b'{"message": "Not Found"}'
        if place.endswith("/commits"):
            known = any(f"path={name.replace('/', '%2F')}&" in f"{query}&" for name in {*self.files, *self.deleted})
            return 200, {"Content-Type": "application/json"}, json.dumps([{"sha": SHA}] if known else []).encode()
        name = place.removeprefix("/repos/acme/clroot/contents/")
        if f"ref={SHA}" not in query or name not in self.files:
            return 404, {"Content-Type": "application/json"}, b'{"message": "Not Found"}'
        return 200, {"Content-Type": "application/vnd.github.raw+json; charset=utf-8"}, self.files[name]


def in_repository(url: str, **changes: Any) -> CodeownersSource:
    return CodeownersSource(**({"name": "x", "github": "acme/clroot", "api_url": url} | changes))


@pytest.mark.parametrize("place", [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"])
def test_a_repository_is_read_at_the_commit_that_is_named(place: str) -> None:
    github = GitHub(**{place: RULES.encode()})
    with server(github) as url:
        assert fetch(in_repository(url)) == Text(RULES, SHA)
    assert github.asked[-1][1] == "application/vnd.github.raw+json"


def test_the_first_place_is_the_one_in_force() -> None:
    with server(GitHub(**{"CODEOWNERS": b"second", ".github/CODEOWNERS": b"first"})) as url:
        assert fetch(in_repository(url)).body == "first"


def test_a_file_that_its_last_commit_took_away_is_passed_over() -> None:
    github = GitHub(CODEOWNERS=RULES.encode())
    github.deleted = {".github/CODEOWNERS"}
    with server(github) as url:
        assert fetch(in_repository(url)).body == RULES


def test_a_path_and_a_ref_of_the_settings_are_the_only_ones_asked_for() -> None:
    github = GitHub(**{"ops/OWNERS": RULES.encode()})
    with server(github) as url:
        assert fetch(in_repository(url, path="/ops/OWNERS", ref="release/2")).revision == SHA
    assert len(github.asked) == 2
    assert "sha=release%2F2" in github.asked[0][0]


def test_a_text_beyond_one_megabyte_comes_whole() -> None:
    long = RULES * 40_000
    with server(GitHub(CODEOWNERS=long.encode())) as url:
        assert fetch(in_repository(url)).body == long


def test_a_repository_without_one_says_what_was_tried() -> None:
    with server(GitHub()) as url, pytest.raises(Refused, match=r"\.github/CODEOWNERS, CODEOWNERS, docs/CODEOWNERS"):
        fetch(in_repository(url))


def test_an_unknown_repository_is_refused_by_name() -> None:
    with server(GitHub()) as url, pytest.raises(Refused, match="no repository acme/elsewhere"):
        fetch(in_repository(url, github="acme/elsewhere"))


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        ((403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}, b"{}"), RateLimited, "used up"),
        (
            (401, {"Content-Type": "application/json"}, b'{"message": "Bad credentials"}'),
            Unauthorised,
            "Bad credentials",
        ),
        ((301, {"Location": "/repositories/1"}, b"{}"), Refused, "new name"),
        ((502, {}, b""), Unavailable, "502"),
        ((200, {"Content-Type": "application/json"}, b"{}"), Unavailable, "list of commits"),
    ],
    ids=str,
)
def test_each_odd_answer_of_github_is_an_error_by_remedy(reply: Reply, error: type[Exception], words: str) -> None:
    with server(lambda _path, _headers: reply) as url, pytest.raises(error, match=words) as caught:
        fetch(in_repository(url, token=Secret(("ghp_s3cret",))))
    assert "s3cret" not in str(caught.value)


def test_a_folder_in_its_place_is_told() -> None:
    def answer(path: str, _headers: Any) -> Reply:
        body = [{"sha": SHA}] if "/commits" in path else [{"name": "a", "type": "file"}]
        return 200, {"Content-Type": "application/json; charset=utf-8"}, json.dumps(body).encode()

    with server(answer) as url, pytest.raises(Refused, match="is a folder"):
        fetch(in_repository(url, path="docs"))
