"""Dates: every form in which Sentry, its old versions and GlitchTip write an instant; pure.

Microseconds and Z (PostgreSQL), no fraction (ClickHouse), milliseconds (9.1.2), an offset (GlitchTip), no zone (UTC is
meant), epoch seconds or milliseconds as a number or as text.
"""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

# Clocks of senders run ahead a little; an instant further ahead of the delivery is not believed.
AHEAD = timedelta(minutes=5)
# Seconds of the year 5138: what is larger was meant in milliseconds.
_MILLISECONDS_FROM = 1e11


def parse(value: Any) -> datetime | None:
    """The instant in UTC; None where the value is none of the known forms."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _of_epoch(value)
    return _of_text(value.strip()) if isinstance(value, str) else None


def _of_epoch(value: float) -> datetime | None:
    try:
        seconds = float(value)
        if not math.isfinite(seconds):
            return None
        return datetime.fromtimestamp(seconds / 1000 if abs(seconds) >= _MILLISECONDS_FROM else seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _of_text(value: str) -> datetime | None:
    # A year alone, or a compact date, is digits too; no server writes those, all write epochs in ten digits or more.
    if len(value) >= 9 and value.isascii() and value.replace(".", "", 1).isdigit():
        return _of_epoch(float(value))
    try:
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def believable(at: datetime | None, *, received_at: datetime) -> datetime:
    """The instant, never far ahead of the moment of receipt; that moment where nothing was said.

    A fact from the future would make every later one look old, and older facts never undo newer ones.
    """
    return received_at if at is None else min(at, received_at + AHEAD)


def written(at: datetime) -> str:
    """An instant as a query parameter: UTC, whole seconds, Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
