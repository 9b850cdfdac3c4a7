"""An App is let in by a statement that it signed, for as long as GitHub would, and by its installation's tokens."""

import time
from collections.abc import Iterator
from typing import Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.integrations.github.standing import installed, pem
from tests.sandbox.github.asking import Asking
from vedette.sandbox.github import GitHubStandIn, amended, demo

PATH = "/app/installations/77/access_tokens"


@pytest.fixture
def github() -> Iterator[GitHubStandIn]:
    """A stand-in that knows one App and no account's token."""
    with GitHubStandIn(amended(demo(), {"app": installed(token_lasts=30.0)})) as running:
        yield running


def stated(*, key: Any = None, algorithm: str = "RS256", **claims: Any) -> dict[str, str]:
    """A header with a statement; `claims` are seconds from now, and the issuer."""
    now = int(time.time())
    said = {"iat": now + claims.get("iat", -60), "exp": now + claims.get("exp", 540), "iss": claims.get("iss", "4242")}
    return {"authorization": f"Bearer {jwt.encode(said, key or pem(), algorithm=algorithm)}"}


def asked(github: GitHubStandIn, headers: dict[str, str], *, path: str = PATH) -> httpx2.Response:
    """The answer to a request for a token."""
    return httpx2.post(f"{github.url}{path}", headers=headers)


def test_a_good_statement_gets_a_token_that_opens(github: GitHubStandIn) -> None:
    answer = asked(github, stated())
    assert answer.status_code == 201
    assert answer.json()["permissions"] == {"issues": "write", "metadata": "read"}
    with Asking(github.url, answer.json()["token"]) as asking:
        assert asking.create()["user"] == asking.create()["user"]
        assert asking.create()["user"]["login"] == "vedette[bot]"
        assert asking.ask("GET", "/user").status_code == 403
        assert len(asking.ok("GET", "/installation/repositories")["repositories"]) == 3


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"iat": 60}, "'Issued at'"),
        ({"exp": -1}, "'Expiration time'"),
        ({"exp": 660}, "too far in the future"),
        ({"iss": "1"}, "Integration not found"),
        ({"algorithm": "HS256", "key": "x" * 32}, "could not be decoded"),
        ({"key": rsa.generate_private_key(public_exponent=65537, key_size=2048)}, "could not be decoded"),
    ],
    ids=["from the future", "over", "too long", "another App", "another algorithm", "another key"],
)
def test_a_bad_statement_is_refused_with_its_reason(github: GitHubStandIn, claims: dict[str, Any], words: str) -> None:
    answer = asked(github, stated(**claims))
    assert (answer.status_code, words in answer.json()["message"]) == (401, True)


def test_words_that_are_no_statement_are_refused(github: GitHubStandIn) -> None:
    for word in ("x", "a.b.c", "ghp_sandbox"):
        assert asked(github, {"authorization": f"Bearer {word}"}).status_code == 401


def test_another_installation_is_not_there(github: GitHubStandIn) -> None:
    assert asked(github, stated(), path="/app/installations/78/access_tokens").status_code == 404


def test_a_token_ends_and_the_token_of_an_account_opens_nothing(github: GitHubStandIn) -> None:
    token = asked(github, stated()).json()["token"]
    github.on_loop(lambda state: state.configure(amended(state.config, {"app": installed(token_lasts=-1.0)})))
    ended = asked(github, stated()).json()["token"]
    for word, status in ((token, 200), (ended, 401), ("ghp_sandbox", 401)):
        with Asking(github.url, word) as asking:
            assert asking.ask("GET", "/installation/repositories").status_code == status
