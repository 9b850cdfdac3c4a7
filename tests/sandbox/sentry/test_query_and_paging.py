"""The search grammar and the cursors, by tables and by Hypothesis."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.sandbox.sentry import paging, query, seeding
from vedette.sandbox.sentry.memory import Memory
from vedette.sandbox.sentry.query import QueryRefused, Window
from vedette.sandbox.sentry.records import Issue
from vedette.sandbox.sentry.seeding import Heap, Seed
from vedette.sandbox.sentry.settings import StandInConfig

NOW = 1_900_000_000.0
HOUR = 3600.0


def planted(**words: object) -> Issue:
    seed = Seed(project="checkout", tags={"tier": "gold"}, release="shop@1.0.0", **words)  # type: ignore[arg-type]
    return seeding.plant(Memory(StandInConfig()), seed, now=NOW)


OLD_AND_NEW = planted(value="card declined", arrivals=[Heap(NOW - 48 * HOUR, 60), Heap(NOW - HOUR, 5)])


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("", True),
        ("is:unresolved", True),
        ("is:resolved", False),
        ("!is:resolved is:unassigned", True),
        ("lastSeen:-24h", True),
        ("lastSeen:-30m", False),
        ("lastSeen:+30m", True),
        ("firstSeen:-24h", False),
        ("age:+24h", True),
        ("times_seen:>64", True),
        ("timesSeen:>65", False),
        ("timesSeen:>=65 timesSeen:<66 timesSeen:65", True),
        ("issue.id:[4001,7]", True),
        ("issue.id:7", False),
        ("!issue.id:[7,8]", True),
        ("issue:checkout-1", True),
        ("declined", True),
        ('"card declined"', True),
        ("DECLINED !approved", True),
        ('title:"ValueError: card*"', True),
        ("tier:gold", True),
        ("tier:[silver,gold]", True),
        ("tier:silver", False),
        ("has:tier !has:rank", True),
        ("release:shop@1.0.0 environment:production level:error", True),
        ("error.type:ValueError", True),
        ("assigned:#checkout", False),
        ("lastSeen:>2020-01-01T00:00:00", True),
        ("lastSeen:<2020-01-01", False),
    ],
)
def test_a_query_holds_or_does_not(text: str, holds: bool) -> None:
    assert query.matches(query.parse(text), OLD_AND_NEW, window=Window(), now=NOW) is holds


def test_times_seen_counts_within_the_window() -> None:
    day = Window(NOW - 24 * HOUR, NOW)
    assert query.matches(query.parse("times_seen:>4"), OLD_AND_NEW, window=day, now=NOW)
    assert not query.matches(query.parse("times_seen:>5"), OLD_AND_NEW, window=day, now=NOW)


def test_a_window_is_half_open() -> None:
    at = NOW - HOUR
    assert OLD_AND_NEW.seen_between(at, at + 1, frozenset()) == 5
    assert OLD_AND_NEW.seen_between(at - 1, at, frozenset()) == 0
    assert OLD_AND_NEW.seen_between(at, at + 1, frozenset({"staging"})) == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("bogus:(((", "Parse error at 'gus:(((' (column 7). This is commonly caused by unmatched parentheses."),
        ("is:banana", 'Invalid value for "is" search'),
        ("timesSeen:many", "Invalid number: many"),
        ("lastSeen:yesterday", "Invalid date: yesterday"),
        ('say "hello', "Parse error"),
    ],
)
def test_a_query_that_does_not_parse_is_refused_in_sentrys_words(text: str, words: str) -> None:
    with pytest.raises(QueryRefused, match="Error parsing search query") as refused:
        query.parse(text)
    assert words in str(refused.value)


@given(st.text(alphabet='ab:!"[]()>-+. 09', max_size=30))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        terms = query.parse(text)
    except QueryRefused:
        return
    assert all(term.values for term in terms)


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(1, 7))
def test_walking_the_cursors_meets_every_row_once_best_first(scores: list[int], limit: int) -> None:
    rows = list(enumerate(scores))
    walked: list[tuple[int, int]] = []
    cursor, more = "", True
    while more:
        page = paging.by_score(rows, lambda row: row[1], cursor=cursor, limit=limit, hollow=False)
        walked += page.rows
        assert len(walked) <= len(rows), "a row was met twice"
        cursor, more = page.following
    assert sorted(walked) == sorted(rows)
    assert [score for _, score in walked] == sorted(scores, reverse=True)


@given(st.integers(0, 30), st.integers(1, 7))
def test_positions_and_opaque_cursors_walk_alike(many: int, limit: int) -> None:
    for cut in (paging.by_offset, paging.opaque):
        walked: list[int] = []
        cursor, more = "", True
        while more:
            page = cut(range(many), cursor=cursor, limit=limit)
            walked += page.rows
            assert len(walked) <= many, "a row was met twice"
            cursor, more = page.following
        assert walked == list(range(many))


@pytest.mark.parametrize("text", ["zzz", "1:2", "a:b:c"])
def test_a_cursor_that_does_not_parse_is_refused(text: str) -> None:
    with pytest.raises(paging.BadCursor):
        paging.parse(text)
