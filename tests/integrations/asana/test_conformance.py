"""Asana keeps every promise of the tracker's role, wherever the key stands."""

from collections.abc import Iterator

import pytest

from tests.conformance.priorities import PriorityCase, PriorityConformance
from tests.conformance.trackers import TrackerConformance
from tests.integrations.asana.standing import standing


class TestKeyInAField(TrackerConformance, PriorityConformance):
    """A personal access token and a text field for the key."""

    @pytest.fixture
    def case(self) -> Iterator[PriorityCase]:
        with standing(stamp_field="Sentry stamp") as case:
            yield case


class TestKeyInTheNotes(TrackerConformance, PriorityConformance):
    """A personal access token and no field: the key is the last line of the notes."""

    @pytest.fixture
    def case(self) -> Iterator[PriorityCase]:
        with standing() as case:
            yield case


class TestKeyAsExternalData(TrackerConformance, PriorityConformance):
    """An app's token, which may keep data of its own on a task."""

    @pytest.fixture
    def case(self) -> Iterator[PriorityCase]:
        with standing(company={"oauth": True}, oauth=True) as case:
            yield case
