"""Every form of date that the three servers write is one instant in UTC."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.integrations.sentry import dates

WHOLE = datetime(2026, 11, 20, 21, 4, 49, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("2026-11-20T21:04:49.812349Z", WHOLE.replace(microsecond=812349)),
        ("2026-11-20T21:04:49Z", WHOLE),
        ("2026-11-20T21:04:49.812Z", WHOLE.replace(microsecond=812000)),
        ("2026-11-20T21:04:49", WHOLE),
        ("2026-11-20T21:04:49.812349", WHOLE.replace(microsecond=812349)),
        ("2026-11-20T21:04:49+00:00", WHOLE),
        ("2026-11-20T23:04:49+02:00", WHOLE),
        ("2026-11-20 21:04:49", WHOLE),
        (" 2026-11-20T21:04:49Z ", WHOLE),
        (1795208689, WHOLE),
        (1795208689.5, WHOLE.replace(microsecond=500000)),
        (1795208689000, WHOLE),
        ("1795208689", WHOLE),
        ("1795208689.5", WHOLE.replace(microsecond=500000)),
    ],
)
def test_every_form_is_read(said: Any, at: datetime) -> None:
    assert dates.parse(said) == at


@pytest.mark.parametrize(
    "said",
    [
        None,
        "",
        "soon",
        True,
        [],
        {},
        float("nan"),
        float("inf"),
        1e300,
        10**400,
        "2026",
        "9999-12-31T23:59:59-23:59",
        "2026-13-01T00:00:00Z",
    ],
)
def test_what_is_no_date_is_none(said: Any) -> None:
    assert dates.parse(said) is None


@given(st.text() | st.floats() | st.integers())
def test_nothing_raises_and_whatever_is_read_is_in_utc(said: Any) -> None:
    at = dates.parse(said)
    assert at is None or at.tzinfo is UTC


def test_an_instant_a_little_ahead_is_believed_and_one_far_ahead_is_not() -> None:
    assert dates.believable(WHOLE + timedelta(minutes=4), received_at=WHOLE) == WHOLE + timedelta(minutes=4)
    assert dates.believable(WHOLE + timedelta(hours=4), received_at=WHOLE) == WHOLE + dates.AHEAD
    assert dates.believable(None, received_at=WHOLE) == WHOLE


def test_a_query_is_written_in_utc_seconds() -> None:
    assert dates.written(WHOLE.replace(microsecond=9)) == "2026-11-20T21:04:49Z"
