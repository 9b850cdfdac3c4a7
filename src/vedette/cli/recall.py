"""`vedette recall`: which hooks should have come by what the sweeps saw, which came, and what the others missed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from vedette.cli.opened import opened_to_look
from vedette.cli.options import DEFAULT_CONFIG, ConfigFile
from vedette.cli.paper import written
from vedette.config.durations import duration
from vedette.errors import VedetteError
from vedette.flows.context import wall_clock
from vedette.model.recall import Hook, RecallHour, Sighting
from vedette.rules.recall import by_project, hour_of, share, shortfalls
from vedette.store import recall as memory
from vedette.store.database import Tx

_MISSED = 20
_DAYS_KEPT = 30


def recall(
    *,
    since: str = "24h",
    json: Annotated[bool, Parameter(negative=(), help="Print it as JSON, with every hour.")] = False,
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """Print the webhook recall of whole hours by project, and what no hook told of. Exit code 1 below the alarm.

    Parameters
    ----------
    since
        How far back, such as 24h; hours are kept for 30 days, missed issues for 3.
    """
    now, back = wall_clock(), _back(since)
    with opened_to_look(config) as app:
        settings = app.context.settings.recall

        def work(tx: Tx) -> tuple[list[RecallHour], list[Sighting]]:
            first, last = hour_of(now - back), hour_of(now)
            return memory.hours(tx, since=first, until=last), memory.missed(tx, since=first, limit=_MISSED)

        hours, missed = app.store.read(work)
    low = shortfalls(hours, settings)
    if json:
        print(msgspec.json.encode(_data(hours, missed, settings.counted)).decode())
        return 1 if low else 0
    console = Console(highlight=False, soft_wrap=True)
    console.print(
        _table(hours, settings.counted) if hours else written("no hook was due: no figure, which is not 100 %")
    )
    for each in missed:
        told = f"{each.hour:%Y-%m-%d %H:00} UTC  no {each.hook} hook told of {each.issue}: {each.title or '(no title)'}"
        console.print(written(told))
    return 1 if low else 0


def _back(since: str) -> timedelta:
    try:
        return min(duration(since), timedelta(days=_DAYS_KEPT))
    except ValueError as error:
        raise VedetteError(f"--since {error}") from None


def _table(hours: Sequence[RecallHour], counted: frozenset[Hook]) -> Table:
    table = Table("project", "hook", "due", "came", "recall", "", box=None, pad_edge=False)
    for row in by_project(hours):
        beside = "" if row.hook in counted else "by rules of their own: not counted"
        name = f"{row.instance}/{row.project or '(no project)'}"
        table.add_row(written(name), str(row.hook), str(row.due), str(row.heard), _percent([row]), beside)
    mine = [row for row in hours if row.hook in counted]
    due, heard = sum(row.due for row in mine), sum(row.heard for row in mine)
    table.add_row("all", "", str(due), str(heard), _percent(mine), "")
    return table


def _percent(rows: Sequence[RecallHour]) -> str:
    found = share(rows)
    return "–" if found is None else f"{int(100 * found + 1e-9)} %"


def _data(hours: Sequence[RecallHour], missed: Sequence[Sighting], counted: frozenset[Hook]) -> dict[str, Any]:
    return {
        "recall": share(row for row in hours if row.hook in counted),
        "counted": sorted(counted),
        "hours": hours,
        "missed": [
            {
                "issue": str(each.issue),
                "hook": each.hook,
                "hour": _said(each.hour),
                "project": each.project,
                "title": each.title,
            }
            for each in missed
        ],
    }


def _said(at: datetime) -> str:
    return at.isoformat()
