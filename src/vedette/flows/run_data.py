"""Run data: what a run of the monitor came to as plain values, for the HTTP door and for `--json`."""

from enum import StrEnum
from typing import Any

from vedette.flows.running import FilterReport, RunReport
from vedette.flows.served import SinkReport
from vedette.rules.point_data import point_data, window_data


class RunStatus(StrEnum):
    """How a run went as a whole."""

    OK = "ok"  # every filter counted whole, every sink has what is new
    PARTIAL = "partial"
    FAILED = "failed"  # nothing was counted


def status_of(report: RunReport) -> RunStatus:
    """How the run went as a whole."""
    if report.failed:
        return RunStatus.FAILED
    return RunStatus.PARTIAL if report.partial else RunStatus.OK


def run_data(report: RunReport) -> dict[str, Any]:
    """The report for JSON: every filter and every sink; the bodies only of a debug run."""
    return {
        "status": status_of(report).value,
        "debug": report.debug,
        "window": window_data(report.window),
        "filters": [_filter(each) for each in report.filters],
        "sinks": [_sink(each, debug=report.debug) for each in report.sinks],
        "calls": {
            "counting": report.calls.counting,
            "issues": report.calls.issues,
            "owners": report.calls.owners,
        },
    }


def _filter(each: FilterReport) -> dict[str, Any]:
    told = {"filter": each.filter, "instance": each.instance, "complete": False, "total": None}
    point = point_data(each.point) if each.point else {}
    return {**told, **point, "projects": list(each.projects), "problem": each.problem}


def _sink(each: SinkReport, *, debug: bool) -> dict[str, Any]:
    told = {"sink": each.sink, "outcome": each.outcome.value, "points": each.points, "detail": each.detail}
    return {**told, "bodies": list(each.bodies)} if debug else told
