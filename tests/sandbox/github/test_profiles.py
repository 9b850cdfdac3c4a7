"""The stand-in GitHub shows profiles to whom the real one would, and addresses to callers with a token only."""

import httpx2

from tests.sandbox.github.asking import Asking
from vedette.sandbox.github import GitHubStandIn, amended, demo


def test_an_address_is_shown_in_any_case_of_the_login(asking: Asking) -> None:
    told = asking.ok("GET", "/users/Lena-LEAD")
    assert (told["login"], told["email"], told["type"]) == ("lena-lead", "lena@acme.example", "User")


def test_a_hidden_address_is_null_and_a_stranger_is_not_there(asking: Asking) -> None:
    assert asking.ok("GET", "/users/onno-oncall")["email"] is None
    assert asking.ask("GET", "/users/nobody-here").status_code == 404


def test_without_a_token_no_address_is_shown_and_sixty_calls_are_enough(github: GitHubStandIn) -> None:
    changes = {"calls_per_hour_without_token": 2}
    github.on_loop(lambda state: state.configure(amended(demo(), changes)))
    answers = [httpx2.get(f"{github.url}/users/lena-lead") for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 403]
    assert answers[0].json()["email"] is None
    assert answers[2].headers["x-ratelimit-remaining"] == "0"
    with Asking.of(github) as asking:
        assert asking.ok("GET", "/users/lena-lead")["email"] == "lena@acme.example"


def test_a_wrong_token_is_refused_where_none_is_not(github: GitHubStandIn) -> None:
    with Asking(github.url, "wrong") as stranger:
        assert stranger.ask("GET", "/users/lena-lead").status_code == 401
    assert httpx2.get(f"{github.url}/users/lena-lead").status_code == 200
    assert httpx2.get(f"{github.url}/user").status_code == 401
