"""`vedette backup`, `restore` and `audit`: the store kept safe, and held against what the trackers have."""

from pathlib import Path
from typing import Annotated

import msgspec
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
    report: Annotated[bool, Parameter(negative=())] = False,
    mend: Annotated[bool, Parameter(negative=())] = False,
    json: Annotated[bool, Parameter(negative=(), help="Print one JSON object with every difference.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """Compare the ledger with the trackers and with Sentry, and print every difference; with --mend set it right.

    To mend is: tickets that were closed, moved, renamed, reopened or deleted by hand are taken over into the ledger;
    one that carries our stamp and that the ledger lost is taken back; a late twin becomes a job that folds it into the
    older ticket. `vedette serve` does so every night. Exit code 1 where anything differs, whether or not it was mended.

    Parameters
    ----------
    tracker
        Only this tracker; all of them unless given.
    report
        Only print; writes nothing anywhere. This is what happens without --mend.
    mend
        Set right what may be.
    """
    if report and mend:
        raise VedetteError("--report writes nothing and --mend does: say one of them")
    warn_on_stderr()
    with opened(config) if mend else opened_to_look(config) as app:
        names = _named(app, tracker)
        reports = {name: audit_tracker(app.context, name) for name in names}
        if mend:
            for name, each in reports.items():
                _note(app, name, each)
    if json:
        print(msgspec.json.encode({"mended": mend, "trackers": reports}).decode())
    else:
        for name, each in reports.items():
            _print(Console(highlight=False, soft_wrap=True), name, each, mend=mend)
    return 1 if any(each.differences for each in reports.values()) else 0


def _named(app: App, tracker: str) -> tuple[str, ...]:
    names = tuple(app.settings.trackers)
    if tracker and tracker not in names:
        raise VedetteError(f"there is no tracker {tracker}; there are {', '.join(names)}")
    return (tracker,) if tracker else names


def _note(app: App, name: str, report: Report) -> None:
    sentence = f"{name} was audited by hand: {len(report.differences)} differences, {report.folded} twins to fold"
    counts = {"folded": report.folded, "adopted": report.adopted, "refreshed": report.refreshed}
    details = {"differences": report.differences[:200]} | counts
    reason = "audit_differences" if report.differences else "audit_clean"
    entry = NewEntry(EntryKind.AUDIT, reason, sentence, details=details)
    app.store.write(lambda tx: journal.write(tx, entry, now=app.context.clock()))


def _print(console: Console, name: str, report: Report, *, mend: bool) -> None:
    console.print(written(f"{name}: {report.claims} claims, {report.tickets} tickets of ours seen", style="bold"))
    for difference in report.differences:
        console.print(written(f"  {difference}"))
    if not report.differences:
        console.print("  no difference")
    elif not mend:
        console.print("  only told, nothing was written: --mend sets right what may be")
    else:
        told = f"  {report.refreshed} tickets were read anew into the ledger, {report.adopted} taken back into it"
        console.print(f"{told}, {report.folded} jobs to fold twins enqueued for the workers")


def _tell(verb: str, copied: Copied) -> None:
    rows = ", ".join(f"{copied.rows.get(table, 0):,} {table}" for table in _TABLES)
    print(f"{verb} {copied.file} ({copied.engine}, {copied.bytes:,} bytes): {rows}")
