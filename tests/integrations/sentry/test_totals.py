"""Series, outcomes and lists of issues: told in few calls, and nothing where the server tells something else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.integrations.sentry.opening import key, source_of
from vedette.errors import Refused, Unauthorised
from vedette.integrations.sentry.freshness import fresh
from vedette.integrations.sentry.outcomes import groups
from vedette.integrations.sentry.timeline import buckets
from vedette.model.issues import IssueKey
from vedette.model.metrics import Fresh, OutcomeHour, Question, Window
from vedette.sandbox.sentry import Dialect, SentryStandIn, StandInConfig

HOUR = datetime(2031, 3, 14, 9, tzinfo=UTC)
SPAN = Window(HOUR, HOUR + timedelta(hours=1))
FIVE = timedelta(minutes=5)
OLD = [Dialect.SENTRY9, Dialect.GLITCHTIP]


def poured(sentry: SentryStandIn, *pours: dict[str, Any], **seed: Any) -> int:
    (number,) = sentry.seed({"arrivals": [{"at": HOUR.timestamp() - 86_400}], **seed})
    sentry.pour(*({"issue": number} | each for each in pours))
    return number


def after(minutes: float) -> float:
    return (HOUR + timedelta(minutes=minutes)).timestamp()


def totals(sentry: SentryStandIn, question: Question | None = None, within: Window = SPAN) -> Any:
    return source_of(sentry).totals(question or Question("main"), within=within, every=FIVE, pace=lambda: None)


def test_every_window_of_the_span_is_told_in_one_call_the_quiet_ones_as_zero() -> None:
    with SentryStandIn(recording=True) as sentry:
        poured(sentry, {"at": after(0), "weights": [3]}, {"at": after(-1)}, {"at": after(60)}, {"at": after(59)})
        found = totals(sentry)
        asked = [each for each in sentry.exchanges() if "timeseries" in each.path]
    assert found == {HOUR + FIVE * place: {0: 3, 11: 1}.get(place, 0) for place in range(12)}
    assert len(asked) == 1


def test_a_series_is_narrowed_like_the_count_itself(modern: SentryStandIn) -> None:
    number = poured(modern, {"at": after(1)}, {"at": after(1), "level": "fatal", "environment": "staging"})
    modern.pour({"issue": number, "at": after(2), "level": "fatal", "weights": [7]})
    question = Question(
        "main", projects=("checkout",), environments=("staging",), levels=("fatal",), query="x OR fatal"
    )
    assert totals(modern, question)[HOUR] == 0
    assert totals(modern, Question("main", levels=("fatal",), environments=("staging", "nowhere")))[HOUR] == 1


def test_projects_one_at_a_time_are_added_up(modern: SentryStandIn) -> None:
    poured(modern, {"at": after(1)})
    poured(modern, {"at": after(1), "weights": [2]}, project="search")
    modern.faults(one_project=True)
    assert totals(modern)[HOUR] == 3


def test_only_windows_that_lie_whole_in_the_span_are_told(modern: SentryStandIn) -> None:
    within = Window(HOUR + timedelta(minutes=1), HOUR + timedelta(minutes=14))
    assert list(totals(modern, within=within)) == [HOUR + FIVE]
    assert totals(modern, within=Window(HOUR, HOUR + timedelta(minutes=4))) is None


@pytest.mark.parametrize("dialect", OLD)
def test_a_server_without_series_and_outcomes_tells_neither(dialect: Dialect) -> None:
    with SentryStandIn(StandInConfig(dialect=dialect)) as old:
        assert totals(old) is None
        assert source_of(old).outcomes(projects=(), within=SPAN, pace=lambda: None) is None


@pytest.mark.parametrize("kind", ["text/html", "application/json"])
def test_a_server_or_a_plan_without_the_address_is_asked_once(modern: SentryStandIn, kind: str) -> None:
    fault = {"kind": "status", "path": "timeseries|stats_v2", "status": 404, "headers": {"content-type": kind}}
    modern.faults(faults=[fault])
    source, turns = source_of(modern), list[int]()
    with capture_logs() as logs:
        for _ in range(2):
            said = source.totals(Question("main"), within=SPAN, every=FIVE, pace=lambda: turns.append(1))
            assert (said, source.outcomes(projects=(), within=SPAN, pace=lambda: None)) == (None, None)
    assert len(turns) == 1
    assert sorted(line["event"] for line in logs) == ["no_outcomes", "no_totals"]


def series(*values: tuple[Any, Any], interval: Any = 300_000, **meta: Any) -> dict[str, Any]:
    told = [{"timestamp": at, "value": value, "incomplete": False} for at, value in values]
    line = {"yAxis": "count()", "values": told, "meta": {"interval": interval, **meta}}
    return {"timeSeries": [line]}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (series((600_000, 5), (900_000, 0)), {600: 5, 900: 0}),
        (series((600_000.0, 5.0), interval=300), {600: 5}),
        (series((600_000, 5), interval=3_600_000), None),
        (series((601_000, 5)), None),
        (series((600_500, 5)), None),
        (series((600_000, None)), None),
        (series((600_000, 2.5)), None),
        (series((600_000, 5), dataScanned="partial"), None),
        ({"timeSeries": []}, None),
        ({"timeSeries": series()["timeSeries"] * 2}, None),
        (None, None),
    ],
)
def test_buckets_that_are_not_the_windows_are_no_answer(body: Any, found: Any) -> None:
    assert buckets(body, step=300) == found


def test_a_series_with_a_gap_is_no_answer(modern: SentryStandIn) -> None:
    # The server may choose an interval that it likes better: none of ours fits into half a window.
    fault = {"kind": "status", "path": "timeseries", "status": 200, "headers": {"content-type": "application/json"}}
    at = int(HOUR.timestamp()) * 1000
    body = f'{{"timeSeries": [{{"meta": {{"interval": 300000}}, "values": [{{"timestamp": {at}, "value": 1}}]}}]}}'
    modern.faults(faults=[fault | {"body": body}])
    with capture_logs() as logs:
        assert totals(modern) is None
    assert [line["event"] for line in logs] == ["no_totals"]


def outcomes(sentry: SentryStandIn, *projects: str, within: Window = SPAN) -> Any:
    return source_of(sentry).outcomes(projects=projects, within=within, pace=lambda: None)


def test_accepted_and_dropped_events_are_told_by_project_and_full_hour(modern: SentryStandIn) -> None:
    poured(modern, {"at": after(5), "weights": [3]}, {"at": after(65), "weights": [4]}, {"at": after(121)})
    poured(modern, {"at": after(5)}, project="search")
    modern.outcomes({"project": 10, "at": after(30), "outcome": "filtered", "reason": "crawler", "quantity": 6})
    within = Window(HOUR - timedelta(minutes=30), HOUR + timedelta(minutes=150))
    found = outcomes(modern, "checkout", within=within)
    assert found == [
        OutcomeHour("main", "checkout", HOUR, "accepted", "", 3),
        OutcomeHour("main", "checkout", HOUR, "filtered", "crawler", 6),
        OutcomeHour("main", "checkout", HOUR + timedelta(hours=1), "accepted", "", 4),
    ]
    assert {row.project for row in outcomes(modern)} == {"checkout", "search"}


def test_an_idle_hour_has_no_rows_and_is_told(modern: SentryStandIn) -> None:
    assert outcomes(modern) == []


def test_an_answer_about_another_span_is_no_answer(modern: SentryStandIn) -> None:
    fault = {"kind": "status", "path": "stats_v2", "status": 200, "headers": {"content-type": "application/json"}}
    body = '{"start": "2031-03-14T09:00:00Z", "end": "2031-03-14T11:00:00Z", "intervals": [], "groups": []}'
    modern.faults(faults=[fault | {"body": body}])
    with capture_logs() as logs:
        assert outcomes(modern) is None
    assert [line["event"] for line in logs] == ["no_outcomes"]


def test_a_row_without_its_number_or_rows_at_the_servers_limit_are_no_answer() -> None:
    row = {"by": {"project": 1}, "totals": {"sum(quantity)": 2}}
    assert groups({"groups": [row]}) == [({"project": 1}, 2)]
    assert groups({"groups": [row, {"by": {}, "totals": {}}]}) is None
    assert groups({"groups": [row] * 10_000}) is None


def test_a_token_without_the_scope_is_told_in_the_log_and_a_revoked_one_raised(modern: SentryStandIn) -> None:
    fault = {"kind": "status", "path": "stats_v2", "status": 403, "body": "{}", "times": 1}
    modern.faults(faults=[fault | {"headers": {"content-type": "application/json"}}])
    with capture_logs() as logs:
        assert outcomes(modern) is None
    assert "org:read" in logs[0]["why"]
    modern.faults(denied=True)
    with pytest.raises(Unauthorised):
        outcomes(modern)


def test_issues_are_told_whatever_their_status_and_the_gone_are_left_out(sentry: SentryStandIn) -> None:
    one, two = sentry.seed({"count": 3, "title": "Its title", "status": "resolved"}, {"project": "search"})
    source = source_of(sentry)
    found = source.fresh([key(two), key(999_999), key(one), IssueKey("main", "0")], pace=lambda: None)
    assert [(row.key, row.project, row.short_id) for row in found] == [
        (key(two), "search", "SEARCH-1"),
        (key(one), "checkout", "CHECKOUT-1"),
    ]
    assert found[1].title == "Its title"
    assert found[0].first_seen is not None
    assert str(one) in found[1].permalink


def test_a_hundred_issues_are_a_call_and_what_came_back_says_so() -> None:
    with SentryStandIn(recording=True) as sentry:
        numbers = sentry.seed(*({"arrivals": [{"at": after(0)}]} for _ in range(130)))
        sentry.resolve(numbers[0], hooks=False)
        sentry.pour({"issue": numbers[0], "at": after(1)})
        found = source_of(sentry).fresh([key(number) for number in numbers], pace=lambda: None)
        calls = [each for each in sentry.exchanges() if each.path.endswith("/issues/")]
    assert len(found) == 130
    assert len(calls) == 2
    assert found[0].substatus == "regressed"


def test_the_first_seen_of_a_list_is_the_whole_lifes() -> None:
    body = {"id": "7", "firstSeen": "2031-03-14T09:00:00Z", "lifetime": {"firstSeen": "2031-01-01T00:00:00.5Z"}}
    first = datetime(2031, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)
    assert fresh(key(7), body) == Fresh(key(7), first_seen=first)


def test_a_question_that_sentry_does_not_take_is_refused(modern: SentryStandIn) -> None:
    with pytest.raises(Refused, match="400"):
        totals(modern, Question("main", query="is:unresolved"))
