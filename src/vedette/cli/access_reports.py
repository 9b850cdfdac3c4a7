"""`vedette access report`: who has access to what, and which projects and accounts nobody looks after."""

import sys
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from vedette.cli.opened import opened_to_look
from vedette.cli.options import DEFAULT_CONFIG, ConfigFile
from vedette.cli.paper import visible, written
from vedette.flows.access_reports import Subject
from vedette.flows.access_reports import report as made_report
from vedette.rules.access.reports import Report
from vedette.rules.access.tabling import as_csv, as_data, as_markdown


def report(
    subject: Literal["members", "unowned", "talkers", "seen", "unused"],
    /,
    *,
    instance: str = "",
    form: Annotated[Literal["table", "csv", "markdown", "json"], Parameter(name="--format")] = "table",
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """Print a report of every managed instance; nothing is changed.

    Parameters
    ----------
    subject
        members: who has access to what; unowned: projects that nobody looks after; talkers: projects by their events in
        24 h; seen: projects by when they were seen last; unused: accounts that nobody ever logged in to.
    instance
        Only this Sentry instance.
    form
        table, csv, markdown or json.
    """
    with opened_to_look(config) as app:
        found = made_report(app.context, Subject(subject), [instance] if instance else [])
    match form:
        case "csv":
            sys.stdout.write(as_csv(found))
        case "markdown":
            sys.stdout.write(visible(as_markdown(found)))
        case "json":
            sys.stdout.write(msgspec.json.format(msgspec.json.encode(as_data(found))).decode() + "\n")
        case _:
            _print(found)
    return 0


def _print(found: Report) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if not found.rows:
        console.print("none")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place, name in enumerate(found.columns):
        cells = [row[place] for row in found.rows]
        justify: Literal["left", "right"] = "right" if any(isinstance(cell, int) for cell in cells) else "left"
        # An address in two halves cannot be copied; sentences and lists may be folded.
        whole = not any(" " in str(cell) for cell in cells)
        table.add_column(name, justify=justify, overflow="fold", no_wrap=whole)
    for row in found.rows:
        table.add_row(*(written("" if cell is None else str(cell)) for cell in row))
    console.print(table)
