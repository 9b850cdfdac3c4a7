"""`vedette access apply`: does the plan that was reviewed, and says what became of every change."""

import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Annotated

from cyclopts import Parameter

from vedette.cli.access_options import Deletions, Empty, Instances, Projects, Shrink, Teams, wish_of
from vedette.cli.access_paper import outcome_text
from vedette.cli.access_plan import planned_by, told
from vedette.cli.logging import warn_on_stderr
from vedette.cli.opened import opened, opened_to_look
from vedette.cli.options import DEFAULT_CONFIG, ConfigFile
from vedette.cli.paper import visible
from vedette.flows.access import Wish
from vedette.flows.access_apply import Applied, Order
from vedette.flows.access_apply import apply as do
from vedette.model.access_runs import RunEnd
from vedette.model.plan import Fate, Outcome

_NOT_ASKED = 2


def apply(
    *,
    checksum: str = "",
    instance: Instances = None,
    delete_project: Projects = None,
    delete_team: Teams = None,
    allow_deletions: Deletions = False,
    allow_empty: Empty = False,
    allow_shrink: Shrink = False,
    undo: Annotated[Path, Parameter(help="Folder of the undo file.")] = Path(),
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """Read again, plan again, and do exactly the plan of that checksum, or what an interrupted run left of it.

    Without a checksum the plan is printed and nothing is changed (exit code 2). Another plan than the reviewed one, or
    one that a guard refuses, changes nothing either (3). Exit code 1 where a change was not made. Ctrl-C and SIGTERM
    end it after the change in hand; the same command goes on with the rest.

    Parameters
    ----------
    checksum
        Of the plan that was reviewed, as `vedette access plan` prints it.
    """
    warn_on_stderr()
    wish = wish_of(
        instance, delete_project, delete_team, deletions=allow_deletions, empty=allow_empty, shrink=allow_shrink
    )
    if not checksum:
        return _only_shown(wish, config)
    stopping = Event()
    with opened(config) as app, stopped_by_signals(stopping):
        applied = do(app.context, Order(wish, checksum, undo, stopping=stopping), told=tell)
    return end(applied)


def _only_shown(wish: Wish, config: Path) -> int:
    with opened_to_look(config) as app:
        planned = planned_by(app, wish)
    sys.stdout.write(told(planned, wish, form="text", config=config))
    print("vedette: nothing was changed: apply takes --checksum, of a plan that was reviewed", file=sys.stderr)
    return _NOT_ASKED


def tell(instance: str, outcome: Outcome) -> None:
    """Print what became of a change."""
    print(outcome_text(instance, outcome), flush=True)


def end(applied: Applied) -> int:
    """Say what a run came to; its exit code."""
    if applied.run is None:
        print("everything that this plan would do is done; nothing was changed")
    else:
        counted = Counter(outcome.fate for _, outcome in applied.outcomes)
        print(f"run {applied.run}: " + ", ".join(f"{counted[fate]} {fate}" for fate in Fate if counted[fate]))
    if applied.resumed is not None:
        print(f"this went on where run {applied.resumed} ended")
    for instance, why in applied.ended.items():
        print(visible(f"{instance}: {why}"))
    for failed in applied.planned.plan.failed:
        print(visible(f"{failed.instance} could not be read, and was not changed: {failed.error}"))
    if applied.undo is not None:
        print(f"what takes it back, and what cannot be taken back: {applied.undo}")
    if applied.end is RunEnd.STOPPED:
        print("the same command goes on with what is left")
    return 0 if applied.end is RunEnd.DONE and not applied.planned.plan.failed else 1


@contextmanager
def stopped_by_signals(stopping: Event) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM asks to stop after the change in hand; a second one ends the process as ever."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def ask(number: int, _frame: FrameType | None) -> None:
        stopping.set()
        signal.signal(number, before[signal.Signals(number)])
        print("stopping after the change in hand", file=sys.stderr, flush=True)

    for number in before:
        signal.signal(number, ask)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
