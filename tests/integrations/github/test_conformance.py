"""GitHub Issues keeps every promise of the tracker's role, by a token and as an installed App."""

from collections.abc import Iterator

import pytest

from tests.conformance.priorities import WithoutPriorities
from tests.conformance.trackers import TrackerCase, TrackerConformance
from tests.integrations.github.standing import installed, standing
from vedette.sandbox.github import amended, demo


class TestToken(TrackerConformance, WithoutPriorities):
    """The token of an account."""

    @pytest.fixture
    def case(self) -> Iterator[TrackerCase]:
        with standing() as case:
            yield case


class TestApp(TrackerConformance, WithoutPriorities):
    """An App with its installation's tokens."""

    @pytest.fixture
    def case(self) -> Iterator[TrackerCase]:
        with standing(amended(demo(), {"app": installed()})) as case:
            yield case
