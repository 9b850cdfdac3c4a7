"""Who waits for access, which keys there are, and who talks most."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integrations.sentry.opening import roster_of
from vedette.errors import Refused, Unauthorised, Unavailable
from vedette.model.org import Ask, Talkativeness
from vedette.ports.http import Fence
from vedette.sandbox.sentry import Dialect, SentryStandIn, StandInConfig

JSON = {"content-type": "application/json"}


def at_once() -> None:
    """Every call may be made at once."""


@pytest.fixture
def waiting(modern: SentryStandIn) -> SentryStandIn:
    """Somebody waits for a team, somebody asks to come in, and somebody is proposed."""
    modern.roster(
        members=[
            {"email": "Lin@Example.test", "name": "Lin Po"},
            {"email": "asks@example.test", "status": "requested_to_join", "role": "member"},
            {
                "email": "new@example.test",
                "status": "requested_to_be_invited",
                "inviter": "tor@example.test",
                "teams": ["search"],
                "role": "manager",
            },
        ],
        accessRequests=[{"email": "Lin@Example.test", "team": "search", "requester": "tor@example.test"}],
    )
    return modern


def test_whoever_waits_is_told(waiting: SentryStandIn) -> None:
    team, proposed, asks = roster_of(waiting).requests(pace=at_once)
    assert (team.ask, team.email, team.name, team.team) == (Ask.JOIN_TEAM, "Lin@Example.test", "Lin Po", "search")
    assert team.requester == "tor@example.test"
    assert (proposed.ask, proposed.email, proposed.team, proposed.role) == (
        Ask.INVITE,
        "new@example.test",
        "search",
        "manager",
    )
    assert proposed.requester == "Tor Triage"
    assert proposed.asked_at is not None
    assert (asks.ask, asks.email, asks.name) == (Ask.JOIN_ORGANIZATION, "asks@example.test", "")


@pytest.mark.parametrize("approve", [True, False])
def test_every_request_is_answered_once_and_again_is_no_error(waiting: SentryStandIn, approve: bool) -> None:
    roster = roster_of(waiting)
    for request in roster.requests(pace=at_once):
        for _ in range(2):
            roster.answer(request, approve=approve, fence=Fence.after(20))
    assert list(roster.requests(pace=at_once)) == []
    people = waiting.roster()["members"]
    assert ("asks@example.test" in people, "new@example.test" in people) == (approve, approve)
    lin = next(row for row in waiting.world.roster.members.values() if row.email == "Lin@Example.test")
    assert bool(lin.teams) == approve


@pytest.mark.parametrize("dialect", [Dialect.SENTRY9, Dialect.GLITCHTIP])
def test_where_there_is_no_list_nobody_waits(dialect: Dialect) -> None:
    with SentryStandIn(StandInConfig(dialect=dialect)) as sentry:
        assert list(roster_of(sentry).requests(pace=at_once)) == []


def test_odd_requests_are_read_tolerantly(modern: SentryStandIn) -> None:
    rows = [{"id": "7", "member": None, "team": [], "requester": {}}, {"member": {"email": "x@example.test"}}]
    modern.faults(
        faults=[
            {"kind": "status", "path": "access-requests/$", "status": 200, "body": json.dumps(rows), "headers": JSON}
        ]
    )
    (found,) = roster_of(modern).requests(pace=at_once)
    assert (found.id, found.email, found.team, found.requester) == ("7", "", "", "")


def test_an_answer_that_may_not_be_given_is_told(waiting: SentryStandIn) -> None:
    roster = roster_of(waiting)
    request = roster.requests(pace=at_once)[0]
    waiting.roster(scopes={"stand-in-token": ["org:read", "member:read"]})
    with pytest.raises(Unauthorised):
        roster.answer(request, approve=True, fence=Fence.after(20))


# --- keys ---


def test_the_public_address_of_a_key_is_told_and_never_the_secret_one(sentry: SentryStandIn) -> None:
    (key,) = roster_of(sentry).keys("search", pace=at_once)
    assert (key.project, key.dsn, key.active) == ("search", sentry.dsn("search"), True)
    assert key.label
    assert "sentry_key=" in key.security
    (row,) = sentry.world.roster.projects[12].keys
    assert row.secret
    assert row.secret not in repr(key)


def test_all_keys_are_told_by_project(sentry: SentryStandIn) -> None:
    keys = roster_of(sentry).keys("", pace=at_once)
    assert [(key.project, key.dsn) for key in keys] == [
        (slug, sentry.dsn(slug)) for slug in ("checkout", "external-api", "search")
    ]


def test_keys_that_are_switched_off_are_marked(modern: SentryStandIn) -> None:
    modern.world.roster.projects[12].keys[0].active = False
    (key,) = roster_of(modern).keys("search", pace=at_once)
    assert not key.active


def test_where_there_is_no_list_of_all_keys_each_project_is_asked(modern: SentryStandIn) -> None:
    modern.faults(
        faults=[{"kind": "status", "path": "project-keys/$", "status": 404, "headers": {"content-type": "text/html"}}]
    )
    gone = {
        "kind": "status",
        "path": "projects/acme/search/keys/$",
        "status": 404,
        "body": '{"detail": "gone"}',
        "headers": JSON,
    }
    modern.faults(faults=[gone])
    assert [key.project for key in roster_of(modern).keys("", pace=at_once)] == ["checkout", "external-api"]


def test_a_project_that_is_not_there_is_refused(modern: SentryStandIn) -> None:
    with pytest.raises(Refused, match="404"):
        roster_of(modern).keys("nowhere", pace=at_once)


@pytest.mark.parametrize("dsn", ["https://a:secret@x.test/1", "https://[bad", "", None, {"x": 1}])
def test_an_address_with_a_password_in_it_is_not_handed_out(modern: SentryStandIn, dsn: Any) -> None:
    rows = [{"id": "a", "projectId": 12, "label": "x", "dsn": {"public": dsn}}]
    modern.faults(
        faults=[{"kind": "status", "path": "search/keys/$", "status": 200, "body": json.dumps(rows), "headers": JSON}]
    )
    assert list(roster_of(modern).keys("search", pace=at_once)) == []


# --- talkers ---


@pytest.fixture(params=[Dialect.SENTRY, Dialect.GLITCHTIP])
def counted(request: pytest.FixtureRequest) -> Iterator[SentryStandIn]:
    """A server that counts: 30 events in search, 5 in checkout, none in external-api."""
    with SentryStandIn(StandInConfig(dialect=request.param)) as sentry:
        at = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
        sentry.seed(
            {"project": "search", "arrivals": [{"at": at, "count": 30}]},
            {"project": "checkout", "arrivals": [{"at": at, "count": 5}]},
        )
        yield sentry


def test_every_project_is_told_the_loudest_first(counted: SentryStandIn) -> None:
    now = datetime.now(UTC)
    found = roster_of(counted).talkers(
        since=now - timedelta(hours=24), until=now, every=timedelta(hours=1), pace=at_once
    )
    assert list(found) == [Talkativeness("search", 30), Talkativeness("checkout", 5), Talkativeness("external-api", 0)]


def test_dropped_events_are_told_apart(modern: SentryStandIn) -> None:
    now = datetime.now(UTC)
    hour = (now - timedelta(hours=3)).replace(minute=0, second=0, microsecond=0)
    modern.outcomes({"project": 12, "at": hour.isoformat(), "outcome": "rate_limited", "quantity": 9})
    found = roster_of(modern).talkers(
        since=now - timedelta(hours=24), until=now, every=timedelta(hours=1), pace=at_once
    )
    assert found[0] == Talkativeness("search", 0, 9)


def test_counts_that_cannot_be_read_are_refused(modern: SentryStandIn) -> None:
    body = {"groups": [{"by": {"project": 12, "outcome": "accepted"}, "totals": {}}]}
    modern.faults(
        faults=[{"kind": "status", "path": "stats_v2/$", "status": 200, "body": json.dumps(body), "headers": JSON}]
    )
    now = datetime.now(UTC)
    with pytest.raises(Unavailable, match="cannot be read whole"):
        roster_of(modern).talkers(since=now - timedelta(hours=1), until=now, every=timedelta(hours=1), pace=at_once)


def test_an_old_server_that_does_not_count_says_so() -> None:
    now = datetime.now(UTC)
    with SentryStandIn(StandInConfig(dialect=Dialect.SENTRY9)) as sentry, pytest.raises(Refused, match="Sentry 9"):
        roster_of(sentry).talkers(since=now, until=now, every=timedelta(hours=1), pace=at_once)
