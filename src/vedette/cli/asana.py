"""`vedette asana`: what a route for Asana may name, as the workspace itself has it."""

import sys
from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from vedette.cli.options import DEFAULT_CONFIG, ConfigFile, read_settings
from vedette.cli.paper import written
from vedette.errors import ConfigError, Problem
from vedette.model.settings import Settings, TrackerSettings

KIND = "asana"

asana = App(name=KIND, help="Asana: the options of a field, such as the teams, with their ids.")


@asana.command
def teams(
    project: str,
    /,
    *,
    field: str = "Team",
    tracker: Annotated[str, Parameter(help="Name of the tracker, where the settings have several of Asana.")] = "",
    json: Annotated[bool, Parameter(negative=())] = False,
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """List the options of a custom field with their ids; routes take either.

    Parameters
    ----------
    project
        A project that has the field: its name, its gid, or portfolio:GID for the newest in it.
    field
        Name or gid of the field, of kind enum or multi_enum.
    json
        Print one JSON array, an object with gid, name and enabled for each option.
    """
    from vedette.integrations.asana import AsanaTracker  # noqa: PLC0415

    talking = AsanaTracker.from_settings(_chosen(read_settings(config), tracker, file=str(config)))
    try:
        options = talking.options(project, field=field)
    finally:
        talking.close_connections()
    if json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(options)).decode() + "\n")
        return 0
    table = Table("id", "name", "can be set")
    for option in options:
        table.add_row(written(option.gid), written(option.name), "yes" if option.enabled else "no")
    Console(highlight=False, soft_wrap=True).print(table)
    return 0


def _chosen(settings: Settings, name: str, *, file: str) -> TrackerSettings:
    """The tracker of that name, or the only one of Asana; raises ConfigError."""
    known = {each: found for each, found in settings.trackers.items() if found.kind == KIND}
    if name in known:
        return known[name]
    if not name and len(known) == 1:
        return next(iter(known.values()))
    told = f"no tracker {name} of kind asana" if name else f"{len(known)} trackers of kind asana"
    cure = f"name one with --tracker: {', '.join(known)}" if known else "add one under `trackers:`"
    raise ConfigError((Problem(file, 1, 1, told, cure),))
