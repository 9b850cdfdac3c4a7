"""`vedette access doctor`: whose accounts are wrong, which one stays and why, and the steps that mend it."""

import sys
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter
from rich.console import Console

from vedette.cli.opened import opened_to_look
from vedette.cli.options import DEFAULT_CONFIG, ConfigFile
from vedette.cli.paper import written
from vedette.errors import VedetteError
from vedette.flows.access_doctor import visits
from vedette.model.doctor import AccountFate, Patient, Visit
from vedette.rules.access.doctor import found

_STYLES = {AccountFate.STAYS: "green", AccountFate.GOES: "red"}


def doctor(
    person: str = "",
    /,
    *,
    instance: str = "",
    form: Annotated[Literal["text", "json"], Parameter(name="--format")] = "text",
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """Look at everybody's accounts, or one person's. Changes nothing. Exit code 1 where something is wrong.

    Parameters
    ----------
    person
        Name in the settings, address, name or login, whole or in part; else everybody whom something is wrong with.
    instance
        Only this Sentry instance.
    form
        text or json.
    """
    with opened_to_look(config) as app:
        seen = visits(app.context, [instance] if instance else [])
    chosen = [patient for each in seen for patient in _chosen(each, person)]
    if person and not chosen and not any(each.trouble for each in seen):
        raise VedetteError(f"nobody is called {person}: neither in the settings nor on the server, not even in part")
    if form == "json":
        data = {"visits": [_summary(each) for each in seen], "people": chosen}
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(data)).decode() + "\n")
    else:
        _print(seen, chosen, person=person)
    return 1 if any(each.findings for each in chosen) or any(each.trouble for each in seen) else 0


def _chosen(seen: Visit, person: str) -> Sequence[Patient]:
    return found(seen.patients, person) if person else [each for each in seen.patients if each.findings]


def _summary(seen: Visit) -> dict[str, object]:
    ill = sum(1 for each in seen.patients if each.findings)
    shared = {"instance": seen.instance, "organization": seen.organization, "trouble": seen.trouble}
    return shared | {"people": len(seen.patients), "with_findings": ill, "lacks": seen.lacks}


def _print(seen: Sequence[Visit], chosen: Sequence[Patient], *, person: str) -> None:
    console = Console(highlight=False, soft_wrap=True)
    several = bool(person) and len({each.person or each.email for each in chosen}) > 1
    if several:
        console.print(written(f"{len(chosen)} people are called that: name one of them in full", style="bold"))
    for patient in chosen:
        console.print(written(_heading(patient), style="" if several else "bold"))
        if not several:
            _print_one(console, patient)
    for each in seen:
        console.print(_ending(each))


def _heading(patient: Patient) -> str:
    address = f" <{patient.email}>" if patient.email and patient.email != patient.name else ""
    declared = f"declared as {patient.person}" if patient.person else "not declared"
    roles = f", {', '.join(patient.roles)}" if patient.roles else ""
    where = f" at {patient.where}" if patient.where and patient.person else ""
    return f"{patient.name}{address}  on {patient.instance}, {declared}{roles}{where}"


def _print_one(console: Console, patient: Patient) -> None:
    for account in patient.accounts:
        teams = ", ".join(account.teams) or "no team"
        fate = f"{account.fate}{f': {account.why}' if account.why else ''}"
        head = f"  account {account.id}  {account.email}  {account.role} in {teams}"
        console.print(written(head, "\n    ", f"{account.state}; ", (fate, _STYLES.get(account.fate, "yellow"))))
    for finding in patient.findings:
        console.print(written("  ", (finding.ailment, "red"), f": {finding.text}\n    cure: {finding.cure}"))
    for number, step in enumerate(patient.steps, 1):
        console.print(written(f"  {number}. {step}"))
    if patient.lines:
        place = f" at {patient.where}" if patient.where else ""
        console.print(written(f"  lines to add{place}:\n", _indented(patient.lines)))
    if not patient.findings:
        console.print(written("  nothing is wrong", style="green"))
    console.print()


def _ending(seen: Visit) -> object:
    if seen.trouble:
        return written(f"{seen.instance} could not be looked at: {seen.trouble}", style="red")
    ill = sum(1 for each in seen.patients if each.findings)
    lacks = f"; the server does not tell: {', '.join(seen.lacks)}" if seen.lacks else ""
    style = "yellow" if ill else "green"
    return written(f"{seen.instance}: something is wrong with {ill} of {len(seen.patients)} people{lacks}", style=style)


def _indented(lines: str) -> str:
    return "\n".join(f"    {line}" for line in lines.splitlines())
