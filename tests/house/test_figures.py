"""The README's figures are those of bench/results.json."""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def test_the_readme_tells_the_figures_of_the_last_full_run() -> None:
    report: dict[str, Any] = json.loads((ROOT / "bench" / "results.json").read_text(encoding="utf-8"))
    assert report["quick"] is False
    results = report["results"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    sqlite, postgres = results["torture_sqlite"], results["torture_postgres"]
    intake, owners, footprint = results["intake"], results["codeowners"], results["footprint"]
    cost, exact, breadth = results["ticket_cost"], results["monitor_exact"], results["monitor_filters"]
    access = results["access_plan"]
    whole = access["everything"]
    told = [
        *(_storm(name, run) for name, run in (("SQLite", sqlite), ("PostgreSQL", postgres))),
        f"{sqlite['search_then_create_duplicates']} and {postgres['search_then_create_duplicates']} issues",
        f"{sqlite['late_folded']} and {postgres['late_folded']} twins",
        f"{intake['sustained_per_s']:,}/s at p99 {intake['p99_ms']:.0f} ms",
        f"p99 {intake['p99_ms_at_500']:.1f} ms at 500/s; {intake['p99_ms_with_workers']:.0f} ms with workers busy",
        f"indexed in {owners['index_ms']:.0f} ms, {owners['match_us_per_path']:.1f} µs a path",
        f"{owners['ratio_to_codeowners']:.0f} times",
        f"{cost['calls_for_500_unchanged']} calls in all, to Sentry and tracker together",
        f"together; {cost['calls_per_unchanged']:.0f} per issue",
        f"{cost['calls_per_cut']:.0f} calls at most",
        f"{exact['days']:.0f} days, {exact['windows']:,} windows and {exact['errors']:,} errors",
        f"count error {exact['count_error']}; {exact['complete']:.1%} of the windows that no outage touched",
        f"tells {exact['original_loop_error']:.0%} of the errors wrong",
        f"{breadth['groups']} questions, {breadth['first']['calls_for_pages']} pages",
        f"{breadth['first']['calls_for_totals']} calls for totals, {breadth['first']['seconds']:.1f} s",
        f"planned in {access['plan_s']:.0f} s with {access['calls']} calls and {access['peak_mb']} MB",
        f"writes {access['noop_writes']} times; with ownership and alert rules {whole['plan_s']:.0f} s",
        f"{whole['calls']:,} calls",
        f"{footprint['idle_mb']:.0f} MB resident, ready in {footprint['ready_s']:.1f} s",
    ]
    assert [each for each in told if each not in readme] == []


def _storm(name: str, run: dict[str, Any]) -> str:
    told = f"torture, {name}: {run['deliveries']:,} deliveries answered, {run['kills']} `kill -9`"
    outcome = (
        f"{run['tickets']} tickets for {run['expected']} issues, {run['lost']} lost, {run['duplicates']} duplicates"
    )
    return f"{told}, {run['stops']} freezes, {run['faults']} faults of the tracker | {outcome}"
