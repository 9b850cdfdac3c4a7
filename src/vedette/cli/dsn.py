"""`vedette dsn`: the public address that a project's events are sent to, for a program, a shell or a cluster.

Law: what is written to files is written whole or not at all, and only its owner can read it.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Literal

from cyclopts import Parameter

from vedette.app import App
from vedette.cli.opened import opened_to_look
from vedette.cli.options import DEFAULT_CONFIG, ConfigFile
from vedette.cli.paper import visible
from vedette.config.nearest import suggestion
from vedette.errors import VedetteError
from vedette.flows.access_dsn import all_keys, keys_of
from vedette.model.org import ProjectKey
from vedette.rules.access.dsn import DsnFormat, as_data, choose, clashes, file_name, rendered

Form = Literal["plain", "env", "json", "k8s-secret"]

_OWNER_ONLY = 0o600


def dsn(
    project: str = "",
    /,
    *,
    instance: str = "",
    form: Annotated[Form, Parameter(name="--format")] = "plain",
    key: str = "",
    every: Annotated[bool, Parameter(name="--all", negative=())] = False,
    output: Path | None = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """Print the public DSN of a project, or write those of all projects to files.

    Parameters
    ----------
    project
        The project's slug.
    instance
        The Sentry instance, where the settings have several with such a project.
    form
        plain, env (SENTRY_DSN=…), json, or k8s-secret (a manifest of the Secret SLUG-dsn).
    key
        Label of the key, where the project has several that are active.
    every
        All projects: --output names the folder.
    output
        Folder for --all: one file per project, or with --format json the one file dsn.json; readable by its owner only.
    """
    if bool(project) == every or (output is not None) != every:
        raise VedetteError("name one project, or write all with --all --output FOLDER")
    with opened_to_look(config) as app:
        instances = chosen_instances(app, instance)
        if output is not None:
            return _export(app, instances, DsnFormat(form), label=key, folder=output)
        found = _one(app, project, instances, label=key)
    sys.stdout.write(rendered(found, DsnFormat(form)))
    return 0


def chosen_instances(app: App, name: str) -> list[str]:
    """The instance of that name, or every one; raises `VedetteError` for a name that is none's."""
    known = app.context.rosters
    if name and name not in known:
        raise VedetteError(f"there is no sentry instance {name}; {suggestion(name, known)}")
    return [name] if name else list(known)


def _one(app: App, project: str, instances: Sequence[str], *, label: str) -> ProjectKey:
    found = keys_of(app.context, project, instances=instances)
    if len(found) > 1:
        names = " or ".join(instance for instance, _ in found)
        raise VedetteError(f"{project} is a project of several instances; name one with --instance: {names}")
    choice = choose(found[0][1] if found else (), project=project, label=label)
    if choice.key is None:
        raise VedetteError(choice.text)
    _remark(choice.text)
    return choice.key


def _export(app: App, instances: Sequence[str], form: DsnFormat, *, label: str, folder: Path) -> int:
    written = 0
    for instance in instances:
        place = folder / instance if len(instances) > 1 else folder
        keys = all_keys(app.context, instance)
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, text in _files(keys, form, label=label).items():
            _replace(place / name, text)
            written += 1
    print(f"{written} files in {folder}, readable by you alone", file=sys.stderr)
    return 0 if written else 1


def _files(keys: Sequence[ProjectKey], form: DsnFormat, *, label: str) -> Mapping[str, str]:
    """Every file by its name; raises `VedetteError` where two projects would be one Secret."""
    if form is DsnFormat.JSON:
        data = [as_data(key) for key in keys if key.active]
        return {"dsn.json": json.dumps(data, indent=2, ensure_ascii=False) + "\n"}
    chosen = list(_chosen(keys, label=label))
    if form is DsnFormat.MANIFEST and (several := clashes(key.project for key in chosen)):
        name, slugs = next(iter(several.items()))
        raise VedetteError(f"{' and '.join(slugs)} would both be the Secret {name}; write them one by one")
    return {name: rendered(key, form) for key in chosen if (name := _name(key, form))}


def _chosen(keys: Sequence[ProjectKey], *, label: str) -> Iterator[ProjectKey]:
    for project in sorted({key.project for key in keys}):
        mine = [key for key in keys if key.project == project]
        choice = choose(mine, project=project, label=label, strict=False)
        _remark(choice.text)
        if choice.key is not None:
            yield choice.key


def _name(key: ProjectKey, form: DsnFormat) -> str:
    name = file_name(key.project, form)
    _remark("" if name else f"{key.project} cannot be the name of a file, and was passed over")
    return name


def _remark(text: str) -> None:
    if text:
        print(visible(f"vedette: {text}"), file=sys.stderr)


def _replace(file: Path, text: str) -> None:
    """Whole or not at all: a program that reads the file meanwhile finds the old one."""
    with NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, prefix=f".{file.name}.", delete=False) as new:
        try:
            os.fchmod(new.fileno(), _OWNER_ONLY)
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
            Path(new.name).replace(file)
        except BaseException:
            Path(new.name).unlink(missing_ok=True)
            raise
