"""Sources and stand-ins for the tests of this folder; every source that a test opens is closed after it."""

from collections.abc import Iterator

import pytest

from tests.integrations.sentry.opening import close_all
from vedette.sandbox.sentry import Dialect, SentryStandIn, StandInConfig


@pytest.fixture(autouse=True)
def _sources_are_closed() -> Iterator[None]:
    yield
    close_all()


@pytest.fixture(params=list(Dialect))
def sentry(request: pytest.FixtureRequest) -> Iterator[SentryStandIn]:
    """A stand-in of each dialect, whose last full page promises one more."""
    with SentryStandIn(StandInConfig(dialect=request.param, hollow_pages=True)) as running:
        yield running


@pytest.fixture
def modern() -> Iterator[SentryStandIn]:
    """A stand-in of today's Sentry."""
    with SentryStandIn() as running:
        yield running
