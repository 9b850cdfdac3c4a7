"""Which window people mean, by its start or as the last one."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from vedette.model.metrics import Window
from vedette.rules.window_words import moment, window_meant

NOW = datetime(2026, 3, 2, 10, 7, 30, tzinfo=UTC)
FIVE, DELAY = timedelta(minutes=5), timedelta(seconds=45)
AT_TEN = Window(datetime(2026, 3, 2, 10, 0, tzinfo=UTC), datetime(2026, 3, 2, 10, 5, tzinfo=UTC))


def meant(text: str, *, now: datetime = NOW) -> Window:
    return window_meant(text, now=now, every=FIVE, delay=DELAY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "last",
        "2026-03-02T10:00",
        "2026-03-02T10:00:00Z",
        "2026-03-02T12:00:00+02:00",
        "2026-03-02T12:00:00 02:00",
        "2026-03-02T10:00/2026-03-02T10:05Z",
        " 2026-03-02T10:00 / 2026-03-02T10:05 ",
    ],
)
def test_the_same_window_is_meant_by_many_words(text: str) -> None:
    assert meant(text) == AT_TEN


def test_the_last_window_is_the_newest_whose_delay_is_over() -> None:
    assert meant("last", now=AT_TEN.end + DELAY) == AT_TEN
    assert meant("last", now=AT_TEN.end + DELAY - timedelta(seconds=1)) == AT_TEN.earlier(FIVE)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-03-02T10:02", "the one that holds it begins at 2026-03-02T10:00:00Z"),
        ("2026-03-02T10:00/2026-03-02T10:10", "a window is 5 min long"),
        ("2026-03-02T10:05/2026-03-02T10:00", "a window is 5 min long"),
        ("2026-03-02T10:05", "the window is due at 2026-03-02T10:10:45Z, and it is 2026-03-02T10:07:30Z now"),
        ("ten o'clock", "a moment is written as"),
        ("2026-03-02T10:00/", "a moment is written as"),
        ("9999-12-31T23:59:59-23:59", "a moment is written as"),
    ],
)
def test_what_is_no_window_or_not_due_is_told(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        meant(text)


def test_a_moment_without_an_offset_is_in_utc() -> None:
    assert moment("2026-03-02T10:00") == moment("2026-03-02T10:00Z") == AT_TEN.start
