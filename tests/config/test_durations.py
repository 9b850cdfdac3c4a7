"""Durations are read as people write them, and written back so that they read the same."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.config.durations import duration, text_of, word_and_days


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("250ms", timedelta(milliseconds=250)),
        ("30s", timedelta(seconds=30)),
        ("15m", timedelta(minutes=15)),
        ("24h", timedelta(days=1)),
        ("90d", timedelta(days=90)),
        ("2w", timedelta(days=14)),
        ("1h30m", timedelta(minutes=90)),
        ("0s", timedelta()),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, span: timedelta) -> None:
    assert duration(text) == span


@pytest.mark.parametrize("text", ["", "15", "m", "15 m", "15min", "-15m", "1.5h", "15M", "١٥m", "15m ", "9999999999s"])
def test_another_text_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration such as 15m, 24h or 90d"):
        duration(text)


def test_a_duration_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than any calendar"):
        duration("999999999w")


@given(st.integers(0, 10**12))
def test_what_is_written_reads_back_the_same(milliseconds: int) -> None:
    span = timedelta(milliseconds=milliseconds)
    assert duration(text_of(span)) == span


@pytest.mark.parametrize(
    ("text", "days"),
    [("quiet 14d", ("quiet", 14)), ("reopen 2w", ("reopen", 14)), ("quiet 48h", ("quiet", 2)), ("new", None)],
)
def test_an_answer_may_hold_for_whole_days(text: str, days: tuple[str, int] | None) -> None:
    assert word_and_days(text) == days


@pytest.mark.parametrize("text", ["quiet 36h", "quiet 0d"])
def test_a_rest_of_another_length_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="whole days only, such as quiet 14d"):
        word_and_days(text)
