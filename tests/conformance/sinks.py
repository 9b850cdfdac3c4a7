"""The conformance suite of sinks: what `ports.roles.Sink` promises, asked of any vendor through its stand-in.

How to add a kind: make a `SinkCase` of it (see tests/integrations/sinks/cases.py), whose sink and stand-in take `NOW`
for the present, and say what people see there; then

    class TestDatadog(SinkConformance):
        @pytest.fixture
        def case(self) -> Iterator[SinkCase]:
            with DatadogStandIn(now=lambda: NOW) as desk, closing(cases.of_datadog(desk)) as case:
                yield case

What a kind does not have is left out of its case: no `stranger` where there are no credentials (a file), no trouble in
`knows` that it cannot be in, no `bodies` where it sends no JSON, `corrects = False` where the first count stands. The
class of a resend (`Sink.resend`) is taken from the sink itself and put to the test; where it is AT_LEAST_ONCE, `chart`
must be the shipped query, as docs/how-to has it, over what the stand-in holds.

The law: the suite looks only at what the sink answers and at what people see afterwards.
"""

import base64
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec
import pytest

from vedette.errors import RateLimited, Refused, Unauthorised, Unavailable, VedetteError
from vedette.model.issues import IssueKey
from vedette.model.metrics import Lack, Point, Resend, Trending, Window
from vedette.ports.http import Fence, LeaseSpent
from vedette.ports.roles import Sink

NOW = datetime(2026, 3, 1, 12, 0, 45, tzinfo=UTC)
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FIVE = timedelta(minutes=5)
WINDOW = Window(NOON - FIVE, NOON)
ISSUE = Trending(
    IssueKey("default", "4512"),
    count=30,
    project="web",
    short_id="WEB-7",
    title="KeyError: 'sku'",
    link="https://sentry.example.test/organizations/acme/issues/4512/",
    before=12,
    owner="@acme/checkout",
    ticket="WB-12",
    ticket_url="https://jira.example.test/browse/WB-12",
)
POINT = Point("checkout", "default", WINDOW, total=42, issues=1, users=9, new=0, trending=(ISSUE,), projects=("web",))
WORDS = "the widget may not be frobbed"

#: Names that some vendor does not take as they are, and that must not become one there.
ODD = (
    "a.b",
    "a b",
    "a_b",
    "a__b",
    "A_B",
    "a-b",
    "a/b",
    "a:b",
    "a=b",
    "a,b",
    'a"b',
    "a\\b",
    "a\nb",
    "a\x00b",
    "{a}",
    "_a",
    "a_",
    "4",
    "ü",
    "ö",
    "🦊" * 300,
    "x" * 5000,
    "x" * 5001,
)


class Trouble(StrEnum):
    """What can happen to the next push."""

    LIMITED = "told to come again in 2 seconds"
    DOWN = "down"
    SILENT = "no answer"
    DEAF = "taken, and no answer"
    LOGIN = "a web page that asks who one is"
    REFUSED = "refused in words of its own"


FAMILIES: tuple[tuple[Trouble, type[VedetteError]], ...] = (
    (Trouble.LIMITED, RateLimited),
    (Trouble.DOWN, Unavailable),
    (Trouble.SILENT, Unavailable),
    (Trouble.DEAF, Unavailable),
    (Trouble.LOGIN, Unauthorised),
    (Trouble.REFUSED, Refused),
)

#: A filter, by the name that people see there, and its window's end.
Spot = tuple[str, datetime]


@dataclass(frozen=True, slots=True)
class Kept:
    """One record of a total as it lies there; `point` is the id that it carries, "" where it carries none."""

    filter: str
    at: datetime
    value: float
    point: str = ""


@dataclass
class SinkCase:
    """One sink under test, and strings to pull behind the stage."""

    sink: Sink
    chart: Callable[[], Mapping[Spot, float]]  # the totals that people see, by the shipped query where there is one
    kept: Callable[[], Sequence[Kept]]  # every record of a total, in the order of their arrival
    whole: Callable[[], Mapping[Spot, bool]]  # whether people are told that a window's total is whole
    bodies: Callable[[], Sequence[Any]] | None = None  # what was sent, decoded; None where it is no JSON
    stranger: Sink | None = None  # the same with credentials that are not good
    secrets: tuple[str, ...] = ()
    trouble: Callable[[Trouble], None] | None = None  # lets the next push suffer
    knows: frozenset[Trouble] = field(default_factory=lambda: frozenset(Trouble))  # empty where there is no `trouble`
    revoke: Callable[[], None] | None = None  # the credentials are good no more
    mend: Callable[[], None] | None = None  # ... and good again

    def close(self) -> None:
        self.sink.close()
        if self.stranger is not None:
            self.stranger.close()


def push(sink: Sink, *points: Point, within: float = 20.0) -> Sequence[str]:
    return sink.push(points, fence=Fence.after(within))


def patience(trouble: Trouble) -> float:
    """How long a push is waited for, in seconds: not long where no answer is all that comes."""
    return 0.5 if trouble in (Trouble.SILENT, Trouble.DEAF) else 20.0


def at(window: int, *, filter_: str = "checkout", total: int = 1) -> Point:
    """A point of the window that ended so many windows ago."""
    return Point(filter_, "default", WINDOW.earlier(window * FIVE), total=total, projects=("web",))


def totals(case: SinkCase) -> dict[Spot, float]:
    return dict(case.chart())


MANY = [at(window, filter_=f"filter-{n}", total=n * 10 + window) for window in range(10) for n in range(250)]


class SinkConformance:
    """The promises; a subclass says which vendor they are asked of."""

    def test_a_total_is_seen_at_the_end_of_its_window(self, case: SinkCase) -> None:
        assert not push(case.sink, POINT)
        assert totals(case) == {("checkout", NOON): 42}
        assert case.whole() == {("checkout", NOON): True}

    def test_a_quiet_window_is_seen_as_nought(self, case: SinkCase) -> None:
        push(case.sink, at(0, total=0))
        assert totals(case) == {("checkout", NOON): 0}

    def test_pushing_nothing_is_fine_and_sends_nothing(self, case: SinkCase) -> None:
        assert not push(case.sink)
        assert totals(case) == {}
        assert not case.bodies or list(case.bodies()) == []

    def test_a_total_that_is_not_whole_is_seen_and_marked(self, case: SinkCase) -> None:
        push(case.sink, at(1, total=5), replace(at(0, total=7), lack=Lack.ROW_LIMIT, detail="read 1,000 rows"))
        assert totals(case) == {("checkout", NOON - FIVE): 5, ("checkout", NOON): 7}
        assert case.whole() == {("checkout", NOON - FIVE): True, ("checkout", NOON): False}

    @pytest.mark.parametrize("lack", [Lack.NOT_COUNTED, Lack.REFUSED])
    def test_a_window_that_was_not_counted_is_not_seen_as_nought(self, case: SinkCase, lack: Lack) -> None:
        push(case.sink, at(1, total=5), replace(at(0, total=0), lack=lack, rows_lack=lack))
        assert totals(case) == {("checkout", NOON - FIVE): 5}
        assert case.whole().get(("checkout", NOON)) is not True

    def test_odd_and_long_names_are_taken_and_stay_as_many_as_they_are(self, case: SinkCase) -> None:
        push(case.sink, *(at(0, filter_=name, total=100 + n) for n, name in enumerate(ODD)))
        assert sorted(totals(case).values()) == [100 + n for n in range(len(ODD))]

    def test_whatever_strangers_write_about_an_issue_harms_no_total(self, case: SinkCase) -> None:
        keys = ("eventType", "timestamp", "value", "type", "accountId", "vedette.point_id", "", "a b", "a.b", "k" * 900)
        tags = tuple((key, None if key == "a b" else "v" * 9000) for key in keys)
        hostile = replace(ISSUE, title="t\x00\ud800ü" + "t" * 9000, owner="o" * 9000, link="", groups=((tags, 30),))
        push(case.sink, replace(POINT, trending=(hostile, replace(hostile, count=2**62)), detail="d" * 9000))
        assert totals(case) == {("checkout", NOON): 42}

    def test_many_points_are_cut_to_what_is_taken_at_once(self, case: SinkCase) -> None:
        assert not push(case.sink, *MANY)
        assert totals(case) == {(point.filter, point.window.end): point.total for point in MANY}

    def test_large_points_are_cut_to_what_is_taken_at_once(self, case: SinkCase) -> None:
        chance = random.Random(4)

        def issue() -> Trending:
            """One whose words no packing makes much smaller."""
            return replace(ISSUE, title=base64.b64encode(chance.randbytes(1500)).decode(), count=1)

        points = [
            replace(
                at(n % 10, filter_=f"filter-{n // 10}-" + "x" * 150, total=n),
                trending=tuple(issue() for _ in range(20)),
            )
            for n in range(60)
        ]
        assert not push(case.sink, *points)
        assert sorted(totals(case).values()) == list(range(60))

    def test_whatever_order_they_are_given_in_the_oldest_window_arrives_first(self, case: SinkCase) -> None:
        push(case.sink, at(1, total=3), at(3, total=1), at(0, total=4), at(2, total=2))
        assert [each.value for each in case.kept()] == [1, 2, 3, 4]
        assert sorted(totals(case).values()) == [1, 2, 3, 4]

    def test_render_sends_nothing_and_says_what_is_sent(self, case: SinkCase) -> None:
        points = [POINT, at(2, total=0), replace(at(1), lack=Lack.SHIFTING)]
        rendered = case.sink.render(points)
        assert rendered
        assert totals(case) == {}
        msgspec.json.encode(rendered)
        push(case.sink, *points)
        if case.bodies is not None:
            assert list(rendered) == list(case.bodies())

    def test_the_same_points_twice_are_what_the_sink_says_they_are(self, case: SinkCase) -> None:
        points = [at(1, total=5), POINT]
        push(case.sink, *points)
        push(case.sink, *points)
        assert totals(case) == {("checkout", NOON - FIVE): 5, ("checkout", NOON): 42}
        ids = [each.point for each in case.kept() if each.at == NOON]
        match case.sink.resend:
            case Resend.AT_LEAST_ONCE:
                assert ids == [POINT.id] * len(ids)
            case Resend.REPLACES | Resend.DEDUPLICATES:
                assert len(ids) == 1

    def test_a_value_told_anew_is_what_the_sink_says_it_is(self, case: SinkCase) -> None:
        if case.sink.resend is Resend.AT_LEAST_ONCE:
            return
        push(case.sink, at(0, total=5))
        push(case.sink, at(0, total=6))
        expected = 6 if case.sink.resend is Resend.REPLACES else 5
        assert totals(case) == {("checkout", NOON): expected}

    def test_a_corrected_count_stands_where_the_sink_corrects_and_is_left_out_in_words_where_not(
        self, case: SinkCase
    ) -> None:
        push(case.sink, at(1, total=5), at(0, total=42))
        push(case.sink, at(1, total=5))
        words = push(case.sink, replace(at(1, total=8), revision=1))
        words = [*words, *push(case.sink, replace(at(1, total=9), revision=2))]
        assert bool(words) is not case.sink.corrects
        assert totals(case) == {("checkout", NOON - FIVE): 9 if case.sink.corrects else 5, ("checkout", NOON): 42}

    def test_a_correction_to_less_and_to_nought_stands_too(self, case: SinkCase) -> None:
        push(case.sink, at(0, total=42))
        push(case.sink, replace(at(0, total=0), revision=1))
        assert totals(case) == {("checkout", NOON): 0 if case.sink.corrects else 42}

    def test_a_window_that_was_marked_is_whole_once_it_was_counted_anew(self, case: SinkCase) -> None:
        push(case.sink, replace(at(0, total=40), lack=Lack.SHIFTING))
        push(case.sink, replace(at(0, total=42), revision=1))
        assert case.whole() == {("checkout", NOON): case.sink.corrects}

    @pytest.mark.parametrize(("trouble", "family"), FAMILIES)
    def test_each_trouble_is_told_as_the_family_that_names_its_remedy(
        self, case: SinkCase, trouble: Trouble, family: type[VedetteError]
    ) -> None:
        if case.trouble is None or trouble not in case.knows:
            assert case.trouble is not None or not case.knows
            return
        case.trouble(trouble)
        with pytest.raises(family) as told:
            push(case.sink, POINT, within=patience(trouble))
        self._keeps(case, str(told.value))
        if isinstance(told.value, RateLimited):
            assert told.value.wait == 2
        if trouble is Trouble.REFUSED:
            assert WORDS in str(told.value)

    @pytest.mark.parametrize("trouble", [Trouble.DOWN, Trouble.DEAF, Trouble.LIMITED])
    def test_after_a_trouble_the_same_points_pushed_again_give_the_right_totals(
        self, case: SinkCase, trouble: Trouble
    ) -> None:
        push(case.sink, at(2, total=3))
        points = [at(1, total=5), POINT]
        if case.trouble is not None and trouble in case.knows:
            case.trouble(trouble)
            with pytest.raises(VedetteError):
                push(case.sink, *points, within=patience(trouble))
        push(case.sink, *points)
        assert sorted(totals(case).values()) == [3, 5, 42]

    def test_bad_credentials_are_told_as_such_and_show_nothing_of_themselves(self, case: SinkCase) -> None:
        if case.stranger is None:
            self._knows_no_vendor(case)
            return
        with pytest.raises(Unauthorised) as told:
            push(case.stranger, POINT)
        self._keeps(case, str(told.value))
        assert "bad-bad-bad" not in str(told.value)
        assert totals(case) == {}

    def test_credentials_revoked_in_mid_run_are_told_and_nothing_is_lost_once_they_are_good_again(
        self, case: SinkCase
    ) -> None:
        push(case.sink, at(1, total=5))
        if case.revoke is not None and case.mend is not None:
            case.revoke()
            with pytest.raises(Unauthorised) as told:
                push(case.sink, at(0, total=6))
            self._keeps(case, str(told.value))
            case.mend()
        push(case.sink, at(0, total=6))
        assert sorted(totals(case).values()) == [5, 6]

    def test_nothing_is_sent_once_the_lease_is_over(self, case: SinkCase) -> None:
        if case.stranger is None:
            self._knows_no_vendor(case)
            return
        with pytest.raises(LeaseSpent):
            push(case.sink, POINT, within=0.05)
        assert totals(case) == {}

    def test_the_live_check_finds_a_good_sink_and_changes_no_chart(self, case: SinkCase) -> None:
        findings = list(case.sink.check())
        assert findings
        assert all(finding.ok for finding in findings)
        assert totals(case) == {}

    def test_the_live_check_finds_bad_credentials_and_says_the_cure(self, case: SinkCase) -> None:
        if case.stranger is None:
            self._knows_no_vendor(case)
            return
        bad = [finding for finding in case.stranger.check() if not finding.ok]
        assert bad
        for finding in bad:
            assert finding.cure
            self._keeps(case, finding.message + finding.cure)

    def test_no_secret_shows_in_a_log_in_what_is_rendered_or_in_the_sink_itself(
        self, case: SinkCase, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            push(case.sink, POINT)
            if case.stranger is not None:
                with pytest.raises(VedetteError):
                    push(case.stranger, POINT)
        shown = caplog.text + repr(case.sink) + repr(getattr(case.sink, "__dict__", ""))
        self._keeps(case, shown + repr(case.sink.render([POINT])))

    def _knows_no_vendor(self, case: SinkCase) -> None:
        """What has no credentials has no secret to show and nobody to be in trouble with."""
        assert (case.secrets, case.trouble, case.revoke) == ((), None, None)

    def _keeps(self, case: SinkCase, words: str) -> None:
        assert not [secret for secret in case.secrets if secret in words]
