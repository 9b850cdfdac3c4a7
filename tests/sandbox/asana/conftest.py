"""A stand-in Asana, and a client to ask it with."""

from collections.abc import Iterator

import pytest

from tests.sandbox.asana.asking import Asking
from vedette.sandbox.asana import AsanaStandIn


@pytest.fixture
def asana() -> Iterator[AsanaStandIn]:
    """A stand-in without faults."""
    with AsanaStandIn() as running:
        yield running


@pytest.fixture
def asking(asana: AsanaStandIn) -> Iterator[Asking]:
    """A client of the stand-in."""
    with Asking.of(asana) as client:
        yield client
