"""Asana keeps every promise of the tracker's role, wherever the key stands."""

from collections.abc import Iterator

import pytest

from tests.conformance.trackers import TrackerCase, TrackerConformance
from tests.integrations.asana.standing import standing


class TestKeyInAField(TrackerConformance):
    """A personal access token and a text field for the key."""

    @pytest.fixture
    def case(self) -> Iterator[TrackerCase]:
        with standing(stamp_field="Sentry stamp") as case:
            yield case


class TestKeyInTheNotes(TrackerConformance):
    """A personal access token and no field: the key is the last line of the notes."""

    @pytest.fixture
    def case(self) -> Iterator[TrackerCase]:
        with standing() as case:
            yield case


class TestKeyAsExternalData(TrackerConformance):
    """An app's token, which may keep data of its own on a task."""

    @pytest.fixture
    def case(self) -> Iterator[TrackerCase]:
        with standing(company={"oauth": True}, oauth=True) as case:
            yield case
