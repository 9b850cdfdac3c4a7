"""`vedette access runs`: what was applied, by whom, and what became of every change."""

import sys
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from vedette.cli.access_paper import outcome_text
from vedette.cli.opened import opened_to_look
from vedette.cli.options import DEFAULT_CONFIG, ConfigFile
from vedette.cli.paper import visible
from vedette.errors import VedetteError
from vedette.model.access_runs import Holder, Run, RunChange
from vedette.model.plan import Fate, Outcome
from vedette.rules.access.wording import what
from vedette.rules.access.written import change_data
from vedette.store import access
from vedette.store.database import Tx

_TIME = "%Y-%m-%d %H:%M:%S"


def runs(
    number: int | None = None,
    /,
    *,
    limit: int = 20,
    json: Annotated[bool, Parameter(negative=(), help="Print one JSON object.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """List the newest runs, and who changes an organisation now; or show every change of one run.

    Parameters
    ----------
    number
        Of the run to show.
    limit
        How many are listed.
    """
    with opened_to_look(config) as app:
        now = app.context.clock()
        found = app.store.read(lambda tx: _found(tx, number, limit))
        held = app.store.read(lambda tx: access.held(tx, now=now)) if number is None else []
    if json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(_data(found, held))).decode() + "\n")
        return
    for holder in held:
        print(visible(f"{holder.who} changes {holder.instance} now, since {holder.since:{_TIME}} UTC"))
    for run, changes in found:
        print(visible(_line(run)))
        if number is not None:
            _show(changes)
    if not found:
        print("nothing was applied yet")


def _found(tx: Tx, number: int | None, limit: int) -> list[tuple[Run, list[RunChange]]]:
    if number is None:
        return [(run, []) for run in access.last_runs(tx, limit=limit)]
    run = access.run_of(tx, number)
    if run is None:
        raise VedetteError(f"there is no run {number}; `vedette access runs` lists them")
    return [(run, access.changes_of(tx, number))]


def _line(run: Run) -> str:
    end = "under way, or killed" if run.end is None else str(run.end)
    undo = f"\n    undo file {run.undo}" if run.undo else ""
    where = ", ".join(run.instances)
    return f"run {run.id}  {run.started_at:{_TIME}} UTC  {end}\n    {run.who} on {where}\n    plan {run.checksum}{undo}"


def _show(changes: list[RunChange]) -> None:
    for each in changes:
        if each.fate is not None:
            print(outcome_text(each.instance, Outcome(each.change, each.fate, each.text)))
        elif each.started_at is not None:
            print(visible(f"{each.instance}: begun       {what(each.change)}: nobody wrote down what came of it"))
        else:
            print(outcome_text(each.instance, Outcome(each.change, Fate.LEFT)))


def _data(found: list[tuple[Run, list[RunChange]]], held: list[Holder]) -> dict[str, Any]:
    return {"held": held, "runs": [{**msgspec.to_builtins(run), "changes": _rows(changes)} for run, changes in found]}


def _rows(changes: list[RunChange]) -> list[dict[str, Any]]:
    return [
        {
            "instance": each.instance,
            **change_data(each.change),
            "fate": each.fate,
            "text": each.text,
            "started_at": each.started_at,
            "ended_at": each.ended_at,
        }
        for each in changes
    ]
