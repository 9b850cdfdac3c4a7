"""People's addresses by their logins on GitHub: found, or not with the reason, or nobody could be asked."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from tests.integrations.github.standing import installed, settings_for
from vedette.errors import RateLimited, Unauthorised, Unavailable
from vedette.integrations.github import INTEGRATION, Config, GitHubPeople
from vedette.integrations.github.people import told
from vedette.model.secret import Secret
from vedette.model.settings import TrackerSettings
from vedette.ports.access import Address
from vedette.sandbox.github import GitHubStandIn, Kind, amended, demo


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def github() -> Iterator[GitHubStandIn]:
    with GitHubStandIn(demo(), recording=True) as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def people(github: GitHubStandIn, clock: Clock) -> Iterator[GitHubPeople]:
    made = GitHubPeople("github", settings_for(github), timeout=timedelta(seconds=10), clock=clock)
    yield made
    made.close()


def test_a_public_address_is_found_in_any_case_of_the_login(people: GitHubPeople) -> None:
    assert people.address("Lena-Lead") == Address("lena@acme.example")


def test_a_hidden_address_says_how_it_is_shown(people: GitHubPeople) -> None:
    found = people.address("onno-oncall")
    assert found.email == ""
    assert "onno-oncall shows no address on GitHub" in found.text
    assert "Public email" in found.text
    assert "Keep my email addresses private" in found.text


def test_a_login_that_is_not_there_says_so(people: GitHubPeople) -> None:
    found = people.address("nobody-here")
    assert (found.email, "there is no login nobody-here" in found.text) == ("", True)


def test_an_organisation_is_nobody(people: GitHubPeople) -> None:
    assert people.address("acme") == Address("", "acme is an organisation on GitHub, and no person")


@pytest.mark.parametrize(
    "email", [None, "", "   ", 7, "nowhere", "1+ada@users.noreply.github.com", "ADA@Users.NoReply.GitHub.com"]
)
def test_what_reaches_nobody_is_no_address(email: Any) -> None:
    assert told("ada", {"type": "User", "email": email}).email == ""


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (Kind.MAINTENANCE, Unavailable),
        (Kind.ERROR_500, Unavailable),
        (Kind.RESET, Unavailable),
        (Kind.HANG, Unavailable),
        (Kind.LIMIT_SECONDS, RateLimited),
        (Kind.UNAUTHORISED, Unauthorised),
        (Kind.LOGIN_PAGE, Unauthorised),
    ],
)
def test_a_github_that_cannot_be_asked_is_an_error_and_nobody_hides(
    github: GitHubStandIn, clock: Clock, kind: Kind, error: type[Exception]
) -> None:
    github.fault(kind, on="read", times=5, seconds=2)
    limit = timedelta(seconds=1 if kind is Kind.HANG else 10)  # only what hangs takes all of it
    people = GitHubPeople("github", settings_for(github), timeout=limit, clock=clock)
    with closing(people), pytest.raises(error):
        people.address("lena-lead")


def calls(github: GitHubStandIn) -> list[str]:
    return [each.path for each in github.exchanges()]


def test_an_answer_is_kept_for_an_hour_and_a_hidden_address_for_ten_minutes(
    github: GitHubStandIn, people: GitHubPeople, clock: Clock
) -> None:
    paced: list[None] = []
    for seconds in (0.0, 599.0, 601.0, 3599.0, 3601.0):
        clock.seconds = seconds
        for login in ("lena-lead", "LENA-lead", "onno-oncall"):
            people.address(login, pace=lambda: paced.append(None))
    assert calls(github).count("/users/lena-lead") == 2
    assert calls(github).count("/users/onno-oncall") == 3
    assert len(paced) == 5


def test_an_error_is_not_kept(github: GitHubStandIn, people: GitHubPeople) -> None:
    github.fault(Kind.ERROR_500, on="read", times=1)
    with pytest.raises(Unavailable):
        people.address("lena-lead")
    assert people.address("lena-lead").email == "lena@acme.example"


def test_a_login_stays_one_step_of_the_path(github: GitHubStandIn, people: GitHubPeople) -> None:
    assert people.address("../user").email == ""
    assert all(path.startswith("/users/") or path == "/" for path in calls(github))


def test_an_app_may_look_too() -> None:
    with GitHubStandIn(amended(demo(), {"app": installed()})) as github:
        people = GitHubPeople("github", settings_for(github))
        assert people.address("lena-lead").email == "lena@acme.example"
        people.close()


def test_a_wrong_token_is_an_error_that_does_not_name_it(github: GitHubStandIn) -> None:
    people = GitHubPeople("github", Config(url=github.url, token=Secret(("ghp_wrong",), "env/GITHUB_TOKEN")))
    with pytest.raises(Unauthorised) as caught:
        people.address("lena-lead")
    people.close()
    assert "ghp_wrong" not in str(caught.value)


def test_without_a_tracker_nobody_can_be_asked() -> None:
    assert INTEGRATION.people is not None
    with pytest.raises(Unauthorised, match="only to callers with a token"):
        INTEGRATION.people(None)


def test_the_settings_of_a_tracker_make_it(github: GitHubStandIn) -> None:
    assert INTEGRATION.people is not None
    people = INTEGRATION.people(TrackerSettings("gh", "github", settings_for(github)))
    assert people.address("paolo-pay").email == "paolo@acme.example"
    people.close()
