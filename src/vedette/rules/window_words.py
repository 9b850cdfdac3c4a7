"""Window words: which window people mean who ask for one, as `last` or by its start."""

import re
from datetime import UTC, datetime, timedelta

from vedette.model.metrics import Window
from vedette.rules.windowing import aligned, newest

LAST = "last"
# In an address a + that nobody encoded arrives as a blank.
_LOST_PLUS = re.compile(r"(T[0-9:.]+) ([0-9]{2}:?[0-9]{2})$", re.ASCII)


def window_meant(text: str, *, now: datetime, every: timedelta, delay: timedelta) -> Window:
    """The window: `last` (or nothing) is the newest that is due; else START or START/END, in ISO 8601, UTC unless said.

    Raises ValueError with a sentence where that is no window of the monitor's, or one that is not due yet.
    """
    last = newest(now, every=every, delay=delay)
    if text in ("", LAST):
        return last
    first, slash, second = text.partition("/")
    start = moment(first)
    window = Window(start, moment(second) if slash else start + every)
    if aligned(start, every=every) != start:
        near = aligned(start, every=every)
        raise ValueError(f"no window begins at {said(start)}; the one that holds it begins at {said(near)}")
    if window.length != every:
        raise ValueError(f"a window is {_minutes(every)} long; for several say vedette monitor backfill --since")
    if window.end > last.end:
        raise ValueError(f"the window is due at {said(window.end + delay)}, and it is {said(now)} now")
    return window


def moment(text: str) -> datetime:
    """The moment in UTC; raises ValueError with a sentence."""
    try:
        at = datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", text.strip()))
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ValueError("a moment is written as 2027-01-31T12:05 or 2027-01-31T12:05:00Z") from None


def said(at: datetime) -> str:
    """The moment as it is written here, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _minutes(span: timedelta) -> str:
    return f"{span // timedelta(minutes=1)} min"
