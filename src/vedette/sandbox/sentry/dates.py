"""Dates: instants as each server writes them; pure."""

from datetime import UTC, datetime

from vedette.sandbox.sentry.settings import Dialect


def micro(at: float) -> str:
    """Microseconds and a Z, as PostgreSQL-backed fields have: 2031-04-05T06:07:08.123456Z."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def whole(at: float) -> str:
    """No fraction at all, as ClickHouse-backed fields have."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def zoned(at: float) -> str:
    """No fraction, and the zone as hours: 2031-04-05T06:00:00+00:00."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def milli(at: float) -> str:
    """Milliseconds, as 9.1.2 had."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S}.{int(at * 1000) % 1000:03d}Z"


def stamp(at: float, dialect: Dialect) -> str:
    """The usual form of a dialect."""
    return milli(at) if dialect is Dialect.SENTRY9 else micro(at)


def parse(text: str | float | int | None, default: float) -> float:
    """Epoch seconds of a number or an ISO date (UTC when it has no zone), else the default."""
    if text is None or text == "":
        return default
    if isinstance(text, int | float):
        return float(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return default
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
