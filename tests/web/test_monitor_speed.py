"""How long the page of a filter takes over thirty days of five-minute windows; the figure is told, not only held."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from vedette.model.metrics import Filter, Point, Window
from vedette.model.settings import MonitorSettings, StoreSettings
from vedette.rules.charting import Range
from vedette.store import windows
from vedette.store.database import Store, Tx
from vedette.web.looking import Look
from vedette.web.monitoring import Drawn, drawn
from vedette.web.showing import environment

FIVE = timedelta(minutes=5)
NOW = datetime(2026, 11, 21, 12, 3, tzinfo=UTC)
NAME = ("default", "checkout")
# Of a quiet machine it is a tenth of that; a machine under load must not fail the build.
LONGEST_S = 3.0


def test_thirty_days_are_drawn_within_moments(tmp_path: Path, say: Callable[[str], None]) -> None:
    monitor = MonitorSettings(filters=(Filter(NAME[1], NAME[0]),))
    with Store.open(StoreSettings(url=f"sqlite:///{tmp_path}/vedette.db")) as store:
        store.write(_thirty_one_days)
        began = perf_counter()
        made = store.read(lambda tx: drawn(tx, NAME, Look(range=Range.MONTH), monitor, now=NOW))
        text = _written(made)
        took = perf_counter() - began
    assert len(made.points) == made.chart.windows()[0] == 30 * 288 - 72  # the last bar has only begun
    assert text.count('<rect class="bar') == len(made.chart.bars) - 1 == 119
    say(f"monitor: 30 days of 5-minute windows and the day before were read and drawn in {1000 * took:.0f} ms")
    assert took < LONGEST_S


def _thirty_one_days(tx: Tx) -> None:
    start = NOW.replace(minute=0) - timedelta(days=31)
    for place in range(31 * 288):
        at = start + place * FIVE
        windows.save(tx, Point(NAME[1], NAME[0], Window(at, at + FIVE), place % 40), counts={"1": place}, now=NOW)


def _written(made: Drawn) -> str:
    macros = environment().get_template("chart.html").module
    return str(macros.big(made, "checkout"))  # type: ignore[attr-defined]
