"""A stand-in GitHub, and a client to ask it with."""

from collections.abc import Iterator

import pytest

from tests.sandbox.github.asking import Asking
from vedette.sandbox.github import GitHubStandIn


@pytest.fixture
def github() -> Iterator[GitHubStandIn]:
    """A stand-in without faults."""
    with GitHubStandIn() as running:
        yield running


@pytest.fixture
def asking(github: GitHubStandIn) -> Iterator[Asking]:
    """A client of the stand-in."""
    with Asking.of(github) as client:
        yield client
