"""`vedette access requests`: who asks for access, with the lines that grant it; and the hands to approve or deny."""

import sys
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter
from rich.console import Console

from vedette.app import App
from vedette.cli.opened import opened, opened_to_look
from vedette.cli.options import DEFAULT_CONFIG, ConfigFile
from vedette.cli.paper import written
from vedette.config.nearest import suggestion
from vedette.errors import VedetteError
from vedette.flows.access_requests import answer_now, waiting
from vedette.model.requests import Weighed


def requests(
    *,
    approve: str = "",
    deny: str = "",
    instance: str = "",
    form: Annotated[Literal["text", "json"], Parameter(name="--format")] = "text",
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """Print every open request with what to write into the settings for it; or approve or deny one in Sentry.

    Parameters
    ----------
    approve
        Let this one in, such as team-7. What the settings do not say, the next plan takes away again.
    deny
        Turn this one away in Sentry.
    instance
        Only this Sentry instance.
    form
        text or json.
    """
    names = [instance] if instance else []
    if approve and deny:
        raise VedetteError("approve or deny, not both at once")
    if approve or deny:
        with opened(config) as app:
            return _answered(app, names, approve or deny, approve=bool(approve))
    with opened_to_look(config) as app:
        found = waiting(app.context, names)
    if form == "json":
        data = [{"id": each.id} | msgspec.to_builtins(each) for each in found]
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(data)).decode() + "\n")
    else:
        _print(found)
    return 0


def _answered(app: App, names: Sequence[str], number: str, *, approve: bool) -> int:
    found = [each for each in waiting(app.context, names) if number in (each.id, each.key)]
    if not found:
        known = [each.id for each in waiting(app.context, names)]
        raise VedetteError(f"there is no open request {number}; {suggestion(number, known) or 'nobody asks'}")
    if len(found) > 1:
        raise VedetteError(f"{number} is a request of several instances; name one with --instance")
    answer_now(app.context, found[0], approve=approve)
    word = "approved" if approve else "denied"
    print(f"{word}: {found[0].text}")
    if approve and found[0].lines:
        print(f"write it down as well, or the next plan takes it away again:\n{found[0].lines}", end="")
    return 0


def _print(found: Sequence[Weighed]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for each in found:
        asked = f", since {each.request.asked_at:%Y-%m-%d %H:%M}" if each.request.asked_at else ""
        console.print(written((each.id, "bold"), f"  {each.text}  (on {each.instance}{asked})"))
        console.print(written(f"  {each.advice}"))
        for finding in each.findings:
            console.print(written("  ", (finding.ailment, "red"), f": {finding.text}\n    cure: {finding.cure}"))
        if each.lines:
            place = f" at {each.where}" if each.where else ""
            lines = "\n".join(f"    {line}" for line in each.lines.splitlines())
            console.print(written(f"  lines to add{place}:\n{lines}"))
        console.print()
    console.print(f"{len(found)} open {'request' if len(found) == 1 else 'requests'}")
