"""Every request that the Sentry client can send to today's Sentry is as the published specification says.

What the specification leaves out (notes; the root) is counted as outside, not as checked. The dialects of old are not
held to it: they are no part of what it describes.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.contract.sentry import Contract, Said, Spoken, contract, needs_specs
from tests.integrations.sentry.opening import OLD_AND_NEW, close_all, key, source_of
from vedette.model.issues import CountSpan
from vedette.model.policies import Policy, When
from vedette.model.tickets import TicketRef
from vedette.ports.http import Fence
from vedette.sandbox.sentry import SentryStandIn

TICKET = TicketRef("jira", "WB-7", "10007", "https://acme.example.test/browse/WB-7")
#: The operations that the client must have used, or the test has not looked at them.
USED = {
    "organizations/{organization_id_or_slug}/",
    "organizations/{organization_id_or_slug}/issues/",
    "organizations/{organization_id_or_slug}/issues/{issue_id}/",
    "organizations/{organization_id_or_slug}/issues/{issue_id}/events/{event_id}/",
    "organizations/{organization_id_or_slug}/issues/{issue_id}/external-issues/",
    "organizations/{organization_id_or_slug}/projects/",
    "organizations/{organization_id_or_slug}/sentry-app-installations/",
    "organizations/{organization_id_or_slug}/shortids/{issue_id}/",
    "sentry-app-installations/{uuid}/external-issues/",
}


def work(sentry: SentryStandIn) -> None:
    """Everything that the client can ask of today's Sentry, in every variant of its parameters."""
    one, two = sentry.seed(OLD_AND_NEW, {"count": 60, "project": "search"})
    source, now = source_of(sentry), datetime.now(UTC)
    for window in (None, timedelta(hours=24), timedelta(minutes=5)):
        assert source.issue(key(one), window=window, now=now)
    assert source.latest(key(one))
    assert source.issue(key(999_999), window=None, now=now) is None
    assert source.resolve_reference("SEARCH-1") == key(two)
    whens = (
        When(),
        When(last_seen_within=None),
        When(events_over=50, users_over=1, levels=frozenset({"error"})),
        When(events_over=50, span=CountSpan.LIFETIME, last_seen_within=timedelta(minutes=90)),
        When(environments=frozenset({"production", "staging"})),
    )
    for when in whens:
        for projects in ((), ("checkout",), ("checkout", "search")):
            list(source.sweep(Policy("p", when=when), projects=projects, now=now))
    many = sentry.seed(*({"count": 2} for _ in range(120)))
    # A sweep looks at what came before its own `now`.
    assert len(list(source.sweep(Policy("p"), projects=(), now=datetime.now(UTC)))) == len(many) + 2
    for _ in range(2):
        source.note(key(one), text=f"Ticket WB-7: {TICKET.url}", ticket=TICKET, fence=Fence.after(20))
    assert all(finding.ok for finding in source.check())


@needs_specs
def test_every_request_of_the_client_is_as_specified(say: Callable[[str], None]) -> None:
    checker = contract()
    with SentryStandIn(recording=True) as sentry:
        work(sentry)
        close_all()
        spoken = [each for each in sentry.exchanges() if not each.path.startswith("/_standin")]
    problems = [f"{each.method} {each.path}?{each.query}: {found}" for each in spoken for found in told(checker, each)]
    assert problems == []
    checked = [each for each in spoken if checker.knows(each)]
    used = {checker.operation(each).partition(" ")[2].removeprefix("/api/0/") for each in checked}
    assert used >= USED
    say(f"Sentry client: {len(checked)} of {len(spoken)} requests checked against {len(used)} operations")


def told(checker: Contract, each: Spoken) -> list[str]:
    return checker.request_problems(each) if checker.knows(each) else []


LIST = ("GET", "/api/0/organizations/acme/issues/")
LINK = ("POST", "/api/0/sentry-app-installations/u/external-issues/")


@needs_specs
@pytest.mark.parametrize(
    ("operation", "query", "body", "is_sound"),
    [
        (LIST, "limit=100&start=2031-03-14T09:26:53Z", b"", True),
        (LIST, "limit=many", b"", False),
        (LIST, "start=yesterday", b"", False),
        (LINK, "", b'{"issueId": 4711, "webUrl": "x", "project": "WB", "identifier": "7"}', True),
        (LINK, "", b'{"issueId": "4711", "webUrl": "x", "project": "WB", "identifier": "7"}', False),
    ],
)
def test_a_wrong_request_would_be_told(operation: tuple[str, str], query: str, body: bytes, is_sound: bool) -> None:
    method, path = operation
    headers = {"authorization": "Bearer t", "content-type": "application/json"}
    said = Said(method=method, path=path, query=query, headers=headers, body=body)
    assert (contract().request_problems(said) == []) is is_sound
