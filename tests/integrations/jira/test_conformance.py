"""Jira keeps every promise of the tracker's role, on both faces."""

from collections.abc import Iterator

import pytest

from tests.conformance.priorities import PriorityCase, PriorityConformance
from tests.conformance.trackers import TrackerConformance
from tests.integrations.jira.standing import demo_case
from vedette.sandbox.jira import Face


class TestCloud(TrackerConformance, PriorityConformance):
    """Jira Cloud, REST v3."""

    @pytest.fixture
    def case(self) -> Iterator[PriorityCase]:
        with demo_case(Face.CLOUD) as case:
            yield case


class TestDataCenter(TrackerConformance, PriorityConformance):
    """Jira Data Center, REST v2."""

    @pytest.fixture
    def case(self) -> Iterator[PriorityCase]:
        with demo_case(Face.DATACENTER) as case:
            yield case
