"""Every request that the Sentry client can send to today's Sentry is as the published specification says.

What the specification leaves out (notes; the root) is counted as outside, not as checked. The dialects of old are not
held to it: they are no part of what it describes.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.contract.sentry import Contract, Said, Spoken, contract, needs_specs
from tests.integrations.sentry.opening import OLD_AND_NEW, close_all, key, source_of
from vedette.errors import Unavailable
from vedette.model.issues import CountSpan
from vedette.model.metrics import Part, Question, Window
from vedette.model.policies import Policy, When
from vedette.model.tickets import TicketRef
from vedette.ports.http import Fence
from vedette.sandbox.sentry import SentryStandIn

TICKET = TicketRef("jira", "WB-7", "10007", "https://acme.example.test/browse/WB-7")
#: An event in a list whose bodies hold no stacks.
BARE = '[{"id": "0123456789abcdef0123456789abcdef", "dateCreated": "%s"}]'
#: The operations that the client must have used, or the test has not looked at them.
USED = {
    "organizations/{organization_id_or_slug}/events/",
    "organizations/{organization_id_or_slug}/events-timeseries/",
    "organizations/{organization_id_or_slug}/stats_v2/",
    "projects/{organization_id_or_slug}/{project_id_or_slug}/events/",
    "projects/{organization_id_or_slug}/{project_id_or_slug}/events/{event_id}/",
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
    count(sentry, one)


def count(sentry: SentryStandIn, number: int) -> None:
    """Everything that the monitor can ask, in every variant of its parameters."""
    source, start = source_of(sentry), datetime(2031, 3, 14, 9, tzinfo=UTC)
    hour = Window(start, start + timedelta(hours=1))
    heap = {"issue": number, "at": start.timestamp(), "weights": [130], "release": "a b", "tags": {"tier": "gold"}}
    sentry.pour(heap, *({"issue": other, "at": start.timestamp()} for other in sentry.seed(*[{}] * 150)))
    questions = (
        Question("main"),
        Question("main", projects=("checkout", "search"), environments=("production", "staging"), tags=("tier",)),
        Question("main", query="odd OR (level:error !odd)", levels=("error", "fatal"), releases=("a b", "c*")),
        Question("main", environments=("nowhere",), parts=frozenset({Part.TITLE, Part.CULPRIT, Part.MESSAGE})),
        Question("main", projects=("checkout",), parts=frozenset({Part.STACK}), query="level:error", events=True),
        Question("main", projects=("checkout",), parts=frozenset({Part.TAGS}), events=True),
    )
    for question in questions:
        for most in (10_000, 100):
            assert source.count(question, hour, pace=turn, most_rows=most).total in {0, 130, 280}
        source.totals(question, within=hour, every=timedelta(minutes=5), pace=turn)
    assert source.fresh([key(number)], pace=turn)
    assert source.outcomes(projects=("checkout",), within=hour, pace=turn)
    assert source.outcomes(projects=(), within=hour, pace=turn)
    bare = {"kind": "status", "path": "checkout/events/$", "status": 200, "times": 1, "body": BARE % start.isoformat()}
    sentry.faults(faults=[bare | {"headers": {"content-type": "application/json"}}])
    with pytest.raises(Unavailable, match="listed and cannot be read"):
        source.count(replace(questions[4], query=""), hour, pace=turn)


def turn() -> None:
    """Every call may be made at once."""


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
TABLE = ("GET", "/api/0/organizations/acme/events/")
SERIES = ("GET", "/api/0/organizations/acme/events-timeseries/")
STATS = ("GET", "/api/0/organizations/acme/stats_v2/")
EVENTS = ("GET", "/api/0/projects/acme/checkout/events/")
LINK = ("POST", "/api/0/sentry-app-installations/u/external-issues/")


@needs_specs
@pytest.mark.parametrize(
    ("operation", "query", "body", "is_sound"),
    [
        (LIST, "limit=100&start=2031-03-14T09:26:53Z", b"", True),
        (LIST, "limit=many", b"", False),
        (LIST, "start=yesterday", b"", False),
        (TABLE, "dataset=errors&field=count()&per_page=100&start=2031-03-14T09:26:53Z", b"", True),
        (TABLE, "dataset=errors&per_page=100", b"", False),
        (TABLE, "dataset=mistakes&field=count()", b"", False),
        (TABLE, "dataset=errors&field=count()&per_page=all", b"", False),
        (SERIES, "dataset=errors&yAxis=count()&interval=300", b"", True),
        (SERIES, "dataset=errors&yAxis=count()&interval=5m", b"", False),
        (SERIES, "yAxis=count()&interval=300", b"", False),
        (STATS, "groupBy=project&groupBy=reason&field=sum(quantity)&category=error", b"", True),
        (STATS, "groupBy=person&field=sum(quantity)", b"", False),
        (STATS, "groupBy=project&field=count()", b"", False),
        (STATS, "field=sum(quantity)", b"", False),
        (EVENTS, "full=true&start=2031-03-14T09:26:53Z", b"", True),
        (EVENTS, "full=please", b"", False),
        (EVENTS, "start=yesterday", b"", False),
        (LINK, "", b'{"issueId": 4711, "webUrl": "x", "project": "WB", "identifier": "7"}', True),
        (LINK, "", b'{"issueId": "4711", "webUrl": "x", "project": "WB", "identifier": "7"}', False),
    ],
)
def test_a_wrong_request_would_be_told(operation: tuple[str, str], query: str, body: bytes, is_sound: bool) -> None:
    method, path = operation
    headers = {"authorization": "Bearer t", "content-type": "application/json"}
    said = Said(method=method, path=path, query=query, headers=headers, body=body)
    assert (contract().request_problems(said) == []) is is_sound
