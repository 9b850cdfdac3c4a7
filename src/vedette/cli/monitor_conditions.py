"""`vedette monitor conditions`: what every condition comes to now, and why."""

import sys
from collections.abc import Sequence
from typing import Any

import msgspec
from rich.console import Console

from vedette.cli.monitor import AsJson, FilterName, chosen
from vedette.cli.opened import opened_to_look
from vedette.cli.options import DEFAULT_CONFIG, ConfigFile
from vedette.cli.paper import written
from vedette.errors import VedetteError
from vedette.flows.conditions import survey
from vedette.flows.context import wall_clock
from vedette.model.conditions import Condition, ConditionKind, Outcome, Verdict
from vedette.model.metrics import Filter

_STYLES = {Outcome.TRIPS: "bold red", Outcome.CALM: "green", Outcome.UNKNOWN: "yellow"}
_NOTHING = {
    ConditionKind.NEW_ERROR: "no error is new",
    ConditionKind.GROWTH: "no release has as many errors as floor and count_over ask for",
}

Found = tuple[Filter, Condition, tuple[Verdict, ...] | None]


def conditions(only: FilterName = "", *, json: AsJson = False, config: ConfigFile = DEFAULT_CONFIG) -> int:
    """Say what every condition comes to at each filter's newest window, with the numbers; nobody is told anything."""
    with opened_to_look(config) as app:
        named = chosen(app.settings, [only] if only else [])
        if not app.settings.monitor.conditions:
            raise VedetteError("there is no condition; add one under monitor.conditions")
        now = wall_clock()
        found = [
            (each, condition, verdicts)
            for each in named
            for condition, verdicts in app.store.read(
                lambda tx, each=each: survey(tx, app.context, each.instance, each.name, now=now)  # type: ignore[misc]
            )
        ]
    if json:
        data = {"conditions": [_data(*each) for each in found]}
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(data)).decode() + "\n")
    else:
        _print(found)
    return 0


def _data(of: Filter, condition: Condition, verdicts: Sequence[Verdict] | None) -> dict[str, Any]:
    told = [
        {"outcome": each.outcome, "reason": each.reason, "sentence": each.sentence, "start": each.window.start}
        for each in verdicts or ()
    ]
    return {
        "filter": of.name,
        "condition": condition.name,
        "kind": condition.kind,
        "counted": verdicts is not None,
        "verdicts": told,
    }


def _print(found: Sequence[Found]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for of, condition, verdicts in found:
        head = written((condition.name, "bold"), f"  {of.name}  ")
        for each in verdicts or ():
            console.print(written(head, (str(each.outcome), _STYLES[each.outcome]), f"  {each.reason}"))
            console.print(written(f"    {each.sentence}"))
        if verdicts is None:
            console.print(written(head, "nothing was counted lately"))
        elif not verdicts:
            console.print(written(head, _NOTHING[condition.kind]))
