"""When a job is tried again, and when an ambiguous attempt is looked at."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from vedette.model.policies import TicketSettings
from vedette.model.settings import QueueSettings
from vedette.rules.retrying import next_look, next_try, settled, snooze_for

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
QUEUE, TICKETS = QueueSettings(), TicketSettings()


def test_the_first_retry_is_about_thirty_seconds_away() -> None:
    assert next_try(1, settings=QUEUE, chance=0.0) == timedelta(seconds=30)


def test_ten_attempts_span_more_than_six_hours() -> None:
    delays = [next_try(n, settings=QUEUE, chance=0.999) for n in range(1, 11)]
    assert delays[-1] is None
    waits = [delay for delay in delays if delay is not None]
    assert len(waits) == 9
    assert sum(waits, timedelta()) > timedelta(hours=6)


@given(attempt=st.integers(1, 9), chance=st.floats(0, 1, exclude_max=True), wait=st.none() | st.floats(0, 90))
def test_a_retry_is_never_sooner_than_the_vendor_asks_nor_much_later_than_an_hour(
    attempt: int, chance: float, wait: float | None
) -> None:
    delay = next_try(attempt, settings=QUEUE, chance=chance, wait=wait)
    assert delay is not None
    assert delay >= timedelta(seconds=max(wait or 0, 28))
    assert delay <= timedelta(hours=1)


def test_looks_come_at_five_and_thirty_seconds_and_at_settle() -> None:
    settle_at = settled(NOW, settings=TICKETS)
    assert settle_at == NOW + timedelta(seconds=120)
    at, seen = NOW, []
    for _ in range(3):
        at = next_look(NOW, settle_at=settle_at, settings=TICKETS, now=at)
        seen.append((at - NOW).total_seconds())
    assert seen == [5, 30, 120]


def test_settling_waits_for_the_search_index() -> None:
    slow = TicketSettings(settle=timedelta(seconds=10), search_lag=timedelta(seconds=60))
    assert settled(NOW, settings=slow) == NOW + timedelta(seconds=60)


def test_past_settling_a_look_is_a_while_away() -> None:
    late = NOW + timedelta(hours=1)
    assert next_look(NOW, settle_at=settled(NOW, settings=TICKETS), settings=TICKETS, now=late) > late


def test_a_snooze_is_as_long_as_was_asked() -> None:
    assert snooze_for(30, chance=0.0) == timedelta(seconds=30)
    assert snooze_for(None, chance=0.5) == timedelta(seconds=1.5)
