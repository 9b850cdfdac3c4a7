"""A few hours of errors, some of them late, through outages and shifting lists: every complete count is right.

The whole of it, a month, is `bench/monitor_exact.py`.
"""

from collections.abc import Callable
from pathlib import Path

from bench.exact.weather import Month
from bench.monitor_exact import simulate


def test_every_complete_window_is_exact_and_every_other_is_marked(tmp_path: Path, say: Callable[[str], None]) -> None:
    report = simulate(Month(0.15, latest=3000), tmp_path)
    say(f"monitor: {report}")
    assert report["wrong"] == []
    assert report["count_error"] == 0
    assert report["complete"] >= 0.95
    # Without late errors that opened windows again, and lists that shifted, this would prove little.
    assert min(report["late_errors"], report["windows_revised"], report["lists_shifted"]) > 0
    assert report["original_loop_error"] > 0.1
