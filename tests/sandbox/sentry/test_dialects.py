"""Old Sentry and GlitchTip answer in their own ways."""

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from vedette.sandbox.sentry import Dialect, SentryStandIn, StandInConfig
from vedette.sandbox.sentry.hooks import tls


@pytest.fixture
def glitchtip() -> Iterator[SentryStandIn]:
    with SentryStandIn(StandInConfig(dialect=Dialect.GLITCHTIP)) as running:
        yield running


@pytest.fixture
def old() -> Iterator[SentryStandIn]:
    with SentryStandIn(StandInConfig(dialect=Dialect.SENTRY9)) as running:
        yield running


def ask(server: SentryStandIn, path: str, method: str = "GET", **words: Any) -> httpx2.Response:
    """One call on a connection of its own."""
    headers = {"Authorization": f"Bearer {server.token}"}
    return httpx2.request(method, f"{server.url}/api/0/{path}", headers=headers, trust_env=False, verify=tls(), **words)


def test_old_sentry_has_no_organisation_list(old: SentryStandIn) -> None:
    answer = ask(old, "organizations/acme/issues/")
    assert (answer.status_code, answer.json()["detail"]) == (500, "Internal Error")


def test_old_sentry_writes_milliseconds_and_lacks_new_keys(old: SentryStandIn) -> None:
    old.seed({"project": "search", "count": 3})
    (row,) = ask(old, "projects/acme/search/issues/").json()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", row["lastSeen"])
    assert row["count"] == "3"
    assert not {"substatus", "isUnhandled", "platform", "issueType"} & set(row)


@pytest.mark.parametrize(
    ("params", "status"),
    [({"sort": "bogus"}, 500), ({"cursor": "zzz"}, 500), ({"query": "timesSeen:>2"}, 200), ({"query": "a:((("}, 200)],
)
def test_old_sentry_breaks_or_finds_nothing_where_the_new_explains(
    old: SentryStandIn, params: dict[str, str], status: int
) -> None:
    old.seed({"project": "search"})
    answer = ask(old, "projects/acme/search/issues/", params=params)
    assert answer.status_code == status
    assert status == 500 or answer.json() == []


def test_old_sentry_knows_more_of_is_than_glitchtip(old: SentryStandIn) -> None:
    old.seed({"project": "search"})
    assert len(ask(old, "projects/acme/search/issues/", params={"query": "is:unassigned"}).json()) == 1


def test_old_sentry_closes_kept_connections_without_saying_so(old: SentryStandIn) -> None:
    headers = {"Authorization": f"Bearer {old.token}"}
    with httpx2.Client(base_url=old.url, headers=headers, trust_env=False, verify=tls()) as call:
        assert call.get("/api/0/organizations/acme/").status_code == 200
        with pytest.raises((httpx2.NetworkError, httpx2.RemoteProtocolError)):
            call.get("/api/0/organizations/acme/")
        assert call.get("/api/0/organizations/acme/").status_code == 200


def test_old_sentry_takes_no_envelope_but_a_bare_event(old: SentryStandIn) -> None:
    key = old.memory.projects["search"].key
    base = f"{old.url}/api/12"
    assert (
        httpx2.post(f"{base}/envelope/?sentry_key={key}", content=b"{}\n", trust_env=False, verify=tls()).status_code
        == 404
    )
    sent = httpx2.post(f"{base}/store/?sentry_key={key}", content=b'{"message":"hello"}', trust_env=False, verify=tls())
    assert sent.status_code == 200


def test_glitchtips_link_header_is_a_python_set_whose_first_cursor_is_missing(glitchtip: SentryStandIn) -> None:
    glitchtip.seed(*({"project": "search"} for _ in range(3)))
    link = ask(glitchtip, "organizations/acme/issues/", params={"limit": 2}).headers["Link"]
    assert link.startswith("{'<")
    assert link.endswith("'}")
    assert 'rel="previous"; results="false", <' in link
    cursor = re.search(r'rel="next"; results="true"; cursor="([^"]+)"', link)
    assert cursor
    rest = ask(glitchtip, "organizations/acme/issues/", params={"limit": 2, "cursor": cursor[1]})
    assert len(rest.json()) == 1


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "organizations/acme/issues/{n}/", 405, ""),
        ("GET", "issues/{n}/", 200, "CHECKOUT-1"),
        ("GET", "organizations/acme/issues/{n}/events/", 200, "<app-root>"),
        ("GET", "organizations/acme/events/", 200, "<app-root>"),
        ("GET", "nosuch/", 200, "<app-root>"),
        ("GET", "issues/4999/", 404, '{"detail":"Not Found"}'),
        ("GET", "issues/{n}/events/oldest/", 422, '"loc"'),
        ("GET", "organizations/acme/issues/?sort=date", 422, '"type"'),
        ("GET", "organizations/acme/issues/?query=timesSeen:>2", 200, "[]"),
        ("GET", "organizations/acme/issues/?query=is:unassigned", 200, "[]"),
        ("GET", "organizations/acme/issues/?project=-1", 200, "[]"),
        ("GET", "organizations/acme/issues/?sort=-count", 200, "CHECKOUT-1"),
    ],
)
def test_glitchtip_answers_in_its_own_way(
    glitchtip: SentryStandIn, method: str, path: str, status: int, words: str
) -> None:
    number = glitchtip.seed({"project": "checkout"})[0]
    answer = ask(glitchtip, path.format(n=number), method)
    assert answer.status_code == status
    assert words in answer.text


def test_glitchtips_issue_has_a_lifetime_count_no_assignee_and_its_own_link(glitchtip: SentryStandIn) -> None:
    number = glitchtip.seed(
        {"project": "checkout", "arrivals": [{"at": 1.9e9, "count": 4}, {"at": 1.8e9, "count": 5}]}
    )[0]
    (row,) = ask(glitchtip, "organizations/acme/issues/").json()
    assert row["count"] == "9"
    assert "assignedTo" not in row
    assert row["permalink"] == f"{glitchtip.url}/checkout/issues/{number}"


def test_glitchtips_events_are_snake_case_in_the_list_and_camel_case_alone(glitchtip: SentryStandIn) -> None:
    number = glitchtip.seed({"project": "checkout"})[0]
    (row,) = ask(glitchtip, f"issues/{number}/events/").json()
    assert row["group_id"] == str(number)
    assert ask(glitchtip, f"issues/{number}/events/latest/").json()["eventID"] == row["event_id"]


def test_glitchtip_wants_its_own_comment_and_breaks_on_an_assignee(glitchtip: SentryStandIn) -> None:
    number = glitchtip.seed({"project": "checkout"})[0]
    assert ask(glitchtip, f"issues/{number}/comments/", "POST", json={"text": "x"}).status_code == 422
    assert ask(glitchtip, f"issues/{number}/comments/", "POST", json={"data": {"text": "x"}}).status_code == 201
    assert ask(glitchtip, f"issues/{number}/", "PUT", json={"assignedTo": "user:1"}).status_code == 500


def test_glitchtip_still_shows_what_it_has_deleted(glitchtip: SentryStandIn) -> None:
    number = glitchtip.seed({"project": "checkout"})[0]
    assert ask(glitchtip, f"issues/{number}/", "DELETE").status_code == 204
    assert ask(glitchtip, f"issues/{number}/").status_code == 200
    assert ask(glitchtip, "organizations/acme/issues/", params={"query": ""}).json() == []


def test_glitchtip_refuses_credentials_in_its_own_words(glitchtip: SentryStandIn) -> None:
    answer = httpx2.get(f"{glitchtip.url}/api/0/organizations/acme/issues/", trust_env=False, verify=tls())
    assert (answer.status_code, answer.json()) == (401, {"detail": "Unauthorized"})
