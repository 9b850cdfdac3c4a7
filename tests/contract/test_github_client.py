"""Every request that the GitHub client can send is one that the published specification knows, where it knows it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.conformance.trackers import document, draft_of, fence
from tests.contract.github import UNCHECKED, Said, contract, needs_specs, operation
from tests.contract.openapi import paths_in, unnamed
from tests.integrations.github.standing import NOWHERE, GitHubCase, installed, settings_for, standing
from vedette.integrations.github import GitHubPeople, client, signing
from vedette.model.tickets import TicketRef
from vedette.sandbox.github import Exchange, amended, demo

pytestmark = needs_specs


def tour(case: GitHubCase) -> None:
    """Do everything that a tracker does, in every way that sends another request."""
    tracker, draft = case.tracker, draft_of(case)
    now = datetime.now(UTC)
    watermark = tracker.watermark(draft, known=())
    ref = tracker.create(draft, fence=fence())
    tracker.look(draft, watermark=watermark, attempted_at=now)
    tracker.look(draft_of(case, 9), watermark=watermark, attempted_at=now)
    tracker.search(stamp=draft.stamp, link=draft.link)
    list(tracker.stamped(since=now))
    tracker.changed([ref], since=now)
    many = [tracker.create(draft_of(case, number), fence=fence()) for number in range(20, 25)]
    tracker.read([ref, *many, TicketRef("github", "acme/workbench#99", "99", "")])
    for _ in range(2):
        tracker.comment(ref, document(), marker="m-1", fence=fence())
    tracker.link(ref, url="https://acme.sentry.io/issues/77/", title="MERCHANT-77", fence=fence())
    # The create itself sets labels, assignee and marker; they are taken away so that mending writes them too.
    case.bare(many[0].key)
    tracker.mend(many[0], draft_of(case, 20), fence=fence())
    for status in ("Won't do", "completed", "open"):
        tracker.transition(ref, status=status, fence=fence())
    tracker.close(ref, fence=fence())
    tracker.reopen(ref, status="", fence=fence())
    case.move(ref)
    tracker.comment(ref, document(), marker="m-2", fence=fence())
    list(tracker.check([("vedette.yaml:7:3", each) for each in (case.route, NOWHERE)]))


def told(case: GitHubCase) -> list[Exchange]:
    """What a full tour said over the wire."""
    tour(case)
    people = GitHubPeople("github", settings_for(case.github))
    for login in ("lena-lead", "onno-oncall", "nobody-here"):
        people.address(login)
    people.close()
    return case.github.exchanges()


@pytest.fixture(scope="module")
def spoken() -> list[Exchange]:
    """What full tours by token and as an App said."""
    with standing() as by_token, standing(amended(demo(), {"app": installed()})) as as_app:
        return [*told(by_token), *told(as_app)]


def test_every_request_is_as_specified_and_every_answer_too(spoken: list[Exchange], say: Callable[[str], None]) -> None:
    checker = contract()
    known = [each for each in spoken if checker.knows(each)]
    assert [problem for each in known for problem in checker.request_problems(each)] == []
    checker.check_all(spoken)
    operations = {operation(each) for each in known}
    outside = {operation(each) for each in spoken} - operations
    say(
        f"GitHub client: {len(known)} of {len(spoken)} requests of {len(operations)} operations checked; "
        f"the specification lacks {', '.join(sorted(outside))}"
    )
    assert len(operations) >= 9


def test_what_is_not_checked_is_known_by_name(spoken: list[Exchange]) -> None:
    outside = {operation(each) for each in spoken if not contract().knows(each)}
    assert outside <= UNCHECKED
    # The stand-in has these for people who try it out; the tracker needs none of them.
    assert UNCHECKED - outside == {"GET /rate_limit", "GET /repos/{}/{}/labels"}


def test_the_tour_left_out_no_path_that_the_client_knows(spoken: list[Exchange]) -> None:
    called = {operation(each).partition(" ")[2] for each in spoken}
    known = {path for module in (client, signing) for path in map(unnamed, paths_in(module)) if path.strip("/")}
    assert len(known) >= 6
    assert known <= called


def test_the_search_is_never_asked(spoken: list[Exchange]) -> None:
    assert not any("search" in each.path for each in spoken)


def test_every_call_names_the_version_that_it_was_written_for(spoken: list[Exchange]) -> None:
    assert {each.headers.get("x-github-api-version") for each in spoken} == {"2022-11-28"}
    assert {each.headers.get("accept") for each in spoken} == {"application/vnd.github+json"}


def test_a_wrong_request_would_be_noticed(spoken: list[Exchange]) -> None:
    checker = contract()
    create = Said.of(next(each for each in spoken if each.method == "POST" and each.path.endswith("/issues")))
    body = json.loads(create.body)
    del body["title"]
    assert checker.request_problems(replace(create, body=json.dumps(body).encode())) != []
    assert checker.request_problems(replace(create, path=create.path + "s")) != []
    listed = Said.of(next(each for each in spoken if each.method == "GET" and "sort=created" in each.query))
    assert checker.request_problems(replace(listed, query="sort=age")) != []
