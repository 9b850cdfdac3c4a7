"""What the tests of the stand-in Sentry share: a running one, a client, and a receiver of webhooks."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.sandbox.sentry.receiving import Receiver
from vedette.sandbox.sentry import SentryStandIn
from vedette.sandbox.sentry.hooks import tls


@pytest.fixture
def sentry() -> Iterator[SentryStandIn]:
    """A stand-in with nothing in it."""
    with SentryStandIn() as running:
        yield running


@pytest.fixture
def call(sentry: SentryStandIn) -> Iterator[httpx2.Client]:
    """A client that holds its token."""
    headers = {"Authorization": f"Bearer {sentry.token}"}
    with httpx2.Client(base_url=sentry.url, headers=headers, trust_env=False, verify=tls()) as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Whoever webhooks are sent to."""
    with Receiver() as running:
        yield running
