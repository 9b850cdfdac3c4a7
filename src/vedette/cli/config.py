"""`vedette init`, `check` and `config`: settings written, proven and described."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from vedette.cli.options import DEFAULT_CONFIG, ConfigFile, standard_input
from vedette.errors import ConfigError, Problem, VedetteError
from vedette.model.access import AccessSettings
from vedette.model.ownership import Finding
from vedette.model.settings import Settings, StoreSettings
from vedette.rules.muting import expired

_STORE_CURE = "give the user that runs Vedette the right to write there, or name another file in store.url"

config = App(name="config", help="Print the settings' JSON Schema or a page of the reference.")


def init(path: Path = DEFAULT_CONFIG, *, stdout: Annotated[bool, Parameter(negative=())] = False) -> None:
    """Write a commented vedette.yaml to start from; a file that is there is never overwritten.

    Parameters
    ----------
    path
        Where to write it.
    stdout
        Print it instead.
    """
    text = files("vedette.config").joinpath("starter.yaml").read_text(encoding="utf-8")
    if stdout:
        sys.stdout.write(text)
        return
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise VedetteError(f"{path} is there already; name another path, or print with --stdout") from None
    except OSError as error:
        raise VedetteError(f"{path} cannot be written: {error.strerror}") from None
    print(f"Wrote {path}. Put your names into it, set the variables that it names, then: vedette check --config {path}")


def check(
    *,
    config: ConfigFile = DEFAULT_CONFIG,
    live: Annotated[bool, Parameter(negative=())] = False,
    verbose: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Prove the settings: every problem is printed with its file, line, column and cure.

    Exit code 2 where they cannot be used, 1 where a vendor does not have what they name.

    Parameters
    ----------
    live
        Ask Sentry and every tracker whether what the settings name exists.
    verbose
        With --live, a row for each thing that was asked; otherwise what is fine shares a row.
    """
    from vedette.config.load import examine  # noqa: PLC0415

    console = Console(highlight=False, soft_wrap=True)
    try:
        loaded = examine(config, environ=os.environ)
    except ConfigError as error:
        _print_problems(error.problems)
        return 2
    if (trouble := _store_trouble(config, loaded.settings)) is not None:
        _print_problems((trouble,))
        return 2
    for warning in loaded.warnings:
        console.print(f"[yellow]warning[/] {_plain(str(warning))}")
    for mute in expired(loaded.settings.mutes, now=datetime.now(UTC)):
        told = f"the mute expired {mute.until:%Y-%m-%d}: {mute.reason}; renew it or take it out"
        console.print(f"[yellow]warning[/] {_plain(told)}")
    _print_summary(console, config, loaded.settings)
    return _check_live(console, loaded.settings, verbose=verbose) if live else 0


@config.command
def schema() -> None:
    """Print the JSON Schema of vedette.yaml, for your editor."""
    from vedette.config.describe import json_schema  # noqa: PLC0415

    print(json.dumps(json_schema(), indent=2))


@config.command
def reference() -> None:
    """Print the page of the reference that lists every setting, in Markdown."""
    from vedette.config.page import page  # noqa: PLC0415

    sys.stdout.write(page())


@config.command
def commands() -> None:
    """Print the page of the reference that lists every command, in Markdown."""
    from vedette.cli.page import page  # noqa: PLC0415

    sys.stdout.write(page())


def _store_trouble(config: Path, settings: Settings) -> Problem | None:
    """Why the store of the settings cannot be written here."""
    from vedette.store.sqlite import obstacle  # noqa: PLC0415

    if not settings.store.url.startswith("sqlite:"):
        return None
    if not (words := obstacle(settings.store.url)):
        return None
    place = settings.where.get("store.url", f"{config}:1:1")
    file, line, column = place.rsplit(":", 2)
    return Problem(file, int(line), int(column), f"the store cannot be kept: {words}", _STORE_CURE)


def _print_problems(problems: tuple[Problem, ...]) -> None:
    for problem in problems:
        print(problem, file=sys.stderr)
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    print(f"vedette: {count}; nothing was started", file=sys.stderr)


def _print_summary(console: Console, config: Path, settings: Settings) -> None:
    table = Table(title=f"{_plain(str(config))} can be used", title_justify="left", show_header=False, box=None)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    routed = sum(team.route is not None for team in settings.teams.values())
    default = settings.default_route
    rows = {
        "mode": settings.mode.value,
        "Sentry": _listed(f"{each.name} ({each.organization} at {each.url})" for each in settings.instances.values()),
        "trackers": _listed(f"{each.name} ({each.kind})" for each in settings.trackers.values()),
        "webhooks": _hooks_told(settings),
        "CODEOWNERS": _listed(source.name for source in settings.codeowners),
        "teams": f"{len(settings.teams)}, {routed} with a route of their own",
        "default route": f"{default.tracker} {default.project}" if default else "none: what nobody owns gets no ticket",
        "policies": _listed(policy.name for policy in settings.policies),
        "mutes": str(len(settings.mutes)),
        "sinks": _listed(f"{sink.name} ({sink.kind})" for sink in settings.sinks.values()),
        "filters": _listed(each.name for each in settings.monitor.filters),
        "access": _access_told(settings.access),
    }
    for name, value in rows.items():
        table.add_row(name, _plain(value))
    console.print(table)


def _access_told(access: AccessSettings) -> str:
    """How much is declared, and where."""
    if not access.declared:
        return "nothing is declared"
    kinds = {"team": access.teams, "project": access.projects, "role": access.roles, "person": access.people}
    several = {"person": "people"}
    told = (f"{len(each)} {kind if len(each) == 1 else several.get(kind, f'{kind}s')}" for kind, each in kinds.items())
    return f"{_listed(told)} on {_listed(access.instances)}"


def _hooks_told(settings: Settings) -> str:
    """Which trackers tell of what people do with their tickets; the poll and the audit find out about the others."""
    silent = [each.name for each in settings.trackers.values() if not (each.webhook_secret or each.path_tokens)]
    if not silent:
        return f"from {_listed(settings.trackers)}"
    return f"none from {', '.join(silent)}: closed tickets are noticed by poll and audit (`vedette trackers hooks`)"


def _check_live(console: Console, settings: Settings, *, verbose: bool) -> int:
    from vedette.app import App as Vedette  # noqa: PLC0415

    # Asking needs a store for limits and last good copies, but not the one that a running Vedette uses.
    with TemporaryDirectory(prefix="vedette-check-") as folder:
        aside = replace(settings, store=StoreSettings(url=f"sqlite:///{folder}/check.db"))
        app = Vedette.build(aside, role="check", standard_input=standard_input(settings))
        try:
            findings = tuple(app.check_live())
        finally:
            app.close()
    table = Table(title="Asked live", title_justify="left")
    for heading in ("", "what", "answer", "cure"):
        table.add_column(heading)
    for finding in findings if verbose else _shared(findings):
        mark = "[green]ok[/]" if finding.ok else "[red]no[/]"
        table.add_row(mark, _plain(finding.subject), _plain(finding.message), _plain(finding.cure))
    console.print(table)
    return 0 if all(finding.ok for finding in findings) else 1


def _shared(findings: Iterable[Finding]) -> Iterator[Finding]:
    """What is wrong as it is; what is fine in one row for each run of things at one place."""
    for (place, ok), run in groupby(findings, key=lambda finding: (finding.subject.partition(": ")[0], finding.ok)):
        rows = list(run)
        if not ok or len(rows) == 1:
            yield from rows
            continue
        told = (row.subject.partition(": ")[2] or row.message for row in rows)
        yield Finding(place, True, f"{len(rows)} asked and fine: {', '.join(told)}")


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or "none"


def _plain(text: str) -> str:
    # Square brackets are markup to rich.
    return text.replace("[", r"\[")
