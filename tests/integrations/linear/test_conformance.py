"""Linear keeps every promise of the tracker's role, with an API key and with an application's token."""

from collections.abc import Iterator

import pytest

from tests.conformance.priorities import PriorityCase, PriorityConformance
from tests.conformance.trackers import TrackerConformance
from tests.integrations.linear.standing import standing
from vedette.sandbox.linear import amended, demo


class TestKey(TrackerConformance, PriorityConformance):
    """An API key, sent as it is."""

    @pytest.fixture
    def case(self) -> Iterator[PriorityCase]:
        with standing() as case:
            yield case


class TestApplication(TrackerConformance, PriorityConformance):
    """An OAuth application's token, sent as Bearer."""

    @pytest.fixture
    def case(self) -> Iterator[PriorityCase]:
        with standing(amended(demo(), {"oauth": True})) as case:
            yield case
