"""A stand-in Linear, and a client to ask it with."""

from collections.abc import Iterator

import pytest

from tests.sandbox.linear.asking import Asking
from vedette.sandbox.linear import LinearStandIn


@pytest.fixture
def linear() -> Iterator[LinearStandIn]:
    """A stand-in without faults."""
    with LinearStandIn() as running:
        yield running


@pytest.fixture
def asking(linear: LinearStandIn) -> Iterator[Asking]:
    """A client of the stand-in."""
    with Asking(linear) as client:
        yield client
