"""A stand-in Jira of either face, and a client to ask it with."""

from collections.abc import Iterator

import pytest

from tests.sandbox.jira.asking import Asking
from vedette.sandbox.jira import Face, JiraStandIn, demo


@pytest.fixture(params=list(Face), ids=str)
def face(request: pytest.FixtureRequest) -> Face:
    """Both faces, one after the other."""
    chosen: Face = request.param
    return chosen


@pytest.fixture
def jira(face: Face) -> Iterator[JiraStandIn]:
    """A stand-in without lag and without faults."""
    with JiraStandIn(demo(face)) as running:
        yield running


@pytest.fixture
def asking(jira: JiraStandIn) -> Iterator[Asking]:
    """A client of the stand-in."""
    with Asking.of(jira) as client:
        yield client


@pytest.fixture(scope="module", params=list(Face), ids=str)
def shared(request: pytest.FixtureRequest) -> Iterator[Asking]:
    """A client of a stand-in that the tests of one module share, for questions that leave nothing behind."""
    with JiraStandIn(demo(request.param)) as running, Asking.of(running) as client:
        client.create()
        yield client
