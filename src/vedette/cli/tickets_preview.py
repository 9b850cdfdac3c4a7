"""`vedette tickets preview`: what policies would have cut, and what other settings would have cut instead."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from vedette.cli.opened import opened_to_look
from vedette.cli.options import DEFAULT_CONFIG, read_settings
from vedette.cli.paper import written
from vedette.config.durations import duration
from vedette.errors import VedetteError
from vedette.flows.preview import JOURNAL_NOTES, LONGEST, SENTRY_NOTES, from_journal, from_sentry, run
from vedette.model.preview import Cut, Moved, Preview
from vedette.rules.preview import differences

_SHOWN = 50
_CUTS = "cuts"

Present = Annotated[
    Path,
    Parameter(
        name="--present", env_var="VEDETTE_CONFIG", help="The settings in force, whose Sentry and store are read."
    ),
]
Candidate = Annotated[
    Path | None, Parameter(name=["--config", "-c"], help="Other settings, to be compared with those.")
]
Source = Annotated[
    Literal["sentry", "journal"], Parameter(name="--from", help="Sentry's history of the issues, or our own journal.")
]


@dataclass(frozen=True, slots=True)
class _Compared:
    since: datetime
    until: datetime
    source: str
    issues: int
    present: Preview
    candidate: Preview | None
    moved: Sequence[Moved]
    notes: Sequence[str]


def preview(
    *,
    since: str = "30d",
    config: Candidate = None,
    present: Present = DEFAULT_CONFIG,
    source: Source = "sentry",
    json: Annotated[bool, Parameter(negative=(), help="Print everything as JSON.")] = False,
) -> int:
    """Run the policies over the past, and print which tickets they would have cut for each team.

    Nothing is written and no tracker is asked; Sentry is read at half of its rate_per_s. With --config the same past is
    weighed by both files, and what differs is listed.

    Parameters
    ----------
    since
        How far back, such as 30d, which is also all that Sentry knows.
    """
    back = _back(since, source)
    with opened_to_look(present) as app:
        other = None if config is None else app.imagine(read_settings(config))
        now = app.context.clock()
        asked = [app.settings] if other is None else [app.settings, other.settings]
        first = now - back
        if source == "journal":
            pasts = from_journal(app.context, since=first)
        else:
            pasts = from_sentry(app.context, asked, since=first, now=now)
        capped = source == "journal"
        mine = run(app.context, pasts, since=first, capped=capped)
        theirs = None if other is None else run(other, pasts, since=first, capped=capped)
    titles = {past.issue.key: past.issue.title for past in pasts}
    moved = [] if theirs is None else differences(mine, theirs, titles)
    notes = JOURNAL_NOTES if source == "journal" else SENTRY_NOTES
    compared = _Compared(first, now, source, len(pasts), mine, theirs, moved, notes)
    if json:
        print(msgspec.json.encode(_data(compared)).decode())
    else:
        _print(Console(highlight=False, soft_wrap=True), compared)
    return 0


def _back(since: str, source: str) -> Any:
    try:
        back = duration(since)
    except ValueError as error:
        raise VedetteError(f"--since {error}") from None
    if source == "sentry" and back > LONGEST:
        raise VedetteError("Sentry keeps an issue's history for 30 days; write --since 30d, or --from journal")
    return back


def _print(console: Console, compared: _Compared) -> None:
    console.print(
        written(
            f"{compared.issues} issues from {compared.source}, {compared.since:%Y-%m-%d %H:%M} to "
            f"{compared.until:%Y-%m-%d %H:%M} UTC",
            style="bold",
        )
    )
    console.print(_table(compared))
    _reasons(console, "present", compared.present)
    if compared.candidate is not None:
        _reasons(console, "with --config", compared.candidate)
        _changes(console, compared)
    console.print("approximations:")
    for note in compared.notes:
        console.print(written(f"  {note}", style="dim"))
    console.print("nothing was written")


def _table(compared: _Compared) -> Table:
    headings = ["team", "route", "project", "why", "tickets"]
    if compared.candidate is not None:
        headings[-1:] = ["present", "with --config", "more"]
    table = Table(*headings, box=None, pad_edge=False)
    mine, theirs = _groups(compared.present), _groups(compared.candidate) if compared.candidate else None
    for group in sorted(mine.keys() | (theirs or mine).keys()):
        table.add_row(
            *(
                written(cell)
                for cell in (*_named(group), *_figures(mine[group], None if theirs is None else theirs[group]))
            )
        )
    total = _figures(mine.total(), None if theirs is None else theirs.total())
    table.add_row("in all", "", "", "", *total, style="bold")
    return table


_Group = tuple[str, str, str, str]


def _groups(found: Preview) -> Counter[_Group]:
    return Counter((cut.owner, cut.place, cut.project, cut.reason) for cut in found.cuts)


def _named(group: _Group) -> _Group:
    owner, place, project, reason = group
    return owner or "(nobody)", place, project, reason


def _figures(before: int, after: int | None) -> list[str]:
    return (
        [str(before)]
        if after is None
        else [str(before), str(after), f"{after - before:+d}" if after != before else "="]
    )


def _reasons(console: Console, name: str, found: Preview) -> None:
    told = ", ".join(f"{reason} {count}" for reason, count in found.reasons.items()) or "nothing was weighed"
    console.print(written(f"{name}: {told}"))


def _changes(console: Console, compared: _Compared) -> None:
    if not compared.moved:
        console.print("no issue is treated otherwise")
    for each in compared.moved[:_SHOWN]:
        console.print(written(f"{each.issue}  ", (each.title, "bold")))
        console.print(written(f"  present:       {each.before}"))
        console.print(written(f"  with --config: {each.after}"))
    if len(compared.moved) > _SHOWN:
        console.print(f"and {len(compared.moved) - _SHOWN} more issues; --json has them all")


def _data(compared: _Compared) -> dict[str, Any]:
    told: dict[str, Any] = {
        "since": compared.since,
        "until": compared.until,
        "from": compared.source,
        "issues": compared.issues,
        "present": _told(compared.present),
        "approximations": compared.notes,
    }
    if compared.candidate is not None:
        told["candidate"] = _told(compared.candidate)
        told["per_team"] = _per_team(compared.present, compared.candidate)
        told["changed"] = [_changed(each) for each in compared.moved]
    return told


def _told(found: Preview) -> dict[str, Any]:
    return {_CUTS: [_cut(cut) for cut in found.cuts], "reasons": found.reasons, "tickets": len(found.cuts)}


def _cut(cut: Cut) -> dict[str, Any]:
    return {"issue": str(cut.issue)} | {name: getattr(cut, name) for name in _COLUMNS}


_COLUMNS = ("at", "title", "project", "track", "policy", "reason", "sentence", "owner", "place", "generation")


def _per_team(before: Preview, after: Preview) -> Mapping[str, Mapping[str, int]]:
    counts = [Counter(cut.owner for cut in found.cuts) for found in (before, after)]
    owners = sorted(counts[0].keys() | counts[1].keys())
    return {owner: {"present": counts[0][owner], "candidate": counts[1][owner]} for owner in owners}


def _changed(each: Moved) -> dict[str, str]:
    return {"issue": str(each.issue), "title": each.title, "present": each.before, "candidate": each.after}
