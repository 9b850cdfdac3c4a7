"""Sweeps find what is above the thresholds on the span that is meant, page by page, on every dialect."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.integrations.sentry.opening import OLD_AND_NEW, ago, source_of
from vedette.errors import RateLimited, Refused, Unavailable
from vedette.integrations.sentry.facts import Asked
from vedette.integrations.sentry.lists import rows
from vedette.integrations.sentry.sweeps import parameters, wanted
from vedette.integrations.sentry.talker import SentryTalker
from vedette.model.issues import Count, CountSpan, Issue, IssueKey, IssueStatus
from vedette.model.policies import Policy, When
from vedette.model.secret import Secret
from vedette.model.settings import Dialect, SentryInstance
from vedette.sandbox.sentry import Dialect as Spoken
from vedette.sandbox.sentry import SentryStandIn, StandInConfig

NOW = datetime(2031, 3, 14, 9, 27, 30, 250_000, tzinfo=UTC)
DAY = timedelta(days=1)


def swept(sentry: SentryStandIn, *projects: str, **when: Any) -> set[int]:
    policy = Policy("p", when=When(**when))
    found = source_of(sentry).sweep(policy, projects=projects, now=datetime.now(UTC))
    numbers = [int(issue.key.id) for issue in found]
    assert len(numbers) == len(set(numbers))
    return set(numbers)


def test_only_what_is_strictly_above_the_threshold_is_found(sentry: SentryStandIn) -> None:
    below, above = sentry.seed({"count": 50}, {"count": 51})
    assert swept(sentry, events_over=50) == {above}
    assert swept(sentry) == {below, above}


def test_resolved_and_old_issues_are_not_found(sentry: SentryStandIn) -> None:
    live, *_ = sentry.seed(
        {"count": 60},
        {"count": 60, "status": "resolved"},
        {"count": 60, "status": "ignored"},
        {"count": 60, "lastSeen": ago(days=2)},
    )
    assert swept(sentry, events_over=50) == {live}


def test_the_named_projects_alone_are_swept(sentry: SentryStandIn) -> None:
    one, two, _ = sentry.seed(*({"count": 60, "project": slug} for slug in ("checkout", "search", "external-api")))
    assert swept(sentry, "checkout", "search", events_over=50) == {one, two}


@pytest.mark.parametrize("dialect", [Spoken.SENTRY, Spoken.SENTRY9])
def test_a_threshold_speaks_of_the_window_or_of_the_whole_life(dialect: Spoken) -> None:
    with SentryStandIn(StandInConfig(dialect=dialect)) as sentry:
        (number,) = sentry.seed(OLD_AND_NEW)
        assert swept(sentry, events_over=50) == set()
        assert swept(sentry, events_over=4) == {number}
        assert swept(sentry, events_over=50, span=CountSpan.LIFETIME) == {number}


def test_where_only_the_life_is_known_it_decides() -> None:
    with SentryStandIn(StandInConfig(dialect=Spoken.GLITCHTIP)) as glitchtip:
        (number,) = glitchtip.seed(OLD_AND_NEW)
        assert swept(glitchtip, events_over=50) == {number}


def test_levels_are_kept_apart(sentry: SentryStandIn) -> None:
    error, _ = sentry.seed({"count": 60, "level": "error"}, {"count": 60, "level": "warning"})
    assert swept(sentry, levels=frozenset({"error", "fatal"})) == {error}


@pytest.mark.parametrize("dialect", [Spoken.SENTRY, Spoken.SENTRY9])
def test_environments_are_kept_apart(dialect: Spoken) -> None:
    with SentryStandIn(StandInConfig(dialect=dialect)) as sentry:
        live, _ = sentry.seed({"count": 60}, {"count": 60, "environment": "staging"})
        assert swept(sentry, events_over=50, environments=frozenset({"production"})) == {live}


def test_every_page_is_read_and_an_empty_one_that_was_promised_ends_it(sentry: SentryStandIn) -> None:
    numbers = sentry.seed(*({"count": 60} for _ in range(230)))
    assert swept(sentry, events_over=50) == set(numbers)


def test_a_server_without_sweeps_over_projects_is_asked_one_by_one(modern: SentryStandIn) -> None:
    one, two = modern.seed({"count": 60}, {"count": 60, "project": "search"})
    body = '{"detail": "You do not have the multi project stream feature enabled"}'
    modern.faults(faults=[{"kind": "status", "path": "acme/issues/$", "status": 400, "body": body, "times": 1}])
    assert swept(modern, "checkout", "search", events_over=50) == {one, two}


def test_an_unknown_project_is_told_in_the_log_and_the_others_are_swept(sentry: SentryStandIn) -> None:
    (number,) = sentry.seed({"count": 60})
    with capture_logs() as logs:
        assert swept(sentry, "checkout", "chekout", events_over=50) == {number}
    assert [line["projects"] for line in logs] == [["chekout"]]


def test_no_known_project_at_all_is_refused_with_those_there_are(sentry: SentryStandIn) -> None:
    with pytest.raises(Refused, match=r"no project chekout .*checkout, external-api, search"):
        swept(sentry, "chekout")


def test_a_limit_in_the_middle_is_waited_out(modern: SentryStandIn) -> None:
    (number,) = modern.seed({"count": 60})
    modern.faults(faults=[{"kind": "rate_limit", "path": "acme/issues/$", "times": 1}])
    assert swept(modern, events_over=50) == {number}


def test_a_failure_in_the_middle_is_not_a_short_list(modern: SentryStandIn) -> None:
    modern.seed(*({"count": 60} for _ in range(120)))
    # The first page comes, the second does not.
    modern.faults(
        faults=[
            {"kind": "slow", "path": "acme/issues/$", "seconds": 0, "times": 1},
            {"kind": "status", "path": "acme/issues/$", "status": 502},
        ]
    )
    with pytest.raises(Unavailable):
        swept(modern, events_over=50)


class _Scripted(SentryTalker):
    """A talker whose pages are told beforehand; everything around them is the real thing."""

    def __init__(self, *pages: Any) -> None:
        super().__init__(SentryInstance("main", "http://127.0.0.1:9", "acme", Secret(("t",))))
        self.close()
        self.pages = list(pages)
        self.asked: list[Any] = []

    def fetch(self, path: str, **params: Any) -> Any:
        self.asked.append(params.get("cursor"))
        page = self.pages.pop(0)
        if isinstance(page, Exception):
            raise page
        body, cursor = page
        link = f'<x>; rel="next"; results="true"; cursor="{cursor}"' if cursor else ""
        return body, type("Answered", (), {"headers": {"link": link}})()


def test_a_cursor_that_repeats_itself_ends_the_list() -> None:
    talker = _Scripted(([1], "a"), ([2], "a"), ([3], "a"))
    assert list(rows(talker, "x", {})) == [1, 2]


def test_an_empty_page_ends_the_list_whatever_the_header_promises() -> None:
    talker = _Scripted(([1], "a"), ([], "b"), ([3], "c"))
    assert list(rows(talker, "x", {})) == [1]
    assert talker.asked == [None, "a"]


def test_a_list_that_is_no_list_is_empty() -> None:
    assert list(rows(_Scripted(({"detail": "odd"}, "a")), "x", {})) == []


def test_a_list_that_is_too_long_ends_and_the_log_says_so() -> None:
    talker = _Scripted(*(([page], f"c{page}") for page in range(9)))
    with capture_logs() as logs:
        assert list(rows(talker, "x", {}, pages=3)) == [0, 1, 2]
    assert [(line["event"], line["pages"]) for line in logs] == [("list_cut_short", 3)]


def test_short_limits_are_slept_through_and_long_or_lasting_ones_raised() -> None:
    naps: list[float] = []
    short, unsaid = RateLimited("short", wait=2.0), RateLimited("unsaid")
    assert list(rows(_Scripted(short, unsaid, ([1], "")), "x", {}, sleep=naps.append)) == [1]
    assert naps == [2.0, 1.0]
    for pages in ([RateLimited("long", wait=60.0)], [short] * 5):
        with pytest.raises(RateLimited):
            list(rows(_Scripted(*pages), "x", {}, sleep=naps.append))


@pytest.mark.parametrize(
    ("when", "query"),
    [
        (When(), "is:unresolved lastSeen:-1d"),
        (When(events_over=50), "is:unresolved lastSeen:-1d timesSeen:>50"),
        (When(events_over=50, span=CountSpan.LIFETIME), "is:unresolved lastSeen:-1d"),
        (When(last_seen_within=timedelta(hours=36)), "is:unresolved lastSeen:-36h"),
        (When(last_seen_within=timedelta(minutes=90)), "is:unresolved lastSeen:-90m"),
        (When(last_seen_within=timedelta(seconds=61)), "is:unresolved lastSeen:-2m"),
        (When(last_seen_within=None), "is:unresolved"),
    ],
)
def test_sentry_is_asked_to_narrow_by_what_it_understands(when: When, query: str) -> None:
    asked = Asked("main", Dialect.SENTRY, NOW, when.last_seen_within, when.last_seen_within is not None)
    params = parameters(when, asked)
    assert params["query"] == query
    assert ("start" in params) is (when.last_seen_within is not None)


def test_the_window_is_sent_as_start_and_end_that_hold_the_running_second() -> None:
    params = parameters(When(), Asked("main", Dialect.SENTRY, NOW, DAY, bounded=True))
    assert (params["start"], params["end"]) == ("2031-03-13T09:27:30Z", "2031-03-14T09:27:31Z")


def test_glitchtip_is_spared_every_word_that_it_answers_with_nothing() -> None:
    params = parameters(When(events_over=50), Asked("main", Dialect.GLITCHTIP, NOW, DAY))
    assert params == {"query": "is:unresolved", "limit": 100, "sort": "-last_seen"}


def issue(*counts: Count, **changes: Any) -> Issue:
    said: dict[str, Any] = {"status": IssueStatus.UNRESOLVED, "counts": counts, "last_seen": NOW}
    return Issue(IssueKey("main", "1"), NOW, "x", **(said | changes))


def within(events: int, users: int | None = None) -> Count:
    return Count(events, users, CountSpan.WINDOW, "t")


@pytest.mark.parametrize(
    ("found", "when", "is_wanted"),
    [
        (issue(within(51)), When(events_over=50), True),
        (issue(within(50)), When(events_over=50), False),
        (issue(), When(events_over=50), False),
        (issue(), When(), True),
        (issue(within(51, 3)), When(events_over=50, users_over=2), True),
        (issue(within(51, 2)), When(events_over=50, users_over=2), False),
        (issue(within(51)), When(users_over=0), False),
        (issue(within(9), status=IssueStatus.RESOLVED), When(), False),
        (issue(within(9), status=IssueStatus.UNKNOWN), When(), False),
        (issue(last_seen=NOW - DAY), When(), True),
        (issue(last_seen=NOW - DAY - timedelta(seconds=1)), When(), False),
        (issue(last_seen=None), When(), True),
        (issue(level="warning"), When(levels=frozenset({"error"})), False),
    ],
)
def test_the_thresholds_are_applied_again_here(found: Issue, when: When, is_wanted: bool) -> None:
    assert wanted(found, when, now=NOW) is is_wanted
