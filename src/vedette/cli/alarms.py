"""`vedette alarms`: what is wrong now and who was told of it; and a notice to try a notifier with."""

import os
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from vedette.cli.opened import opened
from vedette.cli.options import DEFAULT_CONFIG, ConfigFile, read_settings
from vedette.cli.paper import written
from vedette.config.nearest import suggestion
from vedette.config.registry import Registry
from vedette.errors import VedetteError
from vedette.flows.context import wall_clock
from vedette.model.alarms import Alarm, CauseKind, Notice, NoticeState, Severity
from vedette.model.settings import Settings
from vedette.ports.http import Fence
from vedette.store import alarms as remembered

alarms = App(name="alarms", help="Alarms: what is wrong and who was told of it; try a notifier.")


@alarms.command(name="list")
def listing(*, config: ConfigFile = DEFAULT_CONFIG) -> int:
    """List what is wrong now, the worst first, with what to do about it."""
    console = Console(highlight=False, soft_wrap=True)
    with opened(config, role="read") as app:
        found = app.store.read(remembered.standing)
    if not found:
        console.print("nothing is wrong that Vedette knows of")
    for alarm in found:
        console.print(_told(alarm))
    return 0


@alarms.command(name="test")
def try_out(
    notifier: Annotated[str, Parameter(help="Its name under `notifiers:`.")],
    /,
    *,
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """Send a notice through one notifier, that something is wrong and that it is over, and say what came of it."""
    settings = read_settings(config)
    known = settings.notifiers.get(notifier)
    if known is None:
        cure = suggestion(notifier, settings.notifiers) or "`vedette check` shows the settings"
        raise VedetteError(f"there is no notifier {notifier}; {cure}")
    make = Registry().find(known.kind).notifier
    if make is None:
        raise VedetteError(f"kind {known.kind} tells nobody anything")
    telling = make(known)
    opened_notice = _test(settings, now=wall_clock())
    over = replace(opened_notice, id=f"{opened_notice.id}/end", state=NoticeState.RESOLVED)
    try:
        left_out = [
            words
            for notice in (opened_notice, over)
            for words in telling.notify(notice, fence=Fence.after(known.timeout.total_seconds()))
        ]
    finally:
        telling.close()
    for words in dict.fromkeys(left_out):
        print(words)
    print(f"{notifier} took a notice, and that it is over")
    return 1 if left_out else 0


def _test(settings: Settings, *, now: datetime) -> Notice:
    base = settings.tickets.base_url
    return Notice(
        id=f"test:{os.getpid()}:{now.timestamp():.0f}",
        first_id=f"test:{os.getpid()}:{now.timestamp():.0f}",
        key="test",
        kind=CauseKind.TEST,
        severity=Severity.INFO,
        state=NoticeState.OPENED,
        title="This is a test of Vedette's alarms; nothing is wrong",
        cure="nothing is to be done",
        facts=(("sent by", "vedette alarms test"),),
        link=base,
        since=now,
        at=now,
    )


def _told(alarm: Alarm) -> Table:
    cause = alarm.cause
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    times = f", {alarm.count} times" if alarm.count > 1 else ""
    table.add_row(written(cause.severity), written(cause.title))
    table.add_row("do", written(cause.cure))
    table.add_row("since", f"{alarm.first_at:%Y-%m-%d %H:%M:%S} UTC{times}")
    table.add_row("told", written(", ".join(alarm.told)) if alarm.told else "nobody yet")
    table.add_row("", "")
    return table
