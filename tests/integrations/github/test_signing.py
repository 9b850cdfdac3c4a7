"""An App signs in by a short statement, keeps its token while it is good, and gets another before and after it ends."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from tests.conformance.trackers import draft_of, fence
from tests.integrations.github.standing import GitHubCase, installed, pem, settings_for, standing
from vedette.errors import Refused, Unauthorised
from vedette.integrations.github import Config, GitHubTracker
from vedette.integrations.github.signing import statement
from vedette.model.secret import Secret
from vedette.sandbox.github import GitHubStandIn, Kind, amended, demo

SIGN_IN = "POST /app/installations/77/access_tokens"


@pytest.fixture
def case() -> Iterator[GitHubCase]:
    with standing(amended(demo(), {"app": installed()}), timeout=5.0) as running:
        yield running


class Watch:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.moment


def tracker_of(github: GitHubStandIn, *, now: Watch | None = None, **changes: Any) -> GitHubTracker:
    """A tracker of the App, with keys of its settings changed."""
    config = settings_for(github).model_copy(update=changes)
    return GitHubTracker("github", config, timeout=timedelta(seconds=5), now=now or Watch())


def test_one_token_serves_until_shortly_before_it_ends(case: GitHubCase) -> None:
    watch = Watch()
    tracker = tracker_of(case.github, now=watch)
    asked = []
    for number, later in enumerate((0, 30, 24, 2), start=1):
        watch.moment += timedelta(minutes=later)
        tracker.watermark(draft_of(case, number), known=())
        asked.append(case.calls().count(SIGN_IN))
    # The token lasts an hour and is not used in its last five minutes.
    assert asked == [1, 1, 1, 2]
    tracker.close_connections()


def test_a_token_that_was_revoked_is_replaced_at_once(case: GitHubCase) -> None:
    case.tracker.create(draft_of(case, 1), fence=fence())
    desk = case.github._server.desk
    case.github.on_loop(lambda _: desk.keys.tokens.clear())  # type: ignore[attr-defined]
    case.tracker.create(draft_of(case, 2), fence=fence())
    assert len(case.held()) == 2
    assert case.calls().count(SIGN_IN) == 2


def test_the_statement_is_backdated_and_short_so_that_clocks_may_differ(case: GitHubCase) -> None:
    claims = jwt.decode(statement(settings_for(case.github)), options={"verify_signature": False})
    now = datetime.now(UTC).timestamp()
    assert claims["iss"] == "4242"
    assert 50 <= now - claims["iat"] <= 70
    assert claims["exp"] - claims["iat"] <= 600


def test_a_fresh_token_that_is_refused_too_is_told_and_nothing_is_created(case: GitHubCase) -> None:
    case.github.fault(Kind.UNAUTHORISED, on="create", times=2)
    with pytest.raises(Unauthorised, match="POST /repos/acme/workbench/issues answered 401: Bad credentials"):
        case.tracker.create(draft_of(case), fence=fence())
    assert case.held() == []
    assert case.calls().count(SIGN_IN) == 2


@pytest.mark.parametrize(
    ("changes", "error", "sentence"),
    [
        ({"app_id": "1"}, Unauthorised, "Integration not found"),
        ({"installation_id": "78"}, Refused, "POST /app/installations/78/access_tokens answered 404"),
        ({"private_key": Secret(("no key",), "env/KEY")}, Unauthorised, "give the PEM file that GitHub generated"),
    ],
)
def test_a_wrong_app_is_told_and_nothing_is_created(
    case: GitHubCase, changes: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    tracker = tracker_of(case.github, **changes)
    with pytest.raises(error, match=sentence) as told:
        tracker.create(draft_of(case), fence=fence())
    assert "PRIVATE KEY" not in str(told.value)
    assert case.held() == []
    tracker.close_connections()


def test_an_enterprise_server_is_reached_below_its_prefix(case: GitHubCase) -> None:
    """The stand-in has no prefix, so that only where the request went can be told."""
    config = Config(url=f"{case.github.url}/api/v3/", token=Secret(("ghp_sandbox",), "env/T"))
    assert config.url == f"{case.github.url}/api/v3"
    tracker = GitHubTracker("github", config, timeout=timedelta(seconds=5))
    with pytest.raises(Refused, match=r"GET /repos/acme/workbench/issues answered 404"):
        tracker.watermark(draft_of(case), known=())
    tracker.close_connections()


def test_the_key_stands_nowhere_that_people_look(case: GitHubCase) -> None:
    for thing in (case.tracker, settings_for(case.github)):
        assert "PRIVATE KEY" not in repr(thing)
        assert pem() not in str(thing)
