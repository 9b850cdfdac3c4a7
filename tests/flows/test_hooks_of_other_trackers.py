"""Asana shakes hands before it tells, Linear signs and dates what it tells; both end in one reading."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from tests.flows.conftest import Desk
from tests.flows.doors import door
from vedette.integrations.asana import Config as AsanaConfig
from vedette.integrations.github import Config as GitHubConfig
from vedette.integrations.linear import Config as LinearConfig
from vedette.model.policies import OnDone, Policy, When
from vedette.model.secret import Secret
from vedette.model.settings import Settings, TrackerSettings
from vedette.model.tickets import ClaimState, Route
from vedette.sandbox.asana.server import AsanaStandIn
from vedette.sandbox.github import GitHubStandIn
from vedette.sandbox.github import hooks as github_hooks
from vedette.sandbox.linear import hooks as linear_hooks
from vedette.sandbox.linear.server import LinearStandIn
from vedette.sandbox.sentry import payloads
from vedette.sandbox.stage.settings import amended
from vedette.sandbox.stage.telling import signature
from vedette.store import deliveries, handshakes, journal

BOARD, SECRET = "12001", "linear-hook-secret-01"
TOKEN, OTHER_TOKEN = "asana-path-token-0001", "asana-path-token-0000"


@pytest.fixture
def asana() -> Iterator[AsanaStandIn]:
    with AsanaStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def linear() -> Iterator[LinearStandIn]:
    with LinearStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def github() -> Iterator[GitHubStandIn]:
    with GitHubStandIn() as stand_in:
        yield stand_in


def with_tracker(settings: Settings, tracker: TrackerSettings, project: str) -> Settings:
    wish = Policy("default", when=When(events_over=50), on_done=OnDone.RESOLVE)
    route = Route(tracker.name, project)
    return replace(settings, trackers={tracker.name: tracker}, teams={}, default_route=route, policies=(wish,))


@pytest.fixture
def on_asana(desk: Desk, settings: Settings, asana: AsanaStandIn) -> Desk:
    config = AsanaConfig(workspace="1200", token=Secret((asana.config.token,), "env/A"), url=f"{asana.url}/api/1.0")
    tokens = Secret((TOKEN, OTHER_TOKEN), "env/P")
    tracker = TrackerSettings("board", "asana", config, rate_per_s=1000, concurrency=8, path_tokens=tokens)
    desk.app.reload(with_tracker(settings, tracker, BOARD))
    return desk


@pytest.fixture
def on_linear(desk: Desk, settings: Settings, linear: LinearStandIn) -> Desk:
    config = LinearConfig(token=Secret((linear.config.token,), "env/L"), url=f"{linear.url}/graphql")
    secret = Secret((SECRET,), "env/S")
    tracker = TrackerSettings("linear", "linear", config, rate_per_s=1000, concurrency=8, webhook_secret=secret)
    desk.app.reload(with_tracker(settings, tracker, "PAY"))
    return desk


@pytest.fixture
def on_github(desk: Desk, settings: Settings, github: GitHubStandIn) -> Desk:
    config = GitHubConfig(token=Secret((github.config.token,), "env/G"), url=github.url)
    secret = Secret((SECRET,), "env/S")
    tracker = TrackerSettings("github", "github", config, rate_per_s=1000, concurrency=8, webhook_secret=secret)
    desk.app.reload(with_tracker(settings, tracker, "acme/payments"))
    return desk


def opened(desk: Desk) -> str:
    desk.deliver(payloads.event_alert(desk.seed(lastSeen=datetime.now(UTC).timestamp() - 60)))
    desk.settle()
    (claim,) = desk.claims()
    assert claim.ticket is not None
    return claim.ticket.id


def post(url: str, body: bytes, headers: dict[str, str]) -> httpx2.Response:
    return httpx2.post(url, content=body, headers=headers, timeout=10, trust_env=False)


def subscribe(asana: AsanaStandIn, target: str, *, resource: str = BOARD) -> httpx2.Response:
    """As an operator does it: over Asana's interface, while the door is open."""
    asked = json.dumps({"data": {"resource": resource, "target": target}}).encode()
    return post(f"{asana.url}/api/1.0/webhooks", asked, {"authorization": f"Bearer {asana.config.token}"})


def complete(asana: AsanaStandIn, gid: str) -> None:
    post(f"{asana.url}/_standin/complete", json.dumps({"key": gid}).encode(), {})


def events(gid: str) -> bytes:
    resource = {"gid": gid, "resource_type": "task"}
    return json.dumps({"events": [{"action": "changed", "resource": resource}]}).encode()


def sentry_status(desk: Desk) -> str:
    found = desk.sentry.memory.issue("4512")
    assert found is not None
    return found.status


def test_a_task_that_a_person_completes_resolves_its_issue(on_asana: Desk, asana: AsanaStandIn) -> None:
    gid = opened(on_asana)
    with door(on_asana.app) as url:
        made = subscribe(asana, f"{url}/hooks/asana/board/{TOKEN}")
        assert made.status_code == 201
        complete(asana, gid)
        assert [told.status for told in asana.told()] == [200, 202]
    on_asana.settle()
    assert [claim.state for claim in on_asana.claims()] == [ClaimState.DONE]
    assert sentry_status(on_asana) == "resolved"


def test_the_handshake_is_written_down_and_its_secret_is_not(on_asana: Desk, asana: AsanaStandIn) -> None:
    with door(on_asana.app) as url:
        secret = subscribe(asana, f"{url}/hooks/asana/board/{TOKEN}").json()["X-Hook-Secret"]
    store = on_asana.app.store
    (entry,) = store.read(lambda tx: journal.search(tx, reason="handshake", limit=9))
    (kept,) = store.read(lambda tx: handshakes.of(tx, "board"))
    assert secret not in entry.sentence
    assert secret.encode() not in kept


def test_a_stranger_shakes_no_hands(on_asana: Desk, asana: AsanaStandIn) -> None:
    with door(on_asana.app) as url:
        for path in ("asana", "asana/board", "asana/board/not-the-token", f"asana/other/{TOKEN}"):
            answer = post(f"{url}/hooks/{path}", b"{}", {"X-Hook-Secret": "a-secret-of-mine"})
            assert (answer.status_code, "x-hook-secret" in answer.headers) == (401, False)
        assert subscribe(asana, f"{url}/hooks/asana/board").status_code == 400
    assert on_asana.app.store.read(lambda tx: handshakes.of(tx, "board")) == []


@pytest.mark.parametrize("offered", ["short", "x" * 201, "with space!", "caf\xe9-caf\xe9"])
def test_a_secret_that_is_none_is_refused(on_asana: Desk, offered: str) -> None:
    with door(on_asana.app) as url:
        headers = {"X-Hook-Secret": offered.encode("latin-1")}
        answer = httpx2.post(f"{url}/hooks/asana/board/{TOKEN}", headers=headers, trust_env=False)  # type: ignore[arg-type]
    assert answer.status_code == 401


def test_the_path_alone_is_not_enough_and_neither_is_another_paths_secret(on_asana: Desk, asana: AsanaStandIn) -> None:
    body = events("1")
    with door(on_asana.app) as url:
        here, there = f"{url}/hooks/asana/board/{TOKEN}", f"{url}/hooks/asana/board/{OTHER_TOKEN}"
        assert post(here, body, {"x-hook-signature": signature("anything", body)}).status_code == 401
        secret = subscribe(asana, here).json()["X-Hook-Secret"]
        headers = {"x-hook-signature": signature(secret, body)}
        answers = [post(here, body, {}), post(here, body + b" ", headers), post(there, body, headers)]
        assert [answer.status_code for answer in answers] == [401, 401, 401]
        assert post(here, body, headers).status_code == 202


def test_each_project_has_a_secret_of_its_own_and_all_hold(on_asana: Desk, asana: AsanaStandIn) -> None:
    body = events("1")
    with door(on_asana.app) as url:
        target = f"{url}/hooks/asana/board/{TOKEN}"
        agreed = [subscribe(asana, target, resource=each).json()["X-Hook-Secret"] for each in (BOARD, "12002")]
        for secret in agreed:
            assert post(target, body, {"x-hook-signature": signature(secret, body)}).status_code == 202


def test_an_issue_that_a_person_completes_in_linear_resolves_its_issue(on_linear: Desk, linear: LinearStandIn) -> None:
    issue = opened(on_linear)
    with door(on_linear.app) as url:
        hooks = {"hooks": [{"url": f"{url}/hooks/linear", "secret": SECRET}]}
        linear.on_loop(lambda state: state.configure(amended(state.config, hooks)))

        def finish(state: Any) -> None:
            found = state.issues[issue]
            done = next(each for each in state.teams[found.team].states if each.type == "completed")
            state.enter(found, done)

        linear.on_loop(finish)
        assert [told.status for told in linear.told()] == [202]
    on_linear.settle()
    assert [claim.state for claim in on_linear.claims()] == [ClaimState.DONE]
    assert sentry_status(on_linear) == "resolved"


@pytest.mark.parametrize(
    ("age", "change", "reason"),
    [
        (0, {}, "heard"),
        (-3_600_000, {}, "linear.stale"),
        (3_600_000, {}, "linear.stale"),
        (0, {"webhookTimestamp": None}, "linear.stale"),
        (0, {"webhookTimestamp": True}, "linear.stale"),
        (0, {"webhookTimestamp": 1e300}, "linear.stale"),
        (0, {"action": "create"}, "linear.Issue.create"),
        (0, {"type": "Comment"}, "linear.Comment.update"),
        (0, {"data": None}, "linear.Issue.update"),
    ],
)
def test_what_linear_sent_long_ago_or_about_something_else_is_kept_and_told_of(
    on_linear: Desk, age: int, change: dict[str, Any], reason: str
) -> None:
    issue = opened(on_linear)
    now = int(datetime.now(UTC).timestamp() * 1000) + age
    told = {"action": "update", "type": "Issue", "data": {"id": issue}, "webhookTimestamp": now} | change
    body = json.dumps(told).encode()
    with door(on_linear.app) as url:
        number = post(f"{url}/hooks/linear", body, linear_hooks.headers(body, secret=SECRET)).json()["delivery"]
    on_linear.settle()
    kept = on_linear.app.store.read(lambda tx: deliveries.get(tx, number))
    assert kept is not None
    assert kept.reason == reason


def test_an_issue_that_a_person_closes_in_github_resolves_its_issue(on_github: Desk, github: GitHubStandIn) -> None:
    opened(on_github)
    with door(on_github.app) as url:
        hooks = {"hooks": [{"url": f"{url}/hooks/github/github", "secret": SECRET}]}
        github.on_loop(lambda state: state.configure(amended(state.config, hooks)))

        def finish(state: Any) -> None:
            (found,) = state.issues.values()
            state.commit("edit", state.close(found, state="closed", reason="completed"))

        github.on_loop(finish)
        assert [told.status for told in github.told()] == [202]
    on_github.settle()
    assert [claim.state for claim in on_github.claims()] == [ClaimState.DONE]
    assert sentry_status(on_github) == "resolved"


@pytest.mark.parametrize(
    ("event", "told", "reason"),
    [
        ("ping", {"zen": "Keep it simple"}, "github.ping"),
        ("issue_comment", {"action": "created"}, "github.issue_comment.created"),
        ("issues", {"action": "opened"}, "github.issues.opened"),
        ("issues", {"action": "closed", "issue": {"number": 1}}, "github.issues.closed"),
        ("issues", ["closed"], "github.issues"),
    ],
)
def test_what_github_says_about_something_else_is_kept_and_told_of(
    on_github: Desk, event: str, told: Any, reason: str
) -> None:
    body = json.dumps(told).encode()
    with door(on_github.app) as url:
        headers = github_hooks.headers(body, secret=SECRET, event=event)
        number = post(f"{url}/hooks/github", body, headers).json()["delivery"]
    on_github.settle()
    kept = on_github.app.store.read(lambda tx: deliveries.get(tx, number))
    assert kept is not None
    assert (kept.state, kept.reason) == ("ignored", reason)


def test_a_hook_for_one_kind_of_tracker_opens_no_other(on_linear: Desk) -> None:
    body = b"{}"
    with door(on_linear.app) as url:
        headers = {"x-hub-signature": f"sha256={signature(SECRET, body)}", "linear-signature": signature("x", body)}
        answers = [post(f"{url}/hooks/{kind}/linear", body, headers) for kind in ("jira", "asana", "linear")]
    assert [answer.status_code for answer in answers] == [401, 401, 401]
