"""Retrying: when a job is tried again, and when an ambiguous attempt is looked at."""

from datetime import datetime, timedelta

from vedette.model.policies import TicketSettings
from vedette.model.settings import QueueSettings

# Six-fold steps reach the hour at the fourth failure, so that ten attempts outlast a six-hour outage.
_GROWTH = 6
# Keeps jobs that failed together from coming back together, and the whole span above six hours.
_JITTER = 0.05


def next_try(attempt: int, *, settings: QueueSettings, chance: float, wait: float | None = None) -> timedelta | None:
    """How long to wait after the `attempt`-th failure (1 = the first), or None when it was the last.

    Grows from `first_retry` to `longest_retry`; with the defaults ten attempts span more than six hours.
    `chance` in [0, 1) is the caller's random number; `wait` is what the vendor asked for, in seconds.
    """
    if attempt >= settings.attempts:
        return None
    # The exponent is bounded because timedelta overflows long before attempts run out.
    grown = settings.first_retry * float(_GROWTH ** min(attempt - 1, 9))
    delay = min(grown, settings.longest_retry) * (1 - _JITTER * chance)
    return max(delay, timedelta(seconds=wait or 0))


def settled(ended_at: datetime, *, settings: TicketSettings) -> datetime:
    """The moment from which seeing no ticket proves that an attempt that ended then left none.

    Also waits for the search index, since its silence is the second witness.
    """
    return ended_at + max(settings.settle, settings.search_lag)


def next_look(ended_at: datetime, *, settle_at: datetime, settings: TicketSettings, now: datetime) -> datetime:
    """When to look again for a ticket that an ambiguous attempt may have left; past `settle_at` one refresh apart."""
    planned = (*(ended_at + after for after in settings.looks), settle_at)
    return next((at for at in planned if at > now), now + max(settings.looks, default=settings.settle))


def snooze_for(wait: float | None, *, chance: float) -> timedelta:
    """How long a rate-limited call rests: what was asked for, else a second or two (Sentry's 429 names no time)."""
    return timedelta(seconds=(1.0 if wait is None else max(wait, 0.1)) + chance)
