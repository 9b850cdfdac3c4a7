"""What every test may ask for: a real PostgreSQL, a real Chromium, and Hypothesis without a stopwatch."""

import gc
from collections.abc import Callable, Iterator
from typing import Literal

import pytest
import structlog
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, Page

from tests.browser import running_chromium
from tests.databases import PostgresServer, fresh_database, running_postgres

# A deadline measures the machine's load, not the code: benchmarks measure the code.
settings.register_profile("house", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

# A stack is told in plain words, as the product tells it: structlog's own way draws every frame with its variables,
# which takes a second each.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.dev.ConsoleRenderer(colors=False),
    ]
)

SAID = "said"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a fixture of their module go to one process, so that what it starts is started once."""
    for item in items:
        if isinstance(item, pytest.Function) and _shares(item) and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0].rpartition("/")[2]))


def pytest_collection_finish() -> None:
    """Every module and test is there for good: the collector need not walk them again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


def _shares(item: pytest.Function) -> bool:
    fixtures = item._fixtureinfo.name2fixturedefs.values()
    return any(defined[-1].scope == "module" for defined in fixtures if defined)


@pytest.fixture
def say(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """A sentence for the summary of the run, such as how many exchanges a contract test checked."""
    return lambda sentence: record_property(SAID, sentence)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests said; properties travel from every test process, printed text would not."""
    reports = [each for group in terminalreporter.stats.values() for each in group if hasattr(each, "user_properties")]
    said = sorted({str(value) for each in reports for name, value in each.user_properties if name == SAID})
    if said:
        terminalreporter.section("what was checked")
        for sentence in said:
            terminalreporter.line(sentence)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL per test process, started when the first test asks for it."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of an empty database for this test alone."""
    with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="module")
def postgres_module_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a database that the tests of one module share."""
    with fresh_database(postgres_server) as url:
        yield url


# Per module and not per session: while Playwright's synchronous interface is open, its event loop counts as running
# in this thread, and `asyncio.run` in any other test would be refused.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium for the tests of one module."""
    with running_chromium() as chromium:
        yield chromium


@pytest.fixture
def color_scheme() -> str:
    """Light, unless a test is parametrised with `color_scheme`: light or dark."""
    return "light"


@pytest.fixture
def viewport() -> tuple[int, int]:
    """A desk's width and height in CSS pixels, unless a test is parametrised with `viewport`; a phone is (390, 844)."""
    return (1280, 800)


@pytest.fixture
def page(browser: Browser, color_scheme: str, viewport: tuple[int, int]) -> Iterator[Page]:
    """A page in a context of its own: no cookie and no storage of another test."""
    width, height = viewport
    scheme: Literal["dark", "light"] = "dark" if color_scheme == "dark" else "light"
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": height})
    try:
        yield context.new_page()
    finally:
        context.close()
