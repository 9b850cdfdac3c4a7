"""One server per module for tests that leave it as they found it."""

from collections.abc import Iterator

import pytest

from tests.web.serving import Served, serving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server without workers and without a login."""
    with serving(tmp_path_factory.mktemp("served")) as running:
        yield running
