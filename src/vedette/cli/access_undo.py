"""`vedette access undo`: says what would take a run back, and does it once that plan was reviewed."""

import shlex
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from vedette.cli.access_apply import end, stopped_by_signals, tell
from vedette.cli.access_options import Deletions, Instances, next_command, wish_of
from vedette.cli.access_paper import Nothing, next_step, plan_text, wrapped
from vedette.cli.access_plan import code_of, json_text, put
from vedette.cli.logging import warn_on_stderr
from vedette.cli.opened import opened
from vedette.cli.options import DEFAULT_CONFIG, ConfigFile
from vedette.cli.paper import visible
from vedette.flows.access import Planned, Wish
from vedette.flows.access_apply import Order, apply
from vedette.flows.access_undo_file import UndoPart, WrittenUndo, only, undo_file
from vedette.flows.access_undoing import Undoing
from vedette.flows.context import Context

_NOTHING = Nothing("nothing to take back", "There is nothing to take back.")
_STANDS = (
    "The declaration still stands: unless the files are taken back too, the next `vedette access plan` would do the "
    "same again."
)
_PLANNED = (
    "The run of this file never wrote its end, as one that was killed: the file lists everything that the run meant to "
    "do. What was not done is recognised as so already; look closely at what is left, it may be another's."
)

Projects = Annotated[
    list[str] | None,
    Parameter(
        name="--delete-project",
        negative=(),
        help="Delete this project, that the run made, with all of its events; as SLUG or INSTANCE/SLUG.",
    ),
]
Teams = Annotated[
    list[str] | None,
    Parameter(name="--delete-team", negative=(), help="Delete this team, that the run made."),
]


def undo(
    file: Path,
    /,
    *,
    checksum: str = "",
    instance: Instances = None,
    form: Annotated[Literal["text", "json"], Parameter(name="--format", help="How the plan is told.")] = "text",
    output: Annotated[Path | None, Parameter(help="A file to write the plan to; standard output unless given.")] = None,
    delete_project: Projects = None,
    delete_team: Teams = None,
    allow_deletions: Deletions = False,
    undo: Annotated[Path, Parameter(help="Folder of the undo file of this run.")] = Path(),
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """Say what would take a run back, by its undo file, and what cannot be taken back; with a checksum do it.

    Without a checksum nothing is changed: exit code 0 where a plan was made, 1 where an instance could not be read, 2
    where file or settings cannot be used, 3 where a guard refuses. With one the organisations are read and planned
    again, and exactly that plan is done, as a run like any other: 1 where a change was not made, 3 for another plan.
    What was declared still is: take the files back too, or the next plan would do the same again.

    Parameters
    ----------
    file
        The undo file, as `vedette access apply` names it.
    checksum
        Of the plan that was reviewed, as this command prints it.
    """
    warn_on_stderr()
    asked = wish_of(instance, delete_project, delete_team, deletions=allow_deletions)
    with opened(config) as app:
        undoing = Undoing(undo_file(file, app.context.settings.access))
        wish = undoing.wish(asked)
        if checksum:
            return _done(app.context, undoing, Order(wish, checksum, undo, again=_duty(file)))
        planned = undoing(app.context, wish)
    put(_told(planned, undoing.file, asked, form=form, config=config), output)
    return code_of(planned)


def _done(context: Context, undoing: Undoing, order: Order) -> int:
    stopping = Event()
    with stopped_by_signals(stopping):
        applied = apply(context, replace(order, stopping=stopping), told=tell, planner=undoing)
    code = end(applied)
    print("\n".join(wrapped(_STANDS)))
    return code


def _duty(file: Path) -> str:
    return f"vedette access undo {shlex.quote(str(file))}"


def _told(planned: Planned, file: WrittenUndo, wish: Wish, *, form: str, config: Path) -> str:
    parts = only(file, planned.instances)
    if form == "json":
        return json_text(planned, undo=_data(file, parts))
    lines = [] if file.complete else [*wrapped(_PLANNED), ""]
    lines += [plan_text(planned, nothing=_NOTHING), "", *_cannot(parts), *wrapped(_STANDS)]
    command = next_command(wish, planned.plan.checksum, config=config, duty=_duty(file.path))
    return "\n".join([*lines, *next_step(planned.plan, "To take back exactly this:", command)]) + "\n"


def _cannot(parts: Iterable[UndoPart]) -> list[str]:
    told = [(part.instance, *each) for part in parts for each in part.cannot]
    lines = ["What cannot be undone:"] if told else []
    for instance, what, why in told:
        lines += wrapped(f"! {instance}: {what}", first=4, later=6) + wrapped(why, first=8, later=8)
    return [visible(line) for line in lines] + [""] * bool(told)


def _data(file: WrittenUndo, parts: Iterable[UndoPart]) -> dict[str, Any]:
    cannot = [{"instance": part.instance, "what": what, "why": why} for part in parts for what, why in part.cannot]
    return {"file": str(file.path), "run": file.run, "complete": file.complete, "cannot_be_undone": cannot}
