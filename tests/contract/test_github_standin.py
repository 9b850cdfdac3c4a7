"""The stand-in GitHub speaks as the published specification says, wherever that says something."""

from collections.abc import Callable, Iterator

import pytest

from tests.contract.github import UNCHECKED, contract, needs_specs, operation, probes
from tests.contract.openapi import unnamed
from tests.integrations.github.standing import installed
from tests.sandbox.github.asking import WORKBENCH, Asking
from tests.sandbox.github.test_keys import PATH, stated
from vedette.sandbox.github import Exchange, GitHubStandIn, amended, demo
from vedette.sandbox.github.server import operations

pytestmark = needs_specs
SIGN_IN = "POST /app/installations/{}/access_tokens"


def everything(asking: Asking) -> None:
    """Call every operation of an account at least once, in the ways that a ticketing client would."""
    made = asking.create(body="words", labels=["bug"], assignees=["lena-lead"], milestone=1, type="Bug")
    assert made["milestone"]["title"] == "Autumn"
    asking.create(title="bare")
    asking.control("pull", project="acme/workbench")
    path = f"{WORKBENCH}/issues/1"
    asking.ok("GET", path)
    asking.ok("POST", f"{path}/comments", json={"body": "again"})
    asking.ok("GET", f"{path}/comments", params={"per_page": 100, "page": 1})
    asking.ok("POST", f"{path}/labels", json={"labels": ["sentry"]})
    for body in ({"state": "closed", "state_reason": "not_planned"}, {"state": "open"}, {"state": "closed"}):
        asking.ok("PATCH", path, json=body)
    query = {"state": "all", "sort": "updated", "direction": "asc", "creator": "vedette-bot", "per_page": 100}
    asking.ok("GET", f"{WORKBENCH}/issues", params={**query, "since": "2026-01-01T00:00:00Z", "labels": "bug"})
    asking.ok("GET", "/issues", params={"filter": "created", "state": "all"})
    asking.ok("GET", "/search/issues", params={"q": "Boom"})
    surroundings(asking)
    asking.control("move", key="acme/workbench#1", project="acme/payments")
    assert asking.ask("GET", path).status_code == 301
    assert asking.ok("GET", "/repositories/502/issues/1")["number"] == 1


def surroundings(asking: Asking) -> None:
    """What surrounds issues."""
    for path in ("", "/labels", "/labels/bug", "/milestones"):
        asking.ok("GET", WORKBENCH + path)
    assert asking.ask("GET", f"{WORKBENCH}/assignees/lena-lead").status_code == 204
    for path in ("/user", "/user/repos", "/rate_limit", "/users/lena-lead", "/users/onno-oncall", "/users/acme"):
        asking.ok("GET", path)


def as_app(github: GitHubStandIn) -> None:
    """Call what only an App does."""
    with Asking(github.url, "") as app:
        app.client.headers.update(stated())
        app.ok("GET", "/app")
        token = app.ok("POST", PATH)["token"]
    with Asking(github.url, token) as asking:
        asking.ok("GET", "/installation/repositories")
        asking.create(body="words")


@pytest.fixture(scope="module")
def exchanges() -> Iterator[list[Exchange]]:
    """Everything that a full tour said over the wire."""
    with GitHubStandIn(demo(), recording=True) as github, Asking.of(github) as asking:
        everything(asking)
        spoken = github.exchanges()
    with GitHubStandIn(amended(demo(), {"app": installed()}), recording=True) as github:
        as_app(github)
        yield [*spoken, *github.exchanges()]


def test_every_exchange_agrees_with_the_specification(exchanges: list[Exchange], say: Callable[[str], None]) -> None:
    contract().check_all(exchanges)
    say(contract().report())
    assert len({operation(each) for each in exchanges if contract().knows(each)}) >= 10


def test_every_operation_of_the_stand_in_was_called(exchanges: list[Exchange]) -> None:
    declared = {unnamed(f"{method} {path}") for method, path in operations()} | {SIGN_IN}
    assert {operation(each) for each in exchanges} == declared


def test_what_the_specification_lacks_is_known_by_name(exchanges: list[Exchange]) -> None:
    assert {operation(each) for each in exchanges if not contract().knows(each)} == UNCHECKED


def test_a_wrong_body_answer_or_status_of_every_operation_is_noticed(
    exchanges: list[Exchange], say: Callable[[str], None]
) -> None:
    checker = contract()
    known = [each for each in exchanges if checker.knows(each) and each.status < 300]
    firsts = {checker.operation(each): each for each in reversed(known)}
    missed, ran = [], 0
    for name, each in firsts.items():
        for probe in probes(each):
            ran += 1
            if not checker.problems(probe):
                missed.append(f"{name}: {probe.status} {probe.body!r} {probe.answer_body[:40]!r}")
    say(f"stand-in GitHub: {ran} negative probes over {len(firsts)} operations")
    assert missed == []


def test_refusals_have_the_one_shape_of_github() -> None:
    with GitHubStandIn(demo(), recording=True) as github, Asking.of(github) as asking:
        asking.creating(title="x" * 300)
        asking.ask("POST", f"{WORKBENCH}/issues", content=b"{")
        asking.ask("GET", f"{WORKBENCH}/issues/9")
        asking.control("faults", kind="limit-seconds", on="create")
        asking.creating()
        asking.create()
        asking.control("delete", key="acme/workbench#1")
        asking.ask("GET", f"{WORKBENCH}/issues/1")
        with Asking(github.url, "wrong") as stranger:
            stranger.ask("GET", "/user")
            stranger.ask("GET", "/users/lena-lead")
        asking.ask("GET", "/users/nobody-here")
        refused = [each for each in github.exchanges() if each.status >= 400]
    assert [each.status for each in refused] == [422, 400, 404, 410, 401, 401, 404]
    contract().check_all(refused)
