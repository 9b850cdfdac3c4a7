"""No stranger gets in: loopback alone without a login; with one, a link that works once and a signed cookie."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.web.serving import LOGIN, Served, serving
from vedette.model.secret import Secret
from vedette.web import auth

HEADERS = {
    "content-security-policy": "frame-ancestors 'none'",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose pages have a login."""
    with serving(tmp_path_factory.mktemp("locked"), login_secret="env/T_LOGIN") as running:
        yield running


@pytest.fixture
def browser_like(locked: Served) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=locked.pages, trust_env=False) as client:
        yield client


def link(served: Served) -> str:
    """The path of a fresh login link, from the command."""
    command = [str(Path(sys.executable).with_name("vedette")), "login-link", "--config", str(served.config)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=dict(served.environ)).stdout
    return "/login?" + said.splitlines()[0].partition("/login?")[2]


def token_of(path: str) -> str:
    return path.partition("token=")[2]


def get(url: str, **headers: str) -> httpx2.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.get(url, headers=sent, trust_env=False)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8081",
        "localhost.evil.example",
        "10.0.0.7",
        "",
        "evil.example@localhost",
        "localhost/evil.example",
        "localhost#evil.example",
        "127.0.0.1:8081, evil.example",
    ],
)
def test_without_a_login_a_foreign_host_is_misdirected(served: Served, host: str) -> None:
    for path in ("/", "/metrics", "/readyz", "/static/style.css"):
        assert get(f"{served.pages}{path}", host=host).status_code == 421


@pytest.mark.parametrize("host", ["localhost", "localhost:1", "127.0.0.1", "[::1]:8081", "vedette.localhost"])
def test_without_a_login_this_machines_own_names_are_answered(served: Served, host: str) -> None:
    assert get(f"{served.pages}/", host=host).status_code == 200


@pytest.mark.parametrize(
    "header",
    ["x_forwarded_for", "x_forwarded_host", "x_forwarded_proto", "forwarded", "x_real_ip", "via", "cf_connecting_ip"],
)
def test_without_a_login_forwarded_requests_are_refused(served: Served, header: str) -> None:
    answer = get(f"{served.pages}/", **{header: "127.0.0.1"})
    assert (answer.status_code, "login_secret" in answer.text) == (403, True)


def test_every_answer_carries_the_headers_that_protect_it(served: Served, locked: Served) -> None:
    paths = ("/", "/dead", "/journal", "/nothing", "/static/style.css", "/login", "/metrics")
    for answer in [get(f"{running.pages}{path}") for running in (served, locked) for path in paths]:
        for name, words in HEADERS.items():
            assert words in answer.headers[name], (answer.url, name)
        assert "unsafe" not in answer.headers["content-security-policy"]


def test_a_form_without_its_token_changes_nothing(served: Served) -> None:
    for form in ({}, {"form_token": ""}, {"form_token": "0" * 64}):
        assert httpx2.post(f"{served.pages}/dead/drop", data={"id": "1", **form}, trust_env=False).status_code == 403


def test_a_form_token_belongs_to_one_session(served: Served) -> None:
    with httpx2.Client(base_url=served.pages, trust_env=False) as one:
        one.get("/dead")
        foreign, _ = auth.new_session(None)
        answer = one.post("/dead/drop", data={"id": "1", "form_token": foreign.form_token})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec_fetch_site": "cross-site"}]
)
def test_a_form_of_another_site_is_refused(served: Served, headers: dict[str, str]) -> None:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    assert httpx2.post(f"{served.pages}/dead/drop", headers=sent, trust_env=False).status_code == 403


def test_an_endless_form_is_cut_off(served: Served) -> None:
    answer = httpx2.post(f"{served.pages}/dead/drop", content=b"a=" + b"x" * 200_000, trust_env=False)
    assert answer.status_code == 413


def test_with_a_login_nothing_is_shown_before_it(locked: Served) -> None:
    for path in ("/", "/now", "/dead", "/journal", "/issues?q=1", "/issues/default/1", "/nothing"):
        answer = get(f"{locked.pages}{path}", host="vedette.example.test", x_forwarded_for="203.0.113.9")
        assert (answer.status_code, "vedette login-link" in answer.text) == (401, True)
        assert "set-cookie" not in answer.headers


def test_a_login_link_signs_in_once(locked: Served, browser_like: httpx2.Client) -> None:
    path = link(locked)
    assert browser_like.get(path).status_code == 200
    assert browser_like.get("/").status_code == 401, "opening the link alone must do nothing"
    signed_in = browser_like.post("/login", data={"token": token_of(path)})
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/")
    for words in ("HttpOnly", "SameSite=Strict", "Max-Age=43200"):
        assert words in signed_in.headers["set-cookie"]
    assert browser_like.get("/").status_code == 200
    again = httpx2.post(f"{locked.pages}/login", data={"token": token_of(path)}, trust_env=False)
    assert (again.status_code, "set-cookie" in again.headers) == (403, False)


def test_signing_out_ends_the_session_in_this_browser(locked: Served, browser_like: httpx2.Client) -> None:
    browser_like.post("/login", data={"token": token_of(link(locked))})
    token = re.search(r'action="/logout".*?name="form_token" value="(\w+)"', browser_like.get("/").text, re.DOTALL)
    assert token
    browser_like.post("/logout", data={"form_token": token[1]})
    assert browser_like.get("/").status_code == 401


def test_metrics_are_for_this_machine_or_the_bearer(locked: Served) -> None:
    url, bearer = f"{locked.pages}/metrics", auth.metrics_token(Secret((LOGIN,)))
    assert get(url).status_code == 200
    assert get(url, x_forwarded_for="203.0.113.9").status_code == 401
    assert get(url, x_forwarded_for="203.0.113.9", authorization=f"Bearer {bearer}").status_code == 200
    assert get(url, x_forwarded_for="203.0.113.9", authorization=f"Bearer {bearer}x").status_code == 401


def test_strangers_learn_from_readyz_that_and_not_why(served: Served, locked: Served) -> None:
    assert get(f"{locked.pages}/readyz").json() == {"ready": True}
    assert set(get(f"{served.pages}/readyz").json()) == {"ready", "trouble", "engine"}


def test_a_session_of_another_key_or_mode_proves_nothing() -> None:
    ours, theirs = Secret((LOGIN,)), Secret(("another secret of theirs",))
    _, cookie = auth.new_session(ours)
    assert auth.session_of(cookie, ours) is not None
    assert auth.session_of(cookie, theirs) is None
    assert auth.session_of(cookie, None) is None
    assert auth.session_of(auth.new_session(None)[1], ours) is None
    assert auth.session_of(cookie, Secret(("a new one that signs", LOGIN))) is not None


def test_without_a_login_the_command_tells_how_to_set_one_up(served: Served) -> None:
    command = [str(Path(sys.executable).with_name("vedette")), "login-link", "--config", str(served.config)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(served.environ))
    assert (done.returncode, "web.login_secret" in done.stderr) == (1, True)
