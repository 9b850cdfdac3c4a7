"""Merges: which issue another means since Sentry made one of them, and that it means itself again."""

from datetime import datetime

from sqlalchemy import Connection, select

from vedette.model.issues import IssueKey
from vedette.store.tables import aliases
from vedette.store.upserts import insert

_MAX_HOPS = 16  # merges of merges; past this it is a circle


def alias(tx: Connection, alias: IssueKey, target: IssueKey, *, now: datetime) -> None:
    """From now on `alias` means `target` (merged issues); pointing at itself forgets nothing and is ignored."""
    if canonical(tx, target) == alias:
        return
    values = {"target_instance": target.instance, "target_issue": target.id, "created_at": now}
    tx.execute(
        insert(tx, aliases)
        .values(instance=alias.instance, issue=alias.id, **values)
        .on_conflict_do_update(index_elements=["instance", "issue"], set_=values)
    )


def unalias(tx: Connection, key: IssueKey) -> bool:
    """From now on `key` means itself again; False where it did already."""
    mine = (aliases.c.instance == key.instance) & (aliases.c.issue == key.id)
    return tx.execute(aliases.delete().where(mine)).rowcount == 1


def aliased_at(tx: Connection, key: IssueKey) -> datetime | None:
    """Since when `key` means another issue; None where it means itself."""
    a = aliases.c
    found: datetime | None = tx.execute(
        select(a.created_at).where(a.instance == key.instance, a.issue == key.id)
    ).scalar_one_or_none()
    return found


def merged_into(tx: Connection, key: IssueKey) -> list[IssueKey]:
    """Every issue that means `key` now, directly or through other merges; without `key` itself."""
    a = aliases.c
    found: list[IssueKey] = []
    asked = [key]
    while asked:
        target = asked.pop()
        rows = tx.execute(
            select(a.instance, a.issue).where(a.target_instance == target.instance, a.target_issue == target.id)
        )
        new = [each for row in rows if (each := IssueKey(row.instance, row.issue)) not in (key, *found)]
        found += new
        asked += new
    return found


def canonical(tx: Connection, key: IssueKey) -> IssueKey:
    """The issue that `key` means now, through any number of merges."""
    a = aliases.c
    for _ in range(_MAX_HOPS):
        row = tx.execute(
            select(a.target_instance, a.target_issue).where(a.instance == key.instance, a.issue == key.id)
        ).one_or_none()
        if row is None:
            return key
        key = IssueKey(row.target_instance, row.target_issue)
    return key
