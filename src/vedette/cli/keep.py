"""`vedette backup`, `restore` and `audit`: the store kept safe, and held against what the trackers have."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from vedette.app import App
from vedette.cli.logging import warn_on_stderr
from vedette.cli.opened import opened, opened_to_look
from vedette.cli.options import DEFAULT_CONFIG, ConfigFile, read_settings
from vedette.cli.paper import written
from vedette.errors import VedetteError
from vedette.flows.reconcile import Report, audit_tracker
from vedette.model.journal import EntryKind, NewEntry
from vedette.store import backup as backups
from vedette.store import journal
from vedette.store.backup import Copied

_TABLES = ("deliveries", "journal", "claims", "jobs")


def backup(file: Path, *, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Write the whole store, as it is at this moment, to one file; Vedette may go on running.

    The file is checked before it gets its name. An existing one is never overwritten.

    Parameters
    ----------
    file
        Where to write it, such as vedette-2027-01-31.zip.
    """
    _tell("wrote", backups.backup(read_settings(config).store, file))


def restore(file: Path, *, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Fill an empty store from a backup; stop every Vedette that uses the store first.

    Parameters
    ----------
    file
        What `vedette backup` wrote, for the same kind of database.
    """
    _tell("restored", backups.restore(file, read_settings(config).store))


def audit(
    *,
    tracker: str = "",
    dry_run: Annotated[bool, Parameter(negative=())] = False,
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """Compare the ledger with the trackers, print every difference, and set right what may be.

    Tickets that were closed, moved or deleted by hand are taken over into the ledger; a late twin becomes a job that
    folds it into the older ticket. `vedette serve` does this every night. Exit code 1 where anything differs.

    Parameters
    ----------
    tracker
        Only this tracker; all of them unless given.
    dry_run
        Print the differences and write nothing.
    """
    warn_on_stderr()
    console = Console(highlight=False, soft_wrap=True)
    with opened_to_look(config) if dry_run else opened(config) as app:
        names = _named(app, tracker)
        reports = {name: audit_tracker(app.context, name) for name in names}
        if not dry_run:
            for name, report in reports.items():
                _note(app, name, report)
    for name, report in reports.items():
        _print(console, name, report, dry_run=dry_run)
    return 1 if any(report.differences for report in reports.values()) else 0


def _named(app: App, tracker: str) -> tuple[str, ...]:
    names = tuple(app.settings.trackers)
    if tracker and tracker not in names:
        raise VedetteError(f"there is no tracker {tracker}; there are {', '.join(names)}")
    return (tracker,) if tracker else names


def _note(app: App, name: str, report: Report) -> None:
    sentence = f"{name} was audited by hand: {len(report.differences)} differences, {report.folded} twins to fold"
    details = {"differences": report.differences[:200], "folded": report.folded, "refreshed": report.refreshed}
    reason = "audit_differences" if report.differences else "audit_clean"
    entry = NewEntry(EntryKind.AUDIT, reason, sentence, details=details)
    app.store.write(lambda tx: journal.write(tx, entry, now=app.context.clock()))


def _print(console: Console, name: str, report: Report, *, dry_run: bool) -> None:
    console.print(written(f"{name}: {report.claims} claims, {report.tickets} tickets of ours seen", style="bold"))
    for difference in report.differences:
        console.print(written(f"  {difference}"))
    if not report.differences:
        console.print("  no difference")
    elif dry_run:
        console.print("  dry run: nothing was written")
    elif report.folded:
        console.print(f"  {report.folded} jobs to fold twins were enqueued for the workers")


def _tell(verb: str, copied: Copied) -> None:
    rows = ", ".join(f"{copied.rows.get(table, 0):,} {table}" for table in _TABLES)
    print(f"{verb} {copied.file} ({copied.engine}, {copied.bytes:,} bytes): {rows}")
