"""`vedette monitor run` and `backfill`: a window counted now, and the windows of days gone by."""

import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from vedette.app import App
from vedette.cli.logging import warn_on_stderr
from vedette.cli.monitor import AsJson, cells, chosen, remark
from vedette.cli.opened import opened, opened_to_look
from vedette.cli.options import DEFAULT_CONFIG, ConfigFile
from vedette.cli.paper import written
from vedette.config.durations import duration
from vedette.errors import VedetteError
from vedette.flows import running
from vedette.flows.run_data import RunStatus, run_data, status_of
from vedette.flows.running import RunReport
from vedette.flows.served import SinkOutcome
from vedette.model.jobs import JobKind
from vedette.rules.window_words import moment, window_meant

_PATIENCE = timedelta(seconds=60)
Names = Annotated[list[str] | None, Parameter(name="--filter", negative=(), help="Only this filter; may be repeated.")]
_WORDS = {
    SinkOutcome.SENT: "sent",
    SinkOutcome.NOTHING_NEW: "nothing new for it",
    SinkOutcome.WAITING: "not sent yet; its job waits",
    SinkOutcome.DEAD: "refused; see `vedette queue list --state dead`",
    SinkOutcome.WOULD_SEND: "would be sent",
}


def run(
    *,
    window: str = "last",
    names: Names = None,
    debug: Annotated[bool, Parameter(negative=())] = False,
    json: AsJson = False,
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """Count a window now and send its points, as `vedette serve` does by itself every few minutes.

    A window that is counted already is not asked for again, and its points are not sent twice. Exit code 1 where a
    filter was not counted whole, or a sink has not got its points.

    Parameters
    ----------
    window
        Start of the window, such as 2027-01-31T12:05 (UTC), or START/END; last is the newest that is due, together
        with all that were missed before it.
    debug
        Keep nothing and send nothing: print what would be sent.
    """
    warn_on_stderr()
    with opened_to_look(config) if debug else opened(config) as app:
        chosen(app.settings, names or [])
        report = _run(app, window, names, debug=debug)
    if json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(run_data(report))).decode() + "\n")
    else:
        _print(Console(highlight=False, soft_wrap=True), report)
    return 0 if status_of(report) is RunStatus.OK else 1


def backfill(
    *,
    since: str,
    until: str = "",
    names: Names = None,
    anew: Annotated[bool, Parameter(negative=())] = False,
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """Count every window since then that was never counted, or not whole, oldest first, and send what is new.

    Sentry must still have the events. Stop it at will: it goes on where it ended when it is run again. The points are
    sent by `vedette serve` or `vedette work`.

    Parameters
    ----------
    since
        A time such as 7d, or a moment such as 2027-01-31T12:00 (UTC).
    until
        A moment; up to now unless given.
    anew
        Also count the windows again that are whole.
    """
    warn_on_stderr()
    with opened(config) as app:
        chosen(app.settings, names or [])
        now = app.context.clock()
        first, last = _moment("--since", since, now=now), _moment("--until", until, now=now) if until else None
        return _fill(Console(highlight=False, soft_wrap=True), app, first, last, names, anew=anew)


def _run(app: App, window: str, names: list[str] | None, *, debug: bool) -> RunReport:
    settings = app.settings.monitor
    try:
        meant = window_meant(window, now=app.context.clock(), every=settings.every, delay=settings.delay)
    except ValueError as problem:
        raise VedetteError(f"--window {window}: {problem}") from None
    return running.run(
        app.context,
        window=None if window == "last" else meant,
        names=names,
        debug=debug,
        patience=_PATIENCE,
        meanwhile=None if debug else _pushing(app),
    )


def _pushing(app: App) -> Callable[[], bool]:
    """Sends one sink's points, beside the workers of a `vedette serve` or without any."""
    worker = app.worker()
    return lambda: worker.one_job(app.context, kinds=(JobKind.PUSH,))


def _moment(option: str, text: str, *, now: datetime) -> datetime:
    try:
        return now - duration(text)
    except ValueError:
        pass
    try:
        return moment(text)
    except ValueError:
        message = f"{option} {text} is neither a time such as 7d nor a moment such as 2027-01-31T12:00"
        raise VedetteError(message) from None


def _fill(
    console: Console, app: App, since: datetime, until: datetime | None, names: list[str] | None, *, anew: bool
) -> int:
    counted: Counter[str] = Counter()
    for done, changed in running.backfill(app.context, since=since, until=until, names=names, anew=anew):
        if done.problem is not None:
            console.print(written(f"{done.window} of {done.instance}: {done.problem}", style="red"))
            console.print("run it again to go on from there")
            return 1
        counted.update(windows=1, points=len(changed))
        errors = ", ".join(f"{point.filter} {point.total}" for point, _ in done.points)
        console.print(written(f"{done.window} of {done.instance}: {errors}"))
    console.print(f"{counted['windows']} windows were counted; {counted['points']} points are new or changed")
    return 0


def _print(console: Console, report: RunReport) -> None:
    console.print(written(f"window {report.window}", style="bold"))
    table = Table("filter", "instance", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for head in ("errors", "issues", "users", "new", "back"):
        table.add_column(head, justify="right")
    table.add_column("", overflow="fold")
    for each in report.filters:
        numbers = cells(each.point) if each.point else ("?",) * 5
        words = remark(each.point) if each.point else each.problem
        table.add_row(written((each.filter, "bold")), written(each.instance), *numbers, written(words))
    console.print(table)
    for sink in report.sinks:
        count = f" ({sink.points} {'point' if sink.points == 1 else 'points'})" if sink.points else ""
        beside = f": {sink.detail}" if sink.detail and sink.outcome is not SinkOutcome.SENT else ""
        console.print(written((f"sink {sink.sink}", "bold"), f"  {_WORDS[sink.outcome]}{count}{beside}"))
        for body in sink.bodies:
            console.print(written(msgspec.json.format(msgspec.json.encode(body)).decode()))
    if report.debug:
        console.print("debug: nothing was kept and nothing was sent", style="bold")
