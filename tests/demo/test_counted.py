"""The minute that was counted is told once, and only where it had an error."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from tests.databases import lay_tables
from vedette.cli.demo import show
from vedette.cli.demo.story import Counted, Story
from vedette.model.metrics import Point, Window
from vedette.model.settings import StoreSettings
from vedette.store import windows
from vedette.store.database import Store

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FIRST = Window(AT, AT + MINUTE)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    lay_tables(tmp_path / "vedette.db")
    with Store.open(StoreSettings(url=f"sqlite:///{tmp_path}/vedette.db"), role="command") as opened:
        yield opened


def count(store: Store, window: Window, **totals: int) -> None:
    for name, total in totals.items():
        point = Point(name, "default", window, total)
        store.write(lambda tx, one=point: windows.save(tx, one, counts={}, now=AT))  # type: ignore[misc]


def test_a_minute_with_errors_is_told_once(store: Store, tmp_path: Path) -> None:
    with closing(Story.of(tmp_path / "vedette.db")) as story:
        assert story.counted() is None
        count(store, FIRST, checkout=9, everything=30)
        assert story.counted() == Counted(FIRST, {"checkout": 9, "everything": 30})
        assert story.counted() is None


def test_a_quiet_minute_is_not_told(store: Store, tmp_path: Path) -> None:
    with closing(Story.of(tmp_path / "vedette.db")) as story:
        count(store, FIRST, checkout=0, everything=0)
        assert story.counted() is None


def test_the_line_names_the_minute_the_filters_and_the_page() -> None:
    said = StringIO()
    show.counted(Console(file=said, width=60), Counted(FIRST, {"checkout": 9, "everything": 30}), "http://127.0.0.1:1")
    assert said.getvalue() == "   Σ 12:00–12:01 UTC  checkout 9, everything 30 ─▶ http://127.0.0.1:1/monitor\n"
