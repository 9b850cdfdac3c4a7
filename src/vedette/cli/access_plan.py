"""`vedette access plan`: what would be changed, what is held back and why, in the form that is asked for."""

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from cyclopts import Parameter

from vedette.app import App as Joined
from vedette.cli.access_options import (
    Deletions,
    Empty,
    Instances,
    Projects,
    Shrink,
    Teams,
    next_command,
    wish_of,
)
from vedette.cli.access_paper import next_step, plan_text
from vedette.cli.logging import warn_on_stderr
from vedette.cli.opened import opened, opened_to_look
from vedette.cli.options import DEFAULT_CONFIG, ConfigFile
from vedette.flows.access import Planned, Wish
from vedette.flows.access import plan as make_plan
from vedette.flows.access_undo import written
from vedette.rules.access.plan_page import html
from vedette.rules.access.telling import markdown
from vedette.rules.access.written import plan_data

#: Exit codes beside those of every command: 2 with --exit-code where anything differs, 3 where a guard refuses.
DRIFT, UNSAFE = 2, 3

Format = Literal["text", "markdown", "json", "html"]


def plan(
    *,
    instance: Instances = None,
    form: Annotated[Format, Parameter(name="--format", help="How it is told.")] = "text",
    output: Annotated[Path | None, Parameter(help="A file to write it to; standard output unless given.")] = None,
    delete_project: Projects = None,
    delete_team: Teams = None,
    allow_deletions: Deletions = False,
    allow_empty: Empty = False,
    allow_shrink: Shrink = False,
    record: Annotated[bool, Parameter(negative="--no-record")] = True,
    exit_code: Annotated[bool, Parameter(negative=())] = False,
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """Read every organisation once and say what would be changed, what is held back and why; changes nothing there.

    Exit code 0 where a plan was made, 1 where an instance could not be read, 3 where a guard refuses the plan.

    Parameters
    ----------
    record
        --no-record remembers nothing of this plan, as for a pull request: an account that nobody declared goes only
        after two recorded plans have seen it.
    exit_code
        Exit with 2 where anything is not as declared, held back or not.
    """
    warn_on_stderr()
    wish = wish_of(
        instance,
        delete_project,
        delete_team,
        deletions=allow_deletions,
        empty=allow_empty,
        shrink=allow_shrink,
        record=record,
    )
    with opened(config) if record else opened_to_look(config) as app:
        planned = planned_by(app, wish)
    put(told(planned, wish, form=form, config=config), output)
    return code_of(planned, is_drift_told=exit_code)


def planned_by(app: Joined, wish: Wish) -> Planned:
    """The plan that the app makes."""
    return make_plan(app.context, wish)


def told(planned: Planned, wish: Wish, *, form: Format, config: Path) -> str:
    """The plan in one of its forms."""
    match form:
        case "markdown":
            return markdown(planned.plan)
        case "html":
            return html(planned.plan)
        case "json":
            return json_text(planned)
    command = next_command(wish, planned.plan.checksum, config=config)
    return "\n".join([plan_text(planned), *next_step(planned.plan, "To apply exactly this:", command)]) + "\n"


def json_text(planned: Planned, **more: Any) -> str:
    """The plan with what it cost, and more keys, as JSON."""
    data = plan_data(planned.plan) | {"calls": planned.calls, "seconds": round(planned.seconds, 3)} | more
    return msgspec.json.format(msgspec.json.encode(data)).decode() + "\n"


def put(text: str, output: Path | None) -> None:
    """Print it, or write it to the file and say so."""
    if output is None:
        sys.stdout.write(text)
    else:
        written(output, text.encode())
        print(f"wrote {output}")


def code_of(planned: Planned, *, is_drift_told: bool = False) -> int:
    """The exit code of a plan."""
    plan = planned.plan
    if plan.refused:
        return UNSAFE
    if plan.failed:
        return 1
    return DRIFT if is_drift_told and not plan.empty else 0
