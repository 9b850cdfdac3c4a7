"""The Source against the stand-in: every dialect, every fault, and what each of them means."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integrations.sentry.opening import OLD_AND_NEW, TOKEN, ago, key, source_of
from vedette.errors import RateLimited, Refused, Unauthorised, Unavailable, VedetteError
from vedette.integrations.sentry import INTEGRATION, SentrySource
from vedette.model.issues import CountSpan, Issue, IssueStatus
from vedette.model.secret import Secret
from vedette.model.settings import Dialect, SentryInstance
from vedette.ports.roles import Source
from vedette.sandbox.sentry import Dialect as Spoken
from vedette.sandbox.sentry import SentryStandIn, StandInConfig

DAY = timedelta(days=1)


def read(source: SentrySource, number: int, *, window: timedelta | None = DAY) -> Issue:
    found = source.issue(key(number), window=window, now=datetime.now(UTC))
    assert found is not None
    return found


def events(issue: Issue, span: CountSpan) -> int | None:
    count = issue.count(span)
    return None if count is None else count.events


def test_the_integration_makes_a_source(modern: SentryStandIn) -> None:
    assert INTEGRATION.source is not None
    made: Source = INTEGRATION.source(SentryInstance("main", modern.url, "acme", Secret((TOKEN,))))
    assert made.instance == "main"


def test_an_issue_has_its_count_in_the_window_and_over_its_life(sentry: SentryStandIn) -> None:
    (number,) = sentry.seed(OLD_AND_NEW | {"project": "search", "title": "KeyError: 'sku'"})
    found = read(source_of(sentry), number)
    assert (found.project, found.title, found.status) == ("search", "KeyError: 'sku'", IssueStatus.UNRESOLVED)
    assert (events(found, CountSpan.WINDOW), events(found, CountSpan.LIFETIME)) == (5, 105)
    assert found.first_seen is not None
    assert found.last_seen is not None
    assert found.last_seen - found.first_seen > 2 * DAY


def test_the_search_counts_exactly_where_the_hours_cannot(modern: SentryStandIn) -> None:
    now = datetime.now(UTC)
    near = [{"at": (now - DAY + timedelta(minutes=offset)).isoformat()} for offset in (-2, 2)]
    (number,) = modern.seed({"arrivals": near})
    assert events(read(source_of(modern), number), CountSpan.WINDOW) == 1


def test_a_quiet_window_is_an_explicit_zero(sentry: SentryStandIn) -> None:
    (number,) = sentry.seed({"count": 9, "lastSeen": ago(days=4)})
    assert events(read(source_of(sentry), number), CountSpan.WINDOW) == 0


def test_without_a_window_only_the_life_is_counted(sentry: SentryStandIn) -> None:
    (number,) = sentry.seed({"count": 9})
    found = read(source_of(sentry), number, window=None)
    assert [count.span for count in found.counts] == [CountSpan.LIFETIME]


def test_a_search_that_is_refused_leaves_the_hours_of_the_details(modern: SentryStandIn) -> None:
    (number,) = modern.seed(OLD_AND_NEW)
    modern.faults(faults=[{"kind": "status", "path": "acme/issues/$", "status": 400, "body": '{"detail": "no"}'}])
    count = read(source_of(modern), number).count(CountSpan.WINDOW)
    assert count is not None
    assert (count.events, count.source) == (5, "stats[24h], whole hours")


def test_a_resolved_issue_says_so(sentry: SentryStandIn) -> None:
    (number,) = sentry.seed({"count": 2, "status": "resolved"})
    assert read(source_of(sentry), number).status is IssueStatus.RESOLVED


def test_an_issue_that_is_gone_is_none(sentry: SentryStandIn) -> None:
    source = source_of(sentry)
    assert source.issue(key(999_999), window=DAY, now=datetime.now(UTC)) is None
    assert source.latest(key(999_999)) is None


def test_a_merged_issue_tells_what_it_became(modern: SentryStandIn) -> None:
    kept, merged = modern.seed({"count": 9}, {"count": 2})
    modern.memory.merge(modern.memory.issue(kept), [modern.memory.issue(merged)])  # type: ignore[arg-type, list-item]
    found = read(source_of(modern), merged)
    assert (found.key, found.merged_into, found.status) == (key(merged), key(kept), IssueStatus.GONE)


def test_a_mistyped_organisation_is_not_taken_for_deleted_issues(modern: SentryStandIn) -> None:
    with pytest.raises(Refused, match="no organisation acmee"):
        source_of(modern, organization="acmee").issue(key(1), window=None, now=datetime.now(UTC))


def test_the_latest_occurrence_comes_with_its_stack(sentry: SentryStandIn) -> None:
    (number,) = sentry.seed({"frames": ["shop/web.py", "shop/cart.py"], "release": "shop@9", "tags": {"tier": "gold"}})
    found = source_of(sentry).latest(key(number))
    assert found is not None
    assert [frame.filename for frame in found.faults[0].frames] == ["shop/web.py", "shop/cart.py"]
    assert (found.release, found.environment) == ("shop@9", "production")
    assert ("tier", "gold") in found.tags


def test_references_are_resolved_by_the_server_where_they_must_be(sentry: SentryStandIn) -> None:
    (number,) = sentry.seed({"project": "checkout"})
    source = source_of(sentry)
    assert source.resolve_reference(str(number)) == key(number)
    assert source.resolve_reference(f"{sentry.url}/organizations/acme/issues/{number}/events/ab/?x=1") == key(number)
    assert source.resolve_reference("https://elsewhere.example.test/issues/1/") is None
    assert source.resolve_reference("CHECKOUT-999") is None


@pytest.mark.parametrize("text", ["CHECKOUT-1", "checkout-1", "main/CHECKOUT-1"])
@pytest.mark.parametrize("dialect", [Spoken.SENTRY, Spoken.SENTRY9])
def test_a_short_id_is_looked_up(text: str, dialect: Spoken) -> None:
    with SentryStandIn(StandInConfig(dialect=dialect)) as sentry:
        (number,) = sentry.seed({"project": "checkout"})
        assert source_of(sentry).resolve_reference(text) == key(number)


FAULTS: list[tuple[dict[str, Any], type[VedetteError], str]] = [
    ({"kind": "brownout"}, Unavailable, "410"),
    ({"kind": "status", "status": 503}, Unavailable, "503"),
    ({"kind": "status", "status": 401, "body": '{"detail": "Invalid token"}'}, Unauthorised, "Invalid token"),
    ({"kind": "status", "status": 403, "body": '{"detail": "You do not have permission"}'}, Unauthorised, "scopes"),
    ({"kind": "status", "status": 400, "body": '{"detail": "Invalid cursor parameter."}'}, Refused, "Invalid cursor"),
    ({"kind": "html"}, Unauthorised, "dialect:"),
    ({"kind": "truncate"}, Unavailable, "connection"),
    ({"kind": "reset"}, Unavailable, "connection"),
    ({"kind": "hang", "seconds": 3}, Unavailable, "in time"),
]


@pytest.mark.parametrize(("fault", "error", "words"), FAULTS, ids=lambda value: str(value)[:30])
def test_each_fault_is_an_error_by_remedy_without_any_secret(
    modern: SentryStandIn, fault: dict[str, Any], error: type[VedetteError], words: str
) -> None:
    (number,) = modern.seed({})
    modern.faults(faults=[fault | {"path": "/api/0/"}])
    with pytest.raises(error, match=words) as caught:
        source_of(modern, timeout=timedelta(seconds=1)).latest(key(number))
    assert TOKEN not in str(caught.value)
    assert "sentry main" in str(caught.value)


def test_a_limit_without_retry_after_waits_for_its_reset(modern: SentryStandIn) -> None:
    (number,) = modern.seed({})
    modern.faults(faults=[{"kind": "rate_limit", "path": "/events/latest/"}])
    with pytest.raises(RateLimited, match="too frequently") as caught:
        source_of(modern).latest(key(number))
    assert caught.value.wait is not None
    assert 1 <= caught.value.wait <= 120


def test_a_limit_that_says_nothing_waits_for_nobody_knows_how_long(modern: SentryStandIn) -> None:
    body = '"You are attempting to use this endpoint too frequently. Limit is 3 requests in 1 seconds"'
    modern.faults(faults=[{"kind": "status", "status": 429, "body": body, "path": "/events/latest/"}])
    with pytest.raises(RateLimited, match="3 requests in 1 seconds") as caught:
        source_of(modern).latest(key(1))
    assert caught.value.wait is None


def test_a_stale_connection_is_tried_once_more(modern: SentryStandIn) -> None:
    (number,) = modern.seed({})
    source = source_of(modern)
    assert source.latest(key(number)) is not None
    modern.faults(faults=[{"kind": "stale", "times": 1}])
    assert source.latest(key(number)) is not None


def test_a_server_of_another_dialect_is_told_by_name() -> None:
    with SentryStandIn(StandInConfig(dialect=Spoken.GLITCHTIP)) as glitchtip:
        (number,) = glitchtip.seed({})
        with pytest.raises(VedetteError) as caught:
            source_of(glitchtip, dialect=Dialect.SENTRY).latest(key(number))
        assert "dialect" in str(caught.value)
