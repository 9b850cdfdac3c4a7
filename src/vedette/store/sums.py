"""Sums: what each filter has counted since it began, kept with the windows and longer than they.

Law: a sum changes in the transaction of the window that changes it, by the difference; what is shown never falls.
"""

from datetime import datetime

from sqlalchemy import Connection, case

from vedette.model.metrics import Point
from vedette.store.monitortables import sums
from vedette.store.upserts import insert

_s = sums.c


def note(tx: Connection, point: Point, *, before: Point | None) -> None:
    """Add what the point counted, less what `before` had of the same window; a window not counted adds nothing."""
    if not point.is_counted and before is None:
        return
    more = _counted(point) - (0 if before is None else _counted(before))
    new = insert(tx, sums).values(
        instance=point.instance, filter=point.filter, start=point.window.start, total=more, shown=max(more, 0)
    )
    total, start = _s.total + new.excluded.total, new.excluded.start
    changed = {
        "total": total,
        "shown": case((_s.shown < total, total), else_=_s.shown),
        "start": case((_s.start < start, start), else_=_s.start),
    }
    tx.execute(new.on_conflict_do_update(index_elements=["instance", "filter"], set_=changed))


def forget(tx: Connection, *, before: datetime) -> None:
    """Delete the sums of filters that have counted nothing since then."""
    tx.execute(sums.delete().where(_s.start < before))


def _counted(point: Point) -> int:
    return point.total if point.is_counted else 0
