"""Finding: which issue a person means."""

from typing import Any

from sqlalchemy import Connection, Select, func, or_, select, union

from vedette.model.issues import IssueKey
from vedette.store import journal, merges
from vedette.store.tables import aliases, claims, mentions
from vedette.store.tables import journal as lines


def find_issue(tx: Connection, text: str, *, limit: int = 20) -> list[IssueKey]:
    """Issues that `text` may mean: `instance/id`, an id, a ticket's key, else words of the journal.

    Merged issues are given as the one they were merged into, each once.
    """
    wanted = text.strip()
    instance, _, number = wanted.rpartition("/")
    if not wanted:
        return []
    found = _by_number(tx, instance, number, limit=limit) or _by_ticket(tx, wanted, limit=limit)
    if not found:
        found = [entry.issue for entry in journal.search(tx, text=wanted, limit=10 * limit) if entry.issue]
    return list(dict.fromkeys(merges.canonical(tx, key) for key in found))[:limit]


def _by_number(tx: Connection, instance: str, number: str, *, limit: int) -> list[IssueKey]:
    wanted = union(*(_with_number(table, instance, number) for table in (claims, mentions, lines, aliases)))
    return [IssueKey(row.instance, row.issue) for row in tx.execute(wanted.limit(limit))]


def _with_number(table: Any, instance: str, number: str) -> Select[Any]:
    found = select(table.c.instance, table.c.issue).where(table.c.issue == number)
    return found.where(table.c.instance == instance) if instance else found


def _by_ticket(tx: Connection, key: str, *, limit: int) -> list[IssueKey]:
    c = claims.c
    same = or_(func.upper(c.ticket_key) == key.upper(), c.stamp == key)
    found = tx.execute(select(c.instance, c.issue).where(same).order_by(c.id.desc()).limit(limit))
    return [IssueKey(row.instance, row.issue) for row in found]
