"""`vedette access adopt`: writes a live organisation down, so that the next plan is empty."""

import os
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from vedette.cli.access_options import Instances, settings_option
from vedette.cli.logging import warn_on_stderr
from vedette.cli.opened import opened_to_look
from vedette.cli.options import DEFAULT_CONFIG, ConfigFile
from vedette.cli.paper import visible
from vedette.errors import VedetteError
from vedette.flows.access_adopt import adopt as read
from vedette.flows.access_undo import written
from vedette.model.org import Organization
from vedette.rules.access.adopted_text import adopted_text
from vedette.rules.access.adopting import Adopted
from vedette.rules.access.wording import what


def adopt(
    *,
    instance: Instances = None,
    output: Annotated[Path, Parameter(help="Folder of the file.")] = Path("access"),
    force: Annotated[bool, Parameter(negative=(), help="Overwrite a file that is there.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """Read the organisations and write them down as they are; changes nothing there.

    People who may do the same share a role. What cannot be declared as it is, is protected, and said in a comment, so
    that the next plan is empty. Exit code 1 where it would not be.
    """
    warn_on_stderr()
    if output.suffix in {".yaml", ".yml"}:
        raise VedetteError(f"--output {output} is to be a folder: write --output {output.parent / output.stem}")
    with opened_to_look(config) as app:
        adopted, found = read(app.context, instance or ())
    path = output / f"{found[0].slug if len(found) == 1 else 'access'}.yaml"
    if path.exists() and not force:
        raise VedetteError(f"{path} is there already; write to another folder with --output, or add --force")
    written(path, adopted_text(adopted).encode())
    _tell(path, adopted, found, config=config)
    return 1 if adopted.left else 0


def _tell(path: Path, adopted: Adopted, found: tuple[Organization, ...], *, config: Path) -> None:
    access, protected = adopted.access, adopted.access.protected
    print(
        f"wrote {path}: {len(access.teams)} teams, {len(access.projects)} projects, {len(access.people)} people with "
        f"{len(access.roles)} roles; {sum(each.calls for each in found)} calls"
    )
    spared = len(protected.people) + len(protected.teams) + len(protected.projects)
    if spared:
        print(f"left alone under `protected:`, each with the reason why it could not be declared as it is: {spared}")
    for name, change in adopted.left:
        print(visible(f"a plan would still do this on {name}: {what(change)}"))
    print(f"add it to {config}, and look at the plan, which is to be empty:")
    command = " ".join(["vedette access plan", *settings_option(config)])
    print(f"\n  include: [{os.path.relpath(path, config.parent)}]\n\n  {command}")
